// Limits, hostile YAML and places.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Place } from "../../src/contract/diagnostic.ts";
import { readDocuments } from "../../src/manifest/document.ts";
import { limits } from "../../src/manifest/guard.ts";
import { Lines } from "../../src/manifest/lines.ts";

function read(text: string) {
  const { documents, diagnostics } = readDocuments(new Lines("a.yaml", text));
  return { documents, codes: diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`), diagnostics };
}

function placeIn(text: string, pointer: string, offset?: number): string {
  const [document] = read(text).documents;
  assert.ok(document, "the text is one document");
  const { line, column } = document.place(pointer, offset);
  return `${line}:${column}`;
}

const keys = (count: number, separator: string): string =>
  Array.from({ length: count }, (_, at) => `k${at}: 1`).join(separator);

test("each limit is let through and one more is refused with its place", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["[".repeat(64) + "]".repeat(64), "[".repeat(65) + "]".repeat(65), "1:65 CX1007"],
    [`${"- ".repeat(64)}a`, `${"- ".repeat(65)}a`, "1:129 CX1007"],
    [keys(1000, "\n"), keys(1001, "\n"), "1001:1 CX1008"],
    [`{${keys(1000, ", ")}}`, `{${keys(1001, ", ")}}`, "1:8892 CX1008"],
    ["---\na: 1\n".repeat(1000), "---\na: 1\n".repeat(1001), "2001:1 CX1010"],
    [
      `a: &x 1\n${keys(100, "\n").replaceAll(" 1", " *x")}`,
      `a: &x 1\n${keys(101, "\n").replaceAll(" 1", " *x")}`,
      "102:7 CX1009",
    ],
    [`a: ${"x".repeat(limits.fileBytes - 3)}`, `a: ${"x".repeat(limits.fileBytes - 2)}`, "1:1 CX1002"],
  ];
  for (const [within, beyond, told] of cases) {
    assert.deepEqual(read(within).codes, []);
    assert.deepEqual(read(beyond).codes, [told]);
  }
});

test("a thousand open brackets twice in one process end in a diagnostic each", () => {
  for (const open of ["[", "{", "[", "{", "? ", "- "])
    assert.deepEqual(
      read(open.repeat(1000)).codes.map((code) => code.slice(-6)),
      ["CX1007"],
    );
});

test("a small file of aliases that stands for a huge one is refused in no time", () => {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (let at = 1; at < 10; at++)
    text += `a${at}: &a${at} [${Array(9)
      .fill(`*a${at - 1}`)
      .join(", ")}]\n`;
  assert.deepEqual(
    read(text).codes.map((code) => code.slice(-6)),
    ["CX1019"],
  );
  assert.deepEqual(read("a: &x [*x]\n").codes, ["1:8 CX1007"]);
});

test("what YAML must not hold is refused with line and column", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\uFEFFa: 1\n", "1:1 CX1004"],
    ["a: 1\nb: x\0y\n", "2:5 CX1005"],
    ["a: 1\rb: 2\n", "1:5 CX1005"],
    ["a:\n\tb: 1\n", "2:1 CX1006"],
    ["a:\t1\n", "1:3 CX1006"],
    ["a: \uD83D\n", "1:4 CX1016"],
    ['a: "b\\uD83D"\n', "1:6 CX1016"],
    ['a: "x\\0"\n', "1:6 CX1005"],
    ["a: 1\nb: 2\na: 3\n", "3:1 CX1013"],
    ['1: x\n"1": y\n', "2:1 CX1013"],
    ["a: !money 3\n", "1:4 CX1014"],
    ["%YAML 1.1\n---\na: yes\n", "1:1 CX1015"],
    ["%TAG ! tag:x,2000:\n---\na: 1\n", "1:1 CX1015"],
    ["a: .nan\n", "1:4 CX1018"],
    ["a: 1e999\n", "1:4 CX1018"],
    ["a: *nobody\n", "1:4 CX1019"],
    ["? [a]\n: 1\n", "1:3 CX1017"],
    ["a: 'x\n", "2:1 CX1012"],
    ["a: @x\n", "1:4 CX1012"],
  ];
  for (const [text, told] of cases) assert.deepEqual(read(text).codes, [told], JSON.stringify(text));
});

test("prototype keys are refused wherever they stand and pollute nothing", () => {
  for (const key of ["__proto__", "constructor", "prototype", '"__proto__"', '"\\u005f_proto__"']) {
    assert.deepEqual(read(`a:\n  ${key}: { x: 1 }\n`).codes, ["2:3 CX1011"]);
    assert.deepEqual(read(`{${key}: {x: 1}}`).codes, ["1:2 CX1011"]);
  }
  assert.equal((Object.prototype as Record<string, unknown>)["x"], undefined);
});

test("an unquoted placeholder says how to quote it", () => {
  const [alone] = read("body: {{1}}\n").diagnostics;
  assert.equal(alone?.message, "the unquoted placeholder {{1}} is read as a map");
  assert.equal(alone?.hint, 'Quote it: "{{1}}".');
  assert.equal(alone?.column, 7);
  const [followed] = read("body: {{1}} is your code\n").diagnostics;
  assert.match(followed?.message ?? "", /unquoted \{\{ opens a map/);
  const [colon] = read("body: Order: shipped\n").diagnostics;
  assert.match(colon?.hint ?? "", /Quote the text/);
});

test("a broken document leaves its neighbours readable and empty ones are skipped", () => {
  const { documents, codes } = read("a: 1\n---\nb: [\n---\n---\n# nothing\n---\nc: 1\n");
  assert.deepEqual(
    documents.map((document) => document.value),
    [{ a: 1 }, { c: 1 }],
  );
  assert.deepEqual(codes, ["4:1 CX1012"]);
  assert.deepEqual(documents[1]?.place("/c"), { file: "a.yaml", line: 8, column: 4 });
});

test("yes, no, merge keys and dates are text in YAML 1.2", () => {
  const { documents } = read("a: yes\nb: 2026-11-20\n<<: { c: 1 }\n");
  assert.deepEqual(documents[0]?.value, { a: "yes", b: "2026-11-20", "<<": { c: 1 } });
});

test("pointers lead to values, keys, and the nearest parent's key of what is missing", () => {
  const text = "metadata:\n  name: x\nspec:\n  a/b: 1\n  list:\n    - one\n    - { two: 2 }\n  empty:\n";
  assert.equal(placeIn(text, ""), "1:1");
  assert.equal(placeIn(text, "/metadata/name"), "2:9");
  assert.equal(placeIn(text, "/spec/a~1b"), "4:8");
  assert.equal(placeIn(text, "/spec/list/1/two"), "7:14");
  assert.equal(placeIn(text, "/spec/list/1"), "7:7");
  assert.equal(placeIn(text, "/spec/empty"), "8:3");
  assert.equal(placeIn(text, "/spec/body"), "3:1");
  assert.equal(placeIn(text, "/spec/list/9/text"), "5:3");
  const [document] = read(text).documents;
  assert.deepEqual(document?.keyPlace("/spec/a~1b"), { file: "a.yaml", line: 4, column: 3 });
});

test("an offset inside a string leads to its character in every style", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a: one two\n", "two", "1:8"],
    ["a: one\n  two\n", "two", "2:3"],
    ["a: one\n\n  two\n", "two", "3:3"],
    ["a: 'it''s two'\n", "two", "1:11"],
    ["a: 'one\n\n\n  two'\n", "two", "4:3"],
    ['a: "\\u00e9\\n two"\n', "two", "1:14"],
    ['a: "one \\\n   two"\n', "two", "2:4"],
    ['a: "one\n   two"\n', "two", "2:4"],
    ["a: |\n  one\n   two\n", "two", "3:4"],
    ["a: |2-  # why\n    one\n  two\n\n", "two", "3:3"],
    ["a: |+\n\n\n  one\n\n  two\n\n", "two", "6:3"],
    ["a: >\n  one\n  and\n\n    more\n  two\n", "two", "6:3"],
    ["a: >-\n  one\n\n\n  two\n", "two", "5:3"],
    ["a: |\r\n  one\r\n  two\r\n", "two", "3:3"],
    ["- a: &x |\n    one\n    two\n", "two", "3:5"],
    ["a: 😀 two\n", "two", "1:7"],
  ];
  for (const [text, word, place] of cases) {
    const [document] = read(text).documents;
    assert.ok(document);
    const [pointer, value] = Array.isArray(document.value)
      ? ["/0/a", String((document.value[0] as { a: string }).a)]
      : ["/a", String((document.value as { a: string }).a)];
    assert.equal(placeIn(text, pointer, value.indexOf(word)), place, JSON.stringify(text));
  }
});

test("every letter of any text is found again in whatever style it is written", () => {
  const letters = fc.array(
    fc.constantFrom("a", "b", " ", "  ", "\n", "\n\n", "é", "😀", "'", '"', "\\", ": ", "#", "\t", "- "),
    { maxLength: 24 },
  );
  const styles = ["PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"] as const;
  fc.assert(
    fc.property(letters, fc.constantFrom(...styles), fc.integer({ min: 20, max: 40 }), (parts, style, lineWidth) => {
      const text = stringify({ spec: { body: parts.join("") } }, { defaultStringType: style, lineWidth });
      const { documents } = read(text);
      const document = documents[0];
      // Tabs may end up as separators, which are refused.
      if (document === undefined) return;
      const value = (document.value as { spec: { body: string } }).spec.body;
      const lines = text.split("\n");
      for (let at = 0; at < value.length; at++) {
        if (!/[abé]/.test(value[at] as string)) continue;
        const place: Place = document.place("/spec/body", at);
        assert.equal(lines[place.line - 1]?.[place.column - 1], value[at], `${JSON.stringify(text)} at ${at}`);
      }
    }),
    { seed: 7, numRuns: 1500 },
  );
});
