// What each action and phase means for versions, case by case, and that a state depends on nothing but the entries.
import assert from "node:assert/strict";
import test from "node:test";
import { digest } from "../../src/base/digest.ts";
import type { Entry, EntryDraft, LedgerResource, LedgerVersion } from "../../src/contract/entry.ts";
import type { VersionStatus } from "../../src/contract/kind.ts";
import { genesis, link } from "../../src/ledger/chain.ts";
import { derive, startFold } from "../../src/ledger/derive.ts";
import { history, timeline } from "../../src/ledger/history.ts";
import { address, environment, firstContent, intent, result, runName, secondContent } from "./scene.ts";

const claim: EntryDraft = { phase: "claim", actor: "ada", commit: "c0ffee" };
const approvals = [{ login: "grace", at: "2026-11-20T09:00:00.000Z", commit: "c0ffee" }];

/** The entry of seq n is of 10:00:0n. */
function chain(...drafts: readonly EntryDraft[]): readonly Entry[] {
  let prev = genesis;
  return [claim, ...drafts].map((draft, index) => {
    const entry = link(draft, { seq: index + 1, at: at(index + 1), run: runName(1), environment, prev });
    prev = entry.hash;
    return entry;
  });
}

function at(seq: number): string {
  return `2026-11-20T10:00:${String(seq).padStart(2, "0")}.000Z`;
}

function resourceOf(entries: readonly Entry[], name = address): LedgerResource | undefined {
  return derive(entries, environment).resources[name];
}

const after = (...drafts: readonly EntryDraft[]): LedgerResource | undefined => resourceOf(chain(...drafts));

const statuses = (resource: LedgerResource | undefined): readonly (readonly [unknown, string])[] =>
  (resource?.versions ?? []).map((version) => [version.version, version.status]);

const event = (action: string, more: Partial<EntryDraft> = {}): EntryDraft => ({
  phase: "event",
  action,
  address,
  version: 1,
  ...more,
});

const submitted: readonly EntryDraft[] = [intent(1, firstContent), result(1)];
const active: readonly EntryDraft[] = [intent(1, firstContent), result(1, { status: "active" })];

test("an intent opens a version of unknown status that says what was begun", () => {
  assert.deepEqual(after(intent(1, firstContent)), {
    versions: [
      {
        status: "unknown",
        version: 1,
        digest: digest(firstContent),
        remoteName: "parcel",
        submittedAt: at(2),
        createdBy: "ada",
        commit: "c0ffee",
        begun: { operation: "create", idempotencyKey: "key-1", generation: 0, at: at(2) },
      },
    ],
  });
});

test("an ok result gives status and id and ends what was begun", () => {
  const [version] = after(...submitted)?.versions ?? [];
  assert.deepEqual([version?.status, version?.remoteId, version?.begun], ["pending", "id-1", undefined]);
  assert.equal(version?.activeSince, undefined);
});

test("a decision makes a version active since CXone's time, and a second report of it changes no time", () => {
  const decided = event("decided", { status: "active", decidedAt: "2026-11-20T09:59:00.000Z", observedAt: at(4) });
  const [version] = after(...submitted, decided, event("observed", { status: "active" }))?.versions ?? [];
  assert.deepEqual([version?.status, version?.activeSince], ["active", "2026-11-20T09:59:00.000Z"]);
  assert.equal(version?.decidedAt, "2026-11-20T09:59:00.000Z");
});

test("a pause keeps the first activeSince, a reactivation sets it anew", () => {
  const paused = after(...active, event("observed", { status: "paused" }), event("observed", { status: "active" }));
  assert.equal(paused?.versions[0]?.activeSince, at(3));
  const returned = after(
    ...active,
    { ...result(1), action: "deprecate", status: "deprecated" },
    { ...result(1), action: "reactivate", status: "active" },
  );
  assert.equal(returned?.versions[0]?.activeSince, at(5));
  assert.equal(returned?.versions[0]?.deprecatedAt, undefined);
});

test("a rejection keeps CXone's reason until the status changes", () => {
  const rejected = [...submitted, event("decided", { status: "rejected", reason: "too salesy" })];
  assert.equal(after(...rejected)?.versions[0]?.reason, "too salesy");
  assert.equal(after(...rejected, event("observed", { status: "rejected" }))?.versions[0]?.reason, "too salesy");
  assert.equal(after(...rejected, event("observed", { status: "active" }))?.versions[0]?.reason, undefined);
});

test("deprecate and reactivate imply their status, retired is a deprecation that CXone made", () => {
  const { status: _status, ...plain } = result(1);
  assert.deepEqual(statuses(after(...active, { ...plain, action: "deprecate" })), [[1, "deprecated"]]);
  assert.equal(after(...active, { ...plain, action: "deprecate" })?.versions[0]?.deprecatedAt, at(4));
  const back = after(...active, { ...plain, action: "deprecate" }, { ...plain, action: "reactivate" });
  assert.deepEqual(statuses(back), [[1, "active"]]);
  assert.deepEqual(statuses(after(...active, event("retired"))), [[1, "deprecated"]]);
});

test("a failed submission frees its number", () => {
  assert.equal(after(intent(1, firstContent), result(1, { outcome: "failed" })), undefined);
  const second = after(...active, intent(2, secondContent), result(2, { outcome: "failed" }));
  assert.deepEqual(statuses(second), [[1, "active"]]);
});

test("a FAILED job consumes its number and keeps its reason", () => {
  const failed = result(1, { outcome: "failed", status: "rejected", reason: "job FAILED" });
  const [version] = after(intent(1, firstContent), failed)?.versions ?? [];
  assert.deepEqual([version?.status, version?.reason, version?.begun], ["rejected", "job FAILED", undefined]);
});

test("an unknown outcome stays begun, and a repeat under the same key keeps the first time", () => {
  const lost = [intent(1, firstContent), result(1, { outcome: "unknown", status: "unknown" })];
  const [version] = after(...lost, intent(1, firstContent))?.versions ?? [];
  assert.equal(version?.begun?.at, at(2));
  assert.equal(version?.submittedAt, at(2));
  const [other] = after(...lost, intent(1, firstContent, { idempotencyKey: "other", generation: 1 }))?.versions ?? [];
  assert.deepEqual([other?.begun?.at, other?.begun?.generation], [at(4), 1]);
});

test("a failed write on a version that existed removes nothing", () => {
  const failed = { ...result(1), outcome: "failed" } as const;
  assert.deepEqual(statuses(after(...active, { ...failed, action: "deprecate" })), [[1, "active"]]);
  assert.deepEqual(statuses(after(...submitted, { ...failed, action: "approve" })), [[1, "pending"]]);
});

test("side by side versions stay active together", () => {
  const both = after(...active, intent(2, secondContent), result(2, { status: "active" }));
  assert.deepEqual(statuses(both), [
    [1, "active"],
    [2, "active"],
  ]);
});

test("an object changed in place has one active version, from when its change is active", () => {
  const update = intent(2, secondContent, { action: "update" });
  const answer = (status: VersionStatus): EntryDraft => result(2, { action: "update", status });
  assert.deepEqual(statuses(after(...active, update, answer("pending"))), [
    [1, "active"],
    [2, "pending"],
  ]);
  const changed = after(...active, update, answer("active"));
  assert.deepEqual(statuses(changed), [
    [1, "deprecated"],
    [2, "active"],
  ]);
  assert.equal(changed?.versions[0]?.deprecatedAt, at(5));
  const decided = after(...active, update, answer("pending"), event("decided", { version: 2, status: "active" }));
  assert.deepEqual(statuses(decided), [
    [1, "deprecated"],
    [2, "active"],
  ]);
  assert.deepEqual(statuses(after(...active, update, result(2, { action: "update", outcome: "failed" }))), [
    [1, "active"],
  ]);
});

test("an approval concerns the version it names", () => {
  const approve: EntryDraft = { ...intent(1, firstContent), action: "approve", idempotencyKey: "approve-1" };
  const approved = after(...submitted, approve, result(1, { action: "approve", status: "active" }));
  assert.deepEqual(statuses(approved), [[1, "active"]]);
});

test("a removal forgets, a creation after it remembers, and forgets again when it failed", () => {
  const removed = [...active, { ...result(1), action: "remove" } as EntryDraft];
  assert.deepEqual([statuses(after(...removed)), after(...removed)?.forgotten], [[[1, "deprecated"]], true]);
  const again = [...removed, intent(2, secondContent, { action: "create" })];
  assert.equal(after(...again)?.forgotten, undefined);
  const failed = after(...again, result(2, { action: "create", outcome: "failed" }));
  assert.deepEqual([statuses(failed), failed?.forgotten], [[[1, "deprecated"]], true]);
});

test("forgetting is an event too, and adoption ends it", () => {
  const forgotten = [...active, event("forgotten")];
  assert.equal(after(...forgotten)?.forgotten, true);
  const adopted = event("adopted", {
    ...{ version: 3, digest: digest(secondContent), remoteId: "id-3", remoteName: "parcel_v3", status: "active" },
  });
  const resource = after(...forgotten, adopted);
  assert.equal(resource?.forgotten, undefined);
  assert.deepEqual(resource?.versions[1], {
    ...{ version: 3, digest: digest(secondContent), remoteName: "parcel_v3", status: "active", createdBy: "ada" },
    ...{ commit: "c0ffee", remoteId: "id-3", activeSince: at(5) },
  } satisfies LedgerVersion);
});

test("a send is active once it is answered", () => {
  const { status: _status, ...sent } = result(1);
  const resource = after(intent(1, firstContent, { action: "send" }), { ...sent, action: "send" });
  assert.deepEqual(statuses(resource), [[1, "active"]]);
});

test("records are answered chunk by chunk, and a batch has a version for each apply", () => {
  const name = "PreferenceBatch/2024-06-crm";
  const records = (phase: "intent" | "result", chunk: string, more: Partial<EntryDraft> = {}): EntryDraft => ({
    ...{ phase, action: "records", address: name, chunk, contentDigest: "content-1", idempotencyKey: chunk, ...more },
  });
  const entries = chain(
    records("intent", "a"),
    records("result", "a", { outcome: "ok" }),
    records("intent", "b"),
    records("result", "b", { outcome: "unknown" }),
  );
  assert.deepEqual(resourceOf(entries, name), { versions: [], records: { answered: ["a"], applies: 0 } });
  const done = chain(records("result", "a", { outcome: "ok" }), {
    ...{
      phase: "event",
      action: "answered",
      address: name,
      contentDigest: "content-1",
      version: 1,
      counts: { sent: 2 },
    },
  });
  assert.deepEqual(resourceOf(done, name), {
    versions: [
      {
        ...{ version: 1, digest: "content-1", remoteName: "2024-06-crm", status: "active" },
        ...{ submittedAt: at(3), activeSince: at(3), createdBy: "ada", commit: "c0ffee" },
      },
    ],
    records: { answered: ["a"], applies: 1, doneContent: "content-1" },
  });
});

test("a validation and a late word on an unknown version change no resource", () => {
  const { resources } = derive(chain({ phase: "event", action: "validated", counts: { resources: 3 } }), environment);
  assert.deepEqual(resources, {});
  assert.equal(after(event("decided", { version: 9, status: "active" })), undefined);
});

test("a fold that went on from a copy leaves the first one as it was", () => {
  const entries = chain(...active, { ...result(1), action: "remove" });
  const fold = startFold(environment);
  for (const entry of entries.slice(0, -1)) fold.add(entry);
  const before = fold.state();
  const copy = fold.copy();
  copy.add(entries.at(-1) as Entry);
  assert.equal(fold.state(), before);
  assert.deepEqual(copy.state(), derive(entries, environment));
  assert.notDeepEqual(copy.state(), before);
});

test("history tells who brought each version in and who approved it", () => {
  let prev = genesis;
  const entries = [
    { ...claim, approvals, operator: "op-1" },
    ...active,
    intent(2, secondContent),
    result(2, { outcome: "failed" }),
  ].map((draft, index) => {
    const entry = link(draft, { seq: index + 1, at: at(index + 1), run: runName(1), environment, prev });
    prev = entry.hash;
    return entry;
  });
  const position = { seq: 6, at: at(6), run: runName(2), environment, prev };
  const later = link({ phase: "claim", actor: "grace" }, position);
  const second = link(intent(2, secondContent), { ...position, seq: 7, prev: later.hash });
  const versions = history([...entries, later, second], address);
  assert.deepEqual(
    versions.map(({ version, run, approvals: who, operator, createdBy }) => [version, run, who, operator, createdBy]),
    [
      [1, runName(1), approvals, "op-1", "ada"],
      [2, runName(2), [], undefined, "grace"],
    ],
  );
  assert.deepEqual(history(entries, "SmsTemplate/otp"), []);
  assert.equal(history(entries).length, 1);
});

test("the timeline is the entries of an address with their run's actor", () => {
  const moments = timeline(chain(...active), address);
  assert.deepEqual(
    moments.map(({ seq, phase, action, version, actor, outcome }) => [seq, phase, action, version, actor, outcome]),
    [
      [2, "intent", "create", 1, "ada", undefined],
      [3, "result", "create", 1, "ada", "ok"],
    ],
  );
  assert.equal(timeline(chain(...active)).length, 3);
});
