// The lane of consent records: each record ends answered or named as unconfirmed, whatever CXone answers to the calls (CXONE-API §7, RELIABILITY I1, §2.3 S7).
import assert from "node:assert/strict";
import test from "node:test";
import { type RecordsAnswered, type RecordsOutcome, sendLane } from "../../src/apply/records.ts";
import { digest } from "../../src/base/digest.ts";
import {
  type CallFacts,
  Conflict,
  Limited,
  RecordsChanged,
  Refused,
  Unauthorised,
  UnknownOutcome,
} from "../../src/base/failure.ts";
import type { Chunk } from "../../src/contract/declared.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import { answerOf, type Changes, chunkOf, declaredOf, record, recordsKind } from "./batches.ts";
import { type Reply, type Scene, scene, start } from "./scene.ts";

const kind = recordsKind;
const address = "PreferenceBatch/may";
const facts: CallFacts = { family: "preferences", method: "POST", path: "/batch" };
const lost = (): UnknownOutcome => new UnknownOutcome("no answer", facts, { hint: "" });
const limited = (): Limited => new Limited("429", facts, { hint: "" });
const conflict = (): Conflict => new Conflict("409", facts, { hint: "" });
const refused = (): Refused => new Refused("422", facts, { hint: "" });

interface Sent extends Scene {
  readonly outcome: RecordsOutcome;
  readonly sizes: readonly number[];
  readonly told: readonly RecordsAnswered[];
}

interface Asked {
  readonly chunks: readonly Chunk[];
  /** Of each call: statuses for its records (`-`: left out, `!`: contradicts), or an error. */
  readonly replies: readonly (string | Error | ((records: readonly JsonObject[]) => Json))[];
  readonly optOut?: boolean;
  readonly older?: readonly JsonObject[];
  readonly held?: readonly JsonObject[];
  readonly stopAfter?: number;
  readonly made?: Scene;
  readonly spec?: JsonObject;
  /** Of each call: the 429s that came before its answer. */
  readonly limits?: readonly number[];
  readonly startAt?: number;
  /** The reading of the chunks fails after so many. */
  readonly changesAfter?: Changes;
  readonly onReading?: () => void;
  /** Nobody wants to hear of single answers. */
  readonly isUntold?: boolean;
}

async function send(asked: Asked): Promise<Sent> {
  const { chunks, replies, optOut = true, older = [], stopAfter, spec = {} } = asked;
  const held = new Set((asked.held ?? []).map((one) => kind.recordKey(one)));
  const made =
    asked.made ?? (await scene({ replies: [], ...(asked.startAt === undefined ? {} : { startAt: asked.startAt }) }));
  const told: RecordsAnswered[] = [];
  const left = [...replies];
  const sizes: number[] = [];
  const api = {
    ...made.api,
    async send(call: Parameters<Scene["api"]["send"]>[0]) {
      const records = call.body as readonly JsonObject[];
      made.sent.push(call);
      await made.world.clock.sleep(40);
      sizes.push(records.length);
      const reply = left.shift() as Reply | undefined | ((records: readonly JsonObject[]) => Json);
      if (reply === undefined) throw new Error(`no reply is scripted for call ${sizes.length}`);
      if (reply instanceof Error) throw reply;
      const body = typeof reply === "function" ? reply(records) : answerOf(reply as string, records);
      const limits = asked.limits?.[sizes.length - 1] ?? 0;
      return { status: 200, body, requestId: `request-${sizes.length}`, latencyMs: 40, limits };
    },
  };
  const outcome = await sendLane(
    {
      kind,
      declared: declaredOf({ address, chunks, spec, changesAfter: asked.changesAfter, onReading: asked.onReading }),
      version: 1,
      api,
      run: made.run,
      ledger: made.ledger,
      world: made.world,
      older: new Set(older.map((one) => kind.recordKey(one))),
      isHeld: (key) => held.has(key),
      onAnswered: asked.isUntold === true ? undefined : async (answer) => void told.push(answer),
      isStopped: () => stopAfter !== undefined && sizes.length >= stopAfter,
    },
    optOut,
  );
  assert.equal(left.length, 0, "a scripted reply was never asked for");
  return { ...made, outcome, sizes, told };
}

const results = (sent: Sent): readonly Entry[] => sent.ledger.entries.filter((entry) => entry.phase === "result");
const answered = (sent: Sent): readonly string[] => sent.ledger.state.resources[address]?.records?.answered ?? [];

test("a chunk is one call; every record's answer is counted and the chunk is answered", async () => {
  const chunk = chunkOf(5, true);
  const sent = await send({ chunks: [chunk], replies: ["cunsn"] });
  assert.deepEqual(sent.outcome, {
    counts: { sent: 5, created: 1, updated: 1, unchanged: 2, skipped: 1, rejected: 0, unknown: 0, older: 0 },
    unconfirmedOptOuts: 0,
    held: 0,
    isComplete: true,
    wasStopped: false,
  });
  assert.deepEqual(answered(sent), [chunk.digest]);
  assert.equal(sent.sent[0]?.urgent, true);
  const [intent, result] = sent.ledger.entries.slice(1);
  assert.deepEqual(intent?.counts, { sent: 5, optOuts: 5 });
  assert.equal(intent?.chunk, chunk.digest);
  assert.deepEqual(result?.counts, {
    sent: 5,
    created: 1,
    updated: 1,
    unchanged: 2,
    skipped: 1,
    rejected: 0,
    unknown: 0,
  });
  assert.equal(result?.outcome, "ok");
  assert.equal(result?.requestId, "request-1");
});

test("opt-ins are not urgent, and each lane sends its own", async () => {
  const chunks = [chunkOf(2, true), chunkOf(3, false, 10)];
  const sent = await send({ chunks, replies: ["c"], optOut: false });
  assert.deepEqual(sent.sizes, [3]);
  assert.equal(sent.sent[0]?.urgent, false);
  assert.deepEqual(sent.ledger.entries[1]?.counts, { sent: 3, optIns: 3 });
});

test("an answered chunk is not sent again, by a later run either", async () => {
  const chunks = [chunkOf(2, true), chunkOf(2, true, 10)];
  const made = await scene({ replies: [] });
  await send({ chunks: chunks.slice(0, 1), replies: ["c"], made });
  const sent = await send({ chunks, replies: ["u"], made });
  assert.deepEqual(sent.sizes, [2]);
  assert.deepEqual(
    answered(sent),
    chunks.map((chunk) => chunk.digest),
  );
});

test("records without an answer of their own go again alone, until each has one", async () => {
  const chunk = chunkOf(4, true);
  const sent = await send({ chunks: [chunk], replies: ["c-!c", "-c", "u"] });
  assert.deepEqual(sent.sizes, [4, 2, 1]);
  assert.equal(sent.outcome.isComplete, true);
  assert.equal(sent.outcome.unconfirmedOptOuts, 0);
  assert.deepEqual(answered(sent), [chunk.digest]);
  assert.deepEqual(
    results(sent).map((entry) => [entry.outcome, entry.chunk === undefined]),
    [
      ["unknown", false],
      ["unknown", false],
      ["ok", true],
    ],
  );
  // An answer that came and told nothing is kept under its key: only another one can ask again.
  assert.equal(sent.ledger.generation("records", address, chunk.digest), 2);
  assert.equal(sent.outcome.counts.sent, 4, "records, however many calls they took");
});

test("what stays without an answer after four rounds is unconfirmed and leaves the chunk open", async () => {
  const chunk = chunkOf(2, true);
  const sent = await send({ chunks: [chunk], replies: ["c-", "-", "-", "-"] });
  assert.equal(sent.outcome.isComplete, false);
  assert.equal(sent.outcome.unconfirmedOptOuts, 1);
  assert.equal(sent.outcome.counts.unknown, 1);
  assert.deepEqual(answered(sent), []);
  assert.deepEqual(
    results(sent).map((entry) => entry.outcome),
    ["unknown", "unknown", "unknown", "unknown"],
  );
  const keys = sent.sent.map((one) => one.idempotencyKey);
  assert.equal(new Set(keys).size, 4, "a kept answer would be replayed");
});

test("a lost answer is sent again as a whole under the same key", async () => {
  const chunk = chunkOf(3, true);
  const sent = await send({ chunks: [chunk], replies: [lost(), "c"] });
  assert.deepEqual(sent.sizes, [3, 3]);
  assert.equal(new Set(sent.sent.map((one) => one.idempotencyKey)).size, 1);
  assert.deepEqual(
    sent.sent.map((one) => one.isRepeat),
    [undefined, true],
    "it takes one of the run's retries",
  );
  assert.deepEqual(
    results(sent).map((entry) => entry.outcome),
    ["unknown", "ok"],
  );
  assert.deepEqual(answered(sent), [chunk.digest]);
  const last = sent.ledger.entries.at(-1);
  assert.deepEqual([last?.phase, last?.chunk], ["event", chunk.digest], "no later call speaks for the chunk");
  assert.equal("error" in sent.outcome, false, "what was mended is no failure");
  const never = await send({ chunks: [chunkOf(3, true)], replies: [lost(), lost(), lost(), lost()] });
  assert.ok(never.outcome.error instanceof UnknownOutcome);
  assert.equal(never.outcome.unconfirmedOptOuts, 3);
  assert.equal(never.outcome.isComplete, false);
});

test("a rejected opt-out is not confirmed; a rejected opt-in is answered", async () => {
  const out = await send({ chunks: [chunkOf(3, true)], replies: ["crc"] });
  assert.equal(out.outcome.isComplete, false);
  assert.equal(out.outcome.unconfirmedOptOuts, 1);
  assert.equal(out.outcome.counts.rejected, 1);
  assert.equal(results(out)[0]?.reason, "1 opt-outs were rejected");
  assert.deepEqual(answered(out), []);
  const chunk = chunkOf(3, false);
  const into = await send({ chunks: [chunk], replies: ["crc"], optOut: false });
  assert.equal(into.outcome.isComplete, true);
  assert.deepEqual(answered(into), [chunk.digest]);
});

test("a refused call is halved until the refused record stands alone", async () => {
  const chunk = chunkOf(5, false);
  const bad = record(3, true)["contactId"];
  const judge = (records: readonly JsonObject[]): Json => {
    if (records.some((one) => one["contactId"] === bad)) throw refused();
    return answerOf("c", records);
  };
  const sent = await send({ chunks: [chunk], replies: Array.from({ length: 5 }, () => judge), optOut: false });
  assert.deepEqual(sent.sizes, [5, 3, 2, 1, 1]);
  assert.equal(sent.outcome.counts.rejected, 1);
  assert.equal(sent.outcome.counts.created, 4);
  assert.deepEqual(answered(sent), [chunk.digest]);
  const out = await send({ chunks: [chunkOf(1, true), chunkOf(1, true, 7)], replies: [refused(), "c"] });
  assert.equal(out.outcome.unconfirmedOptOuts, 1, "a refused opt-out is unconfirmed");
  assert.ok(out.outcome.error instanceof Refused);
  assert.equal(out.outcome.isComplete, false);
  assert.deepEqual(out.sizes, [1, 1], "a refusal of one chunk says nothing of the next");
});

test("429s halve the calls, not under 25, and the next chunk stays small", async () => {
  const chunks = [chunkOf(100, true), chunkOf(100, true, 200)];
  const sent = await send({ chunks, replies: [limited(), "c", "c", "c", "c"] });
  assert.deepEqual(sent.sizes, [100, 50, 50, 50, 50]);
  assert.deepEqual(
    answered(sent),
    chunks.map((chunk) => chunk.digest),
  );
  for (const call of sent.sent) {
    const keys = (call.body as readonly JsonObject[]).map((one) => one["contactId"]);
    assert.equal(new Set(keys).size, keys.length, "a contact stands twice in one batch");
  }
  const small = await send({
    chunks: [chunkOf(100, true)],
    replies: [limited(), limited(), limited(), "c", "c", "c", "c"],
  });
  assert.deepEqual(small.sizes, [100, 50, 25, 25, 25, 25, 25]);
  assert.equal(small.outcome.counts.sent, 100);
});

test("an answer that was lost makes no call smaller", async () => {
  const chunks = [chunkOf(100, true), chunkOf(100, true, 200)];
  const sent = await send({ chunks, replies: [lost(), "c", "c"] });
  assert.deepEqual(sent.sizes, [100, 100, 100]);
});

test("a part that was turned away ends the lane, although the part after it has passed", async () => {
  const chunks = [chunkOf(2, true), chunkOf(1, true, 10)];
  const sent = await send({ chunks, replies: [lost(), lost(), lost(), refused(), limited(), "c"] });
  assert.deepEqual(sent.sizes, [2, 2, 2, 2, 1, 1]);
  assert.equal(sent.outcome.unconfirmedOptOuts, 2);
});

test("quiet restores the calls: three without a 429 double their size", async () => {
  const chunks = [0, 200, 400, 600].map((first) => chunkOf(100, true, first));
  const sent = await send({ chunks, replies: [limited(), "c", "c", "c", "c", "c", "c"] });
  assert.deepEqual(sent.sizes, [100, 50, 50, 50, 50, 100, 100]);
});

test("one 429 before an answer breaks the quiet, two halve the calls, and nothing makes them larger than 100", async () => {
  const chunks = [0, 1_000, 2_000].map((first) => chunkOf(250, true, first));
  const once = await send({ chunks: chunks.slice(0, 1), replies: ["c", "c", "c"], limits: [1, 1, 1] });
  assert.deepEqual(once.sizes, [100, 100, 50]);
  const broken = await send({
    chunks: chunks.slice(0, 2),
    replies: Array.from({ length: 8 }, () => "c"),
    limits: [2, 0, 0, 1],
  });
  assert.deepEqual(broken.sizes, [100, 50, 50, 50, 50, 50, 50, 100]);
  const quiet = await send({ chunks, replies: Array.from({ length: 9 }, () => "c") });
  assert.deepEqual(quiet.sizes, [100, 100, 50, 100, 100, 50, 100, 100, 50]);
});

test("what CXone says of a refused record's fields is told at their places in the manifest", async () => {
  const said = ["contactId", "0.channel", "/0/optIn", "[0].source", "/12/x", "[34]/y", "/z", "[7]w"];
  const fieldErrors = said.map((field) => ({ field, message: "no" }));
  const refusal = new Refused("422", { ...facts, fieldErrors }, { hint: "Correct it." });
  const chunk = chunkOf(1, false, 5);
  const others = chunkOf(5, false).records;
  const fieldsOf = async (spec: JsonObject, error: Refused = refusal): Promise<unknown> => {
    const { outcome } = await send({ chunks: [chunk], replies: [error], optOut: false, spec });
    assert.ok(outcome.error instanceof Refused && outcome.isComplete, "a refusal is an answer");
    assert.deepEqual([outcome.error.hint, outcome.error.call.path], [error.hint, facts.path]);
    return outcome.error.call.fieldErrors;
  };
  const at = (place: string) =>
    ["contactId", "channel", "optIn", "source", "x", "y", "z", "w"].map((name) => ({
      field: `${place}${name}`,
      message: "no",
    }));
  assert.deepEqual(await fieldsOf({ records: [...others, ...chunk.records] as Json[] }), at("/records/5/"));
  const file = { recordsFile: { path: "may.csv" } };
  assert.deepEqual(
    await fieldsOf(file),
    said.map(() => ({ field: "/recordsFile", message: "no" })),
  );
  assert.equal(await fieldsOf(file, refused()), undefined);
});

test("each call's definite results are told before the ledger has them, under the call's own key", async () => {
  const chunk = chunkOf(4, true);
  const sent = await send({ chunks: [chunk], replies: ["c-u!", "cc"] });
  const ids = sent.told.map(({ results: each }) => each.map((one) => one["contactId"]));
  const contact = (number: number) => record(number, false)["contactId"];
  assert.deepEqual(ids, [
    [contact(0), contact(2)],
    [contact(1), contact(3)],
  ]);
  const keys = sent.ledger.entries.filter(({ phase }) => phase === "intent").map((entry) => entry.idempotencyKey);
  assert.deepEqual(
    sent.told.map((each) => [each.address, each.idempotencyKey]),
    keys.map((key) => [address, key]),
  );
  const more = (records: readonly JsonObject[]): Json => {
    const answers = answerOf("c", records) as JsonObject[];
    return [...answers, answers[0] as JsonObject];
  };
  const tooMany = await send({ chunks: [chunkOf(1, true)], replies: [more, more, more, more] });
  assert.deepEqual(
    tooMany.told.map(({ results: each }) => each.length),
    [0, 0, 0, 0],
    "a list with more answers than records answers for none",
  );
  const untold = await send({ chunks: [chunk], replies: ["c"], isUntold: true });
  assert.deepEqual([untold.outcome.isComplete, untold.told], [true, []]);
  const odd = await send({ chunks: [chunkOf(1, true)], replies: [() => ({}), () => ({}), () => ({}), () => ({})] });
  assert.deepEqual(
    odd.told.map(({ results: each }) => each),
    [[], [], [], []],
  );
});

test("a call without an answer took as long as it took", async () => {
  const sent = await send({ chunks: [chunkOf(1, true)], replies: [refused()], startAt: start + 60_000 });
  assert.equal(results(sent)[0]?.latencyMs, 40);
});

test("a family that refuses the credentials is not asked for the next chunk", async () => {
  const chunks = [chunkOf(2, true), chunkOf(2, true, 10)];
  const unauthorised = new Unauthorised("401", facts, { hint: "" });
  const sent = await send({ chunks, replies: [unauthorised] });
  assert.deepEqual(sent.sizes, [2]);
  assert.equal(sent.outcome.error, unauthorised);
  assert.equal(sent.outcome.unconfirmedOptOuts, 4, "those that were not reached, too");
  assert.deepEqual(
    results(sent).map((entry) => [entry.outcome, entry.reason]),
    [["failed", "CX5001: 401"]],
  );
});

test("told to stop, the lane ends between chunks and says so", async () => {
  const chunks = [chunkOf(2, true), chunkOf(2, true, 10)];
  const sent = await send({ chunks, replies: ["c"], stopAfter: 1 });
  assert.equal(sent.outcome.wasStopped, true);
  assert.equal(sent.outcome.isComplete, false);
  assert.deepEqual(sent.sizes, [2]);
  const unanswered = await send({ chunks, replies: ["-"], stopAfter: 1 });
  assert.deepEqual([unanswered.sizes, "error" in unanswered.outcome], [[2], false], "and asks for no answer again");
});

test("records that CXone holds newer are counted and not sent", async () => {
  const chunk = chunkOf(3, true);
  const sent = await send({ chunks: [chunk], replies: ["c"], older: [record(1, false)] });
  assert.deepEqual(sent.sizes, [2]);
  assert.equal(sent.outcome.counts.older, 1);
  assert.deepEqual(answered(sent), [chunk.digest], "the event answers what no whole call has");
  const [, , part, event] = sent.ledger.entries;
  assert.deepEqual(
    [part?.phase, part?.chunk, event?.phase, event?.chunk],
    ["result", undefined, "event", chunk.digest],
  );
  const none = await send({ chunks: [chunk], replies: [], older: chunk.records });
  assert.deepEqual(none.sizes, []);
  assert.equal(none.outcome.isComplete, true);
  assert.deepEqual(answered(none), [chunk.digest]);
});

test("an error that is no failure of a call is thrown on", async () => {
  const bug = new TypeError("ours");
  const made = await scene({ replies: [] });
  await assert.rejects(send({ chunks: [chunkOf(1, true)], replies: [bug], made }), bug);
  assert.deepEqual(
    made.ledger.entries.map((entry) => entry.phase),
    ["claim", "intent"],
    "and is no result",
  );
});

test("a whole answer is one intent and one result, which bears the chunk; nothing else is written", async () => {
  const chunk = chunkOf(100, true);
  const sent = await send({ chunks: [chunk], replies: ["c"] });
  const entries = sent.ledger.entries;
  assert.deepEqual(
    entries.map((entry) => [entry.phase, entry.chunk]),
    [
      ["claim", undefined],
      ["intent", chunk.digest],
      ["result", chunk.digest],
    ],
  );
  assert.equal(entries[2]?.responseDigest, digest(answerOf("c", chunk.records)));
});

test("a chunk answered in parts is answered by one event, after results that do not bear it", async () => {
  const chunk = chunkOf(4, false);
  const sent = await send({ chunks: [chunk], replies: [refused(), "c", "c"], optOut: false });
  assert.deepEqual(
    sent.ledger.entries.slice(1).map((entry) => [entry.phase, entry.outcome, entry.chunk === chunk.digest]),
    [
      ["intent", undefined, true],
      ["result", "failed", true],
      ["intent", undefined, true],
      ["result", "ok", false],
      ["intent", undefined, true],
      ["result", "ok", false],
      ["event", undefined, true],
    ],
  );
  assert.equal(sent.ledger.entries[2]?.latencyMs, 40);
  assert.equal(sent.ledger.entries.at(-1)?.action, "records");
  assert.equal("error" in sent.outcome, false);
});

test("refusals and doubts of both halves add up", async () => {
  const both = await send({ chunks: [chunkOf(2, true)], replies: [refused(), refused(), refused()] });
  assert.equal(both.outcome.counts.rejected, 2);
  assert.equal(both.outcome.unconfirmedOptOuts, 2);
  const first = refused();
  const told = await send({ chunks: [chunkOf(2, true)], replies: [refused(), first, refused()] });
  assert.equal(told.outcome.error, first);
  const second = refused();
  const right = await send({ chunks: [chunkOf(2, true)], replies: [refused(), "c", second] });
  assert.equal(right.outcome.error, second);
  assert.equal(right.outcome.unconfirmedOptOuts, 1);
  const doubtful = await send({ chunks: [chunkOf(4, true)], replies: [refused(), "-c", "c-", "c"] });
  assert.deepEqual(doubtful.sizes, [4, 2, 2, 2]);
  assert.equal(doubtful.outcome.isComplete, true);
  assert.equal("error" in doubtful.outcome, false);
});

test("opt-ins without an answer are no unconfirmed opt-outs", async () => {
  const sent = await send({ chunks: [chunkOf(2, false)], replies: ["-", "-", "-", "-"], optOut: false });
  assert.equal(sent.outcome.isComplete, false);
  assert.equal(sent.outcome.unconfirmedOptOuts, 0);
  assert.equal(sent.outcome.counts.unknown, 2);
  assert.equal("error" in sent.outcome, false);
});

test("a run that was stopped still tells what went wrong before", async () => {
  const error = refused();
  const sent = await send({ chunks: [chunkOf(1, true), chunkOf(1, true, 9)], replies: [error], stopAfter: 1 });
  assert.equal(sent.outcome.wasStopped, true);
  assert.equal(sent.outcome.error, error);
  assert.equal(sent.outcome.unconfirmedOptOuts, 2);
});

test("a doubt stays one, whatever turns later copies away, and what was never taken is none", async () => {
  const after = await send({ chunks: [chunkOf(2, true)], replies: ["c-", limited(), limited(), limited()] });
  assert.deepEqual([after.outcome.counts.unknown, after.outcome.unconfirmedOptOuts], [1, 1]);
  assert.equal(after.outcome.counts.sent, 2, "what was created and what is in doubt");
  const later = await send({ chunks: [chunkOf(2, true)], replies: [limited(), "c-", limited(), limited()] });
  assert.deepEqual([later.outcome.counts.unknown, later.outcome.unconfirmedOptOuts], [1, 1]);
  const lostFirst = await send({ chunks: [chunkOf(2, true)], replies: [lost(), "--", limited(), limited()] });
  assert.equal(lostFirst.outcome.counts.unknown, 2);
  const halved = await send({
    chunks: [chunkOf(4, true)],
    replies: [refused(), lost(), limited(), limited(), limited(), limited()],
  });
  assert.deepEqual([halved.outcome.counts.unknown, halved.outcome.unconfirmedOptOuts], [2, 4]);
});

test("409 is a refusal of the record that stands alone once a second key has met it, and of nobody else", async () => {
  const chunks = [chunkOf(2, true), chunkOf(1, true, 10)];
  const bad = chunks[0]?.records[0]?.["contactId"];
  const judge = (records: readonly JsonObject[]): Json => {
    if (records.some((one) => one["contactId"] === bad)) throw conflict();
    return answerOf("c", records);
  };
  const sent = await send({ chunks, replies: Array.from({ length: 5 }, () => judge) });
  assert.deepEqual(sent.sizes, [2, 1, 1, 1, 1]);
  assert.deepEqual([sent.outcome.counts.rejected, sent.outcome.counts.created], [1, 2]);
  assert.equal(sent.outcome.unconfirmedOptOuts, 1);
  assert.ok(sent.outcome.error instanceof Conflict);
  const keys = sent.sent.map((one) => one.idempotencyKey);
  assert.notEqual(keys[1], keys[3]);
  const passing = await send({ chunks: [chunkOf(1, true)], replies: [conflict(), "c"] });
  assert.deepEqual([passing.outcome.isComplete, passing.outcome.error], [true, undefined], "a copy was on its way");
  const doubtful = await send({ chunks: [chunkOf(1, true)], replies: [conflict(), limited(), limited(), limited()] });
  assert.equal(doubtful.outcome.counts.unknown, 1);
});

test("five chunks in a row without any answer end the lane; what it has answered between them does not count", async () => {
  const chunks = Array.from({ length: 9 }, (_, index) => chunkOf(1, true, index * 10));
  const never = (count: number) => Array.from({ length: count * 4 }, lost);
  const all = await send({ chunks, replies: never(5) });
  assert.equal(all.sizes.length, 20);
  assert.equal(all.outcome.unconfirmedOptOuts, 9);
  const between = await send({ chunks, replies: [...never(4), "c", ...never(4)] });
  assert.equal(between.outcome.unconfirmedOptOuts, 8);
});

test("what was under way when a run was cut off goes first again, so that each such end repeats one call", async () => {
  const chunks = [chunkOf(1, true), chunkOf(1, true, 10)];
  const made = await scene({ replies: [] });
  const chunk = chunks[0]?.digest as string;
  const sent = { action: "records", address, version: 1, chunk, contentDigest: "d".repeat(64) };
  const announced = { ...sent, idempotencyKey: "key", generation: 0 };
  await made.run.append([{ ...announced, phase: "intent" }]);
  await made.run.append([{ ...announced, phase: "result", outcome: "unknown", reason: "the run died" }]);
  const again = await send({ chunks, replies: ["c", "c"], made });
  assert.deepEqual(
    again.sent.map((one) => (one.body as readonly JsonObject[])[0]?.["contactId"]),
    chunks.map((chunk) => chunk.records[0]?.["contactId"]),
  );
});

test("what has failed goes after what has not", async () => {
  const chunks = [chunkOf(1, true), chunkOf(1, true, 10), chunkOf(1, true, 20)];
  const first = await send({ chunks: chunks.slice(0, 1), replies: [lost(), lost(), lost(), lost()] });
  const asked: string[] = [];
  const judge = (records: readonly JsonObject[]): Json => {
    asked.push(records[0]?.["contactId"] as string);
    return answerOf("c", records);
  };
  const again = await send({ chunks, replies: [judge, judge, judge], made: first });
  assert.deepEqual(
    asked,
    [chunks[1], chunks[2], chunks[0]].map((chunk) => chunk?.records[0]?.["contactId"]),
  );
  assert.equal(again.outcome.isComplete, true);
});

test("what ends a lane keeps it from what has failed before, too", async () => {
  const failed = chunkOf(1, true);
  const fresh = [1, 2, 3, 4, 5].map((index) => chunkOf(1, true, index * 10));
  const never = (count: number) => Array.from({ length: count * 4 }, lost);
  const before = () => send({ chunks: [failed], replies: never(1) });
  const away = [limited(), limited(), limited(), limited()];
  const limits = await send({ chunks: [failed, ...fresh], replies: away, made: await before() });
  assert.equal(limits.sizes.length, 4);
  const unknown = await send({ chunks: [failed, ...fresh], replies: never(5), made: await before() });
  assert.equal(unknown.sizes.length, 20);
});

test("the records are read once, and again only for what has failed", async () => {
  const readings = async (made?: Scene): Promise<number> => {
    let count = 0;
    const chunks = [chunkOf(1, true), chunkOf(1, true, 10)];
    const onReading = () => void count++;
    await send({ chunks, replies: ["c", "c"], onReading, ...(made === undefined ? {} : { made }) });
    return count;
  };
  assert.equal(await readings(), 1);
  const failed = await send({ chunks: [chunkOf(1, true)], replies: [lost(), lost(), lost(), lost()] });
  assert.equal(await readings(failed), 2);
});

test("an opt-in whose opt-out is open elsewhere waits, with its chunk and no other", async () => {
  const chunks = [chunkOf(3, false), chunkOf(2, false, 10)];
  const held = [chunks[0]?.records[1] as JsonObject];
  const sent = await send({ chunks, replies: ["c"], optOut: false, held });
  assert.deepEqual(sent.sizes, [2]);
  assert.deepEqual([sent.outcome.held, sent.outcome.isComplete, sent.outcome.unconfirmedOptOuts], [3, false, 0]);
  const outs = await send({
    chunks: [chunkOf(3, true)],
    replies: ["c"],
    held: chunkOf(3, true).records as JsonObject[],
  });
  assert.equal(outs.outcome.isComplete, true, "an opt-out waits for nobody");
});

test("records that changed while they were read end the lane with what was answered before", async () => {
  const chunks = [chunkOf(1, true), chunkOf(2, true, 10)];
  const changed = new RecordsChanged("they changed", { hint: "" });
  const sent = await send({ chunks, replies: ["c"], changesAfter: { count: 1, error: changed } });
  assert.equal(sent.outcome.error, changed);
  assert.deepEqual([sent.outcome.counts.created, sent.outcome.unconfirmedOptOuts], [1, 2]);
  const bug = new TypeError("ours");
  await assert.rejects(send({ chunks, replies: [], changesAfter: { count: 0, error: bug } }), bug);
});

test("parts of a refused call are first tries", async () => {
  const halved = await send({ chunks: [chunkOf(4, true)], replies: [lost(), refused(), "c", "c-", "c"] });
  assert.deepEqual(
    halved.sent.map((one) => one.isRepeat),
    [undefined, true, undefined, undefined, true],
  );
});

test("a 429 that lasts leaves the chunk open, refused and not unknown, and the next chunk alone", async () => {
  const chunks = [chunkOf(2, true), chunkOf(2, true, 10)];
  const sent = await send({ chunks, replies: [limited(), limited(), limited(), limited()] });
  assert.equal(sent.outcome.unconfirmedOptOuts, 4);
  assert.equal(sent.outcome.counts.unknown, 0);
  assert.ok(sent.outcome.error instanceof Limited);
});

test("an answer that is no list answers for nobody", async () => {
  const nothing = () => null;
  const sent = await send({ chunks: [chunkOf(1, true)], replies: [nothing, nothing, nothing, nothing] });
  assert.equal(sent.outcome.unconfirmedOptOuts, 1);
  assert.equal(results(sent)[0]?.responseDigest, digest(null));
});
