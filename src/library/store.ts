// Chooses the store of an environment's ledger: a folder, or a branch of the repository, by git or by GitHub's API.
import { LedgerUnusable } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import type { GitHub } from "../github/client.ts";
import { fileStore } from "../ledger/file-store.ts";
import { githubAccess } from "./github-access.ts";

/** Opens nothing: what is wrong with the place shows at the first read. `root` is the folder of cxform.yaml. */
export function storeFor(environment: Environment, root: string, world: World): LedgerStore {
  const { ledgerBranch, ledgerRemote } = environment;
  if (ledgerBranch === undefined) {
    return fileStore(environment.ledgerDir, {
      holder: world.holder,
      isDead: (holder) => world.isDead(holder),
      clock: world.clock,
    });
  }
  const isByApi = viaGitHub(environment, world);
  return lazily(
    `branch ${ledgerBranch}${isByApi ? ` of ${world.env("GITHUB_REPOSITORY") ?? "GitHub"}` : ledgerRemote === undefined ? "" : ` of ${ledgerRemote}`}`,
    () => (isByApi ? openByApi(ledgerBranch, world) : openByGit(environment, ledgerBranch, root, world)),
  );
}

/** `auto` takes the API in a workflow of GitHub's, where it needs no credentials on disk and signs; a named remote is git's. */
export function viaGitHub(environment: Environment, world: Pick<World, "env">): boolean {
  if (environment.ledgerVia !== "auto") return environment.ledgerVia === "github";
  const isWorkflow = world.env("GITHUB_ACTIONS") === "true" && environment.ledgerRemote === undefined;
  return isWorkflow && githubAccess(world) !== undefined;
}

/** Only an environment with a ledger branch pays for loading what runs git or talks to GitHub. */
function lazily(label: string, load: () => Promise<LedgerStore>): LedgerStore {
  let opened: Promise<LedgerStore> | undefined;
  const open = (): Promise<LedgerStore> => {
    opened ??= load();
    return opened;
  };
  return {
    label,
    read: async (file) => (await open()).read(file),
    list: async (folder) => (await open()).list(folder),
    append: async (change) => (await open()).append(change),
    cutTorn: async () => (await open()).cutTorn(),
  };
}

async function openByGit(environment: Environment, branch: string, root: string, world: World): Promise<LedgerStore> {
  const { gitStore } = await import("../ledger/git-store.ts");
  return gitStore({
    repository: root,
    branch,
    remote: environment.ledgerRemote ?? "auto",
    clock: world.clock,
    env: (name) => world.env(name),
  });
}

async function openByApi(branch: string, world: World): Promise<LedgerStore> {
  const [github, { githubStore }] = await Promise.all([gitHubOf(world), import("../github/commit-store.ts")]);
  return githubStore({ github, branch, clock: world.clock, chance: world.chance });
}

/** GitHub as a ledger on a branch reaches it. Throws LedgerUnusable without a token or a repository. */
export async function gitHubOf(world: World): Promise<GitHub> {
  const access = githubAccess(world);
  if (access === undefined) {
    throw new LedgerUnusable("ledger.via is github, and no token or repository is given", {
      hint: "Set GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name), or set ledger.via: git.",
    });
  }
  const { openGitHub } = await import("../github/client.ts");
  return openGitHub({ ...access, world });
}
