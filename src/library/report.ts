// Everything that the ledger of an environment proves, as one value for a page. It contacts nobody.
import { isoTime } from "../base/duration.ts";
import { version } from "../base/version.ts";
import { history, type VersionHistory } from "../ledger/history.ts";
import { type RunSummary, runsOf } from "../ledger/runs.ts";
import { type Verified, verify } from "./audit.ts";
import { type Metrics, metrics } from "./metrics.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";
import { type ResourceStatus, status } from "./status.ts";

export interface Report {
  readonly environment: string;
  readonly madeAt: string;
  readonly tool: string;
  readonly verification: Verified;
  readonly head?: { readonly seq: number; readonly hash: string };
  readonly resources: readonly ResourceStatus[];
  readonly versions: readonly VersionHistory[];
  /** The newest first. */
  readonly runs: readonly RunSummary[];
  readonly figures: Metrics;
}

/** Throws Invalid when there is no such environment; BrokenChain for a ledger that cannot be read as a chain, LedgerUnusable. */
export async function report(options: LedgerOptions): Promise<Report> {
  const { environment, ledger } = await readLedger(options);
  const [verification, { resources }, figures] = await Promise.all([
    verify(options),
    status(options),
    metrics(options),
  ]);
  const { head, entries } = ledger;
  return {
    environment: environment.name,
    madeAt: isoTime(options.world.clock.now()),
    tool: `cxform/${version}`,
    verification,
    ...(head === undefined ? {} : { head: { seq: head.seq, hash: head.hash } }),
    resources,
    versions: history(entries),
    runs: runsOf(entries).toReversed(),
    figures,
  };
}
