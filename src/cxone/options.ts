// What a client is given and what it tells meanwhile; types only, so that client and calls share them without a circle.
import type { Family } from "../contract/api.ts";
import type { FamilySettings } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import type { RateLimit } from "./pace.ts";
import type { ClientCredentials } from "./token.ts";

/** What happens meanwhile, for progress and logs; holds no secret, no body and no query. */
export type ClientEvent =
  | {
      readonly kind: "request";
      readonly family: Family;
      /** Whether it asked for a change; a token is none. */
      readonly isWrite: boolean;
      readonly method: string;
      readonly path: string;
      readonly requestId: string;
      /** Undefined: no answer. */
      readonly status?: number;
      readonly latencyMs?: number;
    }
  | {
      readonly kind: "retry";
      readonly family: Family;
      readonly method: string;
      readonly path: string;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly reason: string;
      readonly waitMs: number;
    }
  | { readonly kind: "token"; readonly family: Family }
  | { readonly kind: "pace"; readonly requestsPerSecond: number };

export interface ConnectOptions {
  readonly settings: Readonly<Record<Family, FamilySettings>>;
  /** Asked when a token is needed and not before; what it throws is passed on as it is. */
  credentials(family: Family): ClientCredentials;
  readonly rateLimit: RateLimit;
  readonly world: Pick<World, "clock" | "chance" | "fetch" | "onSecret">;
  /** Of this program, for User-Agent. */
  readonly version: string;
  /** The credentials are the read-only pair: tokens ask for the read scopes, and there is no writer. */
  readonly readOnly?: boolean;
  /** There is no writer, whatever the credentials could do. */
  readonly planning?: boolean;
  /** Aborting sends nothing more and cuts waits short; calls on their way are finished. */
  readonly signal?: AbortSignal | undefined;
  onEvent?(event: ClientEvent): void;
}
