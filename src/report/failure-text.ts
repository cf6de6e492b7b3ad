// A failure as people read it: message, code, hint, and what belongs to it. It decides neither exit nor stream.
import type { Diagnostic } from "../contract/diagnostic.ts";
import { diagnosticsText, tallyText } from "./diagnostics.ts";
import { harmless, harmlessLines } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";

export interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** What moved since a plan was reviewed. */
  readonly moved?: readonly string[];
  /** Only of a bug of ours. */
  readonly stack?: string;
}

export function failureText(failure: ToldFailure, paint: Paint = plain): string {
  const { diagnostics, sources, moved = [], stack } = failure;
  const told = diagnosticsText(diagnostics, { sources, paint });
  const title =
    diagnostics.length === 0
      ? `${harmless(failure.message)} ${paint("error", `[${harmless(failure.code)}]`)}`
      : tallyText(diagnostics);
  return [
    ...(told === "" ? [] : [told]),
    `${title}\n`,
    ...moved.map((line) => `  - ${harmless(line)}\n`),
    ...(failure.hint === "" ? [] : [`  hint: ${harmless(failure.hint)}\n`]),
    ...(stack === undefined ? [] : [`\n${harmlessLines(stack).join("\n")}\n`]),
  ].join("");
}

/** The same for `--format json`. */
export function failureJson(failure: ToldFailure): object {
  const { code, message, hint, diagnostics, moved } = failure;
  return { error: { code, message, hint, ...(moved === undefined ? {} : { moved }) }, diagnostics };
}
