// What CXone's answer to a batch confirms: one answer for each record, in order, and nothing that says two things of one.
import assert from "node:assert/strict";
import test from "node:test";
import type { Json, JsonObject } from "../../src/contract/json.ts";
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
