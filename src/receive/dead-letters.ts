// What people are told of deliveries that were given up: one notice an hour and target. It sends nothing.
import { isoTime } from "../base/duration.ts";
import { deadLetterBody, type NoticeFormat } from "./notice.ts";
import { deadLetterId, type Outgoing } from "./outbox.ts";

export interface DeadLetters {
  readonly environment: string;
  readonly target: string;
  /** Of the first of them. */
  readonly address: string | null;
  readonly reason: string | null;
  /** Whether they have no body any more, and cannot be sent again. */
  readonly isErased: boolean;
}

/** Nothing without a channel; that a notice itself could not be delivered is told nobody. `now` in epoch milliseconds. */
export function noticesOf(dead: DeadLetters, format: NoticeFormat | undefined, now: number): readonly Outgoing[] {
  const { environment, target, address, reason, isErased } = dead;
  if (format === undefined || target === "notify") return [];
  return [
    {
      id: deadLetterId(environment, target, now),
      target: "notify",
      orderKey: null,
      address,
      body: deadLetterBody({ environment, target, reason, isErased, at: isoTime(now) }, format),
    },
  ];
}
