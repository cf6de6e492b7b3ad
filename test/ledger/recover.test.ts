// A lost ledger that is written anew from what CXone holds: what is as declared is owned again, nothing is sent, the rest is told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { LedgerUnusable, NotAllowed } from "../../src/base/failure.ts";
import type { Entry, LedgerStore } from "../../src/contract/entry.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { recoveredEntries } from "../../src/ledger/recover.ts";
import { loadConfig } from "../../src/library/config.ts";
import { storeOf } from "../../src/library/open-ledger.ts";
import { type RecoverOptions, recoverLedger } from "../../src/library/recover.ts";
import { unlock } from "../../src/library/unlock.ts";
import { testWorld } from "../_world/world.ts";
import { a2p, batch, digital, guest, optOut, sms, webhook, whatsapp } from "../acceptance/manifests.ts";
import { type Project, scenario, stepLine } from "../acceptance/project.ts";

const attribution = { actor: "maria", operator: "otto" };
let seed = 7000;

function recover(project: Project, more: Partial<RecoverOptions> = {}) {
  project.mark();
  const { config } = loadConfig({ cwd: project.dir });
  seed += 1;
  const world = testWorld({ now: project.now, seed, env: project.env });
  return recoverLedger({ config, environment: undefined, world, attribution, ...more });
}

const isRefused = (error: unknown): boolean => error instanceof NotAllowed && error.code === "CX6004";

function lose(project: Project): void {
  renameSync(join(project.dir, "ledger"), join(project.dir, "lost"));
}

scenario("what is as declared is owned again: the plan is empty, and nothing was sent", {}, async (project) => {
  project.put(
    whatsapp("order", "the text of an order"),
    digital("greeting", "Hello"),
    sms("otp"),
    a2p("aa", "otp"),
    webhook("zz"),
  );
  await project.applied(0);
  project.double.approve("order");
  await project.applied(0);
  await project.isSettled();
  const before = JSON.parse(readFileSync(join(project.dir, "ledger/state.json"), "utf8"));
  lose(project);
  const recovered = await recover(project);
  assert.deepEqual(project.writes, []);
  const addresses = Object.keys(before.resources).sort();
  assert.equal(addresses.length, 5);
  assert.deepEqual(recovered.resources.map(({ address }) => address).sort(), addresses);
  assert.deepEqual([recovered.blocked, recovered.unmanaged, recovered.absent], [[], [], []]);
  const after = JSON.parse(readFileSync(join(project.dir, "ledger/state.json"), "utf8"));
  for (const address of addresses) {
    const [old, now] = [before, after].map((state) => state.resources[address].versions.at(-1));
    assert.deepEqual([now.remoteId, now.digest, now.status], [old.remoteId, old.digest, old.status], address);
  }
  const { config } = loadConfig({ cwd: project.dir });
  const { store } = storeOf({ config, world: testWorld({}) });
  const { entries } = await openLedger(store, { environment: "test" });
  assert.deepEqual([entries[0]?.phase, entries[0]?.action, entries[0]?.actor], ["claim", "recovered", "maria"]);
  assert.equal(entries[0]?.run, recovered.run);
  for (const entry of entries.slice(1, -1)) {
    assert.deepEqual(
      [entry.phase, entry.action, entry.reason],
      ["event", "adopted", "recovered from what CXone holds"],
    );
  }
  assert.equal(entries.at(-1)?.phase, "release");
  // What was recovered is governed as before: a change is a new version, a removal retires.
  project.put(whatsapp("order", "another text of an order"));
  await project.applied(0);
  assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active", "2 pending"]);
  project.double.approve("order_v2");
  await project.applied(0);
});

scenario(
  "other content, earlier versions, sessions and batches are told, not guessed",
  { isOpenEnded: true },
  async (project) => {
    project.put(whatsapp("order", "the first text of an order"), sms("otp"), guest("welcome"));
    project.put(batch("winter", [optOut(1)]));
    await project.applied(0);
    project.double.approve("order");
    await project.applied(0);
    project.put(whatsapp("order", "the second text of an order"));
    await project.applied(0);
    project.double.approve("order_v2");
    await project.applied(0);
    project.put(sms("new", { content: "Acme: hello {{code}}. Reply STOP to opt out." }), guest("goodbye"));
    lose(project);
    const recovered = await recover(project);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      recovered.resources.map(({ address }) => address),
      ["SmsTemplate/otp", "GuestSession/welcome"],
    );
    assert.deepEqual(
      recovered.blocked.map((row) => [row.address, row.by]),
      [["WhatsAppTemplate/order/en_US", "unowned"]],
    );
    // Its name ends like a second version's, which proves nothing.
    assert.deepEqual(
      recovered.unmanaged.map((row) => row.address),
      ["WhatsAppTemplate/order_v2/en_US"],
    );
    assert.deepEqual(recovered.absent, ["SmsTemplate/new"]);
    assert.deepEqual(recovered.sessions, ["GuestSession/goodbye"]);
    assert.deepEqual(recovered.batches, ["PreferenceBatch/winter"]);
    const plan = await project.plan();
    assert.deepEqual(plan.steps.map(stepLine).sort(), [
      "create SmsTemplate/new",
      "records PreferenceBatch/winter",
      "send GuestSession/goodbye",
    ]);
  },
);

scenario(
  "a session is found by the keys that its manifest can have had, and is not sent again",
  { isOpenEnded: true },
  async (project) => {
    project.put(guest("first"), guest("refused", { generation: 3 }));
    for (let time = 0; time < 2; time += 1) {
      project.double.fault({ family: "engage", method: "POST", path: /guests$/, when: "before", how: 400, times: 2 });
      await project.applied(4);
    }
    await project.applied(0);
    const sent = project.double.guests.map(({ sessionId }) => sessionId).sort();
    assert.equal(sent.length, 2);
    lose(project);
    const { resources, sessions } = await recover(project);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(resources.map(({ remoteId }) => remoteId).sort(), sent);
    assert.deepEqual(
      resources.map(({ address, version }) => `${address} ${version}`),
      ["GuestSession/first 1", "GuestSession/refused 3"],
    );
    assert.deepEqual(sessions, []);
    assert.deepEqual((await project.plan()).steps, []);
    await project.applied(0);
    assert.equal(project.double.guests.length, 2);
    // So is one that was renamed since.
    project.drop(guest("first"));
    project.put(guest("second", {}, { renamedFrom: "first" }));
    renameSync(join(project.dir, "ledger"), join(project.dir, "lost too"));
    assert.deepEqual((await recover(project)).sessions, []);
    assert.deepEqual((await project.plan()).steps, []);
    // Governed as before: other content without another generation is refused, another generation is sent.
    project.put(
      guest("second", { metadata: { campaign: "spring" } }, { renamedFrom: "first" }),
      guest("refused", { generation: 4 }),
    );
    const { steps, blocked } = await project.plan();
    assert.deepEqual(steps.map(stepLine), ["send GuestSession/refused"]);
    assert.deepEqual(
      blocked.map(({ address, by }) => [address, by]),
      [["GuestSession/second", "forbid"]],
    );
  },
);

scenario("a recovery that was cut off is no ledger to go on with", { isOpenEnded: true }, async (project) => {
  project.put(sms("otp"), guest("welcome"));
  await project.applied(0);
  lose(project);
  const { config } = loadConfig({ cwd: project.dir });
  const { store } = storeOf({ config, world: testWorld({}) });
  // The disk took the claim and the first event, not the session's.
  const torn: LedgerStore = {
    ...store,
    append: async ({ state: _state, ...change }) => {
      const lines = change.lines.slice(0, 2);
      const { seq, hash, run } = JSON.parse(lines.at(-1) as string) as Entry;
      await store.append({ ...change, lines, head: { ...change.head, seq, hash, run } });
      throw new LedgerUnusable("the power is gone", { hint: "" });
    },
  };
  await assert.rejects(recover(project, { store: torn }), LedgerUnusable);
  const sent = project.double.guests.length;
  await assert.rejects(project.applied(0), isRefused);
  const world = { ...testWorld({ env: project.env }), isDead: async () => true };
  await assert.rejects(unlock({ config, environment: undefined, world, actor: "maria" }), isRefused);
  assert.equal(project.double.guests.length, sent);
  renameSync(join(project.dir, "ledger"), join(project.dir, "half"));
  assert.equal((await recover(project)).resources.length, 2);
  await project.applied(0);
  assert.equal(project.double.guests.length, sent, "no session goes twice");
});

scenario("a ledger that is not empty is refused, whole or damaged, and a no writes nothing", {}, async (project) => {
  project.put(sms("otp"));
  await project.applied(0);
  await assert.rejects(recover(project), isRefused);
  rmSync(join(project.dir, "ledger/HEAD.json"));
  rmSync(join(project.dir, "ledger/state.json"));
  await assert.rejects(recover(project), isRefused);
  lose(project);
  let shown: readonly string[] = [];
  const declined = await recover(project, {
    confirm: async ({ resources }) => {
      shown = resources.map(({ address }) => address);
      return false;
    },
  });
  assert.deepEqual([shown, declined.run], [["SmsTemplate/otp"], undefined]);
  assert.equal(existsSync(join(project.dir, "ledger")), false);
  const recovered = await recover(project);
  assert.notEqual(recovered.run, undefined);
});

scenario(
  "a ledger on a branch is chosen by the config, applied to, lost and recovered",
  {
    environment: { ledger: { branch: "cxform-ledger/test" } },
    env: { PATH: process.env["PATH"] ?? "" },
    isOpenEnded: true,
  },
  async (project) => {
    const git = (...words: readonly string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@a", ...words], {
        cwd: project.dir,
        encoding: "utf8",
      });
    git("init", "-q", "-b", "main");
    git("commit", "-q", "--allow-empty", "-m", "begin");
    project.put(sms("otp"), webhook("zz"));
    await project.applied(0);
    await project.isSettled();
    const { config } = loadConfig({ cwd: project.dir });
    const { store } = storeOf({ config, world: testWorld({ env: project.env }) });
    assert.equal(store.label, "branch cxform-ledger/test");
    assert.equal((await openLedger(store, { environment: "test" })).openClaim, undefined);
    assert.equal(existsSync(join(project.dir, "ledger")), false);
    git("update-ref", "-d", "refs/heads/cxform-ledger/test");
    assert.equal((await recover(project)).resources.length, 2);
    assert.deepEqual((await project.isSettled()).steps, []);
  },
);

test("recovered entries are facts alone: no content, and one event an object", () => {
  const { drafts, contents } = recoveredEntries(
    [
      {
        address: "SmsTemplate/otp",
        version: 1,
        digest: "d".repeat(64),
        content: { content: "x" },
        remoteId: "id",
        remoteName: "otp",
        status: "active",
      },
    ],
    "2026-11-20T10:00:00.000Z",
  );
  assert.deepEqual(drafts, [
    {
      phase: "event",
      action: "adopted",
      address: "SmsTemplate/otp",
      version: 1,
      digest: "d".repeat(64),
      remoteId: "id",
      remoteName: "otp",
      status: "active",
      reason: "recovered from what CXone holds",
      observedAt: "2026-11-20T10:00:00.000Z",
    },
  ]);
  assert.deepEqual(contents, [{ digest: "d".repeat(64), content: { content: "x" } }]);
});
