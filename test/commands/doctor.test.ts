// doctor: each check ok, then each broken by itself; no secret in any of them.
import assert from "node:assert/strict";
import test from "node:test";
import { doctor } from "../../src/library/doctor.ts";
import { doctorText } from "../../src/report/doctor-text.ts";
import { optOut, otp } from "../cli/program.ts";
import { type Place, place } from "./place.ts";

const hook = {
  apiVersion: "cxform/v1",
  kind: "WebhookSubscription",
  metadata: { name: "decisions" },
  spec: {
    url: "https://hooks.juniperandpine.example/cxone",
    events: ["template.approved"],
    secret: { fromEnv: "CXONE_WEBHOOK_SECRET" },
  },
};

const look = async (at: Place) => {
  const found = await doctor(at.options());
  const text = doctorText(found.checks);
  assert.ok(!text.includes(at.simulator.client.secret) && !text.includes("not-the-secret"));
  return { ...found, text, of: (check: string) => found.checks.filter((one) => one.check === check) };
};

test("a sound environment is ok for the families that are named, and for no other", async (t) => {
  const at = await place(t);
  at.now = Date.now();
  at.write("templates/otp.yaml", otp);
  at.write("preferences/crm.yaml", optOut);
  const sound = await look(at);
  assert.equal(sound.ok, true, sound.text);
  assert.deepEqual([...new Set(sound.checks.map(({ family }) => family))], ["messaging", "preferences", undefined]);
  assert.ok(
    sound.checks.every(({ status }) => status === "ok"),
    sound.text,
  );
  for (const check of ["variables", "token", "scopes", "clock", "reach"])
    assert.equal(sound.of(check).length, 2, `${check}\n${sound.text}`);
  assert.match(sound.text, /^ok {4}messaging variables: /);
});

test("each thing that is wrong fails its own check and says the way on", async (t) => {
  const at = await place(t, {}, { clients: [{ id: "narrow", secret: "narrow-secret", scopes: ["messaging:read"] }] });
  at.now = Date.now() + 600_000;
  at.write("templates/otp.yaml", otp);
  const narrow = await look(at);
  assert.equal(narrow.ok, false);
  assert.match(narrow.of("scopes")[0]?.message ?? "", /not granted: messaging:write, a2p:write, webhooks:write/);
  assert.equal(narrow.of("clock")[0]?.status, "warn");
  assert.match(narrow.of("clock")[0]?.message ?? "", /^this clock is (599|60\d) s ahead/);
  at.env["CXONE_SECRET"] = "not-the-secret";
  const refused = await look(at);
  assert.equal(refused.of("token")[0]?.status, "fail");
  assert.deepEqual(refused.of("reach"), []);
  delete at.env["CXONE_SECRET"];
  assert.match((await look(at)).of("variables")[0]?.message ?? "", /CXONE_SECRET is not set/);
});

test("each kind that is named has its guarantee told, a warning where it is only at least once", async (t) => {
  const at = await place(t);
  at.now = Date.now();
  at.write("templates/otp.yaml", otp);
  at.write("webhooks/decisions.yaml", hook);
  assert.match(
    (await look(at)).text,
    /^ok {4}messaging guarantee: WebhookSubscription at most once: CXone honours the idempotency key$/m,
  );
  const config = JSON.parse(at.read("cxform.yaml"));
  config.environments.test.apis.messaging.capabilities = { list: false, idempotencyKeys: false };
  at.write("cxform.yaml", config);
  const { ok, text } = await look(at);
  assert.equal(ok, true, "a warning fails nothing");
  assert.match(text, /^ok {4}messaging guarantee: SmsTemplate at most once: CXone refuses what it holds already$/m);
  assert.match(text, /^warn {2}messaging guarantee: WebhookSubscription at least once: [^\n]+\n {6}hint: /m);
});

test("a ledger that does not add up fails, and an unreachable family fails its reach", async (t) => {
  const at = await place(t);
  at.now = Date.now();
  at.write("templates/otp.yaml", otp);
  await at.apply();
  assert.equal((await look(at)).of("ledger")[0]?.status, "ok");
  at.simulator.addFault({ kind: "status", status: 500, family: "messaging", method: "GET" });
  const down = await look(at);
  assert.deepEqual([down.ok, down.of("reach")[0]?.status], [false, "fail"]);
  at.simulator.clearFaults();
  at.write("ledger/HEAD.json", at.read("ledger/HEAD.json").replace(/"seq": ?\d+/, '"seq":999'));
  const broken = await look(at);
  assert.equal(broken.of("ledger")[0]?.status, "fail");
  assert.match(broken.text, /hint: /);
});
