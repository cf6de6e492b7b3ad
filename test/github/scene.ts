// What the tests of the GitHub layer share: a double, a world in virtual time, and a client between them.
import type { TestContext } from "node:test";
import { type GitHub, openGitHub } from "../../src/github/client.ts";
import { type TestWorld, type TestWorldOptions, testWorld } from "../_world/world.ts";
import { type GitHubDouble, githubDouble } from "../github-double/double.ts";
import type { DoublePull } from "../github-double/state.ts";

export interface Scene {
  readonly double: GitHubDouble;
  readonly world: TestWorld;
  readonly github: GitHub;
}

export interface SceneOptions extends TestWorldOptions {
  readonly token?: string;
}

export async function scene(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const double = await githubDouble(context);
  // The double runs git in step with this process: a busy machine is no silent network.
  const world = testWorld({ patienceMs: 120_000, ...options });
  return { double, world, github: client(double, world, options.token) };
}

export function client(double: GitHubDouble, world: TestWorld, token = double.token): GitHub {
  const { url, graphqlUrl, repository } = double;
  return openGitHub({ token, repository, apiUrl: url, graphqlUrl, world });
}

export const head = "a".repeat(40);

export function pull(more: Partial<DoublePull> = {}): DoublePull {
  return {
    number: 7,
    title: "Welcome in Dutch",
    login: "ada",
    head,
    base: "main",
    state: "OPEN",
    reviews: [],
    ...more,
  };
}
