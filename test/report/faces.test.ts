// Harmless text on GitHub: whatever stands in a manifest, an answer or a plan file, a comment, an issue and a summary hold no markup of its making.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import type { Texts } from "./faces.ts";
import { assertAnnotations, assertFaces, assertInertMarkdown, assertLogs, inTurn, nasty, shapeOf } from "./inert.ts";

function everywhere(next: Texts, say: string): void {
  assertFaces(next, say);
  assertAnnotations(next, say);
  assertLogs(next, say);
}

test("naughty strings are inert in the fields of every face, each in many of them", () => {
  const all = JSON.parse(readFileSync("test/data/naughty-strings.json", "utf8")) as readonly string[];
  const naughty = all.filter((text) => text !== "");
  // `npm run harmless` puts each of them into every field.
  for (let start = 0; start < naughty.length; start += 40) everywhere(inTurn(naughty, start), `${start} on`);
});

test("what is put together to break out of a face stays inside", () => {
  const texts = fc.array(nasty, { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(texts, (some) => everywhere(inTurn(some), JSON.stringify(some))),
    { numRuns: 25 },
  );
});

test("the check itself sees what breaks out", () => {
  const shape = shapeOf("a `b` c");
  const planted = ["a [b](https://evil.example) c", "a @octocat c", "a <img src=x> c", "a www.evil.example c", "# a"];
  for (const broken of planted) assert.throws(() => assertInertMarkdown(broken, shape, "planted"), broken);
});
