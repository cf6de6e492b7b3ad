// The client of one tenant: five families, one pace, one retry budget. It knows no kind and no meaning of a body.
import { type CallFacts, Unreachable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Family, ReadApi, WriteApi } from "../contract/api.ts";
import type { FamilySettings } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import { callFamily, type FamilyCaller } from "./call.ts";
import { createPace, type RateLimit } from "./pace.ts";
import { patienceMs } from "./persist.ts";
import { createRetryBudget } from "./retry.ts";
import type { ClientCredentials } from "./token.ts";
import { urlFault } from "./url.ts";

export type { ClientCredentials } from "./token.ts";

/** What happens meanwhile, for progress and logs; holds no secret, no body and no query. */
export type ClientEvent =
  | {
      readonly kind: "request";
      readonly family: Family;
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

export interface Tally {
  /** Requests of calls that left, repeated ones included; token requests not. */
  readonly requests: number;
  /** Token requests that left. */
  readonly tokens: number;
  /** How many of both were retries. */
  readonly retries: number;
  /** How many of `requests` were not GETs. */
  readonly writes: number;
}

export interface ConnectOptions {
  readonly settings: Readonly<Record<Family, FamilySettings>>;
  /** Asked when a token is needed and not before; what it throws is passed on as it is. */
  credentials(family: Family): ClientCredentials;
  readonly rateLimit: RateLimit;
  readonly world: Pick<World, "clock" | "chance" | "fetch">;
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

export interface CxoneClient {
  /** GETs only: its transport refuses anything else. */
  reader(family: Family): ReadApi;
  /** Throws Bug in a client for planning. */
  writer(family: Family): WriteApi;
  readonly tally: Tally;
}

/** Opens nothing and sends nothing yet: tokens are asked for with the first call of their family. */
export function connect(options: ConnectOptions): CxoneClient {
  const { world, signal } = options;
  const tally = { requests: 0, tokens: 0, retries: 0, writes: 0 };
  const pace = createPace(world.clock, options.rateLimit, { patienceMs, signal });
  const patience = { world, pace, budget: createRetryBudget(), signal };
  const callers = new Map<Family, FamilyCaller>();
  const callerOf = (family: Family): FamilyCaller => {
    const known = callers.get(family);
    if (known !== undefined) return known;
    const settings = options.settings[family];
    assertReachable(family, settings);
    const caller = callFamily({ ...options, family, settings, patience, tally });
    callers.set(family, caller);
    return caller;
  };
  const reader = (family: Family): ReadApi => ({
    family,
    capabilities: options.settings[family].capabilities,
    get: async (call) => callerOf(family).get(call),
    list: async (call) => callerOf(family).list(call),
  });
  return {
    reader: (family) => Object.freeze(reader(family)),
    writer(family) {
      invariant(options.planning !== true && options.readOnly !== true, "a client for planning was asked to write");
      return Object.freeze({ ...reader(family), send: async (call) => callerOf(family).send(call) } satisfies WriteApi);
    },
    get tally() {
      return { ...tally };
    },
  };
}

/** The config loader refuses such URLs first, with a line; this holds for whoever comes without it. */
function assertReachable(family: Family, settings: FamilySettings): void {
  const call: CallFacts = { family, method: "GET", path: "/" };
  if (settings.baseUrl === "") {
    throw new Unreachable(`${family}: no base URL is configured`, call, {
      hint: `Set apis.${family}.baseUrl, or the environment's tenant, in cxform.yaml.`,
    });
  }
  const isPath = !/^[a-z][a-z0-9+.-]*:/i.test(settings.tokenUrl);
  for (const [key, url] of [
    ["baseUrl", settings.baseUrl],
    ...(isPath ? [] : [["tokenUrl", settings.tokenUrl]]),
  ] as const) {
    const fault = urlFault(url as string);
    if (fault === undefined) continue;
    throw new Unreachable(`${family}: the ${key} ${fault}`, call, {
      hint: `Correct apis.${family}.${key} in cxform.yaml: https, or http to this machine.`,
    });
  }
}
