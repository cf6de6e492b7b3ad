// The form of lines and names to the last field: what another tool or a hand could write, and what only looks like it.
import assert from "node:assert/strict";
import test from "node:test";
import { auditFile, genesis, lineOf, link, parseLine, runOfFile } from "../../src/ledger/chain.ts";

const run = "20261120T105959Z-1a2b3c4d";
const position = { seq: 1, at: "2026-11-20T10:59:59.000Z", run, environment: "harbour", prev: genesis };
const line = (more: Record<string, unknown>): string =>
  JSON.stringify({ ...JSON.parse(lineOf(link({ phase: "claim" }, position))), ...more });
const isRefused = (more: Record<string, unknown>): boolean => "problem" in parseLine(line(more));

test("a run's name is a whole name: nothing before it, nothing after it", () => {
  for (const name of [`x${run}`, `${run}x`, `../${run}`, `${run}/..`, run.slice(1), run.slice(0, -1)]) {
    assert.throws(() => auditFile(name), name);
    assert.equal(isRefused({ run: name }), true, name);
  }
  for (const file of [`x/${auditFile(run)}`, `${auditFile(run)}x`, `content/${run}.ndjson`, `${auditFile(run)}.new`]) {
    assert.equal(runOfFile(file), undefined, file);
  }
});

test("every field of text refuses what is no text", () => {
  const fields = [
    ...[
      "action",
      "address",
      "remoteName",
      "remoteId",
      "jobId",
      "reason",
      "requestId",
      "idempotencyKey",
      "responseDigest",
    ],
    ...["decidedAt", "observedAt", "actor", "operator", "commit", "planDigest", "startedAt", "chunk", "contentDigest"],
  ];
  for (const field of fields) {
    assert.equal(isRefused({ [field]: "words" }), false, field);
    for (const value of [1, true, null, [], {}, ["words"]]) assert.equal(isRefused({ [field]: value }), true, field);
  }
});

test("lists and maps are judged by every part, not by one", () => {
  assert.equal(isRefused({ steps: ["a", "b"] }), false);
  assert.equal(isRefused({ steps: [] }), false);
  assert.equal(isRefused({ steps: ["a", 1] }), true);
  assert.equal(isRefused({ steps: "a" }), true);
  assert.equal(isRefused({ counts: { sent: 1, failed: 2 } }), false);
  assert.equal(isRefused({ counts: {} }), false);
  assert.equal(isRefused({ counts: { sent: 1, failed: "2" } }), true);
  assert.equal(isRefused({ counts: [1] }), true);
  const approval = { login: "ada", at: "2026-11-20T10:00:00Z", commit: "c0ffee" };
  assert.equal(isRefused({ approvals: [approval] }), false);
  assert.equal(isRefused({ approvals: approval }), true);
  assert.equal(isRefused({ approvals: [approval, null] }), true);
  for (const field of Object.keys(approval)) {
    assert.equal(isRefused({ approvals: [approval, { ...approval, [field]: 1 }] }), true, field);
    assert.equal(isRefused({ approvals: [{ ...approval, [field]: undefined }] }), true, field);
  }
});

test("a holder has all that tells whether it is dead", () => {
  const holder = { host: "quay", bootId: "b1", pid: 4711, startedAt: "100" };
  assert.equal(isRefused({ holder }), false);
  for (const field of Object.keys(holder)) {
    assert.equal(isRefused({ holder: { ...holder, [field]: null } }), true, field);
    assert.equal(isRefused({ holder: { ...holder, [field]: undefined } }), true, field);
  }
  assert.equal(isRefused({ holder: { ...holder, pid: "4711" } }), true);
  assert.equal(isRefused({ holder: { ...holder, pid: 1.5 } }), true);
  assert.equal(isRefused({ holder: "quay" }), true);
  assert.equal(isRefused({ holder: null }), true);
});

test("an escaped half of a character is refused, a whole one is read", () => {
  const whole = line({ actor: "x" }).replace('"x"', '"\\ud83d\\ude00"');
  assert.ok("entry" in parseLine(whole));
  const half = line({ actor: "x" }).replace('"x"', '"\\ud83d"');
  assert.deepEqual(parseLine(half), { problem: "the line holds text that is no Unicode" });
  assert.ok("problem" in parseLine(""));
  assert.ok("problem" in parseLine("not json"));
  assert.ok("problem" in parseLine("[]"));
  assert.ok("problem" in parseLine("null"));
});
