// Sends what the outbox holds while the receiver runs, and starts again where the database failed. It knows no event.
import { Failure } from "../base/failure.ts";
import type { Config, Environment } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import type { Database } from "../receive/database.ts";
import { drain } from "../receive/drain.ts";
import { Invalid } from "./invalid.ts";
import { targetsOf } from "./targets.ts";
import { openWorkplace } from "./workplace.ts";

export interface DeliveringOptions {
  readonly config: Config;
  readonly environment: Environment;
  readonly world: World;
}

/** Delivers until the signal ends it. Rejects with a mistake of ours alone. */
export type Delivering = (
  database: Database,
  signal: AbortSignal,
  onTrouble: (error: unknown, nextTryMs: number) => void,
) => Promise<void>;

const againMs = 5_000;

/** Reads the variables of the hooks and opens nothing else. Throws Invalid. */
export async function deliveringTo({ config, environment, world }: DeliveringOptions): Promise<Delivering> {
  // An embedded simulator is one process's at a time, and a settle needs it: what is for its audit log waits for `events flush`.
  const isSimulated = environment.simulator !== undefined;
  const reached = isSimulated ? { ...environment, hooks: { ...environment.hooks, auditSink: false } } : environment;
  const workplace = await openWorkplace({
    config,
    environment: environment.name,
    world,
    planning: false,
    contacts: false,
  });
  if (reached.hooks.auditSink) {
    const obstacles = workplace.obstacles(["messaging"]);
    if (obstacles.length > 0) throw new Invalid(obstacles);
  }
  const targets = targetsOf(reached, world, () => workplace.client.writer("messaging"));
  return async (database, signal, onTrouble) => {
    if (targets.size === 0) return;
    while (!signal.aborted) {
      try {
        await drain({
          database,
          environment: environment.name,
          targets,
          world,
          noticeFormat: environment.hooks.notify?.format,
          signal,
        });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        onTrouble(error, againMs);
        await world.clock.sleep(againMs, signal);
      }
    }
  };
}
