// Where one commit stands to another in the repository's history. Reads only.
import type { GitHub } from "./client.ts";
import { GitHubMissing } from "./failure.ts";

/** What `head` is to `base`: ahead of it (a descendant), behind it, the same, or on another line. */
export type Comparison = "ahead" | "behind" | "identical" | "diverged";

/** Undefined where GitHub knows one of the two not, or no commit that they share. Throws GitHubFailure when GitHub cannot be asked. */
export async function compareCommits(github: GitHub, base: string, head: string): Promise<Comparison | undefined> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/compare/{basehead}", {
      ...github.place,
      basehead: `${base}...${head}`,
      per_page: 1,
    });
    return data.status;
  } catch (error) {
    if (error instanceof GitHubMissing) return undefined;
    throw error;
  }
}
