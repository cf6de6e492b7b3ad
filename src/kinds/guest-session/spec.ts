// What `spec` of a GuestSession holds once the schema has passed it (INTERFACE §3); knows no rule.
import type { Json } from "../../contract/json.ts";

export type GuestSpec = {
  readonly channelId: string;
  readonly queueId: string;
  readonly language: readonly string[];
  readonly metadata: { readonly [key: string]: Json };
  readonly callbackUrl: string;
  /** 1 when absent. */
  readonly generation?: number;
};
