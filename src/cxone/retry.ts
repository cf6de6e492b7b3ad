// When a refused or lost request may be sent again: waits and the budget. Knows neither requests nor families.

/** CXONE-API §2. */
export const mostAttempts = 5;
const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
const leastBudget = 10;
const budgetShare = 0.1;
const reservedForUrgent = 10;

const imfOrRfc850 = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds that a Retry-After header (RFC 9110 §10.2.3) asks for; 0 for a date that has passed; undefined without a valid header. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  // Date.parse alone would take "-5" or "1.5" for a date, and asctime for local time.
  const date = imfOrRfc850.test(text) ? Date.parse(text) : asctime.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

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
