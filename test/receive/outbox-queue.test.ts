// The outbox over both engines and real targets: order, repetition, pauses, dead letters, two instances, erasing a contact.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import type { World } from "../../src/contract/world.ts";
import { type Database, openDatabase } from "../../src/receive/database.ts";
import { type Drained, type Draining, drain, flush } from "../../src/receive/drain.ts";
import { erase } from "../../src/receive/erasure.ts";
import { enqueue, type Outgoing, openDeliveries, revive, unrecorded } from "../../src/receive/outbox.ts";
import { afterFailure, createBreaker, delayCeilingMs } from "../../src/receive/pace.ts";
import { createSender } from "../../src/receive/target.ts";
import { testWorld } from "../_world/world.ts";
import { engines } from "./engines.ts";
import { startTarget, type TargetServer } from "./target-server.ts";

const real = realWorld();

const outgoing = (id: string, changed: Partial<Outgoing> = {}): Outgoing => ({
  id,
  target: "crm",
  orderKey: null,
  address: null,
  body: { id },
  ...changed,
});

function draining(
  database: Database,
  targets: Readonly<Record<string, TargetServer>>,
  changed: Partial<Draining> = {},
  world: Pick<World, "clock" | "chance"> = real,
): Draining {
  const send = createSender({ clock: real.clock });
  return {
    database,
    environment: "test",
    world,
    noticeFormat: "json",
    signal: AbortSignal.timeout(20_000),
    targets: new Map(
      Object.entries(targets).map(([name, { url }]) => [
        name,
        (message) => send({ name, url, timeoutMs: 2_000 }, message),
      ]),
    ),
    ...changed,
  };
}

const open = async (t: TestContext, engine: (typeof engines)[number]): Promise<Database> => {
  const database = await openDatabase(await engine.place(t));
  t.after(() => database.close());
  return database;
};

const write = (database: Database, items: readonly Outgoing[]): Promise<number> =>
  database.transaction((sql) => enqueue(sql, items, real.clock.now()));

/** A clock that runs a thousand times as fast, so that a day passes in a test. */
function fastWorld(): Pick<World, "clock" | "chance"> & { readonly at: () => number } {
  const start = Date.now();
  const now = () => start + (Date.now() - start) * 20_000;
  return {
    at: now,
    chance: testWorld({ seed: 7 }).chance,
    clock: {
      now,
      elapsed: () => now() - start,
      sleep: (ms, signal) => real.clock.sleep(Math.max(1, ms / 20_000), signal),
    },
  };
}

for (const engine of engines) {
  const named = (name: string, work: (t: TestContext) => Promise<void>): void => {
    test(`${engine.name}: ${name}`, engine.options, work);
  };

  named("each delivery goes out once, those of one key in order, however often they are written", async (t) => {
    const [database, crm] = [await open(t, engine), await startTarget(t)];
    const items = Array.from({ length: 24 }, (_, at) => outgoing(`e${at}`, { orderKey: `session ${at % 4}` }));
    assert.equal(await write(database, items), 24);
    assert.equal(await write(database, items), 0, "written again, nothing is new");
    // The third of each key fails at first: what comes after it waits.
    const failures = new Map<string, number>();
    crm.answer = ({ id }) => {
      const seen = failures.get(id) ?? 0;
      failures.set(id, seen + 1);
      return ["e8", "e9", "e10", "e11"].includes(id) && seen < 2 ? 503 : 200;
    };
    assert.deepEqual(await flush(draining(database, { crm })), { delivered: 24, dead: 0 });
    assert.equal(new Set(crm.ids).size, 24);
    assert.equal(crm.ids.length, 24);
    for (const key of [0, 1, 2, 3]) {
      const order = crm.ids.map((id) => Number(id.slice(1))).filter((at) => at % 4 === key);
      assert.deepEqual(
        order,
        order.toSorted((left, right) => left - right),
        `session ${key}`,
      );
    }
    assert.equal(crm.calls.length, 32);
  });

  named("two that drain one database deliver everything, and nothing twice while both live", async (t) => {
    const place = await engine.place(t);
    const [left, right] = [await openDatabase(place), await openDatabase(place)];
    t.after(() => Promise.all([left.close(), right.close()]));
    const crm = await startTarget(t);
    await write(
      left,
      Array.from({ length: 100 }, (_, at) => outgoing(`e${at}`, { orderKey: `s${at % 25}` })),
    );
    const done = await Promise.all([left, right].map((each) => flush(draining(each, { crm }))));
    assert.equal(
      done.reduce((sum: number, one: Drained) => sum + one.delivered, 0),
      100,
    );
    assert.equal(crm.calls.length, 100);
  });

  named("what a dead instance held is taken over when its hold ends, under the same id", async (t) => {
    const [database, crm] = [await open(t, engine), await startTarget(t)];
    await write(database, [outgoing("first", { orderKey: "s" }), outgoing("second", { orderKey: "s" })]);
    await database.run((sql) =>
      sql
        .updateTable("deliveries")
        .set({ held_by: "a process that was killed", held_until: real.clock.now() + 1_000 })
        .where("id", "=", "first")
        .execute(),
    );
    const startedAt = real.clock.now();
    assert.deepEqual(await flush(draining(database, { crm })), { delivered: 2, dead: 0 });
    assert.deepEqual(crm.ids, ["first", "second"]);
    assert.ok(real.clock.now() - startedAt >= 900, "not before the hold ended");
  });

  named("a delivery is given up after a day, the next of its key goes, and people are told once an hour", async (t) => {
    const [database, crm, notify] = [await open(t, engine), await startTarget(t), await startTarget(t)];
    const world = fastWorld();
    crm.answer = ({ id }) => (id === "next" ? 200 : 500);
    await database.transaction((sql) =>
      enqueue(sql, [outgoing("bad", { orderKey: "s" }), outgoing("next", { orderKey: "s" })], world.at()),
    );
    assert.deepEqual(await flush(draining(database, { crm, notify }, {}, world)), { delivered: 2, dead: 1 });
    assert.ok(crm.calls.length > 10, `${crm.calls.length} tries in a day`);
    assert.deepEqual(crm.ids, ["next"]);
    const [told] = notify.calls;
    assert.equal(notify.calls.length, 1);
    assert.match(
      String(JSON.parse(told?.text ?? "")["message"]),
      /^test: deliveries to crm are given up: answered 500$/,
    );
    assert.deepEqual(
      (await openDeliveries(database)).map(({ id, state, error }) => [id, state, error]),
      [["bad", "dead", "answered 500"]],
    );
    const recorded = await unrecorded(database, 100);
    assert.deepEqual(
      recorded
        .map(({ id, state }) => `${id} ${state}`)
        .filter((one) => !one.includes("-"))
        .sort(),
      ["bad dead", "next done"],
    );
    // A retry gives it a whole life, under its old id.
    crm.answer = () => 200;
    assert.deepEqual(await revive(database, ["bad", "nothing"], world.at()), ["bad"]);
    assert.deepEqual(await flush(draining(database, { crm, notify }, {}, world)), { delivered: 1, dead: 0 });
    assert.deepEqual(crm.ids, ["next", "bad"]);
    assert.deepEqual(await openDeliveries(database), []);
  });

  named("410 gives up at once, other refusals after some tries, and neither holds up other keys", async (t) => {
    const [database, cms] = [await open(t, engine), await startTarget(t)];
    const world = fastWorld();
    cms.answer = ({ id }) => (id === "gone" ? 410 : id === "wrong" ? 404 : 200);
    const items = ["gone", "wrong", "well"].map((id) => outgoing(id, { target: "cms", orderKey: id }));
    await database.transaction((sql) => enqueue(sql, items, world.at()));
    const settled: string[] = [];
    await flush(draining(database, { cms }, { onSettled: ({ id, state }) => settled.push(`${id} ${state}`) }, world));
    assert.deepEqual(settled.toSorted(), ["gone dead", "well done", "wrong dead"]);
    const calls = (id: string) => cms.calls.filter((call) => call.id === id).length;
    assert.deepEqual([calls("gone"), calls("well")], [1, 1]);
    assert.ok(calls("wrong") >= 5);
  });

  named("what goes to a target that is not configured waits, and Retry-After is not undercut", async (t) => {
    const [database, crm] = [await open(t, engine), await startTarget(t)];
    await write(database, [outgoing("later"), outgoing("other", { target: "cms" })]);
    const at: number[] = [];
    crm.answer = () => {
      at.push(real.clock.now());
      return at.length === 1 ? { status: 429, headers: { "retry-after": "2" } } : 204;
    };
    await flush(draining(database, { crm }));
    assert.equal(at.length, 2);
    assert.ok((at[1] as number) - (at[0] as number) >= 2_000);
    assert.deepEqual(
      (await openDeliveries(database)).map(({ id }) => id),
      ["other"],
    );
  });

  named("a drain ends when it is told to, with what was under way written", async (t) => {
    const [database, crm] = [await open(t, engine), await startTarget(t)];
    const stop = new AbortController();
    const running = drain(draining(database, { crm }, { signal: stop.signal, onSettled: () => stop.abort() }));
    await write(database, [outgoing("one")]);
    assert.deepEqual(await running, { delivered: 1, dead: 0 });
    assert.deepEqual(await openDeliveries(database), []);
  });

  named("a contact is erased from what came in, from what waits, from dead letters and from the file", async (t) => {
    const place = await engine.place(t);
    const database = await openDatabase(place);
    t.after(() => database.close());
    const contact = "aeb7b9c9-c520-4c90-bf00-30191c716404";
    const other = "0c1d2e3f-1111-4222-8333-444455556666";
    const payload = [
      { contactId: contact, status: "updated" },
      { contactId: other, status: "updated" },
    ];
    await write(database, [
      outgoing("alone", { target: "marketing", body: { payload: [payload[0] as object] as never } }),
      outgoing("both", { target: "marketing", body: { payload: payload as never } }),
      outgoing("session", { orderKey: "s", body: { metadata: { contact: contact.toUpperCase() } } }),
      outgoing("dead", { body: { metadata: { contact } } }),
      outgoing("other", { body: { metadata: { contact: other } } }),
    ]);
    await database.run((sql) =>
      sql.updateTable("deliveries").set({ state: "dead", settled_at: 1 }).where("id", "=", "dead").execute(),
    );
    const event = {
      route: "cxone-guest",
      received_at: 1,
      sent_at: 1,
      status: "done" as const,
      digest: "d",
      recorded_at: null,
    };
    await database.run((sql) =>
      sql
        .insertInto("events")
        .values([
          { ...event, id: "plain", session: "s", body: JSON.stringify({ metadata: { contact } }) },
          // The same id, written with an escape.
          { ...event, id: "escaped", session: "s", body: `{"contact":"\\u0061${contact.slice(1)}"}` },
          { ...event, id: "kept", session: "s", body: JSON.stringify({ metadata: { contact: other } }) },
        ])
        .execute(),
    );
    assert.deepEqual(await erase(database, contact, 5), { events: 2, deliveries: 4 });
    assert.deepEqual(await erase(database, contact, 5), { events: 0, deliveries: 0 });
    const rows = await database.run((sql) => sql.selectFrom("deliveries").select(["id", "state", "body"]).execute());
    const byId = new Map(rows.map(({ id, state, body }) => [id, { state, body }]));
    assert.deepEqual(byId.get("alone"), { state: "dead", body: null });
    assert.deepEqual(byId.get("session"), { state: "dead", body: null });
    assert.deepEqual(byId.get("dead"), { state: "dead", body: null });
    assert.deepEqual(byId.get("both"), { state: "waiting", body: JSON.stringify({ payload: [payload[1]] }) });
    assert.equal(byId.get("other")?.state, "waiting");
    assert.deepEqual(await revive(database, undefined, 6), [], "what has no body is not sent again");
    if (!("file" in place)) return;
    for (const file of [place.file, `${place.file}-wal`, `${place.file}-shm`]) {
      if (!existsSync(file)) continue;
      const bytes = readFileSync(file, "latin1").toLowerCase();
      assert.ok(!bytes.includes(contact) && !bytes.includes(contact.slice(1)), `${file} still holds the contact`);
      if (file === place.file) assert.ok(bytes.includes(other));
    }
  });
}

test("tries are at most 5 s apart in the first minute, then double with age up to 10 minutes", () => {
  for (let attempts = 1; attempts < 100; attempts++) assert.ok(delayCeilingMs(attempts, 59_999) <= 5_000);
  assert.deepEqual(
    [1, 2, 3, 4, 9].map((attempts) => delayCeilingMs(attempts, 0)),
    [1_000, 2_000, 4_000, 5_000, 5_000],
  );
  const minutes = [1, 2, 4, 8, 16, 32, 64, 600, 1439];
  assert.deepEqual(
    minutes.map((minute) => delayCeilingMs(50, minute * 60_000) / 1_000),
    [10, 20, 40, 80, 160, 320, 600, 600, 600],
  );
  // Found by a flush hours after it was written, it is tried quickly all the same.
  assert.ok(delayCeilingMs(5, 7_200_000) <= 5_000);
});

test("full jitter reaches from nothing to the ceiling, and what the target asks for is the least", () => {
  const later = { kind: "failed", verdict: "later", reason: "" } as const;
  assert.deepEqual(afterFailure(later, { attempts: 4, ageMs: 20_000 }, 0), { waitMs: 0 });
  assert.deepEqual(afterFailure(later, { attempts: 4, ageMs: 20_000 }, 0.5), { waitMs: 2_500 });
  assert.deepEqual(afterFailure({ ...later, retryAfterMs: 90_000 }, { attempts: 1, ageMs: 0 }, 0.9), {
    waitMs: 90_000,
  });
  assert.equal(afterFailure(later, { attempts: 90, ageMs: 86_400_000 }, 0.5), "dead");
  assert.notEqual(afterFailure(later, { attempts: 1, ageMs: 90_000_000 }, 0.5), "dead", "one try is no trial");
  const refused = { kind: "failed", verdict: "refused", reason: "" } as const;
  assert.notEqual(afterFailure(refused, { attempts: 9, ageMs: 59_000 }, 0.5), "dead");
  assert.equal(afterFailure(refused, { attempts: 9, ageMs: 60_000 }, 0.5), "dead");
  assert.equal(afterFailure({ ...later, verdict: "gone" }, { attempts: 1, ageMs: 0 }, 0.5), "dead");
});

test("five failures in a row open the breaker, at most 5 s in the first minute; one success closes it", () => {
  const breaker = createBreaker();
  const failure = { kind: "failed", verdict: "later", reason: "" } as const;
  for (let at = 0; at < 4; at++) breaker.note(failure, at);
  assert.equal(breaker.allows(4), "all");
  let now = 10;
  for (let openings = 0; now < 60_000; openings++) {
    breaker.note(failure, now);
    assert.equal(breaker.allows(now), "none");
    assert.ok(breaker.opensAt - now <= 5_000, `opening ${openings}`);
    assert.equal(breaker.allows(breaker.opensAt), "one");
    now = breaker.opensAt;
  }
  breaker.note(failure, 3_600_000);
  assert.equal(breaker.opensAt, 3_660_000);
  breaker.note({ kind: "delivered", status: 200 }, 3_660_000);
  assert.equal(breaker.allows(3_660_000), "all");
  for (let at = 0; at < 9; at++) breaker.note({ kind: "failed", verdict: "refused", reason: "" }, at);
  assert.equal(breaker.allows(10), "all", "a refusal is an answer");
});
