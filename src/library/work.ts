// What the receiver does beside taking events: it settles, starts workflows, delivers, records and sweeps, until it is told to stop. It may run in a thread of its own, so it knows no HTTP.
import { Claimed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { JsonObject } from "../contract/json.ts";
import type { World } from "../contract/world.ts";
import type { Gauge } from "../receive/counters.ts";
import { type Database, openDatabase } from "../receive/database.ts";
import { isDecision, type Wakes } from "../receive/event.ts";
import type { ClaimingEvent } from "../receive/fold.ts";
import { readGauges } from "../receive/gauges.ts";
import { sweep } from "../receive/retention.ts";
import { startWaker, type Waker, type WakerOptions, type Woken } from "../receive/waker.ts";
import { demandOwner } from "./announce.ts";
import { type Applied, settle } from "./apply.ts";
import type { Attribution } from "./attribution.ts";
import { databasePlace } from "./database-place.ts";
import { type Delivering, deliveringTo } from "./deliveries.ts";
import { githubUrls } from "./github-access.ts";
import { Invalid } from "./invalid.ts";
import { type LedgerOptions, storeOf } from "./open-ledger.ts";
import { readVariable } from "./receiver-keys.ts";
import { recordTrail } from "./trail.ts";

export interface WorkOptions extends LedgerOptions {
  readonly attribution: Attribution;
  /** PostgreSQL; absent: CXFORM_DATABASE_URL, or else a file below the project. */
  readonly databaseUrl?: string | undefined;
  /** How long it waits for more events before it acts on them, milliseconds. */
  readonly debounceMs?: number | undefined;
  /** Told of each settle that events started; of 0 events where it looked again for earlier ones. */
  readonly onSettled?: ((applied: Applied, events: number) => void) | undefined;
  /** Told of what failed and is tried again. */
  readonly onTrouble?: ((trouble: Trouble) => void) | undefined;
  /** Told of what events started. */
  readonly onWoken?: ((outcome: "ok" | "failed") => void) | undefined;
}

export interface Trouble {
  readonly what: "settle" | "dispatch" | "record" | "sweep" | "deliver" | "announce";
  readonly error: unknown;
  /** When it is tried again, in milliseconds; 0: at the next occasion. */
  readonly nextTryMs: number;
}

/** Who takes events calls it and waits for nothing of it but its end. */
export interface Work {
  /** From now on it acts. */
  begin(): void;
  /** There is a new event of this sort. */
  nudge(wakes: Wakes): void;
  /** How much waits and since when. Throws StoreUnusable. */
  gauges(): Promise<readonly Gauge[]>;
  /** Nothing new is started; what is under way goes on to its end. */
  stop(): void;
  /** After the last event: waits for what is under way, and the ledger gets what it lacks. Throws what broke it. */
  finish(): Promise<void>;
  /** Rejects when it breaks; nothing is done any more then. */
  readonly failed: Promise<never>;
}

const recordEveryMs = 60_000;
const sweepEveryMs = 3_600_000;
/** A payload has its limits, and a workflow reads CXone anyway. */
const mostTold = 50;

interface Parts {
  readonly environment: Environment;
  readonly dispatch: Dispatch | undefined;
  readonly database: Database;
  /** Brings the ledger up to date. */
  readonly record: () => Promise<void>;
  readonly deliver: Delivering;
}

/** Reads its variables and opens its database; it acts once it has begun. Throws Invalid, StoreUnusable. */
export async function openWork(options: WorkOptions): Promise<Work> {
  const { config, world } = options;
  const { environment, store } = storeOf(options);
  const dispatch = dispatchOf(environment, world);
  const deliver = await deliveringTo({ config, environment, world });
  const database = await openDatabase(databasePlace(config, environment.name, world, options.databaseUrl));
  try {
    await demandOwner(database, environment.name);
  } catch (error) {
    await database.close();
    throw error;
  }
  const recording = { database, store, environment: environment.name, world, attribution: options.attribution };
  const record = oneAfterAnother(() => recordTrail(recording));
  return workOf(options, { environment, dispatch, database, record, deliver });
}

function workOf(options: WorkOptions, parts: Parts): Work {
  const { database, record } = parts;
  const stop = new AbortController();
  const wakers = new Map<Wakes, Waker>();
  let running: readonly Promise<void>[] | undefined;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Who has ended already need not listen.
  failed.catch(() => undefined);
  return {
    failed,
    begin() {
      running = startAll(options, parts, wakers, stop.signal);
      for (const one of running) one.catch(fail);
    },
    nudge: (wakes) => wakers.get(wakes)?.nudge(),
    gauges: () => readGauges(database, options.world.clock),
    stop: () => stop.abort(),
    async finish() {
      stop.abort();
      try {
        if (running === undefined) return;
        // What broke keeps nothing else from its end.
        await Promise.allSettled(running);
        await Promise.all(running);
        // What cannot be recorded now is recorded by the next one.
        await quietly(options, "record", 0, record);
      } finally {
        await database.close();
      }
    },
  };
}

/** Each ends with the signal. */
function startAll(
  options: WorkOptions,
  parts: Parts,
  wakers: Map<Wakes, Waker>,
  signal: AbortSignal,
): readonly Promise<void>[] {
  const { clock } = options.world;
  const { environment, dispatch, database, record, deliver } = parts;
  const wake = (wakes: Wakes, what: Trouble["what"], act: WakerOptions["act"]): Promise<void> => {
    const waker = startWaker({
      database,
      clock,
      wakes,
      signal,
      ...(options.debounceMs === undefined ? {} : { debounceMs: options.debounceMs }),
      async act(woken) {
        const open = await act(woken);
        options.onWoken?.("ok");
        return open;
      },
      onFailure(error, nextTryMs) {
        options.onWoken?.("failed");
        options.onTrouble?.({ what, error, nextTryMs });
      },
    });
    wakers.set(wakes, waker);
    return waker.ended;
  };
  const again = async (ms: number, what: Trouble["what"], task: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      await clock.sleep(ms, signal);
      if (signal.aborted) return;
      await quietly(options, what, ms, task);
    }
  };
  const recording = quietly(options, "record", recordEveryMs, record);
  const sweeping = quietly(options, "sweep", sweepEveryMs, () => sweepIn(parts, clock));
  const onDeliveryTrouble = (error: unknown, nextTryMs: number): void =>
    options.onTrouble?.({ what: "deliver", error, nextTryMs });
  return [
    dispatch === undefined
      ? wake("settle", "settle", (woken) => settleFor(options, parts, woken, signal))
      : wake("settle", "dispatch", (woken) => tellOfTemplates(dispatch, environment, woken)),
    ...(dispatch === undefined
      ? []
      : [wake("cms", "dispatch", (woken) => tellOfContent(dispatch, environment, woken))]),
    // What is too old is given up before it is tried: a sweep passes over what is under way.
    sweeping.then(() => deliver(database, signal, onDeliveryTrouble)),
    recording.then(() => again(recordEveryMs, "record", record)),
    sweeping.then(() => again(sweepEveryMs, "sweep", () => sweepIn(parts, clock))),
  ];
}

function sweepIn({ database, environment: { name, receiver, hooks } }: Parts, clock: World["clock"]): Promise<unknown> {
  const { retentionMs } = receiver;
  return sweep({ database, environment: name, clock, retentionMs, noticeFormat: hooks.notify?.format });
}

/** What is tried again anyway; another run's claim is no trouble. */
async function quietly(
  { onTrouble }: WorkOptions,
  what: Trouble["what"],
  nextTryMs: number,
  task: () => Promise<unknown>,
): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Claimed)) onTrouble?.({ what, error, nextTryMs });
  }
}

/** The settle reads CXone and believes nothing else: an event only says that it is time to look. Answers what CXone does not show yet. */
async function settleFor(
  options: WorkOptions,
  { environment, record }: Parts,
  woken: Woken,
  signal: AbortSignal,
): Promise<readonly ClaimingEvent[]> {
  await record();
  const applied = await settle({
    config: options.config,
    environment: environment.name,
    world: options.world,
    attribution: options.attribution,
    databaseUrl: options.databaseUrl,
    onWarning: (error) => options.onTrouble?.({ what: "announce", error, nextTryMs: 0 }),
    signal,
  });
  options.onSettled?.(applied, woken.events);
  return undecided(applied, woken.claims);
}

/** Claims of a decision about what waits for one, by what was read just now. Of what is not ours nothing is awaited. */
function undecided({ pending }: Applied, claims: readonly ClaimingEvent[]): readonly ClaimingEvent[] {
  const waiting = new Set(pending.flatMap(({ by, remoteId }) => (by === "pending" ? [remoteId] : [])));
  return claims.filter(({ subject, status }) => waiting.has(subject) && isDecision(status));
}

/** A workflow waits by itself. */
async function tellOfTemplates(dispatch: Dispatch, environment: Environment, woken: Woken): Promise<[]> {
  const templates = woken.claims.slice(0, mostTold).map(({ subject, status }) => ({ id: subject, status }));
  await dispatch("cxform-template-event", { environment: environment.name, events: woken.events, templates });
  return [];
}

async function tellOfContent(dispatch: Dispatch, environment: Environment, woken: Woken): Promise<[]> {
  const names = woken.names.slice(0, mostTold);
  await dispatch("cxform-cms-event", { environment: environment.name, events: woken.events, names });
  return [];
}

/** Calls wait for each other: two of them would find each other's claim. */
function oneAfterAnother(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(work, work);
    return last;
  };
}

/** Starts workflows by `repository_dispatch`; `eventType` is what one names under its `types`. */
type Dispatch = (eventType: string, payload: JsonObject) => Promise<void>;

/** Throws Invalid when the token's variable is not set. */
function dispatchOf(environment: Environment, world: World): Dispatch | undefined {
  const { dispatch } = environment.receiver;
  if (dispatch === undefined) return undefined;
  const { token, repository } = dispatch;
  const value = readVariable(token, world, `Set ${token.variable} to a token with contents: write on ${repository}.`);
  if ("diagnostic" in value) throw new Invalid([value.diagnostic]);
  return async (eventType, payload) => {
    // Lazy: only a receiver that starts workflows pays for loading octokit.
    const [{ openGitHub }, github] = await Promise.all([
      import("../github/client.ts"),
      import("../github/dispatch.ts"),
    ]);
    const client = openGitHub({ token: value.value, repository, ...githubUrls(world), world });
    await github.dispatch(client, eventType, payload);
  };
}
