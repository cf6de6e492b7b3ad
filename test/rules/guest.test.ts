// The rules of GuestSession: their own examples, edges of its limits, what looks personal.
import assert from "node:assert/strict";
import test from "node:test";
import type { Json } from "../../src/contract/json.ts";
import { looksPersonal } from "../../src/kinds/_shared/personal.ts";
import { counts } from "../../src/kinds/guest-session/counts.ts";
import { rules } from "../../src/kinds/guest-session/rules.ts";
import { checkExamples, codesOf, findingsOf } from "./declared-text.ts";

for (const rule of rules) test(`${rule.code} holds by its own examples`, () => checkExamples(rule));

function session(change: Record<string, Json>): string {
  const spec = {
    channelId: "df8874e6-82e1-46e8-a790-887f69d11886",
    queueId: "queue_support",
    language: ["en"],
    metadata: {},
    callbackUrl: "https://juniper.example/guests",
    ...change,
  };
  return JSON.stringify({ apiVersion: "cxform/v1", kind: "GuestSession", metadata: { name: "theme" }, spec });
}

test("ids are UUIDs of any version or the tenant's own", () => {
  const ids: readonly (readonly [boolean, string])[] = [
    [true, "00000000-0000-0000-0000-000000000000"],
    [true, "DF8874E6-82E1-96E8-F790-887F69D11886"],
    [true, "chan_returns-web_2"],
    [true, "q_1"],
    [false, "df8874e682e146e8a790887f69d11886"],
    [false, "{df8874e6-82e1-46e8-a790-887f69d11886}"],
    [false, "Queue_1"],
    [false, "queue"],
    [false, "queue_"],
    [false, "queue-1_a"],
    [false, ""],
  ];
  for (const [isId, id] of ids)
    assert.deepEqual(codesOf(session({ channelId: id, queueId: id })), isId ? [] : ["CX3501", "CX3501"], id);
  const [found] = findingsOf(session({ queueId: "kim@juniper.example" }));
  assert.ok(!found?.message.includes("kim@"));
});

test("languages are 1 to 5 well-formed tags, none twice", () => {
  const table: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["en", "es", "fr", "de", "it"], []],
    [["zh-Hant-TW", "sr-Latn", "pt-BR", "fil"], []],
    [[], ["CX3502"]],
    [["en", "es", "fr", "de", "it", "pt"], ["CX3502"]],
    [["english-language-x"], ["CX3503"]],
    [["e"], ["CX3503"]],
    [["en_US"], ["CX3503"]],
    [[""], ["CX3503"]],
    [["en", "EN"], ["CX3504"]],
    [["iw", "he"], ["CX3504"]],
  ];
  for (const [language, codes] of table) assert.deepEqual(codesOf(session({ language })), codes, language.join());
});

test("metadata is measured as it is sent", () => {
  const keys = (count: number): Json =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, true]));
  assert.deepEqual(codesOf(session({ metadata: keys(250) })), []);
  assert.deepEqual(codesOf(session({ metadata: keys(251) })), ["CX3505"]);
  // {"a":"…"} is 8 bytes around the value.
  assert.deepEqual(codesOf(session({ metadata: { a: "x".repeat(8184) } })), []);
  assert.deepEqual(codesOf(session({ metadata: { a: "x".repeat(8185) } })), ["CX3507"]);
  assert.deepEqual(codesOf(session({ metadata: { a: "é".repeat(4093) } })), ["CX3507"]);
  assert.deepEqual(counts({ spec: { metadata: { a: "é", b: 1 } } }), { metadata: { keys: 2, bytes: 16 } });
});

test("metadata values are flat and finite", () => {
  const text = (value: string): string => session({ metadata: { a: "VALUE" } }).replace('"VALUE"', value);
  for (const value of ["text", "1.5", "-2", "true", "''"]) assert.deepEqual(codesOf(text(value)), [], value);
  for (const value of ["null", ".inf", "-.inf", ".nan", "[]", "{ b: 1 }"])
    assert.deepEqual(codesOf(text(value)), ["CX3506"], value);
});

const personal: readonly (readonly [string | undefined, string])[] = [
  ["an e-mail address", "kim@juniper.example"],
  ["an e-mail address", "Kim Lee <kim.lee+a@mail.juniper.co.uk>"],
  ["a phone number", "+15035550142"],
  ["a phone number", "call +44 20 7946 0958 now"],
  ["a phone number", "(503) 555-0142"],
  ["a phone number", "503-555-0142"],
  ["a phone number", "1 503-555-0142"],
  ["a phone number", "15035550142"],
  ["a card number", "4111111111111111"],
  ["a card number", "5500 0055 5555 5559"],
  ["a card number", "3782-822463-10005"],
  [undefined, "4111111111111112"],
  [undefined, "df8874e6-82e1-46e8-a790-887f69d11886"],
  [undefined, "00000000-0000-0000-0000-415555501000"],
  [undefined, "2026-09-14T08:21:07Z"],
  [undefined, "1789376467000"],
  [undefined, "1789376467"],
  [undefined, "PX7740-2026-11"],
  [undefined, "10:00-18:00"],
  [undefined, "a @ b"],
  [undefined, "@juniper"],
  [undefined, "+20 % 2026"],
  [undefined, "1.2.3"],
  [undefined, ""],
];

test("what looks personal is told from what only has digits", () => {
  for (const [sort, text] of personal) assert.equal(looksPersonal(text), sort, text);
});

test("a personal key or value is a warning that repeats neither", () => {
  for (const [sort, text] of personal.filter(([each]) => each !== undefined)) {
    const found = [
      ...findingsOf(session({ metadata: { note: text } })),
      ...findingsOf(session({ metadata: { [text]: 1 } })),
    ];
    assert.deepEqual(
      found.map(({ code, severity }) => [code, severity]),
      [
        ["CX3508", "warning"],
        ["CX3508", "warning"],
      ],
    );
    assert.ok(found.every(({ message }) => message.endsWith(sort ?? "")));
    assert.ok(!JSON.stringify(found).includes(text), text);
  }
  assert.deepEqual(codesOf(session({ metadata: { phone: "5035550142", whatsappNumber: 445035550142 } })), [
    "CX3508",
    "CX3508",
  ]);
  assert.deepEqual(codesOf(session({ metadata: { orders: "5035550142", priority: 2 } })), []);
});

test("a generation is a whole number from 1", () => {
  for (const [generation, codes] of [
    [1, []],
    [7, []],
    [0, ["CX3511"]],
    [-1, ["CX3511"]],
    [1.5, ["CX3511"]],
    ["2", ["CX3511"]],
  ] as const) {
    assert.deepEqual(codesOf(session({ generation })), codes, String(generation));
  }
});
