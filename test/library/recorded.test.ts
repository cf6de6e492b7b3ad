// What the entries of a ledger say that runs did and learnt: outcomes, decisions, what waits, and what there is to tell. The ledger is written by hand.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry, EntryDraft } from "../../src/contract/entry.ts";
import { derive } from "../../src/ledger/derive.ts";
import { appliedIn, glassRunsSince, newsSince } from "../../src/library/recorded.ts";

const environment = "harbour";
const parcel = "WhatsAppTemplate/parcel/en";
const may = "PreferenceBatch/may";
const minute = 60_000;
const start = Date.UTC(2026, 10, 20, 10);

interface Line extends EntryDraft {
  readonly run: string;
}

/** A minute lies between two entries. */
function ledger(...lines: readonly Line[]) {
  const entries = lines.map(
    (line, at): Entry => ({
      ...line,
      seq: at + 1,
      at: new Date(start + at * minute).toISOString(),
      environment,
      prev: `h${at}`,
      hash: `h${at + 1}`,
    }),
  );
  const state = derive(entries, environment);
  return {
    applied: (commit: string) => appliedIn(entries, state, commit),
    news: (since = 0) => newsSince(since, entries, state),
    glass: (since = 0) => glassRunsSince(since, entries),
  };
}

const approvals = [{ login: "grace", at: "2026-11-20T09:00:00.000Z", commit: "c1" }];
const claim = (run: string, more: Partial<EntryDraft> = {}): Line => ({
  run,
  phase: "claim",
  actor: "ada",
  commit: "c1",
  planDigest: `sha256:${run}`,
  steps: ["s"],
  ...more,
});
const release = (run: string): Line => ({ run, phase: "release", steps: [] });
const submitted = (run: string, version: number): readonly Line[] => {
  const write = { run, action: "newVersion", address: parcel, version, remoteName: `parcel_${version}`, digest: "d" };
  return [
    { ...write, phase: "intent", idempotencyKey: `k${version}` },
    { ...write, phase: "result", outcome: "ok", status: "pending", remoteId: `r${version}` },
  ];
};
const decided = (run: string, version: number, status: "active" | "rejected", reason?: string): Line => ({
  run,
  phase: "event",
  action: "decided",
  address: parcel,
  version,
  status,
  ...(reason === undefined ? {} : { reason }),
});
const sent = (run: string, more: Partial<EntryDraft>): Line => ({
  run,
  phase: "result",
  action: "records",
  address: may,
  version: 1,
  outcome: "ok",
  ...more,
});

test("of a commit that nobody applied nothing is recorded, nor of one whose run had no step", () => {
  const here = ledger(claim("one", { steps: [] }), release("one"));
  assert.equal(here.applied("c1"), undefined);
  assert.equal(here.applied("c2"), undefined);
});

test("what waits is pending until a later run records the decision", () => {
  const lines = [claim("one", { approvals }), ...submitted("one", 1), release("one")];
  const waiting = ledger(...lines).applied("c1");
  assert.deepEqual(
    waiting?.pending.map(({ address, version, status, since, by }) => [address, version, status, since, by]),
    [[parcel, 1, "PENDING", "2026-11-20T10:01:00.000Z", "pending"]],
  );
  assert.deepEqual([waiting?.decided, waiting?.seq, waiting?.digest], [[], 4, "sha256:one"]);
  assert.deepEqual(waiting?.approvals, approvals);
  const settled = ledger(
    ...lines,
    claim("two", { commit: "c2", steps: [] }),
    decided("two", 1, "rejected", "PROMOTIONAL"),
  ).applied("c1");
  assert.deepEqual(settled?.pending, []);
  assert.deepEqual(settled?.decided, [{ address: parcel, version: 1, status: "rejected", reason: "PROMOTIONAL" }]);
  assert.deepEqual(
    settled?.outcomes.map(({ address, action, status, remoteId }) => [address, action, status, remoteId]),
    [[parcel, "newVersion", "ok", "r1"]],
  );
});

test("the calls of a batch are one outcome whose numbers add up; of a step that was tried twice the last word counts", () => {
  const here = ledger(
    claim("one"),
    sent("one", { counts: { sent: 2, created: 2 } }),
    sent("one", { counts: { sent: 1, rejected: 1 } }),
    { ...(submitted("one", 1)[0] as Line) },
    { ...(submitted("one", 1)[1] as Line), outcome: "unknown", reason: "no answer" },
    release("one"),
    claim("again", { planDigest: "sha256:later" }),
    submitted("again", 1)[1] as Line,
    release("again"),
  ).applied("c1");
  assert.deepEqual(here?.outcomes, [
    { address: may, action: "records", status: "ok", version: 1, counts: { sent: 3, created: 2, rejected: 1 } },
    { address: parcel, action: "newVersion", status: "ok", version: 1, remoteId: "r1" },
  ]);
  assert.equal(here?.digest, "sha256:later");
});

test("a failure says why, and another commit's versions are none of this one's", () => {
  const [intent, result] = submitted("two", 2) as readonly [Line, Line];
  const here = ledger(
    claim("one"),
    ...submitted("one", 1),
    release("one"),
    claim("two", { commit: "c2" }),
    intent,
    { ...result, outcome: "failed", reason: "the body is too long" },
    release("two"),
    decided("three", 1, "active"),
  );
  assert.deepEqual(
    here.applied("c2")?.outcomes.map(({ status, error }) => [status, error]),
    [["failed", "the body is too long"]],
  );
  assert.deepEqual(here.applied("c2")?.decided, []);
  assert.equal(here.applied("c1")?.decided.length, 1);
});

test("news is what was written or decided of a commit's versions, whoever wrote it, and not what is older", () => {
  const here = ledger(
    claim("one", { approvals }),
    ...submitted("one", 1),
    release("one"),
    claim("two", { commit: "c2", steps: [] }),
    decided("two", 1, "rejected", "PROMOTIONAL"),
    { run: "two", phase: "event", action: "overdue", address: parcel, version: 1 },
  );
  const { byCommit, rejected } = here.news();
  assert.deepEqual([...byCommit], [["c1", 6]]);
  assert.deepEqual(
    rejected.map(({ address, version: { version, reason } }) => [address, version, reason]),
    [[parcel, 1, "PROMOTIONAL"]],
  );
  assert.deepEqual(here.news(start + 6 * minute), { byCommit: new Map(), rejected: [] });
});

test("opt-outs that went ahead of the approval are no news; what was approved is, also what ends another's version", () => {
  const answered: Line = { run: "lane", phase: "event", action: "answered", address: may, version: 1, digest: "d" };
  const ahead = [claim("lane"), sent("lane", { counts: { sent: 2 } }), answered];
  assert.deepEqual([...ledger(...ahead).news().byCommit], []);
  const here = ledger(
    ...ahead,
    claim("old", { commit: "c0", approvals }),
    ...submitted("old", 1),
    claim("new", { approvals }),
    { run: "new", phase: "result", action: "deprecate", address: parcel, version: 1, outcome: "ok" },
  );
  assert.deepEqual(
    [...here.news().byCommit],
    [
      ["c0", 8],
      ["c1", 8],
    ],
  );
});

test("a run past the protection is told with who, why, where and what it did", () => {
  const workflowRun = { repository: "harbour/messages", id: 7, attempt: 2 };
  const holder = { host: "h", bootId: "b", pid: 1, startedAt: "1", workflowRun };
  const here = ledger(claim("one"), claim("glass", { action: "breakGlass", reason: "the sale ended", holder }), {
    run: "glass",
    phase: "result",
    action: "deprecate",
    address: parcel,
    version: 1,
    outcome: "ok",
  });
  assert.deepEqual(here.glass(), [
    {
      run: "glass",
      at: "2026-11-20T10:01:00.000Z",
      actor: "ada",
      reason: "the sale ended",
      digest: "sha256:glass",
      commit: "c1",
      workflowRun,
      outcomes: [{ address: parcel, action: "deprecate", status: "ok", version: 1 }],
    },
  ]);
  assert.deepEqual(here.glass(start + 2 * minute), []);
});
