// What of a state counts as its content: for every policy of a field, what is compared, digested, masked and completed.
import assert from "node:assert/strict";
import test from "node:test";
import { digest } from "../../src/base/digest.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import type { FieldPolicy, Kind, Observed } from "../../src/contract/kind.ts";
import {
  comparable,
  completed,
  contentDigest,
  looksLike,
  masked,
  maskedContent,
  visiblePart,
} from "../../src/plan/content.ts";

const fields: Readonly<Record<string, FieldPolicy>> = {
  body: { change: "update" },
  events: { change: "update", compare: "set" },
  category: { change: "update", setBy: "cxone" },
  secret: { change: "update" },
  source: { change: "ignore", why: "it changes nothing" },
} as unknown as Readonly<Record<string, FieldPolicy>>;
const kind = { fields, sensitive: ["secret"] } as unknown as Kind;
const observed = (state: JsonObject): Observed =>
  ({ remoteId: "id", remoteName: "x", status: "active", state }) as unknown as Observed;

test("ignored fields, unknown fields and absent fields are no content", () => {
  assert.deepEqual(comparable(kind, { body: "b", source: "s", other: 1 }), { body: "b" });
  assert.deepEqual(comparable(kind, { body: null }), { body: null });
  assert.equal(contentDigest(kind, { body: "b", source: "s" }), digest({ body: "b" }));
});

test("a set is compared in one order, a list as it stands", () => {
  const content = { events: ["c", "a", "b", "a"], body: ["c", "a"] };
  assert.deepEqual(comparable(kind, content), { events: ["a", "a", "b", "c"], body: ["c", "a"] });
  assert.deepEqual(content.events, ["c", "a", "b", "a"], "the state itself is left alone");
  assert.equal(contentDigest(kind, { events: ["a", "b"] }), contentDigest(kind, { events: ["b", "a"] }));
  assert.notEqual(contentDigest(kind, { body: ["a", "b"] }), contentDigest(kind, { body: ["b", "a"] }));
  assert.deepEqual(comparable(kind, { events: [{ b: 1 }, { a: 1 }] }), { events: [{ a: 1 }, { b: 1 }] });
  assert.deepEqual(comparable(kind, { events: "all" }), { events: "all" });
});

test("sensitive fields are masked and no others", () => {
  assert.deepEqual(maskedContent(kind, { body: "b", secret: "s", events: [] }), {
    body: "b",
    secret: masked,
    events: [],
  });
});

test("what CXone keeps to itself, and what it may change, is taken from what was submitted", () => {
  const seen = observed({ body: "seen", category: "MARKETING" });
  assert.deepEqual(completed(kind, seen, { body: "sent", category: "UTILITY", secret: "s", other: 1 }), {
    body: "seen",
    category: "UTILITY",
    secret: "s",
  });
  assert.deepEqual(completed(kind, seen, { secret: masked, category: masked }), {
    body: "seen",
    category: "MARKETING",
  });
  assert.deepEqual(completed(kind, seen, undefined), { body: "seen", category: "MARKETING" });
  assert.deepEqual(completed(kind, seen, {}), { body: "seen", category: "MARKETING" });
});

test("only what CXone shows is compared, and what is left to CXone is not", () => {
  const seen = observed({ body: "seen", category: "MARKETING", events: null });
  assert.deepEqual(visiblePart(kind, { body: "b", secret: "s", category: null, events: ["a"] }, seen), {
    body: "b",
    events: ["a"],
  });
  assert.deepEqual(visiblePart(kind, { category: "UTILITY", body: null }, seen), { category: "UTILITY", body: null });
  assert.deepEqual(visiblePart(kind, {}, seen), {});
});

test("an object looks like a declaration when all that it shows is the same", () => {
  const declared = { body: "b", events: ["x", "y"], secret: "s", source: "here" };
  assert.equal(looksLike(kind, declared, observed({ body: "b", events: ["y", "x"], source: "there" })), true);
  assert.equal(looksLike(kind, declared, observed({ body: "other", events: ["y", "x"] })), false);
  assert.equal(looksLike(kind, declared, observed({ body: "b", events: ["x"] })), false);
  assert.equal(looksLike(kind, { ...declared, category: null }, observed({ body: "b", category: "MARKETING" })), true);
  assert.equal(
    looksLike(kind, { ...declared, category: "UTILITY" }, observed({ body: "b", category: "MARKETING" })),
    false,
  );
});
