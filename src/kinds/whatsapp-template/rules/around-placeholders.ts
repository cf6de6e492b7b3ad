// The rules about the words around a body's placeholders: how it begins, ends, and how much text there is; they know no other field.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { meta, practice } from "../../_shared/sources.ts";
import { parseWhatsAppText, withoutPlaceholders } from "../../_shared/whatsapp-placeholders.ts";
import { counted } from "../../_shared/wording.ts";
import { countWords } from "../../_shared/words.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { textOf } from "../texts.ts";
import { isMeantForCodes } from "./category.ts";
import { manifest } from "./manifest.ts";

const pointer = "/spec/body";

const withBody = (body: string, examples: string): string =>
  manifest(`
language: en
category: UTILITY
body: ${body}
examples: ${examples}`);

const right = withBody("Hello {{1}}, your order {{2}} has left our warehouse today.", '{ "1": Pablo, "2": JP20418 }');

const edges: Rule<WhatsAppSpec> = {
  code: "CX3022",
  title: "A body neither begins nor ends with a placeholder",
  severity: "error",
  reason:
    "Meta rejects a body whose first or last thing is a placeholder. Only its own fixed text for AUTHENTICATION begins with the code.",
  source: meta,
  hint: "Put words before the first and after the last placeholder.",
  examples: {
    wrong: withBody('"{{1}}, your order {{2}} has left our warehouse today."', '{ "1": Pablo, "2": JP20418 }'),
    right,
    at: { line: 8, column: 10 },
  },
  *check({ spec }): Iterable<Finding> {
    const { body, category } = spec;
    const { placeholders } = parseWhatsAppText(body);
    const first = placeholders[0];
    const last = placeholders.at(-1);
    if (first === undefined || last === undefined) return;
    if (!isMeantForCodes(category) && body.slice(0, first.start).trim() === "") {
      yield {
        message: `body begins with {{${first.name}}}`,
        hint: `Put words before it, for instance "Hello {{${first.name}}}".`,
        pointer,
        offset: first.start,
        length: first.length,
      };
    }
    if (body.slice(last.start + last.length).trim() === "") {
      yield {
        message: `body ends with {{${last.name}}}`,
        hint: `Put words after {{${last.name}}}, for instance a closing sentence.`,
        pointer,
        offset: last.start,
        length: last.length,
      };
    }
  },
};

const lastWords: Rule<WhatsAppSpec> = {
  code: "CX3023",
  title: "A body ends with words, not with a placeholder and a full stop",
  severity: "warning",
  reason:
    "Sources contradict each other on whether punctuation after the last placeholder is enough; some reviews have rejected it.",
  source: meta,
  hint: "Put words after the last placeholder.",
  examples: {
    wrong: withBody("Hello {{1}}, our warehouse is sending your order {{2}}.", '{ "1": Pablo, "2": JP20418 }'),
    right,
    at: { line: 8, column: 58 },
  },
  *check({ spec }): Iterable<Finding> {
    const last = parseWhatsAppText(spec.body).placeholders.at(-1);
    if (last === undefined) return;
    const rest = spec.body.slice(last.start + last.length).trim();
    if (!/^[\p{P}\s]+$/u.test(rest)) return;
    yield {
      message: `body ends with {{${last.name}}} and nothing but punctuation; Meta may reject it`,
      hint: `Put words after {{${last.name}}}, for instance a closing sentence.`,
      pointer,
      offset: last.start,
      length: last.length,
    };
  },
};

const adjacent: Rule<WhatsAppSpec> = {
  code: "CX3024",
  title: "No two placeholders stand side by side",
  severity: "error",
  reason: "Meta rejects placeholders with nothing or only space between them; a comma or a word between is fine.",
  source: meta,
  hint: "Put a word or a punctuation mark between the two placeholders, or make one of them.",
  examples: {
    wrong: withBody("Hello {{1}} {{2}}, your order has left our warehouse today.", '{ "1": Pablo, "2": Ruiz }'),
    right,
    at: { line: 8, column: 21 },
  },
  *check({ spec }): Iterable<Finding> {
    for (const field of ["header", "body"] as const) {
      const found = textOf(spec, field);
      if (found === undefined) continue;
      const { placeholders } = parseWhatsAppText(found.text);
      for (const [at, next] of placeholders.entries()) {
        const before = placeholders[at - 1];
        if (before === undefined || found.text.slice(before.start + before.length, next.start).trim() !== "") continue;
        yield {
          message: `{{${before.name}}} and {{${next.name}}} stand side by side in the ${field}`,
          hint: `Put a word or a comma between them, or send both values in {{${before.name}}}.`,
          pointer: found.pointer,
          offset: next.start,
          length: next.length,
        };
      }
    }
  },
};

/** How many different placeholders and how many fixed words a body has; first and length are the first placeholder's. */
function proportion({ body }: WhatsAppSpec): {
  readonly placeholders: number;
  readonly words: number;
  readonly first: number;
  readonly length: number;
} {
  const { placeholders } = parseWhatsAppText(body);
  const [first] = placeholders;
  return {
    placeholders: new Set(placeholders.map(({ name }) => name)).size,
    words: countWords(withoutPlaceholders(body)),
    first: first?.start ?? 0,
    length: first?.length ?? 1,
  };
}

const moreThanWords: Rule<WhatsAppSpec> = {
  code: "CX3025",
  title: "A body has no more placeholders than words",
  severity: "error",
  reason:
    "Meta rejects a template that has too many placeholders for its length: reviewers cannot tell what will be sent.",
  source: meta,
  hint: "Write more fixed words, or join placeholders.",
  examples: {
    wrong: withBody("Order {{1}}, {{2}}, {{3}} sent.", '{ "1": JP20418, "2": Monday, "3": Lisbon }'),
    right,
    at: { line: 8, column: 15 },
  },
  *check({ spec }): Iterable<Finding> {
    const { placeholders, words, first, length } = proportion(spec);
    if (placeholders <= words) return;
    yield {
      message: `body has ${counted(placeholders, "placeholder")} and only ${counted(words, "word")}`,
      hint: `Write at least ${2 * placeholders + 1} words around them, or join placeholders.`,
      pointer,
      offset: first,
      length,
    };
  },
};

const fewWords: Rule<WhatsAppSpec> = {
  code: "CX3026",
  title: "A body has more than twice as many words as placeholders",
  severity: "warning",
  reason:
    "Practitioners count 2n + 1 words for n placeholders before Meta calls a text too short for them. It is folklore: an approved sample of Meta's own breaks it.",
  source: `${practice}; ${meta}`,
  hint: "Write at least 2n + 1 words around n placeholders.",
  examples: {
    wrong: withBody("Order {{1}} ships {{2}} today.", '{ "1": JP20418, "2": from Lisbon }'),
    right,
    at: { line: 8, column: 15 },
  },
  *check({ spec }): Iterable<Finding> {
    const { placeholders, words, first, length } = proportion(spec);
    const wanted = 2 * placeholders + 1;
    if (placeholders === 0 || placeholders > words || words >= wanted) return;
    yield {
      message: `body has ${counted(words, "word")} for ${counted(placeholders, "placeholder")}; Meta may call it too short under ${wanted}`,
      hint: `Write at least ${wanted} words around the placeholders.`,
      pointer,
      offset: first,
      length,
    };
  },
};

export const aroundPlaceholdersRules: readonly Rule<WhatsAppSpec>[] = [
  edges,
  lastWords,
  adjacent,
  moreThanWords,
  fewWords,
];
