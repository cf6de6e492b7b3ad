// What kinds may ask of CXone: reading for a plan, writing for an apply. A reader has no write method, so planning cannot write.
import type { Json, JsonObject } from "./json.ts";

export const families = ["omnichannel", "digital", "messaging", "engage", "preferences"] as const;
export type Family = (typeof families)[number];

export interface Capabilities {
  readonly list: boolean;
  readonly etag: boolean;
  readonly idempotencyKeys: boolean;
  readonly reactivate: boolean;
  readonly deprecate: boolean;
  readonly channels: boolean;
  /** How long a lost request may still land, in milliseconds. */
  readonly requestLifeMs: number;
}

export interface Answer {
  readonly status: number;
  /** Undefined for an empty body (204). */
  readonly body: Json | undefined;
  readonly etag?: string;
  readonly requestId: string;
  readonly latencyMs: number;
  /** How many 429s came before this answer; absent for none. */
  readonly limits?: number;
}

/** `path` names an entry of the family's path table (configurable); segments are percent-encoded by the client. */
export interface ReadCall {
  readonly path: string;
  readonly segments?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
}

export interface ListCall extends ReadCall {
  /** A unique id per item: repeated or missing ones betray a page that shifted. */
  idOf(item: JsonObject): string;
}

export interface ReadApi {
  readonly family: Family;
  readonly capabilities: Capabilities;
  /** Throws Missing for a typed 404; other failures as typed in base/failure.ts. */
  get(call: ReadCall): Promise<Answer>;
  /** Every item of every page (pageSize 100), or a failure; never a part of a list. */
  list(call: ListCall): Promise<readonly JsonObject[]>;
}

export interface SendCall extends ReadCall {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly idempotencyKey: string;
  /** Opt-outs have a reserved share of the retry budget. */
  readonly urgent?: boolean;
  /** The same write went before and its outcome is unknown: it takes one of the run's retries, or is not sent (Limited). */
  readonly isRepeat?: boolean;
  /** Asked right before the request goes out, each time; throws when it may not any more. */
  readonly hold?: () => Promise<void>;
}

export interface WriteApi extends ReadApi {
  /** One write, retried only where that is safe (429, 503, refused connection). Throws UnknownOutcome where it may have taken effect. */
  send(call: SendCall): Promise<Answer>;
}
