// Writes what came in and went out into the ledger, as events of a run of their own. It knows no HTTP.
import { releaseDeadClaim } from "../apply/recover.ts";
import type { EntryDraft, LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { rebuildLedger } from "../ledger/rebuild.ts";
import { ownRun, released } from "../ledger/run.ts";
import type { Database } from "../receive/database.ts";
import { readTrail, trailKey } from "../receive/trail.ts";
import { type Attribution, attributedFacts } from "./attribution.ts";

export interface Recording {
  readonly database: Database;
  readonly store: LedgerStore;
  readonly environment: string;
  readonly world: World;
  readonly attribution: Attribution;
}

/** An append's entries: one sync of the disk, and one turn for whoever else is in this thread. */
const mostAnAppend = 1_000;
/** Between two claims, so that a run that waits for the environment gets it. */
const betweenMs = 1_000;

/**
 * Records everything that waits. Throws Claimed while another run is at work: it stays for the next time. The ledger is read once for all
 * of it, since that takes as long as the ledger is; a backlog that does not end is recorded under several claims.
 */
export async function recordTrail(recording: Recording): Promise<void> {
  const { database, world } = recording;
  for (;;) {
    const trail = await readTrail(database, world.clock);
    if (trail === undefined) return;
    await append(recording, trail.drafts);
    // After the claim: nobody need wait for it. Who dies before finds the entries in the ledger the next time.
    await trail.markRecorded();
    if (!trail.isPart) return;
    await world.clock.sleep(betweenMs);
  }
}

async function append(recording: Recording, happened: readonly EntryDraft[]): Promise<void> {
  const { world, attribution } = recording;
  const ledger = await open(recording);
  // A process that died after its append has not marked its rows; another instance may have been faster.
  const known = new Set(ledger.entries.map(trailKey));
  const drafts = happened.filter((draft) => !known.has(trailKey(draft)));
  const run = ledger.begin({
    ...ownRun(world),
    ...attributedFacts(attribution),
  });
  await released(run, async () => {
    for (let at = 0; at < drafts.length; at += mostAnAppend) {
      if (at > 0) await world.clock.sleep(0);
      await run.append(drafts.slice(at, at + mostAnAppend));
    }
    await run.release();
  });
}

async function open({ store, environment, world, attribution }: Recording): Promise<Ledger> {
  let ledger = await openLedger(store, { environment });
  if (await releaseDeadClaim(ledger, world, attribution.actor)) ledger = await openLedger(store, { environment });
  if (ledger.isUnfinished) await rebuildLedger(store, environment);
  return ledger;
}
