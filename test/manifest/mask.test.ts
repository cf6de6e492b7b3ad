// What must not be shown is blotted out of the source under a diagnostic.
import assert from "node:assert/strict";
import test from "node:test";
import { readDocuments } from "../../src/manifest/document.ts";
import { Lines } from "../../src/manifest/lines.ts";
import { masked } from "../../src/manifest/mask.ts";

function maskedAt(text: string, pointers: readonly string[]): string {
  const [document] = readDocuments(new Lines("a.yaml", text)).documents;
  assert.ok(document, "the text is one document");
  return masked(
    text,
    pointers.map((pointer) => ({ document, pointer })),
  );
}

test("every scalar at or below a pointer becomes asterisks; keys, lines and columns stay", () => {
  const text = "url: https://x\nrecords:\n  - id: 52ae 3f06\n    on: true\n  - text: |\n      two\n      lines\n";
  assert.equal(
    maskedAt(text, ["/records"]),
    "url: https://x\nrecords:\n  - id: **** ****\n    on: ****\n  - text: *\n      ***\n      *****\n",
  );
  assert.equal(maskedAt(text, ["/nothing"]), text);
});

test("pointers that name one scalar twice, or one within another, in any order, mask it once", () => {
  const text = "b: { c: word, d: text }\na: &x end\ne: *x\n";
  const all = "b: { c: ****, d: **** }\na: &x ***\ne: *x\n";
  assert.equal(maskedAt(text, ["/e", "/b/d", "/b", "/b/c", "/b"]), all);
});

test("a list as long as a file may hold is masked", () => {
  const text = `a: [${"b,".repeat(160_000)}]\n`;
  assert.equal(maskedAt(text, ["/a"]), `a: [${"*,".repeat(160_000)}]\n`);
});
