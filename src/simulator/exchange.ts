// A request as it came in and what goes out for it. It knows no resource.
import type { Answer } from "./answer.ts";
import type { Family } from "./families.ts";
import type { FaultRule } from "./faults.ts";

/** A request as it came in. */
export interface Incoming {
  readonly family: Family;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly text: string;
  readonly isToken: boolean;
  readonly fault: FaultRule | null;
  readonly ordinal: number;
}

/** What goes out: an answer, with `text` where it is not that answer's JSON; without an answer the socket is destroyed. */
export interface Outgoing {
  readonly answer: Answer | null;
  readonly text?: string;
  readonly contentType?: string;
  readonly isReplay?: boolean;
}

export type Execute = (incoming: Incoming) => Outgoing;
