// Canaries: naughty strings through every output; none may act on a terminal, a workflow run or a rendered comment.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import { annotations } from "../../src/report/annotations.ts";
import { csv } from "../../src/report/csv.ts";
import { diagnosticsText } from "../../src/report/diagnostics.ts";
import { guarded, harmless, harmlessJson } from "../../src/report/harmless.ts";
import { code, fence } from "../../src/report/markdown.ts";
import { planText } from "../../src/report/plan-text.ts";
import { planOf, stepOf } from "./plan.ts";

const attacks = [
  "x\n::set-env name=NODE_OPTIONS::--require /tmp/x.js",
  "  ::add-mask::x",
  "a ##[set-output name=digest;]sha256:00",
  "\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  "\u001b[2J\u001b[1;31mred",
  "\u009b31mred",
  "safe\r::error::x",
  "\u202etxet",
  "zero\u200bwidth",
  "`````\n</details><script>alert(1)</script>",
  "@octocat #1 https://evil.example ![x](https://evil.example/y.png)",
  "|a|b|\\",
  "<!-- --> <img src=x onerror=y>",
  "%0A::error::x",
];
const naughty: readonly string[] = [
  ...attacks,
  ...(JSON.parse(readFileSync("test/data/naughty-strings.json", "utf8")) as readonly string[]),
];

/** What no output may hold, whatever went in. */
function assertInert(text: string, input: string, mayHold: RegExp = /(?!)/): void {
  const say = `from ${JSON.stringify(input)}: ${JSON.stringify(text.slice(0, 300))}`;
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/, `a control character, ${say}`);
  assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/, `a bidirectional mark, ${say}`);
  for (const line of text.split("\n")) {
    if (mayHold.test(line)) continue;
    assert.doesNotMatch(line, /^\s*::/, `a workflow command, ${say}`);
    assert.doesNotMatch(line, /##\[/, `an old workflow command, ${say}`);
  }
}

const planWith = (text: string) =>
  planOf({
    environment: text,
    steps: [
      stepOf({
        action: "update",
        address: `SmsTemplate/${text}`,
        risk: "high",
        reason: text,
        changes: [{ path: `/content/${text}`, before: text, after: `${text} and more of it` }],
        source: { file: text, line: 1, column: 1 },
      }),
      stepOf({
        action: "create",
        address: "SmsTemplate/new",
        changes: [{ path: "/content", before: null, after: `first line\n${text}` }],
      }),
    ],
    blocked: [{ address: text, kind: text, status: text, reason: text, by: "unowned" }],
    waiting: [{ address: text, kind: text, status: text, reason: text, since: text, by: "pending" }],
    unmanaged: [{ address: text, kind: text, remoteId: text, status: text, reason: text, by: "unowned" }],
    diagnostics: [diagnosticWith(text)],
  });

const diagnosticWith = (text: string): Diagnostic => ({
  file: text,
  line: 1,
  column: 3,
  code: "CX3001",
  severity: "error",
  message: text,
  hint: text,
  address: text,
});

test("naughty strings act nowhere in a plan as text", () => {
  for (const text of naughty)
    assertInert(guarded(planText(planWith(text), { sources: new Map([[text, text]]) })), text);
});

test("naughty strings act nowhere in diagnostics as text, the quoted source line included", () => {
  for (const text of naughty) {
    assertInert(
      guarded(diagnosticsText([diagnosticWith(text)], { sources: new Map([[text, `${text}\n${text}`]]) })),
      text,
    );
  }
});

test("naughty strings stay inside the annotation that names them", () => {
  for (const text of naughty) {
    const out = annotations([diagnosticWith(text)]);
    assert.equal(out.trimEnd().split("\n").length, 1, JSON.stringify(text));
    assert.match(out, /^::error file=[^:]*,line=1,col=3,title=CX3001::/);
    assertInert(out, text, /^::error file=/);
    assert.doesNotMatch(out, /##\[/);
  }
});

test("code spans and fences hold whatever is put into them", () => {
  const piece = fc.constantFrom(
    "`",
    "``",
    "```",
    "\n",
    "\r",
    "|",
    "\\",
    "~~~",
    "<b>",
    "@a",
    "##[x]",
    " ",
    "\t",
    "\u202e",
    "a",
    "::",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const span = code(text);
      if (span !== "*(empty)*") {
        const ticks = /^`+/.exec(span)?.[0] as string;
        assert.ok(span.endsWith(ticks) && !span.includes("\n"));
        const runs = span.slice(ticks.length, -ticks.length).match(/`+/g) ?? [];
        assert.ok(
          runs.every((run) => run.length !== ticks.length),
          span,
        );
        assert.doesNotMatch(span, /(?<!\\)\|/);
      }
      const lines = fence(text).split("\n");
      const ticks = lines[0] as string;
      assert.equal(lines.at(-1), ticks);
      assert.ok(lines.slice(1, -1).every((line) => !line.includes(ticks)));
    }),
  );
});

test("JSON on standard output is the same value and holds nothing that acts", () => {
  for (const text of naughty) {
    const out = harmlessJson({ [text]: text });
    if (text.isWellFormed()) assert.deepEqual(JSON.parse(out), { [text]: text });
    assertInert(out, text);
  }
});

test("what hides or acts is shown by its number", () => {
  assert.equal(harmless("a\u202eb"), "a\\u{202e}b");
  assert.equal(harmless("a\u001b[31mb"), "a\\u{1b}[31mb");
  assert.equal(harmless("one\r\ntwo"), "one⏎two");
});

test("spreadsheets take no cell for a formula", () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", " =1"]) {
    assert.equal(csv(["a"], [[text]]), `a\r\n"'${text}"\r\n`);
  }
  assert.equal(csv(["a", "b"], [["x,y", 'say "hi"']]), 'a,b\r\n"x,y","say ""hi"""\r\n');
});
