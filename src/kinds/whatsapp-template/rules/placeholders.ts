// The rules about how placeholders are written, numbered and exemplified, in every field that may hold them.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { braces } from "../../_shared/braces.ts";
import { describeError, looseError } from "../../_shared/placeholder-errors.ts";
import { meta } from "../../_shared/sources.ts";
import { parseWhatsAppText, type WhatsAppText, whatsAppGrammar } from "../../_shared/whatsapp-placeholders.ts";
import { pointerSegment, quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { texts } from "../texts.ts";
import { manifest } from "./manifest.ts";

interface ParsedField extends WhatsAppText {
  readonly field: string;
  readonly pointer: string;
}

/** Header and body: the fields that spec.examples fills. */
function filledFields(spec: WhatsAppSpec): readonly ParsedField[] {
  return texts(spec)
    .filter(({ field }) => field !== "footer")
    .map(({ field, pointer, text }) => ({ field, pointer, ...parseWhatsAppText(text) }));
}

/** The addresses of URL buttons; each has an example of its own. */
function urlFields(spec: WhatsAppSpec): readonly ParsedField[] {
  return (spec.buttons ?? []).flatMap(({ type, url }, at) =>
    type === "URL" && url !== undefined
      ? [{ field: "url", pointer: `/spec/buttons/${at}/url`, ...parseWhatsAppText(url) }]
      : [],
  );
}

const withBody = (body: string, examples: string): string =>
  manifest(`
language: en
category: UTILITY
body: ${body}
${examples}`);

const bothExamples = 'examples: { "1": Pablo, "2": JP20418 }';
const right = withBody("Hello {{1}}, your order {{2}} has left our warehouse today.", bothExamples);

const wellFormed: Rule<WhatsAppSpec> = {
  code: "CX3019",
  title: "Every pair of double braces is a placeholder",
  severity: "error",
  reason:
    "Meta reads {{ and }} as the ends of a placeholder, {{1}} or {{lower_case}}, and rejects braces that make none. Spaces, capital letters, hyphens and dots are not allowed inside.",
  source: meta,
  hint: "Write {{1}}, {{2}} … or a name in lower case such as {{first_name}}, without spaces.",
  examples: {
    wrong: withBody("Hello {{1}}, your order {{ 2 }} has left our warehouse today.", bothExamples),
    right,
    at: { line: 8, column: 33 },
  },
  *check({ spec }): Iterable<Finding> {
    for (const { pointer, errors } of [...filledFields(spec), ...urlFields(spec)]) {
      for (const error of errors) {
        const place = { pointer, offset: error.start, length: error.length };
        yield { ...describeError(error, whatsAppGrammar), ...place };
      }
    }
    // A whole pair in the footer is another rule's finding: no name would make it right.
    const footer = spec.footer ?? "";
    for (const loose of braces(footer).loose) {
      const place = { pointer: "/spec/footer", offset: loose.start, length: loose.length };
      yield { ...describeError(looseError(footer, loose), whatsAppGrammar), ...place };
    }
  },
};

const numbering: Rule<WhatsAppSpec> = {
  code: "CX3020",
  title: "Positional placeholders count 1, 2, 3 in order of first use",
  severity: "error",
  reason:
    "Meta fills positional placeholders by their number and rejects a text in which a number is left out or a higher one comes first. Header, body and each URL count from 1; a number may be repeated.",
  source: meta,
  hint: "Number the placeholders of each field from {{1}} in the order in which they first appear.",
  examples: {
    wrong: withBody(
      "Hello {{1}}, your order {{3}} has left our warehouse today.",
      'examples: { "1": Pablo, "3": JP20418 }',
    ),
    right,
    at: { line: 8, column: 33 },
  },
  *check({ spec }): Iterable<Finding> {
    for (const { field, pointer, placeholders } of [...filledFields(spec), ...urlFields(spec)]) {
      const positional = placeholders.filter(({ kind }) => kind === "positional");
      const used = new Set<string>();
      for (const { name, start, length } of positional) {
        const expected = String(used.size + 1);
        if (!used.has(name) && name !== expected) {
          const isLate = positional.some((one) => one.name === expected);
          yield {
            message: isLate
              ? `{{${name}}} comes before {{${expected}}} in the ${field}`
              : `{{${name}}} stands where {{${expected}}} is next in the ${field}`,
            hint: `Write {{${expected}}} here, renumber what follows, and order the examples likewise.`,
            pointer,
            offset: start,
            length,
          };
          break;
        }
        used.add(name);
      }
    }
  },
};

const oneSort: Rule<WhatsAppSpec> = {
  code: "CX3021",
  title: "Placeholders are all positional or all named",
  severity: "error",
  reason: "Meta knows one way of filling for a whole template: by number or by name.",
  source: meta,
  hint: "Use numbers for all placeholders of header and body, or names for all.",
  examples: {
    wrong: withBody(
      "Hello {{1}}, your order {{order_number}} has left our warehouse today.",
      'examples: { "1": Pablo, order_number: JP20418 }',
    ),
    right,
    at: { line: 8, column: 33 },
  },
  *check({ spec }): Iterable<Finding> {
    const all = filledFields(spec).flatMap(({ pointer, placeholders }) =>
      placeholders.map((one) => ({ ...one, pointer })),
    );
    const first = all[0];
    const other = all.find(({ kind }) => kind !== first?.kind);
    if (first === undefined || other === undefined) return;
    yield {
      message: `{{${other.name}}} is ${other.kind}, but {{${first.name}}} is ${first.kind}; a template has one sort`,
      hint:
        first.kind === "named"
          ? `Give {{${other.name}}} a name, too, or number all placeholders.`
          : `Number {{${other.name}}}, too, or give all placeholders names.`,
      pointer: other.pointer,
      offset: other.start,
      length: other.length,
    };
  },
};

const exampleGiven: Rule<WhatsAppSpec> = {
  code: "CX3027",
  title: "Every placeholder has an example",
  severity: "error",
  reason: "Meta's reviewers see the message with sample values and reject a template that lacks one.",
  source: meta,
  hint: "Add a believable sample value for every placeholder under examples; no real customer's.",
  examples: {
    wrong: withBody("Hello {{1}}, your order {{2}} has left our warehouse today.", 'examples: { "1": Pablo }'),
    right,
    at: { line: 8, column: 33 },
  },
  *check({ spec }): Iterable<Finding> {
    const examples = spec.examples ?? {};
    const told = new Set<string>();
    for (const { pointer, placeholders } of filledFields(spec)) {
      for (const { name, start, length } of placeholders) {
        const sample = Object.hasOwn(examples, name) ? examples[name] : undefined;
        if (told.has(name) || (sample ?? "").trim() !== "") continue;
        told.add(name);
        yield {
          message: sample === undefined ? `{{${name}}} has no example` : `the example of {{${name}}} is empty`,
          hint: `Add ${/^[0-9]/.test(name) ? `"${name}"` : name}: with a sample value under examples.`,
          pointer,
          offset: start,
          length,
        };
      }
    }
  },
};

const exampleUsed: Rule<WhatsAppSpec> = {
  code: "CX3028",
  title: "Every example belongs to a placeholder",
  severity: "warning",
  reason: "An example without a placeholder is a placeholder that was forgotten in the text, or a leftover.",
  source: meta,
  hint: "Remove the example, or use its placeholder in the header or the body.",
  examples: {
    wrong: withBody("Hello {{1}}, your order has left our warehouse today.", bothExamples),
    right,
    at: { line: 9, column: 32 },
  },
  *check({ spec }): Iterable<Finding> {
    const fields = filledFields(spec);
    // A placeholder with a slip in it has its own finding; its example is no leftover.
    if (fields.some(({ errors }) => errors.length > 0)) return;
    const names = new Set(fields.flatMap(({ placeholders }) => placeholders.map(({ name }) => name)));
    for (const key of Object.keys(spec.examples ?? {})) {
      if (names.has(key)) continue;
      yield {
        message: `example ${quoted(key)} belongs to no placeholder of header or body`,
        hint: `Remove it, or write {{${key}}} where the value belongs.`,
        pointer: `/spec/examples/${pointerSegment(key)}`,
      };
    }
  },
};

export const placeholderRules: readonly Rule<WhatsAppSpec>[] = [wellFormed, numbering, oneSort];
export const exampleRules: readonly Rule<WhatsAppSpec>[] = [exampleGiven, exampleUsed];
