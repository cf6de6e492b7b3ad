// The audit trail of callbacks and deliveries: what the ledger does not have yet, as its entries, without bodies, sessions and metadata. It opens no ledger.
import { isoTime } from "../base/duration.ts";
import type { ReceiverRoute } from "../contract/config.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import type { Database } from "./database.ts";
import { readEvent } from "./event.ts";
import { markRecorded, unrecorded } from "./outbox.ts";

export interface Trail {
  /** In the order in which things happened. */
  readonly drafts: readonly EntryDraft[];
  /** Whether more waits behind it. */
  readonly isPart: boolean;
  /** After the ledger has them. */
  markRecorded(now: number): Promise<void>;
}

const mostAtOnce = 1_000;

/** What makes an entry of the trail known where it is met again; undefined for an entry of another sort. */
export function trailKey({ phase, action, idempotencyKey, outcome }: EntryDraft): string | undefined {
  const isTrail = phase === "event" && (action === "callback" || action === "delivery");
  // A dead letter that is revived may end well.
  return isTrail ? `${action} ${idempotencyKey} ${outcome ?? ""}` : undefined;
}

/** What has happened and is not in the ledger; undefined when all is. Throws StoreUnusable. */
export async function readTrail(database: Database): Promise<Trail | undefined> {
  const callbacks = await unrecordedEvents(database);
  const deliveries = await unrecorded(database, mostAtOnce);
  if (callbacks.length === 0 && deliveries.length === 0) return undefined;
  const happened = [
    ...callbacks.map((row) => ({ at: row.received_at, draft: callbackDraft(row) })),
    ...deliveries.map((one) => ({
      at: one.settledAt,
      draft: {
        phase: "event" as const,
        action: "delivery",
        ...(one.address === null ? {} : { address: one.address }),
        idempotencyKey: one.id,
        outcome: one.state === "done" ? ("ok" as const) : ("failed" as const),
        reason: `${one.target}: ${one.error ?? "delivered"}`,
        counts: { attempts: one.attempts },
        observedAt: isoTime(one.settledAt),
      },
    })),
  ].sort((left, right) => left.at - right.at);
  return {
    drafts: happened.map(({ draft }) => draft),
    isPart: callbacks.length === mostAtOnce || deliveries.length === mostAtOnce,
    async markRecorded(now) {
      const ids = callbacks.map(({ id }) => id);
      if (ids.length > 0) {
        await database.run((sql) =>
          sql.updateTable("events").set({ recorded_at: now }).where("id", "in", ids).execute(),
        );
      }
      await markRecorded(
        database,
        deliveries.map(({ id }) => id),
        now,
      );
    },
  };
}

interface EventFacts {
  readonly id: string;
  readonly route: string;
  readonly received_at: number;
  readonly sent_at: number;
  readonly body: string | null;
}

function unrecordedEvents(database: Database): Promise<readonly EventFacts[]> {
  return database.run((sql) =>
    sql
      .selectFrom("events")
      .select(["id", "route", "received_at", "sent_at", "body"])
      .where("recorded_at", "is", null)
      .orderBy("received_at")
      .orderBy("id")
      .limit(mostAtOnce)
      .execute(),
  );
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
