// What a code, a kind or a field means, as text. It looks nothing up.
import { harmless, harmlessLines } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";

export interface CodeExplanation {
  readonly is: "code";
  readonly code: string;
  readonly title: string;
  readonly severity?: string;
  /** Of a rule: the kind that has it. */
  readonly kind?: string;
  readonly reason: string;
  readonly source?: string;
  readonly hint: string;
  readonly wrong?: string;
  readonly right?: string;
}

export interface FieldExplanation {
  readonly is: "field";
  /** `SmsTemplate`, or `SmsTemplate.fromAddress`. */
  readonly path: string;
  readonly description: string;
  readonly type: string;
  readonly isRequired?: boolean;
  readonly allowed?: readonly string[];
  readonly examples: readonly string[];
  /** What a change of the field means. */
  readonly change?: string;
  readonly folder?: string;
  readonly fields: readonly { readonly name: string; readonly isRequired: boolean; readonly description: string }[];
  readonly rules: readonly { readonly code: string; readonly title: string }[];
}

export type Explanation = CodeExplanation | FieldExplanation;

export function explanationText(explanation: Explanation, paint: Paint = plain): string {
  const lines = explanation.is === "code" ? codeLines(explanation, paint) : fieldLines(explanation, paint);
  return lines.map((line) => `${line}\n`).join("");
}

function codeLines(one: CodeExplanation, paint: Paint): readonly string[] {
  const facts = [one.kind, one.severity].filter((fact) => fact !== undefined).join(", ");
  return [
    paint("strong", `${one.code}: ${harmless(one.title)}${facts === "" ? "" : ` (${facts})`}`),
    "",
    harmless(one.reason),
    ...(one.source === undefined ? [] : [paint("faint", `Source: ${harmless(one.source)}`)]),
    "",
    `hint: ${harmless(one.hint)}`,
    ...example("Wrong:", one.wrong, paint),
    ...example("Right:", one.right, paint),
  ];
}

function example(title: string, text: string | undefined, paint: Paint): readonly string[] {
  if (text === undefined || text.trim() === "") return [];
  return ["", paint("strong", title), ...harmlessLines(text.trimEnd()).map((line) => `    ${line}`)];
}

function fieldLines(one: FieldExplanation, paint: Paint): readonly string[] {
  const required = one.isRequired === undefined ? "" : one.isRequired ? ", required" : ", optional";
  return [
    paint("strong", `${harmless(one.path)} (${harmless(one.type)}${required})`),
    "",
    harmless(one.description),
    ...(one.allowed === undefined ? [] : [`One of: ${one.allowed.map(harmless).join(", ")}`]),
    ...(one.change === undefined ? [] : [`When it changes: ${harmless(one.change)}`]),
    ...(one.folder === undefined ? [] : [`Its manifests belong in ${harmless(one.folder)}/`]),
    ...(one.fields.length === 0 ? [] : ["", paint("strong", "Fields")]),
    ...one.fields.map(
      (field) => `  ${harmless(field.name)}${field.isRequired ? " (required)" : ""}: ${harmless(field.description)}`,
    ),
    ...(one.examples.length === 0 ? [] : ["", paint("strong", one.examples.length === 1 ? "Example" : "Examples")]),
    ...one.examples.flatMap((text) => harmlessLines(text).map((line) => `  ${line}`)),
    ...(one.rules.length === 0 ? [] : ["", paint("strong", "Rules")]),
    ...one.rules.map((rule) => `  ${rule.code} ${harmless(rule.title)}`),
  ];
}
