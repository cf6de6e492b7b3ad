// What a simulator can be told at its start, with the defaults. It knows no endpoint.
import { randomUUID } from "node:crypto";
import type { DecisionRule } from "./decisions.ts";
import type { Family } from "./families.ts";
import type { FaultRule } from "./faults.ts";

/** What a tenant may lack (INTERFACE §2); all true by default. */
export interface SimulatorCapabilities {
  /** False: `X-Idempotency-Key` is ignored; only the guest session keeps it for `?idempotencyKey=`. */
  readonly idempotencyKeys?: boolean;
  /** How long an answer is kept under its key. Default 24 hours. */
  readonly keyTtlMs?: number;
  readonly etags?: boolean;
  /** False: no list call exists, in all families or in those named. */
  readonly list?: boolean | Readonly<Partial<Record<Family, boolean>>>;
  readonly reactivate?: boolean;
  readonly deprecate?: boolean;
  readonly channels?: boolean;
  /** False: a token answer has no `expires_in`. */
  readonly expiresIn?: boolean;
  /** False: the PUT of an SMS template answers 204 without a body. */
  readonly smsAnswerBody?: boolean;
}

export interface Client {
  readonly id: string;
  readonly secret: string;
  /** Scopes that this client may get. Absent: all. */
  readonly scopes?: readonly string[];
}

/** A guest channel that is not as every other: unknown, switched off, or closed to guests made by programs. */
export interface ChannelRule {
  readonly id: string;
  readonly isKnown?: boolean;
  readonly status?: string;
  readonly programmaticGuests?: boolean;
}

export interface WebhookTarget {
  /** A URL without a path gets the path of CXONE-API §3 or §6. */
  readonly url: string;
  readonly secret?: string;
}

export interface SimulatorOptions {
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** A folder for durable state. Absent: memory only. */
  readonly stateDir?: string;
  readonly seed?: number | string;
  /** From submission to decision. Default 2000. */
  readonly reviewDelayMs?: number;
  /** The first that matches decides. */
  readonly decisions?: readonly DecisionRule[];
  /** WhatsApp templates that are rejected by chance. Default 0. */
  readonly rejectPercent?: number;
  /** False: a repeated body and footer is approved like any other. */
  readonly rejectDuplicates?: boolean;
  /** Of a digital job, from QUEUED to its end. Default 150. */
  readonly jobMs?: number;
  readonly faults?: readonly FaultRule[];
  /** Default 100; `Infinity` for no limit. */
  readonly requestsPerSecond?: number;
  readonly capabilities?: SimulatorCapabilities;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Beside or instead of `clientId` and `clientSecret`. */
  readonly clients?: readonly Client[];
  readonly tokenLifeSeconds?: number;
  readonly channels?: readonly ChannelRule[];
  /** Queues that guest sessions may not be sent to. */
  readonly deniedQueues?: readonly string[];
  /** Absent: a session never ends by itself. */
  readonly sessionLifeMs?: number;
  /** Gets the status events of WhatsApp templates. */
  readonly statusWebhook?: WebhookTarget;
  /** Gets every guest callback instead of the session's own `callbackUrl`; or only the secret to sign those with. */
  readonly guestWebhook?: { readonly url?: string; readonly secret?: string };
  /** True: webhooks go to any host, not to loopback only. */
  readonly deliverAnywhere?: boolean;
  /** Deliveries, by seed, that are made twice or after the next one; and the wait between tries (default 200 ms). */
  readonly deliveries?: {
    readonly repeatPercent?: number;
    readonly reorderPercent?: number;
    readonly retryMs?: number;
  };
  readonly now?: () => number;
}

/** Options with every default filled in. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly stateDir: string | undefined;
  readonly seed: number | string;
  readonly reviewDelayMs: number;
  readonly decisions: readonly DecisionRule[];
  readonly rejectPercent: number;
  readonly rejectDuplicates: boolean;
  readonly jobMs: number;
  readonly faults: readonly FaultRule[];
  readonly requestsPerSecond: number;
  readonly capabilities: Required<Omit<SimulatorCapabilities, "list">>;
  readonly canList: (family: Family) => boolean;
  readonly clients: readonly Client[];
  readonly tokenLifeSeconds: number;
  readonly channels: ReadonlyMap<string, ChannelRule>;
  readonly deniedQueues: ReadonlySet<string>;
  readonly sessionLifeMs: number | null;
  readonly statusWebhook: WebhookTarget | undefined;
  readonly guestWebhook: { readonly url?: string; readonly secret?: string };
  readonly deliverAnywhere: boolean;
  readonly deliveries: { readonly repeatPercent: number; readonly reorderPercent: number; readonly retryMs: number };
  readonly now: () => number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Fills in the defaults. */
export function settle(options: SimulatorOptions): Settings {
  const { list = true, ...capabilities } = options.capabilities ?? {};
  return {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
    stateDir: options.stateDir,
    seed: options.seed ?? randomUUID(),
    reviewDelayMs: options.reviewDelayMs ?? 2000,
    decisions: options.decisions ?? [],
    rejectPercent: options.rejectPercent ?? 0,
    rejectDuplicates: options.rejectDuplicates ?? true,
    jobMs: options.jobMs ?? 150,
    faults: options.faults ?? [],
    requestsPerSecond: options.requestsPerSecond ?? 100,
    capabilities: {
      idempotencyKeys: true,
      keyTtlMs: DAY_MS,
      etags: true,
      reactivate: true,
      deprecate: true,
      channels: true,
      expiresIn: true,
      smsAnswerBody: true,
      ...capabilities,
    },
    canList: (family) => (typeof list === "boolean" ? list : (list[family] ?? true)),
    clients: clientsOf(options),
    tokenLifeSeconds: options.tokenLifeSeconds ?? 3600,
    channels: new Map((options.channels ?? []).map((rule) => [rule.id, rule])),
    deniedQueues: new Set(options.deniedQueues),
    sessionLifeMs: options.sessionLifeMs ?? null,
    statusWebhook: options.statusWebhook,
    guestWebhook: options.guestWebhook ?? {},
    deliverAnywhere: options.deliverAnywhere ?? false,
    deliveries: { repeatPercent: 0, reorderPercent: 0, retryMs: 200, ...options.deliveries },
    now: options.now ?? Date.now,
  };
}

/** Explicit clients replace the built-in one, unless that is named too. */
function clientsOf(options: SimulatorOptions): readonly Client[] {
  const clients = options.clients ?? [];
  if (options.clients !== undefined && options.clientId === undefined) return clients;
  return [{ id: options.clientId ?? "local", secret: options.clientSecret ?? "local-secret" }, ...clients];
}
