// The answer to a question of consent, as text. It judges nothing and knows no contact.
import { harmless } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";

export interface ConsentView {
  readonly eligible: boolean;
  readonly reason: string;
  readonly unchecked: readonly string[];
  readonly evidence?: object;
  readonly problem?: string;
}

export function consentText(view: ConsentView, paint: Paint = plain): string {
  const verdict = view.eligible ? paint("added", "eligible") : paint("removed", "not eligible");
  const lines = [
    `${verdict}: ${harmless(view.reason)}`,
    ...(view.problem === undefined ? [] : [`  ${harmless(view.problem)}`]),
    ...view.unchecked.map((what) => `  unchecked: ${harmless(what)}`),
    ...Object.entries(view.evidence ?? {}).map(([field, value]) => `  ${field}: ${harmless(String(value))}`),
  ];
  return `${lines.join("\n")}\n`;
}
