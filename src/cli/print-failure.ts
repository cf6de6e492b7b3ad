// Prints a failure: text on stderr, and with a JSON format one value on stdout. It judges nothing.
import { failureJson, failureText } from "../report/failure-text.ts";
import { harmlessJson } from "../report/harmless.ts";
import type { Common } from "./command.ts";
import type { Told } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/** Answers the exit code. */
export function printFailure(
  told: Told,
  { common, terminal }: { readonly common: Pick<Common, "format">; readonly terminal: Terminal },
): number {
  terminal.err(failureText(told, terminal.paintErr));
  if (common.format === "json" || common.format === "sarif") terminal.outRaw(`${harmlessJson(failureJson(told))}\n`);
  return told.exit;
}
