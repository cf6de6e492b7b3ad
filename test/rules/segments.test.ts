// The counting of SMS parts against the edges of 3GPP 23.038/23.040 and against a second, naive implementation.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { segment } from "../../src/kinds/_shared/segments.ts";

const emoji = "😀";

test("texts at the edges take the parts that carriers bill", () => {
  const edges: readonly (readonly [string, string, string, number, number])[] = [
    ["nothing", "", "GSM-7", 0, 1],
    ["160 septets", "a".repeat(160), "GSM-7", 160, 1],
    ["161 septets", "a".repeat(161), "GSM-7", 161, 2],
    ["306 septets", "a".repeat(306), "GSM-7", 306, 2],
    ["307 septets", "a".repeat(307), "GSM-7", 307, 3],
    ["90 é", "é".repeat(90), "GSM-7", 90, 1],
    ["80 [", "[".repeat(80), "GSM-7", 160, 1],
    ["81 [", "[".repeat(81), "GSM-7", 162, 2],
    ["an escape pair at the end of part one", `${"a".repeat(152)}€${"a".repeat(152)}`, "GSM-7", 306, 3],
    ["the same one septet shorter", `${"a".repeat(152)}€${"a".repeat(151)}`, "GSM-7", 305, 2],
    ["an escape pair that just fits part one", `${"a".repeat(151)}€${"a".repeat(153)}`, "GSM-7", 306, 2],
    ["76 pairs a part", "[".repeat(152), "GSM-7", 304, 2],
    ["153 pairs", "[".repeat(153), "GSM-7", 306, 3],
    ["70 units", "ł".repeat(70), "UCS-2", 70, 1],
    ["71 units", "ł".repeat(71), "UCS-2", 71, 2],
    ["134 units", "ł".repeat(134), "UCS-2", 134, 2],
    ["135 units", "ł".repeat(135), "UCS-2", 135, 3],
    ["35 emoji", emoji.repeat(35), "UCS-2", 70, 1],
    ["36 emoji", emoji.repeat(36), "UCS-2", 72, 2],
    ["66 emoji, 33 a part", emoji.repeat(66), "UCS-2", 132, 2],
    ["67 emoji", emoji.repeat(67), "UCS-2", 134, 3],
    ["a surrogate pair at the end of part one", `${"ł".repeat(66)}${emoji}${"ł".repeat(66)}`, "UCS-2", 134, 3],
    ["a surrogate pair that just fits", `${"ł".repeat(65)}${emoji}${"ł".repeat(67)}`, "UCS-2", 134, 2],
    ["every extension character", "^{}\\[]~|€\f", "GSM-7", 20, 1],
    ["in UCS-2 an extension character is one unit", `ł${"[".repeat(69)}`, "UCS-2", 70, 1],
    ["newlines", "a\r\nb", "GSM-7", 4, 1],
  ];
  for (const [name, text, encoding, units, segments] of edges) {
    const { offender: _, ...counted } = segment(text);
    assert.deepEqual(counted, { encoding, units, segments }, name);
  }
});

test("the first character outside the alphabet is named with its place and a substitute", () => {
  assert.deepEqual(segment("Ça va").offender, undefined);
  assert.deepEqual(segment("ça va").offender, { character: "ç", offset: 0, substitute: "c" });
  assert.deepEqual(segment("say “hi”").offender, { character: "“", offset: 4, substitute: '"' });
  assert.deepEqual(segment("9–5").offender, { character: "–", offset: 1, substitute: "-" });
  assert.deepEqual(segment("wait…").offender, { character: "…", offset: 4, substitute: "..." });
  assert.deepEqual(segment("a`b").offender, { character: "`", offset: 1, substitute: "'" });
  assert.deepEqual(segment("a\tb").offender, { character: "\t", offset: 1, substitute: " " });
  assert.deepEqual(segment(`hi ${emoji}`).offender, { character: emoji, offset: 3 });
  assert.equal(segment("\ud83d").offender?.offset, 0);
  assert.equal(segment("\u001b").encoding, "UCS-2");
});

test("a substitute always keeps the text in the alphabet", () => {
  for (let code = 0; code < 0x3000; code++) {
    const { offender } = segment(String.fromCharCode(code));
    if (offender?.substitute !== undefined)
      assert.equal(segment(offender.substitute).encoding, "GSM-7", offender.character);
  }
});

test("the alphabet has 127 characters of one septet and 10 of two", () => {
  const one: number[] = [];
  const two: number[] = [];
  for (let code = 0; code < 0x10000; code++) {
    const counted = segment(String.fromCharCode(code));
    if (counted.encoding === "GSM-7") (counted.units === 1 ? one : two).push(code);
  }
  assert.equal(one.length, 127);
  assert.equal(two.length, 10);
});

/** Code points in the order of the table in TS 23.038 §6.2.1; the reference knows nothing of the product's set. */
const table =
  "0040 00a3 0024 00a5 00e8 00e9 00f9 00ec 00f2 00c7 000a 00d8 00f8 000d 00c5 00e5 0394 005f 03a6 0393 039b 03a9 03a0 03a8 03a3 0398 039e 00c6 00e6 00df 00c9";
const others = "00a4 00a1 00c4 00d6 00d1 00dc 00a7 00bf 00e4 00f6 00f1 00fc 00e0";
const named = `${table} ${others}`.split(" ").map((hex) => Number.parseInt(hex, 16));
const ascii = /^[ -#%-?A-Za-z]$/;

/** Writes the message out as a row of cells and cuts it, instead of counting. */
function reference(text: string): { encoding: string; units: number; segments: number } {
  const width = (point: number): number =>
    "\f^{}\\[~]|€".includes(String.fromCodePoint(point))
      ? 2
      : named.includes(point) || ascii.test(String.fromCodePoint(point))
        ? 1
        : 0;
  const points = Array.from(text, (character) => character.codePointAt(0) as number);
  const isGsm = points.every((point) => width(point) > 0);
  const cells = points.map((point) => (isGsm ? width(point) : point > 0xffff ? 2 : 1));
  const units = cells.reduce((sum, cell) => sum + cell, 0);
  const [single, joined] = isGsm ? [160, 153] : [70, 67];
  if (units <= single) return { encoding: isGsm ? "GSM-7" : "UCS-2", units, segments: 1 };
  let segments = 0;
  let rest = cells;
  while (rest.length > 0) {
    let taken = 0;
    let size = 0;
    while (taken < rest.length && size + (rest[taken] as number) <= joined) size += rest[taken++] as number;
    rest = rest.slice(taken);
    segments += 1;
  }
  return { encoding: isGsm ? "GSM-7" : "UCS-2", units, segments };
}

test("random texts are counted as the reference counts them", () => {
  const gsm = fc.constantFrom(..."aZ0 @£é\n€[]{}^~|\\Ç");
  const any = fc.oneof(
    { weight: 20, arbitrary: gsm },
    { weight: 1, arbitrary: fc.constantFrom("ł", emoji, "ç", "`", "“") },
  );
  const texts = fc.oneof(
    fc.string({ unit: gsm, maxLength: 700 }),
    fc.string({ unit: any, maxLength: 500 }),
    fc.string({ unit: fc.constantFrom("ł", emoji), maxLength: 300 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const { offender: _, ...counted } = segment(text);
      assert.deepEqual(counted, reference(text));
    }),
    { numRuns: 400, seed: 20261120 },
  );
});
