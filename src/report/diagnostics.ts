// Diagnostics as text (INTERFACE §5): place, message, code, the source line with a caret, the hint. It finds nothing.
import { byPlace } from "../base/order.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import { harmless, visible } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";
import { count } from "./phrase.ts";

export interface DiagnosticView {
  /** Source text by file, for the caret. */
  readonly sources?: ReadonlyMap<string, string>;
  readonly paint?: Paint;
}

/** A source line longer than this is cut around the caret. */
const widestLine = 120;

/** By file, line, column and code; of equal ones the first stays. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort(byPlace);
}

/** All of them, sorted, each with its source line and hint. Ends with a newline unless there are none. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], view: DiagnosticView = {}): string {
  return inOrder(diagnostics)
    .map((diagnostic) => diagnosticText(diagnostic, view))
    .join("");
}

function diagnosticText(diagnostic: Diagnostic, { sources, paint = plain }: DiagnosticView): string {
  const { file, line, column, severity, message, hint, code } = diagnostic;
  const place = `${harmless(file)}:${line}:${column}:`;
  const word = severity === "warning" ? `${paint("warning", "warning:")} ` : "";
  const tone = severity === "warning" ? "warning" : "error";
  const head = `${paint("strong", place)} ${word}${harmless(message)} ${paint(tone, `[${harmless(code)}]`)}`;
  const source = sources?.get(file)?.split(/\r\n|\r|\n/)[line - 1];
  const shown = source === undefined || source.trim() === "" ? [] : caret(source, diagnostic, paint);
  return [head, ...shown, `  hint: ${harmless(hint)}`, ""].join("\n");
}

/** The line and a caret under it. What is shown in another width than it has in the source moves the caret along. */
function caret(source: string, { line, column, length = 1, severity }: Diagnostic, paint: Paint): readonly string[] {
  const at = Math.min(Math.max(column - 1, 0), source.length);
  const start = at > widestLine - 20 ? at - 40 : 0;
  const end = Math.min(source.length, start + widestLine);
  const shown = (from: number, to: number): string =>
    visible(source.slice(from, to).replaceAll("\t", " ")).replaceAll("##[", "##\u200b[");
  const [ahead, behind] = [start > 0 ? "…" : "", end < source.length ? "…" : ""];
  const gutter = `  ${line} | `;
  const indent = " ".repeat(widthOf(ahead + shown(start, at)));
  const marks = "^".repeat(Math.max(1, widthOf(shown(at, Math.min(at + length, end)))));
  return [
    `${paint("faint", gutter)}${ahead}${shown(start, end)}${behind}`,
    `${paint("faint", `${" ".repeat(gutter.length - 2)}| `)}${indent}${paint(severity, marks)}`,
  ];
}

/** Terminal cells: wide characters (East Asian, emoji) take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)) {
    width +=
      segment === "\u200b"
        ? 0
        : /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
              segment,
            )
          ? 2
          : 1;
  }
  return width;
}

/** `2 errors, 1 warning`. */
export function tallyText(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  const warnings = diagnostics.length - errors;
  return [...(errors > 0 ? [count(errors, "error")] : []), ...(warnings > 0 ? [count(warnings, "warning")] : [])].join(
    ", ",
  );
}
