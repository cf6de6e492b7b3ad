// What went wrong, who is to blame, and the exit code for it (INTERFACE §4). It prints nothing.
import { BrokenChain, CallFailure, Claimed, Failure, LedgerUnusable, NotAllowed, StalePlan } from "../base/failure.ts";
import { version } from "../base/version.ts";
import { NotFound } from "../library/address-query.ts";
import { Invalid } from "../library/invalid.ts";
import type { ToldFailure } from "../report/failure-text.ts";
import { Usage } from "./usage.ts";

export interface Told extends ToldFailure {
  readonly exit: number;
}

/** Broke in another thread, which has told of it already: what it threw keeps neither its sort nor its fields on the way here. */
export class BrokenElsewhere extends Error {
  readonly told: Told;
  constructor(told: Told) {
    super(told.message);
    this.told = told;
  }
}

export interface Circumstances {
  readonly command: string;
  /** Steps that were performed and recorded before it happened. */
  readonly stepsDone: number;
  /** Whether a change was sent before it happened that CXone has not refused. */
  readonly hasWritten?: boolean;
  /** How the environment is named on a command line. */
  readonly flag: string;
}

const nothing = { diagnostics: [], sources: new Map<string, string>() };

export function tell(error: unknown, circumstances: Circumstances): Told {
  if (error instanceof BrokenElsewhere) return error.told;
  if (error instanceof Invalid) return invalid(error, circumstances);
  if (error instanceof Usage) return { ...nothing, exit: 64, code: "usage", message: error.message, hint: error.hint };
  if (!(error instanceof Failure)) return bug(error);
  const told = { ...nothing, code: error.code, message: error.message, hint: error.hint };
  const { stepsDone, hasWritten = false, flag } = circumstances;
  if (stepsDone > 0 || hasWritten) {
    // What was under way and could not be recorded may have happened as well.
    const done =
      stepsDone === 0
        ? "a change was sent before"
        : `at least ${stepsDone} ${stepsDone === 1 ? "step was" : "steps were"} performed before`;
    return {
      ...told,
      exit: 5,
      message: `${error.message}; ${done}`,
      hint: `${error.hint} ${whatIsKnown(error)}; run cxform apply${flag} again to continue.`,
    };
  }
  if (error instanceof StalePlan) return { ...told, exit: 3, moved: error.moved };
  return { ...told, exit: exitOf(error, circumstances.command) };
}

/** Where the ledger itself failed, a result may be missing from it, but never what announced the write (RELIABILITY §2.3 S6). */
function whatIsKnown(error: Failure): string {
  return error instanceof LedgerUnusable || error instanceof BrokenChain
    ? "The ledger has announced what was sent, though the last results may be missing: the next run asks CXone for them first"
    : "The ledger has what happened";
}

function exitOf(error: Failure, command: string): number {
  if (error instanceof NotFound) return 1;
  if (error instanceof NotAllowed || error instanceof Claimed) return 3;
  if (error instanceof BrokenChain || error instanceof LedgerUnusable) return command === "audit verify" ? 1 : 4;
  if (error instanceof CallFailure) return 4;
  return 4;
}

function invalid(error: Invalid, { command, flag }: Circumstances): Told {
  const { diagnostics, sources, waitingOptOuts } = error;
  const first = diagnostics.find((diagnostic) => diagnostic.severity === "error") ?? diagnostics[0];
  const lane =
    waitingOptOuts > 0
      ? ` ${waitingOptOuts} valid ${waitingOptOuts === 1 ? "opt-out waits" : "opt-outs wait"}: cxform apply --opt-outs-only${flag} sends ${waitingOptOuts === 1 ? "it" : "them"} at once.`
      : "";
  const isWriting = command === "apply" || command === "settle";
  const hint = `Correct what is named${isWriting ? "; nothing was sent" : ""}.${lane}`;
  return { exit: 1, code: first?.code ?? "invalid", message: error.message, hint, diagnostics, sources };
}

function bug(error: unknown): Told {
  const isError = error instanceof Error;
  return {
    ...nothing,
    exit: 70,
    code: "bug",
    message: `a bug in cxform: ${isError ? error.message : String(error)}`,
    hint: `Please report it with the command, cxform ${version}, Node ${process.version} on ${process.platform}, and the lines below; remove what is confidential.`,
    stack: isError ? (error.stack ?? error.message) : String(error),
  };
}
