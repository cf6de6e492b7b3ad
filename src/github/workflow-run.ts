// Whether an attempt of a workflow run is over: for claims whose process ran on a machine that is gone. Reads only.
import type { GitHub } from "./client.ts";
import { GitHubFailure } from "./failure.ts";

export interface WorkflowRun {
  /** `owner/name`. */
  readonly repository: string;
  readonly id: number;
  readonly attempt: number;
}

/** True only when GitHub says `completed` of that very attempt; whatever else it says, or fails to say, is no proof. */
export async function isRunFinished(github: GitHub, run: WorkflowRun): Promise<boolean> {
  if (run.repository !== github.repository) return false;
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}", {
      ...github.place,
      run_id: run.id,
      attempt_number: run.attempt,
    });
    return data.id === run.id && data.status === "completed";
  } catch (error) {
    if (error instanceof GitHubFailure) return false;
    throw error;
  }
}
