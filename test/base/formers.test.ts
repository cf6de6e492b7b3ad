// Who was called what before: chains, names that come back, names that two have had.
import assert from "node:assert/strict";
import test from "node:test";
import { type Formers, heirOf, renamed, standing } from "../../src/base/formers.ts";

/** `b<a` is "a was renamed to b"; `a` alone is "a stands for itself". */
function after(...moves: readonly string[]): Readonly<Record<string, readonly string[]>> {
  let formers: Formers = new Map();
  for (const move of moves) {
    const [address = "", former] = move.split("<");
    formers = former === undefined ? standing(formers, address) : renamed(formers, address, former);
  }
  return Object.fromEntries(formers);
}

test("a chain of names is all its last one's, the nearest first", () => {
  assert.deepEqual(after("b<a"), { b: ["a"] });
  assert.deepEqual(after("b<a", "c<b"), { c: ["b", "a"] });
  assert.deepEqual(after("b<a", "c<b", "d<c"), { d: ["c", "b", "a"] });
  assert.deepEqual(after("c<b", "c<a"), { c: ["a", "b"] });
});

test("a name that comes back is nobody's former name, and has the others before it", () => {
  assert.deepEqual(after("b<a", "a<b"), { a: ["b"] });
  assert.deepEqual(after("b<a", "a<b", "b<a"), { b: ["a"] });
  assert.deepEqual(after("b<a", "c<b", "a<c"), { a: ["c", "b"] });
  assert.deepEqual(after("b<a", "b<a"), { b: ["a"] });
});

test("a name that stands for itself again is taken out alone: what was before it stays with the heir", () => {
  assert.deepEqual(after("b<a", "c<b", "b"), { c: ["a"] });
  assert.deepEqual(after("b<a", "a"), {});
  assert.deepEqual(after("b<a", "x"), { b: ["a"] });
});

test("a former name has one heir, the last one", () => {
  assert.deepEqual(after("b<a", "c<a"), { c: ["a"] });
  assert.deepEqual(after("b<a", "b<x", "c<a"), { b: ["x"], c: ["a"] });
});

test("the heir of an address is who has taken its place", () => {
  const formers = renamed(renamed(new Map(), "b", "a"), "c", "b");
  assert.deepEqual([heirOf(formers, "a"), heirOf(formers, "b"), heirOf(formers, "c")], ["c", "c", undefined]);
});
