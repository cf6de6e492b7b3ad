// The Retry-After header, which CXone's limits and the targets of hooks answer with. It waits for nothing.

const imfOrRfc850 = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

export interface AnswerTimes {
  /** The header Retry-After. */
  readonly retryAfter: string | null;
  /** The header Date: when the answer was made, by the clock of whoever made it. */
  readonly date: string | null;
}

/** Milliseconds that an answer asks to wait (RFC 9110 §10.2.3); 0 for a date that has passed; undefined without a valid header. */
export function retryAfterMs({ retryAfter, date }: AnswerTimes, now: number): number | undefined {
  const text = retryAfter?.trim() ?? "";
  // However long it is: a number that no clock holds is still no leave to come at once.
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  // Date.parse alone would take "-5" or "1.5" for a date, and asctime for local time.
  const until = imfOrRfc850.test(text) ? Date.parse(text) : asctime.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until - madeAt(date, now));
}

/** A date in an answer is the other side's clock's: it is counted from the answer's own Date (RFC 9110 §6.6.1), not from a clock of ours that may be hours off. */
function madeAt(date: string | null, now: number): number {
  const made = Date.parse(date ?? "");
  return Number.isNaN(made) ? now : made;
}
