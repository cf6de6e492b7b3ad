// Whether a newer commit has been applied already, or needed nothing: then what this commit says is of the past, and a run of it does nothing (GITHUB §1.7).
import type { Config, Environment } from "../../contract/config.ts";
import type { GitHub } from "../../github/client.ts";
import { appliedCommits } from "../../library/recorded.ts";
import type { Newer } from "../../report/superseded-text.ts";
import { comparison, endedWell } from "./hub.ts";
import { storeIn } from "./ledger.ts";
import type { Setting } from "./setting.ts";

/** Further back nobody looks: whoever applies by hand leaves commits that GitHub may not know. */
const mostCommits = 10;

/** What descends from this run's commit and took its place; undefined when this one is not of the past. Throws GitHubFailure, and as readLedger. */
export async function supersededBy(
  setting: Setting,
  environment: Environment,
  config: Config,
): Promise<Newer | undefined> {
  const { github, sha, world } = setting;
  if (github === undefined || sha === "") return undefined;
  const store = storeIn(setting, environment, config);
  const commits = await appliedCommits({ config, environment: environment.name, world, store });
  const applied = await firstAhead(github, sha, commits);
  return applied === undefined ? newerRunOf(setting, github) : { commit: applied };
}

/** A run that has nothing to do writes no claim, so that the ledger does not know of it: a commit may have reverted what still waits. */
async function newerRunOf(setting: Setting, github: GitHub): Promise<Newer | undefined> {
  const own = placeOf(setting);
  if (own === undefined) return undefined;
  const runs = await endedWell(github, own);
  const commit = await firstAhead(github, setting.sha, [...new Set(runs.map((run) => run.commit))]);
  const run = runs.find((one) => one.commit === commit);
  if (run === undefined) return undefined;
  const { id, number, attempt } = run;
  return { commit: run.commit, run: { id: String(id), number, attempt } };
}

/** Undefined where the runner does not say which run of which workflow on which branch this is. */
function placeOf({ world }: Setting): Parameters<typeof endedWell>[1] | undefined {
  const workflow = /\/\.github\/workflows\/([^/]+?)@/.exec(world.env("GITHUB_WORKFLOW_REF") ?? "")?.[1];
  const branch = /^refs\/heads\/(.+)$/.exec(world.env("GITHUB_REF") ?? "")?.[1];
  const number = world.env("GITHUB_RUN_NUMBER") ?? "";
  if (workflow === undefined || branch === undefined || !/^\d{1,15}$/.test(number)) return undefined;
  return { workflow, branch, number: Number(number) };
}

/** Of commits, the newest first, the one that descends from `sha`. */
async function firstAhead(github: GitHub, sha: string, commits: readonly string[]): Promise<string | undefined> {
  for (const commit of commits.slice(0, mostCommits)) {
    if (commit === sha) return undefined;
    const is = await comparison(github, sha, commit);
    if (is === "ahead") return commit;
    // The newest commit on this one's line decides; what diverged or is unknown came from elsewhere.
    if (is === "behind" || is === "identical") return undefined;
  }
  return undefined;
}
