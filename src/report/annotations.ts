// Diagnostics as GitHub workflow commands, within the runner's budget of ten a severity. It finds nothing and prints nothing.
import type { Diagnostic, Severity } from "../contract/diagnostic.ts";
import { inOrder } from "./diagnostics.ts";
import { harmless } from "./harmless.ts";
import { count } from "./phrase.ts";

/** GITHUB §1.2: ten errors and ten warnings a step are shown, the rest are dropped silently. */
const budget = 10;

/** One command a line; of more than ten the tenth says how many more there are. */
export function annotations(diagnostics: readonly Diagnostic[]): string {
  const sorted = inOrder(diagnostics);
  return [...ofSeverity("error", sorted), ...ofSeverity("warning", sorted)].map((line) => `${line}\n`).join("");
}

function ofSeverity(severity: Severity, sorted: readonly Diagnostic[]): readonly string[] {
  const all = sorted.filter((diagnostic) => diagnostic.severity === severity);
  const shown = all.length > budget ? all.slice(0, budget - 1) : all;
  const rest = all.length - shown.length;
  const more =
    rest === 0
      ? []
      : [
          `::${severity} title=cxform::${data(`${count(rest, `more ${severity}`)}; cxform validate lists all ${all.length}`)}`,
        ];
  return [...shown.map(command), ...more];
}

function command({ severity, file, line, column, code, message, hint }: Diagnostic): string {
  const properties = [`file=${property(file)}`, `line=${line}`, `col=${column}`, `title=${property(code)}`].join(",");
  return `::${severity} ${properties}::${data(`${harmless(message)} [${harmless(code)}]\nhint: ${harmless(hint)}`)}`;
}

/** The escapes that the runner undoes; what else could act was made harmless before. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(harmless(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
