// The steps, rows and diagnostics of versioned kinds in their whole: what a change starts from, what is said of it, and what the ledger is given.

import assert from "node:assert/strict";
import test from "node:test";
import type { JsonObject } from "../../src/contract/json.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput, Planned } from "../../src/plan/input.ts";
import { without } from "../_world/capabilities.ts";
import {
  declare,
  digital,
  onlyStep,
  type Standing,
  scene,
  specs,
  stands,
  told,
  unowned,
  type VersionFacts,
  whatsapp,
} from "./scene.ts";

const { parcel, fitting } = specs;
const address = "WhatsAppTemplate/parcel/en";
const second = { ...parcel, body: "Your parcel {{1}} left for {{2}} today." };
const third = { ...parcel, body: "Parcel {{1}} goes to {{2}}, at last." };
const owning = (...versions: readonly VersionFacts[]): readonly Standing[] => [stands(whatsapp, "parcel", ...versions)];
const planned = (spec: JsonObject, standing: readonly Standing[], input: Partial<PlanInput> = {}): Planned =>
  makePlan(scene({ declared: [declare(whatsapp, "parcel", spec)], standing, input }));

test("a new version starts from the active one, says what changed, and carries what it submits", () => {
  const made = planned({ ...second, footer: "Juniper" }, owning({ version: 1, spec: parcel, status: "active" }));
  const { digest: _digest, effect: _effect, sample: _sample, changes, patch, ...step } = onlyStep(made);
  assert.deepEqual(step, {
    action: "newVersion",
    address,
    version: { from: 1, to: 2 },
    after: [],
    followUp: false,
    risk: "low",
    reason: "the body and the footer changed",
    precondition: { remoteId: "id-parcelen-1", revision: '"rev-id-parcelen-1-1"' },
    remoteName: "parcel_v2",
    source: { file: "templates/whatsapp/parcel.yaml", line: 2, column: 1 },
  });
  assert.deepEqual(
    changes.map((one) => one.path),
    ["/body", "/footer"],
  );
  assert.equal(patch.length, 2);
  const [assignment] = [...made.assignments.values()];
  assert.equal(assignment?.kind, whatsapp);
  assert.equal(assignment?.target?.name, "parcel");
  assert.equal(assignment?.target?.address, address);
  assert.equal(assignment?.content?.["footer"], "Juniper");
  assert.equal(assignment?.observed?.remoteId, "id-parcelen-1");
  assert.ok(assignment !== undefined && !("wasApplied" in assignment));
});

test("a creation starts from nothing", () => {
  const made = planned(parcel, []);
  const { reason, version, precondition, changes } = onlyStep(made);
  assert.deepEqual([reason, version, precondition], ["new", { from: null, to: 1 }, {}]);
  assert.ok(changes.length > 0 && changes.every((one) => (one.before ?? null) === null));
  const [assignment] = [...made.assignments.values()];
  assert.ok(assignment !== undefined && !("observed" in assignment) && !("wasApplied" in assignment));
});

test("a change starts from the active version, else the pending one, else the highest that there was", () => {
  const of = (...versions: readonly VersionFacts[]): number | string | null =>
    onlyStep(planned(parcel, owning(...versions))).version.from;
  const words = (number: number) => ({ ...parcel, body: `Number ${number}: {{1}} to {{2}}.` });
  const has = (version: number, status: VersionFacts["status"]): VersionFacts => ({
    version,
    spec: words(version),
    status,
  });
  assert.equal(of(has(1, "active"), has(2, "pending"), has(3, "rejected")), 1);
  assert.equal(of(has(3, "active"), has(1, "active")), 3);
  assert.equal(of(has(1, "pending"), has(2, "rejected")), 1);
  assert.equal(of(has(1, "rejected"), has(3, "deprecated"), has(2, "rejected")), 3);
  assert.equal(of(has(1, "rejected"), { ...has(2, "pending"), begun: true }), 1);
});

test("of several versions with the declared content the highest speaks", () => {
  const rejected = (version: number): VersionFacts => ({
    version,
    spec: parcel,
    status: "rejected",
    observed: { reason: `no ${version}` },
  });
  const { plan } = planned(parcel, owning(rejected(1), rejected(3), rejected(2)));
  assert.deepEqual(
    plan.blocked.map((row) => [row.version, row.reason]),
    [[3, "no 3"]],
  );
});

test("a submission that never arrived is planned again as what was applied already", () => {
  const standing = owning(
    { version: 1, spec: second, status: "active" },
    { version: 2, spec: parcel, status: "pending", begun: true },
  );
  const made = planned(parcel, standing);
  const step = onlyStep(made);
  assert.deepEqual(
    [step.action, step.version, step.remoteName, step.reason],
    ["newVersion", { from: 1, to: 2 }, "parcel_v2", "its submission was begun and never arrived"],
  );
  assert.equal([...made.assignments.values()][0]?.wasApplied, true);
});

test("a reactivation is planned from the version that serves to the one that comes back", () => {
  const standing = owning(
    { version: 1, spec: parcel, status: "deprecated", activeSinceDays: -60 },
    { version: 2, spec: second, status: "active" },
  );
  const made = planned(parcel, standing);
  const { digest: _digest, sample: _sample, changes, patch: _patch, ...step } = onlyStep(made);
  assert.deepEqual(step, {
    action: "reactivate",
    address,
    version: { from: 2, to: 1 },
    after: [],
    followUp: false,
    risk: "low",
    reason: "version 1 had this content and was approved: no new review",
    precondition: { remoteId: "id-parcelen-1", revision: '"rev-id-parcelen-1-1"' },
    remoteName: "parcel",
    source: { file: "templates/whatsapp/parcel.yaml", line: 2, column: 1 },
  });
  assert.deepEqual(
    changes.map((one) => one.path),
    ["/body"],
  );
  const [assignment] = [...made.assignments.values()];
  assert.deepEqual([assignment?.observed?.remoteId, assignment?.target?.address], ["id-parcelen-1", address]);
  assert.equal(assignment?.content?.["body"], parcel.body);
  const unseen = planned(
    parcel,
    owning({ version: 1, spec: parcel, status: "deprecated", activeSinceDays: -60, shown: false }),
  );
  assert.equal(onlyStep(unseen).version.from, null);
  assert.ok(onlyStep(unseen).changes.every((one) => (one.before ?? null) === null));
  const stand = [...unseen.assignments.values()][0]?.observed;
  assert.deepEqual([stand?.remoteId, stand?.status, stand?.version], ["id-parcelen-1", "deprecated", 1]);
});

test("what waits and what is blocked bears CXone's own reason, or says what is known", () => {
  const reasonOf = (status: "pending" | "paused" | "unknown", reason?: string): string | undefined => {
    const observed = reason === undefined ? {} : { observed: { reason } };
    return planned(parcel, owning({ version: 1, spec: parcel, status, ...observed })).plan.waiting[0]?.reason;
  };
  assert.equal(reasonOf("pending"), "submitted; CXone has not decided yet");
  assert.equal(reasonOf("pending", "in the queue"), "in the queue");
  assert.equal(reasonOf("paused"), "CXone reports the status PAUSED; it is not submitted again");
  assert.equal(reasonOf("unknown"), "CXone reports the status FLAGGED; it is not submitted again");
  assert.equal(reasonOf("paused", "low quality"), "low quality");
});

test("a duplicate is named with the object that has the words, as an error in the row or as a warning at its place", () => {
  const standing = [
    unowned(whatsapp, "other", third),
    unowned(whatsapp, "legacy_parcel", parcel, { remoteName: "legacy_parcel" }),
  ];
  const { plan } = planned(parcel, standing);
  assert.deepEqual(
    plan.blocked.map(({ address: of, status, by, reason }) => ({ of, status, by, reason })),
    [
      {
        of: address,
        status: "NONE",
        by: "duplicate",
        reason:
          "body and footer are word for word the same as in legacy_parcel: Meta rejects duplicates; alter the wording of the body or the footer [CX4022]",
      },
    ],
  );
  const warned = planned(parcel, standing, { duplicates: "warning" }).plan;
  assert.deepEqual(told(warned), [`create ${address} ·→1`]);
  assert.deepEqual(
    warned.diagnostics.filter(({ code }) => code === "CX4022"),
    [
      {
        code: "CX4022",
        severity: "warning",
        message: "body and footer are word for word the same as in legacy_parcel: Meta rejects duplicates",
        hint: "Alter the wording of the body or the footer.",
        file: "templates/whatsapp/parcel.yaml",
        line: 7,
        column: 3,
        address,
        pointer: "/spec/body",
      },
    ],
  );
});

test("a category that CXone changed is told once, of the active version alone, and not to who declares it or left it open", () => {
  const shown = (version: VersionFacts["status"], category = "MARKETING"): VersionFacts => ({
    version: 1,
    spec: parcel,
    status: version,
    observed: { state: { ...declare(whatsapp, "parcel", parcel).state, category } },
  });
  const of = (spec: JsonObject, one: VersionFacts) =>
    planned(spec, owning(one)).plan.diagnostics.filter(({ code }) => code === "CX4020");
  assert.deepEqual(of(parcel, shown("active")), [
    {
      code: "CX4020",
      severity: "warning",
      message: "CXone changed the category of version 1 from UTILITY to MARKETING",
      hint: "Check consent and cost for MARKETING, then declare it or appeal the change in CXone.",
      file: "templates/whatsapp/parcel.yaml",
      line: 7,
      column: 3,
      address,
      pointer: "/spec/category",
    },
  ]);
  assert.deepEqual(of(parcel, shown("active", "UTILITY")), []);
  assert.deepEqual(of(parcel, shown("paused")), []);
  assert.deepEqual(of(parcel, { ...shown("active"), shown: false }), []);
  assert.deepEqual(of({ ...parcel, category: "MARKETING" }, shown("active")), []);
  const { category: _category, ...open } = parcel;
  assert.deepEqual(of(open, { ...shown("active"), spec: open }), []);
});

test("what was left to CXone is equal to what CXone made of it, and only that", () => {
  const { category: _category, ...open } = parcel;
  const made = { ...declare(whatsapp, "parcel", parcel).state, category: "MARKETING" };
  const standing = owning({ version: 1, spec: open, status: "active", observed: { state: made } });
  assert.deepEqual(told(planned(open, standing).plan), []);
  assert.deepEqual(told(planned({ ...open, category: "MARKETING" }, standing).plan), []);
  assert.deepEqual(told(planned({ ...second, category: "MARKETING" }, standing).plan), [`newVersion ${address} 1→2`]);
  assert.equal(planned({ ...parcel, category: "UTILITY" }, standing).plan.summary.unchanged, 0);
});

test("a version that is gone and equal says so; one that differs says what differs, and a change without a visible one is a change of content", () => {
  const gone = owning({ version: 1, spec: parcel, status: "active", shown: "gone" });
  assert.equal(onlyStep(planned(parcel, gone)).reason, "CXone does not hold version 1 any more");
  assert.equal(onlyStep(planned(second, gone)).reason, "the body changed");
  const old = owning({ version: 1, spec: parcel, status: "deprecated", activeSinceDays: -9 });
  const again = planned(parcel, old, { capabilities: () => without("reactivate"), duplicates: "off" });
  assert.deepEqual([told(again.plan), onlyStep(again).reason], [[`newVersion ${address} 1→2`], "the content changed"]);
});

test("a change of what a sender fills in is a high risk that the reason names once", () => {
  const standing = owning({ version: 1, spec: parcel, status: "active" });
  const low = onlyStep(planned(second, standing));
  assert.deepEqual([low.risk, low.reason], ["low", "the body changed"]);
  const body = "Parcel {{1}} is on its way.";
  const high = onlyStep(planned({ ...parcel, body, examples: { "1": "PX7740" } }, standing));
  assert.equal(high.risk, "high");
  const parts = high.reason.split("; ");
  assert.equal(parts[0], "the body changed");
  assert.equal(parts.length, 2);
  assert.equal(onlyStep(planned({ ...parcel, body, examples: { "1": "PX7740" } }, [])).risk, "low");
});

test("versions that CXone counts itself go above the highest of that very object, wherever it is known from", () => {
  const spec = { ...fitting, variables: [...fitting.variables] };
  const other = { ...spec, channels: ["messenger"] };
  const declared = declare(digital, "fitting", other);
  const of = (standing: readonly Standing[]) => told(makePlan(scene({ declared: [declared], standing })).plan);
  const name = "DigitalTemplate/fitting/en-US";
  const owned = stands(digital, "fitting", { version: "v1.0", spec, status: "active" });
  const above = unowned(digital, "fitting", spec, { version: "v2.7" });
  const elsewhere = unowned(digital, "seam", spec, { version: "v9.0" });
  assert.deepEqual(of([owned]), [`newVersion ${name} v1.0→v2.0`]);
  assert.deepEqual(of([owned, above]), [`newVersion ${name} v1.0→v3.0`]);
  assert.deepEqual(of([owned, elsewhere]), [`newVersion ${name} v1.0→v2.0`]);
});
