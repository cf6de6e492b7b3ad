// Holds the decision table for versioned kinds (DESIGN §4) row by row, with what is said below it of removals, renames and statuses.

import assert from "node:assert/strict";
import test from "node:test";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { without } from "../_world/capabilities.ts";
import { at, dayMs, declare, digital, now, rows, scene, specs, stands, told, unowned, whatsapp } from "./scene.ts";

const { parcel, fitting } = specs;
const address = "WhatsAppTemplate/parcel/en";
const second = { ...parcel, body: "Your parcel {{1}} left for {{2}} today." };
const third = { ...parcel, body: "Parcel {{1}} goes to {{2}}, at last." };
const declared = declare(whatsapp, "parcel", parcel);
const planOf = (input: PlanInput) => makePlan(input).plan;

test("nothing in CXone and nothing in the ledger: version 1 is created under the plain name", () => {
  const plan = planOf(scene({ declared: [declared] }));
  assert.deepEqual(told(plan), [`create ${address} ·→1`]);
  assert.equal(plan.steps[0]?.remoteName, "parcel");
  assert.equal(plan.steps[0]?.risk, "low");
  assert.deepEqual(plan.steps[0]?.precondition, {});
});

test("row 1: content that equals an active version needs nothing", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual([plan.steps, plan.waiting, plan.blocked], [[], [], []]);
  assert.equal(plan.summary.unchanged, 1);
});

test("row 1: an older version that is equal and active wins over a newer one, which is retired", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: parcel, status: "active", activeSinceDays: -90 },
      { version: 2, spec: second, status: "active", activeSinceDays: -1 },
    ),
  ];
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing }))), [`deprecate ${address} 2→· follow-up`]);
});

for (const [title, sinceMs, isDue] of [
  ["a moment before retireAfter has passed", 7 * dayMs - 1, false],
  ["when retireAfter has passed", 7 * dayMs, true],
] as const) {
  test(`row 1: ${title} the replaced version is ${isDue ? "retired" : "kept waiting"}`, () => {
    const standing = [
      stands(
        whatsapp,
        "parcel",
        { version: 1, spec: second, status: "active" },
        { version: 2, spec: parcel, status: "active", activeSinceDays: -sinceMs / dayMs },
      ),
    ];
    const plan = planOf(scene({ declared: [declared], standing }));
    assert.deepEqual(told(plan), isDue ? [`deprecate ${address} 1→· follow-up`] : []);
    assert.deepEqual(rows(plan.waiting), isDue ? [] : [`${address}@1 by pending`]);
    assert.equal(plan.steps[0]?.precondition.remoteId, isDue ? "id-parcelen-1" : undefined);
    if (!isDue) assert.match(plan.waiting[0]?.reason ?? "", /retired at 2026-11-20T12:00:00.001Z, 7d after version 2/);
  });
}

test("row 1: with retireAfter 0s the replaced version goes at once", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      { version: 2, spec: parcel, status: "active", activeSinceDays: 0 },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing, input: { retireAfterMs: 0 } }));
  assert.deepEqual(told(plan), [`deprecate ${address} 1→· follow-up`]);
});

test("row 1: a tenant that cannot deprecate keeps every version", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      { version: 2, spec: parcel, status: "active" },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing, input: { capabilities: () => without("deprecate") } }));
  assert.deepEqual(told(plan), []);
});

test("row 2: content that equals a pending version waits, and nothing is submitted twice", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      { version: 2, spec: parcel, status: "pending" },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.waiting), [`${address}@2 by pending`]);
  assert.equal(plan.waiting[0]?.since, at(-40));
});

test("row 3: content that equals a deprecated version that was once active is reactivated without a review", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: parcel, status: "deprecated", activeSinceDays: -60 },
      { version: 2, spec: second, status: "active" },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), [`reactivate ${address} 2→1`]);
  assert.equal(plan.steps[0]?.precondition.remoteId, "id-parcelen-1");
  assert.equal(plan.steps[0]?.remoteName, "parcel");
});

test("row 3: a deprecated version that never was active is no reason to reactivate", () => {
  const own = { version: 1, spec: parcel, status: "deprecated" } as const;
  const authentication = { ...parcel, category: "AUTHENTICATION" };
  const standing = [stands(whatsapp, "parcel", { ...own, spec: authentication })];
  const plan = planOf(scene({ declared: [declare(whatsapp, "parcel", authentication)], standing }));
  assert.deepEqual(told(plan), [`newVersion ${address} 1→2`]);
});

test("row 3: where a tenant cannot reactivate, the same words are a duplicate rather than a reactivation", () => {
  const standing = [
    stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "deprecated", activeSinceDays: -60 }),
  ];
  const plan = planOf(scene({ declared: [declared], standing, input: { capabilities: () => without("reactivate") } }));
  assert.deepEqual(rows(plan.blocked), [`${address}@1 by duplicate`]);
});

test("row 3 comes before row 4: what was once approved is not held up by a rejection of the same content", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: parcel, status: "deprecated", activeSinceDays: -60 },
      { version: 2, spec: parcel, status: "rejected" },
    ),
  ];
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing }))), [`reactivate ${address} ·→1`]);
});

test("row 4: content that equals a rejected version is blocked with CXone's reason, whatever else is active", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      { version: 2, spec: parcel, status: "rejected", observed: { reason: "PROMOTIONAL" } },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), [`${address}@2 by rejected`]);
  assert.equal(plan.blocked[0]?.reason, "PROMOTIONAL");
});

test("row 4: a rejection without a reason says what to do", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "rejected" })];
  assert.match(planOf(scene({ declared: [declared], standing })).blocked[0]?.reason ?? "", /change the content/);
});

test("row 4: a digital version whose job FAILED is blocked with the job's reason, from the ledger alone", () => {
  const standing = [
    stands(digital, "booking", {
      version: "v1.0",
      spec: fitting,
      status: "rejected",
      shown: false,
      ledger: { reason: "unknown channel" },
    }),
  ];
  const plan = planOf(scene({ declared: [declare(digital, "booking", fitting)], standing }));
  assert.deepEqual(rows(plan.blocked), ["DigitalTemplate/booking/en-US@v1.0 by rejected"]);
  assert.equal(plan.blocked[0]?.reason, "unknown channel");
});

for (const [status, statusText] of [
  ["paused", "PAUSED"],
  ["paused", "DISABLED"],
  ["paused", "IN_APPEAL"],
  ["unknown", "FLAGGED"],
] as const) {
  test(`row 5: content that equals a version that is ${statusText} waits and is never submitted again`, () => {
    const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status, observed: { statusText } })];
    const plan = planOf(scene({ declared: [declared], standing }));
    assert.deepEqual(told(plan), []);
    assert.deepEqual(rows(plan.waiting), [`${address}@1 by paused`]);
    assert.equal(plan.waiting[0]?.status, statusText);
    assert.ok(plan.waiting[0]?.reason.includes(statusText));
  });
}

test("row 6: content that differs in a forbid field is blocked with why", () => {
  const standing = [stands(digital, "booking", { version: "v1.0", spec: fitting, status: "active" })];
  const other = declare(digital, "booking", { ...fitting, templateId: "another-booking" });
  const plan = planOf(scene({ declared: [other], standing }));
  assert.deepEqual(rows(plan.blocked), ["DigitalTemplate/booking/en-US@v1.0 by forbid"]);
  assert.match(plan.blocked[0]?.reason ?? "", /^templateId cannot change: .*renamedFrom/);
});

test("row 7: body and footer of another version of that language are blocked, with what to alter", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const buttons = [{ type: "QUICK_REPLY", text: "Thanks" }];
  const plan = planOf(scene({ declared: [declare(whatsapp, "parcel", { ...parcel, buttons })], standing }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), [`${address}@1 by duplicate`]);
  assert.match(plan.blocked[0]?.reason ?? "", /as in parcel: .*alter the wording of the body or the footer/);
});

test("row 7's severity is configurable: a warning submits with a diagnostic, off without one", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const buttons = [{ type: "QUICK_REPLY", text: "Thanks" }];
  const planWith = (duplicates: "warning" | "off") =>
    planOf(scene({ declared: [declare(whatsapp, "parcel", { ...parcel, buttons })], standing, input: { duplicates } }));
  for (const [duplicates, expected] of [
    ["warning", ["warning"]],
    ["off", []],
  ] as const) {
    assert.deepEqual(told(planWith(duplicates)), [`newVersion ${address} 1→2`]);
    assert.deepEqual(
      planWith(duplicates).diagnostics.map(({ severity }) => severity),
      expected,
    );
  }
});

test("row 7 sees every version of that language in CXone, whoever made it and whatever its name", () => {
  const standing = [unowned(whatsapp, "legacy_parcel", parcel)];
  assert.deepEqual(rows(planOf(scene({ declared: [declared], standing })).blocked), [`${address} by duplicate`]);
});

test("row 7 does not compare across languages", () => {
  const standing = [unowned(whatsapp, "legacy_parcel", { ...parcel, language: "en_GB" })];
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing }))), [`create ${address} ·→1`]);
});

test("row 7: AUTHENTICATION is exempt, for Meta words such templates itself", () => {
  const code = { ...parcel, category: "AUTHENTICATION" };
  const standing = [unowned(whatsapp, "legacy_parcel", code)];
  const plan = planOf(scene({ declared: [declare(whatsapp, "parcel", code)], standing }));
  assert.deepEqual(told(plan), [`create ${address} ·→1`]);
});

test("row 8: other content is a new version, one above the highest ever, under the next name", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      { version: 4, spec: third, status: "rejected" },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), [`newVersion ${address} 1→5`]);
  assert.equal(plan.steps[0]?.remoteName, "parcel_v5");
  assert.equal(plan.steps[0]?.reason, "the body changed");
  assert.deepEqual(plan.steps[0]?.precondition, { remoteId: "id-parcelen-1", revision: '"rev-id-parcelen-1-1"' });
});

test("row 8: a taken remote name is skipped, in this language only", () => {
  const owned = stands(whatsapp, "parcel", { version: 1, spec: second, status: "active" });
  const taken = unowned(whatsapp, "other", { ...third, footer: "bye" }, { remoteName: "parcel_v2" });
  const abroad = unowned(whatsapp, "other", { ...third, language: "de" }, { remoteName: "parcel_v3" });
  const plan = planOf(scene({ declared: [declared], standing: [owned, taken, abroad] }));
  assert.deepEqual(told(plan), [`newVersion ${address} 1→3`]);
  assert.equal(plan.steps[0]?.remoteName, "parcel_v3");
});

test("row 8: beside a pending version a new one is submitted, and the overtaken one stays as it is", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: third, status: "active" },
      { version: 2, spec: second, status: "pending" },
    ),
  ];
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing }))), [`newVersion ${address} 1→3`]);
});

test("row 8: the overtaken version is retired once it has been decided and its successor is active", () => {
  const versions = (overtaken: "pending" | "active" | "rejected") =>
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: third, status: "deprecated", activeSinceDays: -60 },
      { version: 2, spec: second, status: overtaken, activeSinceDays: -1 },
      { version: 3, spec: parcel, status: "active", activeSinceDays: -10 },
    );
  const stepsWith = (overtaken: "pending" | "active" | "rejected") =>
    told(planOf(scene({ declared: [declared], standing: [versions(overtaken)] })));
  assert.deepEqual(stepsWith("pending"), []);
  assert.deepEqual(stepsWith("active"), [`deprecate ${address} 2→· follow-up`]);
  assert.deepEqual(stepsWith("rejected"), []);
});

test("an overtaken version that is approved first stays active until the declared one is", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 2, spec: second, status: "active", activeSinceDays: -1 },
      { version: 3, spec: parcel, status: "pending" },
    ),
  ];
  assert.deepEqual(told(planOf(scene({ declared: [declared], standing }))), []);
});

test("a changed set or order of WhatsApp placeholders is risk high", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const riskOf = (body: string) =>
    planOf(scene({ declared: [declare(whatsapp, "parcel", { ...parcel, body })], standing })).steps[0]?.risk;
  assert.equal(riskOf("Parcel {{1}} will soon reach {{2}}."), "low");
  assert.equal(riskOf("For {{2}}: parcel {{1}} is on its way."), "high");
  assert.equal(riskOf("Parcel {{1}} is on its way."), "high");
});

test("digital versions count minor, or major when what a sender uses was removed, and the plan says why", () => {
  const standing = [stands(digital, "booking", { version: "v1.9", spec: fitting, status: "active" })];
  const stepOf = (spec: Partial<typeof fitting> | object) =>
    planOf(scene({ declared: [declare(digital, "booking", { ...fitting, ...spec })], standing })).steps[0];
  const minor = stepOf({ channels: [...fitting.channels, "sms"] });
  assert.deepEqual(minor?.version, { from: "v1.9", to: "v1.10" });
  const major = stepOf({ channels: ["whatsapp"] });
  assert.deepEqual(major?.version, { from: "v1.9", to: "v2.0" });
  assert.match(major?.reason ?? "", /major: channel messenger removed/);
});

test("digital versions start at v1.0 and go above any version of that templateId in CXone", () => {
  const booking = declare(digital, "booking", fitting);
  assert.deepEqual(planOf(scene({ declared: [booking] })).steps[0]?.version, { from: null, to: "v1.0" });
  const standing = [
    stands(digital, "booking", {
      version: "v1.0",
      spec: { ...fitting, variables: ["customer.name"] },
      status: "active",
    }),
    unowned(digital, "booking", { ...fitting, channels: ["sms"] }, { version: "v1.10" }),
    unowned(digital, "booking", { ...fitting, channels: ["email"] }, { version: "v1.9" }),
  ];
  assert.equal(planOf(scene({ declared: [booking], standing })).steps[0]?.version.to, "v1.11");
});

test("the order of digital channels and variables is no change", () => {
  const standing = [stands(digital, "booking", { version: "v1.0", spec: fitting, status: "active" })];
  const turned = { ...fitting, channels: ["messenger", "whatsapp"], variables: ["store.name", "customer.name"] };
  assert.equal(planOf(scene({ declared: [declare(digital, "booking", turned)], standing })).summary.unchanged, 1);
});

test("changed examples alone are worth no review", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const other = declare(whatsapp, "parcel", { ...parcel, examples: { "1": "AB1234", "2": "Noor" } });
  assert.equal(planOf(scene({ declared: [other], standing })).summary.unchanged, 1);
});

test("removed manifest: an active and a PAUSED version are deprecated, the others are left", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: parcel, status: "paused" },
      { version: 2, spec: second, status: "active" },
      { version: 3, spec: third, status: "rejected" },
      { version: 4, spec: { ...third, footer: "bye" }, status: "deprecated", activeSinceDays: -90 },
    ),
  ];
  const plan = planOf(scene({ standing }));
  assert.deepEqual(told(plan), [`deprecate ${address} 1→·`, `deprecate ${address} 2→·`]);
  assert.ok(plan.steps.every((step) => step.risk === "high" && step.source === undefined));
  assert.deepEqual([plan.waiting, plan.blocked], [[], []]);
});

test("removed manifest: a DISABLED version needs nothing", () => {
  const standing = [
    stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "paused", observed: { statusText: "DISABLED" } }),
  ];
  assert.deepEqual(told(planOf(scene({ standing }))), []);
});

test("removed manifest: a pending version waits and is deprecated once it has been decided", () => {
  const removed = (status: "pending" | "active") =>
    planOf(scene({ standing: [stands(whatsapp, "parcel", { version: 1, spec: parcel, status })] }));
  assert.deepEqual(rows(removed("pending").waiting), [`${address}@1 by pending`]);
  assert.deepEqual(told(removed("pending")), []);
  assert.deepEqual(told(removed("active")), [`deprecate ${address} 1→·`]);
});

test("removed manifest: a tenant that cannot deprecate is told to do it in CXone", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" })];
  const plan = planOf(scene({ standing, input: { capabilities: () => without("deprecate") } }));
  assert.deepEqual(told(plan), []);
  assert.match(plan.waiting[0]?.reason ?? "", /deprecate it in CXone/);
});

test("a version that CXone denies by a typed 404 is submitted again under a new number", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active", shown: "gone" })];
  const { plan, events } = makePlan(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), [`newVersion ${address} 1→2`]);
  assert.deepEqual(
    events.map(({ action, version, status }) => [action, version, status]),
    [["lost", 1, "deprecated"]],
  );
  assert.equal(plan.steps[0]?.reason, "CXone does not hold version 1 any more");
});

test("what the ledger knows to be lost is not told again", () => {
  const lost = { ledger: { missing: true, status: "deprecated" }, shown: "gone" } as const;
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active", ...lost })];
  const { plan, events } = makePlan(scene({ declared: [declared], standing }));
  assert.deepEqual([told(plan), events], [[`newVersion ${address} 1→2`], []]);
  assert.equal(plan.steps[0]?.reason, "CXone does not hold version 1 any more");
});

test("a version that the list lacks and nobody denies stays what the ledger says", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active", shown: false })];
  const { plan, events } = makePlan(scene({ declared: [declared], standing }));
  assert.deepEqual([told(plan), events], [[], []]);
});

test("a submission that was begun and never arrived is made again under its own number", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "pending", begun: true })];
  const { plan, assignments } = makePlan(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), [`create ${address} ·→1`]);
  assert.match(plan.steps[0]?.reason ?? "", /begun and never arrived/);
  assert.equal([...assignments.values()][0]?.wasApplied, true);
});

test("a submission that was begun and arrived is known by its name and content, and becomes an event", () => {
  const own = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "pending", begun: true });
  const arrived = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "pending" });
  const { plan, events } = makePlan(scene({ declared: [declared], standing: [{ ...own, objects: arrived.objects }] }));
  assert.deepEqual([told(plan), rows(plan.waiting)], [[], [`${address}@1 by pending`]]);
  assert.deepEqual(
    events.map(({ action, remoteId }) => [action, remoteId]),
    [["observed", "id-parcelen-1"]],
  );
});

test("an object of a begun submission's name with other content is not its effect", () => {
  const own = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "pending", begun: true });
  const stranger = unowned(whatsapp, "parcel", second);
  const plan = planOf(scene({ declared: [declared], standing: [{ ...own, objects: stranger.objects }] }));
  assert.deepEqual(told(plan), [`create ${address} ·→1`]);
});

test("what CXone has decided since the ledger's last word becomes an event with its time", () => {
  const standing = [
    stands(whatsapp, "parcel", {
      version: 1,
      spec: parcel,
      status: "pending",
      observed: { status: "active", statusText: "APPROVED", decidedAt: at(-2) },
    }),
  ];
  const { plan, events } = makePlan(scene({ declared: [declared], standing }));
  assert.equal(plan.summary.unchanged, 1);
  assert.deepEqual(
    events.map(({ phase, action, status, decidedAt, observedAt }) => [phase, action, status, decidedAt, observedAt]),
    [["event", "decided", "active", at(-2), new Date(now).toISOString()]],
  );
});

test("a version approved just now gives its predecessor the whole of retireAfter, even before the ledger knows", () => {
  const standing = [
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: second, status: "active" },
      {
        version: 2,
        spec: parcel,
        status: "pending",
        observed: { status: "active", statusText: "APPROVED", decidedAt: at(-2) },
      },
    ),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), []);
  assert.ok(plan.waiting[0]?.reason.includes(at(5)));
});

test("a category that Meta changed is a warning at its place, and never fixed silently", () => {
  const standing = [
    stands(whatsapp, "parcel", {
      version: 1,
      spec: parcel,
      status: "active",
      observed: { state: { ...declared.state, category: "MARKETING" } },
    }),
  ];
  const plan = planOf(scene({ declared: [declared], standing }));
  assert.deepEqual([told(plan), plan.summary.unchanged], [[], 1]);
  assert.deepEqual(
    plan.diagnostics.map(({ code, severity, pointer, line }) => [code, severity, pointer, line]),
    [["CX4020", "warning", "/spec/category", 7]],
  );
  assert.match(plan.diagnostics[0]?.message ?? "", /from UTILITY to MARKETING/);
});

test("declaring the category that Meta chose is no change: there is nothing to submit", () => {
  const observed = { state: { ...declared.state, category: "MARKETING" } };
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active", observed })];
  const accepted = declare(whatsapp, "parcel", { ...parcel, category: "MARKETING" });
  const plan = planOf(scene({ declared: [accepted], standing }));
  assert.deepEqual([told(plan), plan.blocked, plan.summary.unchanged], [[], [], 1]);
});

test("a rename keeps the old versions until the new one is active, and needs new words", () => {
  const old = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const renamed = (spec: typeof parcel | typeof second) =>
    declare(whatsapp, "shipment", spec, { renamedFrom: "parcel" });
  const same = planOf(scene({ declared: [renamed(parcel)], standing: [old] }));
  assert.deepEqual([told(same), rows(same.blocked)], [[], ["WhatsAppTemplate/shipment/en by duplicate"]]);
  const other = planOf(scene({ declared: [renamed(second)], standing: [old] }));
  assert.deepEqual(told(other), ["create WhatsAppTemplate/shipment/en ·→1"]);
});

test("a rename's predecessors are follow-ups once the new name is active for long enough", () => {
  const old = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const stepsAfter = (days: number) => {
    const own = stands(whatsapp, "shipment", { version: 1, spec: second, status: "active", activeSinceDays: -days });
    const renamed = declare(whatsapp, "shipment", second, { renamedFrom: "parcel" });
    return planOf(scene({ declared: [renamed], standing: [old, own] }));
  };
  assert.deepEqual(told(stepsAfter(8)), [`deprecate ${address} 1→· follow-up`]);
  assert.deepEqual(told(stepsAfter(6)), []);
  assert.deepEqual(rows(stepsAfter(6).waiting), [`${address}@1 by pending`]);
});

test("rows 1 to 6 never see predecessors: equal content at the old name is no reason to do nothing", () => {
  const authentication = { ...parcel, category: "AUTHENTICATION" };
  const old = stands(whatsapp, "parcel", { version: 1, spec: authentication, status: "active" });
  const renamed = declare(whatsapp, "shipment", authentication, { renamedFrom: "parcel" });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [old] }))), [
    "create WhatsAppTemplate/shipment/en ·→1",
  ]);
});

test("a removal beside a creation with the same content and no renamedFrom: both are blocked, with that hint", () => {
  const old = stands(digital, "booking", { version: "v1.0", spec: fitting, status: "active" });
  const plan = planOf(scene({ declared: [declare(digital, "appointment", fitting)], standing: [old] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), [
    "DigitalTemplate/appointment/en-US by rename",
    "DigitalTemplate/booking/en-US by rename",
  ]);
  for (const { reason } of plan.blocked) assert.match(reason, /add metadata.renamedFrom: booking/);
});

test("a silent rename of a WhatsApp template is stopped too, so that no sender is left without a template", () => {
  const old = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const plan = planOf(scene({ declared: [declare(whatsapp, "shipment", parcel)], standing: [old] }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(rows(plan.blocked), [
    "WhatsAppTemplate/parcel/en by rename",
    "WhatsAppTemplate/shipment/en by rename",
  ]);
});

test("a removal beside a creation with other content is no rename", () => {
  const old = stands(whatsapp, "parcel", { version: 1, spec: parcel, status: "active" });
  const plan = planOf(scene({ declared: [declare(whatsapp, "shipment", second)], standing: [old] }));
  assert.deepEqual(told(plan), ["create WhatsAppTemplate/shipment/en ·→1", `deprecate ${address} 1→·`]);
});

test("a language added later starts at its own version 1", () => {
  const standing = [stands(whatsapp, "parcel", { version: 3, spec: parcel, status: "active" })];
  const german = declare(whatsapp, "parcel", {
    ...parcel,
    language: "de",
    body: "Paket {{1}} ist zu {{2}} unterwegs.",
  });
  assert.deepEqual(told(planOf(scene({ declared: [declared, german], standing }))), [
    "create WhatsAppTemplate/parcel/de ·→1",
  ]);
});

test("the last active version of what is still declared is never retired, whatever else stands there", () => {
  const statuses = ["pending", "rejected", "paused", "unknown", "deprecated"] as const;
  for (const status of statuses) {
    const standing = [
      stands(
        whatsapp,
        "parcel",
        { version: 1, spec: second, status: "active", activeSinceDays: -900 },
        { version: 2, spec: parcel, status },
      ),
    ];
    const { plan } = makePlan(scene({ declared: [declared], standing, input: { retireAfterMs: 0 } }));
    assert.ok(!plan.steps.some((step) => step.action === "deprecate"), status);
  }
});

test("offline the ledger stands in for CXone", () => {
  const standing = [stands(whatsapp, "parcel", { version: 1, spec: second, status: "active" })];
  const plan = planOf(scene({ declared: [declared], standing, unobserved: true }));
  assert.deepEqual(told(plan), [`newVersion ${address} 1→2`]);
  assert.deepEqual(
    plan.steps[0]?.changes.map((change) => change.path),
    ["/body"],
  );
});
