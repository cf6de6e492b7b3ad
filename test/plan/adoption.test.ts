// Holds what is said of ownership (DESIGN §4): what nobody owns is adopted, blocked or left alone, never touched unasked.
import assert from "node:assert/strict";
import test from "node:test";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { at, declare, digital, rows, scene, sms, specs, stands, told, unowned, webhook, whatsapp } from "./scene.ts";

const { parcel, fitting, code, hook } = specs;
const address = "WhatsAppTemplate/parcel/en";
const declared = declare(whatsapp, "parcel", parcel);
const second = { ...parcel, body: "Your parcel {{1}} left for {{2}} today." };
const planOf = (input: PlanInput) => makePlan(input).plan;
const asked = (...adopt: readonly string[]) => ({ input: { options: { only: [], adopt } } });

test("the same content that nobody owns is adopted by a step of its own, without a write", () => {
  const plan = planOf(scene({ declared: [declared], standing: [unowned(whatsapp, "parcel", parcel)] }));
  assert.deepEqual(told(plan), [`adopt ${address} ·→1`]);
  assert.deepEqual([plan.steps[0]?.changes, plan.steps[0]?.patch], [[], []]);
  assert.deepEqual(plan.steps[0]?.precondition, { remoteId: "id-parcelen-1", revision: '"rev-id-parcelen-1-1"' });
  assert.deepEqual(plan.unmanaged, []);
});

test("a category that the manifest leaves to CXone is as declared", () => {
  const { category: _, ...left } = parcel;
  const plan = planOf(
    scene({ declared: [declare(whatsapp, "parcel", left)], standing: [unowned(whatsapp, "parcel", parcel)] }),
  );
  assert.deepEqual(told(plan), [`adopt ${address} ·→1`]);
});

test("other content is blocked, with the way to take it over", () => {
  const plan = planOf(scene({ declared: [declared], standing: [unowned(whatsapp, "parcel", second)] }));
  assert.deepEqual([told(plan), rows(plan.blocked)], [[], [`${address}@1 by unowned`]]);
  assert.match(plan.blocked[0]?.reason ?? "", /--adopt WhatsAppTemplate\/parcel\/en/);
  assert.equal(plan.blocked[0]?.remoteId, "id-parcelen-1");
});

test("other content that is asked for is adopted first and then changed", () => {
  const standing = [unowned(whatsapp, "parcel", second)];
  for (const pattern of [address, "WhatsAppTemplate/parcel", "**"]) {
    const plan = planOf(scene({ declared: [declared], standing, ...asked(pattern) }));
    assert.deepEqual(told(plan), [`adopt ${address} ·→1`, `newVersion ${address} 1→2`], pattern);
  }
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing, ...asked("SmsTemplate/parcel") }))), []);
});

test("an adopted WhatsApp template whose words are kept is still a duplicate for Meta", () => {
  const standing = [unowned(whatsapp, "parcel", { ...parcel, buttons: [{ type: "QUICK_REPLY", text: "Thanks" }] })];
  const plan = planOf(scene({ declared: [declared], standing, ...asked(address) }));
  assert.deepEqual(told(plan), [`adopt ${address} ·→1`]);
  assert.deepEqual(rows(plan.blocked), [`${address}@1 by duplicate`]);
});

test("templateId takes an SMS template over, whatever it is called and holds", () => {
  const taken = declare(sms, "otp", { ...code, templateId: "id-legacy-1" });
  const standing = [unowned(sms, "legacy", { ...code, content: "old words {{code}}" })];
  assert.deepEqual(told(planOf(scene({ declared: [taken], standing }))), [
    "adopt SmsTemplate/otp ·→1",
    "update SmsTemplate/otp 1→2",
  ]);
  const elsewhere = declare(sms, "otp", { ...code, templateId: "id-of-nothing" });
  assert.deepEqual(told(planOf(scene({ declared: [elsewhere], standing }))), ["create SmsTemplate/otp ·→1"]);
});

test("an adopted draft that is declared as approved is approved in the same plan", () => {
  const draft = { status: "pending", observed: { statusText: "DRAFT" } } as const;
  const plan = planOf(scene({ declared: [declare(sms, "otp", code)], standing: [unowned(sms, "otp", code, draft)] }));
  assert.deepEqual(told(plan), ["adopt SmsTemplate/otp ·→1", "update SmsTemplate/otp 1→1"]);
});

test("a webhook is found by its url, its secret taken as declared", () => {
  const plan = planOf(
    scene({ declared: [declare(webhook, "decisions", hook)], standing: [unowned(webhook, "x", hook)] }),
  );
  assert.deepEqual(told(plan), ["adopt WebhookSubscription/decisions ·→1"]);
});

test("of several digital versions the one as declared that serves is adopted, else the newest that serves", () => {
  const older = unowned(digital, "booking", fitting, { version: "v1.0" });
  const newer = unowned(digital, "booking", { ...fitting, channels: ["sms"] }, { version: "v1.10" });
  const retired = unowned(
    digital,
    "booking",
    { ...fitting, channels: ["email"] },
    { version: "v2.0", status: "deprecated" },
  );
  const standing = [older, newer, retired];
  const same = planOf(scene({ declared: [declare(digital, "booking", fitting)], standing }));
  assert.deepEqual(told(same), ["adopt DigitalTemplate/booking/en-US ·→v1.0"]);
  const other = declare(digital, "booking", { ...fitting, variables: ["customer.name"] });
  assert.deepEqual(rows(planOf(scene({ declared: [other], standing })).blocked), [
    "DigitalTemplate/booking/en-US@v1.10 by unowned",
  ]);
});

test("an object of a resource that the ledger forgot is nobody's", () => {
  const own = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const forgotten = { ...own, resource: { ...own.resource, forgotten: true as const } };
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing: [forgotten] }))), [`adopt ${address} ·→1`]);
});

test("not owned and not declared: unmanaged, never touched", () => {
  const standing = [
    unowned(whatsapp, "legacy_hello", parcel, { observed: { createdAt: at(-400) } }),
    unowned(sms, "promo", code),
  ];
  const plan = planOf(scene({ declared: [], standing }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.unmanaged), [
    "SmsTemplate/promo by unowned",
    "WhatsAppTemplate/legacy_hello/en by unowned",
  ]);
  assert.equal(plan.summary.unmanaged, 2);
  assert.equal(plan.unmanaged[1]?.since, at(-400));
});

test("ignoreUnmanaged leaves out what its patterns select", () => {
  const standing = [unowned(whatsapp, "legacy_hello", parcel), unowned(sms, "promo", code)];
  const plan = planOf(scene({ standing, input: { ignoreUnmanaged: ["WhatsAppTemplate/legacy_*"] } }));
  assert.deepEqual(rows(plan.unmanaged), ["SmsTemplate/promo by unowned"]);
});

test("ignoreUnmanaged hides nothing that is declared", () => {
  const standing = [unowned(whatsapp, "legacy_hello", second)];
  const other = declare(whatsapp, "legacy_hello", parcel);
  const plan = planOf(
    scene({ declared: [other], standing, input: { ignoreUnmanaged: ["WhatsAppTemplate/legacy_*"] } }),
  );
  assert.deepEqual(rows(plan.blocked), ["WhatsAppTemplate/legacy_hello/en@1 by unowned"]);
});

test("a remote name is never parsed: a name that looks like a version belongs to nobody", () => {
  const own = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const lookalike = unowned(whatsapp, "lookalike", second, { remoteName: "parcel_v2" });
  const plan = planOf(scene({ declared: [declared], standing: [own, lookalike] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.unmanaged), ["WhatsAppTemplate/parcel_v2/en by unowned"]);
});
