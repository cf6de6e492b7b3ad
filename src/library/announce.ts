// Brings what the ledger has to tell into the outbox, each entry once. It sends nothing.
import type { Environment } from "../contract/config.ts";
import type { Entry } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { announcementsOf } from "../receive/announcements.ts";
import { type Database, StoreUnusable } from "../receive/database.ts";
import { enqueue, readCursor, writeCursor } from "../receive/outbox.ts";
import { templatesOfRegistrations } from "./registrations.ts";
import { configuredTargets } from "./targets.ts";

const cursorName = "announced";
const ownerName = "environment";
/** How far back a new database looks, and a hook that is told for the first time: what is older is history. */
const horizonMs = 7 * 24 * 3_600_000;

/** One database holds the events of one environment: another's would go to the wrong hooks. Throws StoreUnusable. */
export async function demandOwner(database: Database, environment: string): Promise<void> {
  const owner = await database.transaction(async (sql) => {
    const known = await readCursor(sql, ownerName);
    if (known === undefined) await writeCursor(sql, ownerName, environment);
    return known ?? environment;
  });
  if (owner === environment) return;
  throw new StoreUnusable(`the database ${database.label} holds the events of environment ${owner}`, {
    hint: `Give environment ${environment} a database of its own.`,
  });
}

export interface AnnounceOptions {
  readonly database: Database;
  readonly ledger: Pick<Ledger, "entries" | "state" | "content">;
  readonly environment: Environment;
  readonly world: Pick<World, "clock">;
}

/** Queues the events of entries that were not announced yet; answers how many were new. Throws StoreUnusable, BrokenChain. */
export async function announce({ database, ledger, environment, world }: AnnounceOptions): Promise<number> {
  const { entries } = ledger;
  const last = entries.at(-1);
  if (last === undefined) return 0;
  const place = placeOf(last);
  const now = world.clock.now();
  const cursor = await database.run((sql) => readCursor(sql, cursorName));
  if (cursor === place) return 0;
  const templates = await templatesOfRegistrations(ledger);
  const found = announcementsOf({
    entries,
    after: seqAt(cursor, entries) ?? seqBefore(now - horizonMs, entries),
    targets: configuredTargets(environment),
    noticeFormat: environment.hooks.notify?.format ?? "json",
    templateOf: (registration) => templates.get(registration),
  });
  const delivered = deliveredIn(entries);
  return database.transaction(async (sql) => {
    const fresh = await enqueue(
      sql,
      found.filter(({ id }) => !delivered.has(id)),
      now,
    );
    await writeCursor(sql, cursorName, place);
    return fresh;
  });
}

const placeOf = ({ seq, hash }: Entry): string => `${seq} ${hash}`;

/** The seq that a cursor names; undefined without one, and where the ledger is another than it was. */
function seqAt(cursor: string | undefined, entries: readonly Entry[]): number | undefined {
  const seq = Number(cursor?.split(" ")[0]);
  const entry = entries[seq - 1];
  return entry !== undefined && placeOf(entry) === cursor ? seq : undefined;
}

/** Without a cursor (a new machine, a lost database) what is recent is announced again, under the ids that it had. */
function seqBefore(time: number, entries: readonly Entry[]): number {
  return entries.findLast((entry) => Date.parse(entry.at) < time)?.seq ?? 0;
}

/** What the ledger records as delivered, by whichever machine. */
function deliveredIn(entries: readonly Entry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ phase, action, outcome, idempotencyKey }) =>
      phase === "event" && action === "delivery" && outcome === "ok" && idempotencyKey !== undefined
        ? [idempotencyKey]
        : [],
    ),
  );
}
