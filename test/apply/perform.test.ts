// Several steps of a wave at once: what breaks one ends the wave, but not before what is under way has ended.
import assert from "node:assert/strict";
import test from "node:test";
import { perform } from "../../src/apply/perform.ts";
import type { Accepted, MutableKind, Observed } from "../../src/contract/kind.ts";
import type { Step } from "../../src/contract/plan.ts";
import type { Assignment, Planned } from "../../src/plan/input.ts";
import { scene } from "./scene.ts";

const named = (number: number): string => `WebhookSubscription/hook-${number}`;
const object = (name: string): Observed => ({
  remoteId: name,
  remoteName: name,
  status: "active",
  statusText: "ACTIVE",
  state: {},
  revision: "",
});

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
    return { observed: object(name) };
  });
  const performing = {
    ...made,
    writer: () => made.api,
    secret: () => "",
    withholdsOptIns: false,
    onOutcome: () => undefined,
  };
  await assert.rejects(perform(performing, planned, planned.plan.steps), /step 1 is broken/);
  assert.ok(begun.length > 2 && begun.length < 20, `${begun.length} begun`);
  assert.deepEqual(ended.toSorted(), begun.filter((name) => name !== "1" && name !== "5").toSorted());
});
