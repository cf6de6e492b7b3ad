// When a refused or lost request may be sent again: waits and the budget. Knows neither requests nor families.

/** CXONE-API §2. */
export const mostAttempts = 5;
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
const leastBudget = 10;
const budgetShare = 0.1;
const reservedForUrgent = 10;

/** Full jitter below 1 s, 2 s, 4 s… up to 30 s; `attempt` is the one that failed, from 1. */
export function backoffMs(attempt: number, fraction: number): number {
  return fraction * Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
}

export interface RetryBudget {
  /** Every first try earns a part of a retry. */
  earn(): void;
  /** Takes one retry, if one is left. */
  spend(isUrgent: boolean): boolean;
}

/** At most 10 % of the calls and never under 10 (CXONE-API §2); urgent calls (opt-outs) have 10 more of their own. */
export function createRetryBudget(): RetryBudget {
  let calls = 0;
  let spent = 0;
  let reserve = reservedForUrgent;
  return {
    earn() {
      calls += 1;
    },
    spend(isUrgent) {
      if (spent < Math.max(leastBudget, Math.floor(calls * budgetShare))) {
        spent += 1;
        return true;
      }
      if (!isUrgent || reserve === 0) return false;
      reserve -= 1;
      return true;
    },
  };
}
