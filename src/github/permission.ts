// What a person may do in the repository. What GitHub does not tell counts as nothing.
import type { GitHub } from "./client.ts";
import { GitHubForbidden, GitHubMissing } from "./failure.ts";

export type Permission = "admin" | "write" | "read" | "none";

/** Throws GitHubFailure when GitHub cannot be asked. */
export async function permissionOf(github: GitHub, login: string): Promise<Permission> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/collaborators/{username}/permission", {
      ...github.place,
      username: login,
    });
    const { permission } = data;
    return permission === "admin" || permission === "write" || permission === "read" ? permission : "none";
  } catch (error) {
    if (error instanceof GitHubMissing || error instanceof GitHubForbidden) return "none";
    throw error;
  }
}
