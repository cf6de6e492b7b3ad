// Guards against a change that is larger than anybody meant: each a diagnostic with all its numbers and the way on; opt-outs are never guarded.
import type { GuardLimit, Guards } from "../contract/config.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { Decision, StepDraft } from "./input.ts";

/** The guards that this plan passes; empty when it may be applied without an acknowledgement. */
export function guard(
  decisions: readonly Decision[],
  steps: readonly StepDraft[],
  guards: Guards,
  place: Place,
): readonly Diagnostic[] {
  const refused: Diagnostic[] = [];
  const served = decisions.filter((decision) => decision.isActive);
  const owned = decisions.filter((decision) => decision.isOwned);
  const retired = served.filter((decision) => !decision.staysActive);
  const updated = new Set(steps.filter(isUpdate).map((step) => step.address));
  if (passes(retired.length, served.length, guards.maxRetire)) {
    refused.push(
      refusal(
        "CX4010",
        `${retired.length} of ${served.length} resources would be left without an active version (${percent(retired.length, served.length)} %)`,
        "maxRetire",
        guards.maxRetire,
        place,
      ),
    );
  }
  if (passes(updated.size, owned.length, guards.maxUpdate)) {
    refused.push(
      refusal(
        "CX4011",
        `${updated.size} of ${owned.length} resources would be changed (${percent(updated.size, owned.length)} %)`,
        "maxUpdate",
        guards.maxUpdate,
        place,
      ),
    );
  }
  const optIns = steps.reduce((sum, step) => sum + optInsOf(step), 0);
  if (optIns > guards.maxOptIns) {
    refused.push({
      code: "CX4012",
      severity: "error",
      message: `${optIns} opt-ins would be sent; guards.maxOptIns is ${guards.maxOptIns}`,
      hint: "Check the batches, then run apply with --acknowledge and this plan's digest; opt-outs go at once with apply --opt-outs-only.",
      ...place,
    });
  }
  return refused;
}

/** Updates and new versions; creations and reactivations do not count. */
function isUpdate(step: StepDraft): boolean {
  return step.action === "update" || step.action === "newVersion";
}

/** The opt-ins that a step would still send: what it sends less what of it can only be opt-outs. */
function optInsOf(step: StepDraft): number {
  return step.assignment.optInsToSend ?? 0;
}

/** Both numbers must be passed to refuse. */
function passes(count: number, of: number, limit: GuardLimit): boolean {
  return count > limit.count && count * 100 > limit.percent * of;
}

/** For people, with one decimal: 7 of 23 are 30.4 %, which is more than 30 %. */
function percent(count: number, of: number): number {
  return Math.round((count / of) * 1000) / 10;
}

function refusal(code: string, what: string, name: string, limit: GuardLimit, place: Place): Diagnostic {
  return {
    code,
    severity: "error",
    message: `${what}; guards.${name} is more than ${limit.count} and more than ${limit.percent} %`,
    hint: "Check the plan, then run apply with --acknowledge and this plan's digest.",
    ...place,
  };
}
