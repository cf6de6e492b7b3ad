// What the database can be asked for at any time: how much waits and since when. Counts and ages, of no event and no contact.
import type { Clock } from "../contract/world.ts";
import type { Gauge } from "./counters.ts";
import type { Database } from "./database.ts";

/** Throws StoreUnusable. */
export async function readGauges(database: Database, clock: Pick<Clock, "now">): Promise<readonly Gauge[]> {
  const waitingEvents = await database.run((sql) =>
    sql
      .selectFrom("events")
      .select((select) => [select.fn.countAll().as("count"), select.fn.min("received_at").as("since")])
      .where("status", "=", "new")
      .executeTakeFirstOrThrow(),
  );
  const unrecorded = await database.run((sql) =>
    sql
      .selectFrom("events")
      .select((select) => select.fn.countAll().as("count"))
      .where("recorded_at", "is", null)
      .executeTakeFirstOrThrow(),
  );
  const open = await database.run((sql) =>
    sql
      .selectFrom("deliveries")
      .select((select) => [
        "target",
        "state",
        select.fn.countAll().as("count"),
        select.fn.min("created_at").as("since"),
      ])
      .where("state", "<>", "done")
      .groupBy(["target", "state"])
      .execute(),
  );
  const now = clock.now();
  const ageS = (since: unknown): number => (since === null ? 0 : Math.max(0, now - Number(since)) / 1000);
  return [
    gauge("cxform_receiver_events_waiting", "Events whose consequence has not been started.", waitingEvents.count),
    gauge("cxform_receiver_events_waiting_seconds", "Age of the oldest of them.", ageS(waitingEvents.since)),
    gauge("cxform_receiver_events_unrecorded", "Events that the ledger does not have yet.", unrecorded.count),
    {
      name: "cxform_outbox_deliveries",
      help: "Deliveries that wait, and dead letters.",
      values: open.map(({ target, state, count }) => ({ labels: { target, state }, value: Number(count) })),
    },
    {
      name: "cxform_outbox_oldest_seconds",
      help: "Age of the oldest delivery that waits.",
      values: open
        .filter(({ state }) => state === "waiting")
        .map(({ target, since }) => ({ labels: { target }, value: ageS(since) })),
    },
  ];
}

const gauge = (name: string, help: string, value: unknown): Gauge => ({
  name,
  help,
  values: [{ labels: {}, value: Number(value) }],
});
