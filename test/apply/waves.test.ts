// The order of a plan's steps: each after what it waits for, retirements last, and a step that was not done stops what comes after it alone.
import assert from "node:assert/strict";
import test from "node:test";
import { perform } from "../../src/apply/perform.ts";
import { type CallFacts, Limited, Refused, Unauthorised, UnknownOutcome, Unreachable } from "../../src/base/failure.ts";
import type { MutableKind } from "../../src/contract/kind.ts";
import type { Action, Outcome, Step } from "../../src/contract/plan.ts";
import type { Assignment, Planned } from "../../src/plan/input.ts";
import { performingOf, scene, serving } from "./scene.ts";

const facts: CallFacts = { family: "messaging", method: "POST", path: "/x" };

interface Planning {
  readonly name: string;
  /** `create` unless it is said; an `adopt` and an `update` share their address. */
  readonly action?: Action;
  readonly kind?: string;
  /** Kinds whose steps come before this one's. */
  readonly follows?: readonly string[];
  readonly family?: string;
  readonly after?: readonly string[];
  /** What performing it throws. */
  readonly fails?: Error;
}

/** Performs the steps; `order` has when each began and ended, of those that were performed. */
async function performed(planning: readonly Planning[], signal?: AbortSignal) {
  const made = await scene({ replies: [] });
  const order: string[] = [];
  const assignments = new Map<Step, Assignment>();
  const steps = planning.map((one): Step => {
    const { name, action = "create", kind: kindName = "Thing", after = [], fails } = one;
    const work = async () => {
      order.push(`${name} begins`);
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      order.push(`${name} ends`);
      if (fails !== undefined) throw fails;
      return { observed: serving(name) };
    };
    const kind = {
      name: kindName,
      family: one.family ?? "messaging",
      lifecycle: "mutable",
      follows: one.follows ?? [],
      fields: {},
      sensitive: [],
      operations: { create: work, update: work, remove: work },
    } as unknown as MutableKind;
    const version = { from: action === "create" ? null : 1, to: action === "remove" ? null : 1 };
    const step = { action, address: `${kindName}/${name}`, version, after, reason: "it goes" } as unknown as Step;
    const target = { address: step.address, name, state: {} };
    assignments.set(step, { kind, target, content: {}, observed: serving(name) } as unknown as Assignment);
    return step;
  });
  const told: string[] = [];
  const performing = {
    ...performingOf(made),
    ...(signal === undefined ? {} : { signal }),
    onOutcome: (_outcome: Outcome, done: number, total: number) => void told.push(`${done} of ${total}`),
  };
  const planned = { plan: { steps }, remoteIds: new Map(), assignments } as unknown as Planned;
  const done = await perform(performing, planned, steps);
  return { ...done, order, told, ends: done.outcomes.map(({ status, error }) => [status, error]) };
}

test("steps that wait for nothing go at the same time, and are told in the order of the plan", async () => {
  const { order, ends, outcomes, told } = await performed([{ name: "a" }, { name: "b" }]);
  assert.deepEqual(order, ["a begins", "b begins", "a ends", "b ends"]);
  assert.deepEqual(ends, [
    ["ok", undefined],
    ["ok", undefined],
  ]);
  assert.deepEqual(
    outcomes.map(({ address }) => address),
    ["Thing/a", "Thing/b"],
  );
  assert.deepEqual(told, ["1 of 2", "2 of 2"]);
});

test("a step comes after what it names, after the kinds that it follows, after the other of its address; retirements come last", async () => {
  const sequence = ["a begins", "a ends", "b begins", "b ends"];
  const cases: readonly (readonly [Planning, Planning])[] = [
    [{ name: "a" }, { name: "b", after: ["Thing/a"] }],
    [{ name: "a" }, { name: "b", kind: "Other", follows: ["Thing"] }],
    [{ name: "a" }, { name: "b", action: "remove" }],
  ];
  for (const pair of cases) assert.deepEqual((await performed(pair)).order, sequence, JSON.stringify(pair));
  const same = await performed([
    { name: "a", action: "create" },
    { name: "a", action: "update" },
  ]);
  assert.deepEqual(same.order, ["a begins", "a ends", "a begins", "a ends"]);
  const together = await performed([
    { name: "a", action: "remove" },
    { name: "b", action: "remove" },
  ]);
  assert.deepEqual(
    together.order.slice(0, 2),
    ["a begins", "b begins"],
    "two retirements need not wait for each other",
  );
  const other = await performed([{ name: "a" }, { name: "b", kind: "Other", follows: ["Third"], after: ["Thing/c"] }]);
  assert.deepEqual(other.order.slice(0, 2), ["a begins", "b begins"], "nor do others that name neither");
});

test("a chain goes link by link, beside what does not belong to it", async () => {
  const { order } = await performed([
    { name: "a" },
    { name: "b", after: ["Thing/a"] },
    { name: "c", after: ["Thing/b"] },
    { name: "d" },
  ]);
  assert.deepEqual(
    order.filter((one) => one.endsWith("begins")),
    ["a begins", "d begins", "b begins", "c begins"],
  );
});

test("a step that was not done stops what names it, and what follows that, and nothing else", async () => {
  const refused = new Refused("400", facts, { hint: "" });
  const { ends, failures, order } = await performed([
    { name: "a", fails: refused },
    { name: "b", after: ["Thing/a"] },
    { name: "c", after: ["Thing/b"] },
    { name: "d" },
    { name: "e", after: ["Thing/d"] },
    { name: "a", action: "remove" },
  ]);
  assert.deepEqual(ends, [
    ["failed", "400 [CX5005]"],
    ["skipped", "it waits for Thing/a, which was not done"],
    ["skipped", "it waits for Thing/b, which was not done"],
    ["ok", undefined],
    ["ok", undefined],
    ["ok", undefined],
  ]);
  assert.deepEqual(
    failures.map(({ step, error }) => [step.address, error]),
    [["Thing/a", refused]],
  );
  assert.equal(
    order.some((one) => one.startsWith("b") || one.startsWith("c")),
    false,
  );
});

test("what is adopted is changed afterwards, and not where the adoption was not done", async () => {
  const both: readonly Planning[] = [
    { name: "a", action: "adopt" },
    { name: "a", action: "update" },
  ];
  const { ends, order } = await performed(both);
  assert.deepEqual(
    [ends, order],
    [
      [
        ["ok", undefined],
        ["ok", undefined],
      ],
      ["a begins", "a ends"],
    ],
  );
  const refused = new Refused("400", facts, { hint: "" });
  const stopped = await performed([
    { name: "b", fails: refused },
    { ...both[0], name: "a", after: ["Thing/b"] },
    ...both.slice(1),
  ]);
  assert.deepEqual(stopped.ends, [
    ["failed", "400 [CX5005]"],
    ["skipped", "it waits for Thing/b, which was not done"],
    ["skipped", "it waits for Thing/a, which was not done"],
  ]);
  const others = await performed([
    { name: "a", fails: refused },
    { name: "a", action: "update" },
  ]);
  assert.deepEqual(
    others.order,
    ["a begins", "a ends", "a begins", "a ends"],
    "of two others of one address the second goes all the same",
  );
});

test("a family that refuses us or cannot be reached ends its own steps alone, also where that left an outcome unknown", async () => {
  const hint = { hint: "" };
  for (const fails of [
    new Unauthorised("401", facts, hint),
    new Unreachable("ECONNREFUSED", facts, hint),
    new UnknownOutcome("lost", facts, { ...hint, cause: new Unreachable("ECONNRESET", facts, hint) }),
  ]) {
    const { ends, wasStopped } = await performed([
      { name: "a", fails },
      { name: "b", action: "remove" },
      { name: "c", action: "remove", family: "digital" },
    ]);
    assert.deepEqual(
      ends.map(([status, error]) => [status, status === "skipped" ? error : ""]),
      [
        [fails instanceof UnknownOutcome ? "unknown" : "failed", ""],
        ["skipped", "the messaging API refuses or cannot be reached"],
        ["ok", ""],
      ],
    );
    assert.equal(wasStopped, false);
  }
});

test("a step that is skipped counts neither as turned away nor as health", async () => {
  const fails = new Limited("503", facts, { hint: "" });
  const four = ["a", "b", "c", "d"].map((name) => ({ name, fails }));
  const { ends } = await performed([
    { name: "z", family: "digital" },
    ...four,
    { name: "skipped", after: ["Thing/a"] },
    { name: "fifth", after: ["Thing/z"], fails },
    { name: "last", after: ["Thing/z"], kind: "Other", follows: ["Thing"] },
  ]);
  assert.deepEqual(ends.slice(5), [
    ["skipped", "it waits for Thing/a, which was not done"],
    ["failed", "503 [CX5006]"],
    ["skipped", "the messaging API turned 5 steps in a row away"],
  ]);
});

test("interrupted, nothing begins any more", async () => {
  const { ends, order, wasStopped } = await performed([{ name: "a" }], AbortSignal.abort());
  assert.deepEqual([ends, order, wasStopped], [[["skipped", "the run was interrupted"]], [], true]);
});
