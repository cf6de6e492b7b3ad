// Holds the guards (DESIGN §4): both numbers must be passed, creations and predecessors do not count, opt-outs are never guarded.

import assert from "node:assert/strict";
import test from "node:test";
import type { Declared } from "../../src/contract/declared.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanInput } from "../../src/plan/input.ts";
import { without } from "../_world/capabilities.ts";
import { declare, declareBatch, type Standing, scene, sms, specs, stands, whatsapp, wide } from "./scene.ts";

const { parcel } = specs;
const many = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const wording = (index: number, word: string) => ({
  ...parcel,
  body: `${word} number ${index}: parcel {{1}} for {{2}}.`,
});
const owned = (index: number): Standing =>
  stands(whatsapp, `t${index}`, { version: 1, spec: wording(index, "Old"), status: "active" });
const kept = (index: number): Declared => declare(whatsapp, `t${index}`, wording(index, "Old"));
const edited = (index: number): Declared => declare(whatsapp, `t${index}`, wording(index, "New"));

/** The codes of the guards that a plan passes. */
function guardsOf(input: PlanInput): readonly string[] {
  const { plan, isGuarded } = makePlan(input);
  const codes = plan.diagnostics.filter((one) => one.severity === "error").map(({ code }) => code);
  assert.equal(isGuarded, codes.length > 0);
  return codes;
}

const retire = (count: number, percent: number) => ({ guards: { ...wide, maxRetire: { count, percent } } });
const update = (count: number, percent: number) => ({ guards: { ...wide, maxUpdate: { count, percent } } });

test("maxRetire refuses only when both its numbers are passed", () => {
  const standing = many(10).map(owned);
  const declared = many(10).slice(4).map(kept);
  const guarded = (count: number, percent: number) =>
    guardsOf(scene({ declared, standing, input: retire(count, percent) }));
  assert.deepEqual(guarded(3, 39), ["CX4010"]);
  assert.deepEqual(guarded(4, 39), [], "4 is not more than 4");
  assert.deepEqual(guarded(3, 40), [], "40 % is not more than 40 %");
  assert.deepEqual(guarded(4, 40), []);
});

test("a share a little over the limit is over the limit", () => {
  const standing = many(23).map(owned);
  const declared = many(23).slice(7).map(kept);
  // 7 of 23 are 30.4 %.
  assert.deepEqual(guardsOf(scene({ declared, standing, input: retire(5, 30) })), ["CX4010"]);
});

test("maxUpdate refuses only when both its numbers are passed", () => {
  const standing = many(10).map(owned);
  const declared = [...many(10).slice(0, 6).map(edited), ...many(10).slice(6).map(kept)];
  const guarded = (count: number, percent: number) =>
    guardsOf(scene({ declared, standing, input: update(count, percent) }));
  assert.deepEqual(guarded(5, 59), ["CX4011"]);
  assert.deepEqual(guarded(6, 59), []);
  assert.deepEqual(guarded(5, 60), []);
});

test("a guard names all its numbers and the way on, at the environment's place", () => {
  const standing = many(10).map(owned);
  const { plan } = makePlan(scene({ declared: many(10).slice(4).map(kept), standing, input: retire(3, 30) }));
  const diagnostic = plan.diagnostics[0];
  assert.match(
    diagnostic?.message ?? "",
    /^4 of 10 resources .*\(40 %\); guards\.maxRetire is more than 3 and more than 30 %$/,
  );
  assert.match(diagnostic?.hint ?? "", /--acknowledge/);
  assert.deepEqual([diagnostic?.file, diagnostic?.line], ["cxform.yaml", 12]);
});

test("each guard is an error of its own, with its numbers to one decimal and the way on", () => {
  const place = { file: "cxform.yaml", line: 12, column: 3 };
  const hint = "Check the plan, then run apply with --acknowledge and this plan's digest.";
  const guards = { maxRetire: { count: 1, percent: 1 }, maxUpdate: { count: 0, percent: 2 }, maxOptIns: 3 };
  const declared = [edited(2), ...many(23).slice(3).map(kept), declareBatch("a", { optOuts: [9], optIns: [4] })];
  const { plan } = makePlan(scene({ declared, standing: many(23).map(owned), input: { guards } }));
  const refused = plan.diagnostics.filter((one) => one.severity === "error");
  assert.deepEqual(
    refused.map(({ file, line, column, ...one }) => ({ ...one, place: { file, line, column } })),
    [
      {
        code: "CX4010",
        severity: "error",
        message:
          "2 of 23 resources would be left without an active version (8.7 %); guards.maxRetire is more than 1 and more than 1 %",
        hint,
        place,
      },
      {
        code: "CX4011",
        severity: "error",
        message: "1 of 23 resources would be changed (4.3 %); guards.maxUpdate is more than 0 and more than 2 %",
        hint,
        place,
      },
      {
        code: "CX4012",
        severity: "error",
        message: "4 opt-ins would be sent; guards.maxOptIns is 3",
        hint: "Check the batches, then run apply with --acknowledge and this plan's digest; opt-outs go at once with apply --opt-outs-only.",
        place,
      },
    ],
  );
});

test("the steps that a guard refuses stay in the plan, and its digest does not know of guards", () => {
  const facts = { declared: many(10).slice(4).map(kept), standing: many(10).map(owned) };
  const guarded = makePlan(scene({ ...facts, input: retire(0, 0) })).plan;
  const free = makePlan(scene(facts)).plan;
  assert.equal(guarded.summary.deprecate, 4);
  assert.equal(guarded.digest, free.digest);
  assert.deepEqual(guarded.steps, free.steps);
});

test("creations do not count, however many", () => {
  const declared = many(50).map(edited);
  assert.deepEqual(
    guardsOf(
      scene({
        declared,
        input: { guards: { ...wide, ...update(0, 0).guards, ...{ maxRetire: { count: 0, percent: 0 } } } },
      }),
    ),
    [],
  );
});

test("predecessors of a rename do not count as left without an active version", () => {
  const standing = many(4).flatMap((index) => [
    owned(index),
    stands(whatsapp, `n${index}`, { version: 1, spec: wording(index, "New"), status: "active" }),
  ]);
  const declared = many(4).map((index) =>
    declare(whatsapp, `n${index}`, wording(index, "New"), { renamedFrom: `t${index}` }),
  );
  const input = scene({ declared, standing, input: retire(0, 0) });
  assert.equal(makePlan(input).plan.summary.deprecate, 4);
  assert.deepEqual(guardsOf(input), []);
});

test("only who is left without an active version by a removal of its own counts", () => {
  const standing = many(3).map(owned);
  // What waits for its successor is active now, and no step of it takes that away.
  const rejected = stands(
    whatsapp,
    "t9",
    { version: 1, spec: wording(9, "Old"), status: "active" },
    { version: 2, spec: wording(9, "New"), status: "rejected" },
  );
  const declared = [...many(3).slice(1).map(kept), edited(9)];
  const input = retire(0, 0);
  const { plan } = makePlan(scene({ declared, standing: [...standing, rejected], input }));
  assert.match(plan.diagnostics.find(({ code }) => code === "CX4010")?.message ?? "", /^1 of 4 resources/);
});

test("a version that comes back for another leaves nobody without one; what is in review only is not served", () => {
  const back = stands(
    whatsapp,
    "t8",
    { version: 1, spec: wording(8, "New"), status: "deprecated", activeSinceDays: -60 },
    { version: 2, spec: wording(8, "Old"), status: "active" },
  );
  const review = stands(whatsapp, "t9", { version: 1, spec: wording(9, "Old"), status: "pending" });
  const input = retire(0, 0);
  assert.deepEqual(guardsOf(scene({ declared: [edited(8)], standing: [back], input })), []);
  const { plan } = makePlan(scene({ declared: [kept(9)], standing: [owned(1), review], input }));
  assert.match(plan.diagnostics.find(({ code }) => code === "CX4010")?.message ?? "", /^1 of 1 resources/);
});

test("what a tenant cannot deprecate is not counted as retired", () => {
  const input = { ...retire(0, 0), capabilities: () => without("deprecate") };
  assert.deepEqual(guardsOf(scene({ declared: [], standing: many(3).map(owned), input })), []);
});

test("retiring a replaced version leaves nobody without an active one", () => {
  const standing = many(4).map((index) =>
    stands(
      whatsapp,
      `t${index}`,
      { version: 1, spec: wording(index, "Old"), status: "active" },
      { version: 2, spec: wording(index, "New"), status: "active" },
    ),
  );
  const input = scene({ declared: many(4).map(edited), standing, input: retire(0, 0) });
  assert.equal(makePlan(input).plan.summary.deprecate, 4);
  assert.deepEqual(guardsOf(input), []);
});

test("removals and updates of mutable kinds count like those of versioned ones", () => {
  const code = (index: number, word: string) => ({ ...specs.code, content: `${word} ${index}: {{code}}.` });
  const standing = many(4).map((index) =>
    stands(sms, `s${index}`, { version: 1, spec: code(index, "Old"), status: "active" }),
  );
  const changed = many(4).map((index) => declare(sms, `s${index}`, code(index, "New")));
  assert.deepEqual(guardsOf(scene({ standing, input: retire(3, 99) })), ["CX4010"]);
  assert.deepEqual(guardsOf(scene({ standing, declared: changed, input: update(3, 99) })), ["CX4011"]);
});

test("maxOptIns counts what is still to be sent, in all batches; opt-outs are never guarded", () => {
  const limit = (maxOptIns: number) => ({ guards: { ...wide, maxOptIns } });
  const declared = [
    declareBatch("a", { optOuts: [100, 100, 100], optIns: [60] }),
    declareBatch("b", { optOuts: [], optIns: [50] }),
  ];
  assert.deepEqual(guardsOf(scene({ declared, input: limit(109) })), ["CX4012"]);
  assert.deepEqual(guardsOf(scene({ declared, input: limit(110) })), []);
  const sent = { "PreferenceBatch/b": { versions: [], records: { answered: ["b-in-0-50"], applies: 1 } } };
  assert.deepEqual(guardsOf(scene({ declared, resources: sent, input: limit(60) })), []);
  assert.deepEqual(
    guardsOf(scene({ declared: [declareBatch("c", { optOuts: [100, 100], optIns: [] })], input: limit(0) })),
    [],
  );
});

test("the opt-out lane is never guarded, whatever else is in the batch", () => {
  const declared = [declareBatch("a", { optOuts: [100], optIns: [100] })];
  const options = { only: [], adopt: [], optOutsOnly: true } as const;
  assert.deepEqual(guardsOf(scene({ declared, input: { options, guards: { ...wide, maxOptIns: 0 } } })), []);
});
