// Holds what is said of mutable kinds (DESIGN §4): one object changed in place under its ETag, and how it is removed or renamed.

import assert from "node:assert/strict";
import test from "node:test";
import type { LedgerVersion } from "../../src/contract/entry.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { without } from "../_world/capabilities.ts";
import { a2p, declare, forgotten, rows, scene, sms, specs, stands, told, webhook } from "./scene.ts";

const { code, campaign, hook } = specs;
const otp = declare(sms, "otp", code);
const planOf = (input: PlanInput) => makePlan(input).plan;
const changed = { ...code, content: "Juniper & Pine: {{code}} is your code." };
const draft = { statusText: "DRAFT", status: "pending" } as const;

test("none: it is created", () => {
  assert.deepEqual(told(planOf(scene({ declared: [otp] }))), ["create SmsTemplate/otp ·→1"]);
});

test("observed and equal: nothing", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "active" })];
  assert.equal(planOf(scene({ declared: [otp], standing })).summary.unchanged, 1);
});

test("otherwise: an update under the ETag that was read, and a version more in the ledger", () => {
  const standing = [stands(sms, "otp", { version: 3, spec: changed, status: "active" })];
  const plan = planOf(scene({ declared: [otp], standing }));
  assert.deepEqual(told(plan), ["update SmsTemplate/otp 3→4"]);
  assert.deepEqual(plan.steps[0]?.precondition, { remoteId: "id-otp-3", revision: '"rev-id-otp-3-3"' });
  assert.deepEqual(plan.steps[0]?.patch, [{ op: "replace", path: "/content", value: code.content }]);
  assert.equal(plan.steps[0]?.reason, "the content changed");
});

test("what somebody edited in CXone is an update back to what is declared", () => {
  const observed = { state: { content: "edited by hand", fromAddress: code.fromAddress } };
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "active", observed })];
  const plan = planOf(scene({ declared: [otp], standing }));
  assert.deepEqual(told(plan), ["update SmsTemplate/otp 1→2"]);
  assert.deepEqual(plan.steps[0]?.changes, [{ path: "/content", before: "edited by hand", after: code.content }]);
});

test("a change of a forbid field is blocked with why", () => {
  const template = stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" });
  const own = stands(a2p, "otp", { version: 1, spec: campaign, status: "active" });
  const other = declare(a2p, "otp", { ...campaign, messageClass: "MARKETING" });
  const standing = [template, own];
  const declared = [declare(sms, "sign-in-code", code), other];
  const plan = planOf(scene({ declared, standing }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), ["A2pRegistration/otp@1 by forbid"]);
  assert.match(plan.blocked[0]?.reason ?? "", /messageClass cannot change: .*new name/);
});

test("approved from true to false is forbidden, from false to true an update", () => {
  const approved = stands(sms, "otp", { version: 1, spec: code, status: "active" });
  const withdrawn = declare(sms, "otp", { ...code, approved: false });
  const plan = planOf(scene({ declared: [withdrawn], standing: [approved] }));
  assert.deepEqual(rows(plan.blocked), ["SmsTemplate/otp@1 by forbid"]);
  const kept = stands(sms, "otp", {
    version: 1,
    spec: { ...code, approved: false },
    status: "pending",
    observed: draft,
  });
  assert.deepEqual(told(planOf(scene({ declared: [otp], standing: [kept] }))), ["update SmsTemplate/otp 1→2"]);
});

test("approved false, true and false again is forbidden, although the first version's content was the same", () => {
  const unapproved = { ...code, approved: false };
  const standing = [
    stands(
      sms,
      "otp",
      { version: 1, spec: unapproved, status: "deprecated", shown: false },
      { version: 2, spec: code, status: "active" },
    ),
  ];
  const plan = planOf(scene({ declared: [declare(sms, "otp", unapproved)], standing }));
  assert.deepEqual(rows(plan.blocked), ["SmsTemplate/otp@2 by forbid"]);
});

test("approved: false leaves the DRAFT as it is", () => {
  const unapproved = { ...code, approved: false };
  const standing = [stands(sms, "otp", { version: 1, spec: unapproved, status: "pending", observed: draft })];
  const plan = planOf(scene({ declared: [declare(sms, "otp", unapproved)], standing }));
  assert.equal(plan.summary.unchanged, 1);
});

test("approved: false and no draft any more in CXone: nothing while it is equal, and no change of it without a yes to what stands there", () => {
  const unapproved = { ...code, approved: false };
  const other = declare(sms, "otp", { ...changed, approved: false });
  for (const [statusText, status] of [
    ["APPROVED", "active"],
    ["DEPRECATED", "deprecated"],
    ["REJECTED", "rejected"],
  ] as const) {
    const observed = { statusText, status } as const;
    const standing = [stands(sms, "otp", { version: 1, spec: unapproved, status: "pending", observed })];
    const plan = planOf(scene({ declared: [other], standing }));
    assert.deepEqual([told(plan), rows(plan.blocked)], [[], ["SmsTemplate/otp@1 by forbid"]], statusText);
    assert.match(plan.blocked[0]?.reason ?? "", new RegExp(`${statusText}.*approved: true`));
    if (status !== "rejected")
      assert.equal(planOf(scene({ declared: [declare(sms, "otp", unapproved)], standing })).summary.unchanged, 1);
    assert.deepEqual(told(planOf(scene({ declared: [declare(sms, "otp", changed)], standing }))), [
      "update SmsTemplate/otp 1→2",
    ]);
  }
});

test("an observed DRAFT that should be approved is an update of the same version", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "pending", observed: draft })];
  const { plan, assignments } = makePlan(scene({ declared: [otp], standing }));
  assert.deepEqual(told(plan), ["update SmsTemplate/otp 1→1"]);
  assert.equal([...assignments.values()][0]?.wasApplied, true);
});

test("only a draft that never was active is finished without a word; what somebody took away in CXone is a change like any other", () => {
  const deprecated = { statusText: "DEPRECATED", status: "deprecated" } as const;
  for (const facts of [
    { status: "active", observed: deprecated },
    { status: "active", observed: draft },
    { status: "pending", observed: deprecated },
  ] as const) {
    const standing = [stands(sms, "otp", { version: 1, spec: code, ...facts })];
    const { plan, assignments } = makePlan(scene({ declared: [otp], standing }));
    assert.deepEqual(told(plan), ["update SmsTemplate/otp 1→1"]);
    const [assignment] = assignments.values();
    assert.ok(
      assignment !== undefined && !("wasApplied" in assignment),
      `${facts.status}, ${facts.observed.statusText}`,
    );
  }
});

test("PENDING_REVIEW waits, whatever is declared meanwhile", () => {
  const review = { statusText: "PENDING_REVIEW", status: "pending" } as const;
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "pending", observed: review })];
  for (const spec of [code, changed]) {
    const plan = planOf(scene({ declared: [declare(sms, "otp", spec)], standing }));
    assert.deepEqual([told(plan), rows(plan.waiting)], [[], ["SmsTemplate/otp@1 by pending"]]);
  }
});

test("a rejected content is blocked with the reason; a change of it is an update", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "rejected", observed: { reason: "spam" } })];
  const plan = planOf(scene({ declared: [otp], standing }));
  assert.deepEqual(rows(plan.blocked), ["SmsTemplate/otp@1 by rejected"]);
  assert.equal(plan.blocked[0]?.reason, "spam");
  assert.deepEqual(told(planOf(scene({ declared: [declare(sms, "otp", changed)], standing }))), [
    "update SmsTemplate/otp 1→2",
  ]);
});

test("a status that nobody knows waits", () => {
  const odd = { statusText: "HELD", status: "unknown" } as const;
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "unknown", observed: odd })];
  assert.deepEqual(rows(planOf(scene({ declared: [otp], standing })).waiting), ["SmsTemplate/otp@1 by paused"]);
});

test("what CXone denies by a typed 404 is created again as the next version", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "active", shown: "gone" })];
  const { plan, events } = makePlan(scene({ declared: [otp], standing }));
  assert.deepEqual(told(plan), ["create SmsTemplate/otp ·→2"]);
  assert.deepEqual(
    events.map(({ action }) => action),
    ["lost"],
  );
});

test("a creation that was begun and never arrived is made again under its own number", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "pending", begun: true })];
  const { plan, assignments } = makePlan(scene({ declared: [otp], standing }));
  assert.deepEqual(told(plan), ["create SmsTemplate/otp ·→1"]);
  assert.equal([...assignments.values()][0]?.wasApplied, true);
});

test("removal: an SMS template is deprecated, a webhook removed, a registration only forgotten", () => {
  const standing = [
    stands(sms, "otp", { version: 1, spec: code, status: "active" }),
    stands(webhook, "decisions", { version: 1, spec: hook, status: "active" }),
    stands(a2p, "otp", { version: 1, spec: campaign, status: "active" }),
  ];
  const { plan, events } = makePlan(scene({ standing }));
  assert.deepEqual(told(plan), ["remove WebhookSubscription/decisions 1→·", "deprecate SmsTemplate/otp 1→·"]);
  assert.ok(plan.steps.every((step) => step.risk === "high"));
  assert.deepEqual(
    events.map(({ action, address }) => [action, address]),
    [["forgotten", "A2pRegistration/otp"]],
  );
});

test("removal of what is deprecated or gone is an event, and of what was forgotten nothing at all", () => {
  const retired = stands(sms, "otp", { version: 1, spec: code, status: "deprecated" });
  const gone = stands(sms, "lost", { version: 1, spec: code, status: "active", shown: "gone" });
  const { plan, events } = makePlan(scene({ standing: [retired, gone] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(
    events.map(({ action, address }) => `${action} ${address}`),
    ["forgotten SmsTemplate/otp", "lost SmsTemplate/lost", "forgotten SmsTemplate/lost"],
  );
  assert.deepEqual(makePlan(scene({ standing: [{ ...forgotten(retired), objects: [] }] })).events, []);
});

test("removal of what CXone still reviews waits", () => {
  const review = { statusText: "PENDING_REVIEW", status: "pending" } as const;
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "pending", observed: review })];
  const plan = planOf(scene({ standing }));
  assert.deepEqual([told(plan), rows(plan.waiting)], [[], ["SmsTemplate/otp@1 by pending"]]);
});

test("a tenant that cannot deprecate is told to a person: for a removed manifest, and for what a rename has replaced", () => {
  const input = { capabilities: () => without("deprecate") };
  const old = stands(sms, "otp", { version: 2, spec: code, status: "active" });
  const url = stands(webhook, "decisions", { version: 1, spec: hook, status: "active" });
  const removed = planOf(scene({ standing: [old, url], input }));
  assert.deepEqual(told(removed), ["remove WebhookSubscription/decisions 1→·"], "to delete is another call");
  assert.deepEqual(rows(removed.waiting), ["SmsTemplate/otp@2 by paused"]);
  assert.match(removed.waiting[0]?.reason ?? "", /manifest was removed; .*cannot deprecate.*deprecate it in CXone/);
  const own = stands(sms, "one-time-code", { version: 1, spec: code, status: "active" });
  const declared = [declare(sms, "one-time-code", code, { renamedFrom: "otp" })];
  const renamed = planOf(scene({ declared, standing: [old, own], input }));
  assert.deepEqual([told(renamed), rows(renamed.waiting)], [[], ["SmsTemplate/otp@2 by paused"]]);
  assert.match(renamed.waiting[0]?.reason ?? "", /replaced by SmsTemplate\/one-time-code; .*deprecate it in CXone/);
  const done = stands(sms, "otp", { version: 2, spec: code, status: "deprecated" });
  assert.deepEqual(planOf(scene({ declared, standing: [done, own], input })).waiting, []);
});

test("a webhook's events are a set, its secret its variable and rotation: raising that is an update", () => {
  const standing = [stands(webhook, "decisions", { version: 1, spec: hook, status: "active" })];
  const stepsOf = (spec: object) =>
    told(planOf(scene({ declared: [declare(webhook, "decisions", { ...hook, ...spec })], standing })));
  assert.deepEqual(stepsOf({ events: [...hook.events].reverse() }), []);
  assert.deepEqual(stepsOf({ secret: { ...hook.secret, rotation: 2 } }), ["update WebhookSubscription/decisions 1→2"]);
  assert.deepEqual(stepsOf({ secret: { ...hook.secret, fromEnv: "OTHER" } }), [
    "update WebhookSubscription/decisions 1→2",
  ]);
});

test("a renamed SMS template is made anew, and the old one goes once the new one is active", () => {
  const old = stands(sms, "otp", { version: 2, spec: code, status: "active" });
  const renamed = declare(sms, "one-time-code", code, { renamedFrom: "otp" });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [old] }))), [
    "create SmsTemplate/one-time-code ·→1",
  ]);
  const own = stands(sms, "one-time-code", { version: 1, spec: code, status: "active" });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [old, own] }))), [
    "deprecate SmsTemplate/otp 2→· follow-up",
  ]);
  const waiting = stands(sms, "one-time-code", {
    version: 1,
    spec: code,
    status: "pending",
    observed: { statusText: "PENDING_REVIEW" },
  });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [old, waiting] }))), []);
});

test("a renamed SMS template that stays a draft takes nothing down", () => {
  const old = stands(sms, "otp", { version: 2, spec: code, status: "active" });
  const unapproved = { ...code, approved: false };
  const own = stands(sms, "one-time-code", { version: 1, spec: unapproved, status: "pending", observed: draft });
  const renamed = declare(sms, "one-time-code", unapproved, { renamedFrom: "otp" });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [old, own] }))), []);
});

test("a webhook renamed without a word is stopped, whatever else of it changes: its url is one object", () => {
  const old = stands(webhook, "decisions", { version: 1, spec: hook, status: "active" });
  const changed = { ...hook, events: ["template.approved"] };
  const plan = planOf(scene({ declared: [declare(webhook, "approvals", changed)], standing: [old] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), [
    "WebhookSubscription/approvals by rename",
    "WebhookSubscription/decisions by rename",
  ]);
});

test("a renamed webhook takes its own object along, since its url is the same", () => {
  const old = stands(webhook, "decisions", { version: 1, spec: hook, status: "active" });
  const renamed = declare(webhook, "template-decisions", hook, { renamedFrom: "decisions" });
  const { plan, events, assignments } = makePlan(scene({ declared: [renamed], standing: [old] }));
  assert.deepEqual(told(plan), ["adopt WebhookSubscription/template-decisions ·→1"]);
  assert.equal(plan.steps[0]?.precondition.remoteId, "id-decisions-1");
  // Together with the adoption, not before it: a run that ends in between must not leave the object to nobody.
  const handsOver = [...assignments.values()][0]?.handsOver;
  assert.deepEqual([handsOver?.action, handsOver?.address], ["forgotten", "WebhookSubscription/decisions"]);
  assert.deepEqual(
    events.map(({ action, address, former }) => [action, address, former]),
    [["renamed", "WebhookSubscription/template-decisions", "WebhookSubscription/decisions"]],
  );
});

test("where a run died between the adoption and the hand-over, the object stays and the hand-over is recorded", () => {
  const old = stands(
    webhook,
    "decisions",
    { version: 1, spec: { ...hook, events: ["template.approved"] }, status: "active", shown: false },
    { version: 2, spec: hook, status: "active" },
  );
  const [first, second] = old.resource.versions as [LedgerVersion, LedgerVersion];
  const whole = { ...old, resource: { versions: [{ ...first, remoteId: second.remoteId as string }, second] } };
  const taken = stands(webhook, "template-decisions", {
    version: 1,
    spec: hook,
    status: "active",
    shown: false,
    ledger: { remoteId: second.remoteId as string },
  });
  const renamed = declare(webhook, "template-decisions", hook, { renamedFrom: "decisions" });
  const { plan, events } = makePlan(scene({ declared: [renamed], standing: [whole, taken] }));
  assert.deepEqual([told(plan), rows(plan.waiting), rows(plan.blocked)], [[], [], []]);
  assert.deepEqual(
    events.map(({ action, address, reason }) => [action, address, reason]),
    [
      ["renamed", "WebhookSubscription/template-decisions", undefined],
      ["forgotten", "WebhookSubscription/decisions", "renamed to WebhookSubscription/template-decisions"],
    ],
  );
  // Another object of the former address is retired as ever.
  const other = stands(webhook, "template-decisions", { version: 1, spec: hook, status: "active" });
  const both = makePlan(scene({ declared: [renamed], standing: [old, other] }));
  assert.deepEqual(told(both.plan), ["remove WebhookSubscription/decisions 2→· follow-up"]);
});

test("a removal beside a creation of the same mutable content is stopped as a silent rename", () => {
  const old = stands(sms, "otp", { version: 1, spec: code, status: "active" });
  const plan = planOf(scene({ declared: [declare(sms, "one-time-code", code)], standing: [old] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), ["SmsTemplate/one-time-code by rename", "SmsTemplate/otp by rename"]);
});

test("changed words of a template that is registered for A2P are allowed, with a warning at the reference", () => {
  const standing = [
    stands(sms, "sign-in-code", { version: 1, spec: changed, status: "active" }),
    stands(a2p, "otp", { version: 1, spec: campaign, status: "active" }),
  ];
  const declared = [declare(sms, "sign-in-code", code), declare(a2p, "otp", campaign)];
  const plan = planOf(scene({ declared, standing }));
  assert.deepEqual(told(plan), ["update SmsTemplate/sign-in-code 1→2"]);
  assert.deepEqual(
    plan.diagnostics.map(({ code: name, severity, address, pointer }) => [name, severity, address, pointer]),
    [["CX4021", "warning", "A2pRegistration/otp", "/spec/template"]],
  );
});

for (const order of ["the former address first", "the former address last"]) {
  test(`what two lost creations of a renamed object may have made is the declared address's: ${order}`, () => {
    const former = stands(webhook, "watch", { version: 1, spec: hook, status: "pending", begun: true });
    const own = stands(webhook, "watch-decisions", { version: 1, spec: hook, status: "pending", begun: true });
    const arrived = stands(webhook, "watch-decisions", { version: 1, spec: hook, status: "active" });
    const both = [former, { ...own, objects: arrived.objects }];
    const declared = [{ ...declare(webhook, "watch-decisions", hook), renamedFrom: "watch" }];
    const { plan, events } = makePlan(
      scene({ declared, standing: order.endsWith("first") ? both : both.toReversed() }),
    );
    assert.deepEqual(told(plan), []);
    assert.deepEqual(
      events.map(({ action, address }) => `${action} ${address}`),
      ["renamed WebhookSubscription/watch-decisions", "decided WebhookSubscription/watch-decisions"],
    );
  });
}
