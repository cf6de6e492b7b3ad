// Sends a batch's chunks: opt-outs before everything, each record's own answer counted, until CXone has answered for all of them.

import { digest } from "../base/digest.ts";
import {
  CallFailure,
  Conflict,
  type Failure,
  Limited,
  RecordsChanged,
  Refused,
  UnknownOutcome,
} from "../base/failure.ts";
import type { WriteApi } from "../contract/api.ts";
import type { Chunk, ChunkSummary, Declared } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { RecordAnswer, RecordsKind, Version } from "../contract/kind.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../ledger/run.ts";
import { chunksToSend } from "../plan/records.ts";
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
  /** Whether an opt-out of that contact and channel is open elsewhere; asked of opt-ins alone. */
  readonly isHeld: (recordKey: string) => boolean;
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
  readonly error?: Failure;
  /** Opt-outs that CXone has not confirmed, those included that were not reached. */
  readonly unconfirmedOptOuts: number;
  /** Opt-ins that wait for an opt-out. */
  readonly held: number;
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
/** So many chunks in a row without any answer, and the lane's others are left to the next run. */
const breaksAfter = 5;

/** What stands in a chunk's way, from what concerns its records alone to what no other chunk would fare better with. */
const trouble = { none: 0, refused: 1, unknown: 2, limited: 3, lasting: 4 } as const;
type Trouble = (typeof trouble)[keyof typeof trouble];

function troubleOf(error: CallFailure): Trouble {
  if (error instanceof Refused || error instanceof Conflict) return trouble.refused;
  if (error instanceof UnknownOutcome) return trouble.unknown;
  return error instanceof Limited ? trouble.limited : trouble.lasting;
}

const worse = (one: Trouble, other: Trouble): Trouble => (one > other ? one : other);

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

/** Sends the chunks of one lane (opt-outs or opt-ins) that CXone has not answered yet. Never throws for what CXone answers, nor for a file that changed. */
export async function sendLane(sending: RecordsSending, optOut: boolean): Promise<RecordsOutcome> {
  const { declared, ledger } = sending;
  const resource = ledger.state.resources[declared.address];
  const open = chunksToSend(declared, resource, optOut).filter((chunk) => chunk.optOut === optOut);
  const progress: Progress = {
    counts: noCounts(),
    lane: { size: mostPerCall, quiet: 0 },
    unanswered: open.reduce((sum, chunk) => sum + chunk.count, 0),
    held: 0,
    unknownInARow: 0,
    wasStopped: false,
  };
  try {
    for (const chunks of inTurn(sending, open)) {
      const goesOn = await sendChunks(sending, new Set(chunks.map((chunk) => chunk.digest)), optOut, progress);
      if (!goesOn) break;
    }
  } catch (error) {
    if (!(error instanceof RecordsChanged)) throw error;
    progress.error ??= error;
  }
  const { counts, unanswered, held, wasStopped, error } = progress;
  return {
    counts,
    unconfirmedOptOuts: optOut ? unanswered : 0,
    held,
    isComplete: unanswered === 0,
    wasStopped,
    ...(error === undefined ? {} : { error }),
  };
}

interface Progress {
  readonly counts: RecordCounts;
  readonly lane: Lane;
  /** Records of the lane that have no definite answer yet. */
  unanswered: number;
  held: number;
  unknownInARow: number;
  wasStopped: boolean;
  error?: Failure;
}

/** What has failed goes last: chunks that fail for ever keep no others from CXone. */
function inTurn(
  { ledger, declared }: RecordsSending,
  open: readonly ChunkSummary[],
): readonly (readonly ChunkSummary[])[] {
  const hasFailed = (chunk: ChunkSummary): boolean => ledger.hasFailed("records", declared.address, chunk.digest);
  return [open.filter((chunk) => !hasFailed(chunk)), open.filter(hasFailed)].filter((chunks) => chunks.length > 0);
}

/** False: the lane ends here. */
async function sendChunks(
  sending: RecordsSending,
  digests: ReadonlySet<string>,
  optOut: boolean,
  progress: Progress,
): Promise<boolean> {
  const { declared, kind } = sending;
  const { counts, lane } = progress;
  for await (const chunk of declared.records?.chunks((one) => digests.has(one.digest)) ?? []) {
    if (sending.isStopped()) {
      progress.wasStopped = true;
      return false;
    }
    if (!optOut && chunk.records.some((record) => sending.isHeld(kind.recordKey(record)))) {
      progress.held += chunk.count;
      continue;
    }
    const wanted = chunk.records.filter((record) => !sending.older.has(kind.recordKey(record)));
    counts.older += chunk.count - wanted.length;
    const done = await sendChunk(sending, chunk, wanted, counts, lane);
    if (done.error !== undefined) progress.error ??= done.error;
    progress.unanswered -= chunk.count - done.open;
    // Records, not calls: however often one went, it is one (RELIABILITY S7: what was sent adds up).
    counts.sent = counts.unknown + definite.reduce((sum, status) => sum + counts[status], 0);
    // A family that refuses our credentials, cannot be reached or asks us to wait does the same with the next chunk.
    if (done.trouble >= trouble.limited) return false;
    progress.unknownInARow = done.trouble === trouble.unknown ? progress.unknownInARow + 1 : 0;
    if (progress.unknownInARow === breaksAfter) return false;
  }
  return true;
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
  /** Records without a definite answer; of opt-outs also those that were rejected. */
  readonly open: number;
  /** What the last round has met, where something is open. */
  readonly trouble: Trouble;
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
  readonly trouble: Trouble;
  /** The first failure that is to be told. */
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
  let met: Trouble = trouble.none;
  for (let round = 0; round < mostRounds && open.length > 0 && (round === 0 || !sending.isStopped()); round++) {
    const left: JsonObject[] = [];
    met = trouble.none;
    const isWhole = open === wanted && open.length === chunk.count && open.length <= lane.size;
    for (let at = 0; at < open.length; ) {
      // A 429 makes the lane smaller: what went is what was sliced, not what would be sliced now.
      const some = open.slice(at, at + lane.size);
      at += some.length;
      const attempt = await sendSome(sending, chunk, some, counts, lane, { isWhole, isRepeat: round > 0 });
      if (attempt.isRecorded === true) return { open: 0, trouble: trouble.none };
      left.push(...attempt.open);
      for (const record of attempt.doubted) doubted.add(record);
      rejected += attempt.rejected;
      error ??= attempt.error;
      met = worse(met, attempt.trouble);
    }
    open = left;
    if (met === trouble.lasting) break;
  }
  // What was definitely refused was not done; only a lost or contradicting answer leaves a doubt, whatever came of later copies.
  counts.unknown += open.filter((record) => doubted.has(record)).length;
  // An opt-out that CXone rejects is not confirmed: it stays open, and the run stays red (RELIABILITY I1).
  const unanswered = open.length + (chunk.optOut ? rejected : 0);
  if (unanswered > 0) return { open: unanswered, trouble: met, ...(error === undefined ? {} : { error }) };
  await sending.run.append([{ ...recordsFacts(sending, chunk), phase: "event", action: "records" }]);
  // A refusal is an answer, and the author is told which.
  const told = error === undefined || troubleOf(error) !== trouble.refused ? {} : { error };
  return { open: 0, trouble: trouble.none, ...told };
}

/** The refusal of one record, its fields named from the batch's spec: CXone knows only the call in which the record stood. */
function located(error: CallFailure, { kind, declared }: RecordsSending, record: JsonObject): CallFailure {
  const { fieldErrors } = error.call;
  if (fieldErrors === undefined) return error;
  const source = kind.source(declared.spec);
  const key = kind.recordKey(record);
  const at = "inline" in source ? source.inline.findIndex((each) => kind.recordKey(each as JsonObject) === key) : -1;
  const named = fieldErrors.map(({ field, message }) => ({
    field: at === -1 ? "/recordsFile" : `/records/${at}/${field.replace(/^(?:\/?\d+|\[\d+\])?[./]?/, "")}`,
    message,
  }));
  const Same = error instanceof Conflict ? Conflict : Refused;
  return new Same(error.message, { ...error.call, fieldErrors: named }, { hint: error.hint, cause: error.cause });
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

/**
 * One call. A refused one is halved until the refused record stands alone, so that a bad row keeps nobody else's answer back. 409 is such a
 * refusal, too: of times that contradict each other (CXONE-API §7).
 */
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
    const met = troubleOf(error);
    if (met !== trouble.refused)
      return { open: some, doubted: met === trouble.unknown ? some : [], rejected: 0, trouble: met, error };
    // A 409 may also say that a copy of ours is still on its way; it is a refusal once another key has met it as well.
    if (some.length === 1 && error instanceof Conflict && !how.isRepeat)
      return { open: some, doubted: some, rejected: 0, trouble: met };
    if (some.length === 1) {
      counts.rejected++;
      const told = located(error, sending, some[0] as JsonObject);
      return { open: [], doubted: [], rejected: 1, trouble: met, error: told };
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
      trouble: worse(left.trouble, right.trouble),
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
    const limits = answer.limits ?? 0;
    return { open, doubted: open, rejected: tally.rejected, isRecorded: isAnswered, trouble: trouble.none, limits };
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
