// Writes what came in and went out into the ledger, as events of a run of their own. It knows no HTTP.
import { releaseDeadClaim } from "../apply/recover.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { runId } from "../ledger/chain.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { rebuildLedger } from "../ledger/rebuild.ts";
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

/** Records everything that waits. Throws Claimed while another run is at work: it stays for the next time. */
export async function recordTrail(recording: Recording): Promise<void> {
  const { database, world, attribution } = recording;
  for (;;) {
    const trail = await readTrail(database);
    if (trail === undefined) return;
    const ledger = await open(recording);
    // A process that died after its append has not marked its rows; another instance may have been faster.
    const known = new Set(ledger.entries.map(trailKey));
    const drafts = trail.drafts.filter((draft) => !known.has(trailKey(draft)));
    const run = ledger.begin({
      run: runId(world.clock, world.chance),
      clock: world.clock,
      holder: world.holder,
      ...attributedFacts(attribution),
    });
    try {
      await run.append(drafts);
      await run.release();
    } catch (error) {
      await run.release().catch(() => undefined);
      throw error;
    }
    await trail.markRecorded(world.clock.now());
    if (!trail.isPart) return;
  }
}

async function open({ store, environment, world, attribution }: Recording): Promise<Ledger> {
  let ledger = await openLedger(store, { environment });
  if (await releaseDeadClaim(ledger, world, attribution.actor)) ledger = await openLedger(store, { environment });
  if (ledger.isUnfinished) await rebuildLedger(store, environment);
  return ledger;
}
