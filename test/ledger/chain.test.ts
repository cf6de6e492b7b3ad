// The chain: hashes that other tools can recompute, strict lines, names of runs and files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { BrokenChain } from "../../src/base/failure.ts";
import {
  auditFile,
  gap,
  genesis,
  hashOf,
  lineOf,
  link,
  parseHead,
  parseLine,
  runId,
  runOfFile,
} from "../../src/ledger/chain.ts";

const run = "20261120T105959Z-1a2b3c4d";
const position = { seq: 1, at: "2026-11-20T10:59:59.000Z", run, environment: "harbour", prev: genesis };

test("the hash is the SHA-256 of the canonical JSON without the hash, written out by hand", () => {
  const entry = link({ phase: "claim", actor: "zoë", commit: "c0ffee" }, position);
  const text = `{"actor":"zoë","at":"2026-11-20T10:59:59.000Z","commit":"c0ffee","environment":"harbour","phase":"claim","prev":"${"0".repeat(64)}","run":"${run}","seq":1}`;
  const hash = createHash("sha256").update(text).digest("hex");
  assert.equal(entry.hash, hash);
  assert.equal(hashOf(entry), hash);
  assert.deepEqual(parseLine(lineOf(entry)), { entry });
});

test("an undefined field is an absent field", () => {
  const draft = { phase: "claim", actor: undefined } as unknown as Parameters<typeof link>[0];
  const entry = link(draft, position);
  assert.equal(lineOf(entry).includes("actor"), false);
  assert.equal(entry.hash, link({ phase: "claim" }, position).hash);
});

test("a line is refused for each field of another form, and unknown fields are left to newer tools", () => {
  const entry = JSON.parse(lineOf(link({ phase: "claim" }, position))) as Record<string, unknown>;
  const wrong: readonly [string, unknown][] = [
    ["seq", 0],
    ["seq", "1"],
    ["seq", 1.5],
    ["at", 5],
    ["run", "../../etc"],
    ["phase", "begin"],
    ["environment", undefined],
    ["prev", "0"],
    ["hash", "X".repeat(64)],
    ["digest", "../x"],
    ["version", true],
    ["status", "approved"],
    ["outcome", "maybe"],
    ["steps", [1]],
    ["counts", { sent: "1" }],
    ["approvals", [{ login: "ada" }]],
    ["holder", { host: "quay" }],
    ["latencyMs", "3"],
  ];
  for (const [field, value] of wrong) {
    const parsed = parseLine(JSON.stringify({ ...entry, [field]: value }));
    assert.ok("problem" in parsed, `${field} ${JSON.stringify(value)}`);
    assert.match(parsed.problem, new RegExp(`^${field} `));
  }
  for (const line of ["", "[]", "null", "{", '"text"']) assert.ok("problem" in parseLine(line), line);
  assert.ok("entry" in parseLine(JSON.stringify({ ...entry, weather: "fair" })));
});

test("a gap in seq and a foreign prev are told apart", () => {
  const first = link({ phase: "claim" }, position);
  const second = link({ phase: "release" }, { ...position, seq: 2, prev: first.hash });
  assert.equal(gap(undefined, first), undefined);
  assert.equal(gap(first, second), undefined);
  assert.match(gap(undefined, second) ?? "", /seq is 2 where 1 belongs/);
  assert.match(gap({ seq: 1, hash: "f".repeat(64) }, second) ?? "", /prev is not the hash/);
});

test("run ids sort by time and name one file each", () => {
  const chance = { uuid: () => "1a2b3c4d-0000-4000-8000-000000000000" };
  assert.equal(runId({ now: () => Date.UTC(2026, 10, 20, 10, 59, 59, 250) }, chance), run);
  assert.equal(auditFile(run), `audit/2026/11/${run}.ndjson`);
  assert.equal(runOfFile(auditFile(run)), run);
  for (const file of [
    `audit/2026/12/${run}.ndjson`,
    `audit/2026/11/../11/${run}.ndjson`,
    "audit/x",
    `audit/2026/11/${run}.json`,
  ]) {
    assert.equal(runOfFile(file), undefined, file);
  }
});

test("a HEAD.json that leads out of the folder or names nothing is refused", () => {
  const head = { seq: 1, hash: "a".repeat(64), run, file: auditFile(run) };
  assert.deepEqual(parseHead(JSON.stringify(head)), head);
  const wrong = [
    { file: "../x" },
    { file: "audit/2026/11/20261120T105959Z-00000000.ndjson" },
    { seq: 0 },
    { hash: "a" },
  ];
  for (const part of wrong) assert.throws(() => parseHead(JSON.stringify({ ...head, ...part })), BrokenChain);
  assert.throws(() => parseHead(""), BrokenChain);
});
