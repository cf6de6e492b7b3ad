// Everything that the ledger of an environment proves, as one value for a page. It contacts nobody.
import { isoTime } from "../base/duration.ts";
import { version } from "../base/version.ts";
import { history, type VersionHistory } from "../ledger/history.ts";
import { type RunSummary, runsOf } from "../ledger/runs.ts";
import { readStill } from "../ledger/still.ts";
import { type Verified, verify } from "./audit.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { type LedgerOptions, storeOf } from "./open-ledger.ts";
import { type ResourceStatus, statusOf } from "./status.ts";

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
  const { environment, store } = storeOf(options);
  const { config, world } = options;
  // Read once for all of them: a run may write meanwhile, and the page is of one state.
  const { ledger, store: still } = await readStill(store, { environment: environment.name, clock: world.clock });
  const opened = { environment, ledger };
  const [verification, { resources }, figures] = await Promise.all([
    verify({ ...options, store: still }),
    statusOf(opened, config, world),
    metricsOf(opened, world),
  ]);
  const { head, entries } = ledger;
  return {
    environment: environment.name,
    madeAt: isoTime(world.clock.now()),
    tool: `cxform/${version}`,
    verification,
    ...(head === undefined ? {} : { head: { seq: head.seq, hash: head.hash } }),
    resources,
    versions: history(entries),
    runs: runsOf(entries).toReversed(),
    figures,
  };
}
