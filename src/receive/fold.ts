// What a set of events claims of each template: one answer whatever their order and repetition. Pure; a claim is a reason to read CXone, and never more.
import { compareText } from "../base/order.ts";

export interface ClaimingEvent {
  readonly id: string;
  /** The template's or the registration's id. */
  readonly subject: string;
  readonly status: string;
  /** By the provider's clock, epoch milliseconds. */
  readonly at: number;
}

/** The newest event of each subject, by the provider's time and then by id; of copies of one event the earliest counts. */
export function foldClaims(events: Iterable<ClaimingEvent>): readonly ClaimingEvent[] {
  const unique = new Map<string, ClaimingEvent>();
  for (const event of events) {
    const known = unique.get(event.id);
    if (known === undefined || compare(event, known) < 0) unique.set(event.id, event);
  }
  const newest = new Map<string, ClaimingEvent>();
  for (const event of unique.values()) {
    const known = newest.get(event.subject);
    if (known === undefined || compare(event, known) > 0) newest.set(event.subject, event);
  }
  return [...newest.values()].sort((left, right) => compareText(left.subject, right.subject));
}

function compare(left: ClaimingEvent, right: ClaimingEvent): number {
  return (
    left.at - right.at ||
    compareText(left.id, right.id) ||
    compareText(left.subject, right.subject) ||
    compareText(left.status, right.status)
  );
}
