// The rules about one template in several languages: what must, and what should, be the same in all; they read no file.
import type { Finding, Rule, RuleScope, RuleSubject } from "../../../contract/diagnostic.ts";
import { normaliseLanguage } from "../../_shared/languages.ts";
import { commonest, groupBy, perScope, sortedByAddress } from "../../_shared/per-scope.ts";
import { practice } from "../../_shared/sources.ts";
import { parseWhatsAppText } from "../../_shared/whatsapp-placeholders.ts";
import { counted, listed } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { textOf } from "../texts.ts";
import { isCategory } from "./category.ts";
import { documents, manifest } from "./manifest.ts";

type Subject = RuleSubject<WhatsAppSpec>;

const byName = perScope((scope) =>
  groupBy(sortedByAddress(scope.ofKind<WhatsAppSpec>("WhatsAppTemplate")), (one) => one.name),
);

/** The language that speaks for the others: one that agrees with most of them. Undefined when the subject agrees, too. */
function standard(
  subject: Subject,
  scope: RuleScope,
  keyOf: (one: Subject) => string | undefined,
): Subject | undefined {
  const key = keyOf(subject);
  if (key === undefined) return undefined;
  const comparable = (byName(scope).get(subject.name) ?? []).filter((one) => keyOf(one) !== undefined);
  const other = commonest(comparable, (one) => keyOf(one) as string);
  return other === undefined || keyOf(other) === key ? undefined : other;
}

const languageOf = (subject: Subject): string => normaliseLanguage(subject.spec.language);

const english = `
language: en
category: UTILITY
body: Hello {{1}}, your order {{2}} has left our warehouse today.
examples: { "1": Pablo, "2": JP20418 }`;

const spanish = `
language: es
category: UTILITY
body: Hola, {{1}}, tu pedido {{2}} ha salido hoy de nuestro almacén.
examples: { "1": Marta, "2": JP20419 }`;

const sameCategory: Rule<WhatsAppSpec> = {
  code: "CX3004",
  title: "All languages of a WhatsApp template have the same category",
  severity: "error",
  reason:
    "The category decides price, consent and review. With different ones the same message would be marketing in one country and none in the next.",
  source: practice,
  hint: "Give every language of the name the same category.",
  examples: {
    wrong: documents(manifest(english), manifest(spanish.replace("UTILITY", "MARKETING"))),
    right: documents(manifest(english), manifest(spanish)),
    at: { line: 17, column: 13 },
  },
  *check(subject, scope): Iterable<Finding> {
    const other = standard(subject, scope, ({ spec: { category } }) => (isCategory(category) ? category : undefined));
    if (other === undefined) return;
    yield {
      message: `category is ${subject.spec.category}, but ${other.spec.category} in language ${languageOf(other)} of the same name`,
      hint: `Write category: ${other.spec.category}, or change it in every language of ${subject.name}.`,
      pointer: "/spec/category",
    };
  },
};

/** The placeholders of header and body, each once, sorted; undefined while they have errors of their own. */
function placeholderKey(subject: Subject): string | undefined {
  const fields = (["header", "body"] as const).map((field) => {
    const parsed = parseWhatsAppText(textOf(subject.spec, field)?.text ?? "");
    const names = [...new Set(parsed.placeholders.map((one) => `{{${one.name}}}`))];
    return parsed.errors.length > 0 ? undefined : names.sort(byLengthThenText);
  });
  return fields.includes(undefined) ? undefined : JSON.stringify(fields);
}

// Shorter first, so that {{2}} stands before {{10}}.
function byLengthThenText(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

/** The buttons' types in order, and which addresses have a placeholder. */
function buttonKey(subject: Subject): string {
  const shapes = (subject.spec.buttons ?? []).map((button) => {
    const isFilled = button.type === "URL" && parseWhatsAppText(button.url ?? "").placeholders.length > 0;
    return isFilled ? "URL with a placeholder" : button.type;
  });
  return JSON.stringify(shapes);
}

function* placeholderFindings(subject: Subject, scope: RuleScope): Iterable<Finding> {
  const other = standard(subject, scope, placeholderKey);
  if (other === undefined) return;
  const own = JSON.parse(placeholderKey(subject) as string) as [string[], string[]];
  const theirs = JSON.parse(placeholderKey(other) as string) as [string[], string[]];
  for (const [at, field] of (["header", "body"] as const).entries()) {
    const [mine, wanted] = [own[at] as string[], theirs[at] as string[]];
    if (mine.join() === wanted.join()) continue;
    yield {
      message: `${field} uses ${shownNames(mine)}, but ${shownNames(wanted)} in language ${languageOf(other)} of the same name`,
      hint: `Use ${shownNames(wanted)} in the ${field} of every language, because senders fill them all in the same way.`,
      pointer: `/spec/${field}`,
    };
  }
}

function shownNames(names: readonly string[]): string {
  return names.length === 0 ? "no placeholder" : listed(names, "and");
}

function* buttonFindings(subject: Subject, scope: RuleScope): Iterable<Finding> {
  const other = standard(subject, scope, buttonKey);
  if (other === undefined) return;
  yield {
    message: `${shownButtons(subject)}, but ${shownButtons(other)} in language ${languageOf(other)} of the same name`,
    hint: "Give every language the same buttons in the same order.",
    pointer: "/spec/buttons",
  };
}

function shownButtons(subject: Subject): string {
  const shapes = JSON.parse(buttonKey(subject)) as string[];
  return shapes.length === 0 ? "there are no buttons" : `${counted(shapes.length, "button")} (${shapes.join(", ")})`;
}

const sameShape: Rule<WhatsAppSpec> = {
  code: "CX3005",
  title: "All languages of a WhatsApp template have the same placeholders and buttons",
  severity: "warning",
  reason:
    "A sender chooses the language when it sends and fills the placeholders in one way. A language with another shape fails only for the people who read it.",
  source: practice,
  hint: "Use the same placeholders and the same buttons in every language of the name.",
  examples: {
    wrong: documents(
      manifest(english),
      manifest(`
language: es
category: UTILITY
body: Hola, {{1}}, tu pedido ha salido hoy de nuestro almacén.
examples: { "1": Marta }`),
    ),
    right: documents(manifest(english), manifest(spanish)),
    at: { line: 18, column: 9 },
  },
  *check(subject, scope) {
    yield* placeholderFindings(subject, scope);
    yield* buttonFindings(subject, scope);
  },
};

export const languagesOfANameRules: readonly Rule<WhatsAppSpec>[] = [sameCategory, sameShape];
