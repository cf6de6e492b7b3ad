// What the double holds in memory and the knobs that tests turn. It must not know the product.
import type { Json } from "./wire.ts";

export type WhatsApp = Record<string, unknown> & {
  id: string;
  name: string;
  language: string;
  status: string;
  wasApproved: boolean;
};
export type Digital = Record<string, unknown> & { templateId: string; version: string; status: string };
export type Sms = {
  id: string;
  name: string;
  status: string;
  content: string;
  from_address: string;
  revision: number;
  meta: Json;
};
export type Registration = Record<string, unknown> & { id: string; status: string; template_id: string };
export type Job = { jobId: string; status: string; errorMessage?: string; content: Json };
export type Consent = Record<string, unknown> & { contactId: string; channel: string; optIn: boolean };

/** What a tenant does by itself, changed by tests between calls. */
export type Knobs = {
  approveAtOnce: boolean;
  jobs: "COMPLETED" | "FAILED" | "RUNNING";
  /** Whether a job that fails has stored its version all the same. */
  failedJobsStore: boolean;
  smsPut: 200 | 204 | "PENDING_REVIEW";
  a2pStatus: "PENDING" | "REGISTERED" | "REJECTED";
  list: boolean;
  etag: boolean;
  reactivate: boolean;
  deprecate: boolean;
  idempotencyKeys: boolean;
  channels: boolean;
  /** Contacts whose records are answered `rejected`. */
  rejects: ReadonlySet<string>;
  /** Contacts whose record has a whole batch refused, each with the status. */
  refusesBatch: Map<string, number>;
  /** Answers to batches say the opposite of what was sent. */
  contradicts: boolean;
  now: () => Date;
};
export type State = {
  readonly knobs: Knobs;
  readonly whatsapp: WhatsApp[];
  readonly digital: Digital[];
  readonly jobs: Job[];
  readonly sms: Sms[];
  readonly registrations: Registration[];
  readonly webhooks: { id: string; url: string; events: unknown; secret: string }[];
  readonly audit: unknown[];
  readonly guests: (Json & { sessionId: string; key: string; body: unknown })[];
  readonly guestChannels: Map<string, Json>;
  readonly consents: Consent[];
  readonly batches: Map<string, { readonly body: unknown; readonly answer: unknown }>;
};

export function newState(): State {
  const knobs: Knobs = {
    approveAtOnce: false,
    jobs: "COMPLETED",
    failedJobsStore: false,
    smsPut: 200,
    a2pStatus: "REGISTERED",
    list: true,
    etag: true,
    reactivate: true,
    deprecate: true,
    idempotencyKeys: true,
    channels: true,
    rejects: new Set(),
    refusesBatch: new Map(),
    contradicts: false,
    now: () => new Date(),
  };
  return {
    knobs,
    whatsapp: [],
    digital: [],
    jobs: [],
    sms: [],
    registrations: [],
    webhooks: [],
    audit: [],
    guests: [],
    guestChannels: new Map(),
    consents: [],
    batches: new Map(),
  };
}
