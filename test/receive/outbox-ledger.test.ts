// From an apply to the hooks: what goes out, to whom, in which form, once; also from a machine that has no database.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import type { World } from "../../src/contract/world.ts";
import { apply, settle } from "../../src/library/apply.ts";
import { listEntries } from "../../src/library/audit.ts";
import { flushEvents, listEvents } from "../../src/library/events.ts";
import { keyOf, verify } from "../../src/receive/signature.ts";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { optOut, otp, parcel } from "../cli/program.ts";
import { type Place, place } from "../commands/place.ts";
import { startTarget, type TargetServer } from "./target-server.ts";

const attribution = { actor: "kim", operator: "otto" };
const secret = "a-secret-of-the-tests-of-some-length";

interface Scene {
  readonly here: Place;
  readonly cms: TargetServer;
  readonly marketing: TargetServer;
  readonly notify: TargetServer;
  world(): World;
  apply(): ReturnType<typeof apply>;
  settle(): ReturnType<typeof settle>;
  flush(): ReturnType<typeof flushEvents>;
}

async function scene(
  t: TestContext,
  environment: Readonly<Record<string, unknown>> = {},
  simulated: SimulatorOptions = {},
): Promise<Scene> {
  const [cms, marketing, notify] = [await startTarget(t), await startTarget(t), await startTarget(t)];
  const here = await place(
    t,
    {
      hooks: {
        cms: { url: `${cms.url}/cms`, secret: { fromEnv: "HOOK_SECRET" } },
        marketing: `${marketing.url}/marketing`,
        notify: { url: { fromEnv: "NOTIFY_URL" }, format: "json" },
        auditSink: true,
      },
      ...environment,
    },
    simulated,
  );
  here.env["HOOK_SECRET"] = secret;
  here.env["NOTIFY_URL"] = `${notify.url}/notify?key=of-the-hook`;
  here.now = Date.now();
  const real = realWorld();
  // The targets are not asked through fetch: the virtual clock would not wait for them.
  const start = here.now;
  const now = () => Math.max(here.now, real.clock.now() + here.now - start);
  const world = (): World => ({ ...here.world(), clock: { ...real.clock, now } });
  return {
    here,
    cms,
    marketing,
    notify,
    world,
    apply: () => apply({ ...here.options(), attribution }),
    settle: () => settle({ ...here.options(), attribution }),
    flush: () => flushEvents({ config: here.config, world: world(), attribution, forMs: 10_000 }),
  };
}

const bodies = (target: TargetServer): readonly Record<string, unknown>[] =>
  target.calls.map(({ text }) => JSON.parse(text) as Record<string, unknown>);

const registration = `apiVersion: cxform/v1
kind: A2pRegistration
metadata: { name: otp }
spec:
  template: otp
  campaignName: Juniper sign-in codes
  messageClass: 2FA
  optInLanguage: "Customers tick an unticked box below their mobile number that reads: text me a code when I sign in."
`;

const booking = `apiVersion: cxform/v1
kind: DigitalTemplate
metadata: { name: booking }
spec:
  locale: en-US
  channels: [messenger]
  contentBlocks: [{ id: main, type: text, content: "Hello {{customer.name}}, your table is booked." }]
  variables: [customer.name]
`;

test("an apply and a settle tell the CMS, the marketing hook, people and CXone's audit log what CXone decided", async (t) => {
  const all = await scene(t);
  const { here, cms, marketing, notify } = all;
  here.write("templates/otp.yaml", otp);
  here.write("templates/parcel.yaml", parcel);
  here.write("templates/booking.yaml", booking);
  here.write("templates/registration.yaml", registration);
  here.write("preferences/crm.yaml", optOut);
  assert.equal((await all.apply()).exit, 0);
  assert.deepEqual(
    [cms.calls.length, marketing.calls.length, notify.calls.length],
    [0, 0, 0],
    "an apply sends nothing",
  );
  const [template] = here.simulator.world.list("whatsapp");
  here.now += 60_000;
  here.simulator.world.decide(String(template?.["id"]), "REJECTED", "TAG_CONTENT_MISMATCH <!channel>");
  await all.settle();
  const flushed = await all.flush();
  assert.deepEqual([flushed.exit, flushed.waiting, flushed.dead, flushed.isRecorded], [0, 0, 0, true]);

  const told = bodies(cms);
  const of = (name: string) => told.filter((body) => body["name"] === name && body["eventType"] === undefined);
  assert.deepEqual(
    of("parcel").map((body) => [body["status"], body["rejected"], body["reason"]]),
    [
      ["PENDING", false, null],
      ["REJECTED", true, "TAG_CONTENT_MISMATCH <!channel>"],
    ],
  );
  const [, rejected] = of("parcel");
  assert.deepEqual(Object.keys(rejected ?? {}).sort(), [
    "language",
    "latencyMs",
    "name",
    "reason",
    "rejected",
    "remoteName",
    "status",
    "syncedAt",
    "templateId",
    "version",
  ]);
  assert.deepEqual(
    [rejected?.["templateId"], rejected?.["language"], rejected?.["remoteName"], rejected?.["version"]],
    [template?.["id"], "en", "parcel", 1],
  );
  assert.ok(Number(rejected?.["latencyMs"]) >= 0);
  const persisted = told.filter((body) => body["eventType"] === "TEMPLATE_VERSION_UPDATED");
  assert.equal(persisted.length, 1);
  const { webhookId, timestamp, ...rest } = persisted[0] as Record<string, unknown>;
  assert.deepEqual(rest, {
    eventType: "TEMPLATE_VERSION_UPDATED",
    data: {
      templateId: "booking.en-US",
      version: "v1.0",
      status: "COMPLETED",
      syncTarget: "external-cms",
      validationPassed: true,
    },
    name: "booking",
    remoteName: "booking.en-US",
    locale: "en-US",
  });
  assert.ok(cms.ids.includes(String(webhookId)) && Number.isInteger(timestamp));
  const key = keyOf(secret) as Uint8Array;
  for (const { headers, text } of cms.calls) {
    const header = (name: string) => headers[name] as string;
    const signed = {
      id: header("webhook-id"),
      timestamp: header("webhook-timestamp"),
      signature: header("webhook-signature"),
    };
    assert.equal(verify([key], signed, Buffer.from(text), Date.now()).isValid, true);
  }

  assert.equal(marketing.calls.length, 1);
  const batch = bodies(marketing)[0] as { event: string; payload: Record<string, unknown>[] };
  assert.equal(batch.event, "preferences.batch.updated");
  assert.deepEqual(
    batch.payload.map(({ contactId, channel, optIn, status }) => [contactId, channel, optIn, status]),
    [["aeb7b9c9-c520-4c90-bf00-30191c716404", "email", false, "created"]],
  );

  const lines = bodies(notify).map(({ event, message }) => `${event}: ${message}`);
  assert.deepEqual(lines, [
    "rejected: test: WhatsAppTemplate/parcel/en version 1 was rejected: TAG_CONTENT_MISMATCH <!channel>",
  ]);
  assert.equal(notify.calls[0]?.path, "/notify?key=of-the-hook");

  const sunk = here.simulator.world.list("audit");
  assert.deepEqual(sunk.map((one) => [one["action"], one["status"], one["operator_id"], one["carrier_ready"]]).sort(), [
    ["TEMPLATE_APPROVAL", "APPROVED", "otto", false],
    ["TEMPLATE_APPROVAL", "REGISTERED", "otto", true],
  ]);
  const [sms] = here.simulator.world.list("sms");
  for (const one of sunk) assert.equal(one["template_id"], sms?.["id"]);

  // No hook sees anything of CXone's credentials.
  for (const { headers, text } of [cms, marketing, notify].flatMap(({ calls }) => calls)) {
    assert.equal(headers.authorization, undefined);
    assert.ok(
      !JSON.stringify(headers).includes(here.simulator.client.secret) && !text.includes(here.simulator.client.secret),
    );
  }
  // The ledger has each delivery, without its body.
  const { entries } = await listEntries(here.options());
  const recorded = entries.filter(({ action }) => action === "delivery");
  assert.equal(recorded.length, cms.calls.length + marketing.calls.length + notify.calls.length + sunk.length);
  assert.ok(recorded.every(({ outcome }) => outcome === "ok"));
  assert.ok(!JSON.stringify(entries).includes("aeb7b9c9"));
});

test("nothing goes out twice: not by another flush, nor from a machine that has no database", async (t) => {
  const all = await scene(t);
  const { here, cms } = all;
  here.write("templates/parcel.yaml", parcel);
  await all.apply();
  here.now += 60_000;
  await all.settle();
  const database = join(here.dir, ".cxform");
  // The machine of the apply is gone: the ledger still has all to tell, under the ids that it had.
  const waiting = (await listEvents({ config: here.config, world: all.world() })).deliveries.map(({ id }) => id);
  rmSync(database, { recursive: true, force: true });
  assert.equal((await all.flush()).exit, 0);
  assert.deepEqual(cms.ids.toSorted(), waiting.toSorted());
  assert.equal(cms.ids.length, 2);
  await all.flush();
  rmSync(database, { recursive: true, force: true });
  const again = await all.flush();
  assert.deepEqual([again.delivered, cms.calls.length], [0, 2]);
});

test("a database that cannot be used fails no apply: it is a warning, and the ledger tells later", async (t) => {
  const all = await scene(t);
  const { here, cms } = all;
  here.write("templates/parcel.yaml", parcel);
  here.write(".cxform", "a file where the folder belongs");
  const warnings: string[] = [];
  const applied = await apply({
    ...here.options(),
    attribution,
    onWarning: ({ code }) => warnings.push(code),
  });
  assert.deepEqual([applied.exit, warnings], [0, ["CX8026"]]);
  rmSync(join(here.dir, ".cxform"));
  await all.flush();
  assert.equal(cms.ids.length, 1);
});

test("a target that is down leaves the flush red, and what waits for the next one", async (t) => {
  const all = await scene(t);
  const { here, cms } = all;
  here.write("templates/parcel.yaml", parcel);
  await all.apply();
  cms.answer = () => 503;
  const red = await flushEvents({ config: here.config, world: all.world(), attribution, forMs: 1_500 });
  assert.deepEqual([red.exit, red.waiting, red.delivered], [3, 1, 0]);
  assert.ok(red.deliveries[0]?.error?.includes("503") && red.deliveries[0].attempts > 0);
  cms.answer = () => 200;
  const green = await all.flush();
  assert.deepEqual([green.exit, green.delivered], [0, 1]);
  assert.equal(new Set(cms.calls.map(({ id }) => id)).size, 1);
});

test("an overdue decision, drift and an unmanaged object are told once each", async (t) => {
  const all = await scene(t, { overdueAfter: "1h" }, { decisions: [{ match: "parcel", decision: "never" }] });
  const { here, notify } = all;
  here.write("templates/otp.yaml", otp);
  here.write("templates/parcel.yaml", parcel);
  await all.apply();
  const lines = async () => {
    await all.flush();
    return bodies(notify).map(({ event, message }) => `${event}: ${message}`);
  };
  assert.deepEqual(await lines(), []);
  const [template] = here.simulator.world.list("whatsapp");
  assert.equal(template?.["status"], "PENDING");
  here.now += 2 * 3_600_000;
  await all.settle();
  const [overdue, ...others] = await lines();
  assert.match(
    String(overdue),
    /^overdue: test: WhatsAppTemplate\/parcel\/en version 1 waits for a decision longer than usual: submitted at /,
  );
  assert.deepEqual(others, []);
  // By hand, at CXone's console: other words, and two templates that nobody declared.
  const [sms] = here.simulator.world.list("sms");
  here.simulator.world.edit("sms", String(sms?.["id"]), { content: "Somebody else's words {{code}}" });
  for (const name of ["stray_one", "stray_two"])
    here.simulator.world.createTemplate({ name, language: "en", body: `Hello from ${name}` });
  here.now += 3_600_000;
  await all.settle();
  const told = (await lines()).slice(1);
  assert.equal(told.length, 1);
  assert.match(String(told[0]), /^drift: test: 3 objects in CXone differ from what was applied: .*SmsTemplate\/otp \(/);
  assert.match(String(told[0]), /WhatsAppTemplate\/stray_one\/en .*WhatsAppTemplate\/stray_two\/en/);
  here.now += 3_600_000;
  await all.settle();
  assert.equal((await lines()).length, 2);
});

test("without hooks no database is opened and no delivery is recorded", async (t) => {
  const here = await place(t);
  here.write("templates/parcel.yaml", parcel);
  await here.apply();
  assert.equal(here.has(".cxform"), false);
  assert.ok(!readFileSync(join(here.dir, "ledger/state.json"), "utf8").includes("delivery"));
});
