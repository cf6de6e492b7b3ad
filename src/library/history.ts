// The versions of resources with who and when, from the ledger. It contacts nobody.
import { type VersionHistory, history as versionsOf } from "../ledger/history.ts";
import { selected } from "./address-query.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface HistoryOptions extends LedgerOptions {
  /** An address or a pattern; absent: all. */
  readonly address?: string;
}

export interface History {
  readonly environment: string;
  readonly versions: readonly VersionHistory[];
}

/** Throws NotFound for an unknown address; BrokenChain, LedgerUnusable. */
export async function history(options: HistoryOptions): Promise<History> {
  const { environment, ledger } = await readLedger(options);
  const patterns = options.address === undefined ? [] : [options.address];
  const wanted = new Set(selected(patterns, Object.keys(ledger.state.resources)));
  return {
    environment: environment.name,
    versions: versionsOf(ledger.entries).filter((version) => wanted.has(version.address)),
  };
}
