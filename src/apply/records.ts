// Sends a batch's chunks: opt-outs before everything, each record's own answer counted, until CXone has answered for all of them.

import { digest } from "../base/digest.ts";
import { CallFailure, Limited, Refused, UnknownOutcome } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { WriteApi } from "../contract/api.ts";
import type { Chunk, Declared } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { RecordAnswer, RecordsKind, Version } from "../contract/kind.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../ledger/run.ts";
import { holding } from "./hold.ts";

export interface RecordsSending {
  readonly kind: RecordsKind;
  readonly declared: Declared;
  readonly version: Version;
  readonly api: WriteApi;
  readonly run: Run;
  readonly ledger: Ledger;
  readonly world: Pick<World, "clock">;
  /** Records that CXone is known to hold newer: counted as answered. */
  readonly older: ReadonlySet<string>;
  readonly isStopped: () => boolean;
  /** Told of each call's answers before the ledger has them; what it throws ends the run. */
  readonly onAnswered?: OnAnswered | undefined;
}

/** What CXone answered to one call, record by record: the only place where the single answers pass. */
export interface RecordsAnswered {
  readonly address: string;
  /** The call's own: the same answers come under the same key. */
  readonly idempotencyKey: string;
  /** As CXone gave them, those that fit their record. */
  readonly results: readonly JsonObject[];
}

export type OnAnswered = (answered: RecordsAnswered) => Promise<void>;

export type RecordCounts = Record<RecordAnswer["status"] | "sent" | "older", number>;

export interface RecordsOutcome {
  readonly counts: RecordCounts;
  /** The first thing that went wrong, without any value of a record. */
  readonly error?: CallFailure;
  /** Opt-outs that CXone has not confirmed. */
  readonly unconfirmedOptOuts: number;
  readonly isComplete: boolean;
  readonly wasStopped: boolean;
}

/** CXONE-API §7: at most 100 records a call, halved twice under repeated 429s. */
const mostPerCall = 100;
const leastPerCall = 25;
/** So many calls without a 429 are quiet, and the size doubles again. */
const quietCalls = 3;
/** How often records without a definite answer are sent again in one run; timestamp-wins makes that safe. */
const mostRounds = 4;

const definite = ["created", "updated", "unchanged", "skipped", "rejected"] as const;

export const noCounts = (): RecordCounts => ({
  sent: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  rejected: 0,
  unknown: 0,
  older: 0,
});

/** Sends the chunks of one lane (opt-outs or opt-ins) that CXone has not answered yet. */
export async function sendLane(sending: RecordsSending, optOut: boolean): Promise<RecordsOutcome> {
  const { declared, ledger, kind } = sending;
  invariant(declared.records !== undefined, `${declared.address} has no records`);
  const answered = new Set(ledger.state.resources[declared.address]?.records?.answered ?? []);
  const counts = noCounts();
  let error: CallFailure | undefined;
  let unconfirmedOptOuts = 0;
  let isComplete = true;
  const lane: Lane = { size: mostPerCall, quiet: 0 };
  for await (const chunk of declared.records.chunks((one) => one.optOut === optOut && !answered.has(one.digest))) {
    if (sending.isStopped())
      return {
        counts,
        unconfirmedOptOuts,
        isComplete: false,
        wasStopped: true,
        ...(error === undefined ? {} : { error }),
      };
    const wanted = chunk.records.filter((record) => !sending.older.has(kind.recordKey(record)));
    counts.older += chunk.count - wanted.length;
    const done = await sendChunk(sending, chunk, wanted, counts, lane);
    error ??= done.error;
    // Records, not calls: however often one went, it is one (RELIABILITY S7: what was sent adds up).
    counts.sent = counts.unknown + definite.reduce((sum, status) => sum + counts[status], 0);
    if (done.isAnswered) continue;
    isComplete = false;
    if (optOut) unconfirmedOptOuts += done.open;
    // A family that refuses our credentials or cannot be reached refuses the next chunk as well.
    if (done.error !== undefined && !(done.error instanceof Refused)) break;
  }
  return { counts, unconfirmedOptOuts, isComplete, wasStopped: false, ...(error === undefined ? {} : { error }) };
}

/** How many records a call takes now, and how many calls in a row met no 429. */
interface Lane {
  size: number;
  quiet: number;
}

/** Cascading 429s halve the calls that follow; quiet restores them (CXONE-API §7). */
function adapt(lane: Lane, limits: number, hasPassed: boolean): void {
  if (limits > 0) lane.quiet = 0;
  if (!hasPassed || limits > 1) lane.size = Math.max(leastPerCall, Math.floor(lane.size / 2));
  else if (limits === 0 && ++lane.quiet === quietCalls) {
    lane.quiet = 0;
    lane.size = Math.min(mostPerCall, lane.size * 2);
  }
}

interface ChunkDone {
  readonly isAnswered: boolean;
  readonly open: number;
  readonly error?: CallFailure;
}

interface Attempt {
  /** What has no definite answer yet. */
  readonly open: readonly JsonObject[];
  /** Those of them that a call has carried whose answer said nothing of them, or was lost. */
  readonly doubted: readonly JsonObject[];
  readonly rejected: number;
  /** One call answered the whole chunk, and its result entry says so. */
  readonly isRecorded?: boolean;
  readonly error?: CallFailure;
}

/** One chunk in as few calls as CXone lets pass; afterwards every record has its own answer, or the chunk stays open. */
async function sendChunk(
  sending: RecordsSending,
  chunk: Chunk,
  wanted: readonly JsonObject[],
  counts: RecordCounts,
  lane: Lane,
): Promise<ChunkDone> {
  let open = wanted;
  const doubted = new Set<JsonObject>();
  let rejected = 0;
  let error: CallFailure | undefined;
  for (let round = 0; round < mostRounds && open.length > 0 && (round === 0 || !sending.isStopped()); round++) {
    const left: JsonObject[] = [];
    const isWhole = open === wanted && open.length === chunk.count && open.length <= lane.size;
    for (let at = 0; at < open.length; ) {
      // A 429 makes the lane smaller: what went is what was sliced, not what would be sliced now.
      const some = open.slice(at, at + lane.size);
      at += some.length;
      const attempt = await sendSome(sending, chunk, some, counts, lane, { isWhole, isRepeat: round > 0 });
      if (attempt.isRecorded === true) return { isAnswered: true, open: 0 };
      left.push(...attempt.open);
      for (const record of attempt.doubted) doubted.add(record);
      rejected += attempt.rejected;
      error ??= attempt.error;
    }
    open = left;
    if (error !== undefined && !(error instanceof UnknownOutcome) && !(error instanceof Limited)) break;
  }
  // What was definitely refused was not done; only a lost or contradicting answer leaves a doubt, whatever came of later copies.
  counts.unknown += open.filter((record) => doubted.has(record)).length;
  // An opt-out that CXone rejects is not confirmed: it stays open, and the run stays red (RELIABILITY I1).
  const isAnswered = open.length === 0 && (rejected === 0 || !chunk.optOut);
  if (!isAnswered)
    return { isAnswered, open: open.length + (chunk.optOut ? rejected : 0), ...(error === undefined ? {} : { error }) };
  await sending.run.append([{ ...recordsFacts(sending, chunk), phase: "event", action: "records" }]);
  // A refusal is an answer, and the author is told which.
  return { isAnswered, open: 0, ...(error instanceof Refused ? { error } : {}) };
}

/** The refusal of one record, its fields named from the batch's spec: CXone knows only the call in which the record stood. */
function located(error: Refused, { kind, declared }: RecordsSending, record: JsonObject): Refused {
  const { fieldErrors } = error.call;
  if (fieldErrors === undefined) return error;
  const source = kind.source(declared.spec);
  const key = kind.recordKey(record);
  const at = "inline" in source ? source.inline.findIndex((each) => kind.recordKey(each as JsonObject) === key) : -1;
  const named = fieldErrors.map(({ field, message }) => ({
    field: at === -1 ? "/recordsFile" : `/records/${at}/${field.replace(/^(?:\/?\d+|\[\d+\])?[./]?/, "")}`,
    message,
  }));
  return new Refused(error.message, { ...error.call, fieldErrors: named }, { hint: error.hint, cause: error.cause });
}

function recordsFacts(
  sending: RecordsSending,
  chunk: Chunk,
): Pick<EntryDraft, "address" | "version" | "chunk" | "contentDigest"> {
  const { declared, version } = sending;
  return {
    address: declared.address,
    version,
    chunk: chunk.digest,
    contentDigest: declared.records?.summary.contentDigest as string,
  };
}

/** One call. A refused one is halved until the refused record stands alone, so that a bad row keeps nobody else's answer back. */
async function sendSome(
  sending: RecordsSending,
  chunk: Chunk,
  some: readonly JsonObject[],
  counts: RecordCounts,
  lane: Lane,
  how: { readonly isWhole: boolean; readonly isRepeat: boolean },
): Promise<Attempt> {
  try {
    const { limits, ...attempt } = await call(sending, chunk, some, counts, how);
    adapt(lane, limits, true);
    return attempt;
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    if (error instanceof Limited) adapt(lane, 1, false);
    if (!(error instanceof Refused))
      return { open: some, doubted: error instanceof UnknownOutcome ? some : [], rejected: 0, error };
    if (some.length === 1) {
      counts.rejected++;
      return { open: [], doubted: [], rejected: 1, error: located(error, sending, some[0] as JsonObject) };
    }
    const half = Math.ceil(some.length / 2);
    // Smaller calls of what was definitely refused: first tries, each of them.
    const parts = { isWhole: false, isRepeat: false };
    const left = await sendSome(sending, chunk, some.slice(0, half), counts, lane, parts);
    const right = await sendSome(sending, chunk, some.slice(half), counts, lane, parts);
    const first = left.error ?? right.error;
    return {
      open: [...left.open, ...right.open],
      doubted: [...left.doubted, ...right.doubted],
      rejected: left.rejected + right.rejected,
      ...(first === undefined ? {} : { error: first }),
    };
  }
}

const resultsIn = (body: Json | undefined): readonly JsonObject[] =>
  Array.isArray(body) ? (body as readonly JsonObject[]) : [];

async function call(
  sending: RecordsSending,
  chunk: Chunk,
  some: readonly JsonObject[],
  counts: RecordCounts,
  { isWhole, isRepeat }: { readonly isWhole: boolean; readonly isRepeat: boolean },
): Promise<Attempt & { readonly limits: number }> {
  const { kind, api, run, ledger, world } = sending;
  const generation = ledger.generation("records", sending.declared.address, chunk.digest);
  const { idempotencyKey, path, headers, body } = kind.call(some, generation);
  const facts: EntryDraft = {
    ...recordsFacts(sending, chunk),
    phase: "intent",
    action: "records",
    idempotencyKey,
    generation,
    counts: { sent: some.length, [chunk.optOut ? "optOuts" : "optIns"]: some.length },
  };
  await run.append([facts]);
  const startedAt = world.clock.elapsed();
  const hold = holding(run, world.clock, idempotencyKey);
  try {
    const repeat = isRepeat ? { isRepeat } : {};
    const urgent = chunk.optOut;
    const answer = await api.send({ method: "POST", path, headers, body, idempotencyKey, urgent, ...repeat, hold });
    const answers = kind.answers(answer.body, some);
    const tally = noCounts();
    for (const one of answers) tally[one.status]++;
    const open = some.filter((_record, index) => answers[index]?.status === "unknown");
    await sending.onAnswered?.({
      address: sending.declared.address,
      idempotencyKey,
      results: resultsIn(answer.body).filter((_result, index) => (answers[index]?.status ?? "unknown") !== "unknown"),
    });
    // A refused opt-out is a definite refusal: the next run asks under another key, not for the answer that CXone keeps.
    const isRefused = chunk.optOut && tally.rejected > 0;
    const isAnswered = isWhole && open.length === 0 && !isRefused;
    const { chunk: _chunk, ...partial } = facts;
    await run.append([
      {
        // An ok result bears the chunk's digest only when it answers the whole chunk: that is what marks it as done.
        ...(isAnswered || isRefused || open.length > 0 ? facts : partial),
        phase: "result",
        outcome: isRefused ? "failed" : open.length > 0 ? "unknown" : "ok",
        ...(isRefused ? { reason: `${tally.rejected} opt-outs were rejected` } : {}),
        requestId: answer.requestId,
        responseDigest: digest(answer.body ?? null),
        latencyMs: answer.latencyMs,
        counts: {
          sent: some.length,
          created: tally.created,
          updated: tally.updated,
          unchanged: tally.unchanged,
          skipped: tally.skipped,
          rejected: tally.rejected,
          unknown: tally.unknown,
        },
      },
    ]);
    for (const status of definite) counts[status] += tally[status];
    return { open, doubted: open, rejected: tally.rejected, isRecorded: isAnswered, limits: answer.limits ?? 0 };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const outcome = error instanceof UnknownOutcome ? "unknown" : "failed";
    await run.append([
      {
        ...facts,
        phase: "result",
        outcome,
        reason: `${error.code}: ${error.message}`,
        latencyMs: world.clock.elapsed() - startedAt,
      },
    ]);
    throw error;
  }
}
