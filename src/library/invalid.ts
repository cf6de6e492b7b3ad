// The first sort of wrong, when a command cannot go on: what the author of a file must change. Exit 1.
import type { Diagnostic } from "../contract/diagnostic.ts";

/** Manifests or config are invalid; nothing was sent. */
export class Invalid extends Error {
  override readonly name = "Invalid";
  readonly diagnostics: readonly Diagnostic[];
  /** Source text by file, for the caret. */
  readonly sources: ReadonlyMap<string, string>;
  /** Valid opt-outs that wait and can go with `apply --opt-outs-only`. */
  readonly waitingOptOuts: number;
  constructor(
    diagnostics: readonly Diagnostic[],
    sources: ReadonlyMap<string, string> = new Map(),
    waitingOptOuts = 0,
  ) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
    super(`${errors} ${errors === 1 ? "error" : "errors"} in manifests or config`);
    this.diagnostics = diagnostics;
    this.sources = sources;
    this.waitingOptOuts = waitingOptOuts;
  }
}
