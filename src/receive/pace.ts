// When a delivery is tried again and when it is given up, and when a target is left in peace. Pure; the clock and chance are the caller's.
import type { Attempt } from "./target.ts";

/** A target that comes back within a minute is noticed within 5 s. */
const firstMinuteMs = 60_000;
const firstCeilingMs = 5_000;
const firstDelayMs = 1_000;
const longestDelayMs = 600_000;
const longestOpenMs = 60_000;
/** So many tries have the short ceiling, however old the delivery is: a flush finds it hours after it was written. */
const quickAttempts = 12;
const lifeMs = 24 * 3_600_000;
/** Nothing is given up before so many tries, save what the target itself calls gone. */
const fewestAttempts = 5;

export interface Tried {
  /** This one included. */
  readonly attempts: number;
  /** From when it was written to the end of this attempt. */
  readonly ageMs: number;
}

/** Milliseconds until the next try, or that there is none. `fraction` is chance's: full jitter. */
export function afterFailure(
  attempt: Extract<Attempt, { kind: "failed" }>,
  { attempts, ageMs }: Tried,
  fraction: number,
): { readonly waitMs: number } | "dead" {
  if (attempt.verdict === "gone") return "dead";
  const isOld = attempt.verdict === "refused" ? ageMs >= firstMinuteMs : ageMs >= lifeMs;
  if (isOld && attempts >= fewestAttempts) return "dead";
  const jittered = Math.ceil(fraction * delayCeilingMs(attempts, ageMs));
  // What the target asks for is never undercut, and never outlives the delivery.
  const asked = Math.min(attempt.retryAfterMs ?? 0, Math.max(0, lifeMs - ageMs));
  return { waitMs: Math.max(jittered, asked) };
}

/** 1 s, 2 s, 4 s, 5 s in the first minute; then doubling with age up to 10 minutes. */
export function delayCeilingMs(attempts: number, ageMs: number): number {
  if (ageMs < firstMinuteMs || attempts < quickAttempts)
    return Math.min(firstCeilingMs, firstDelayMs * 2 ** Math.min(attempts - 1, 10));
  return Math.min(longestDelayMs, doubled(ageMs));
}

/** 10 s from the first minute on, 20 s from the second, 40 s from the fourth. */
const doubled = (ageMs: number): number => firstCeilingMs * 2 ** (Math.floor(Math.log2(ageMs / firstMinuteMs)) + 1);

export interface Breaker {
  /** How many deliveries the target may be given now: none, one that probes, or any number. */
  allows(now: number): "none" | "one" | "all";
  /** When it allows one again; only while it allows none. */
  readonly opensAt: number;
  note(attempt: Attempt, now: number): void;
}

/** Consecutive failures that open it. A refusal (4xx) is an answer: it says nothing against the target. */
const failuresToOpen = 5;

export function createBreaker(): Breaker {
  let failures = 0;
  let since = 0;
  let opensAt = 0;
  return {
    allows: (now) => (failures < failuresToOpen ? "all" : now < opensAt ? "none" : "one"),
    get opensAt() {
      return opensAt;
    },
    note(attempt, now) {
      if (attempt.kind === "delivered" || attempt.verdict !== "later") {
        failures = 0;
        return;
      }
      failures += 1;
      if (failures < failuresToOpen) return;
      if (failures === failuresToOpen) since = now;
      const forMs = now - since;
      opensAt = now + (forMs < firstMinuteMs ? firstCeilingMs : Math.min(longestOpenMs, doubled(forMs)));
    },
  };
}
