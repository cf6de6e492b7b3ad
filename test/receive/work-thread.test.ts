// The thread beside the one that takes events, in the real program: what is done there holds up no answer, takes nothing from under the inbox, and does not die unnoticed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, type EventRow, openDatabase } from "../../src/receive/database.ts";
import { bundled } from "../_world/bundled.ts";
import { serveProcess } from "./process.ts";
import { guest, type ProjectDir, post, projectDir, routes } from "./served.ts";

async function soon(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); await sleep(5))
    assert.ok(Date.now() < end, `${what}: still not there`);
}

const open = ({ dir }: ProjectDir): Promise<Database> =>
  openDatabase({ file: join(dir, ".cxform", "receiver-test.db") });

const callbacksIn = ({ dir }: ProjectDir): readonly string[] => {
  const folder = join(dir, "ledger", "audit");
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ndjson"))
    : [];
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/"idempotencyKey":"(evt_\d+)"/g)].map(
      ([, id]) => id as string,
    ),
  );
};

/** Events that an earlier receiver took and did not come to record. */
async function leaveUnrecorded(project: ProjectDir, count: number): Promise<void> {
  const database = await open(project);
  const row = (at: number): EventRow => ({
    id: `evt_${at}`,
    route: "cxone-guest",
    received_at: 1_795_000_000_000 + at,
    sent_at: 1_795_000_000_000 + at,
    body: JSON.stringify(guest(`session-${at}`)),
    status: "done",
    session: `session-${at}`,
    digest: "",
    recorded_at: null,
  });
  await database.transaction(async (sql) => {
    for (let at = 0; at < count; at += 500) {
      const rows = Array.from({ length: Math.min(500, count - at) }, (_, index) => row(at + index));
      await sql.insertInto("events").values(rows).execute();
    }
  });
  await database.close();
}

test("events are acknowledged before a long trail is in the ledger, and a kill in between doubles nothing", async (t) => {
  const project = projectDir(t);
  const count = 20_000;
  await leaveUnrecorded(project, count);
  const first = await serveProcess(t, project);
  // Recording begins with the receiver. Whoever is answered while it goes on was not held up by it.
  assert.equal(await post(first.url + routes.guest, guest("s1"), { id: "msg_meanwhile" }), 202);
  assert.ok(callbacksIn(project).length < count, "the answer waited for the ledger");
  await soon("the first entries", () => callbacksIn(project).length > 0);
  await first.end("SIGKILL");
  const killedAt = callbacksIn(project).length;
  const second = await serveProcess(t, project);
  assert.equal(await second.end("SIGTERM"), 0, second.err());
  const recorded = callbacksIn(project);
  assert.equal(new Set(recorded).size, count, `killed at ${killedAt}`);
  assert.equal(recorded.length, count, `killed at ${killedAt}`);
  const verified = cxform(project, await bundled(), ["audit", "verify"]);
  assert.equal(verified.status, 0, verified.stderr);
});

function cxform({ dir, env }: ProjectDir, program: string, words: readonly string[]) {
  return spawnSync(process.execPath, [program, ...words], {
    cwd: dir,
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
  });
}

test("another process that opens and closes the file takes nothing from under the receiver", async (t) => {
  const project = projectDir(t);
  const receiver = await serveProcess(t, project);
  const ids = Array.from({ length: 12 }, (_, at) => `msg_${at}`);
  for (const id of ids) {
    assert.equal(await post(receiver.url + routes.guest, guest("s1"), { id }), 202);
    // Closing any descriptor of the file ends the locks of its whole process: a stranger then takes itself for the last one, and removes the log.
    const listed = cxform(project, await bundled(), ["events", "list"]);
    assert.equal(listed.status, 0, listed.stderr);
    assert.ok(existsSync(join(project.dir, ".cxform", "receiver-test.db-wal")), `the log is gone after ${id}`);
  }
  await receiver.end("SIGKILL");
  const database = await open(project);
  t.after(() => database.close());
  const rows = await database.run((sql) => sql.selectFrom("events").select("id").execute());
  assert.deepEqual(rows.map(({ id }) => id).sort(), ids.toSorted());
});

/** The program with another thread in it. */
async function withThread(t: TestContext, text: string): Promise<string> {
  const program = await bundled();
  const folder = mkdtempSync(resolve("node_modules/.cache/cxform-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dirname(program), folder, { recursive: true });
  writeFileSync(join(folder, "work-program.js"), text);
  return join(folder, "cxform.js");
}

const opened = `import { parentPort } from "node:worker_threads";
parentPort.on("message", (order) => { if (order.do === "begin") end(); });
parentPort.postMessage({ is: "open" });
`;

for (const [how, text, told] of [
  ["throws", `${opened}function end() { throw new TypeError("planted"); }`, /a bug in cxform: planted/],
  ["exits", `${opened}function end() { process.exit(0); }`, /a bug in cxform: the thread .* has ended by itself/],
  ["never opens", "throw new TypeError('planted');", /a bug in cxform: planted/],
] as const) {
  test(`a thread that ${how} ends the receiver, with 70`, async (t) => {
    const ended = cxform(projectDir(t), await withThread(t, text), ["serve", "--port", "0"]);
    assert.equal(ended.status, 70, ended.stdout + ended.stderr);
    assert.match(ended.stderr, told);
  });
}

test("what the work refuses is told as ever: its code, its place, its exit", async (t) => {
  const project = projectDir(t, {
    simulator: {},
    receiver: { secret: { fromEnv: "HOOK_SECRET" } },
    hooks: { cms: { url: { fromEnv: "CMS_URL" } } },
  });
  const refused = cxform(project, await bundled(), ["serve", "--port", "0"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /CMS_URL is not set \[CX8015\]/);
  writeFileSync(join(project.dir, ".cxform"), "a file where the folder belongs");
  const unusable = cxform(
    { ...project, env: { ...project.env, CMS_URL: "https://cms.example/hook" } },
    await bundled(),
    ["serve", "--port", "0"],
  );
  assert.equal(unusable.status, 4, unusable.stderr);
  assert.match(unusable.stderr, /the database .* cannot be used/);
});

test("/metrics tells what the thread counts and what waits, also on its own port alone", async (t) => {
  const receiver = await serveProcess(t, projectDir(t));
  assert.equal(await post(receiver.url + routes.status, { templateId: "t1", status: "APPROVED" }), 202);
  const text = async () => (await fetch(`${receiver.url}/metrics`)).text();
  await soon("the settle", async () => (await text()).includes('cxform_receiver_wakes_total{outcome="ok"} 1'));
  assert.match(await text(), /^cxform_receiver_events_unrecorded [01]$/m);
  assert.equal(await receiver.end("SIGTERM"), 0, receiver.err());
});
