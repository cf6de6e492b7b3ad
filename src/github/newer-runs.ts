// The runs of a workflow that began after another one of it and ended well. Reads only; knows no ledger and no plan.
import type { GitHub } from "./client.ts";

export interface NewerRunsOptions {
  /** The workflow's file, without its folder: `apply.yml`. */
  readonly workflow: string;
  /** Runs of other branches are none of it. */
  readonly branch: string;
  /** The number of the run that asks; all its attempts have the same one. */
  readonly number: number;
}

export interface NewerRun {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  /** The commit that was pushed. */
  readonly commit: string;
}

/** Newest first, a hundred at most. Of pushes alone: a run by hand may have done a part. Throws GitHubFailure. */
export async function newerRuns(github: GitHub, options: NewerRunsOptions): Promise<readonly NewerRun[]> {
  const { workflow, branch, number } = options;
  const { data } = await github.request("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", {
    ...github.place,
    workflow_id: workflow,
    branch,
    event: "push",
    status: "success",
    exclude_pull_requests: true,
    per_page: 100,
  });
  return data.workflow_runs
    .filter((run) => run.run_number > number && run.conclusion === "success" && run.head_branch === branch)
    .sort((left, right) => right.run_number - left.run_number)
    .map(({ id, run_number, run_attempt, head_sha }) => ({
      id,
      number: run_number,
      attempt: run_attempt ?? 1,
      commit: head_sha,
    }));
}
