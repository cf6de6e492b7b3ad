// Whether a run still holds its claim when a write of it goes out late. Knows neither the write nor the ledger's place.
import type { Clock } from "../contract/world.ts";
import type { Run } from "../ledger/run.ts";

/** So long after the ledger has taken an entry of ours nobody asks it again. */
const freshMs = 5_000;

/**
 * Asked before each request of a write: what has waited (a Retry-After, the pace, a lost request's life) goes out only if an append still
 * follows on our head. Whoever took the claim meanwhile, by `unlock`, say, is at work: then it throws Claimed, and nothing is sent.
 * Counts from now, when the intent has been appended.
 */
export function holding(run: Run, clock: Pick<Clock, "elapsed">, idempotencyKey: string): () => Promise<void> {
  let heldAt = clock.elapsed();
  return async () => {
    if (clock.elapsed() - heldAt < freshMs) return;
    await run.append([{ phase: "event", action: "held", idempotencyKey, reason: "the request had waited" }]);
    heldAt = clock.elapsed();
  };
}
