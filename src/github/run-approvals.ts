// Who let a workflow run into an environment. What GitHub does not clearly say counts as no approval.
import type { GitHub } from "./client.ts";
import { GitHubForbidden, GitHubMissing } from "./failure.ts";
import type { Refusal } from "./refusal.ts";

export interface RunApproval {
  readonly environment: string;
  readonly login: string;
  readonly comment: string;
}

export type RunApprovals =
  | { readonly approvals: readonly RunApproval[] }
  /** A no to an environment, or an answer that proves nothing. */
  | { readonly refusal: Refusal };

/** The approvals of a run, if nobody said no. Throws GitHubFailure when GitHub cannot be asked. */
export async function runApprovals(github: GitHub, runId: number, environment: string): Promise<RunApprovals> {
  let reviews: readonly Review[];
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals", {
      ...github.place,
      run_id: runId,
    });
    reviews = data;
  } catch (error) {
    if (!(error instanceof GitHubMissing || error instanceof GitHubForbidden)) throw error;
    return refused(`GitHub does not tell who approved run ${runId}: ${error.message}`, error.hint);
  }
  const mine = reviews.filter(({ environments }) => environments?.some(({ name }) => name === environment) === true);
  const no = mine.find(({ state }) => state !== "approved");
  if (no !== undefined) {
    const who = no.user?.login ?? "somebody";
    return refused(`environment ${environment} is ${no.state} by ${who}`, "Ask for a new approval, and run again.");
  }
  const approvals = mine.flatMap(({ user, comment }) =>
    typeof user?.login === "string" && user.login !== ""
      ? [{ environment, login: user.login, comment: comment ?? "" }]
      : [],
  );
  if (approvals.length > 0) return { approvals };
  return refused(
    `nobody approved run ${runId} for environment ${environment}`,
    `Give environment ${environment} required reviewers in the repository's settings: GitHub makes an environment that a workflow names without any.`,
  );
}

interface Review {
  readonly state?: string;
  readonly comment?: string;
  readonly user?: { readonly login?: string } | null;
  readonly environments?: readonly { readonly name?: string }[];
}

function refused(message: string, hint: string): RunApprovals {
  return { refusal: { message, hint } };
}
