// The audit trail of callbacks and deliveries: what the ledger does not have yet, as its entries, without bodies, sessions and metadata. It opens no ledger.
import { isoTime } from "../base/duration.ts";
import type { ReceiverRoute } from "../contract/config.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import type { Clock } from "../contract/world.ts";
import type { Database } from "./database.ts";
import { readEvent } from "./event.ts";
import { markRecorded, type Unrecorded, unrecorded } from "./outbox.ts";
import { inPieces } from "./pieces.ts";

export interface Trail {
  /** In the order in which things happened. */
  readonly drafts: readonly EntryDraft[];
  /** Whether more waits behind it. */
  readonly isPart: boolean;
  /** After the ledger has them. Throws StoreUnusable. */
  markRecorded(): Promise<void>;
}

/** Rows with their bodies that are in memory at once. */
const mostRows = 1_000;
/** So much is recorded under one claim; an entry takes a fraction of a millisecond. */
export const mostAtOnce = 20_000;

/** What makes an entry of the trail known where it is met again; undefined for an entry of another sort. */
export function trailKey({ phase, action, idempotencyKey, outcome }: EntryDraft): string | undefined {
  const isTrail = phase === "event" && (action === "callback" || action === "delivery");
  // A dead letter that is revived may end well.
  return isTrail ? `${action} ${idempotencyKey} ${outcome ?? ""}` : undefined;
}

/** What has happened and is not in the ledger; undefined when all is. Throws StoreUnusable. */
export async function readTrail(database: Database, clock: Clock): Promise<Trail | undefined> {
  const callbacks = await inPages((after: Happened | undefined) => unrecordedEvents(database, after), happenedIn);
  const deliveries = await inPages(
    (after: Happened | undefined) => unrecorded(database, mostRows, after),
    (one) => ({ at: one.settledAt, id: one.id, draft: deliveryDraft(one) }),
  );
  if (callbacks.length === 0 && deliveries.length === 0) return undefined;
  const happened = [...callbacks, ...deliveries].sort((left, right) => left.at - right.at);
  const written = { database, clock };
  return {
    drafts: happened.map(({ draft }) => draft),
    isPart: callbacks.length >= mostAtOnce || deliveries.length >= mostAtOnce,
    async markRecorded() {
      const now = clock.now();
      await inPieces(written, callbacks, (piece) =>
        database.run((sql) =>
          sql
            .updateTable("events")
            .set({ recorded_at: now })
            .where(
              "id",
              "in",
              piece.map(({ id }) => id),
            )
            .execute(),
        ),
      );
      await inPieces(written, deliveries, (piece) =>
        markRecorded(
          database,
          piece.map(({ id }) => id),
          now,
        ),
      );
    },
  };
}

interface Happened {
  readonly at: number;
  readonly id: string;
  readonly draft: EntryDraft;
}

/** Every row, as far as one claim takes them; what the ledger gets of a row is all that is kept of it. */
async function inPages<Row>(
  read: (after: Happened | undefined) => Promise<readonly Row[]>,
  happenedIn: (row: Row) => Happened,
): Promise<readonly Happened[]> {
  const all: Happened[] = [];
  while (all.length < mostAtOnce) {
    const rows = await read(all.at(-1));
    for (const row of rows) all.push(happenedIn(row));
    if (rows.length < mostRows) break;
  }
  return all;
}

interface EventFacts {
  readonly id: string;
  readonly route: string;
  readonly received_at: number;
  readonly sent_at: number;
  readonly body: string | null;
}

const happenedIn = (row: EventFacts): Happened => ({ at: row.received_at, id: row.id, draft: callbackDraft(row) });

function unrecordedEvents(database: Database, after: Happened | undefined): Promise<readonly EventFacts[]> {
  return database.run((sql) => {
    let rows = sql
      .selectFrom("events")
      .select(["id", "route", "received_at", "sent_at", "body"])
      .where("recorded_at", "is", null);
    if (after !== undefined) {
      const { at, id } = after;
      // The first condition is the index's; the second one takes out what it has of the same millisecond.
      rows = rows
        .where("received_at", ">=", at)
        .where((where) => where.or([where("received_at", ">", at), where("id", ">", id)]));
    }
    return rows.orderBy("received_at").orderBy("id").limit(mostRows).execute();
  });
}

function deliveryDraft(one: Unrecorded): EntryDraft {
  return {
    phase: "event",
    action: "delivery",
    ...(one.address === null ? {} : { address: one.address }),
    idempotencyKey: one.id,
    outcome: one.state === "done" ? "ok" : "failed",
    reason: `${one.target}: ${one.error ?? "delivered"}`,
    counts: { attempts: one.attempts },
    observedAt: isoTime(one.settledAt),
  };
}

/** A template's id is CXone's and may stand in the ledger; a session is a person's and may not. */
function callbackDraft({ id, route, received_at, sent_at, body }: EventFacts): EntryDraft {
  const reading = body === null ? undefined : readEvent(route as ReceiverRoute, JSON.parse(body) as Json);
  const { claim, type = "unknown" } = reading ?? {};
  return {
    phase: "event",
    action: "callback",
    ...(claim === undefined ? {} : { remoteId: claim.subject }),
    idempotencyKey: id,
    reason: `${route}: ${type}${claim === undefined ? "" : `, said to be ${claim.status}`}`,
    decidedAt: isoTime(sent_at),
    observedAt: isoTime(received_at),
  };
}
