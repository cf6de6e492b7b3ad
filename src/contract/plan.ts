// The plan as data (INTERFACE §5): what is printed, commented, applied and recorded is this one value.
import type { Diagnostic, Place } from "./diagnostic.ts";
import type { Json } from "./json.ts";
import type { MessageSample, Version } from "./kind.ts";

export const actions = [
  "create",
  "newVersion",
  "update",
  "deprecate",
  "reactivate",
  "remove",
  "send",
  "records",
  "adopt",
] as const;
export type Action = (typeof actions)[number];

export interface Change {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

export interface PatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

export interface Precondition {
  readonly remoteId?: string;
  readonly revision?: string;
}

export interface StepRecords {
  readonly contentDigest: string;
  readonly total: number;
  readonly optIns: number;
  readonly optOuts: number;
  readonly toSend: number;
  readonly observed: { readonly unchanged: number; readonly skipped: number } | null;
}

export type Risk = "low" | "medium" | "high";

export interface Step {
  readonly action: Action;
  readonly address: string;
  /** `sha256:…` over what INTERFACE §5 names. */
  readonly digest: string;
  readonly version: { readonly from: Version | null; readonly to: Version | null };
  readonly after: readonly string[];
  readonly followUp: boolean;
  readonly changes: readonly Change[];
  readonly patch: readonly PatchOperation[];
  readonly risk: Risk;
  readonly reason: string;
  readonly precondition: Precondition;
  readonly remoteName?: string;
  /** What a reader should know beside the changes. */
  readonly notes?: readonly string[];
  /** What performing it does beyond its action, for people who read no YAML; no part of the digest. */
  readonly effect?: string;
  /** No part of the digest: what it is filled from is. */
  readonly sample?: MessageSample;
  readonly records?: StepRecords;
  /** Absent for what no manifest declares any more. */
  readonly source?: Place;
}

export type HeldBy = "rejected" | "pending" | "paused" | "unowned" | "forbid" | "reference" | "duplicate" | "rename";

/** A row that is waiting, blocked or unmanaged. */
export interface Held {
  readonly address: string;
  readonly kind: string;
  readonly remoteId?: string;
  readonly version?: Version;
  readonly status: string;
  readonly reason: string;
  readonly since?: string;
  readonly by: HeldBy;
}

export type Summary = Readonly<Record<Action | "waiting" | "blocked" | "unchanged" | "unmanaged" | "off", number>>;

export interface PlanOptions {
  readonly only: readonly string[];
  readonly adopt: readonly string[];
  readonly offline?: true;
  readonly optOutsOnly?: true;
}

export interface Plan {
  readonly formatVersion: 1;
  readonly tool: string;
  readonly environment: string;
  readonly commit?: string;
  readonly createdAt: string;
  readonly digest: string;
  readonly options: PlanOptions;
  readonly summary: Summary;
  readonly steps: readonly Step[];
  readonly waiting: readonly Held[];
  readonly blocked: readonly Held[];
  readonly unmanaged: readonly Held[];
  readonly diagnostics: readonly Diagnostic[];
}

export type OutcomeStatus = "ok" | "failed" | "unknown" | "skipped";

export interface Outcome {
  readonly address: string;
  readonly action: Action;
  readonly status: OutcomeStatus;
  readonly remoteId?: string;
  readonly version?: Version;
  readonly latencyMs?: number;
  readonly channelUrl?: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly error?: string;
}
