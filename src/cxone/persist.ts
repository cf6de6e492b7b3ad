// Tries one request until it is done, definitely failed or out of patience. Knows neither what is sent nor where.
import { type CallFacts, Limited, Unreachable } from "../base/failure.ts";
import type { World } from "../contract/world.ts";
import type { Pace } from "./pace.ts";
import { backoffMs, mostAttempts, type RetryBudget } from "./retry.ts";

export type Trial<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly failure: Error }
  | {
      readonly kind: "again";
      readonly reason: string;
      /** What CXone asks for by Retry-After; it binds all calls of the tenant. */
      readonly retryAfterMs?: number | undefined;
      /** The failure if there is no other try; `note` says why. */
      failure(note: string): Error;
    };

export interface Retry {
  readonly attempt: number;
  readonly reason: string;
  readonly waitMs: number;
}

export interface Patience {
  readonly world: Pick<World, "clock" | "chance">;
  readonly pace: Pace;
  readonly budget: RetryBudget;
  readonly signal?: AbortSignal | undefined;
}

/** The longest Retry-After that a run sits out; with a longer one it ends as Limited and says for how long. */
export const patienceMs = 600_000;

export interface Calling {
  /** It may take from the reserved share of the retries. */
  readonly isUrgent: boolean;
  /** The same write went before: a retry of its own, which earns none (RELIABILITY I14). */
  readonly repeats?: CallFacts | undefined;
  onRetry(retry: Retry): void;
}

/** At most 5 attempts within the budget (CXONE-API §2). Throws the failure of the last attempt, or Limited for a repeated call beyond the budget. */
export async function persist<T>(
  patience: Patience,
  { isUrgent, repeats, onRetry }: Calling,
  attemptOnce: () => Promise<Trial<T>>,
): Promise<T> {
  const { clock, chance } = patience.world;
  if (repeats === undefined) patience.budget.earn();
  else takeRepeat(patience, isUrgent, repeats, onRetry);
  for (let attempt = 1; ; attempt += 1) {
    const trial = await attemptOnce();
    if (trial.kind === "done") return trial.value;
    if (trial.kind === "failed") throw trial.failure;
    const { retryAfterMs } = trial;
    if (retryAfterMs !== undefined) patience.pace.shutUntil(clock.elapsed() + retryAfterMs);
    if (attempt >= mostAttempts) throw trial.failure(`in ${attempt} attempts`);
    if (isInterrupted(patience)) throw trial.failure("and the run was interrupted");
    if (retryAfterMs !== undefined && retryAfterMs > patienceMs) {
      throw trial.failure(
        `and a wait of ${seconds(retryAfterMs)} s is asked for; at most ${patienceMs / 1_000} s are waited`,
      );
    }
    if (!patience.budget.spend(isUrgent)) throw trial.failure("and the run's retries (10 %, at least 10) are spent");
    const waitMs = retryAfterMs ?? backoffMs(attempt, chance.fraction());
    onRetry({ attempt, reason: trial.reason, waitMs });
    // A Retry-After is waited out at the gate, together with everyone else.
    if (retryAfterMs === undefined) await clock.sleep(waitMs, patience.signal);
    if (isInterrupted(patience)) throw trial.failure("and the run was interrupted");
  }
}

function takeRepeat(patience: Patience, isUrgent: boolean, call: CallFacts, onRetry: Calling["onRetry"]): void {
  if (!patience.budget.spend(isUrgent)) {
    throw new Limited(
      `${call.method} ${call.path} was not sent again: the run's retries (10 %, at least 10) are spent`,
      call,
      {
        hint: "Run apply again: it reads back what happened before it sends anything.",
      },
    );
  }
  onRetry({ attempt: 1, reason: "its outcome is unknown", waitMs: 0 });
}

/** Waits for the pace. Throws Unreachable when the run is interrupted first, Limited when the gate is shut for too long. */
export async function takeTurn(patience: Patience, call: CallFacts): Promise<void> {
  if (await patience.pace.take()) return;
  if (isInterrupted(patience)) {
    throw new Unreachable(`${call.method} ${call.path} was not sent: the run was interrupted`, call, {
      hint: "Run again to continue.",
    });
  }
  const waitSeconds = seconds(patience.pace.shutForMs());
  throw new Limited(`${call.method} ${call.path} was not sent: CXone asked to wait ${waitSeconds} s more`, call, {
    hint: `Run again in ${waitSeconds} s.`,
  });
}

function isInterrupted({ signal }: Patience): boolean {
  return signal?.aborted === true;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
