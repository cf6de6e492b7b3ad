// A World for tests: virtual time, seeded chance, the real network. It knows nothing of what runs in it.
import type { Chance, Clock, Holder, World } from "../../src/contract/world.ts";

export interface TestWorldOptions {
  /** Epoch milliseconds, or an ISO time. Default 2026-01-15T12:00:00Z. */
  readonly now?: number | string;
  /** Same seed, same uuids and fractions. Default 1. */
  readonly seed?: number;
  /** Default: the real fetch, towards loopback servers of the test's own. */
  readonly fetch?: typeof globalThis.fetch;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * True (default): whenever nothing is on the network, time jumps to the next sleeper, so no sleep costs real time.
   * False: time stands still until `advance`.
   */
  readonly auto?: boolean;
  /** In auto mode, real milliseconds that a silent network is waited for before a sleeper (a timeout) may fire. Default 3,000. */
  readonly patienceMs?: number;
}

export interface TestWorld extends World {
  /** Moves virtual time on by `ms`, waking sleepers in their order. Not for use while auto mode runs. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock: a clock that jumps. Who sleeps does not notice. */
  setNow(ms: number): void;
  /** How many sleepers wait. */
  readonly sleeping: number;
  /** What every sleep was asked for, in milliseconds and in order. */
  readonly sleeps: readonly number[];
  /** Fetches whose answer is not yet read to its end. */
  readonly inFlight: number;
}

interface Sleeper {
  readonly dueAt: number;
  readonly order: number;
  wake(): void;
}

/** Waits in real time until the condition holds; throws after `limitMs`. */
export async function until(condition: () => boolean, limitMs = 5_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`still not so after ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A seeded chance: mulberry32, and UUIDs of version 4 from it. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(fraction() * 16).toString(16)).join("");
  const uuid = (): string =>
    `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[Math.floor(fraction() * 4)] as string}${hex(3)}-${hex(12)}`;
  return { fraction, uuid };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Counts a fetch as in flight until its body is read or dropped; the answer itself is passed on untouched. */
function watched(fetch: typeof globalThis.fetch, begin: () => void, end: () => void): typeof globalThis.fetch {
  return async (input, init) => {
    begin();
    let ended = false;
    const finish = (): void => {
      if (!ended) end();
      ended = true;
    };
    try {
      const response = await fetch(input, init);
      if (response.body === null) {
        finish();
        return response;
      }
      const reader = response.body.getReader();
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
            controller.close();
          } catch (error) {
            controller.error(error);
          }
          finish();
        },
        async cancel(reason) {
          finish();
          await reader.cancel(reason);
        },
      });
      const { status, statusText, headers } = response;
      // A new Response has no address, which octokit's paging asks for.
      return Object.defineProperty(new Response(body, { status, statusText, headers }), "url", { value: response.url });
    } catch (error) {
      finish();
      throw error;
    }
  };
}

export function testWorld(options: TestWorldOptions = {}): TestWorld {
  const start = options.now ?? "2026-01-15T12:00:00Z";
  let wallAtStart = typeof start === "string" ? Date.parse(start) : start;
  let elapsed = 0;
  const auto = options.auto ?? true;
  const patienceMs = options.patienceMs ?? 3_000;
  const sleepers = new Set<Sleeper>();
  const sleeps: number[] = [];
  let order = 0;
  let inFlight = 0;
  let ticking = false;
  let patience: NodeJS.Timeout | undefined;

  const next = (): Sleeper | undefined =>
    [...sleepers].sort((left, right) => left.dueAt - right.dueAt || left.order - right.order)[0];
  const wakeNext = (): void => {
    const sleeper = next();
    if (sleeper === undefined) return;
    elapsed = Math.max(elapsed, sleeper.dueAt);
    sleeper.wake();
  };
  const tick = async (): Promise<void> => {
    if (ticking) return;
    ticking = true;
    // Two turns: whoever just got an answer has cancelled its timeout by then.
    await turn();
    await turn();
    ticking = false;
    if (inFlight > 0) return arm();
    wakeNext();
    if (sleepers.size > 0) void tick();
  };
  const arm = (): void => {
    clearTimeout(patience);
    if (!auto || sleepers.size === 0) return;
    if (inFlight === 0) void tick();
    else {
      patience = setTimeout(() => {
        wakeNext();
        arm();
      }, patienceMs);
    }
  };

  const clock: Clock = {
    now: () => wallAtStart + elapsed,
    elapsed: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleeps.push(ms);
        if (signal?.aborted === true) return resolve();
        const sleeper: Sleeper = {
          dueAt: elapsed + Math.max(0, ms),
          order: order++,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            if (sleepers.size === 0) clearTimeout(patience);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
        arm();
      }),
  };

  const holder: Holder = { host: "test", bootId: "boot-1", pid: 4_242, startedAt: "1" };
  return {
    clock,
    chance: seededChance(options.seed ?? 1),
    fetch: watched(
      options.fetch ?? globalThis.fetch,
      () => {
        inFlight += 1;
        arm();
      },
      () => {
        inFlight -= 1;
        arm();
      },
    ),
    env: (name) => options.env?.[name],
    holder,
    isDead: async (other) => other.bootId === holder.bootId && other.pid !== holder.pid,
    unreleased: new Set(),
    async advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        for (let turns = 0; turns < 5; turns += 1) await turn();
        const sleeper = next();
        if (sleeper === undefined || sleeper.dueAt > end) break;
        wakeNext();
      }
      elapsed = Math.max(elapsed, end);
    },
    setNow(ms) {
      wallAtStart = ms - elapsed;
    },
    get sleeping() {
      return sleepers.size;
    },
    get sleeps() {
      return sleeps;
    },
    get inFlight() {
      return inFlight;
    },
  };
}
