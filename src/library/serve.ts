// The receiver of an environment: takes events and keeps them, until it is told to stop. What becomes of them is the work's, which it only nudges.
import { untilAborted } from "../base/aborted.ts";
import { NotAllowed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import { receiverApp } from "../receive/app.ts";
import { type Counters, createCounters } from "../receive/counters.ts";
import { type Database, openDatabase } from "../receive/database.ts";
import type { Wakes } from "../receive/event.ts";
import { openInbox } from "../receive/inbox.ts";
import { type Limits, listen } from "../receive/listen.ts";
import { databasePlace } from "./database-place.ts";
import { storeOf } from "./open-ledger.ts";
import { keysOf } from "./receiver-keys.ts";
import { openWork, type Work, type WorkOptions } from "./work.ts";

export interface ServeOptions extends Omit<WorkOptions, "onWoken"> {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Ends it gently. */
  readonly signal: AbortSignal;
  readonly onListening?: (serving: Serving) => void;
  readonly limits?: Partial<Limits>;
  /**
   * Where everything goes on that is not taking events; absent: in this thread, where events that come meanwhile wait for a turn.
   * Whoever gives one is told of settles and troubles there, and not by `onSettled` and `onTrouble`.
   */
  readonly openWork?: OpenWork;
}

/** Opens the work of this receiver. Throws what `serve` throws for it. */
export type OpenWork = (onWoken: NonNullable<WorkOptions["onWoken"]>) => Promise<Work>;

export interface Serving {
  readonly url: string;
  readonly environment: string;
  /** Without a password. */
  readonly database: string;
}

/** Serves until the signal. Throws Invalid without a secret, NotAllowed, StoreUnusable, what listening throws, and what broke the work. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, world } = options;
  const { environment } = storeOf(options);
  if (environment.readOnly) {
    throw new NotAllowed(
      "CX4002",
      `environment ${environment.name} is readOnly, and events are recorded in its ledger`,
      "Serve another environment, or take readOnly out of its config.",
    );
  }
  const keys = keysOf(environment, world);
  const counters = createCounters();
  const open: OpenWork = options.openWork ?? ((onWoken) => openWork({ ...options, onWoken }));
  const work = await open((outcome) => counters.woken(outcome));
  try {
    const database = await openDatabase(databasePlace(config, environment.name, world, options.databaseUrl));
    try {
      await run(options, { environment, keys, database, counters, work });
    } finally {
      await database.close();
    }
  } finally {
    await work.finish();
  }
}

interface Parts {
  readonly environment: Environment;
  readonly keys: readonly Uint8Array[];
  readonly database: Database;
  readonly counters: Counters;
  readonly work: Work;
}

async function run(options: ServeOptions, parts: Parts): Promise<void> {
  const { world, signal } = options;
  const { environment, database, work } = parts;
  const listening = await listen(appOf(parts, world), {
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
  work.begin();
  try {
    // Whatever breaks ends all of it: a receiver that only looks alive would be the worst.
    await Promise.race([work.failed, untilAborted(signal)]);
  } finally {
    work.stop();
    await listening.close(world.clock);
  }
}

function appOf(parts: Parts, { clock }: World): ReturnType<typeof receiverApp> {
  const { environment, keys, database, counters, work } = parts;
  const { receiver, hooks, tenant } = environment;
  const inbox = openInbox({
    database,
    clock,
    hasCrm: hooks.crm !== undefined,
    wakes: new Set<Wakes>(receiver.dispatch === undefined ? ["settle"] : ["settle", "cms"]),
    onAccepted: ({ reading }) => {
      if (reading.wakes !== undefined) work.nudge(reading.wakes);
    },
  });
  const ask = () => database.run((sql) => sql.selectFrom("cursors").select("name").limit(1).execute());
  return receiverApp({
    keys,
    unsigned: receiver.unsigned,
    tenant,
    inbox,
    counters,
    clock,
    isReady: () =>
      ask().then(
        () => true,
        () => false,
      ),
    // Counting what waits takes the longer the more that is: it is the work's.
    gauges: () => work.gauges(),
  });
}
