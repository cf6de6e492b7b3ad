// The verdict of a verification as text: what stands first, and how much of it.
import assert from "node:assert/strict";
import test from "node:test";
import { verificationText } from "../../src/report/ledger-text.ts";

const problemsOf = (
  length: number,
): readonly { readonly seq: number; readonly file: string; readonly message: string }[] =>
  Array.from({ length }, (_, at) => ({ seq: at + 1, file: "audit/2026/11/a.ndjson", message: "is wrong" }));

test("a verdict with problems in every entry shows the first twenty and counts the rest", () => {
  const view = { ok: false, entries: 131, firstBadSeq: 1, problems: problemsOf(131) };
  const lines = verificationText(view, "ledger").split("\n");
  assert.equal(lines[0], "broken: ledger does not add up; the first bad entry is 1");
  assert.equal(lines[20], "  entry 20: audit/2026/11/a.ndjson: is wrong");
  assert.equal(lines[21], "  and 111 more problems; --format json lists all");
  assert.match(lines[22] ?? "", /^ {2}hint: /);
});

test("twenty problems are shown without a count of more", () => {
  const view = { ok: false, entries: 20, firstBadSeq: 1, problems: problemsOf(20) };
  assert.doesNotMatch(verificationText(view, "ledger"), /more problem/);
});
