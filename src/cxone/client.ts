// The client of one tenant: five families, one pace, one retry budget. It knows no kind and no meaning of a body.
import { type CallFacts, Unreachable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Family, ReadApi, WriteApi } from "../contract/api.ts";
import type { FamilySettings } from "../contract/config.ts";
import { callFamily, type FamilyCaller } from "./call.ts";
import type { ConnectOptions } from "./options.ts";
import { createPace } from "./pace.ts";
import { patienceMs } from "./persist.ts";
import { createRetryBudget } from "./retry.ts";
import { urlFault } from "./url.ts";

export type { ClientEvent, ConnectOptions } from "./options.ts";
export type { ClientCredentials } from "./token.ts";

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
