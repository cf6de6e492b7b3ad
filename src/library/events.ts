// The outbox by hand: what waits and what was given up, sending it now, trying dead letters again, erasing a contact. No answer holds a body or a contact id.

import { isoTime } from "../base/duration.ts";
import { Claimed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import { openLedger } from "../ledger/ledger.ts";
import { type Database, openDatabase } from "../receive/database.ts";
import { flush, type Settled } from "../receive/drain.ts";
import { type Erased, erase } from "../receive/erasure.ts";
import { type Delivery, openDeliveries, revive } from "../receive/outbox.ts";
import { sweep } from "../receive/retention.ts";
import { NotFound } from "./address-query.ts";
import { announce, demandOwner } from "./announce.ts";
import type { Attribution } from "./attribution.ts";
import { isContactId } from "./consent.ts";
import { databasePlace } from "./database-place.ts";
import { Invalid } from "./invalid.ts";
import { type LedgerOptions, storeOf } from "./open-ledger.ts";
import { targetsOf } from "./targets.ts";
import { recordTrail } from "./trail.ts";
import { openWorkplace } from "./workplace.ts";

export interface EventsOptions extends LedgerOptions {
  /** PostgreSQL; absent: CXFORM_DATABASE_URL, or else a file below the project. */
  readonly databaseUrl?: string | undefined;
}

/** A delivery that waits or was given up. Times are ISO. */
export interface OpenDelivery {
  readonly id: string;
  readonly target: string;
  readonly address: string | null;
  readonly state: "waiting" | "dead";
  readonly attempts: number;
  readonly createdAt: string;
  /** When it is tried again; null for a dead letter. */
  readonly nextAt: string | null;
  readonly error: string | null;
  /** Its body is gone, by retention or at a contact's request: it cannot be sent any more. */
  readonly isErased: boolean;
}

export interface Events {
  readonly environment: string;
  readonly waiting: number;
  readonly dead: number;
  readonly deliveries: readonly OpenDelivery[];
}

/** What waits and what was given up. Throws Invalid, StoreUnusable. */
export async function listEvents(options: EventsOptions): Promise<Events> {
  return inDatabase(options, ({ database, environment }) => eventsOf(database, environment));
}

async function eventsOf(database: Database, environment: Environment): Promise<Events> {
  const deliveries = (await openDeliveries(database)).map(shown);
  const count = (state: string): number => deliveries.filter((one) => one.state === state).length;
  return { environment: environment.name, waiting: count("waiting"), dead: count("dead"), deliveries };
}

function shown({ settledAt: _settledAt, state, createdAt, nextAt, ...rest }: Delivery): OpenDelivery {
  return {
    ...rest,
    state: state === "dead" ? "dead" : "waiting",
    createdAt: isoTime(createdAt),
    nextAt: nextAt === null ? null : isoTime(nextAt),
  };
}

export interface RetryOptions extends EventsOptions {
  /** Absent or empty: every dead letter. */
  readonly ids?: readonly string[];
}

/** Lets dead letters wait again; answers their ids. Throws Invalid, StoreUnusable, NotFound for an id that is no dead letter. */
export async function retryEvents(
  options: RetryOptions,
): Promise<{ readonly environment: string; readonly retried: readonly string[] }> {
  const { ids = [] } = options;
  return inDatabase(options, async ({ database, environment }) => {
    if (ids.length > 0) await demandDead(database, ids);
    const now = options.world.clock.now();
    const retried = await revive(database, ids.length === 0 ? undefined : ids, now);
    return { environment: environment.name, retried };
  });
}

async function demandDead(database: Database, ids: readonly string[]): Promise<void> {
  const dead = new Set(
    (await openDeliveries(database)).filter(({ state, isErased }) => state === "dead" && !isErased).map(({ id }) => id),
  );
  const unknown = ids.filter((id) => !dead.has(id));
  if (unknown.length === 0) return;
  throw new NotFound(
    "CX4065",
    `${unknown.length === 1 ? "there is no dead letter" : `${unknown.length} of the ids are of no dead letter, the first is`} ${unknown[0]}`,
    "Copy the id from cxform events list; what has no body any more cannot be sent again.",
  );
}

export interface FlushOptions extends EventsOptions {
  readonly attribution: Attribution;
  /** How long it may take, in milliseconds. */
  readonly forMs: number;
  readonly signal?: AbortSignal;
  /** Told of each delivery that ended. */
  readonly onDelivered?: (settled: Settled) => void;
}

export interface Flushed extends Events {
  readonly delivered: number;
  /** Dead letters of this flush; `dead` counts the older ones too. */
  readonly givenUp: number;
  /** Whether the ledger has what was delivered; another run may hold it. */
  readonly isRecorded: boolean;
  /** 0; 3 when something still waits for a configured hook, or was given up just now. */
  readonly exit: number;
}

/**
 * Announces what the ledger has to tell, delivers until nothing waits or the time is over, and records the deliveries in the ledger.
 * Throws Invalid, StoreUnusable, BrokenChain, LedgerUnusable.
 */
export async function flushEvents(options: FlushOptions): Promise<Flushed> {
  const { world } = options;
  const { environment: named, store } = storeOf(options);
  const contacts = named.hooks.auditSink;
  const workplace = await openWorkplace({ ...options, planning: false, contacts });
  try {
    const { environment } = workplace;
    if (contacts) {
      const obstacles = workplace.obstacles(["messaging"]);
      if (obstacles.length > 0) throw new Invalid(obstacles);
    }
    const targets = targetsOf(environment, world, () => workplace.client.writer("messaging"));
    return await inDatabase(options, async ({ database }) => {
      const ledger = await openLedger(store, { environment: environment.name });
      await announce({ database, ledger, environment, world });
      const noticeFormat = environment.hooks.notify?.format;
      const { retentionMs } = environment.receiver;
      // Where no receiver runs, nobody else does it.
      await sweep({ database, environment: environment.name, clock: world.clock, retentionMs, noticeFormat });
      const ended = deadline(options);
      const { delivered, dead: givenUp } = await flush({
        database,
        environment: environment.name,
        targets,
        world,
        noticeFormat,
        signal: ended.signal,
        onSettled: options.onDelivered,
      }).finally(() => ended.clear());
      const { attribution } = options;
      const isRecorded = await recordTrail({ database, store, environment: environment.name, world, attribution }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof Claimed)) throw error;
          return false;
        },
      );
      const events = await eventsOf(database, environment);
      const isLeft = events.deliveries.some(({ state, target }) => state === "waiting" && isAmong(target, targets));
      return { ...events, delivered, givenUp, isRecorded, exit: isLeft || givenUp > 0 ? 3 : 0 };
    });
  } finally {
    await workplace.close();
  }
}

const isAmong = (target: string, targets: ReadonlyMap<string, unknown>): boolean => targets.has(target);

function deadline({ world, forMs, signal }: FlushOptions): { readonly signal: AbortSignal; clear(): void } {
  const over = new AbortController();
  const cleared = new AbortController();
  const end = (): void => over.abort();
  if (signal?.aborted === true) end();
  signal?.addEventListener("abort", end, { once: true });
  void world.clock.sleep(forMs, cleared.signal).then(end);
  return {
    signal: over.signal,
    clear() {
      cleared.abort();
      signal?.removeEventListener("abort", end);
    },
  };
}

export interface PurgeOptions extends EventsOptions {
  readonly contactId: string;
}

/** Erases a contact from events, deliveries and dead letters. Throws Invalid, StoreUnusable. */
export async function purgeContact(options: PurgeOptions): Promise<Erased & { readonly environment: string }> {
  const { contactId, world } = options;
  return inDatabase(options, async ({ database, environment }) => ({
    environment: environment.name,
    ...(await erase(database, contactId, world.clock.now())),
  }));
}

/** Whether a text is a contact's UUID, which alone can be purged. */
export const isPurgeable = isContactId;

interface Opened {
  readonly database: Database;
  readonly environment: Environment;
}

async function inDatabase<Result>(options: EventsOptions, work: (opened: Opened) => Promise<Result>): Promise<Result> {
  const { config, world, databaseUrl } = options;
  const { environment } = storeOf(options);
  const database = await openDatabase(databasePlace(config, environment.name, world, databaseUrl));
  try {
    await demandOwner(database, environment.name);
    return await work({ database, environment });
  } finally {
    await database.close();
  }
}
