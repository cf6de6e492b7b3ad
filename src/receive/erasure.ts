// A contact's erasure: whatever the database holds that names it goes, out of the rows and out of the file.
import { sql as raw } from "kysely";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Database } from "./database.ts";

export interface Erased {
  /** Events that came in. */
  readonly events: number;
  /** Deliveries, dead letters among them. */
  readonly deliveries: number;
}

const erasedWords = "erased at the contact's request";

/**
 * Erases a contact: bodies that name it are cleared, what still waited of them is given up; of the results of a batch only its
 * own go. Afterwards the file itself holds nothing of it.
 */
export async function erase(database: Database, contactId: string, now: number): Promise<Erased> {
  const wanted = contactId.toLowerCase();
  const erased = await database.transaction(async (sql) => {
    const events = await sql
      .selectFrom("events")
      .select(["id", "body", "session"])
      .where((where) =>
        where.or([mayName(raw.ref("body"), wanted), mayName(raw.ref("session"), wanted)].map((one) => one as never)),
      )
      .execute();
    let eventCount = 0;
    for (const { id, body, session } of events) {
      if (!names(body, wanted) && !names(session, wanted)) continue;
      eventCount += 1;
      await sql.updateTable("events").set({ body: null, session: null }).where("id", "=", id).execute();
    }
    const deliveries = await sql
      .selectFrom("deliveries")
      .select(["id", "target", "state", "body"])
      .where(mayName(raw.ref("body"), wanted))
      .execute();
    let deliveryCount = 0;
    for (const { id, state, body } of deliveries) {
      if (body === null || !names(body, wanted)) continue;
      deliveryCount += 1;
      const rest = withoutContact(body, wanted);
      const end =
        rest === undefined && state === "waiting"
          ? ({ state: "dead", settled_at: now, last_error: erasedWords, held_by: null, held_until: null } as const)
          : {};
      await sql
        .updateTable("deliveries")
        .set({ body: rest ?? null, ...(rest === undefined ? { last_error: erasedWords } : {}), ...end })
        .where("id", "=", id)
        .execute();
    }
    return { events: eventCount, deliveries: deliveryCount };
  });
  await wipe(database);
  return erased;
}

/** Rows whose text holds the id, in any case, or an escape that may hide it. */
const mayName = (column: ReturnType<typeof raw.ref>, wanted: string) =>
  raw<boolean>`(lower(${column}) like ${`%${wanted}%`} or ${column} like ${"%\\u00%"})`;

function names(text: string | null, wanted: string): boolean {
  if (text === null) return false;
  if (text.toLowerCase().includes(wanted)) return true;
  if (!text.includes("\\u")) return false;
  const value = parsed(text);
  return value !== undefined && JSON.stringify(value).toLowerCase().includes(wanted);
}

/** The results of a batch without the contact's; undefined where nothing is left, or where it is no list of results. */
function withoutContact(body: string, wanted: string): string | undefined {
  const value = parsed(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { payload } = value as JsonObject;
  if (!Array.isArray(payload)) return undefined;
  const kept = payload.filter((one) => !JSON.stringify(one).toLowerCase().includes(wanted));
  const rest = JSON.stringify({ ...value, payload: kept });
  return kept.length === 0 || rest.toLowerCase().includes(wanted) ? undefined : rest;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** What was overwritten leaves the pages of the file, and its log. On PostgreSQL the space is free to be overwritten. */
async function wipe(database: Database): Promise<void> {
  if (database.engine === "postgres") {
    await database.run((sql) => raw`vacuum events, deliveries`.execute(sql));
    return;
  }
  await database.run((sql) => raw`vacuum`.execute(sql));
  await database.run((sql) => raw`pragma wal_checkpoint(truncate)`.execute(sql));
}
