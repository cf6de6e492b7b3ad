// Holds canonical JSON to the published RFC 8785 vectors, byte for byte, and to what it must refuse.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { canonical } from "../../src/base/canonical.ts";
import type { Json } from "../../src/contract/json.ts";

const vectors = fileURLToPath(new URL("../data/jcs/", import.meta.url));
const files = readdirSync(join(vectors, "input"));

test("there are six published vectors of RFC 8785", () => {
  assert.equal(files.length, 6);
});

for (const file of files) {
  test(`canonical JSON of the vector ${file} is equal to the published bytes`, () => {
    const input = JSON.parse(readFileSync(join(vectors, "input", file), "utf8")) as Json;
    const output = readFileSync(join(vectors, "output", file));
    assert.deepEqual(Buffer.from(canonical(input), "utf8"), output);
  });
}

test("canonical JSON reads back as the value that it came from", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // Minus zero is the one JSON number that RFC 8785 writes as another (§3.2.2.3).
      assert.deepEqual(JSON.parse(canonical(value as Json)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("canonical JSON of an object does not depend on the order of its keys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse());
      assert.equal(canonical(reversed as Json), canonical(object as Json));
    }),
  );
});

test("a member without a value is left out", () => {
  assert.equal(canonical({ b: 1, a: undefined } as unknown as Json), '{"b":1}');
});

test("what JSON cannot hold is refused: numbers that are none, lone surrogates in values and in keys", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "\ud800", { "\udc00": 1 }]) {
    assert.throws(() => canonical([value] as Json), TypeError);
  }
});
