import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openJournal } from "../../src/simulator/journal.ts";
import { startSimulator } from "../../src/simulator/simulator.ts";
import { Store } from "../../src/simulator/store.ts";
import { bundledModule } from "../_world/bundled.ts";
import { BATCH, consent, SMS, START, start, WHATSAPP, whatsApp } from "./caller.ts";

function folder(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "cxform-simulator-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const changesIn = (dir: string): string => {
  const name = readdirSync(dir).find((file) => file.endsWith(".ndjson"));
  assert.ok(name);
  return join(dir, name);
};

test("a second process sees the decision by elapsed time alone", async (context) => {
  const stateDir = folder(context);
  const first = await start(context, { stateDir, reviewDelayMs: 2000 });
  const { body } = await first.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("order"), key: "k" });
  await first.simulator.close();
  const second = await start(context, { stateDir, reviewDelayMs: 2000 });
  second.clock.at = START + 2000;
  const seen = await second.call("omnichannel", `${WHATSAPP}/${body.id}`);
  assert.equal(seen.body.status, "APPROVED");
  const replayed = await second.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("order"), key: "k" });
  assert.deepEqual([replayed.status, replayed.body.id], [201, body.id]);
  const other = await second.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("other") });
  assert.notEqual(other.body.id, body.id);
});

test("everything stored comes back after a restart", async (context) => {
  const stateDir = folder(context);
  const first = await start(context, { stateDir, jobMs: 0 });
  await first.call("messaging", SMS, {
    method: "POST",
    body: { name: "otp", content: "code {{code}}", from_address: "12345" },
  });
  await first.call("preferences", BATCH, {
    method: "POST",
    body: [consent()],
    headers: { "x-conflict-resolution": "timestamp-wins" },
  });
  const { world } = first.simulator;
  const before = [world.list("sms"), world.list("preferences")];
  const etag = (await first.call("messaging", SMS)).body.items[0].etag;
  await first.simulator.close();
  const second = await start(context, { stateDir });
  assert.deepEqual([second.simulator.world.list("sms"), second.simulator.world.list("preferences")], before);
  assert.equal((await second.call("messaging", SMS)).body.items[0].etag, etag);
});

test("two simulators on one folder see each other's writes at once", async (context) => {
  const stateDir = folder(context);
  const left = await start(context, { stateDir });
  const right = await start(context, { stateDir });
  const names = ["a", "b", "c", "d", "e", "f"];
  const answers = await Promise.all(
    names.flatMap((name) =>
      [left, right].map(({ call }) => call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp(name) })),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [...names.map(() => 201), ...names.map(() => 409)]);
  assert.deepEqual(left.simulator.world.list("whatsapp"), right.simulator.world.list("whatsapp"));
  assert.equal(new Set(left.simulator.world.list("whatsapp").map(({ id }) => id)).size, names.length);
});

for (const [form, tail] of [
  ["begun", `[["whatsapp","x",{"id":"x","name":"${"x".repeat(5000)}`],
  ["ended", `${"\0".repeat(5000)}"}]]\n`],
] as const) {
  test(`a line that was only ${form} is cut: what was never answered never happened`, (context) =>
    cutTail(context, tail));
}

async function cutTail(context: TestContext, tail: string): Promise<void> {
  const stateDir = folder(context);
  const first = await startSimulator({ stateDir });
  first.world.createTemplate({ name: "kept", language: "en", body: "words" });
  await first.close();
  appendFileSync(changesIn(stateDir), tail);
  const second = await startSimulator({ stateDir });
  second.world.createTemplate({ name: "next", language: "en", body: "other words" });
  await second.close();
  const third = await startSimulator({ stateDir });
  context.after(() => third.close());
  assert.deepEqual(
    third.world.list("whatsapp").map(({ name }) => name),
    ["kept", "next"],
  );
}

test("damage is reported, not passed over, and another folder is refused", async (context) => {
  const stateDir = folder(context);
  const first = await startSimulator({ stateDir });
  first.world.createTemplate({ name: "kept", language: "en", body: "words" });
  await first.close();
  const file = changesIn(stateDir);
  writeFileSync(file, `nonsense\n${readFileSync(file, "utf8")}`);
  await assert.rejects(startSimulator({ stateDir }), /is damaged: remove its folder/);
  const other = folder(context);
  writeFileSync(join(other, "state.json"), '{"formatVersion":2}');
  await assert.rejects(startSimulator({ stateDir: other }), /not a simulator's state of format 1/);
});

test("changes that outgrow the snapshot become a new one, also under another reader's feet", (context) => {
  const dir = folder(context);
  const writer = new Store(openJournal(dir));
  const reader = new Store(openJournal(dir));
  const row = (index: number) => ({ id: String(index), record: { text: "x".repeat(10_000), index } });
  for (let index = 0; index < 250; index += 1) {
    writer.write(() => writer.put("audit", String(index), row(index)));
    if (index % 50 === 0)
      assert.equal(
        reader.read(() => reader.ids("audit").length),
        index + 1,
      );
  }
  assert.match(changesIn(dir), /changes-[2-9]\.ndjson$/);
  assert.equal(readdirSync(dir).filter((name) => name.endsWith(".ndjson")).length, 1);
  reader.write(() => reader.remove("audit", "3"));
  const late = new Store(openJournal(dir));
  assert.deepEqual(late.ids("audit"), reader.ids("audit"));
  assert.equal(
    writer.read(() => writer.get("audit", "3")),
    undefined,
  );
  assert.equal(late.ids("audit").length, 249);
});

test("a turn that throws leaves nothing behind", (context) => {
  const dir = folder(context);
  const store = new Store(openJournal(dir));
  store.write(() => store.put("counters", "a", { last: 1 }));
  assert.throws(
    () =>
      store.write(() => {
        store.put("counters", "a", { last: 2 });
        store.put("counters", "b", { last: 2 });
        throw new Error("no");
      }),
    /no/,
  );
  assert.deepEqual([store.get("counters", "a"), store.get("counters", "b")], [{ last: 1 }, undefined]);
  assert.deepEqual(new Store(openJournal(dir)).ids("counters"), ["a"]);
  assert.throws(() => store.put("counters", "c", { last: 3 }), /outside a turn/);
});

test("what was answered survives kill -9, and the lock of the dead is taken over", async (context) => {
  const stateDir = folder(context);
  const script = `
    import { writeFileSync } from "node:fs";
    import { startSimulator } from ${JSON.stringify(await bundledModule("src/simulator/simulator.ts"))};
    const simulator = await startSimulator({ stateDir: ${JSON.stringify(stateDir)} });
    for (let index = 0; index < 20; index += 1) {
      simulator.world.createTemplate({ name: "t" + index, language: "en", body: "words " + index });
    }
    writeFileSync(${JSON.stringify(join(stateDir, "lock"))}, String(process.pid));
    process.kill(process.pid, "SIGKILL");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  const signal = await new Promise((resolve) => child.on("exit", (_, name) => resolve(name)));
  assert.equal(signal, "SIGKILL");
  const simulator = await startSimulator({ stateDir });
  context.after(() => simulator.close());
  assert.equal(simulator.world.list("whatsapp").length, 20);
});
