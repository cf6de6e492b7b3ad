// Sends what the outbox holds, until it is told to stop or nothing is left: each target by itself, in order, with pauses that grow. It knows no event.
import type { World } from "../contract/world.ts";
import type { Database } from "./database.ts";
import { noticesOf } from "./dead-letters.ts";
import type { NoticeFormat } from "./notice.ts";
import { countWaiting, giveBack, type Outgoing, type Settling, settle, type Taken, take } from "./outbox.ts";
import { afterFailure, type Breaker, createBreaker } from "./pace.ts";
import type { Attempt, Message } from "./target.ts";

/** One attempt at one target. Never throws for what the target or the network does. */
export type Deliver = (message: Message) => Promise<Attempt>;

export interface Draining {
  readonly database: Database;
  readonly environment: string;
  /** How each configured target is reached; what is queued for another one waits. */
  readonly targets: ReadonlyMap<string, Deliver>;
  readonly world: Pick<World, "clock" | "chance">;
  /** Absent: nobody is told of dead letters. */
  readonly noticeFormat?: NoticeFormat | undefined;
  /** Ends it: what is under way is finished and written. */
  readonly signal: AbortSignal;
  /** Told of each settled delivery. */
  readonly onSettled?: ((settled: Settled) => void) | undefined;
}

export interface Settled {
  readonly id: string;
  readonly target: string;
  readonly state: "done" | "dead";
}

export interface Drained {
  readonly delivered: number;
  readonly dead: number;
}

/** At once to a target, each of another order key. */
const mostAtOnce = 16;
/** How soon a delivery that another process wrote is noticed. */
const pollMs = 500;

/** Delivers until the signal ends it. Throws StoreUnusable. */
export function drain(draining: Draining): Promise<Drained> {
  return run(draining, () => false);
}

/** Delivers until nothing waits for a configured target, or the signal ends it. Throws StoreUnusable. */
export function flush(draining: Draining): Promise<Drained> {
  return run(draining, (waiting) => waiting === 0);
}

async function run(draining: Draining, isOver: (waiting: number) => boolean): Promise<Drained> {
  const { database, world, targets } = draining;
  const count = { delivered: 0, dead: 0 };
  // One for all targets: the notices of dead letters go to another one.
  const holder = world.chance.uuid();
  const failed = new AbortController();
  const isStopped = (): boolean => draining.signal.aborted || failed.signal.aborted;
  const lanes = [...targets].map(
    ([target, deliver]): Lane => ({ draining, holder, target, deliver, breaker: createBreaker(), count }),
  );
  const work = async (lane: Lane): Promise<void> => {
    while (!isStopped()) {
      if ((await round(lane)) > 0) continue;
      if (isOver(await countAll(database, targets.keys()))) return;
      await world.clock.sleep(pollMs, draining.signal);
    }
  };
  try {
    await Promise.all(
      lanes.map((lane) =>
        work(lane).catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      ),
    );
  } finally {
    await giveBack(database, holder).catch(() => undefined);
  }
  return count;
}

async function countAll(database: Database, targets: Iterable<string>): Promise<number> {
  let waiting = 0;
  for (const target of targets) waiting += await countWaiting(database, target);
  return waiting;
}

interface Lane {
  readonly draining: Draining;
  readonly holder: string;
  readonly target: string;
  readonly deliver: Deliver;
  readonly breaker: Breaker;
  readonly count: { delivered: number; dead: number };
}

/** Takes what is due, tries it and writes what became of it; answers how many that were. */
async function round(lane: Lane): Promise<number> {
  const { draining, holder, target, breaker } = lane;
  const { database, world } = draining;
  const now = world.clock.now();
  const allowed = breaker.allows(now);
  if (allowed === "none") return 0;
  const taken = await take(database, { target, holder, now, most: allowed === "one" ? 1 : mostAtOnce });
  if (taken.length === 0) return 0;
  const settlings = await Promise.all(taken.map((one) => attempt(lane, one)));
  const dead = settlings.filter(({ state }) => state === "dead");
  await settle(database, holder, settlings, followUps(lane, dead), world.clock.now());
  for (const { taken: one, state } of settlings) {
    if (state === "waiting") continue;
    lane.count[state === "done" ? "delivered" : "dead"] += 1;
    draining.onSettled?.({ id: one.id, target, state });
  }
  return taken.length;
}

async function attempt(lane: Lane, taken: Taken): Promise<Settling> {
  const { clock, chance } = lane.draining.world;
  const result = await lane.deliver({ id: taken.id, body: taken.body });
  const now = clock.now();
  lane.breaker.note(result, now);
  if (result.kind === "delivered") return { taken, state: "done" };
  const tried = { attempts: taken.attempts + 1, ageMs: now - taken.createdAt };
  const next = afterFailure(result, tried, chance.fraction());
  return next === "dead"
    ? { taken, state: "dead", error: result.reason }
    : { taken, state: "waiting", nextAt: now + next.waitMs, error: result.reason };
}

/** What people are told of dead letters. */
function followUps({ draining, target }: Lane, dead: readonly Settling[]): readonly Outgoing[] {
  const { environment, noticeFormat, world } = draining;
  const [first] = dead;
  if (first === undefined) return [];
  const letters = { environment, target, address: first.taken.address, reason: first.error ?? null, isErased: false };
  return noticesOf(letters, noticeFormat, world.clock.now());
}
