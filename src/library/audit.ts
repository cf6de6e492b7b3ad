// The ledger as evidence: its entries, their verification, and writing anew what is derived from them.
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
  return { environment: environment.name, ledger: store.label, ...(await verifyLedger(store, environment.name)) };
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
