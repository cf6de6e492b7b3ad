// What was reviewed and who approved, asked of GitHub alone: never of outputs, comments or files that a pull request's jobs could have written. It decides what an apply may perform.
import { NotAllowed } from "../../base/failure.ts";
import type { Environment } from "../../contract/config.ts";
import type { Approval } from "../../contract/entry.ts";
import type { Plan } from "../../contract/plan.ts";
import { parsePlan } from "../../library/review.ts";
import { gateOf } from "../../library/workflows.ts";
import { gateApprovals, type MergedPullRequest, type Owned, shownPlan, unapproved } from "./hub.ts";
import { planInRepository, type Setting } from "./setting.ts";
import { isWithin } from "./within.ts";

export interface Reviewed {
  /** The pull request that this commit merged. */
  readonly pullRequest?: MergedPullRequest;
  readonly plan?: Plan;
  /** Without a plan: why there is none. */
  readonly why: string;
}

/** The plan that the merged pull request showed. Only a push is a merge: a run that was started by hand asks anew. */
export async function reviewedFor(setting: Setting, environment: string): Promise<Reviewed> {
  const { github, eventName, sha } = setting;
  if (eventName !== "push") return { why: "this run was started by hand, so it asks for an approval of its own" };
  if (github === undefined) return { why: "there is no token to ask GitHub with" };
  const { pullRequest, text, refusal } = await shownPlan(github, { commit: sha, environment });
  const merged = pullRequest === undefined ? {} : { pullRequest };
  if (text === undefined) return { ...merged, why: refusal?.message ?? "nothing was shown" };
  try {
    return { ...merged, plan: parsePlan(text, environment), why: "" };
  } catch (error) {
    if (error instanceof NotAllowed) return { ...merged, why: error.message };
    throw error;
  }
}

/** What an apply may perform, and in whose name. */
export interface Warrant {
  readonly approvals: readonly Approval[];
  readonly author: string | undefined;
  readonly planText: string;
  /** The digest that the approver saw, whose guards the approval answers. */
  readonly acknowledge?: string;
  readonly pullRequest?: Reviewed["pullRequest"];
  /** The files, as the repository has them, of which no code owner has approved: their steps are left. */
  readonly unowned: readonly Owned[];
}

const noToken = {
  refusal: {
    message: "there is no token to ask GitHub with",
    hint: "Leave the input github-token out: its default is the job's own.",
  },
};

/**
 * An approved run performs the plan that its approver saw; without an approval, what was reviewed. `shown` is the plan that this run's
 * first job made, tied by its digest. Throws NotAllowed where nobody has said yes to anything.
 */
export async function warrantFor(
  setting: Setting,
  environment: Environment,
  shown: Plan | undefined,
  prefix: string,
): Promise<Warrant> {
  const { github, run, actor, sha } = setting;
  const reviewed = await reviewedFor(setting, environment.name);
  const { pullRequest } = reviewed;
  const author = pullRequest === undefined ? actor || undefined : pullRequest.author;
  const gate = gateOf(environment.name);
  const asked = { runId: run.id, gate, commit: sha, clock: setting.world.clock };
  const answer = github === undefined ? noToken : await gateApprovals(github, asked);
  const approvals = "approvals" in answer ? answer.approvals : [];
  const others = approvals.filter(({ login }) => login.toLowerCase() !== author?.toLowerCase());
  const common = {
    approvals: [...approvals, ...(pullRequest?.reviews ?? [])],
    author,
    unowned: [],
    ...(pullRequest === undefined ? {} : { pullRequest }),
  };
  if (shown !== undefined && others.length > 0) {
    const approved = [...others, ...(pullRequest?.reviews ?? [])];
    const unowned = environment.isProtected
      ? await withoutOwner(setting, planInRepository(shown, prefix), approved, author)
      : [];
    return { ...common, unowned, planText: JSON.stringify(shown), acknowledge: shown.digest };
  }
  if (environment.isProtected && others.length === 0) {
    const { message, hint } =
      "refusal" in answer
        ? answer.refusal
        : {
            message: `only the author ${author} has approved run ${run.id}`,
            hint: "Let somebody else approve the run at its gate.",
          };
    throw new NotAllowed("CX4006", `environment ${environment.name} is protected, and ${message}`, hint);
  }
  if (reviewed.plan !== undefined) {
    const isSame = shown !== undefined && isWithin(shown, reviewed.plan);
    return { ...common, planText: JSON.stringify(isSame ? shown : reviewed.plan) };
  }
  throw new NotAllowed(
    "CX7021",
    `nobody has reviewed this plan: ${reviewed.why}`,
    `Run the workflow by hand (workflow_dispatch) and let somebody else approve it at the environment ${gate}.`,
  );
}

/** Of the plan's files those whose code owners have not approved. The owners are those of before the merge: nobody makes himself one. */
async function withoutOwner(
  setting: Setting,
  plan: Plan,
  approvals: readonly Approval[],
  author: string | undefined,
): Promise<readonly Owned[]> {
  const { github, sha, event } = setting;
  if (github === undefined) return [];
  const approvers = approvals
    .map(({ login }) => login)
    .filter((login) => login.toLowerCase() !== author?.toLowerCase());
  const files = plan.steps.flatMap(({ source }) => source?.file ?? []);
  const before = typeof event.before === "string" && /^(?!0+$)[0-9a-f]{40}$/.test(event.before) ? event.before : sha;
  return unapproved(github, before, files, approvers);
}
