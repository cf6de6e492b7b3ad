// What is kept and for how long: whatever may name a person goes the retention time after it was written, wherever it stands; ids stay.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { sql as raw } from "kysely";
import type { Json } from "../../src/contract/json.ts";
import { type Database, openDatabase } from "../../src/receive/database.ts";
import { readEvent } from "../../src/receive/event.ts";
import { openInbox } from "../../src/receive/inbox.ts";
import { enqueue, type Outgoing, openDeliveries, revive, take } from "../../src/receive/outbox.ts";
import { type Swept, sweep } from "../../src/receive/retention.ts";
import { readTrail } from "../../src/receive/trail.ts";
import { testWorld } from "../_world/world.ts";
import { engines } from "./engines.ts";
import { guest, metric, post, projectDir, routes, served } from "./served.ts";

const day = 24 * 3_600_000;
const retentionMs = 30 * day;

interface Scene {
  readonly database: Database;
  readonly world: ReturnType<typeof testWorld>;
  sweep(): Promise<Swept>;
  write(id: string, changed?: Partial<Outgoing>): Promise<void>;
  /** Days pass. */
  later(days: number): void;
  rows(): Promise<Readonly<Record<string, string>>>;
}

async function scene(t: TestContext, engine: (typeof engines)[number]): Promise<Scene> {
  const database = await openDatabase(await engine.place(t));
  t.after(() => database.close());
  const world = testWorld({});
  const { clock } = world;
  return {
    database,
    world,
    sweep: () => sweep({ database, environment: "test", clock, retentionMs, noticeFormat: "json" }),
    async write(id, changed = {}) {
      const one = { id, target: "crm", orderKey: "canary-session", address: null, body: { who: "canary" }, ...changed };
      await database.transaction((sql) => enqueue(sql, [one], clock.now()));
    },
    later: (days) => world.setNow(clock.now() + days * day),
    async rows() {
      const rows = await database.run((sql) =>
        sql.selectFrom("deliveries").select(["id", "state", "body", "order_key", "last_error"]).orderBy("id").execute(),
      );
      return Object.fromEntries(
        rows.map(({ id, state, body, order_key, last_error }) => [
          id,
          [state, body === null ? "gone" : "kept", order_key === null ? "gone" : "kept", last_error ?? "-"].join(" "),
        ]),
      );
    },
  };
}

const tooOld = "kept no longer than the retention time";

for (const engine of engines) {
  const title = (name: string) => `${engine.name}: ${name}`;

  test(
    title("events lose body and session after the retention time, and their ids keep a replay away"),
    engine.options,
    async (t) => {
      const { database, world, sweep: swept, later } = await scene(t, engine);
      const inbox = openInbox({
        database,
        clock: { ...world.clock, sleep: async () => undefined },
        hasCrm: false,
        wakes: new Set(),
      });
      const accept = (id: string, session: string) => {
        const body = guest(session) as Json;
        return inbox.accept({
          id,
          route: "cxone-guest",
          sentAt: world.clock.now(),
          body: JSON.stringify(body),
          digest: "",
          reading: readEvent("cxone-guest", body),
        });
      };
      await accept("old", "canary-session");
      later(29);
      await accept("new", "s2");
      assert.equal((await swept()).events, 0);
      later(2);
      assert.equal((await swept()).events, 1);
      assert.equal((await swept()).events, 0, "what is cleared is not counted again");
      const rows = await database.run((sql) =>
        sql.selectFrom("events").select(["id", "body", "session"]).orderBy("id").execute(),
      );
      assert.deepEqual(
        rows.map(({ id, body, session }) => [id, body === null, session]),
        [
          ["new", false, "s2"],
          ["old", true, null],
        ],
      );
      assert.equal(await accept("old", "canary-session"), "repeated");
    },
  );

  test(
    title("a delivery keeps its body no longer either: settled, given up or still waiting"),
    engine.options,
    async (t) => {
      const { database, world, sweep: swept, write, later, rows } = await scene(t, engine);
      for (const id of ["done", "dead", "waits"]) await write(id);
      await database.run((sql) =>
        sql
          .updateTable("deliveries")
          .set({ state: "done", settled_at: world.clock.now() })
          .where("id", "=", "done")
          .execute(),
      );
      later(29);
      // It was tried for long, and given up a day before its time: its body is as old as it is.
      await database.run((sql) =>
        sql
          .updateTable("deliveries")
          .set({ state: "dead", settled_at: world.clock.now(), last_error: "answered 500" })
          .where("id", "=", "dead")
          .execute(),
      );
      await write("young");
      assert.deepEqual(await swept(), { events: 0, deliveries: 0, dead: 0 });
      later(2);
      assert.deepEqual(await swept(), { events: 0, deliveries: 2, dead: 1 });
      const after = await rows();
      const notice = Object.keys(after).filter((id) => !["done", "dead", "waits", "young"].includes(id));
      assert.deepEqual(
        { ...after, [String(notice[0])]: "" },
        {
          dead: "dead gone gone answered 500",
          done: "done gone gone -",
          waits: `dead gone gone ${tooOld}`,
          young: "waiting kept kept -",
          [String(notice[0])]: "",
        },
      );
      assert.doesNotMatch(
        JSON.stringify(
          await database.run((sql) => sql.selectFrom("deliveries").selectAll().where("id", "<>", "young").execute()),
        ),
        /canary/,
      );
      // Told as other dead letters are: to people, in the list, in the ledger; and it cannot be sent again.
      const [told] = await take(database, { target: "notify", holder: "h", now: world.clock.now(), most: 9 });
      assert.match(String(told?.body), /deliveries to crm are given up: kept no longer than the retention time/);
      assert.match(String(told?.body), /cannot be sent again/);
      const listed = (await openDeliveries(database)).find(({ id }) => id === "waits");
      assert.deepEqual([listed?.state, listed?.error, listed?.isErased], ["dead", tooOld, true]);
      const drafts = (await readTrail(database, world.clock))?.drafts ?? [];
      assert.deepEqual(
        drafts
          .filter(({ idempotencyKey }) => idempotencyKey === "waits")
          .map(({ outcome, reason }) => [outcome, reason]),
        [["failed", `crm: ${tooOld}`]],
      );
      assert.deepEqual(await revive(database, undefined, world.clock.now()), []);
    },
  );

  test(title("a dead letter that is tried again is kept no longer for it"), engine.options, async (t) => {
    const { database, world, sweep: swept, write, later, rows } = await scene(t, engine);
    await write("revived");
    await database.run((sql) =>
      sql.updateTable("deliveries").set({ state: "dead", settled_at: world.clock.now() }).execute(),
    );
    later(29);
    assert.deepEqual(await revive(database, undefined, world.clock.now()), ["revived"]);
    assert.equal((await swept()).dead, 0);
    later(2);
    await swept();
    assert.equal((await rows())["revived"], `dead gone gone ${tooOld}`);
  });

  test(title("what is under way is left to the next sweep"), engine.options, async (t) => {
    const { database, world, sweep: swept, write, later, rows } = await scene(t, engine);
    await write("held");
    later(31);
    await take(database, { target: "crm", holder: "h", now: world.clock.now(), most: 1 });
    assert.equal((await swept()).dead, 0);
    assert.equal((await rows())["held"], "waiting kept kept -");
    world.setNow(world.clock.now() + 3_600_000);
    assert.equal((await swept()).dead, 1);
  });

  test(
    title("more than a piece goes in pieces, and a sweep looks at nothing that is cleared"),
    engine.options,
    async (t) => {
      const { database, world, sweep: swept, later } = await scene(t, engine);
      const many = (prefix: string) =>
        Array.from({ length: 450 }, (_, at) => ({
          id: `${prefix}${at}`,
          target: "crm",
          orderKey: `s${at}`,
          address: null,
          body: {},
        }));
      await database.transaction((sql) => enqueue(sql, many("a"), world.clock.now()));
      await database.run((sql) => sql.updateTable("deliveries").set({ state: "done" }).execute());
      await database.transaction((sql) => enqueue(sql, many("b"), world.clock.now()));
      later(31);
      assert.deepEqual(await swept(), { events: 0, deliveries: 450, dead: 450 });
      if (database.engine === "postgres") return;
      const plan = await database.run((sql) =>
        raw<{
          detail: string;
        }>`explain query plan select id from deliveries where written_at < 5 and (body is not null or order_key is not null) and state <> 'waiting' limit 200`.execute(
          sql,
        ),
      );
      assert.match(plan.rows.map(({ detail }) => detail).join(), /USING INDEX deliveries_kept/);
      const events = await database.run((sql) =>
        raw<{
          detail: string;
        }>`explain query plan select id from events where received_at < 5 and (body is not null or session is not null) limit 200`.execute(
          sql,
        ),
      );
      assert.match(events.rows.map(({ detail }) => detail).join(), /INDEX events_kept/);
    },
  );
}

test("the receiver sweeps by itself: what its CRM never took is a dead letter without a body", async (t) => {
  const project = projectDir(t, {
    simulator: {},
    receiver: { secret: { fromEnv: "HOOK_SECRET" }, retention: "1h" },
    hooks: { crm: { url: "http://127.0.0.1:9/crm" } },
  });
  const first = await served(t, project);
  assert.equal(await post(first.url + routes.guest, guest("canary-session"), { id: "msg_old" }), 202);
  await first.stop();
  const second = await served(t, project, { aheadMs: 2 * 3_600_000 });
  const dead = () => metric(second.url, 'cxform_outbox_deliveries{target="crm",state="dead"}');
  for (let tries = 0; (await dead()) < 1; tries += 1) {
    assert.ok(tries < 600, "it is still not given up");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const database = await second.database();
  const rows = await database.run((sql) => sql.selectFrom("deliveries").selectAll().execute());
  assert.equal(rows[0]?.last_error, tooOld);
  assert.doesNotMatch(JSON.stringify(rows), /canary/);
  await second.stop();
});
