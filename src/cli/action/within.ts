// Whether a plan holds nothing that another one does not. Pure.
import type { Plan } from "../../contract/plan.ts";

/** Whether each step that somebody must answer for stands in the reviewed plan. What has been done meanwhile is no difference. */
export function isWithin(now: Plan, reviewed: Plan): boolean {
  const known = new Set(reviewed.steps.map(({ digest }) => digest));
  return now.environment === reviewed.environment && now.steps.every((step) => step.followUp || known.has(step.digest));
}
