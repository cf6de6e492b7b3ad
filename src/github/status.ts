// The status of a commit, which the merge box shows. Knows nothing of what it is about.
import type { GitHub } from "./client.ts";

export interface StatusOptions {
  /** The pull request's head. */
  readonly commit: string;
  /** What a required check is named after: `cxform/plan`. */
  readonly context: string;
  readonly state: "success" | "failure" | "error" | "pending";
  readonly description: string;
  readonly url?: string;
}

/** GitHub refuses a longer description. */
const mostCharacters = 140;

/** Throws GitHubFailure. */
export async function setStatus(github: GitHub, options: StatusOptions): Promise<void> {
  const { commit, context, state, description, url } = options;
  await github.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    ...github.place,
    sha: commit,
    context,
    state,
    description: cut(description),
    ...(url === undefined ? {} : { target_url: url }),
  });
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= mostCharacters ? text : `${characters.slice(0, mostCharacters - 1).join("")}…`;
}
