// The outbox of an apply or a settle: what CXone answers about records is caught on its way, what the ledger tells is queued at the end. It never fails and never holds up the run: what goes wrong is a warning.
import type { OnAnswered } from "../apply/records.ts";
import { nameUuid } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import { Failure } from "../base/failure.ts";
import type { Config, Environment } from "../contract/config.ts";
import type { JsonObject } from "../contract/json.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Database } from "../receive/database.ts";
import { configuredTargets } from "./targets.ts";

export interface OutboxOptions {
  readonly config: Pick<Config, "root">;
  readonly environment: Environment;
  readonly world: World;
  readonly databaseUrl?: string | undefined;
  /** Told once of what could not be queued. */
  readonly onWarning?: ((failure: Failure) => void) | undefined;
}

export interface Outbox {
  /** Present only where a hook wants to know. */
  readonly onAnswered?: OnAnswered;
  /** Queues what the ledger has to tell. */
  announce(readLedger: () => Promise<Ledger>): Promise<void>;
  close(): Promise<void>;
}

/** Undefined where no hook is configured: then no database is opened. */
export function outboxOf(options: OutboxOptions): Outbox | undefined {
  const { environment, world, onWarning } = options;
  const targets = configuredTargets(environment);
  if (targets.size === 0) return undefined;
  let opened: Promise<Database> | undefined;
  let isTold = false;
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!isTold) onWarning?.(error);
      isTold = true;
    }
  };
  const open = (): Promise<Database> => {
    opened ??= openOwn(options);
    return opened;
  };
  const listens = targets.has("marketing");
  return {
    ...(listens
      ? {
          onAnswered: (answered) =>
            attempt(async () => {
              const { enqueue } = await import("../receive/outbox.ts");
              const database = await open();
              const now = world.clock.now();
              const event = batchEvent(answered, now);
              if (event !== undefined) await database.transaction((sql) => enqueue(sql, [event], now));
            }),
        }
      : {}),
    announce: (readLedger) =>
      attempt(async () => {
        // The hooks that the ledger tells nothing need no reading of it.
        if ([...targets].every((target) => target === "crm" || target === "marketing")) return;
        const { announce } = await import("./announce.ts");
        await announce({ database: await open(), ledger: await readLedger(), environment, world });
      }),
    async close() {
      await opened?.then(
        (database) => database.close(),
        () => undefined,
      );
    },
  };
}

async function openOwn({ config, environment, world, databaseUrl }: OutboxOptions): Promise<Database> {
  // Lazy: only an environment with hooks pays for loading the engine.
  const [{ openDatabase }, { databasePlace }, { demandOwner }] = await Promise.all([
    import("../receive/database.ts"),
    import("./database-place.ts"),
    import("./announce.ts"),
  ]);
  const database = await openDatabase(databasePlace(config, environment.name, world, databaseUrl));
  await demandOwner(database, environment.name);
  return database;
}

const resultFields = ["id", "contactId", "channel", "optIn", "status", "conflictResolved", "error"];

/** CXONE-API §9. Its id is that of the call, so that the same answers, read twice, are one event. */
function batchEvent({ address, idempotencyKey, results }: Parameters<OnAnswered>[0], now: number) {
  if (results.length === 0) return undefined;
  const payload = results.map(
    (result): JsonObject =>
      Object.fromEntries(
        resultFields.flatMap((field) => (result[field] === undefined ? [] : [[field, result[field]]])),
      ),
  );
  return {
    id: nameUuid(["marketing", idempotencyKey]),
    target: "marketing",
    orderKey: `marketing ${address}`,
    address,
    body: { event: "preferences.batch.updated", timestamp: isoTime(now), payload },
  };
}
