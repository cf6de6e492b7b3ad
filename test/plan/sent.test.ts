// Holds what is said of kinds that are sent and not mirrored (DESIGN §4): guest sessions once a generation, batches until answered.
import assert from "node:assert/strict";
import test from "node:test";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { batch, declare, declareBatch, rows, scene, session, specs, stands, told } from "./scene.ts";

const { winter } = specs;
const address = "GuestSession/winter";
const declared = declare(session, "winter", winter);
const planOf = (input: PlanInput) => makePlan(input).plan;

test("a session whose content and generation are not in the ledger is sent", () => {
  const plan = planOf(scene({ declared: [declared] }));
  assert.deepEqual(told(plan), [`send ${address} ·→1`]);
});

test("a session that was sent is never looked at again", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "active" })];
  assert.equal(planOf(scene({ declared: [declared], standing })).summary.unchanged, 1);
  assert.deepEqual(told(planOf(scene({ standing }))), [], "nor is a removed one");
});

test("a raised generation is sent, from the last one that was", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "active" })];
  const raised = declare(session, "winter", { ...winter, generation: 2, language: ["de"] });
  assert.deepEqual(told(planOf(scene({ declared: [raised], standing }))), [`send ${address} 1→2`]);
});

test("changed content without a raised generation is blocked, with what to raise", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "active" })];
  const other = declare(session, "winter", { ...winter, metadata: { campaign: "spring" } });
  const plan = planOf(scene({ declared: [other], standing }));
  assert.deepEqual(rows(plan.blocked), [`${address}@1 by forbid`]);
  assert.match(plan.blocked[0]?.reason ?? "", /raise spec.generation/);
});

test("a session that was begun and is found is an event and not sent again", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "pending", begun: true })];
  const found = {
    remoteId: "s-1",
    remoteName: "s-1",
    status: "active",
    statusText: "ACTIVE",
    state: {},
    revision: "",
  } as const;
  const sessions = new Map([[`${address}@1`, found]]);
  const { plan, events } = makePlan(scene({ declared: [declared], standing, sessions }));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(
    events.map(({ action, version, remoteId, status }) => [action, version, remoteId, status]),
    [["observed", 1, "s-1", "active"]],
  );
});

test("a session that was begun and is not found is sent with the same generation", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "pending", begun: true })];
  const { plan, assignments } = makePlan(scene({ declared: [declared], standing }));
  assert.deepEqual(told(plan), [`send ${address} ·→1`]);
  assert.equal([...assignments.values()][0]?.wasApplied, true);
});

test("a session begun with other content is blocked rather than sent under a key that belongs to that content", () => {
  const standing = [stands(session, "winter", { version: 1, spec: winter, status: "pending", begun: true })];
  const other = declare(session, "winter", { ...winter, language: ["de"] });
  assert.deepEqual(rows(planOf(scene({ declared: [other], standing })).blocked), [`${address}@1 by forbid`]);
});

test("a renamed session is the same session: what its former address sent is not sent again", () => {
  const renamed = declare(session, "winter-campaign", winter, { renamedFrom: "winter" });
  const sent = stands(session, "winter", { version: 1, spec: winter, status: "active" });
  assert.deepEqual(told(planOf(scene({ declared: [renamed], standing: [sent] }))), []);
  const raised = declare(session, "winter-campaign", { ...winter, generation: 2 }, { renamedFrom: "winter" });
  assert.equal(planOf(scene({ declared: [raised], standing: [sent] })).steps.length, 1);
  const begun = stands(session, "winter", { version: 1, spec: winter, status: "pending", begun: true });
  const held = planOf(scene({ declared: [renamed], standing: [begun] }));
  assert.deepEqual([told(held), rows(held.blocked)], [[], ["GuestSession/winter-campaign@1 by rename"]]);
});

test("a channel that does not allow guests blocks the session", () => {
  const prechecks = new Map([[address, { status: "INACTIVE", reason: "channel c is INACTIVE" }]]);
  const plan = planOf(scene({ declared: [declared], prechecks }));
  assert.deepEqual([told(plan), rows(plan.blocked)], [[], [`${address}@1 by reference`]]);
  assert.equal(plan.blocked[0]?.status, "INACTIVE");
});

const stores = declareBatch("stores", { optOuts: [100, 20], optIns: [100, 7] });
const chunkDigests = stores.records?.summary.chunks.map((chunk) => chunk.digest) ?? [];
const answered = (...digests: readonly string[]) => ({
  resources: {
    [stores.address]: { versions: [], records: { answered: digests, applies: digests.length === 0 ? 0 : 1 } },
  },
});

test("a batch has a step until CXone has answered for each of its records", () => {
  const plan = planOf(scene({ declared: [stores] }));
  assert.deepEqual(told(plan), [`records ${stores.address} ·→1`]);
  assert.deepEqual(plan.steps[0]?.records, {
    contentDigest: "sha256:of-stores",
    total: 227,
    optIns: 107,
    optOuts: 120,
    toSend: 227,
    observed: null,
  });
  assert.deepEqual([plan.steps[0]?.changes, plan.steps[0]?.patch], [[], []]);
  assert.match(plan.steps[0]?.reason ?? "", /120 opt-outs first, 107 opt-ins \(counted from the file\)/);
});

test("a single record is spoken of in the singular", () => {
  const one = declareBatch("one", { optOuts: [1], optIns: [] });
  const plan = planOf(scene({ declared: [one] }));
  assert.match(plan.steps[0]?.reason ?? "", /^1 of 1 records is not answered yet: 1 opt-out first, 0 opt-ins/);
});

test("only chunks without an answer are sent, and a batch that is done is done", () => {
  const part = planOf(scene({ declared: [stores], ...answered(...chunkDigests.slice(0, 3)) }));
  assert.deepEqual(told(part), [`records ${stores.address} 1→2`]);
  assert.equal(part.steps[0]?.records?.toSend, 7);
  const done = planOf(scene({ declared: [stores], ...answered(...chunkDigests) }));
  assert.deepEqual([told(done), done.summary.unchanged], [[], 1]);
});

test("what CXone is known to hold newer is not sent and counts as answered", () => {
  const records = new Map([[stores.address, { unchanged: 3, skipped: 5, older: new Set(["a", "b"]) }]]);
  const { plan, assignments } = makePlan(scene({ declared: [stores], records }));
  assert.deepEqual(plan.steps[0]?.records?.observed, { unchanged: 3, skipped: 5 });
  assert.equal(plan.steps[0]?.records?.toSend, 225, "skipped opt-outs are sent all the same");
  assert.deepEqual([...assignments.values()][0]?.older, new Set(["a", "b"]));
});

test("the opt-out lane sends the opt-outs alone, and plans nothing else", () => {
  const options = { only: [], adopt: [], optOutsOnly: true } as const;
  const plan = planOf(scene({ declared: [stores, declared], input: { options } }));
  assert.deepEqual(told(plan), [`records ${stores.address} ·→1`]);
  assert.equal(plan.steps[0]?.records?.toSend, 120);
  // No revert undoes an opt-out.
  assert.equal(plan.steps[0]?.risk, "high");
});

test("removing a batch takes nothing back, and the plan says so", () => {
  const { plan, events } = makePlan(scene(answered(...chunkDigests)));
  assert.deepEqual(told(plan), []);
  assert.deepEqual(
    plan.diagnostics.map(({ code, severity, address: about }) => [code, severity, about]),
    [["CX4030", "warning", stores.address]],
  );
  assert.match(plan.diagnostics[0]?.message ?? "", /nothing is taken back/);
  assert.deepEqual(
    events.map(({ action }) => action),
    ["forgotten"],
  );
});

test("a source or a region alone is no change of a batch", () => {
  assert.deepEqual(
    Object.values(batch.fields).map(({ change }) => change),
    ["ignore", "ignore"],
  );
});
