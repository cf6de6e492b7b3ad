// The exit code of an apply or a settle (INTERFACE §4), from the plan and what became of its steps.
import type { HeldBy, Outcome, Plan } from "../contract/plan.ts";

/** Rows that this project itself holds back; CXone's own (rejected, pending, paused) are no refusal. */
const ours: ReadonlySet<HeldBy> = new Set(["unowned", "forbid", "duplicate", "rename", "reference"]);

export interface Ending {
  readonly mode: "apply" | "settle";
  /** Steps of a reviewed plan that were left. */
  readonly left: readonly string[];
  readonly wasStopped: boolean;
  /** The wait ended without an answer of CXone. */
  readonly isUnread?: boolean;
  /** The run has recorded a change that CXone took, or may have taken. */
  readonly hasWritten?: boolean;
}

export function exitOf(plan: Plan, outcomes: readonly Outcome[], ending: Ending): number {
  if (ending.wasStopped) return 130;
  const failed = outcomes.some((outcome) => outcome.status === "failed" || outcome.status === "unknown");
  if (failed || ending.isUnread === true) return ending.hasWritten === true || outcomes.some(hasChanged) ? 5 : 4;
  if (ending.left.length > 0) return 3;
  const isHeld = ending.mode === "apply" && [...plan.blocked, ...plan.waiting].some((row) => ours.has(row.by));
  return isHeld ? 3 : 0;
}

function hasChanged(outcome: Outcome): boolean {
  return outcome.status === "ok" || outcome.status === "unknown" || (outcome.counts?.["sent"] ?? 0) > 0;
}
