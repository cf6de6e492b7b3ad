// The renderings of a plan: golden texts, what comes first, what is left out when it does not fit.
import assert from "node:assert/strict";
import test from "node:test";
import { planMarkdown } from "../../src/report/plan-markdown.ts";
import { planText } from "../../src/report/plan-text.ts";
import { planOf, stepOf, winterPlan } from "./plan.ts";

test("a plan reads as text: steps by kind, then what waits, what is blocked and how to go on", () => {
  const expected = `Plan for environment production

PreferenceBatch
  ⇢ 2026-11-crm  send records  [risk: high]  preferences/2026-11-crm.yaml:2
      252 records are not answered yet
      212 opt-outs and 40 opt-ins, 250 to send; CXone holds 2 of them already and 0 newer

WhatsAppTemplate
  ↑ parcel/en  new version v2 → v3  templates/whatsapp/parcel.yaml:3
      the body changed
      ~ body: Hi {{1}}, your parcel {{2}} has {+just +}left our [-warehouse-]{+store+}.
      + footer: "Juniper & Pine"
  − summer/en  deprecate v1  [risk: high]
      its manifest was removed

A2pRegistration
  + otp  create v1
      new
      after SmsTemplate/otp

Waiting
  … WhatsAppTemplate/sale/en v1  PENDING  since 2026-11-19T10:00:00Z
      Meta reviews it
      Nothing to do: cxform settle records the decision when it is there.

Blocked
  ! SmsTemplate/otp  APPROVED
      CXone holds other content
      Take it over with --adopt SmsTemplate/otp, or choose another name.

Unmanaged (in CXone, declared nowhere; never touched)
  · WhatsAppTemplate/legacy/en  APPROVED  77

Diagnostics
templates/whatsapp/parcel.yaml:9:3: warning: no category [CX3011]
  hint: Add one.

Plan: 1 to create, 1 to submit as a new version, 1 to deprecate, 1 with records to send, 1 waiting, 1 blocked, 1 unmanaged, 12 unchanged
Digest: ${winterPlan.digest}
`;
  assert.equal(planText(winterPlan), expected);
});

test("a plan without anything to do says so", () => {
  assert.match(
    planText(planOf()),
    /No changes: CXone holds what the manifests declare\.\nPlan: nothing to do, 12 unchanged/,
  );
});

test("the Markdown begins with the people affected and sorts by risk", () => {
  const text = planMarkdown(winterPlan);
  const order = [
    "## CXone plan for `production`: 4 changes, 2 need care",
    "> [!WARNING]\n> **212 opt-outs** from 1 preference batch",
    "**40 opt-ins**",
    "**1 template** is taken out of use: `WhatsAppTemplate/summer/en`",
    "| 🔴 | ⇢ send records |",
    "| 🔴 | − deprecate v1 |",
    "| 🟢 | ↑ new version v2 → v3 |",
    "your parcel {{2}} has <ins>just </ins>left our <del>warehouse</del><ins>store</ins>.</code>",
    "```diff\n  footer\n+ Juniper & Pine\n```",
    "### Waiting",
    "### Blocked",
    "### Diagnostics",
  ];
  const places = order.map((piece) => text.indexOf(piece));
  assert.ok(
    places.every((place) => place >= 0),
    `missing: ${order.filter((_, at) => (places[at] as number) < 0).join(" and ")}`,
  );
  assert.deepEqual(
    [...places].sort((left, right) => left - right),
    places,
  );
});

test("Markdown that would not fit a comment loses low risks first and never a part of a text", () => {
  const body = "We are open until nine. ".repeat(40);
  const steps = Array.from({ length: 300 }, (_, at) =>
    stepOf({
      action: "update",
      address: `SmsTemplate/store-${at}`,
      risk: at === 7 ? "high" : "low",
      changes: [{ path: "/content", before: `${body}${at}`, after: `${body}now ${at}` }],
    }),
  );
  const text = planMarkdown(planOf({ steps }));
  assert.ok(text.length <= 60_000, `${text.length} characters`);
  assert.equal(text.split("<details").length - 1, 1, "only the step of high risk shows its changes");
  assert.match(text, /The details of 299 changes are left out here; the plan as JSON has them/);
  assert.ok(text.includes("`SmsTemplate/store-299`"), "the table still lists every step");
  const tiny = planMarkdown(planOf({ steps }), { mostCharacters: 3_000 });
  assert.ok(tiny.length <= 3_000 + 500);
  assert.match(tiny, /… and \d+ more changes/);
  assert.ok(tiny.includes(winterPlan.digest));
});
