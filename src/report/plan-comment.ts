// The plans of a pull request as its sticky comment and as a job's summary: people affected first, then what needs care, then every change. Foreign text stays inert.
import { planBody } from "./plan-markdown.ts";
import type { PlanCommentView } from "./plan-view.ts";

/** The comment's first line, by which its poster finds it again. */
export const planMarker = "<!-- cxform:plan -->";

/** Under GitHub's 65,536 with room for the poster's own lines (GITHUB §1.2), in UTF-16 units. */
export const commentBudget = 60_000;

/** Under the 1 MiB beyond which GitHub drops a step's whole summary, in bytes of UTF-8. */
export const summaryBudget = 1_000_000;

/** Begins with the marker, ends with a newline. */
export function planComment(view: PlanCommentView, mostCharacters: number = commentBudget): string {
  const most = mostCharacters - planMarker.length - 1;
  return `${planMarker}\n${planBody(view, { most, size: (text) => text.length, rest: restOf(view) })}`;
}

/** The same for `GITHUB_STEP_SUMMARY`, where much more fits. */
export function planSummary(view: PlanCommentView, mostBytes: number = summaryBudget): string {
  return planBody(view, {
    most: mostBytes,
    size: (text) => Buffer.byteLength(text),
    rest: "the artifact's plan as JSON",
  });
}

const restOf = ({ run }: PlanCommentView): string => (run === undefined ? "the plan as JSON" : "the job summary");
