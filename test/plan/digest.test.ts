// Holds the plan as a value (INTERFACE §5): its digests, its summary, its independence of order, and that making it changes nothing it was given.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { canonical } from "../../src/base/canonical.ts";
import { digest as sha } from "../../src/base/digest.ts";
import type { Json } from "../../src/contract/json.ts";
import type { Plan, Step } from "../../src/contract/plan.ts";
import { makePlan, stepDigest } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import {
  a2p,
  at,
  declare,
  declareBatch,
  digital,
  frozen,
  scene,
  session,
  sms,
  specs,
  stands,
  unowned,
  webhook,
  whatsapp,
} from "./scene.ts";

const { code, campaign, parcel, fitting, hook, winter } = specs;

/** A scene with something of everything: steps of most actions, rows of every sort. */
function everything(): PlanInput {
  const wording = (word: string) => ({ ...parcel, body: `${word}: parcel {{1}} for {{2}} today.` });
  return scene({
    declared: [
      declare(whatsapp, "new", wording("New")),
      declare(whatsapp, "edited", wording("Edited")),
      declare(whatsapp, "back", wording("Back")),
      declare(whatsapp, "waits", wording("Waits")),
      declare(whatsapp, "refused", wording("Refused")),
      declare(whatsapp, "kept", wording("Kept")),
      declare(whatsapp, "replaced", wording("Replaced")),
      declare(whatsapp, "taken", wording("Taken")),
      declare(digital, "booking", { ...fitting, channels: ["whatsapp"] }),
      declare(sms, "sign-in-code", code),
      declare(a2p, "otp", campaign),
      declare(webhook, "decisions", { ...hook, events: ["template.approved"] }),
      declare(session, "winter", winter),
      declareBatch("stores", { optOuts: [3], optIns: [4] }),
    ],
    standing: [
      stands(whatsapp, "edited", { version: 1, spec: wording("Before"), status: "active" }),
      stands(whatsapp, "back", { version: 1, spec: wording("Back"), status: "deprecated", activeSinceDays: -90 }),
      stands(whatsapp, "waits", { version: 1, spec: wording("Waits"), status: "pending" }),
      stands(whatsapp, "refused", { version: 1, spec: wording("Refused"), status: "rejected" }),
      stands(whatsapp, "kept", { version: 1, spec: wording("Kept"), status: "active" }),
      stands(
        whatsapp,
        "replaced",
        { version: 1, spec: wording("Original"), status: "active" },
        { version: 2, spec: wording("Replaced"), status: "active" },
      ),
      stands(whatsapp, "removed", { version: 1, spec: wording("Removed"), status: "active" }),
      unowned(whatsapp, "taken", wording("Taken")),
      unowned(whatsapp, "foreign", wording("Foreign")),
      stands(digital, "booking", { version: "v1.0", spec: fitting, status: "active" }),
      stands(webhook, "decisions", { version: 1, spec: hook, status: "active" }),
      stands(webhook, "removed", { version: 1, spec: { ...hook, url: "https://old.example/" }, status: "active" }),
    ],
  });
}

const planOf = (input: PlanInput): Plan => makePlan(input).plan;

test("the scene has steps of every action and rows of every sort", () => {
  const { summary } = planOf(everything());
  for (const [what, count] of Object.entries(summary)) {
    if (what !== "off") assert.ok(count > 0, `${what} is ${count}`);
  }
});

test("the summary adds up: every declared address is a step, a row, unchanged or off, and every step is counted", () => {
  for (const input of [everything(), { ...everything(), isEnabled: (family: string) => family !== "messaging" }]) {
    const plan = planOf(input);
    const { waiting, blocked, unchanged, unmanaged, off, ...byAction } = plan.summary;
    assert.equal(
      Object.values(byAction).reduce((left, right) => left + right, 0),
      plan.steps.length,
    );
    assert.deepEqual([waiting, blocked, unmanaged], [plan.waiting.length, plan.blocked.length, plan.unmanaged.length]);
    const told = new Set([...plan.steps, ...plan.waiting, ...plan.blocked].map(({ address }) => address));
    const spokenOf = input.declared.filter(({ address }) => told.has(address)).length;
    assert.equal(spokenOf + unchanged + off, input.declared.length);
  }
});

test("every patch of a plan, and no more than its changes, is what the step says", () => {
  for (const step of planOf(everything()).steps) {
    assert.equal(step.patch.length > 0, step.changes.length > 0, step.address);
  }
});

/** The same scene with everything that has no order of its own in another order, object keys included. */
function shuffled(input: PlanInput, orders: readonly number[]): PlanInput {
  let turn = 0;
  const shuffle = <Item>(items: readonly Item[]): Item[] => {
    const rest = [...items];
    const out: Item[] = [];
    while (rest.length > 0) out.push(...rest.splice((orders[turn++ % orders.length] as number) % rest.length, 1));
    return out;
  };
  const keys = (value: Json): Json => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(keys);
    return Object.fromEntries(shuffle(Object.entries(value)).map(([key, inner]) => [key, keys(inner)]));
  };
  const kinds = new Map(
    shuffle([...input.observation.kinds]).map(([name, observation]) => {
      const objects = shuffle(observation.objects).map((object) => ({ ...object, state: keys(object.state) }));
      return [name, { ...observation, objects: objects as typeof observation.objects }] as const;
    }),
  );
  return {
    ...input,
    declared: shuffle(input.declared).map((one) => ({
      ...one,
      spec: keys(one.spec) as typeof one.spec,
      state: keys(one.state) as typeof one.state,
    })),
    ledger: { ...input.ledger, resources: Object.fromEntries(shuffle(Object.entries(input.ledger.resources))) },
    contents: new Map(shuffle([...input.contents]).map(([name, content]) => [name, keys(content) as typeof content])),
    observation: { ...input.observation, kinds },
  };
}

test("a plan does not depend on the order of manifests, objects, ledger addresses or keys", () => {
  const input = everything();
  const plan = planOf(input);
  const withoutOrder = ({ patch: _patch, reason: _reason, ...step }: Step): Json => step as unknown as Json;
  fc.assert(
    fc.property(fc.array(fc.nat(97), { minLength: 5, maxLength: 60 }), (orders) => {
      const other = planOf(shuffled(input, orders));
      assert.equal(other.digest, plan.digest);
      assert.deepEqual(
        other.steps.map(({ digest }) => digest),
        plan.steps.map(({ digest }) => digest),
      );
      assert.equal(canonical(other.steps.map(withoutOrder)), canonical(plan.steps.map(withoutOrder)));
      for (const part of ["waiting", "blocked", "unmanaged", "summary", "diagnostics"] as const) {
        assert.equal(canonical(other[part] as unknown as Json), canonical(plan[part] as unknown as Json), part);
      }
    }),
    { numRuns: 60 },
  );
});

test("a step's digest changes when anything that it names changes", () => {
  const base = planOf(everything()).steps.find((step) => step.action === "newVersion") as Step;
  const batch = planOf(everything()).steps.find((step) => step.action === "records") as Step;
  const records = batch.records as NonNullable<Step["records"]>;
  const altered: Readonly<Record<string, Step>> = {
    action: { ...base, action: "update" },
    address: { ...base, address: `${base.address}x` },
    "version.from": { ...base, version: { ...base.version, from: 7 } },
    "version.to": { ...base, version: { ...base.version, to: 7 } },
    patch: { ...base, patch: [...base.patch, { op: "add", path: "/footer", value: "x" }] },
    "precondition.remoteId": { ...base, precondition: { ...base.precondition, remoteId: "other" } },
    "precondition.revision": { ...base, precondition: { ...base.precondition, revision: "other" } },
  };
  for (const [what, step] of Object.entries(altered)) assert.notEqual(stepDigest(step), base.digest, what);
  for (const field of ["total", "optIns", "optOuts"] as const) {
    const step = { ...batch, records: { ...records, [field]: records[field] + 1 } };
    assert.notEqual(stepDigest(step), batch.digest, field);
  }
  assert.notEqual(stepDigest({ ...batch, records: { ...records, contentDigest: "sha256:other" } }), batch.digest);
});

test("a step's digest does not change with source, reason, risk, order, changes or observed counts", () => {
  const base = planOf(everything()).steps.find((step) => step.action === "newVersion") as Step;
  const batch = planOf(everything()).steps.find((step) => step.action === "records") as Step;
  const records = batch.records as NonNullable<Step["records"]>;
  assert.equal(stepDigest(base), base.digest);
  for (const step of [
    { ...base, source: { file: "elsewhere.yaml", line: 99, column: 9 } },
    { ...base, reason: "another reason" },
    { ...base, risk: "high" } as const,
    { ...base, after: ["SmsTemplate/x"] },
    { ...base, changes: [] },
    { ...base, notes: ["a note"] },
  ]) {
    assert.equal(stepDigest(step), base.digest);
  }
  const counted = { ...records, observed: { unchanged: 1, skipped: 2 }, toSend: 1 };
  assert.equal(stepDigest({ ...batch, records: counted }), batch.digest);
});

test("a step's digest is the SHA-256 of the canonical JSON that INTERFACE §5 names", () => {
  for (const step of planOf(everything()).steps) {
    const { action, address, version, patch, precondition, records } = step;
    const counts =
      records === undefined
        ? {}
        : {
            contentDigest: records.contentDigest,
            total: records.total,
            optIns: records.optIns,
            optOuts: records.optOuts,
          };
    const named = { action, address, version, patch, precondition, ...counts };
    assert.equal(step.digest, `sha256:${sha(named as unknown as Json)}`);
  }
});

test("the plan's digest knows environment, options and steps, not time, commit, tool or place", () => {
  const input = everything();
  const { digest } = planOf(input);
  const same: readonly Partial<PlanInput>[] = [
    { commit: "c0ffee" },
    { tool: "cxform/9.9.9" },
    { place: { file: "other.yaml", line: 1, column: 1 } },
    { now: input.now + 1 },
    { ignoreUnmanaged: ["**"] },
  ];
  for (const change of same) assert.equal(planOf({ ...input, ...change }).digest, digest, Object.keys(change)[0]);
  const different: readonly Partial<PlanInput>[] = [
    { environment: "staging" },
    { options: { only: ["**"], adopt: [] } },
    { options: { only: [], adopt: ["SmsTemplate/x"] } },
    { declared: input.declared.slice(1) },
  ];
  for (const change of different)
    assert.notEqual(planOf({ ...input, ...change }).digest, digest, Object.keys(change)[0]);
});

test("the plan's digest does not depend on the order in which its steps are performed", () => {
  const input = everything();
  const reversed = planOf({ ...input, kinds: input.kinds.toReversed() });
  assert.notDeepEqual(
    reversed.steps.map(({ address }) => address),
    planOf(input).steps.map(({ address }) => address),
  );
  assert.equal(reversed.digest, planOf(input).digest);
});

test("follow-ups are no part of the plan's digest, so that an approval between review and apply does not make it stale", () => {
  const own = (days: number) =>
    stands(
      whatsapp,
      "parcel",
      { version: 1, spec: { ...parcel, body: "Old {{1}} {{2}}." }, status: "active" },
      { version: 2, spec: parcel, status: "active", activeSinceDays: days },
    );
  const declared = [declare(whatsapp, "parcel", parcel), declare(sms, "sign-in-code", code)];
  const before = planOf(scene({ declared, standing: [own(-1)] }));
  const after = planOf(scene({ declared, standing: [own(-8)] }));
  assert.deepEqual([before.steps.length, after.steps.length], [1, 2]);
  assert.equal(after.digest, before.digest);
});

test("the digest of a step tells two secrets apart that are shown the same", () => {
  const stepOf = (campaignName: string) =>
    planOf(scene({ declared: [declare(session, "winter", { ...winter, metadata: { campaign: campaignName } })] }))
      .steps[0];
  const [left, right] = [stepOf("winter sale"), stepOf("spring sale")];
  assert.deepEqual(left?.changes, right?.changes);
  assert.notEqual(left?.digest, right?.digest);
  assert.ok(!JSON.stringify([left, right]).includes("sale"));
});

test("making a plan writes into nothing that it was given, and gives the same plan twice", () => {
  const input = everything();
  const plan = canonical(planOf(input) as unknown as Json);
  frozen(
    input.declared.map(({ kindDefinition: _, ...one }) => [one.spec, one.state, one.references, one.records?.summary]),
  );
  frozen([input.ledger, input.options, input.guards, input.ignoreUnmanaged, input.place]);
  frozen(input.observation);
  frozen(input.contents);
  for (const one of [...input.declared, ...input.kinds]) Object.freeze(one);
  Object.freeze(input.declared);
  assert.equal(canonical(planOf(Object.freeze(input)) as unknown as Json), plan);
});

test("a plan is plain JSON: it reads back as itself", () => {
  const plan = planOf(everything());
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});

test("what was read before the plan's time is told with it", () => {
  const plan = planOf(everything());
  assert.equal(plan.createdAt, at(0));
  assert.equal(plan.formatVersion, 1);
  assert.ok(!("commit" in plan));
  assert.equal(planOf({ ...everything(), commit: "c0ffee" }).commit, "c0ffee");
});
