// Which steps of the plan this run performs: all of them, those of a review that are still the same, those nobody withholds, or what a settle may finish.

import { NotAllowed } from "../base/failure.ts";
import type { Plan, PlanOptions, Step } from "../contract/plan.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Planned } from "../plan/input.ts";
import type { ApplyOptions } from "./apply-options.ts";
import { behindGlass, hasOptIns } from "./protection.ts";
import { demandDigest, movedBetween } from "./review.ts";

export interface Chosen {
  readonly steps: readonly Step[];
  readonly left: readonly string[];
}

/** Who is refused sees the plan that was refused: its digest is what an acknowledgement would name. */
export function chooseOrShow(...given: Parameters<typeof choose>): Chosen {
  try {
    return choose(...given);
  } catch (error) {
    const [options, , planned] = given;
    options.onRefused?.(planned.plan);
    throw error;
  }
}

/** The steps that this run may perform. Throws where the plan is not the reviewed one, or a guard was not acknowledged. */
function choose(
  options: ApplyOptions,
  mode: "apply" | "settle",
  planned: Planned,
  ledger: Ledger,
  reviewed: Plan | undefined,
): Chosen {
  const { plan } = planned;
  if (mode === "settle")
    return { steps: plan.steps.filter((step) => mayFinish(step, planned, ledger.claimedSteps)), left: [] };
  if (options.expectDigest !== undefined) demandDigest(plan, options.expectDigest, reviewed);
  let steps = plan.steps;
  let left: readonly string[] = [];
  if (reviewed !== undefined && plan.digest !== reviewed.digest) {
    if (options.partial !== true) demandDigest(plan, reviewed.digest, reviewed);
    const same = new Set(reviewed.steps.map((step) => step.digest));
    steps = plan.steps.filter((step) => same.has(step.digest) || step.followUp);
    left = movedBetween(reviewed, plan);
  }
  demandAcknowledged(options, planned);
  const spared = options.breakGlass === undefined ? withoutWithheld(steps, options.withhold) : behindGlass(steps);
  return { steps: spared.steps, left: [...left, ...spared.left] };
}

function withoutWithheld(steps: readonly Step[], withhold: ApplyOptions["withhold"]): Chosen {
  if (withhold === undefined) return { steps, left: [] };
  const reasons = new Map<Step, string>();
  const addresses = new Set<string>();
  const leave = (step: Step, reason: string): void => {
    reasons.set(step, reason);
    addresses.add(step.address);
  };
  for (const step of steps) {
    const reason = withhold(step);
    if (reason !== undefined) leave(step, reason);
  }
  for (let count = -1; count !== reasons.size; ) {
    count = reasons.size;
    for (const step of steps) {
      if (reasons.has(step)) continue;
      const before = [step.address, ...step.after].find((address) => addresses.has(address));
      if (before !== undefined) leave(step, `comes after ${before}, which is left`);
    }
  }
  const left = [...reasons].map(([step, reason]) => `${step.action} ${step.address}: ${reason}`);
  return { steps: steps.filter((step) => !reasons.has(step)), left };
}

/** What settle may finish later: never the opt-ins of a batch whose opt-outs alone went, in their lane or through broken glass. */
export const claimed = (chosen: Chosen, { breakGlass }: ApplyOptions, { optOutsOnly }: PlanOptions): readonly Step[] =>
  breakGlass === undefined && optOutsOnly !== true ? chosen.steps : chosen.steps.filter((step) => !hasOptIns(step));

function demandAcknowledged(options: ApplyOptions, planned: Planned): void {
  const { plan } = planned;
  if (options.acknowledge !== undefined && options.acknowledge !== plan.digest) {
    throw new NotAllowed(
      "CX4013",
      `--acknowledge names ${options.acknowledge}, the plan made now is ${plan.digest}`,
      "Review the plan made now and acknowledge its digest.",
    );
  }
  if (!planned.isGuarded || options.acknowledge === plan.digest) return;
  const guards = plan.diagnostics.filter(
    (diagnostic) => diagnostic.severity === "error" && diagnostic.code.startsWith("CX401"),
  );
  const optOuts = plan.steps.reduce((sum, step) => sum + (step.records?.optOuts ?? 0), 0);
  const lane =
    optOuts > 0
      ? ` ${optOuts} ${optOuts === 1 ? "opt-out in it goes" : "opt-outs in it go"} at once with cxform apply --opt-outs-only.`
      : "";
  throw new NotAllowed(
    guards[0]?.code ?? "CX4010",
    guards.map((guard) => guard.message).join("; "),
    `If this is meant, run apply with --acknowledge ${plan.digest}.${lane}`,
  );
}

/** What settle may do: retire what was replaced, and finish what an applied plan contained. */
export function mayFinish(step: Step, planned: Planned, claimed: ReadonlySet<string>): boolean {
  return step.followUp || claimed.has(step.digest) || planned.assignments.get(step)?.wasApplied === true;
}
