// A label on merged pull requests, put on and taken off by what holds now. Knows nothing of what it means.
import type { GitHub } from "./client.ts";
import { GitHubMissing } from "./failure.ts";

/** The closed pull requests that bear the label, whoever put it there. Throws GitHubFailure. */
export async function labelledPullRequests(github: GitHub, label: string): Promise<readonly number[]> {
  const all = await github.paginate("GET /repos/{owner}/{repo}/issues", {
    ...github.place,
    labels: label,
    state: "closed",
    per_page: 100,
  });
  return all.flatMap(({ number, pull_request }) => (pull_request === undefined ? [] : [number]));
}

/** GitHub makes the label with its first use. Throws GitHubFailure. */
export async function addLabel(github: GitHub, pullRequest: number, label: string): Promise<void> {
  await github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", {
    ...github.place,
    issue_number: pullRequest,
    labels: [label],
  });
}

/** One that is off already is off. Throws GitHubFailure. */
export async function removeLabel(github: GitHub, pullRequest: number, label: string): Promise<void> {
  try {
    await github.request("DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", {
      ...github.place,
      issue_number: pullRequest,
      name: label,
    });
  } catch (error) {
    if (!(error instanceof GitHubMissing)) throw error;
  }
}
