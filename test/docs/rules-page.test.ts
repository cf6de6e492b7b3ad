// docs/rules.md is what the rules say: generated, complete, with every code once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { documentedKinds, rulesPage } from "../../scripts/rules-text.ts";
import { manifestCodes } from "../../src/manifest/codes.ts";

const all = documentedKinds();
const rules = all.flatMap((each) => each.rules);
const page = rulesPage();

test("the page in docs is the one that the rules give", () => {
  assert.ok(readFileSync("docs/rules.md", "utf8") === page, "run npm run docs:rules");
});

test("no code is used twice, by rules or by the reader of manifests", () => {
  const codes = [...rules.map(({ code }) => code), ...manifestCodes.map(({ code }) => code)];
  const twice = codes.filter((code, at) => codes.indexOf(code) !== at);
  assert.deepEqual(twice, []);
});

test("each kind has a hundred of codes of its own, and each rule every field", () => {
  const hundreds = new Map<string, string>();
  for (const { kind, rules: own } of all) {
    assert.ok(own.length > 0, kind.name);
    for (const { code, title, severity, reason, source, hint, examples } of own) {
      assert.match(code, /^CX3\d{3}$/);
      const hundred = code.slice(0, 4);
      // CX3305 is about registrations and checked where the sender stands.
      if (code !== "CX3305") {
        assert.equal(hundreds.get(hundred) ?? kind.name, kind.name, `${code} is of two kinds`);
        hundreds.set(hundred, kind.name);
      }
      assert.match(severity, /^(?:error|warning)$/, code);
      assert.match(title, /^\p{Lu}.*[^.]$/u, `${code}: a title has no full stop`);
      assert.match(reason, /^["\p{Lu}].*\.$/su, `${code}: a reason is a sentence`);
      assert.match(hint, /^["\p{Lu}].*\."?$/su, `${code}: a hint is a sentence`);
      assert.match(source, /^.{5,}[^.\s]$/s, `${code}: a source is named without a full stop`);
      for (const example of [examples.wrong, examples.right])
        assert.ok(/^(?:\{ )?apiVersion: cxform\/v1\b/.test(example), code);
      assert.notEqual(examples.wrong, examples.right, code);
      const lines = examples.wrong.split("\n").length;
      assert.ok(examples.at.line >= 1 && examples.at.line <= lines && examples.at.column >= 1, `${code}: a place`);
    }
  }
});

test("every rule has a heading and a row in its kind's table, and no example is endless", () => {
  for (const { code } of rules) {
    assert.equal(page.split(`\n### ${code}\n`).length, 2, code);
    assert.ok(page.includes(`| [${code}](#${code.toLowerCase()}) |`), code);
  }
  const blocks = page.split(/^```+.*$/m).filter((_, at) => at % 2 === 1);
  assert.ok(blocks.length >= rules.length * 2);
  for (const block of blocks) assert.ok(block.split("\n").length < 70, block.slice(0, 200));
  assert.match(page, /# … 224 more\n/);
});
