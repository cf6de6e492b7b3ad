// Batches of one run: which lane goes when, what each step says of its end, and what a doubt in one batch keeps from another (RELIABILITY I1, §2.3 S7).
import assert from "node:assert/strict";
import test from "node:test";
import { perform } from "../../src/apply/perform.ts";
import { type CallFacts, Refused, Unauthorised, UnknownOutcome } from "../../src/base/failure.ts";
import type { Chunk } from "../../src/contract/declared.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import type { Outcome, Step } from "../../src/contract/plan.ts";
import type { Assignment, Planned } from "../../src/plan/input.ts";
import { answerOf, chunkOf, declaredOf, recordsKind } from "./batches.ts";
import { performingOf, type Scene, scene } from "./scene.ts";

const facts: CallFacts = { family: "preferences", method: "POST", path: "/batch" };
const lost = (): UnknownOutcome => new UnknownOutcome("no answer", facts, { hint: "" });

interface Batch {
  readonly name: string;
  readonly chunks: readonly Chunk[];
  /** Records that are held newer, by their keys. */
  readonly older?: ReadonlySet<string>;
  /** Whoever reads its records finds a bug. */
  readonly isUnreadable?: boolean;
}

interface Asked {
  readonly batches: readonly Batch[];
  /** Of each call, as in `answerOf`, or the error; "c" for all that follow. */
  readonly replies?: readonly (string | Error)[];
  readonly withholdsOptIns?: boolean;
  readonly stopAfter?: number;
  /** Declared, but no step of this run. */
  readonly others?: readonly Batch[];
  readonly made?: Scene;
}

const batchOf = ({ name, chunks, isUnreadable }: Batch) =>
  declaredOf({
    address: `PreferenceBatch/${name}`,
    chunks,
    ...(isUnreadable === true ? { changesAfter: { count: 0, error: new TypeError("it was read") } } : {}),
  });

async function performed(asked: Asked) {
  const made = asked.made ?? (await scene({ replies: [] }));
  const replies = [...(asked.replies ?? [])];
  const stop = new AbortController();
  const calls: string[] = [];
  const told: string[] = [];
  const api = {
    ...made.api,
    async send(call: Parameters<Scene["api"]["send"]>[0]) {
      const records = call.body as readonly JsonObject[];
      const numbers = records.map((one) => Number.parseInt((one["contactId"] as string).slice(0, 8), 10));
      calls.push(`${records[0]?.["optIn"] === true ? "in" : "out"} ${numbers.join(",")}`);
      await made.world.clock.sleep(100);
      if (calls.length === asked.stopAfter) stop.abort();
      const reply = replies.shift() ?? "c";
      if (reply instanceof Error) throw reply;
      return { status: 200, body: answerOf(reply, records), requestId: "request", latencyMs: 40 };
    },
  };
  const steps = asked.batches.map(({ name, chunks }): Step => {
    const version = { from: null, to: 1 };
    return { action: "records", address: `PreferenceBatch/${name}`, version, after: [], chunks } as unknown as Step;
  });
  const assignments = new Map(
    asked.batches.map((batch, index): [Step, Assignment] => [
      steps[index] as Step,
      {
        kind: recordsKind,
        declared: batchOf(batch),
        optInsToSend: batch.chunks.filter((one) => !one.optOut).reduce((sum, one) => sum + one.count, 0),
        ...(batch.older === undefined ? {} : { older: batch.older }),
      } as unknown as Assignment,
    ]),
  );
  const performing = {
    ...performingOf(made),
    writer: () => api,
    batches: [...asked.batches, ...(asked.others ?? [])].map(batchOf),
    withholdsOptIns: asked.withholdsOptIns ?? false,
    signal: stop.signal,
    onOutcome: (outcome: Outcome, done: number, total: number) => {
      told.push(`${outcome.address} ${outcome.status} ${done} of ${total}`);
    },
  };
  const planned = { plan: { steps }, remoteIds: new Map(), assignments } as unknown as Planned;
  const done = await perform(performing, planned, steps);
  return { ...done, made, calls, told };
}

const ends = ({ outcomes }: { readonly outcomes: readonly Outcome[] }) =>
  outcomes.map(({ status, error }) => [status, error]);

test("all opt-outs of all batches go before any opt-in, and a batch that is answered whole is done", async () => {
  const batches = [
    { name: "aa", chunks: [chunkOf(1, true, 0), chunkOf(1, false, 10)] },
    { name: "bb", chunks: [chunkOf(1, true, 1), chunkOf(2, false, 11)] },
  ];
  const done = await performed({ batches });
  assert.deepEqual(done.calls, ["out 0", "out 1", "in 10", "in 11,12"]);
  assert.deepEqual(ends(done), [
    ["ok", undefined],
    ["ok", undefined],
  ]);
  assert.ok(done.outcomes.every((outcome) => !("error" in outcome)));
  assert.deepEqual(done.failures, []);
  assert.deepEqual(
    done.outcomes.map((outcome) => [outcome.action, outcome.address, outcome.version, outcome.counts?.["created"]]),
    [
      ["records", "PreferenceBatch/aa", 1, 2],
      ["records", "PreferenceBatch/bb", 1, 3],
    ],
  );
  // Both lanes of a batch are its time, and no other batch's.
  assert.deepEqual(
    done.outcomes.map((outcome) => outcome.latencyMs),
    [200, 200],
  );
  assert.deepEqual(done.told, ["PreferenceBatch/aa ok 1 of 2", "PreferenceBatch/bb ok 2 of 2"]);
  const { entries, state } = done.made.ledger;
  const answered = entries.filter((entry) => entry.action === "answered");
  assert.deepEqual(
    answered.map((entry) => [
      entry.phase,
      entry.address,
      entry.version,
      entry.contentDigest,
      entry.counts?.["created"],
    ]),
    [
      ["event", "PreferenceBatch/aa", 1, "d".repeat(64), 2],
      ["event", "PreferenceBatch/bb", 1, "d".repeat(64), 3],
    ],
  );
  assert.equal(state.resources["PreferenceBatch/aa"]?.records?.answered.length, 2);
});

test("opt-ins of a batch wait for its own opt-outs, and those of others go", async () => {
  const batches = [
    { name: "aa", chunks: [chunkOf(2, true, 0), chunkOf(1, false, 10)] },
    { name: "bb", chunks: [chunkOf(1, false, 11)] },
  ];
  const done = await performed({ batches, replies: ["cr"] });
  assert.deepEqual(done.calls, ["out 0,1", "in 11"]);
  assert.deepEqual(ends(done), [
    ["failed", "1 opt-outs are not confirmed by CXone; 1 records were rejected"],
    ["ok", undefined],
  ]);
  assert.equal(
    done.made.ledger.entries.filter((entry) => entry.action === "answered").length,
    1,
    "a batch with an open chunk is not done",
  );
});

test("an opt-in waits for an open opt-out of its contact in any declared batch, also one without a step", async () => {
  const batches = [{ name: "bb", chunks: [chunkOf(1, false, 3), chunkOf(1, false, 11)] }];
  const others = [{ name: "aa", chunks: [chunkOf(1, true, 3)] }];
  const done = await performed({ batches, others });
  assert.deepEqual(done.calls, ["in 11"]);
  assert.deepEqual(ends(done), [
    ["skipped", "1 opt-ins wait for an opt-out of the same contact that is not confirmed"],
  ]);
});

test("what is open elsewhere is read only where opt-ins are to be sent", async () => {
  const unreadable = { name: "zz", chunks: [chunkOf(1, true, 3)], isUnreadable: true };
  const done = await performed({ batches: [{ name: "aa", chunks: [chunkOf(1, true, 0)] }], others: [unreadable] });
  assert.deepEqual(ends(done), [["ok", undefined]]);
  const batches = [{ name: "aa", chunks: [chunkOf(1, false, 0)] }];
  await assert.rejects(performed({ batches, others: [unreadable] }), /was read/);
});

test("withheld, no opt-in goes; what is held newer is not sent and is answered", async () => {
  const older = new Set([recordsKind.recordKey(chunkOf(1, false, 10).records[0] as JsonObject)]);
  const batches = [{ name: "aa", chunks: [chunkOf(1, true, 0), chunkOf(2, false, 10)], older }];
  const withheld = await performed({ batches, withholdsOptIns: true });
  assert.deepEqual([withheld.calls, withheld.outcomes[0]?.status], [["out 0"], "ok"]);
  assert.equal(
    withheld.made.ledger.entries.some((entry) => entry.action === "answered"),
    false,
  );
  const done = await performed({ batches });
  assert.deepEqual(done.calls, ["out 0", "in 11"]);
  assert.equal(done.outcomes[0]?.counts?.["older"], 1);
});

test("what has no answer is unknown and says so; the failure is kept with its step", async () => {
  const batches = [{ name: "aa", chunks: [chunkOf(2, true, 0)] }];
  const doubt = await performed({ batches, replies: ["c-", "-", "-", "-"] });
  assert.deepEqual(ends(doubt), [
    ["unknown", "1 opt-outs are not confirmed by CXone; 1 records have no definite answer"],
  ]);
  assert.deepEqual(doubt.failures, []);
  const last = lost();
  const none = await performed({ batches, replies: [last, last, last, last] });
  assert.deepEqual(ends(none), [
    ["unknown", "2 opt-outs are not confirmed by CXone; 2 records have no definite answer; no answer [CX5009]"],
  ]);
  assert.deepEqual(
    none.failures.map(({ step, error }) => [step.address, error]),
    [["PreferenceBatch/aa", last]],
  );
});

test("a refused opt-in is answered: the batch is done, and its step has failed with the reason", async () => {
  const refusal = new Refused("422", facts, { hint: "" });
  const batches = [{ name: "aa", chunks: [chunkOf(1, true, 0), chunkOf(1, false, 10)] }];
  const done = await performed({ batches, replies: ["c", refusal] });
  assert.deepEqual(ends(done), [["failed", "1 records were rejected; 422 [CX5005]"]]);
  assert.equal(done.failures.length, 1);
  assert.equal(
    done.made.ledger.entries.some((entry) => entry.action === "answered"),
    true,
  );
});

test("an interrupted batch is skipped and says so, in either lane", async () => {
  const batches = [{ name: "aa", chunks: [chunkOf(1, true, 0), chunkOf(1, false, 10), chunkOf(1, false, 11)] }];
  const early = await performed({ batches, stopAfter: 1 });
  assert.deepEqual(
    [early.calls, ends(early), early.wasStopped],
    [["out 0"], [["skipped", "the run was interrupted"]], true],
  );
  const late = await performed({ batches, stopAfter: 2 });
  assert.deepEqual([late.calls, ends(late)], [["out 0", "in 10"], [["skipped", "the run was interrupted"]]]);
  const outs = [{ name: "aa", chunks: [chunkOf(1, true, 0), chunkOf(1, true, 1)] }];
  const cut = await performed({ batches: outs, stopAfter: 1 });
  assert.deepEqual(ends(cut), [["skipped", "1 opt-outs are not confirmed by CXone; the run was interrupted"]]);
});

test("a family that refuses the credentials in one batch is asked for each other's opt-outs all the same", async () => {
  const refused = new Unauthorised("401", facts, { hint: "" });
  const batches = ["aa", "bb"].map((name, index) => ({ name, chunks: [chunkOf(1, true, index)] }));
  const done = await performed({ batches, replies: [refused] });
  assert.deepEqual(done.calls, ["out 0", "out 1"]);
  assert.deepEqual(
    done.outcomes.map(({ status }) => status),
    ["failed", "ok"],
  );
});

test("a batch that was answered in an earlier run is done without a call", async () => {
  const chunk = chunkOf(1, true, 0);
  const batches = [{ name: "aa", chunks: [chunk, chunkOf(1, true, 1)] }];
  const first = await performed({ batches, replies: ["c", lost(), lost(), lost(), lost()] });
  const again = await performed({ batches, made: first.made });
  assert.deepEqual(again.calls, ["out 1"]);
  assert.deepEqual(ends(again), [["ok", undefined]]);
});
