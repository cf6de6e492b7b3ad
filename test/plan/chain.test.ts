// Holds what is said of steps among each other (DESIGN §4): chains and their order, --only, families that are off.
import assert from "node:assert/strict";
import test from "node:test";
import { kindsToObserve, makePlan } from "../../src/plan/assemble.ts";
import { kindsInOrder } from "../../src/plan/graph.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import {
  a2p,
  declare,
  declareBatch,
  digital,
  rows,
  scene,
  session,
  sms,
  specs,
  stands,
  told,
  webhook,
  whatsapp,
} from "./scene.ts";

const { code, campaign, parcel, fitting, hook, winter } = specs;
const template = declare(sms, "sign-in-code", code);
const registration = declare(a2p, "otp", campaign);
const planOf = (input: PlanInput) => makePlan(input).plan;
const only = (...patterns: readonly string[]) => ({ input: { options: { only: patterns, adopt: [] } } });

test("a step whose reference this plan makes is a step too, after that reference", () => {
  const plan = planOf(scene({ declared: [registration, template] }));
  assert.deepEqual(told(plan), ["create SmsTemplate/sign-in-code ·→1", "create A2pRegistration/otp ·→1"]);
  assert.deepEqual(
    plan.steps.map(({ after }) => after),
    [[], ["SmsTemplate/sign-in-code"]],
  );
});

test("a reference stands in a step as its address, never as a remote id", () => {
  const standing = [stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" })];
  const { plan, remoteIds } = makePlan(scene({ declared: [template, registration], standing }));
  assert.deepEqual(told(plan), ["create A2pRegistration/otp ·→1"]);
  assert.deepEqual(plan.steps[0]?.after, []);
  assert.ok(JSON.stringify(plan.steps[0]?.patch).includes('"SmsTemplate/sign-in-code"'));
  assert.ok(!JSON.stringify(plan.steps).includes("id-sign-in-code-1"));
  assert.equal(remoteIds.get("SmsTemplate/sign-in-code"), "id-sign-in-code-1");
});

test("a registration observed with the template's remote id is the one that is declared with its address", () => {
  const own = stands(a2p, "otp", { version: 1, spec: campaign, status: "active" });
  const observed = own.objects.map((object) => ({
    ...object,
    state: { ...object.state, template: "id-sign-in-code-1" },
  }));
  const standing = [
    stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" }),
    { ...own, objects: observed },
  ];
  assert.equal(planOf(scene({ declared: [template, registration], standing })).summary.unchanged, 2);
});

test("a waiting reference keeps the step waiting, a blocked one blocks it, a missing one too", () => {
  const waiting = stands(sms, "sign-in-code", {
    version: 1,
    spec: code,
    status: "pending",
    observed: { statusText: "PENDING_REVIEW" },
  });
  const rejected = stands(sms, "sign-in-code", { version: 1, spec: code, status: "rejected" });
  const held = planOf(scene({ declared: [template, registration], standing: [waiting] }));
  assert.deepEqual(rows(held.waiting), ["A2pRegistration/otp by pending", "SmsTemplate/sign-in-code@1 by pending"]);
  const stopped = planOf(scene({ declared: [template, registration], standing: [rejected] }));
  assert.deepEqual(rows(stopped.blocked), [
    "A2pRegistration/otp by reference",
    "SmsTemplate/sign-in-code@1 by rejected",
  ]);
  const alone = planOf(scene({ declared: [registration] }));
  assert.deepEqual([told(alone), rows(alone.blocked)], [[], ["A2pRegistration/otp by reference"]]);
});

test("blocked rows never stop other steps", () => {
  const rejected = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "rejected" });
  const plan = planOf(scene({ declared: [declare(whatsapp, "parcel", parcel), template], standing: [rejected] }));
  assert.deepEqual(told(plan), ["create SmsTemplate/sign-in-code ·→1"]);
  assert.equal(plan.summary.blocked, 1);
});

test("the subscription comes before the approval it reports, the template before its registration, retirements last", () => {
  const standing = [
    stands(whatsapp, "a_removed", { version: 1, spec: { ...parcel, body: "Gone: {{1}} {{2}} ." }, status: "active" }),
    stands(webhook, "a-removed", { version: 1, spec: { ...hook, url: "https://old.example/x" }, status: "active" }),
  ];
  const declared = [
    declare(session, "winter", winter),
    declare(digital, "booking", fitting),
    declare(whatsapp, "parcel", parcel),
    registration,
    template,
    declare(webhook, "decisions", hook),
    declareBatch("stores", { optOuts: [1], optIns: [1] }),
  ];
  assert.deepEqual(
    planOf(scene({ declared, standing })).steps.map(({ action, address }) => `${action} ${address.split("/")[0]}`),
    [
      "records PreferenceBatch",
      "create WebhookSubscription",
      "create SmsTemplate",
      "create A2pRegistration",
      "create WhatsAppTemplate",
      "create DigitalTemplate",
      "send GuestSession",
      "remove WebhookSubscription",
      "deprecate WhatsAppTemplate",
    ],
  );
});

test("kinds come after those that they refer to or follow, whatever the order of the list, and a circle is a bug", () => {
  const order = kindsInOrder([a2p, sms, webhook, whatsapp]).map(({ name }) => name);
  assert.deepEqual(order, ["WebhookSubscription", "SmsTemplate", "A2pRegistration", "WhatsAppTemplate"]);
  assert.throws(() => kindsInOrder([{ ...sms, refersTo: ["A2pRegistration"] }, a2p]), {
    name: "Bug",
    message: /circle/,
  });
});

test("--only plans what its patterns select and pulls in no references", () => {
  const declared = [template, registration, declare(whatsapp, "parcel", parcel)];
  assert.deepEqual(told(planOf(scene({ declared, ...only("WhatsAppTemplate/*") }))), [
    "create WhatsAppTemplate/parcel/en ·→1",
  ]);
  const left = planOf(scene({ declared, ...only("A2pRegistration/otp") }));
  assert.deepEqual([told(left), rows(left.blocked)], [[], ["A2pRegistration/otp by reference"]]);
  assert.match(left.blocked[0]?.reason ?? "", /SmsTemplate\/sign-in-code, which --only leaves out/);
  const both = planOf(scene({ declared, ...only("A2pRegistration/otp", "SmsTemplate") }));
  assert.equal(both.steps.length, 2);
});

test("--only with a reference that is active needs nothing pulled in", () => {
  const standing = [stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" })];
  const plan = planOf(scene({ declared: [template, registration], standing, ...only("A2pRegistration") }));
  assert.deepEqual(told(plan), ["create A2pRegistration/otp ·→1"]);
});

test("--only leaves removals that it does not select alone", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  assert.deepEqual(told(planOf(scene({ standing, ...only("SmsTemplate") }))), []);
});

test("a family that is off is validated, not planned, and counted as off", () => {
  const standing = [stands(sms, "removed", { version: 1, spec: code, status: "active" })];
  const declared = [template, registration, declare(whatsapp, "parcel", parcel)];
  const plan = planOf(scene({ declared, standing, off: ["messaging"] }));
  assert.deepEqual(told(plan), ["create WhatsAppTemplate/parcel/en ·→1"]);
  assert.equal(plan.summary.off, 2);
  assert.deepEqual([plan.blocked, plan.waiting], [[], []]);
});

test("only kinds that a manifest or the ledger names are read, with what they refer to", () => {
  const names = (addresses: readonly string[], patterns: readonly string[] = []) =>
    [...kindsToObserve([a2p, sms, webhook, whatsapp], addresses, patterns)].sort();
  assert.deepEqual(names([]), []);
  assert.deepEqual(names(["WhatsAppTemplate/parcel/en"]), ["WhatsAppTemplate"]);
  assert.deepEqual(names(["A2pRegistration/otp"]), ["A2pRegistration", "SmsTemplate"]);
  assert.deepEqual(names(["A2pRegistration/otp", "WhatsAppTemplate/parcel/en"], ["WhatsAppTemplate"]), [
    "WhatsAppTemplate",
  ]);
});
