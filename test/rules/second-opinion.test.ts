// Segments beside two published counters and the 3GPP table, over generated messages; `npm run compare:segments` is the long form.
import assert from "node:assert/strict";
import test from "node:test";
import {
  calculatorOpinion,
  calculatorReasons,
  compare,
  gsmExtension,
  gsmTable,
  messages,
  ours,
  reference,
  splitOpinion,
  splitReasons,
} from "./opinions.ts";

test("the 128 codes and 10 extensions of TS 23.038 are the alphabet, and nothing else is", () => {
  assert.equal(gsmTable.length, 128);
  assert.equal(gsmTable.indexOf(undefined), 0x1b);
  for (const [code, character] of [
    [0x00, "@"],
    [0x09, "Ç"],
    [0x0a, "\n"],
    [0x0d, "\r"],
    [0x10, "Δ"],
    [0x11, "_"],
    [0x1a, "Ξ"],
    [0x1f, "É"],
    [0x20, " "],
    [0x24, "¤"],
    [0x40, "¡"],
    [0x41, "A"],
    [0x5b, "Ä"],
    [0x5f, "§"],
    [0x60, "¿"],
    [0x61, "a"],
    [0x7b, "ä"],
    [0x7f, "à"],
  ] as const)
    assert.equal(gsmTable[code], character, code.toString(16));
  const oneSeptet = new Set(gsmTable.filter((character) => character !== undefined));
  const twoSeptets = new Set(gsmExtension.values());
  for (let code = 0; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    const { encoding, units } = ours(character);
    const expected = oneSeptet.has(character) ? "GSM-7 1" : twoSeptets.has(character) ? "GSM-7 2" : "UCS-2 1";
    assert.equal(`${encoding} ${units}`, expected, `U+${code.toString(16)}`);
  }
});

test("5,000 generated messages are counted as the table counts them, and every other opinion is explained", () => {
  const result = compare(messages(5_000, 23_038));
  assert.equal(result.messages, 5_000);
  assert.deepEqual(result.wrong, []);
  assert.deepEqual(result.calculator.unexplained, []);
  assert.deepEqual(result.split.unexplained, []);
  // The messages are such that each reason occurs and both encodings do.
  assert.deepEqual([...result.calculator.explained.keys()].sort(), calculatorReasons.map(({ name }) => name).sort());
  assert.deepEqual(
    [...result.split.explained.keys()],
    splitReasons.map(({ name }) => name),
  );
  assert.ok(result.encodings["GSM-7"] > 1_000 && result.encodings["UCS-2"] > 1_000);
  assert.ok(result.calculator.equal > 3_000 && result.split.equal > 3_000);
});

test("what the packages say in each explained case is known by example", () => {
  const family = `${"ж".repeat(66)}👩‍👩‍👧${"ж".repeat(60)}`;
  assert.deepEqual(ours(family), { encoding: "UCS-2", units: 134, segments: 3 });
  assert.deepEqual(reference(family), ours(family));
  const accents = `${"ж".repeat(66)}e\u0301${"ж".repeat(66)}`;
  assert.deepEqual(ours(accents), { encoding: "UCS-2", units: 134, segments: 2 });
  assert.equal(calculatorOpinion(accents).segments, 3);
  const half = `${"ж".repeat(69)}\ud83d`;
  assert.deepEqual(ours(half), { encoding: "UCS-2", units: 70, segments: 1 });
  assert.equal(splitOpinion(half).segments, 2);
});
