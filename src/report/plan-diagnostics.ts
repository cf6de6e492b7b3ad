// The diagnostics of a pull request's environments: each once, errors first, with links to their lines. It finds nothing.
import type { Diagnostic } from "../contract/diagnostic.ts";
import { code, link, words } from "./markdown.ts";
import { count } from "./phrase.ts";
import { type Shared, sharedRows } from "./plan-rows.ts";
import type { EnvironmentView } from "./plan-view.ts";

export type DiagnosticRow = Shared<Diagnostic>;

/** Errors first, in their order otherwise; what several environments find is one row. */
export function diagnosticRows(environments: readonly EnvironmentView[]): readonly DiagnosticRow[] {
  const rows = sharedRows(
    environments,
    (one) => ("plan" in one ? one.plan.diagnostics : one.diagnostics),
    (diagnostic) => diagnostic,
  );
  return rows.toSorted((left, right) => rank(left.value) - rank(right.value));
}

const rank = ({ severity }: Diagnostic): number => (severity === "error" ? 0 : 1);

export function diagnosticsSection(
  rows: readonly DiagnosticRow[],
  most: number,
  showsEnvironments: boolean,
  urlOf: (file: string, line: number) => string | undefined,
): string {
  if (rows.length === 0) return "";
  const shown = rows.slice(0, most);
  const hidden = rows.slice(shown.length);
  const errors = hidden.filter(({ value }) => value.severity === "error").length;
  const lines = shown.map(({ value, environments }) => {
    const { severity, file, line, message, code: id, hint } = value;
    const where = showsEnvironments ? ` in ${environments.map(code).join(", ")}` : "";
    return `- ${severity === "error" ? "❌" : "⚠️"} ${link(code(`${file}:${line}`), urlOf(file, line))}${where} ${code(message)} (${words(id)}). ${words(hint)}`;
  });
  const more = hidden.length === 0 ? [] : [`- … and ${hidden.length} more (${count(errors, "error")}).`];
  return ["### Diagnostics", "", ...lines, ...more].join("\n");
}
