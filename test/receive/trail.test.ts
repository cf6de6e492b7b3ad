// What came in on its way into the ledger: read once, written in groups, released in between where it does not end, and never doubled.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Claimed } from "../../src/base/failure.ts";
import { realWorld } from "../../src/cli/world.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import { runId } from "../../src/ledger/chain.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { type Recording, recordTrail } from "../../src/library/trail.ts";
import { type Database, openDatabase } from "../../src/receive/database.ts";
import { engines } from "./engines.ts";

const world = realWorld();
const start = 1_795_000_000_000;

interface Scene {
  readonly database: Database;
  readonly recording: Recording;
  /** How often the whole ledger was read. */
  readings(): number;
  /** `at` milliseconds after the start; several may share one. */
  take(ids: readonly string[], at: (index: number) => number): Promise<void>;
  settled(ids: readonly string[], at: (index: number) => number): Promise<void>;
  ledger(): ReturnType<typeof openLedger>;
  unmarked(): Promise<number>;
}

async function scene(t: TestContext, engine: (typeof engines)[number]): Promise<Scene> {
  const database = await openDatabase(await engine.place(t));
  t.after(() => database.close());
  const dir = mkdtempSync(join(tmpdir(), "cxform-trail-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const files = fileStore(dir, { holder: world.holder, isDead: world.isDead, clock: world.clock });
  let readings = 0;
  const store: LedgerStore = {
    ...files,
    list(folder) {
      if (folder === "audit") readings += 1;
      return files.list(folder);
    },
  };
  const inRows = async (ids: readonly string[], write: (some: readonly string[], from: number) => Promise<unknown>) => {
    for (let from = 0; from < ids.length; from += 500) await write(ids.slice(from, from + 500), from);
  };
  return {
    database,
    recording: { database, store, environment: "test", world, attribution: { actor: "receiver" } },
    readings: () => readings,
    take: (ids, at) =>
      inRows(ids, (some, from) =>
        database.run((sql) =>
          sql
            .insertInto("events")
            .values(
              some.map((id, index) => ({
                id,
                route: "cms",
                received_at: start + at(from + index),
                sent_at: start,
                body: '{"event":"entry.published"}',
                status: "done" as const,
                session: null,
                digest: "",
                recorded_at: null,
              })),
            )
            .execute(),
        ),
      ),
    settled: (ids, at) =>
      inRows(ids, (some, from) =>
        database.run((sql) =>
          sql
            .insertInto("deliveries")
            .values(
              some.map((id, index) => ({
                id,
                target: "crm",
                order_key: null,
                created_at: start,
                written_at: start,
                body: null,
                state: "done" as const,
                attempts: 1,
                next_at: start,
                last_error: null,
                held_by: null,
                held_until: null,
                address: null,
                event_id: null,
                settled_at: start + at(from + index),
                recorded_at: null,
              })),
            )
            .execute(),
        ),
      ),
    ledger: () => openLedger(files, { environment: "test" }),
    async unmarked() {
      const rows = await database.run((sql) =>
        sql.selectFrom("events").select("id").where("recorded_at", "is", null).execute(),
      );
      return rows.length;
    },
  };
}

const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}_${String(at).padStart(6, "0")}`);

async function told({ ledger }: Scene) {
  const { entries } = await ledger();
  const of = (phase: string) => entries.filter((entry) => entry.phase === phase).length;
  return {
    ids: entries.flatMap(({ phase, idempotencyKey }) => (phase === "event" ? [idempotencyKey as string] : [])),
    claims: of("claim"),
    releases: of("release"),
  };
}

for (const engine of engines) {
  const title = (name: string) => `${engine.name}: ${name}`;

  test(
    title("a long backlog is recorded in its order under one claim, with one reading"),
    engine.options,
    async (t) => {
      const all = await scene(t, engine);
      const [events, deliveries] = [named("evt", 3_500), named("dlv", 1_200)];
      // Many in one millisecond: a page may end in the middle of it. Deliveries lie between the events.
      await all.take(events, (index) => Math.floor(index / 700) * 2);
      await all.settled(deliveries, (index) => Math.floor(index / 700) * 2 + 1);
      await recordTrail(all.recording);
      const { ids, claims, releases } = await told(all);
      assert.deepEqual([claims, releases, all.readings()], [1, 1, 1]);
      const expected = [0, 1, 2, 3, 4].flatMap((at) => [
        ...events.slice(at * 700, (at + 1) * 700),
        ...deliveries.slice(at * 700, (at + 1) * 700),
      ]);
      assert.deepEqual(ids, expected);
      assert.equal(await all.unmarked(), 0);
    },
  );

  test(title("what the ledger has already is marked and not written again"), engine.options, async (t) => {
    const all = await scene(t, engine);
    const events = named("evt", 2_500);
    await all.take(events, (index) => index);
    await recordTrail(all.recording);
    // As after a process that died when it had marked the first of what it had appended.
    await all.database.run((sql) =>
      sql.updateTable("events").set({ recorded_at: null }).where("id", ">=", "evt_000300").execute(),
    );
    await all.take(["evt_later"], () => 9_000);
    await recordTrail(all.recording);
    assert.deepEqual((await told(all)).ids, [...events, "evt_later"]);
    assert.equal(await all.unmarked(), 0);
  });

  test(title("another run's claim leaves everything for the next time"), engine.options, async (t) => {
    const all = await scene(t, engine);
    await all.take(named("evt", 1_500), (index) => index);
    const other = (await all.ledger()).begin({
      run: runId(world.clock, world.chance),
      clock: world.clock,
      holder: world.holder,
    });
    await other.claim();
    await assert.rejects(recordTrail(all.recording), Claimed);
    assert.equal(await all.unmarked(), 1_500);
    assert.deepEqual((await told(all)).ids, []);
    await other.release();
    await recordTrail(all.recording);
    assert.equal((await told(all)).ids.length, 1_500);
    assert.equal(await all.unmarked(), 0);
  });
}

const [embedded] = engines;

test("a backlog that does not end is recorded under several claims, each released", async (t) => {
  const all = await scene(t, embedded as (typeof engines)[number]);
  await all.take(named("evt", 20_500), (index) => index);
  await recordTrail(all.recording);
  const { ids, claims, releases } = await told(all);
  assert.deepEqual([new Set(ids).size, ids.length, claims, releases], [20_500, 20_500, 2, 2]);
  assert.equal(await all.unmarked(), 0);
});
