// The ledger as evidence: its entries, their verification, and writing anew what is derived from them.
import type { Environment } from "../contract/config.ts";
import type { Entry } from "../contract/entry.ts";
import type { HistoryVerification } from "../ledger/branch-history.ts";
import { type Rebuilt, rebuildLedger } from "../ledger/rebuild.ts";
import { type Verification, verifyLedger } from "../ledger/verify.ts";
import { type LedgerOptions, readLedger, storeOf } from "./open-ledger.ts";
import { gitHubOf, viaGitHub } from "./store.ts";

export interface Verified extends Verification {
  readonly environment: string;
  /** Where the ledger is. */
  readonly ledger: string;
}

/** Recomputes all of it. What is wrong is a value; throws only LedgerUnusable. */
export async function verify(options: LedgerOptions): Promise<Verified> {
  const { environment, store } = storeOf(options);
  const files = await verifyLedger(store, environment.name);
  const history = await problemsOfHistory(options, environment);
  const problems = [...files.problems, ...history];
  return { environment: environment.name, ledger: store.label, ...files, ok: problems.length === 0, problems };
}

/** What the commits say of a ledger on a branch: a tail that was cut and pushed leaves files that add up, but a history that shrank. */
async function problemsOfHistory(options: LedgerOptions, environment: Environment): Promise<Verification["problems"]> {
  const { ledgerBranch } = environment;
  if (ledgerBranch === undefined) return [];
  const { problems } = viaGitHub(environment, options.world)
    ? await historyByApi(options, environment, ledgerBranch)
    : await historyByGit(options, environment, ledgerBranch);
  return problems.map(({ commit, file, message }) => ({
    file: file ?? "history",
    message: `${message} (commit ${commit.slice(0, 12)})`,
  }));
}

async function historyByGit(
  { config, world }: LedgerOptions,
  { ledgerRemote }: Environment,
  branch: string,
): Promise<HistoryVerification> {
  const { verifyBranchHistory } = await import("../ledger/git-history.ts");
  return verifyBranchHistory({
    repository: config.root,
    branch,
    remote: ledgerRemote ?? "auto",
    env: (name) => world.env(name),
    clock: world.clock,
  });
}

/** Where the branch is written through the API there is no credential for git, and GitHub also knows who made each commit. */
async function historyByApi(
  { world }: LedgerOptions,
  { ledgerAuthor }: Environment,
  branch: string,
): Promise<HistoryVerification> {
  const { verifyHistoryByApi } = await import("../github/commit-history.ts");
  return verifyHistoryByApi({ github: await gitHubOf(world), branch, author: ledgerAuthor ?? workflowToken });
}

/** Who commits by the token that GitHub gives to each job. */
const workflowToken = "github-actions[bot]";

/** Every entry in chain order. Throws BrokenChain, LedgerUnusable. */
export async function listEntries(
  options: LedgerOptions,
): Promise<{ readonly environment: string; readonly entries: readonly Entry[] }> {
  const { environment, ledger } = await readLedger(options);
  return { environment: environment.name, entries: ledger.entries };
}

/** Writes state.json and a HEAD.json that fell behind. Throws BrokenChain, Claimed, LedgerUnusable. */
export async function rebuild(options: LedgerOptions): Promise<Rebuilt & { readonly environment: string }> {
  const { environment, store } = storeOf(options);
  return { environment: environment.name, ...(await rebuildLedger(store, environment.name)) };
}
