// What a client must never do, noted when it does. It refuses nothing itself.
import type { Family } from "./families.ts";

export type ViolationKind =
  | "putWithoutIfMatch"
  | "foreignToken"
  | "tooManyRecords"
  | "pageTooLarge"
  | "credentialsElsewhere"
  | "credentialsInQuery"
  | "writeWithoutKey"
  | "keyReused"
  | "headerMissing"
  | "requestIdRepeated"
  | "retryAfterUndercut"
  | "unknownRoute";

export interface Violation {
  readonly at: number;
  readonly kind: ViolationKind;
  readonly family: Family | null;
  readonly method: string;
  readonly path: string;
  readonly detail: string;
}

const KEPT = 10_000;
/** A client's timer may fire a little early by the simulator's clock. */
const TIMER_SLACK_MS = 10;

export class Violations {
  readonly list: Violation[] = [];
  readonly #requestIds = new Set<string>();
  /** Until when a request may not be repeated, by its fingerprint. */
  readonly #heldUntil = new Map<string, number>();

  note(violation: Violation): void {
    if (this.list.length < KEPT) this.list.push(violation);
  }

  /** Whether a request id was not seen before. */
  isFresh(requestId: string): boolean {
    if (this.#requestIds.has(requestId)) return false;
    if (this.#requestIds.size >= KEPT) this.#requestIds.clear();
    this.#requestIds.add(requestId);
    return true;
  }

  /** A request was told to wait. */
  hold(fingerprint: string, untilAt: number): void {
    this.#heldUntil.set(fingerprint, untilAt);
  }

  /** Milliseconds by which a request comes back too early; 0 when it does not. A request is held once. */
  undercutMs(fingerprint: string, at: number): number {
    const untilAt = this.#heldUntil.get(fingerprint);
    if (untilAt === undefined) return 0;
    if (at >= untilAt - TIMER_SLACK_MS) this.#heldUntil.delete(fingerprint);
    return Math.max(0, untilAt - TIMER_SLACK_MS - at);
  }
}
