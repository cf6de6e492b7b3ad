// What CXone's answer to a batch confirms: one answer for each record, in order, and nothing that says two things of one.
import assert from "node:assert/strict";
import test from "node:test";
import { Unexpected } from "../../src/base/failure.ts";
import type { Answer, ReadApi } from "../../src/contract/api.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import registrations from "../../src/kinds/a2p-registration/index.ts";
import preferences from "../../src/kinds/preference-batch/index.ts";

const contact = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
const record = (number: number, optIn = false): JsonObject => ({ contactId: contact(number), channel: "SMS", optIn });
const answer = (number: number, optIn = false, status = "created"): JsonObject => ({
  ...record(number, optIn),
  status,
});

const judged = (body: Json, batch: readonly JsonObject[]): readonly string[] =>
  preferences.answers(body, batch).map(({ status }) => status);

test("each record takes the answer at its own place, and only one that is about it and says what was sent", () => {
  const batch = [record(1), record(2)];
  const table: readonly (readonly [string, Json, readonly string[]])[] = [
    ["as asked", [answer(1), answer(2)], ["created", "created"]],
    ["one short", [answer(1)], ["created", "unknown"]],
    ["swapped", [answer(2), answer(1)], ["unknown", "unknown"]],
    ["of another channel", [{ ...answer(1), channel: "EMAIL" }, answer(2)], ["unknown", "created"]],
    ["the contrary", [answer(1, true), answer(2)], ["unknown", "created"]],
    ["the contrary, skipped", [answer(1, true, "skipped"), answer(2)], ["skipped", "created"]],
    ["an unknown word", [answer(1, false, "done"), answer(2)], ["unknown", "created"]],
    ["no list", { items: [answer(1), answer(2)] }, ["unknown", "unknown"]],
    // Of the first record it says OUT and IN: nobody knows which counts, nor what else the list mixed up.
    ["one more, which contradicts", [answer(1), answer(2), answer(1, true, "updated")], ["unknown", "unknown"]],
  ];
  for (const [what, body, expected] of table) assert.deepEqual(judged(body, batch), expected, what);
});

/** An API whose reads answer these bodies in turn. */
function answering(...bodies: readonly Json[]): ReadApi & { readonly asked: () => number } {
  let asked = 0;
  const get = async (): Promise<Answer> => {
    const body = bodies[Math.min(asked, bodies.length - 1)] as Json;
    asked += 1;
    return { status: 200, body, requestId: "r", latencyMs: 1 };
  };
  return { family: "preferences", get, asked: () => asked } as unknown as ReadApi & { readonly asked: () => number };
}

test("what CXone holds is believed of the contact and channel that were asked for, and only where it is one thing", async () => {
  const held = { ...record(1, true), consentTimestamp: "2026-11-01T00:00:00Z" };
  const capitals = { ...held, contactId: contact(1).toUpperCase() };
  const table: readonly (readonly [string, Json, Json | undefined])[] = [
    ["as asked", [held], held],
    ["in capitals", [capitals], capitals],
    ["none", [], undefined],
    ["of another contact", [{ ...held, contactId: contact(2) }], undefined],
    ["of another channel", [{ ...held, channel: "EMAIL" }], undefined],
    ["of all channels", [{ ...held, channel: "EMAIL" }, held], held],
    ["two of one", [held, { ...held, optIn: false }], undefined],
    ["no object", [null, "OUT", [held]], undefined],
    ["no list", { items: [held] }, undefined],
  ];
  for (const [what, body, expected] of table)
    assert.deepEqual(await preferences.observeRecord(answering(body), record(1)), expected, what);
});

test("a list of records ends: a cursor that returns, changes without end or is no text is told", async () => {
  const page = (nextCursor: Json): Json => ({ items: [record(1)], nextCursor });
  const read = async (api: ReadApi): Promise<number> => {
    let count = 0;
    for await (const _ of preferences.observeAll(api)) count += 1;
    return count;
  };
  assert.equal(await read(answering(page("a"), page("b"), page(null))), 3);
  for (const bodies of [[page("a")], [page("a"), page("b"), page("a")], [page(7)], [page({})]])
    await assert.rejects(read(answering(...bodies)), Unexpected);
  let number = 0;
  const endless = { family: "preferences", get: async () => ({ body: page(`c${number++}`) }) } as unknown as ReadApi;
  await assert.rejects(read(endless), Unexpected);
  assert.equal(number, 10_001);
});

test("a registration without id and status goes by its template's; with another type in their place it is unreadable", async () => {
  const item = { template_id: "t-1", campaign_name: "c", message_class: "m", opt_in_language: "l" };
  const observed = async (more: JsonObject) => {
    const list = async ({ idOf }: { idOf: (item: JsonObject) => string }) => {
      const listed = { ...item, ...more };
      return [idOf(listed), listed].slice(1);
    };
    const api = { family: "messaging", capabilities: { list: true }, list } as unknown as ReadApi;
    const [one] = (await registrations.observe(api, [])) ?? [];
    return [one?.remoteId, one?.statusText];
  };
  assert.deepEqual(await observed({}), ["t-1", "REGISTERED"]);
  assert.deepEqual(await observed({ id: "r-1", status: "PENDING" }), ["r-1", "PENDING"]);
  for (const odd of [null, true, 7.5, [null], {}, "", ".."])
    await assert.rejects(observed({ id: odd }), Unexpected, `id ${JSON.stringify(odd)}`);
  for (const odd of [null, true, ["PENDING"]])
    await assert.rejects(observed({ status: odd }), Unexpected, `status ${JSON.stringify(odd)}`);
});
