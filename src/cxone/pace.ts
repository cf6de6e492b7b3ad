// How fast requests may leave for one tenant: a token bucket and a gate that Retry-After shuts. Knows no request.
import type { Clock } from "../contract/world.ts";

export interface RateLimit {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface Pace {
  /** Resolves when one request may be sent, in the order of asking. False: the gate is shut, and for longer than `patienceMs` or the signal aborted. */
  take(): Promise<boolean>;
  /** Nothing is sent before that time (of `Clock.elapsed`): Retry-After binds every call of the tenant. */
  shutUntil(time: number): void;
  /** A 429 to a request sent at that time: halves the pace. Returns the requests per second that are left, or undefined if unchanged. */
  slowDown(sentAt: number): number | undefined;
  /** Milliseconds until the gate opens; 0 when it is open. */
  shutForMs(): number;
}

/** Additive recovery: this share of the configured rate is won back each second, so that 90 % is back after at most 18 s. */
const recoveryPerSecond = 0.05;
const leastShare = 0.02;
/** Rounding of fractions of requests must not cost a whole extra wait. */
const epsilon = 1e-6;

export function createPace(
  clock: Pick<Clock, "elapsed" | "sleep">,
  limit: RateLimit,
  options: { readonly patienceMs: number; readonly signal?: AbortSignal | undefined },
): Pace {
  const perMs = limit.requestsPerSecond / 1_000;
  // Less than one whole request could never be sent.
  const capacity = Math.max(1, limit.burst);
  let available = capacity;
  let countedAt = clock.elapsed();
  let slowedShare = 1;
  let slowedAt = countedAt;
  let openAt = Number.NEGATIVE_INFINITY;
  let queue: Promise<unknown> = Promise.resolve();

  const share = (time: number): number => Math.min(1, slowedShare + (recoveryPerSecond * (time - slowedAt)) / 1_000);

  /** Credits what the time since the last count earned. The share rises linearly, so its mean over the span is that of its ends, at most. */
  const count = (time: number): void => {
    const mean = (share(countedAt) + share(time)) / 2;
    available = Math.min(capacity, available + (time - countedAt) * perMs * mean);
    countedAt = time;
  };

  const wait = async (): Promise<boolean> => {
    for (;;) {
      const now = clock.elapsed();
      count(now);
      const shutMs = openAt - now;
      if (shutMs > options.patienceMs) return false;
      // An interrupted run still looks at what it has just done, but sits out no Retry-After.
      if (shutMs > 0 && options.signal?.aborted === true) return false;
      if (shutMs <= 0 && available + epsilon >= 1) {
        available -= 1;
        return true;
      }
      const earnMs = Math.max(0, 1 - available) / (perMs * share(now));
      await clock.sleep(
        Math.max(1, Math.ceil(Math.max(shutMs, earnMs) - epsilon)),
        shutMs > 0 ? options.signal : undefined,
      );
    }
  };

  return {
    take() {
      const turn = queue.then(wait);
      queue = turn.catch(() => undefined);
      return turn;
    },
    shutUntil(time) {
      count(clock.elapsed());
      openAt = Math.max(openAt, time);
    },
    slowDown(sentAt) {
      // Requests that were on their way before the last halving tell nothing new about the pace after it.
      const now = clock.elapsed();
      count(now);
      if (sentAt < slowedAt) return undefined;
      slowedShare = Math.max(leastShare, share(now) / 2);
      slowedAt = now;
      available = Math.min(available, 0);
      return slowedShare * limit.requestsPerSecond;
    },
    shutForMs: () => Math.max(0, openAt - clock.elapsed()),
  };
}
