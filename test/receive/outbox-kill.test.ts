// A real process that drains and is killed: what it held goes out when the target is back, in order, under the same ids.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import test from "node:test";
import { openDatabase } from "../../src/receive/database.ts";
import { enqueue, openDeliveries } from "../../src/receive/outbox.ts";
import { bundledModule } from "../_world/bundled.ts";
import { until } from "../_world/world.ts";
import { engines } from "./engines.ts";
import { startTarget } from "./target-server.ts";

const drainer = await bundledModule("test/receive/drainer.ts");

/** Drains a file to one CRM until it is killed. */
function startDrain(file: string, url: string): ChildProcess {
  return spawn(process.execPath, [drainer, file, url], { stdio: "ignore" });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the CRM is down, the process is killed twice: all is forwarded once it is back, in order, once an id", async (t) => {
  const place = await engines[0]?.place(t);
  assert.ok(place !== undefined && "file" in place);
  const database = await openDatabase(place);
  t.after(() => database.close());
  const sessions = 3;
  const items = Array.from({ length: 30 }, (_, at) => ({
    id: `event-${at}`,
    target: "crm",
    orderKey: `session ${at % sessions}`,
    address: null,
    body: { at },
  }));
  // 22 deliveries of one event into the inbox are one row: the id decides.
  for (let again = 0; again < 22; again++)
    await database.transaction((sql) => enqueue(sql, items.slice(0, 1), Date.now()));
  await database.transaction((sql) => enqueue(sql, items, Date.now()));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/crm`;
  const tried = async (): Promise<boolean> => (await openDeliveries(database)).some(({ attempts }) => attempts > 0);

  const first = startDrain(place.file, url);
  t.after(() => first.kill("SIGKILL"));
  for (let waited = 0; !(await tried()); waited += 100) {
    assert.ok(waited < 60_000, "nothing was tried");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  first.kill("SIGKILL");
  await ended(first);

  const crm = await startTarget(t, port);
  const second = startDrain(place.file, url);
  t.after(() => second.kill("SIGKILL"));
  await until(() => crm.ids.length > 4, 60_000);
  second.kill("SIGKILL");
  await ended(second);

  const third = startDrain(place.file, url);
  t.after(() => third.kill("SIGKILL"));
  await until(() => new Set(crm.ids).size === items.length, 90_000);
  for (let waited = 0; (await openDeliveries(database)).length > 0; waited += 100) {
    assert.ok(waited < 30_000, "something still waits");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  third.kill("SIGKILL");
  await ended(third);
  const once = [...new Set(crm.ids)];
  for (let session = 0; session < sessions; session++) {
    const order = once.map((id) => Number(id.slice(6))).filter((at) => at % sessions === session);
    assert.deepEqual(
      order,
      order.toSorted((left, right) => left - right),
    );
  }
  // Only what was under way at the kill may have come twice.
  assert.ok(crm.ids.length - once.length <= sessions, `${crm.ids.length} calls for ${once.length} events`);
  for (const { id, text } of crm.calls) assert.equal(text, JSON.stringify(items[Number(id.slice(6))]?.body));
});
