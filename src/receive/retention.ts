// What is kept of events and for how long: bodies and sessions for the retention time, ids for good. It reads no clock.
import type { Database } from "./database.ts";

/** Clears what was received, or settled, before a time (epoch milliseconds). Throws StoreUnusable. */
export async function sweep(database: Database, before: number): Promise<void> {
  await database.run((sql) =>
    sql
      .updateTable("events")
      .set({ body: null, session: null })
      .where("received_at", "<", before)
      .where((where) => where.or([where("body", "is not", null), where("session", "is not", null)]))
      .execute(),
  );
  await database.run((sql) =>
    sql
      .updateTable("deliveries")
      .set({ body: null, order_key: null })
      .where("settled_at", "<", before)
      .where("state", "<>", "waiting")
      .where((where) => where.or([where("body", "is not", null), where("order_key", "is not", null)]))
      .execute(),
  );
}
