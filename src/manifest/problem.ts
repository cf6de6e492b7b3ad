// A finding with its code, before it has a place: what every check of this folder answers; knows no file.
import { byPlace, compareText } from "../base/order.ts";
import type { Diagnostic, Finding, Place, Severity } from "../contract/diagnostic.ts";

export interface Problem extends Finding {
  readonly code: string;
  readonly severity: Severity;
  /** Show the key rather than the value (an unknown field). */
  readonly atKey?: boolean;
  /** The value's very shape is wrong: no config and no allowance makes it anything but an error. */
  readonly isFixed?: boolean;
  /** The value alone is wrong, not its type or its place: rules can still judge what stands around it. */
  readonly keepsShape?: boolean;
  /** What was probably written: the text that YAML misread, or the field whose name was misspelt. */
  readonly meant?: { readonly text: string } | { readonly pointer: string };
}

interface Placed {
  readonly code: string;
  readonly severity?: Severity;
  readonly message: string;
  readonly hint: string;
  readonly address?: string | undefined;
  readonly pointer?: string | undefined;
  readonly length?: number | undefined;
}

/** A diagnostic at a place; members that are undefined are left out. */
export function diagnosticAt(place: Place, facts: Placed): Diagnostic {
  return {
    file: place.file,
    line: place.line,
    column: place.column,
    code: facts.code,
    severity: facts.severity ?? "error",
    message: facts.message,
    hint: facts.hint,
    ...(facts.address === undefined ? {} : { address: facts.address }),
    ...(facts.pointer === undefined ? {} : { pointer: facts.pointer }),
    ...(facts.length === undefined ? {} : { length: facts.length }),
  };
}

/** INTERFACE §5: by file, line, column, code; what is said twice at one place is said once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = [...diagnostics].sort(
    (left, right) => byPlace(left, right) || compareText(left.message, right.message),
  );
  return sorted.filter((diagnostic, at) => at === 0 || !isRepeat(sorted[at - 1] as Diagnostic, diagnostic));
}

function isRepeat(before: Diagnostic, after: Diagnostic): boolean {
  return (
    before.file === after.file &&
    before.line === after.line &&
    before.column === after.column &&
    before.code === after.code &&
    before.message === after.message
  );
}

export function hasError(diagnostics: readonly { readonly severity: Severity }[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}
