// The receiver of an environment: takes events, keeps them, and brings each to its consequence, until it is told to stop.
import { Claimed, NotAllowed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { JsonObject } from "../contract/json.ts";
import type { World } from "../contract/world.ts";
import { receiverApp } from "../receive/app.ts";
import { type Counters, createCounters } from "../receive/counters.ts";
import { type Database, openDatabase } from "../receive/database.ts";
import type { Wakes } from "../receive/event.ts";
import { readGauges } from "../receive/gauges.ts";
import { openInbox } from "../receive/inbox.ts";
import { type Limits, listen } from "../receive/listen.ts";
import { sweep } from "../receive/retention.ts";
import { startWaker, type Waker, type Woken } from "../receive/waker.ts";
import { demandOwner } from "./announce.ts";
import { type Applied, settle } from "./apply.ts";
import type { Attribution } from "./attribution.ts";
import { databasePlace } from "./database-place.ts";
import { type Delivering, deliveringTo } from "./deliveries.ts";
import { githubUrls } from "./github-access.ts";
import { Invalid } from "./invalid.ts";
import { type LedgerOptions, storeOf } from "./open-ledger.ts";
import { keysOf, readVariable } from "./receiver-keys.ts";
import { recordTrail } from "./trail.ts";

export interface ServeOptions extends LedgerOptions {
  readonly attribution: Attribution;
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** PostgreSQL; absent: CXFORM_DATABASE_URL, or else a file below the project. */
  readonly databaseUrl?: string | undefined;
  /** Ends it gently. */
  readonly signal: AbortSignal;
  readonly onListening?: (serving: Serving) => void;
  /** Told of each settle that events started. */
  readonly onSettled?: (applied: Applied, events: number) => void;
  /** Told of what failed and is tried again. */
  readonly onTrouble?: (trouble: Trouble) => void;
  readonly limits?: Partial<Limits>;
  /** How long it waits for more events before it acts on them, milliseconds. */
  readonly debounceMs?: number;
}

export interface Serving {
  readonly url: string;
  readonly environment: string;
  /** Without a password. */
  readonly database: string;
}

export interface Trouble {
  readonly what: "settle" | "dispatch" | "record" | "sweep" | "deliver" | "announce";
  readonly error: unknown;
  /** When it is tried again, in milliseconds; 0: at the next occasion. */
  readonly nextTryMs: number;
}

const recordEveryMs = 60_000;
const sweepEveryMs = 3_600_000;
/** A payload has its limits, and a workflow reads CXone anyway. */
const mostTold = 50;

/** Serves until the signal. Throws Invalid without a secret, NotAllowed, StoreUnusable, and what listening throws. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, world } = options;
  const { environment, store } = storeOf(options);
  if (environment.readOnly) {
    throw new NotAllowed(
      "CX4002",
      `environment ${environment.name} is readOnly, and events are recorded in its ledger`,
      "Serve another environment, or take readOnly out of its config.",
    );
  }
  const keys = keysOf(environment, world);
  const dispatch = dispatchOf(environment, world);
  const deliver = await deliveringTo({ config, environment, world });
  const database = await openDatabase(databasePlace(config, environment.name, world, options.databaseUrl));
  const recording = { database, store, environment: environment.name, world, attribution: options.attribution };
  const record = oneAfterAnother(() => recordTrail(recording));
  try {
    await demandOwner(database, environment.name);
    await run(options, { environment, keys, dispatch, database, record, deliver, counters: createCounters() });
  } finally {
    await database.close();
  }
}

interface Parts {
  readonly environment: Environment;
  readonly keys: readonly Uint8Array[];
  readonly dispatch: Dispatch | undefined;
  readonly database: Database;
  readonly counters: Counters;
  /** Brings the ledger up to date. */
  readonly record: () => Promise<void>;
  readonly deliver: Delivering;
}

async function run(options: ServeOptions, parts: Parts): Promise<void> {
  const { world, signal } = options;
  const { environment, database } = parts;
  // Whatever breaks ends all of it: a receiver that only looks alive would be the worst.
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const wakers = new Map<Wakes, Waker>();
  const listening = await listen(appOf(parts, world, wakers), {
    port: options.port,
    host: options.host,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  options.onListening?.({
    url: `http://${host}:${listening.port}`,
    environment: environment.name,
    database: database.label,
  });
  const work = Promise.all(startWork(options, parts, wakers, stop.signal));
  try {
    await Promise.race([work, untilAborted(stop.signal)]);
  } finally {
    await listening.close(world.clock);
    end();
    signal.removeEventListener("abort", end);
    await work;
    // What cannot be recorded now is recorded by the next one.
    await quietly(options, "record", 0, parts.record);
  }
}

function appOf(parts: Parts, { clock }: World, wakers: ReadonlyMap<Wakes, Waker>): ReturnType<typeof receiverApp> {
  const { environment, keys, dispatch, database, counters } = parts;
  const inbox = openInbox({
    database,
    clock,
    hasCrm: environment.hooks.crm !== undefined,
    wakes: new Set<Wakes>(dispatch === undefined ? ["settle"] : ["settle", "cms"]),
    onAccepted: ({ reading }) => {
      if (reading.wakes !== undefined) wakers.get(reading.wakes)?.nudge();
    },
  });
  const ask = () => database.run((sql) => sql.selectFrom("cursors").select("name").limit(1).execute());
  return receiverApp({
    keys,
    unsigned: environment.receiver.unsigned,
    tenant: environment.tenant,
    inbox,
    counters,
    clock,
    isReady: () =>
      ask().then(
        () => true,
        () => false,
      ),
    gauges: () => readGauges(database, clock),
  });
}

/** Everything that goes on beside taking events; each ends with the signal. */
function startWork(
  options: ServeOptions,
  parts: Parts,
  wakers: Map<Wakes, Waker>,
  signal: AbortSignal,
): readonly Promise<void>[] {
  const { clock } = options.world;
  const { environment, dispatch, database, counters, record, deliver } = parts;
  const wake = (wakes: Wakes, what: Trouble["what"], act: (woken: Woken) => Promise<void>): Promise<void> => {
    const waker = startWaker({
      database,
      clock,
      wakes,
      signal,
      ...(options.debounceMs === undefined ? {} : { debounceMs: options.debounceMs }),
      async act(woken) {
        await act(woken);
        counters.woken("ok");
      },
      onFailure(error, nextTryMs) {
        counters.woken("failed");
        options.onTrouble?.({ what, error, nextTryMs });
      },
    });
    wakers.set(wakes, waker);
    return waker.ended;
  };
  const every = async (ms: number, what: Trouble["what"], task: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await quietly(options, what, ms, task);
      await clock.sleep(ms, signal);
    }
  };
  return [
    dispatch === undefined
      ? wake("settle", "settle", (woken) => settleFor(options, parts, woken, signal))
      : wake("settle", "dispatch", (woken) => tellOfTemplates(dispatch, environment, woken)),
    ...(dispatch === undefined
      ? []
      : [wake("cms", "dispatch", (woken) => tellOfContent(dispatch, environment, woken))]),
    deliver(database, signal, (error, nextTryMs) => options.onTrouble?.({ what: "deliver", error, nextTryMs })),
    every(recordEveryMs, "record", record),
    every(sweepEveryMs, "sweep", () => sweep(database, clock.now() - environment.receiver.retentionMs)),
  ];
}

/** What is tried again anyway; another run's claim is no trouble. */
async function quietly(
  { onTrouble }: ServeOptions,
  what: Trouble["what"],
  nextTryMs: number,
  task: () => Promise<void>,
): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof Claimed)) onTrouble?.({ what, error, nextTryMs });
  }
}

/** The settle reads CXone and believes nothing else: an event only says that it is time to look. */
async function settleFor(
  options: ServeOptions,
  { environment, record }: Parts,
  woken: Woken,
  signal: AbortSignal,
): Promise<void> {
  await record();
  const applied = await settle({
    config: options.config,
    environment: environment.name,
    world: options.world,
    attribution: options.attribution,
    databaseUrl: options.databaseUrl,
    onWarning: (error) => options.onTrouble?.({ what: "announce", error, nextTryMs: 0 }),
    isStopped: () => signal.aborted,
  });
  options.onSettled?.(applied, woken.events);
}

async function tellOfTemplates(dispatch: Dispatch, environment: Environment, woken: Woken): Promise<void> {
  const templates = woken.claims.slice(0, mostTold).map(({ subject, status }) => ({ id: subject, status }));
  await dispatch("cxform-template-event", { environment: environment.name, events: woken.events, templates });
}

async function tellOfContent(dispatch: Dispatch, environment: Environment, woken: Woken): Promise<void> {
  const names = woken.names.slice(0, mostTold);
  await dispatch("cxform-cms-event", { environment: environment.name, events: woken.events, names });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
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
