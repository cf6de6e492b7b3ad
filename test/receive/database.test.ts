// The receiver's database over its two engines: tables, numbers, transactions, failures.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { type DeliveryRow, openDatabase, StoreUnusable } from "../../src/receive/database.ts";
import { bundledModule } from "../_world/bundled.ts";
import { engines } from "./engines.ts";

const run = promisify(execFile);
const runScript = (text: string) => run(process.execPath, ["--input-type=module", "-e", text]);

const delivery = (id: string, changed: Partial<DeliveryRow> = {}): DeliveryRow => ({
  id,
  target: "crm",
  order_key: null,
  created_at: 1_795_000_000_000,
  written_at: 1_795_000_000_000,
  body: "{}",
  state: "waiting",
  attempts: 0,
  next_at: 1_795_000_000_000,
  last_error: null,
  held_by: null,
  held_until: null,
  address: null,
  event_id: null,
  settled_at: null,
  recorded_at: null,
  ...changed,
});

for (const engine of engines) {
  test(
    `${engine.name}: what is written is read after it is opened again, times as numbers`,
    engine.options,
    async (t) => {
      const place = await engine.place(t);
      const first = await openDatabase(place);
      const row = delivery("dlv_1", { address: "SmsTemplate/otp" });
      await first.run((sql) => sql.insertInto("deliveries").values(row).execute());
      await first.close();
      const second = await openDatabase(place);
      t.after(() => second.close());
      const rows = await second.run((sql) => sql.selectFrom("deliveries").selectAll().execute());
      assert.deepEqual(
        rows.map((each) => ({ ...each })),
        [row],
      );
    },
  );

  test(`${engine.name}: a transaction that fails leaves nothing, and the next one works`, engine.options, async (t) => {
    const database = await openDatabase(await engine.place(t));
    t.after(() => database.close());
    await assert.rejects(
      database.transaction(async (sql) => {
        await sql.insertInto("deliveries").values(delivery("a")).execute();
        await sql.insertInto("deliveries").values(delivery("a")).execute();
      }),
      StoreUnusable,
    );
    await database.transaction(async (sql) => {
      await sql.insertInto("deliveries").values(delivery("b")).execute();
    });
    const rows = await database.run((sql) => sql.selectFrom("deliveries").select("id").execute());
    assert.deepEqual(
      rows.map(({ id }) => id),
      ["b"],
    );
  });

  test(
    `${engine.name}: several openings at once all find the tables, in one process and in several`,
    engine.options,
    async (t) => {
      const place = await engine.place(t);
      const opened = await Promise.all([openDatabase(place), openDatabase(place)]);
      const module = await bundledModule("src/receive/database.ts");
      const others = ["a", "b", "c"].map((id) =>
        runScript(`
        const { openDatabase } = await import(${JSON.stringify(module)});
        const database = await openDatabase(${JSON.stringify(place)});
        await database.transaction((sql) => sql.insertInto("cursors").values({ name: "${id}", value: "" }).execute());
        await database.close();
      `),
      );
      await Promise.all(others);
      for (const database of opened) {
        const rows = await database.run((sql) => sql.selectFrom("cursors").select("name").orderBy("name").execute());
        assert.deepEqual(
          rows.map(({ name }) => name),
          ["a", "b", "c"],
        );
        await database.close();
      }
    },
  );

  test(
    `${engine.name}: rows that one transaction holds are passed over by another, or waited for`,
    engine.options,
    async (t) => {
      const place = await engine.place(t);
      const [one, two] = await Promise.all([openDatabase(place), openDatabase(place)]);
      t.after(() => Promise.all([one.close(), two.close()]));
      for (const id of ["a", "b"]) {
        await one.run((sql) => sql.insertInto("deliveries").values(delivery(id)).execute());
      }
      const claim = (database: typeof one, held: string) =>
        database.transaction(async (sql) => {
          const query = sql.selectFrom("deliveries").selectAll().where("held_by", "is", null).orderBy("id").limit(1);
          const [row] = await database.locked(query).execute();
          if (row === undefined) return undefined;
          await sql.updateTable("deliveries").set({ held_by: held }).where("id", "=", row.id).execute();
          return row.id;
        });
      const claimed = await Promise.all([claim(one, "one"), claim(one, "one"), claim(two, "two")]);
      // The embedded engine has one writer at a time, so a third finds none; PostgreSQL may pass over both held rows.
      const ids = claimed.filter((id) => id !== undefined);
      assert.deepEqual([...new Set(ids)].length, ids.length, "no row was claimed twice");
    },
  );
}

test("the embedded file and what lies beside it are for their owner alone", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cxform-receive-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "deep", "receiver.db");
  const database = await openDatabase({ file });
  await database.run((sql) => sql.insertInto("deliveries").values(delivery("a")).execute());
  for (const each of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(each).mode & 0o777, 0o600, each);
  await database.close();
});

test("a database that cannot be reached or opened is told by name and without its password", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cxform-receive-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const refused = (place: Parameters<typeof openDatabase>[0]) =>
    openDatabase(place).then(
      () => assert.fail("it was opened"),
      (error: unknown) => error,
    );
  const error = await refused({ url: "postgres://cxform:canary-password@127.0.0.1:1/receiver?sslmode=disable" });
  assert.ok(error instanceof StoreUnusable);
  assert.equal(error.message, "the database postgres://127.0.0.1:1/receiver cannot be used (ECONNREFUSED)");
  assert.doesNotMatch(JSON.stringify(error), /canary/);
  assert.ok((await refused({ file: folder })) instanceof StoreUnusable);
});
