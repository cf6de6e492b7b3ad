// What the environment variables of a workflow say about GitHub: the repository, the token, where its API is. It calls nothing.
import type { World } from "../contract/world.ts";

export interface GitHubAccess {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly apiUrl?: string;
  readonly graphqlUrl?: string;
}

/** Undefined without a token or a repository. The action's input goes before the variable. */
export function githubAccess(world: Pick<World, "env">): GitHubAccess | undefined {
  return accessBy(world, ["INPUT_GITHUB-TOKEN", "GITHUB_TOKEN"]);
}

/** The same for who only looks at settings, often a person with `gh`. A ledger is not written by that token: where it goes is decided by the others alone. */
export function settingsAccess(world: Pick<World, "env">): GitHubAccess | undefined {
  return accessBy(world, ["INPUT_GITHUB-TOKEN", "GITHUB_TOKEN", "GH_TOKEN"]);
}

function accessBy(world: Pick<World, "env">, names: readonly string[]): GitHubAccess | undefined {
  const given = (name: string): string | undefined => world.env(name) || undefined;
  const token = names.map(given).find((one) => one !== undefined);
  const repository = given("GITHUB_REPOSITORY");
  if (token === undefined || repository === undefined || !/^[^/\s]+\/[^/\s]+$/.test(repository)) return undefined;
  return { token, repository, ...githubUrls(world) };
}

/** Where GitHub's API is, for a server of one's own; nothing for github.com. */
export function githubUrls(world: Pick<World, "env">): Pick<GitHubAccess, "apiUrl" | "graphqlUrl"> {
  const [apiUrl, graphqlUrl] = [world.env("GITHUB_API_URL") || undefined, world.env("GITHUB_GRAPHQL_URL") || undefined];
  return {
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(graphqlUrl === undefined ? {} : { graphqlUrl }),
  };
}
