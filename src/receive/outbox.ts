// The queue of deliveries in the database: what is written into it, who may take what, and what became of it. It sends nothing.
import { sql as raw, type SelectQueryBuilder } from "kysely";
import { nameUuid } from "../base/digest.ts";
import type { Json } from "../contract/json.ts";
import type { Database, DeliveryRow, Sql, Tables } from "./database.ts";

/** What is to go out. A contact id may stand in the body and nowhere else. */
export interface Outgoing {
  readonly id: string;
  readonly target: string;
  readonly orderKey: string | null;
  readonly address: string | null;
  readonly body: Json;
  /** The event of the inbox that it forwards. */
  readonly eventId?: string;
}

/** A delivery that somebody holds for an attempt. */
export interface Taken {
  readonly id: string;
  readonly target: string;
  readonly address: string | null;
  readonly body: string;
  /** Before this attempt. */
  readonly attempts: number;
  readonly createdAt: number;
}

/** How long a taker may be silent: an attempt takes 15 s at most. */
export const leaseMs = 20_000;

const mostRowsAStatement = 200;

/** Writes what is not there yet, in its order; answers how many were new. `now` in epoch milliseconds. */
export async function enqueue(sql: Sql, outgoing: readonly Outgoing[], now: number): Promise<number> {
  if (outgoing.length === 0) return 0;
  let fresh = 0;
  let createdAt = await afterAll(sql, outgoing, now);
  for (let at = 0; at < outgoing.length; at += mostRowsAStatement) {
    const rows = outgoing.slice(at, at + mostRowsAStatement).map(
      (one): DeliveryRow => ({
        id: one.id,
        target: one.target,
        order_key: one.orderKey,
        created_at: createdAt++,
        written_at: now,
        body: JSON.stringify(one.body),
        state: "waiting",
        attempts: 0,
        next_at: now,
        last_error: null,
        held_by: null,
        held_until: null,
        address: one.address,
        event_id: one.eventId ?? null,
        settled_at: null,
        recorded_at: null,
      }),
    );
    const result = await sql
      .insertInto("deliveries")
      .values(rows)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .executeTakeFirst();
    fresh += Number(result.numInsertedOrUpdatedRows ?? 0);
  }
  return fresh;
}

/** A time after everything that waits under the same keys: within one millisecond order would be lost. */
async function afterAll(sql: Sql, outgoing: readonly Outgoing[], now: number): Promise<number> {
  const keys = [...new Set(outgoing.flatMap(({ orderKey }) => (orderKey === null ? [] : [orderKey])))];
  let last = now - 1;
  for (let at = 0; at < keys.length; at += mostRowsAStatement) {
    const found = await sql
      .selectFrom("deliveries")
      .select((select) => select.fn.max("created_at").as("last"))
      .where("order_key", "in", keys.slice(at, at + mostRowsAStatement))
      .where("state", "<>", "done")
      .executeTakeFirst();
    last = Math.max(last, Number(found?.last ?? 0));
  }
  return last + 1;
}

export interface Taking {
  readonly target: string;
  readonly holder: string;
  readonly now: number;
  readonly most: number;
}

/** Takes what is due for a target and holds it for a while; of each order key only the first that waits. */
export function take(database: Database, { target, holder, now, most }: Taking): Promise<readonly Taken[]> {
  return database.transaction(async (sql) => {
    const due = dueFor(sql, target, now).orderBy("created_at").orderBy("id").limit(most);
    const rows = await database.locked(due).execute();
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    await sql
      .updateTable("deliveries")
      .set({ held_by: holder, held_until: now + leaseMs })
      .where("id", "in", ids)
      .execute();
    return rows.map(({ id, address, body, attempts, created_at }) => ({
      id,
      target,
      address,
      body: body as string,
      attempts,
      createdAt: created_at,
    }));
  });
}

function dueFor(
  sql: Sql,
  target: string,
  now: number,
): SelectQueryBuilder<Tables, "deliveries", Pick<DeliveryRow, "id" | "address" | "body" | "attempts" | "created_at">> {
  return sql
    .selectFrom("deliveries")
    .select(["id", "address", "body", "attempts", "created_at"])
    .where("state", "=", "waiting")
    .where("target", "=", target)
    .where("next_at", "<=", now)
    .where("body", "is not", null)
    .where((where) => where.or([where("held_until", "is", null), where("held_until", "<=", now)]))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("deliveries as earlier")
            .select("earlier.id")
            .whereRef("earlier.order_key", "=", "deliveries.order_key")
            .where("earlier.target", "=", target)
            .where("earlier.state", "=", "waiting")
            // Said twice, since that is the condition of the index.
            .where("earlier.state", "<>", "done")
            .where((each) =>
              each.or([
                each("earlier.created_at", "<", each.ref("deliveries.created_at")),
                each.and([
                  each("earlier.created_at", "=", each.ref("deliveries.created_at")),
                  each("earlier.id", "<", each.ref("deliveries.id")),
                ]),
              ]),
            ),
        ),
      ),
    );
}

/** What became of a taken delivery. */
export interface Settling {
  readonly taken: Taken;
  readonly state: "done" | "dead" | "waiting";
  /** For `waiting`: epoch milliseconds. */
  readonly nextAt?: number;
  readonly error?: string;
}

/** Writes what became of what `holder` took, and what follows from it. What another has taken over meanwhile is left to that one. */
export async function settle(
  database: Database,
  holder: string,
  settlings: readonly Settling[],
  follow: readonly Outgoing[],
  now: number,
): Promise<void> {
  if (settlings.length === 0) return;
  await database.transaction(async (sql) => {
    for (const { taken, state, nextAt, error } of settlings) {
      await sql
        .updateTable("deliveries")
        .set({
          state,
          attempts: taken.attempts + 1,
          next_at: nextAt ?? now,
          last_error: error ?? null,
          held_by: null,
          held_until: null,
          settled_at: state === "waiting" ? null : now,
        })
        .where("id", "=", taken.id)
        .where("held_by", "=", holder)
        .where("state", "=", "waiting")
        .execute();
    }
    await enqueue(sql, follow, now);
  });
}

/** Gives back what was taken and not tried. */
export async function giveBack(database: Database, holder: string): Promise<void> {
  await database.run((sql) =>
    sql
      .updateTable("deliveries")
      .set({ held_by: null, held_until: null })
      .where("held_by", "=", holder)
      .where("state", "=", "waiting")
      .execute(),
  );
}

/** How many deliveries wait for a target. */
export async function countWaiting(database: Database, target: string): Promise<number> {
  const row = await database.run((sql) =>
    sql
      .selectFrom("deliveries")
      .select((select) => select.fn.countAll().as("count"))
      .where("state", "=", "waiting")
      .where("target", "=", target)
      .where("body", "is not", null)
      .executeTakeFirst(),
  );
  return Number(row?.count ?? 0);
}

/** A delivery as people may see it: without its body, its session and what it holds of a contact. */
export interface Delivery {
  readonly id: string;
  readonly target: string;
  readonly address: string | null;
  readonly state: "waiting" | "dead" | "done";
  readonly attempts: number;
  readonly createdAt: number;
  readonly nextAt: number | null;
  readonly settledAt: number | null;
  readonly error: string | null;
  /** Its body is gone: by retention, or since its contact was erased. */
  readonly isErased: boolean;
}

/** What waits and what was given up, the oldest first. */
export async function openDeliveries(database: Database): Promise<readonly Delivery[]> {
  const rows = await database.run((sql) =>
    sql
      .selectFrom("deliveries")
      .select(["id", "target", "address", "state", "attempts", "created_at", "next_at", "settled_at", "last_error"])
      .select(raw<number>`case when body is null then 1 else 0 end`.as("erased"))
      .where("state", "<>", "done")
      .orderBy("created_at")
      .orderBy("id")
      .execute(),
  );
  return rows.map((row) => ({
    id: row.id,
    target: row.target,
    address: row.address,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    nextAt: row.state === "waiting" ? row.next_at : null,
    settledAt: row.settled_at,
    error: row.last_error,
    isErased: Number(row.erased) === 1,
  }));
}

/** Dead letters wait again, with a whole life before them and behind what waits already; their bodies are kept no longer for it. Absent ids: all. Answers the ids. */
export function revive(
  database: Database,
  ids: readonly string[] | undefined,
  now: number,
): Promise<readonly string[]> {
  return database.transaction(async (sql) => {
    let dead = sql.selectFrom("deliveries").select("id").where("state", "=", "dead").where("body", "is not", null);
    if (ids !== undefined) dead = dead.where("id", "in", [...ids]);
    const rows = await dead.orderBy("created_at").orderBy("id").execute();
    for (const [index, { id }] of rows.entries()) {
      await sql
        .updateTable("deliveries")
        .set({
          state: "waiting",
          attempts: 0,
          created_at: now + index,
          next_at: now,
          settled_at: null,
          recorded_at: null,
        })
        .where("id", "=", id)
        .where("state", "=", "dead")
        .execute();
    }
    return rows.map(({ id }) => id);
  });
}

/** A settled delivery that the ledger does not have yet. */
export interface Unrecorded {
  readonly id: string;
  readonly target: string;
  readonly address: string | null;
  readonly state: "done" | "dead";
  readonly attempts: number;
  readonly settledAt: number;
  readonly error: string | null;
}

/** In the order in which they were settled; `after` one of them. */
export async function unrecorded(
  database: Database,
  most: number,
  after?: { readonly at: number; readonly id: string },
): Promise<readonly Unrecorded[]> {
  const rows = await database.run((sql) => {
    let found = sql
      .selectFrom("deliveries")
      .select(["id", "target", "address", "state", "attempts", "settled_at", "last_error"])
      .where("recorded_at", "is", null)
      .where("state", "<>", "waiting");
    if (after !== undefined) {
      const { at, id } = after;
      found = found
        .where("settled_at", ">=", at)
        .where((where) => where.or([where("settled_at", ">", at), where("id", ">", id)]));
    }
    return found.orderBy("settled_at").orderBy("id").limit(most).execute();
  });
  return rows.map((row) => ({
    id: row.id,
    target: row.target,
    address: row.address,
    state: row.state as "done" | "dead",
    attempts: row.attempts,
    settledAt: row.settled_at as number,
    error: row.last_error,
  }));
}

/** `ids`: a few hundred, since nobody else writes meanwhile. */
export async function markRecorded(database: Database, ids: readonly string[], now: number): Promise<void> {
  await database.run((sql) =>
    sql
      .updateTable("deliveries")
      .set({ recorded_at: now })
      .where("id", "in", [...ids])
      .execute(),
  );
}

/** The value that is kept under a name: how far something has been read. */
export async function readCursor(sql: Sql, name: string): Promise<string | undefined> {
  return (await sql.selectFrom("cursors").select("value").where("name", "=", name).executeTakeFirst())?.value;
}

export async function writeCursor(sql: Sql, name: string, value: string): Promise<void> {
  await sql
    .insertInto("cursors")
    .values({ name, value })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
    .execute();
}

/** The id of the notice that deliveries to a target were given up: one an hour, so that an outage of a day is not a thousand messages. */
export function deadLetterId(environment: string, target: string, now: number): string {
  return nameUuid(["dead letters", environment, target, Math.floor(now / 3_600_000)]);
}
