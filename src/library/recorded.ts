// What a run has learnt of CXone's decisions, from the entries that it wrote. It contacts nobody.
import type { Version, VersionStatus } from "../contract/kind.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface Decided {
  readonly address: string;
  readonly version: Version;
  readonly status: VersionStatus;
  readonly reason?: string;
}

/** The seq of the last entry; 0 for an empty ledger. Throws as readLedger. */
export async function lastSeq(options: LedgerOptions): Promise<number> {
  return (await readLedger(options)).ledger.head?.seq ?? 0;
}

/** The decisions that are recorded after an entry, in order. Throws as readLedger. */
export async function decidedAfter(seq: number, options: LedgerOptions): Promise<readonly Decided[]> {
  const { ledger } = await readLedger(options);
  return ledger.entries
    .slice(seq)
    .flatMap(({ phase, action, address, version, status, reason }) =>
      phase === "event" &&
      action === "decided" &&
      address !== undefined &&
      version !== undefined &&
      status !== undefined
        ? [{ address, version, status, ...(reason === undefined ? {} : { reason }) }]
        : [],
    );
}
