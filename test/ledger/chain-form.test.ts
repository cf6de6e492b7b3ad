// The form of lines and names to the last field: what another tool or a hand could write, and what only looks like it.
import assert from "node:assert/strict";
import test from "node:test";
import {
  auditFile,
  contentFile,
  genesis,
  isContentFile,
  lineOf,
  link,
  parseHead,
  parseLine,
  runOfFile,
} from "../../src/ledger/chain.ts";

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
      "former",
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

test("a holder in a workflow names the repository, the run and the attempt", () => {
  const workflowRun = { repository: "juniper/shop", id: 7, attempt: 1 };
  const isRefusedWith = (given: unknown): boolean =>
    isRefused({ holder: { host: "quay", bootId: "b1", pid: 4711, startedAt: "100", workflowRun: given } });
  assert.equal(isRefusedWith(workflowRun), false);
  for (const given of [null, 7, "juniper/shop", [], [workflowRun]])
    assert.equal(isRefusedWith(given), true, JSON.stringify(given));
  for (const changed of [
    { repository: 7 },
    { repository: undefined },
    { repository: null },
    { id: "7" },
    { id: undefined },
    { id: 1.5 },
    { attempt: "1" },
    { attempt: null },
  ])
    assert.equal(isRefusedWith({ ...workflowRun, ...changed }), true, JSON.stringify(changed));
});

test("hashes and the names of contents are whole: nothing before them, nothing after them", () => {
  const hash = "a".repeat(64);
  assert.equal(isRefused({ digest: hash }), false);
  for (const bad of [`x${hash}`, `${hash}a`, hash.slice(1), hash.toUpperCase(), 7])
    assert.equal(isRefused({ digest: bad }), true, String(bad));
  assert.equal(isContentFile(contentFile(hash)), true);
  for (const bad of [`x/${contentFile(hash)}`, `${contentFile(hash)}x`, `content/${hash}a.json`])
    assert.equal(isContentFile(bad), false, bad);
  const head = { seq: 1, hash, run, file: auditFile(run) };
  assert.deepEqual(parseHead(JSON.stringify(head)), head);
  for (const changed of [{ run: 7 }, { file: 7 }, { file: "audit/x.ndjson" }, { seq: 0 }, { hash: `${hash}a` }])
    assert.throws(() => parseHead(JSON.stringify({ ...head, ...changed })), /names no entry/, JSON.stringify(changed));
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
