// Holds by compilation that a field of a state without a policy does not exist: `npm run types` fails when an expected error is none.
import assert from "node:assert/strict";
import test from "node:test";
import type { FieldPolicies } from "../../src/contract/kind.ts";
import { mutable, once } from "../../src/contract/lifecycle.ts";

interface DoorState {
  readonly code: string;
  readonly opens: boolean;
}

const whole: FieldPolicies<DoorState> = {
  code: { change: "update" },
  opens: { change: "ignore", why: "doors open and close all day" },
};

const never = async (): Promise<never> => {
  throw new Error("not asked in these tests");
};

const rest = {
  name: "Door",
  slug: "door",
  folder: "doors",
  family: "engage",
  refersTo: [],
  follows: [],
  rules: [],
  schemaCodes: [],
  sensitive: [],
  address: (name: string) => `Door/${name}`,
  references: () => [],
  normalise: ({ spec }: { readonly spec: DoorState }) => spec,
} as const;

const observing = {
  links: {},
  keyOf: (name: string) => name,
  observe: never,
  read: never,
  need: () => ({ do: "nothing" }) as const,
  removal: "none",
} as const;

test("a kind with a policy for every field compiles and keeps them", () => {
  const door = mutable<DoorState>({ ...rest, ...observing, fields: whole, operations: { create: never } });
  assert.deepEqual(Object.keys(door.fields), ["code", "opens"]);
  assert.equal(door.lifecycle, "mutable");
  assert.ok(Object.isFrozen(door), "nobody changes what a kind says");
});

test("a field without a policy does not compile, nor a policy without a field, nor a forbid without why", () => {
  // @ts-expect-error a field without a policy
  const missing: FieldPolicies<DoorState> = { code: { change: "update" } };
  // @ts-expect-error a policy of a field that the state does not have
  const foreign: FieldPolicies<DoorState> = { ...whole, colour: { change: "update" } };
  // @ts-expect-error a forbid says why
  const silent: FieldPolicies<DoorState> = { ...whole, code: { change: "forbid" } };
  // @ts-expect-error the constructor demands the same
  mutable<DoorState>({ ...rest, ...observing, fields: { code: { change: "update" } }, operations: { create: never } });
  assert.deepEqual(
    [missing, foreign, silent].map((one) => Object.keys(one).length),
    [1, 3, 2],
  );
});

test("a lifecycle demands its operations by type", () => {
  // @ts-expect-error a mutable kind can create
  const lame = mutable<DoorState>({ ...rest, ...observing, fields: whole, operations: {} });
  // @ts-expect-error a kind that is sent once says how
  const mute = once<DoorState>({ ...rest, fields: whole, generation: () => 1, find: never, operations: {} });
  assert.deepEqual([lame.lifecycle, mute.lifecycle], ["mutable", "once"]);
});
