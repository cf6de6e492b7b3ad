// Ties an apply to what was reviewed: the digest of a plan file or of `--expect-digest` must be the digest of the plan made now.

import { labelledDigest, sha256 } from "../base/digest.ts";
import { NotAllowed, StalePlan } from "../base/failure.ts";
import type { Json } from "../contract/json.ts";
import type { Plan, PlanOptions, Step } from "../contract/plan.ts";
import { stepDigest } from "../plan/assemble.ts";

/** Reads a plan file. Throws NotAllowed (exit 3) for one that is damaged, altered, or of another environment or format. */
export function parsePlan(text: string, environment: string): Plan {
  const hint = "Make a new plan with cxform plan --out FILE and have it reviewed.";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotAllowed("CX4003", "the plan file is not JSON", hint);
  }
  const plan = value as Partial<Plan> | null;
  if (
    typeof plan !== "object" ||
    plan === null ||
    !Array.isArray(plan.steps) ||
    typeof plan.digest !== "string" ||
    typeof plan.options !== "object"
  ) {
    throw new NotAllowed("CX4003", "the plan file is no plan", hint);
  }
  if (plan.formatVersion !== 1)
    throw new NotAllowed(
      "CX4003",
      `the plan file has format ${String(plan.formatVersion)}; this version reads format 1`,
      hint,
    );
  if (plan.environment !== environment)
    throw new NotAllowed(
      "CX4003",
      `the plan is for environment ${String(plan.environment)}, not for ${environment}`,
      "Name the plan's environment with --env.",
    );
  const { seal, ...rest } = plan as Plan & { readonly seal?: unknown };
  const whole: Plan = rest;
  if (!isUnaltered(whole))
    throw new NotAllowed("CX4003", "the plan file was altered: its digests do not fit its steps", hint);
  if (seal !== undefined && seal !== sealOf(whole))
    throw new NotAllowed("CX4003", "the plan file was altered after it was written", hint);
  return whole;
}

/**
 * A plan as it is printed and written to a file. The digests cover what is performed; the seal covers all that a reviewer reads as well: the changes in words, the
 * reasons, the diagnostics. It shows an accident or an edit, no forger: what is performed is planned again anyway.
 */
export function sealed(plan: Plan): Plan & { readonly seal: string } {
  return { ...plan, seal: sealOf(plan) };
}

const sealOf = (plan: Plan): string => `sha256:${sha256(JSON.stringify(plan))}`;

function isUnaltered(plan: Plan): boolean {
  try {
    const isEach = plan.steps.every((step) => stepDigest(step) === step.digest);
    const digests = plan.steps.filter((step) => !step.followUp).map((step) => step.digest);
    return (
      isEach &&
      labelledDigest({
        environment: plan.environment,
        options: plan.options,
        steps: digests.sort(),
      } as unknown as Json) === plan.digest
    );
  } catch {
    return false;
  }
}

/** What differs between the reviewed plan and the one made now, one line a step. */
export function movedBetween(reviewed: Plan, now: Plan): readonly string[] {
  const [before, after] = [reviewed.steps, now.steps].map(
    (steps) => new Map(steps.filter((step) => !step.followUp).map((step) => [step.digest, step])),
  );
  const gone = [...(before ?? [])].filter(([digest]) => !after?.has(digest)).map(([, step]) => step);
  const come = [...(after ?? [])].filter(([digest]) => !before?.has(digest)).map(([, step]) => step);
  const both = gone.filter((step) => come.some((other) => same(step, other)));
  return [
    ...both.map((step) => `${words(step)}: differs from what was reviewed`),
    ...gone
      .filter((step) => !both.includes(step))
      .map((step) => `${words(step)}: was reviewed, is not planned any more`),
    ...come
      .filter((step) => !gone.some((other) => same(step, other)))
      .map((step) => `${words(step)}: is planned now, was not reviewed`),
  ];
}

/** How many steps the plan made now has that the reviewed one has not, and the other way round; of a step that has changed both count one. */
export function stepsApart(reviewed: Plan, now: Plan): { readonly more: number; readonly fewer: number } {
  const [before, after] = [reviewed.steps, now.steps].map(
    (steps) => new Set(steps.filter((step) => !step.followUp).map((step) => step.digest)),
  ) as [Set<string>, Set<string>];
  const beyond = (these: Set<string>, those: Set<string>): number =>
    [...these].filter((digest) => !those.has(digest)).length;
  return { more: beyond(after, before), fewer: beyond(before, after) };
}

const same = (left: Step, right: Step): boolean => left.address === right.address && left.action === right.action;
const words = (step: Step): string => `${step.action} ${step.address}`;

/** Throws StalePlan unless the plan made now has the expected digest. */
export function demandDigest(now: Plan, expected: string, reviewed: Plan | undefined): void {
  if (now.digest === expected) return;
  const moved = reviewed === undefined ? [`expected ${expected}, planned ${now.digest}`] : movedBetween(reviewed, now);
  throw new StalePlan(
    "the plan is not the one that was reviewed",
    moved,
    "Review the plan made now; apply PLANFILE --partial performs the steps that are still the same.",
  );
}

/** The options with which a reviewed plan is made again. */
export function optionsOf(plan: Plan): PlanOptions {
  const { only, adopt, optOutsOnly } = plan.options;
  return { only, adopt, ...(optOutsOnly === true ? { optOutsOnly } : {}) };
}
