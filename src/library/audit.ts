// The ledger as evidence: its entries, their verification, and writing anew what is derived from them.
import type { Environment } from "../contract/config.ts";
import type { Entry } from "../contract/entry.ts";
import { type Rebuilt, rebuildLedger } from "../ledger/rebuild.ts";
import { type Verification, verifyLedger } from "../ledger/verify.ts";
import { type LedgerOptions, readLedger, storeOf } from "./open-ledger.ts";

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

/** What git says of a ledger on a branch: a tail that was cut and pushed leaves files that add up, but a history that shrank. */
async function problemsOfHistory(options: LedgerOptions, environment: Environment): Promise<Verification["problems"]> {
  const { ledgerBranch, ledgerRemote } = environment;
  if (ledgerBranch === undefined) return [];
  const { verifyBranchHistory } = await import("../ledger/git-history.ts");
  const { config, world } = options;
  const { problems } = await verifyBranchHistory({
    repository: config.root,
    branch: ledgerBranch,
    remote: ledgerRemote ?? "auto",
    env: (name) => world.env(name),
    clock: world.clock,
  });
  return problems.map(({ commit, file, message }) => ({
    file: file ?? "history",
    message: `${message} (commit ${commit.slice(0, 12)})`,
  }));
}

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
