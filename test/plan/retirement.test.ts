// What a retirement carries to whoever performs it, whose versions go, and what a tenant that cannot deprecate is told.
import assert from "node:assert/strict";
import test from "node:test";
import { makePlan } from "../../src/plan/assemble.ts";
import type { Assignment, Planned } from "../../src/plan/input.ts";
import { without } from "../_world/capabilities.ts";
import {
  declare,
  onlyStep,
  rows,
  type SceneFacts,
  scene,
  specs,
  stands,
  told,
  type VersionFacts,
  whatsapp,
} from "./scene.ts";

const { parcel } = specs;
const address = "WhatsAppTemplate/parcel/en";
const words = (number: number) => ({ ...parcel, body: `Number ${number}: {{1}} goes to {{2}}.` });
const of = (version: number, status: VersionFacts["status"], more: Partial<VersionFacts> = {}): VersionFacts => ({
  version,
  spec: words(version),
  status,
  ...more,
});
const made = (facts: SceneFacts): Planned => makePlan(scene(facts));

/** The only step, without what every step is given, and what it is performed with. */
function only(planned: Planned) {
  const { digest: _digest, changes, effect: _effect, sample: _sample, patch: _patch, ...step } = onlyStep(planned);
  return { step, changes, assignment: [...planned.assignments.values()][0] as Assignment };
}

test("a version that was replaced goes as a follow-up, with what was seen of it and of its successor", () => {
  const standing = [stands(whatsapp, "parcel", of(1, "active"), of(2, "active"))];
  const { step, changes, assignment } = only(made({ declared: [declare(whatsapp, "parcel", words(2))], standing }));
  assert.deepEqual(step, {
    action: "deprecate",
    address,
    version: { from: 1, to: null },
    after: [],
    followUp: true,
    risk: "low",
    reason: "replaced by version 2, active since 2026-10-21T12:00:00.000Z",
    precondition: { remoteId: "id-parcelen-1", revision: '"rev-id-parcelen-1-1"' },
    remoteName: "parcel",
    source: { file: "templates/whatsapp/parcel.yaml", line: 2, column: 1 },
  });
  assert.deepEqual(changes, [{ path: "/status", before: "APPROVED", after: "DEPRECATED" }]);
  assert.deepEqual(
    [assignment.kind, assignment.observed?.remoteId, assignment.successor?.remoteId],
    [whatsapp, "id-parcelen-1", "id-parcelen-2"],
  );
});

test("a version whose manifest is gone goes at once, at high risk, with nobody in its place and no place to point to", () => {
  const { step, assignment } = only(made({ standing: [stands(whatsapp, "parcel", of(1, "active"))] }));
  assert.deepEqual(
    [step.action, step.version, step.followUp, step.risk, step.reason],
    ["deprecate", { from: 1, to: null }, false, "high", "its manifest was removed"],
  );
  assert.equal("source" in step, false);
  assert.equal("successor" in assignment, false);
  assert.equal(assignment.observed?.revision, '"rev-id-parcelen-1-1"');
});

test("where nothing is seen of a version, the ledger stands in for it", () => {
  const standing = [stands(whatsapp, "parcel", of(1, "active", { shown: false }))];
  const { assignment } = only(made({ standing }));
  const { state: _state, ...observed } = assignment.observed ?? {};
  assert.deepEqual(observed, {
    remoteId: "id-parcelen-1",
    remoteName: "parcel",
    version: 1,
    status: "deprecated",
    statusText: "DEPRECATED",
    revision: "",
  });
});

test("of a renamed template the versions that serve or are paused go, named after who replaced them", () => {
  const before = [
    of(1, "deprecated"),
    of(2, "active"),
    of(3, "rejected"),
    of(4, "paused"),
    of(5, "paused", { observed: { statusText: "DISABLED" } }),
    of(6, "pending"),
  ];
  const declared = [declare(whatsapp, "dispatch", words(9), { renamedFrom: "parcel" })];
  const standing = [
    stands(whatsapp, "parcel", ...before),
    stands(whatsapp, "dispatch", { ...of(1, "active"), spec: words(9) }),
  ];
  const { plan } = made({ declared, standing });
  assert.deepEqual(told(plan), [`deprecate ${address} 2→· follow-up`, `deprecate ${address} 4→· follow-up`]);
  assert.match(plan.steps[0]?.reason ?? "", /^replaced by WhatsAppTemplate\/dispatch\/en, active since /);
  const young = { ...of(1, "active", { activeSinceDays: -1 }), spec: words(9) };
  const waiting = made({ declared, standing: [standing[0] as never, stands(whatsapp, "dispatch", young)] }).plan;
  assert.deepEqual(
    [told(waiting), rows(waiting.waiting)],
    [[], [`${address}@2 by pending`, `${address}@4 by pending`]],
  );
  assert.match(waiting.waiting[0]?.reason ?? "", /after WhatsAppTemplate\/dispatch\/en became active$/);
});

test("a tenant that cannot deprecate keeps what was replaced without a word, and is told of what was removed", () => {
  const input = { capabilities: () => without("deprecate") };
  const standing = [stands(whatsapp, "parcel", of(1, "active"), of(2, "active"))];
  const kept = made({ declared: [declare(whatsapp, "parcel", words(2))], standing, input }).plan;
  assert.deepEqual([told(kept), rows(kept.waiting)], [[], []]);
  const removed = made({ standing: [stands(whatsapp, "parcel", of(1, "active"))], input }).plan;
  assert.deepEqual([told(removed), rows(removed.waiting)], [[], [`${address}@1 by paused`]]);
});
