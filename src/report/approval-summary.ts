// What an approver of an apply reads in the job's summary: the digest, the guards that were passed and what moved since the review. It decides nothing.
import type { Diagnostic } from "../contract/diagnostic.ts";
import { code, words } from "./markdown.ts";
import { count } from "./phrase.ts";
import { summaryBudget } from "./plan-comment.ts";
import { planBody } from "./plan-markdown.ts";
import type { PlanCommentView } from "./plan-view.ts";

export interface ApprovalSummaryView extends PlanCommentView {
  /** The gate's name on GitHub. */
  readonly gate: string;
  /** The guards that refuse the plan unless somebody says yes to its digest. */
  readonly guards: readonly Diagnostic[];
  /** What differs from the plan that the pull request showed; empty where nothing was shown or nothing differs. */
  readonly moved: readonly string[];
}

const mostLines = 100;

/** A yes given at the gate on this text is a yes to this very plan with its guards. In bytes of UTF-8 as GitHub counts a summary. */
export function approvalSummary(view: ApprovalSummaryView, mostBytes: number = summaryBudget): string {
  const head = [question(view), guardsText(view.guards), movedText(view.moved)]
    .filter((part) => part !== "")
    .join("\n\n");
  const { environments, approval: _gate, ...rest } = view;
  const most = mostBytes - Buffer.byteLength(head) - 2;
  const body = planBody(
    { ...rest, environments },
    { most, size: (text) => Buffer.byteLength(text), rest: "the artifact's plan as JSON" },
  );
  return `${head}\n\n${body}`;
}

function question({ environments, gate }: ApprovalSummaryView): string {
  const plans = environments.flatMap((one) => ("plan" in one ? [one.plan] : []));
  const lines = plans.map(({ environment, digest }) => `> - ${code(environment)}: ${code(digest)}`);
  return [
    "> [!IMPORTANT]",
    `> **Approving ${code(gate)} says yes to exactly this plan, with every guard that is named here.** A plan with another digest is not applied by it.`,
    ">",
    ...lines,
  ].join("\n");
}

function guardsText(guards: readonly Diagnostic[]): string {
  if (guards.length === 0) return "No guard stands against this plan.";
  const shown = guards.slice(0, mostLines);
  const lines = shown.map(({ code: id, message }) => `> - ${code(message)} (${words(id)})`);
  const more = guards.length > shown.length ? [`> - … and ${guards.length - shown.length} more`] : [];
  return [
    "> [!WARNING]",
    `> **${count(guards.length, "guard")} would refuse this plan.** The approval is the answer that lets it through:`,
    ">",
    ...lines,
    ...more,
  ].join("\n");
}

function movedText(moved: readonly string[]): string {
  if (moved.length === 0) return "";
  const shown = moved.slice(0, mostLines);
  const more = moved.length > shown.length ? [`- … and ${moved.length - shown.length} more`] : [];
  return ["### Not as the pull request showed it", "", ...shown.map((line) => `- ${code(line)}`), ...more].join("\n");
}
