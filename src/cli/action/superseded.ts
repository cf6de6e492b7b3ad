// Whether a newer commit has been applied already: then what this commit says is of the past, and a run of it does nothing (GITHUB §1.7).
import type { Config, Environment } from "../../contract/config.ts";
import { appliedCommits } from "../../library/recorded.ts";
import { comparison } from "./hub.ts";
import { storeIn } from "./ledger.ts";
import type { Setting } from "./setting.ts";

/** Further back nobody looks: whoever applies by hand leaves commits that GitHub may not know. */
const mostCommits = 10;

/** The applied commit that descends from this run's; undefined when this one is not of the past. Throws GitHubFailure, and as readLedger. */
export async function supersededBy(
  setting: Setting,
  environment: Environment,
  config: Config,
): Promise<string | undefined> {
  const { github, sha, world } = setting;
  if (github === undefined || sha === "") return undefined;
  const store = storeIn(setting, environment, config);
  const commits = await appliedCommits({ config, environment: environment.name, world, store });
  for (const commit of commits.slice(0, mostCommits)) {
    if (commit === sha) return undefined;
    const is = await comparison(github, sha, commit);
    if (is === "ahead") return commit;
    // The newest commit on this one's line decides; what diverged or is unknown was applied by hand from elsewhere.
    if (is === "behind" || is === "identical") return undefined;
  }
  return undefined;
}
