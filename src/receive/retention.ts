// What is kept and for how long, the one place of it: whatever may name a person goes the retention time after it was written, ids stay for good. It reads no clock but for its pauses.
import { sql as raw } from "kysely";
import type { Clock } from "../contract/world.ts";
import type { Database, Sql } from "./database.ts";
import { noticesOf } from "./dead-letters.ts";
import type { NoticeFormat } from "./notice.ts";
import { enqueue } from "./outbox.ts";
import { mostRowsAPiece, untilDone } from "./pieces.ts";

export interface Sweeping {
  readonly database: Database;
  readonly environment: string;
  readonly clock: Clock;
  readonly retentionMs: number;
  /** Absent: nobody is told of dead letters. */
  readonly noticeFormat?: NoticeFormat | undefined;
}

export interface Swept {
  /** Events whose body and session are gone. */
  readonly events: number;
  /** Settled deliveries whose body and order key are gone. */
  readonly deliveries: number;
  /** Deliveries that still waited: dead letters without a body now. */
  readonly dead: number;
}

const tooOld = "kept no longer than the retention time";

/**
 * Clears bodies, sessions and order keys that were written longer ago than the retention time. A delivery that still waits then is given
 * up and told of like any other; one that is under way is left to the next sweep. Throws StoreUnusable.
 */
export async function sweep(sweeping: Sweeping): Promise<Swept> {
  const { database, clock, retentionMs } = sweeping;
  const before = clock.now() - retentionMs;
  const written = { database, clock };
  const events = await untilDone(written, () => database.run((sql) => clearEvents(sql, before)));
  const dead = await untilDone(written, () => database.transaction((sql) => giveUp(sweeping, sql, before)));
  const deliveries = await untilDone(written, () => database.run((sql) => clearSettled(sql, before)));
  return { events, deliveries, dead };
}

// The conditions below are those of the partial indexes, word for word: what is cleared is not looked at again, however long its rows stay.

async function clearEvents(sql: Sql, before: number): Promise<number> {
  const result = await sql
    .updateTable("events")
    .set({ body: null, session: null })
    .where("id", "in", (from) =>
      from
        .selectFrom("events")
        .select("id")
        .where("received_at", "<", before)
        .where(raw<boolean>`(body is not null or session is not null)`)
        .limit(mostRowsAPiece),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

async function clearSettled(sql: Sql, before: number): Promise<number> {
  const result = await sql
    .updateTable("deliveries")
    .set({ body: null, order_key: null })
    .where("id", "in", (from) =>
      from
        .selectFrom("deliveries")
        .select("id")
        .where("written_at", "<", before)
        .where(raw<boolean>`(body is not null or order_key is not null)`)
        .where("state", "<>", "waiting")
        .limit(mostRowsAPiece),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Those of one piece, and a notice for each target among them, in the caller's transaction. */
async function giveUp(
  { database, environment, clock, noticeFormat }: Sweeping,
  sql: Sql,
  before: number,
): Promise<number> {
  const now = clock.now();
  const waiting = await database
    .locked(
      sql
        .selectFrom("deliveries")
        .select(["id", "target", "address"])
        .where("written_at", "<", before)
        .where(raw<boolean>`(body is not null or order_key is not null)`)
        .where("state", "=", "waiting")
        .where((where) => where.or([where("held_until", "is", null), where("held_until", "<=", now)]))
        .limit(mostRowsAPiece),
    )
    .execute();
  if (waiting.length === 0) return 0;
  const ids = waiting.map(({ id }) => id);
  await sql
    .updateTable("deliveries")
    .set({
      state: "dead",
      body: null,
      order_key: null,
      settled_at: now,
      last_error: tooOld,
      held_by: null,
      held_until: null,
    })
    .where("id", "in", ids)
    .execute();
  const firsts = new Map(waiting.toReversed().map(({ target, address }) => [target, address]));
  for (const [target, address] of firsts) {
    const letters = { environment, target, address, reason: tooOld, isErased: true };
    await enqueue(sql, noticesOf(letters, noticeFormat, now), now);
  }
  return waiting.length;
}
