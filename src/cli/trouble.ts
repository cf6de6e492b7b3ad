// What the receiver's work could not do, in a line for people. It prints nothing.
import { Failure } from "../base/failure.ts";
import type { Trouble } from "../library/work.ts";

const works: Readonly<Record<Trouble["what"], string>> = {
  settle: "settle",
  dispatch: "repository_dispatch",
  record: "recording in the ledger",
  sweep: "clearing what is older than the retention time",
  deliver: "delivering",
  announce: "queueing for the hooks",
};

/** One line: what failed, why as far as it may be said, and when it is tried again. */
export function troubleText({ what, error, nextTryMs }: Trouble): string {
  const isTold = error instanceof Failure || (error instanceof Error && error.name === "Invalid");
  const reason = isTold ? (error as Error).message : "a bug in cxform; run the command by hand to see it";
  const again = nextTryMs === 0 ? "the next run tries again" : `trying again in ${Math.round(nextTryMs / 1000)} s`;
  return `${works[what]} failed: ${reason}; ${again}`;
}
