// How lists are read: every item, no more calls than pages, or a failure. Knows no kind.
import assert from "node:assert/strict";
import test from "node:test";
import { Unexpected } from "../../src/base/failure.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import { type Reply, type Seen, tenant } from "./tenant.ts";

const idOf = (item: JsonObject): string => item["id"] as string;
const numbered = (count: number): readonly JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ id: `t${index}` }));

function pageOf(items: readonly JsonObject[], seen: Seen, total = items.length): Reply {
  const page = Number(seen.query.get("page"));
  const pageSize = Number(seen.query.get("pageSize"));
  return { body: { items: items.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total } };
}

for (const [count, pages] of [
  [0, 1],
  [1, 1],
  [100, 1],
  [101, 2],
  [1_000, 10],
] as const) {
  test(`a list of ${count} costs ${pages} calls and comes in order`, async (t) => {
    const items = numbered(count);
    const { client, calls } = await tenant(t, { answers: (seen) => pageOf(items, seen) });
    const list = await client.reader("digital").list({ path: "templates", query: { status: "ACTIVE" }, idOf });
    assert.deepEqual(list, items);
    assert.equal(calls.length, pages);
    assert.deepEqual(
      new Set(calls.map((seen) => Number(seen.query.get("page")))),
      new Set(Array.from({ length: pages }, (_, index) => index + 1)),
    );
    for (const seen of calls)
      assert.deepEqual([seen.query.get("pageSize"), seen.query.get("status")], ["100", "ACTIVE"]);
  });
}

test("a server that gives smaller pages than asked for is read to its end", async (t) => {
  const items = numbered(120);
  const { client, calls } = await tenant(t, {
    answers: (seen) => {
      const page = Number(seen.query.get("page"));
      return { body: { items: items.slice((page - 1) * 50, page * 50), page, pageSize: 50, total: 120 } };
    },
  });
  assert.deepEqual(await client.reader("digital").list({ path: "templates", idOf }), items);
  assert.equal(calls.length, 3);
});

test("a list that shifts while it is read is read again, whole", async (t) => {
  const before = numbered(150);
  const after = [{ id: "new" }, ...before];
  const { client, calls } = await tenant(t, { answers: (seen, index) => pageOf(index === 0 ? before : after, seen) });
  const list = await client.reader("digital").list({ path: "templates", idOf });
  assert.deepEqual(list, after);
  assert.equal(calls.length, 4);
});

test("an item on two pages makes a list be read again", async (t) => {
  const items = numbered(150);
  const { client, calls } = await tenant(t, {
    answers: (seen, index) => pageOf(index === 1 ? [...items.slice(0, 100), ...items.slice(99, 149)] : items, seen),
  });
  assert.deepEqual(await client.reader("digital").list({ path: "templates", idOf }), items);
  assert.equal(calls.length, 4);
});

test("a list that keeps disagreeing with its total fails after three passes", async (t) => {
  const items = numbered(5);
  const { client, calls } = await tenant(t, { answers: (seen) => pageOf(items, seen, 6) });
  await assert.rejects(client.reader("digital").list({ path: "templates", idOf }), (error) => {
    assert.ok(error instanceof Unexpected);
    assert.match(error.message, /kept changing/);
    return true;
  });
  assert.equal(calls.length, 3);
});

test("one page that fails fails the list", async (t) => {
  const items = numbered(1_000);
  const { client } = await tenant(t, {
    answers: (seen) => (seen.query.get("page") === "7" ? { status: 400, body: {} } : pageOf(items, seen)),
  });
  await assert.rejects(client.reader("digital").list({ path: "templates", idOf }), /was answered 400/);
});

const misshapen: readonly (readonly [string, unknown])[] = [
  ["is not an object", []],
  ["/items", { page: 1, pageSize: 100, total: 0 }],
  ["/items", { items: {}, page: 1, pageSize: 100, total: 0 }],
  ["/items/0", { items: [7], page: 1, pageSize: 100, total: 1 }],
  ["/items/0", { items: [{ name: "no id" }], page: 1, pageSize: 100, total: 1 }],
  ["/page ", { items: [], page: 2, pageSize: 100, total: 0 }],
  ["/page ", { items: [], pageSize: 100, total: 0 }],
  ["/pageSize", { items: [], page: 1, pageSize: 0, total: 0 }],
  ["/pageSize", { items: [], page: 1, pageSize: 1_000, total: 0 }],
  ["/total", { items: [], page: 1, pageSize: 100 }],
  ["/total", { items: [], page: 1, pageSize: 100, total: -1 }],
  ["/total", { items: [], page: 1, pageSize: 100, total: "0" }],
  ["/total", { items: [{ id: "a" }], page: 1, pageSize: 1, total: 1_000_000_000 }],
  ["/items", { items: [{ id: "a" }, { id: "b" }], page: 1, pageSize: 1, total: 2 }],
];

for (const [named, body] of misshapen) {
  test(`a page like ${JSON.stringify(body)} is Unexpected and names ${named.trim()}`, async (t) => {
    const { client, calls } = await tenant(t, { answers: () => ({ body }) });
    await assert.rejects(client.reader("digital").list({ path: "templates", idOf }), (error) => {
      assert.ok(error instanceof Unexpected);
      assert.match(error.message, /^digital: GET \/api\/v1\/interactions\/digital\/templates gave a list that /);
      assert.ok(error.message.includes(named), error.message);
      return true;
    });
    assert.equal(calls.length, 1);
  });
}
