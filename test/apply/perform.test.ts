// Several steps of a wave at once: what breaks one ends the wave, but not before what is under way has ended.
import assert from "node:assert/strict";
import test from "node:test";
import { perform } from "../../src/apply/perform.ts";
import { type CallFacts, Limited, Refused, UnknownOutcome } from "../../src/base/failure.ts";
import type { Accepted, MutableKind } from "../../src/contract/kind.ts";
import type { Step } from "../../src/contract/plan.ts";
import type { Assignment, Planned } from "../../src/plan/input.ts";
import { performingOf, scene, serving } from "./scene.ts";

const named = (number: number): string => `WebhookSubscription/hook-${number}`;

/** A plan of steps that wait for nothing, each performed by `create`. */
function planOf(count: number, create: (name: string) => Promise<Accepted>): Planned {
  const kind = {
    name: "WebhookSubscription",
    family: "messaging",
    lifecycle: "mutable",
    follows: [],
    fields: {},
    sensitive: [],
    operations: { create: (_on: unknown, { name }: { readonly name: string }) => create(name) },
  } as unknown as MutableKind;
  const steps = Array.from({ length: count }, (_, number): Step => {
    const step = { action: "create", address: named(number), version: { from: null, to: 1 }, after: [] };
    return step as unknown as Step;
  });
  const assignments = new Map(
    steps.map((step, number): [Step, Assignment] => [
      step,
      { kind, target: { address: step.address, name: String(number), state: {} }, content: {} } as Assignment,
    ]),
  );
  return { plan: { steps }, remoteIds: new Map(), assignments } as unknown as Planned;
}

test("what breaks a step is thrown once the others under way have ended, and nothing new begins", async () => {
  const made = await scene({ replies: [] });
  const [begun, ended]: [string[], string[]] = [[], []];
  const planned = planOf(20, async (name) => {
    begun.push(name);
    if (name === "1" || name === "5") throw new TypeError(`step ${name} is broken`);
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    ended.push(name);
    return { observed: serving(name) };
  });
  await assert.rejects(perform(performingOf(made), planned, planned.plan.steps), /step 1 is broken/);
  assert.ok(begun.length > 2 && begun.length < 20, `${begun.length} begun`);
  assert.deepEqual(ended.toSorted(), begun.filter((name) => name !== "1" && name !== "5").toSorted());
});

const facts: CallFacts = { family: "messaging", method: "POST", path: "/webhooks" };

/** How a run of steps ends whose writes end as the script says (the last word for all that follow), one status a letter: ok, failed, unknown, skipped. */
async function endsOf(script: readonly (Error | "ok")[], count: number) {
  const made = await scene({ replies: [] });
  let begun = 0;
  const planned = planOf(count, async (name) => {
    const end = script[Math.min(begun++, script.length - 1)] as Error | "ok";
    if (end !== "ok") throw end;
    return { observed: serving(name) };
  });
  const { outcomes } = await perform(performingOf(made), planned, planned.plan.steps);
  const skipped = outcomes.find((outcome) => outcome.status === "skipped")?.error;
  return { ends: outcomes.map(({ status }) => status[0]).join(""), begun, skipped };
}

test("a family that turns five steps in a row away has its others left to the next run", async () => {
  const away = new Limited("503", facts, { hint: "" });
  const all = await endsOf([away], 40);
  // Eight are under way at once, so that a few more than five have begun.
  assert.ok(all.begun >= 5 && all.begun <= 12, `${all.begun} begun`);
  assert.equal(all.ends, "f".repeat(all.begun) + "s".repeat(40 - all.begun));
  assert.equal(all.skipped, "the messaging API turned 5 steps in a row away");
  const four = Array.from({ length: 4 }, () => away);
  const healthy = Array.from({ length: 20 }, () => "ok" as const);
  const twice = await endsOf([...four, ...healthy, ...four, "ok"], 60);
  assert.deepEqual([twice.ends, twice.skipped], [`ffff${"o".repeat(20)}ffff${"o".repeat(32)}`, undefined]);
});

test("unknown outcomes and refusals break nothing: each may be the one object's", async () => {
  const lost = new UnknownOutcome("500", facts, { hint: "" });
  assert.equal((await endsOf([lost], 20)).ends, "u".repeat(20));
  const refused = new Refused("400", facts, { hint: "" });
  assert.equal((await endsOf([refused], 20)).ends, "f".repeat(20));
  const away = new Limited("503", facts, { hint: "" });
  const between = await endsOf([away, away, lost, away, away, lost, away], 30);
  assert.match(between.ends, /^ffuffuf+s+$/, "an unknown outcome is no sign of health either");
  // The fifth turned away is the seventh; of the others no more than are under way with it have begun.
  assert.ok(between.begun <= 15, `${between.begun} begun`);
});
