// fmt: one form, nothing lost; and explain: every kind and field.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { parseAllDocuments } from "yaml";
import { BrokenChain, Claimed, LedgerUnusable, Limited, NotAllowed } from "../../src/base/failure.ts";
import { type Circumstances, tell } from "../../src/cli/failure.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { NotFound } from "../../src/library/address-query.ts";
import { explain, schemaOfAll } from "../../src/library/explain.ts";
import { formatText } from "../../src/library/format.ts";

test("fmt evens out spaces and keeps comments, documents and values", () => {
  const before = `# yaml-language-server: $schema=x
kind:   SmsTemplate   # which
spec:
    content:    "a: b"
    list: [ 1,2 ]   # both

    # above
    map: { a: 1 }
---
# second
kind: Other
`;
  const after = formatText(before);
  assert.equal(
    after,
    `# yaml-language-server: $schema=x
kind: SmsTemplate # which
spec:
  content: "a: b"
  list: [1, 2] # both

  # above
  map: {a: 1}
---
# second
kind: Other
`,
  );
  assert.equal(formatText(after), after);
});

test("fmt never changes a value or drops a comment, whatever the style", () => {
  const texts = [
    "a: |-\n   two\n   lines\n\nb: >\n  folded\n  text\n",
    "a: 'it''s'\nb: \"tab\\t\"\nc: ~\n",
    "# only a comment\n",
    "a: &x {b: 1}\nc: *x\n",
    "a:\n- b   # one\n-   c: 1\n    d: 2\n",
    "---\na: 1\n...\n---\nb: 2\n",
    `a: "${"long ".repeat(60)}"\n`,
    "? complex\n: value\n",
  ];
  for (const text of texts) {
    const formatted = formatText(text);
    const values = (one: string): unknown => parseAllDocuments(one).map((document) => document.toJS() as unknown);
    assert.deepEqual(values(formatted), values(text), text);
    assert.equal(formatted.match(/#[^\n]*/g)?.length, text.match(/#[^\n]*/g)?.length, text);
    assert.equal(formatText(formatted), formatted, text);
  }
});

test("this repository's own manifests are in fmt's form", () => {
  for (const folder of ["templates", "webhooks", "sessions", "preferences"]) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".yaml"),
    )) {
      const text = readFileSync(join(folder, file), "utf8");
      assert.equal(formatText(text), text, file);
    }
  }
});

test("every kind and every field of its spec is explained, with what a change of it means", () => {
  for (const kind of kinds) {
    const whole = explain(kind.name);
    assert.ok(whole.is === "field" && whole.fields.length > 0 && whole.description !== "", kind.name);
    for (const field of whole.fields) {
      const one = explain(`${kind.name}.${field.name}`);
      assert.ok(one.is === "field" && one.description !== "", `${kind.name}.${field.name}`);
    }
  }
  const sender = explain("SmsTemplate.fromAddress");
  assert.ok(sender.is === "field");
  assert.equal(sender.change, "the object is updated in place");
  assert.ok(sender.examples.includes('"+15035550142"'));
  assert.equal(explain("cx3201").is, "code");
});

test("a misspelt topic is answered with what was meant", () => {
  const hintOf = (topic: string): string => {
    try {
      explain(topic);
    } catch (error) {
      assert.ok(error instanceof NotFound);
      return error.hint;
    }
    return "it was explained";
  };
  assert.equal(hintOf("SmsTemplat"), "Did you mean SmsTemplate?");
  assert.equal(hintOf("SmsTemplate.fromAdress"), "Did you mean SmsTemplate.fromAddress?");
  assert.match(hintOf("CX9999"), /Did you mean CX\d{4}\?|Copy the code/);
});

test("the schema of all manifests has a branch for each kind", () => {
  assert.equal((schemaOfAll()["oneOf"] as readonly unknown[]).length, kinds.length);
});

test("each sort of failure has its exit code, and only a bug has a stack", () => {
  const here = { command: "plan", stepsDone: 0, flag: "" };
  const hint = "Do it.";
  const call = { family: "digital", method: "GET", path: "/x" };
  const cases: readonly (readonly [unknown, Circumstances, number])[] = [
    [new NotAllowed("CX4002", "no", hint), here, 3],
    [new Claimed("held", { hint }), here, 3],
    [new NotFound("CX4060", "none", hint), here, 1],
    [new BrokenChain("bad", 3, hint), here, 4],
    [new BrokenChain("bad", 3, hint), { ...here, command: "audit verify" }, 1],
    [new Limited("slow", call, { hint }), here, 4],
    [new Limited("slow", call, { hint }), { ...here, command: "apply", stepsDone: 2 }, 5],
    [new LedgerUnusable("full", { hint }), { ...here, command: "apply", hasWritten: true }, 5],
    [new TypeError("x is undefined"), here, 70],
    ["thrown text", here, 70],
  ];
  for (const [error, circumstances, exit] of cases) {
    const told = tell(error, circumstances);
    assert.equal(told.exit, exit, String(error));
    assert.equal(told.stack !== undefined, exit === 70, String(error));
  }
  const halfway = { ...here, command: "apply", hasWritten: true };
  assert.match(
    tell(new Limited("slow", call, { hint }), halfway).hint,
    /The ledger has what happened; run cxform apply again/,
  );
  assert.match(
    tell(new LedgerUnusable("full", { hint }), halfway).hint,
    /^Do it\. The ledger has announced what was sent, though the last results may be missing: the next run asks CXone for them first; run cxform apply/,
  );
  assert.match(tell(new TypeError("x"), here).hint, /report it with the command, cxform \d+\.\d+\.\d+, Node v/);
});
