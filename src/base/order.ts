// The one order of texts and of diagnostics (INTERFACE §5): by file, line, column and code. Independent of any locale.
import type { Diagnostic } from "../contract/diagnostic.ts";

/** By UTF-16 units. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By file, line, column and code; of equal ones the first stays first. */
export function byPlace(left: Diagnostic, right: Diagnostic): number {
  return (
    compareText(left.file, right.file) ||
    left.line - right.line ||
    left.column - right.column ||
    compareText(left.code, right.code)
  );
}
