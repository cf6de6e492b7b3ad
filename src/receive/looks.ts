// Which claims are looked at again, and when: an event may be here before what it tells of shows in CXone. Pure; it starts nothing.
import type { ClaimingEvent } from "./fold.ts";

export interface Looks {
  /** `acted` were looked at just now, and CXone does not show `open` of them yet. A claim is looked at again three times at most. */
  note(acted: readonly ClaimingEvent[], open: readonly ClaimingEvent[], now: number): void;
  due(now: number): readonly ClaimingEvent[];
  /** Epoch milliseconds; undefined when nothing is open. */
  readonly nextAt: number | undefined;
}

/** After the first look, and each after the one before. What takes CXone longer is found by the next settle of another event or schedule. */
const pausesMs = [5_000, 30_000, 120_000];

interface Open {
  readonly claim: ClaimingEvent;
  readonly looks: number;
  readonly dueAt: number;
}

export function createLooks(): Looks {
  const claims = new Map<string, Open>();
  return {
    note(acted, open, now) {
      const before = new Map(claims);
      for (const { subject } of acted) claims.delete(subject);
      for (const claim of open) {
        const known = before.get(claim.subject);
        // A new event of the subject begins anew.
        const looks = known?.claim.id === claim.id ? known.looks + 1 : 0;
        const pauseMs = pausesMs[looks];
        if (pauseMs !== undefined) claims.set(claim.subject, { claim, looks, dueAt: now + pauseMs });
      }
    },
    due: (now) => [...claims.values()].filter(({ dueAt }) => dueAt <= now).map(({ claim }) => claim),
    get nextAt() {
      return claims.size === 0 ? undefined : Math.min(...[...claims.values()].map(({ dueAt }) => dueAt));
    },
  };
}
