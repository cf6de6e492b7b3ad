// Performs one write: announces it in the ledger, sends it, and records what became of it. The only way from a step to CXone.
import { digest, nameUuid } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import {
  CallFailure,
  Conflict,
  Forbidden,
  Limited,
  Missing,
  Unauthorised,
  Unexpected,
  UnknownOutcome,
  Unreachable,
} from "../base/failure.ts";
import type { Answer, WriteApi } from "../contract/api.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Accepted, Observed, Performer, Version, WriteCall } from "../contract/kind.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../ledger/run.ts";
import { holding } from "./hold.ts";

export interface PerformerOptions {
  readonly api: WriteApi;
  readonly run: Run;
  readonly ledger: Ledger;
  readonly world: Pick<World, "clock" | "chance">;
  readonly address: string;
  readonly version: Version;
  /** What the write submits: its digest in the comparable form, and the masked form that is kept. */
  readonly content?: { readonly digest: string; readonly masked: JsonObject };
  /** Sent once and never looked at again: where keys are not honoured, a lost request must be waited out. */
  readonly isOnce: boolean;
  /** Once it aborts, nothing is waited for or sent again. */
  readonly signal?: AbortSignal | undefined;
  remoteIdOf(address: string): string;
  secret(variable: string): string;
  /** Told of each definite or unknown result. */
  onWrite(outcome: { readonly requestId?: string; readonly latencyMs: number }): void;
}

/** CXONE-API §2: sends of a write whose outcome is unknown, each after a read-back that found nothing and within the run's retries. */
const mostSends = 3;

export function createPerformer(options: PerformerOptions): Performer {
  return {
    api: options.api,
    remoteIdOf: options.remoteIdOf,
    secret: options.secret,
    sleep: (ms) => options.world.clock.sleep(ms, options.signal),
    write: (call) => write(options, call),
  };
}

interface Sending {
  readonly call: WriteCall;
  readonly key: string;
  readonly facts: EntryDraft;
  readonly body: Json | undefined;
  readonly hold: () => Promise<void>;
}

/** CXONE-API §1: UUIDv5(operation, address, version, canonical body without timestamps, generation). */
export function idempotencyKey(
  operation: string,
  address: string,
  version: Version,
  body: Json,
  generation: number,
): string {
  return nameUuid([operation, address, version, body, generation]);
}

async function write(options: PerformerOptions, call: WriteCall): Promise<Accepted> {
  const { address, version, ledger, run } = options;
  const generation = ledger.generation(call.operation, address, version);
  const key = idempotencyKey(call.operation, address, version, call.keyBody, generation);
  const begun = ledger.state.resources[address]?.versions.find((one) => one.version === version)?.begun;
  const openSince = ledger.openSince(key);
  const facts: EntryDraft = {
    phase: "intent",
    action: call.operation,
    address,
    version,
    ...(call.remoteName === undefined ? {} : { remoteName: call.remoteName }),
    ...(call.remoteId === undefined ? {} : { remoteId: call.remoteId }),
    ...(options.content === undefined ? {} : { digest: options.content.digest }),
    idempotencyKey: key,
    generation,
  };
  const contents =
    options.content === undefined ? [] : [{ digest: options.content.digest, content: options.content.masked }];
  const [intent] = await run.append([facts], contents);
  // A retry repeats the same bytes: times in the body are those of the first intent that bore this key.
  const bodyAt = openSince ?? intent?.at ?? isoTime(options.world.clock.now());
  const hold = holding(run, options.world.clock, key);
  const sending: Sending = { call, key, facts, body: call.body?.(Date.parse(bodyAt)), hold };
  const startedAt = options.world.clock.elapsed();
  try {
    const accepted = await settleWrite(
      options,
      sending,
      openSince !== undefined || begun?.operation === call.operation,
    );
    await record(options, sending, startedAt, accepted);
    return accepted;
  } catch (error) {
    await recordFailure(options, sending, startedAt, error);
    throw error;
  }
}

interface Settled extends Accepted {
  readonly answer?: Answer;
}

/** Sends until the outcome is known, or until reading back and re-sending with the same key have not told it. */
async function settleWrite(options: PerformerOptions, sending: Sending, mayHaveArrived: boolean): Promise<Settled> {
  const { call } = sending;
  // What is sent once and found nowhere may be absent or late: the server's key tells, or else waiting.
  const isHidden = options.isOnce && !options.api.capabilities.idempotencyKeys;
  let isDoubtful = mayHaveArrived;
  let lost: UnknownOutcome | undefined;
  for (let sends = 0; sends < mostSends && (sends === 0 || !isStopped(options)); sends++) {
    if (isDoubtful) {
      // Also what a dead run has sent may still be on its way (CXONE-API §2).
      const found = await seek(options, sending, isHidden);
      if (found !== undefined) return { observed: found };
    }
    try {
      const answer = await send(options, sending, sends > 0);
      const accepted = acceptOrDoubt(call, answer);
      if (accepted !== undefined) return { ...accepted, answer };
      const found = await seek(options, sending, false);
      if (found !== undefined) return { observed: found, answer };
      lost = doubt(call, "the answer shows no object and reading back found none");
    } catch (error) {
      if (error instanceof Conflict && (call.isTransition || isDoubtful)) {
        // What is there already is done, whether by this write's first copy or by somebody else's. A first copy may also arrive after this one was refused.
        const found = await seek(options, sending, isDoubtful);
        if (found !== undefined) return { observed: found };
      }
      if (error instanceof Missing) {
        const found = await reading(call, async () => call.missing?.(options.api));
        if (found !== undefined) return { observed: found };
      }
      if (!(error instanceof UnknownOutcome)) {
        // Turned away unread, this copy says nothing of an earlier one: unknown stays unknown, under the same key (RELIABILITY I6).
        if (isDoubtful && isTurnedAway(error)) throw doubt(call, `an earlier copy may arrive: ${error.message}`, error);
        throw error;
      }
      lost = error;
    }
    isDoubtful = true;
  }
  const found = await seek(options, sending, isHidden);
  if (found !== undefined) return { observed: found };
  throw lost ?? doubt(call, "no answer told the outcome");
}

const isTurnedAway = (error: unknown): error is CallFailure =>
  error instanceof Limited ||
  error instanceof Unreachable ||
  error instanceof Unauthorised ||
  error instanceof Forbidden;

function send(options: PerformerOptions, { call, key, body, hold }: Sending, isRepeat: boolean): Promise<Answer> {
  return options.api.send({
    method: call.method,
    path: call.path,
    ...(call.segments === undefined ? {} : { segments: call.segments }),
    ...(call.query === undefined ? {} : { query: call.query }),
    ...(call.headers === undefined ? {} : { headers: call.headers }),
    ...(body === undefined ? {} : { body }),
    idempotencyKey: key,
    ...(isRepeat ? { isRepeat } : {}),
    hold,
  });
}

/** Reads for the effect. A read that fails leaves the outcome unknown: "not read" is never "not there". */
async function seek(
  options: PerformerOptions,
  { call, key }: Sending,
  waitsOut: boolean,
): Promise<Observed | undefined> {
  const readBack = () => reading(call, () => call.readBack(options.api, key));
  const found = await readBack();
  // RELIABILITY §2.3 S5: a lost request may land after a read-back said "absent".
  if (found !== undefined || !waitsOut) return found;
  await options.world.clock.sleep(options.api.capabilities.requestLifeMs, options.signal);
  if (isStopped(options)) throw doubt(call, "the run was interrupted while a lost request could still arrive");
  return readBack();
}

const isStopped = ({ signal }: PerformerOptions): boolean => signal?.aborted === true;

async function reading<T>(call: WriteCall, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw doubt(call, `reading back failed: ${error.message}`, error);
  }
}

function acceptOrDoubt(call: WriteCall, answer: Answer): Accepted | undefined {
  try {
    return call.accept(answer);
  } catch (error) {
    if (error instanceof Unexpected) return undefined;
    throw error;
  }
}

function doubt(call: WriteCall, why: string, cause?: unknown): UnknownOutcome {
  return new UnknownOutcome(
    `${call.operation} of ${call.remoteName ?? call.path}: ${why}`,
    { family: "", method: call.method, path: call.path },
    { hint: "Run apply again: it reads CXone before it sends anything.", cause },
  );
}

async function record(options: PerformerOptions, sending: Sending, startedAt: number, settled: Settled): Promise<void> {
  const { answer, observed, jobId } = settled;
  const latencyMs = answer?.latencyMs ?? options.world.clock.elapsed() - startedAt;
  await options.run.append([
    {
      ...sending.facts,
      phase: "result",
      outcome: "ok",
      status: observed.status,
      remoteId: observed.remoteId,
      remoteName: observed.remoteName,
      ...(jobId === undefined ? {} : { jobId }),
      ...(observed.reason === undefined ? {} : { reason: observed.reason }),
      ...(observed.decidedAt === undefined ? {} : { decidedAt: observed.decidedAt }),
      ...(answer === undefined ? {} : { requestId: answer.requestId, responseDigest: digest(answer.body ?? null) }),
      latencyMs,
    },
  ]);
  options.onWrite({ latencyMs, ...(answer === undefined ? {} : { requestId: answer.requestId }) });
}

async function recordFailure(
  options: PerformerOptions,
  sending: Sending,
  startedAt: number,
  error: unknown,
): Promise<void> {
  const latencyMs = options.world.clock.elapsed() - startedAt;
  const requestId = error instanceof CallFailure ? error.call.requestId : undefined;
  // Whatever is not a definite refusal may have taken effect: it is unknown, and never turned into a failure without evidence.
  const isDefinite =
    error instanceof CallFailure && !(error instanceof UnknownOutcome) && !(error instanceof Unexpected);
  await options.run.append([
    {
      ...sending.facts,
      phase: "result",
      outcome: isDefinite ? "failed" : "unknown",
      reason: error instanceof CallFailure ? `${error.code}: ${error.message}` : "the run was interrupted",
      ...(requestId === undefined ? {} : { requestId }),
      latencyMs,
    },
  ]);
  options.onWrite({ latencyMs, ...(requestId === undefined ? {} : { requestId }) });
}
