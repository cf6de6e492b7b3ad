// What the simulator stores, collection by collection. Plain JSON: it is written to disk as it is.
import type { JsonObject } from "./shape.ts";

/** A review that was decided when it was submitted and is shown as time passes (epoch milliseconds). */
export interface Verdict {
  readonly outcome: "approve" | "reject" | "never";
  readonly reason: string | null;
  readonly reviewAt: number;
  readonly decideAt: number;
}

/** A status set by a call or by a person, which overrides the verdict. */
export interface Forced {
  readonly status: string;
  readonly reason: string | null;
  readonly at: number;
}

export interface WhatsAppRow {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly category: string | null;
  readonly body: string;
  readonly header: unknown;
  readonly footer: string | null;
  readonly buttons: readonly unknown[];
  readonly examples: JsonObject;
  readonly submittedAt: number;
  readonly editedAt: number;
  readonly verdict: Verdict;
  readonly forced: Forced | null;
  /** Only what was once approved can be re-activated. */
  readonly hasBeenApproved: boolean;
}

export interface DigitalRow {
  readonly templateId: string;
  readonly version: string;
  readonly channels: readonly string[];
  readonly locale: string;
  readonly contentBlocks: readonly unknown[];
  readonly variables: readonly string[];
  readonly metadata: JsonObject;
  readonly status: "ACTIVE" | "DEPRECATED";
  /** The job has persisted it from this time on; null: it never will. */
  readonly visibleAt: number | null;
}

export interface JobRow {
  readonly jobId: string;
  readonly versionId: string;
  readonly runsAt: number;
  /** Null: the job runs for ever. */
  readonly endsAt: number | null;
  readonly failure: string | null;
}

export interface SmsRow {
  readonly id: string;
  readonly name: string;
  readonly content: string;
  readonly fromAddress: string;
  readonly createdAt: number;
  readonly editedAt: number;
  /** Rises with every write, so that an ETag never comes back. */
  readonly revision: number;
  readonly status: "DRAFT" | "APPROVED" | "REJECTED" | "DEPRECATED" | "REVIEW";
  /** Of a template in status REVIEW. */
  readonly verdict: Verdict | null;
  readonly reason: string | null;
}

export interface A2pRow {
  readonly id: string;
  readonly templateId: string;
  readonly campaignName: string;
  readonly messageClass: string;
  readonly optInLanguage: string;
  readonly createdAt: number;
  readonly verdict: Verdict;
  readonly forced: Forced | null;
}

export interface SubscriptionRow {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: string;
  readonly createdAt: number;
}

export interface AuditRow {
  readonly id: string;
  readonly record: JsonObject;
}

export interface GuestRow {
  readonly sessionId: string;
  readonly channelId: string;
  readonly queueId: string;
  readonly language: readonly string[];
  readonly metadata: JsonObject;
  readonly callbackUrl: string;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly endsAt: number | null;
}

export interface PreferenceRow {
  readonly id: string;
  readonly contactId: string;
  readonly channel: string;
  readonly optIn: boolean;
  readonly consentTimestamp: string | null;
  readonly withdrawalTimestamp: string | null;
  readonly regulatoryRegion: string;
  readonly source: string;
  readonly idempotencyKey: string;
  readonly updatedAt: string;
}

/** What a write answered, kept to be answered again (CXONE-API §7 ✚, for all families). */
export interface KeyRow {
  readonly fingerprint: string;
  readonly at: number;
  readonly status: number;
  /** The JSON text; null: no body. */
  readonly text: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Something that happens at a time and is told to whoever subscribed by then. */
export interface EventRow {
  readonly id: string;
  readonly dueAt: number;
  readonly type: string;
  /** The collection and id of the object that it is about. */
  readonly about: string;
  readonly detail: JsonObject;
}

export interface Rows {
  readonly whatsapp: WhatsAppRow;
  readonly digital: DigitalRow;
  readonly jobs: JobRow;
  readonly sms: SmsRow;
  readonly a2p: A2pRow;
  readonly subscriptions: SubscriptionRow;
  readonly audit: AuditRow;
  readonly guests: GuestRow;
  readonly preferences: PreferenceRow;
  readonly keys: KeyRow;
  readonly events: EventRow;
  readonly counters: { readonly last: number };
}

export type CollectionName = keyof Rows;
