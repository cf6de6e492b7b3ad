// What one entry more or less changes: whole resources compared, field by field, and what the tally counts beside them.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry, EntryDraft, LedgerResource } from "../../src/contract/entry.ts";
import { genesis, link } from "../../src/ledger/chain.ts";
import { derive, startFold } from "../../src/ledger/derive.ts";
import { startTally } from "../../src/ledger/tally.ts";
import { address, environment, runName } from "./scene.ts";

const at = (seq: number): string => `2026-11-20T10:00:${String(seq).padStart(2, "0")}.000Z`;
const [one, two, three] = ["1", "2", "3"].map((digit) => digit.repeat(64)) as [string, string, string];

type Draft = EntryDraft & { readonly run?: string };

/** The entry of seq n is of 10:00:0n, in run 1 unless it says another. */
function chain(...drafts: readonly Draft[]): readonly Entry[] {
  let prev = genesis;
  return drafts.map(({ run = runName(1), ...draft }, index) => {
    const entry = link(draft, { seq: index + 1, at: at(index + 1), run, environment, prev });
    prev = entry.hash;
    return entry;
  });
}

const after = (...drafts: readonly Draft[]): LedgerResource | undefined =>
  derive(chain(...drafts), environment).resources[address];
const intend = (more: Partial<EntryDraft> = {}): Draft => ({
  phase: "intent",
  action: "create",
  address,
  version: 1,
  digest: one,
  remoteName: "parcel",
  idempotencyKey: "k1",
  generation: 0,
  ...more,
});
const conclude = (more: Partial<EntryDraft> = {}): Draft => ({
  phase: "result",
  action: "create",
  address,
  version: 1,
  outcome: "ok",
  status: "pending",
  idempotencyKey: "k1",
  remoteId: "id-1",
  ...more,
});
const event = (action: string, more: Partial<EntryDraft> = {}): Draft => ({
  phase: "event",
  action,
  address,
  version: 1,
  ...more,
});
const claim: Draft = { phase: "claim", actor: "ada", commit: "c0ffee" };
const begun = (more: object = {}) => ({ operation: "create", idempotencyKey: "k1", generation: 0, at: at(1), ...more });

test("an intent without an address, an action or a version opens nothing", () => {
  for (const field of ["action", "version"] as const) {
    const { [field]: _left, ...draft } = intend();
    assert.equal(after(draft as Draft), undefined, field);
  }
  const { address: _address, ...nowhere } = intend();
  assert.deepEqual(derive(chain(nowhere as Draft), environment).resources, {});
  assert.equal(after(intend({ action: "deprecate" })), undefined);
  assert.equal(after(intend({ action: "records" })), undefined);
  assert.equal(after({ ...intend(), phase: "release" } as Draft), undefined);
});

test("an intent without a claim, a digest, a name or a key says only what it knows", () => {
  assert.deepEqual(after({ phase: "intent", action: "create", address, version: 1 }), {
    versions: [{ version: 1, status: "unknown", digest: "", remoteName: "parcel/en", submittedAt: at(1) }],
  });
  assert.deepEqual(after(intend({ actor: "grace", commit: "beef", remoteId: "id-0" })), {
    versions: [
      {
        version: 1,
        status: "unknown",
        digest: one,
        remoteName: "parcel",
        remoteId: "id-0",
        submittedAt: at(1),
        createdBy: "grace",
        commit: "beef",
        begun: begun(),
      },
    ],
  });
  const { generation: _generation, ...keyed } = intend();
  assert.deepEqual(after(keyed as Draft)?.versions[0]?.begun, begun());
});

test("a second intent of another key keeps what it does not say, and is the newer one", () => {
  const { digest: _digest, remoteName: _remoteName, ...bare } = intend({ idempotencyKey: "k2", generation: 1 });
  assert.deepEqual(after(claim, intend(), conclude(), bare as Draft), {
    versions: [
      {
        version: 1,
        status: "pending",
        digest: one,
        remoteName: "parcel",
        remoteId: "id-1",
        submittedAt: at(4),
        createdBy: "ada",
        commit: "c0ffee",
        begun: begun({ idempotencyKey: "k2", generation: 1, at: at(4) }),
      },
    ],
  });
});

test("a repeat without a key is no repeat", () => {
  const { idempotencyKey: _key, ...keyless } = intend();
  assert.equal(after(intend(), keyless as Draft)?.versions[0]?.submittedAt, at(2));
  assert.equal(after(intend(), intend())?.versions[0]?.submittedAt, at(1));
});

test("an approval opens a version only where there is none", () => {
  assert.deepEqual(after(intend({ action: "approve" })), {
    versions: [
      {
        version: 1,
        status: "unknown",
        digest: one,
        remoteName: "parcel",
        submittedAt: at(1),
        begun: begun({ operation: "approve" }),
      },
    ],
  });
  const approved = after(intend(), conclude(), intend({ action: "approve", digest: two, idempotencyKey: "k2" }));
  assert.deepEqual(approved?.versions[0], {
    version: 1,
    status: "pending",
    digest: one,
    remoteName: "parcel",
    remoteId: "id-1",
    submittedAt: at(1),
  });
});

test("a result says what is new and keeps the rest", () => {
  const done = conclude({
    digest: two,
    remoteName: "parcel_x",
    jobId: "job-1",
    decidedAt: at(50),
    reason: "fine",
    status: "active",
  });
  assert.deepEqual(after(intend(), done), {
    versions: [
      {
        version: 1,
        status: "active",
        digest: two,
        remoteName: "parcel_x",
        remoteId: "id-1",
        submittedAt: at(1),
        jobId: "job-1",
        decidedAt: at(50),
        activeSince: at(50),
        reason: "fine",
      },
    ],
  });
  const again = after(intend(), done, { phase: "result", action: "approve", address, version: 1, outcome: "ok" });
  assert.deepEqual(again?.versions[0], after(intend(), done)?.versions[0]);
});

test("what a result means without a status is told by its action", () => {
  const { status: _status, ...bare } = conclude();
  assert.equal(after(intend(), bare as Draft)?.versions[0]?.status, "unknown");
  for (const [action, status] of [
    ["deprecate", "deprecated"],
    ["reactivate", "active"],
    ["send", "active"],
    ["update", "pending"],
  ] as const) {
    assert.equal(after(intend(), conclude(), { ...bare, action } as Draft)?.versions[0]?.status, status, action);
  }
});

test("an outcome that is neither ok nor failed, or a result of no known version, changes nothing", () => {
  const begunOnly = after(intend());
  assert.deepEqual(after(intend(), conclude({ outcome: "unknown" })), begunOnly);
  const { outcome: _outcome, ...open } = conclude();
  assert.deepEqual(after(intend(), open as Draft), begunOnly);
  const { version: _version, ...unnamed } = conclude();
  assert.deepEqual(after(intend(), unnamed as Draft), begunOnly);
  assert.deepEqual(after(intend(), conclude({ version: 7 })), begunOnly);
  assert.equal(after(conclude()), undefined);
});

test("a failed submission of a version that existed ends what was begun; a failed change of status does not", () => {
  const [known, second] = [[intend(), conclude()], intend({ idempotencyKey: "k2", action: "update" })] as const;
  const failed = (action: string): Draft => conclude({ action, outcome: "failed", idempotencyKey: "k2" });
  const { status: _status, ...bare } = failed("update");
  assert.equal(after(...known, second, bare as Draft)?.versions[0]?.begun, undefined);
  const { status: _also, ...other } = failed("deprecate");
  assert.equal(after(...known, second, other as Draft)?.versions[0]?.begun?.idempotencyKey, "k2");
  const { action: _action, ...nameless } = bare;
  assert.equal(after(...known, second, nameless as Draft)?.versions[0]?.begun?.idempotencyKey, "k2");
  const twice = after(...known, bare as Draft);
  assert.deepEqual(twice?.versions[0], after(...known)?.versions[0]);
});

test("a rejection at submission is a version that existed", () => {
  const rejected = conclude({ outcome: "failed", status: "rejected", reason: "no" });
  const { status: _status, ...failed } = conclude({ outcome: "failed", idempotencyKey: "k2" });
  const left = after(intend(), rejected, intend({ idempotencyKey: "k2" }), failed as Draft)?.versions[0];
  assert.equal(left?.status, "rejected");
  assert.equal(left?.reason, "no");
  assert.equal(left?.begun, undefined);
});

test("a failed creation leaves no trace: neither a version nor what came before it", () => {
  const { status: _status, ...failed } = conclude({ outcome: "failed" });
  assert.equal(after(intend(), failed as Draft), undefined);
  const removed = [intend(), conclude({ status: "active" }), event("forgotten")] as const;
  assert.equal(after(...removed)?.forgotten, true);
  assert.equal(after(...removed, intend({ version: 2, idempotencyKey: "k2" }))?.forgotten, undefined);
  const fell = after(...removed, intend({ version: 2, idempotencyKey: "k2" }), {
    ...failed,
    version: 2,
    idempotencyKey: "k2",
  } as Draft);
  assert.equal(fell?.forgotten, true);
  assert.deepEqual(
    fell?.versions.map((version) => version.version),
    [1],
  );
});

test("what is lost is marked as missing until it is seen again", () => {
  const lost = after(intend(), conclude(), event("lost", { status: "unknown" }));
  assert.equal(lost?.versions[0]?.missing, true);
  assert.equal(lost?.versions[0]?.status, "unknown");
  const seen = after(
    intend(),
    conclude(),
    event("lost", { status: "unknown" }),
    event("observed", { status: "active", observedAt: at(40) }),
  );
  assert.equal(seen?.versions[0]?.missing, undefined);
  assert.equal(seen?.versions[0]?.activeSince, at(40));
  assert.equal(after(intend(), conclude(), event("observed", { status: "paused" }))?.versions[0]?.missing, undefined);
});

test("what was read in CXone ends the doubt, unless it says unknown", () => {
  assert.deepEqual(after(intend(), event("observed", { status: "unknown" }))?.versions[0]?.begun, begun());
  assert.equal(after(intend(), event("observed", { status: "active" }))?.versions[0]?.begun, undefined);
  assert.equal(
    "begun" in (after(intend(), conclude(), event("observed", { status: "unknown" }))?.versions[0] ?? {}),
    false,
  );
  const { status: _status, ...failed } = conclude({ outcome: "failed", idempotencyKey: "k2" });
  assert.equal(
    after(intend(), event("observed", { status: "unknown" }), failed as Draft),
    undefined,
    "it never existed",
  );
  assert.equal(
    after(intend(), event("observed", { status: "active" }), failed as Draft)?.versions.length,
    1,
    "it was seen",
  );
});

test("only a retirement says its status by its name", () => {
  assert.equal(after(intend(), conclude(), event("retired"))?.versions[0]?.status, "deprecated");
  for (const action of ["decided", "observed", "lost"]) {
    assert.deepEqual(after(intend(), conclude(), event(action)), after(intend(), conclude()), action);
  }
  assert.deepEqual(after(intend(), conclude(), event("whatever", { status: "active" })), after(intend(), conclude()));
  const { version: _version, ...unnamed } = event("decided", { status: "active" });
  assert.deepEqual(after(intend(), conclude(), unnamed as Draft), after(intend(), conclude()));
});

test("an event's digest names no content of the version, a result's does", () => {
  assert.equal(
    after(intend(), conclude(), event("decided", { status: "active", digest: two }))?.versions[0]?.digest,
    one,
  );
  assert.equal(after(intend(), conclude({ digest: two }))?.versions[0]?.digest, two);
  const kept = after(
    intend(),
    conclude(),
    event("observed", { status: "active", remoteName: "other", jobId: "j", remoteId: "id-2" }),
  )?.versions[0];
  assert.deepEqual([kept?.remoteName, kept?.jobId, kept?.remoteId], ["other", "j", "id-2"]);
});

test("times: a decision's before a reading's before the entry's; the first activeSince stays, a deprecation's too", () => {
  const both = after(
    intend(),
    conclude(),
    event("decided", { status: "active", decidedAt: at(30), observedAt: at(40) }),
  );
  assert.equal(both?.versions[0]?.activeSince, at(30));
  assert.equal(after(intend(), conclude(), event("observed", { status: "active" }))?.versions[0]?.activeSince, at(3));
  const paused = [
    intend(),
    conclude(),
    event("decided", { status: "active" }),
    event("observed", { status: "paused" }),
  ] as const;
  assert.equal(after(...paused, event("observed", { status: "active" }))?.versions[0]?.activeSince, at(3));
  const gone = [intend(), conclude({ status: "active" }), event("retired"), event("retired")] as const;
  assert.equal(after(...gone)?.versions[0]?.deprecatedAt, at(3));
  const back = after(...gone, event("observed", { status: "active" }))?.versions[0];
  assert.equal(back?.deprecatedAt, undefined);
  assert.equal(back?.activeSince, at(5));
});

test("a removal ends what is not ended, at its time, and leaves nothing begun", () => {
  const draft: Draft[] = [
    intend({ version: 1 }),
    conclude({ version: 1, status: "active" }),
    intend({ version: 2, idempotencyKey: "k2" }),
    conclude({ version: 2, idempotencyKey: "k2", status: "rejected" }),
    intend({ version: 3, idempotencyKey: "k3" }),
    conclude({ version: 3, idempotencyKey: "k3", status: "deprecated" }),
    intend({ version: 4, idempotencyKey: "k4" }),
  ];
  const removed = after(...draft, {
    phase: "result",
    action: "remove",
    address,
    version: 1,
    outcome: "ok",
    decidedAt: at(55),
  });
  assert.deepEqual(
    removed?.versions.map(({ status, deprecatedAt }) => [status, deprecatedAt]),
    [
      ["deprecated", at(55)],
      ["rejected", undefined],
      ["deprecated", at(6)],
      ["deprecated", at(55)],
    ],
  );
  assert.equal(removed?.versions[3]?.begun, undefined);
  assert.equal(removed?.forgotten, true);
  const undated = after(...draft.slice(0, 2), {
    phase: "result",
    action: "remove",
    address,
    version: 1,
    outcome: "ok",
  });
  assert.equal(undated?.versions[0]?.deprecatedAt, at(3));
  const failed = after(...draft.slice(0, 2), {
    phase: "result",
    action: "remove",
    address,
    version: 1,
    outcome: "failed",
  });
  assert.deepEqual(failed, after(...draft.slice(0, 2)));
});

test("a change in place ends the other versions, but not those that are ended or begun", () => {
  const update = (version: number, status: "active" | "pending"): Draft[] => [
    intend({ version, action: "update", idempotencyKey: `k${version}` }),
    conclude({ version, action: "update", idempotencyKey: `k${version}`, status }),
  ];
  const before = [
    ...update(1, "active"),
    intend({ version: 2, action: "create", idempotencyKey: "k2" }),
    conclude({ version: 2, idempotencyKey: "k2", status: "rejected", reason: "no" }),
    intend({ version: 3, action: "create", idempotencyKey: "k3" }),
    conclude({ version: 3, idempotencyKey: "k3", status: "deprecated" }),
    intend({ version: 4, action: "create", idempotencyKey: "k4" }),
  ];
  const changed = after(...before, ...update(5, "active"));
  assert.deepEqual(
    changed?.versions.map(({ status, deprecatedAt }) => [status, deprecatedAt]),
    [
      ["deprecated", at(9)],
      ["rejected", undefined],
      ["deprecated", at(6)],
      ["unknown", undefined],
      ["active", undefined],
    ],
  );
  assert.equal(changed?.versions[3]?.begun?.idempotencyKey, "k4");
  assert.equal(after(...before, ...update(5, "pending"))?.versions[0]?.status, "active");
  const repeated = after(
    ...update(1, "active"),
    ...update(2, "active"),
    event("observed", { version: 1, status: "active" }),
    event("observed", { version: 1, status: "active" }),
  );
  assert.deepEqual(
    repeated?.versions.map(({ status }) => status),
    ["active", "deprecated"],
  );
  const sideBySide = after(
    intend(),
    conclude({ status: "active" }),
    intend({ version: 2, idempotencyKey: "k2" }),
    conclude({ version: 2, idempotencyKey: "k2", status: "active" }),
  );
  assert.deepEqual(
    sideBySide?.versions.map(({ status }) => status),
    ["active", "active"],
  );
});

test("an adoption takes what it says; without a version it is none", () => {
  const whole = event("adopted", {
    digest: two,
    remoteId: "id-9",
    remoteName: "taken",
    status: "active",
    decidedAt: at(20),
  });
  assert.deepEqual(after(claim, whole), {
    versions: [
      {
        version: 1,
        status: "active",
        digest: two,
        remoteName: "taken",
        remoteId: "id-9",
        createdBy: "ada",
        commit: "c0ffee",
        decidedAt: at(20),
        activeSince: at(20),
      },
    ],
  });
  assert.deepEqual(after({ ...event("adopted"), actor: "grace", commit: "beef" }), {
    versions: [
      { version: 1, status: "unknown", digest: "", remoteName: "parcel/en", createdBy: "grace", commit: "beef" },
    ],
  });
  assert.deepEqual(after(event("adopted")), {
    versions: [{ version: 1, status: "unknown", digest: "", remoteName: "parcel/en" }],
  });
  const { version: _version, ...unnamed } = whole;
  assert.equal(after(unnamed as Draft), undefined);
  const over = after(intend(), conclude(), event("forgotten"), event("adopted", { digest: three, status: "active" }));
  assert.equal(over?.forgotten, undefined);
  assert.equal(over?.versions[0]?.digest, three);
  assert.equal(over?.versions[0]?.remoteId, "id-1");
  const { status: _status, ...failed } = conclude({ outcome: "failed" });
  assert.equal(after(whole, failed as Draft)?.versions.length, 1, "what was adopted exists");
});

test("a batch's answers: numbered or counted, with content or without", () => {
  assert.deepEqual(
    after(claim, { phase: "event", action: "answered", address, version: 3, contentDigest: two, digest: one }),
    {
      versions: [
        {
          version: 3,
          digest: two,
          remoteName: "parcel/en",
          status: "active",
          submittedAt: at(2),
          activeSince: at(2),
          createdBy: "ada",
          commit: "c0ffee",
        },
      ],
      records: { answered: [], applies: 3, doneContent: two },
    },
  );
  const { version: _version, ...counted } = event("answered", {
    digest: one,
    remoteName: "may",
    actor: "grace",
    commit: "beef",
  });
  assert.deepEqual(after(counted as Draft, counted as Draft), {
    versions: [1, 2].map((version) => ({
      version,
      digest: one,
      remoteName: "may",
      status: "active",
      submittedAt: at(version),
      activeSince: at(version),
      createdBy: "grace",
      commit: "beef",
    })),
    records: { answered: [], applies: 2, doneContent: one },
  });
  assert.deepEqual(after(event("answered")), { versions: [], records: { answered: [], applies: 1 } });
  assert.deepEqual(after(event("answered", { contentDigest: two })), {
    versions: [
      { version: 1, digest: two, remoteName: "parcel/en", status: "active", submittedAt: at(1), activeSince: at(1) },
    ],
    records: { answered: [], applies: 1, doneContent: two },
  });
  assert.equal(after(event("forgotten"), event("answered"))?.forgotten, undefined);
});

test("a chunk counts as answered by an ok result or by the event that names it, and by nothing else", () => {
  const records = (more: Partial<EntryDraft>): Draft => ({
    phase: "result",
    action: "records",
    address,
    version: 1,
    outcome: "ok",
    ...more,
  });
  assert.deepEqual(after(records({ chunk: "c1" }))?.records, { answered: ["c1"], applies: 0 });
  assert.equal(after(records({})), undefined);
  for (const outcome of ["failed", "unknown"] as const)
    assert.equal(after(records({ chunk: "c1", outcome })), undefined);
  assert.deepEqual(after(event("records", { chunk: "c2" }))?.records, { answered: ["c2"], applies: 0 });
  assert.equal(after(event("records")), undefined);
});

test("a state is sorted by address, the same value until the next entry, and names its head", () => {
  const entries = chain(intend({ address: "B/b" }), intend({ address: "A/a" }), intend({ address: "C/c" }));
  const fold = startFold(environment);
  assert.deepEqual(fold.state(), { formatVersion: 1, environment, head: genesis, resources: {} });
  for (const entry of entries) fold.add(entry);
  const state = fold.state();
  assert.deepEqual(Object.keys(state.resources), ["A/a", "B/b", "C/c"]);
  assert.equal(state.head, entries[2]?.hash);
  assert.equal(fold.state(), state);
  const copy = fold.copy();
  const more = chain(intend({ address: "A/a" }), conclude({ address: "A/a" }));
  copy.add(more[1] as Entry);
  assert.equal(fold.state(), state);
  assert.notDeepEqual(copy.state().resources, state.resources);
});

test("a copy shares nothing with its source", () => {
  const fold = startFold(environment);
  const drafts = [
    claim,
    intend({ action: "update" }),
    conclude({ action: "update", status: "active" }),
    event("records", { chunk: "c1" }),
    event("answered", { contentDigest: one, version: 9 }),
  ];
  for (const entry of chain(...drafts)) fold.add(entry);
  const before = structuredClone(fold.state());
  const copy = fold.copy();
  assert.deepEqual(copy.state(), before);
  const more: Draft[] = [
    ...drafts,
    event("records", { chunk: "c2" }),
    event("answered", { contentDigest: two, version: 10 }),
    intend({ version: 2, action: "update", idempotencyKey: "k2" }),
    conclude({ version: 2, action: "update", idempotencyKey: "k2", status: "active" }),
    event("forgotten"),
  ];
  for (const entry of chain(...more).slice(drafts.length)) copy.add(entry);
  const grown = structuredClone(copy.state());
  fold.add(chain(...drafts, { phase: "release" }).at(-1) as Entry);
  assert.deepEqual(fold.state().resources, before.resources);
  for (const entry of chain(...more, intend({ version: 3 })).slice(-1)) fold.add(entry);
  assert.deepEqual(copy.state(), grown);
  assert.equal(copy.state().resources[address]?.versions[0]?.createdBy, "ada");
});

const named = (address: string, former: string): Draft => ({ phase: "event", action: "renamed", address, former });
const resourcesAfter = (...drafts: readonly Draft[]) => derive(chain(...drafts), environment).resources;

test("a rename is remembered by the new address, which may have nothing else", () => {
  const [old, next, last] = ["SmsTemplate/a", "SmsTemplate/b", "SmsTemplate/c"];
  const made = [intend({ address: old }), conclude({ address: old })] as const;
  const once = resourcesAfter(...made, named(next, old));
  assert.deepEqual(Object.keys(once), [old, next]);
  assert.deepEqual([once[old]?.versions.length, once[next]], [1, { versions: [], formers: [old] }]);
  const twice = resourcesAfter(...made, named(next, old), named(last, next));
  assert.deepEqual(Object.keys(twice), [old, last]);
  assert.deepEqual(twice[last], { versions: [], formers: [next, old] });
  const back = resourcesAfter(...made, named(next, old), named(old, next));
  assert.deepEqual(Object.keys(back), [old]);
  assert.deepEqual(back[old]?.formers, [next]);
});

test("an address that is declared again is nobody's former one", () => {
  const [old, next] = ["SmsTemplate/a", "SmsTemplate/b"];
  const made = [intend({ address: next }), conclude({ address: next }), named(next, old)] as const;
  assert.deepEqual(resourcesAfter(...made)[next]?.formers, [old]);
  const again = resourcesAfter(...made, { phase: "event", action: "redeclared", address: old });
  assert.deepEqual([Object.keys(again), again[next]?.formers], [[next], undefined]);
  // Only events tell of names, and only with both of them.
  for (const other of [
    { ...named(next, "SmsTemplate/x"), phase: "result" },
    { phase: "event", action: "renamed", address: next },
    { ...named(next, "SmsTemplate/x"), action: "observed" },
  ] as const)
    assert.deepEqual(resourcesAfter(...made, other)[next]?.formers, [old]);
});

test("names are rendered anew wherever they change, also in a copy", () => {
  const fold = startFold(environment);
  const drafts = [named("A/b", "A/a"), named("A/c", "A/b")];
  const [first, second] = chain(...drafts) as readonly [Entry, Entry];
  fold.add(first);
  assert.deepEqual(Object.keys(fold.state().resources), ["A/b"]);
  const copy = fold.copy();
  copy.add(second);
  assert.deepEqual(Object.keys(copy.state().resources), ["A/c"]);
  assert.deepEqual(Object.keys(fold.state().resources), ["A/b"]);
});

test("a version that went to another address is gone from this one, alone", () => {
  const two = [intend(), conclude(), intend({ version: 2, idempotencyKey: "k2" })] as const;
  const left = after(...two, event("handedOver"));
  assert.deepEqual([left?.versions.map((one) => one.version), left?.forgotten], [[2], undefined]);
  const { version: _version, ...nothing } = event("handedOver");
  assert.deepEqual(after(...two, nothing), after(...two));
  // Given away, it was never here: a failure of its number makes that free again.
  const again = after(
    ...two,
    event("handedOver"),
    intend({ idempotencyKey: "k3" }),
    conclude({ idempotencyKey: "k3", outcome: "failed" }),
  );
  assert.deepEqual(
    again?.versions.map((one) => one.version),
    [2],
  );
});

function tallied(...drafts: readonly Draft[]): {
  readonly tally: ReturnType<typeof startTally>;
  readonly said: readonly (string | undefined)[];
} {
  const tally = startTally();
  return { tally, said: chain(...drafts).map((entry) => tally.add(entry)) };
}

const misfit = "the result answers no open intent";

test("a result answers the open intents of its key, version and chunk, whichever of them it names", () => {
  for (const result of [
    conclude(),
    { ...conclude(), version: undefined },
    { ...conclude(), idempotencyKey: undefined },
  ]) {
    const { tally, said } = tallied(
      intend(),
      Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)) as unknown as Draft,
    );
    assert.deepEqual(said, [undefined, undefined]);
    assert.deepEqual(tally.openIntents(), []);
  }
  for (const other of [
    conclude({ idempotencyKey: "k2" }),
    conclude({ version: 2 }),
    conclude({ action: "update" }),
    conclude({ address: "A/a" }),
  ]) {
    const { tally, said } = tallied(intend(), other);
    assert.deepEqual(said, [undefined, misfit]);
    assert.deepEqual(
      tally.openIntents().map((entry) => entry.seq),
      [1],
    );
  }
  const chunk = tallied(intend({ chunk: "c1" }), conclude({ chunk: "c2" }));
  assert.deepEqual(chunk.said, [undefined, misfit]);
  assert.deepEqual(tallied(conclude()).said, [misfit]);
  assert.deepEqual(tallied(intend(), conclude(), conclude()).said, [undefined, undefined, misfit]);
});

test("open intents are told in their order, and those of the claim's own run alone with the claim", () => {
  const [first, second] = [runName(1), runName(2)];
  const { tally } = tallied(
    { ...claim, run: first },
    { ...intend({ address: "B/b" }), run: first },
    { ...intend({ address: "A/a" }), run: first },
    { ...intend({ address: "B/b", idempotencyKey: "k2" }), run: first },
    { phase: "release", run: first },
    { ...claim, run: second },
    { ...intend({ address: "C/c" }), run: second },
    { ...conclude({ address: "B/b" }), run: second },
  );
  assert.deepEqual(
    tally.openIntents().map((entry) => entry.seq),
    [3, 4, 7],
  );
  const open = tally.openClaim();
  assert.equal(open?.entry.seq, 6);
  assert.equal(open?.lastAt, at(8));
  assert.deepEqual(
    open?.openIntents.map((entry) => entry.seq),
    [7],
  );
  assert.equal(tallied({ ...claim, run: first }, { phase: "release", run: first }).tally.openClaim(), undefined);
  assert.equal(tallied(claim).tally.openClaim()?.lastAt, at(1));
});

test("only definite results raise a generation, of their operation, address and version or chunk", () => {
  const { tally } = tallied(
    intend(),
    conclude(),
    conclude({ outcome: "failed" }),
    conclude({ outcome: "unknown" }),
    event("decided", { status: "active" }),
    conclude({ action: "records", chunk: "c1" }),
  );
  assert.equal(tally.generation("create", address, 1), 2);
  assert.equal(tally.generation("create", address, 2), 0);
  assert.equal(tally.generation("update", address, 1), 0);
  assert.equal(tally.generation("create", "A/a", 1), 0);
  assert.equal(tally.generation("records", address, "c1"), 1);
  assert.equal(tally.generation("records", address, 1), 0);
  const after = (...drafts: readonly Draft[]): number => tallied(...drafts).tally.generation("create", address, 1);
  assert.equal(after(intend(), conclude({ outcome: "failed" })), 1);
  assert.equal(after(intend(), conclude({ outcome: "unknown" })), 0);
  const answered = conclude({ outcome: "unknown", responseDigest: one });
  assert.equal(after(intend(), answered), 1, "the server keeps an answer that told nothing");
});

test("a key is open from its first announcement until a result says ok or failed", () => {
  const since = (...drafts: readonly Draft[]): string | undefined => tallied(...drafts).tally.openSince("k1");
  assert.equal(since(), undefined);
  assert.equal(since(intend({ idempotencyKey: "k2" })), undefined);
  assert.equal(since(intend()), at(1));
  assert.equal(since(intend(), conclude({ outcome: "unknown" }), intend()), at(1), "not from its repetition");
  assert.equal(since(intend(), conclude({ outcome: "unknown", idempotencyKey: "k2" }), conclude()), undefined);
  assert.equal(since(intend(), conclude({ outcome: "failed", idempotencyKey: "k2" })), at(1));
  assert.equal(since(intend(), conclude({ outcome: "failed" })), undefined);
  assert.equal(since(intend(), conclude(), intend()), at(3));
});

test("claimed steps stay until a release does not leave them", () => {
  const steps = (...drafts: readonly Draft[]): readonly string[] => [...tallied(...drafts).tally.claimedSteps];
  const claimed: Draft = { phase: "claim", steps: ["s1", "s2", "s3"] };
  assert.deepEqual(steps(claimed), ["s1", "s2", "s3"]);
  assert.deepEqual(steps(claim), []);
  assert.deepEqual(steps(claim, { phase: "release", steps: [] }), []);
  assert.deepEqual(steps(claimed, { phase: "release" }), ["s1", "s2", "s3"]);
  assert.deepEqual(steps(claimed, { phase: "release", steps: [] }), []);
  assert.deepEqual(steps(claimed, { phase: "release", steps: ["s2"] }), ["s2"]);
  assert.deepEqual(steps(claim, { phase: "release", steps: ["s9"] }), []);
  assert.deepEqual(steps({ phase: "release", steps: ["s9"] }), []);
  assert.deepEqual(
    steps(
      claimed,
      { phase: "release" },
      { ...claimed, run: runName(2), steps: ["s1"] },
      { phase: "release", run: runName(2), steps: [] },
    ),
    ["s2", "s3"],
  );
});

test("a content's first entry decides its hash; a batch's digest names no content", () => {
  const { tally } = tallied(
    intend({ digest: one }),
    intend({ digest: two, contentHash: three }),
    conclude({ digest: two }),
    event("records", { digest: three, contentDigest: "d" }),
  );
  assert.deepEqual(
    [...tally.contents],
    [
      [one, { hash: one, seq: 1 }],
      [two, { hash: three, seq: 2 }],
    ],
  );
});
