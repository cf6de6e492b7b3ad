// The receiver as a real process: killed in the middle, with the CRM down, beside another instance, under a tracer.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engines } from "./engines.ts";
import { serveProcess, startHook } from "./process.ts";
import { guest, post, projectDir, routes } from "./served.ts";

const waitFor = async (what: string, condition: () => boolean, limitMs = 60_000): Promise<void> => {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) assert.fail(`${what}: still not so after ${limitMs} ms`);
    await sleep(50);
  }
};

const withCrm = (url: string) => ({
  simulator: {},
  receiver: { secret: { fromEnv: "HOOK_SECRET" } },
  hooks: { crm: { url } },
});

for (const engine of engines) {
  test(
    `${engine.name}: 22 deliveries of one event, killed in between, with the CRM down at first, are forwarded once`,
    engine.options,
    async (t) => {
      const crm = await startHook(t);
      crm.setDown(true);
      const project = projectDir(t, withCrm(crm.url));
      const place = await engine.place(t);
      const env: Record<string, string> = "url" in place ? { CXFORM_DATABASE_URL: place.url } : {};
      let taken = 0;
      for (let life = 0; life < 3; life += 1) {
        const receiver = await serveProcess(t, project, { env });
        const copies = Array.from({ length: life === 2 ? 6 : 8 }, () =>
          post(receiver.url + routes.guest, guest("s1"), { id: "msg_one" }).then(
            (status) => {
              if (status === 202) taken += 1;
            },
            () => undefined,
          ),
        );
        if (life === 1) await sleep(20);
        else await Promise.all(copies);
        if (life === 2) {
          await waitFor("an attempt while the CRM is down", () => crm.refused() > 0);
          crm.setDown(false);
          await waitFor("the delivery", () => crm.received.length > 0);
          await sleep(1_000);
          assert.equal(await receiver.end("SIGTERM"), 0, receiver.err());
        } else {
          assert.equal(await receiver.end("SIGKILL"), null);
          await Promise.all(copies);
        }
      }
      assert.ok(taken >= 14);
      assert.equal(crm.received.length, 1);
      assert.deepEqual(
        { ...crm.received[0]?.body, syncedAt: "" },
        {
          cxoneSessionId: "s1",
          eventType: "session.created",
          channelState: "ACTIVE",
          metadata: { campaign: "winter" },
          syncedAt: "",
        },
      );
    },
  );
}

const [, postgres] = engines;

test(
  "two instances on one PostgreSQL, one of them killed: each event is forwarded, in order per session",
  postgres?.options ?? {},
  async (t) => {
    const crm = await startHook(t);
    const place = await (postgres as (typeof engines)[number]).place(t);
    const env = { CXFORM_DATABASE_URL: (place as { readonly url: string }).url };
    // Each on a machine of its own: only the database is shared.
    const [one, two] = await Promise.all([
      serveProcess(t, projectDir(t, withCrm(crm.url)), { env }),
      serveProcess(t, projectDir(t, withCrm(crm.url)), { env }),
    ]);
    const sessions = ["a", "b", "c", "d"];
    const sent: string[] = [];
    for (let at = 0; at < 12; at += 1) {
      if (at === 6) await two.end("SIGKILL");
      await Promise.all(
        sessions.map(async (session, index) => {
          const id = `msg_${session}_${at}`;
          const first = (at + index) % 2 === 0 || at >= 6 ? one : two;
          // Whoever gets no answer asks the other one, as a balancer does.
          const status = await post(first.url + routes.guest, guest(session, `message.${at}`), { id }).catch(() => 0);
          if (status !== 202)
            assert.equal(await post(one.url + routes.guest, guest(session, `message.${at}`), { id }), 202);
          sent.push(id);
        }),
      );
    }
    const unique = () => new Map(crm.received.map(({ id, body }) => [id, body]));
    await waitFor("every delivery", () => unique().size === sent.length);
    assert.equal(await one.end("SIGTERM"), 0);
    assert.ok(crm.received.length <= sent.length + 16, "no more than what the killed one had under way came twice");
    for (const session of sessions) {
      const order = [...unique().values()].filter((body) => body["cxoneSessionId"] === session);
      assert.deepEqual(
        order.map((body) => body["eventType"]),
        Array.from({ length: 12 }, (_, at) => `message.${at}`),
      );
    }
  },
);

const strace = spawnSync("strace", ["-V"]).error === undefined;

test(
  "the embedded engine syncs the disk before an event is acknowledged",
  strace ? {} : { skip: "no strace: install it to run this" },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "cxform-trace-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const trace = join(folder, "trace");
    const project = projectDir(t);
    const under = [
      "strace",
      // The tracer stands aside, so that the process that is started and killed is the receiver.
      "-D",
      "-f",
      "-y",
      "-s",
      "64",
      "-o",
      trace,
      "-e",
      "trace=fsync,fdatasync,write,writev,pwrite64,sendto",
    ];
    const receiver = await serveProcess(t, project, { under });
    for (let at = 0; at < 5; at += 1) {
      assert.equal(await post(receiver.url + routes.guest, guest(`session-of-the-trace-${at}`)), 202);
      await sleep(50);
    }
    const lines = readFileSync(trace, "utf8").split("\n");
    const acknowledgements = lines.flatMap((line, at) => (line.includes("HTTP/1.1 202") ? [at] : []));
    assert.equal(acknowledgements.length, 5);
    let from = lines.findIndex(
      (line) => line.includes("session-of-the-trace-0") || line.includes("receiver-test.db-wal"),
    );
    for (const at of acknowledgements) {
      const between = lines.slice(Math.max(0, from), at);
      const lastWrite = between.findLastIndex((line) => /pwrite64\(.*receiver-test\.db-wal/.test(line));
      const lastSync = between.findLastIndex((line) => /f(?:data)?sync\(.*receiver-test\.db-wal/.test(line));
      assert.ok(lastWrite >= 0, "the log was written");
      assert.ok(lastSync > lastWrite, "and synced after that, before the answer");
      from = at + 1;
    }
  },
);

test("without its secret the command ends with 1 and names the variable; a signal ends it with 0", async (t) => {
  const project = projectDir(t);
  await assert.rejects(serveProcess(t, { ...project, env: {} }), /it ended with 1: [\s\S]*HOOK_SECRET/);
  const receiver = await serveProcess(t, project);
  assert.equal((await fetch(`${receiver.url}/readyz`)).status, 200);
  assert.equal(await receiver.end("SIGINT"), 0);
});
