// The ledger's entry (INTERFACE §6), the state derived from entries, and the store that holds them; knows no file system.
import type { Json } from "./json.ts";
import type { Version, VersionStatus } from "./kind.ts";
import type { Holder } from "./world.ts";

export type Phase = "claim" | "intent" | "result" | "event" | "release";

export interface Approval {
  readonly login: string;
  readonly at: string;
  readonly commit: string;
}

/** What a writer says; the ledger adds seq, at, run, environment, prev and hash. Absent where it does not apply. */
export interface EntryDraft {
  readonly phase: Phase;
  /** A plan action, `approve`, or an event: validated, decided, observed, lost, adopted, forgotten, handedOver, renamed, redeclared, answered, recovered, overdue, recategorised, drifted, callback, delivery. */
  readonly action?: string;
  readonly address?: string;
  /** For `renamed`: the address that this one was before. */
  readonly former?: string;
  readonly version?: Version;
  readonly remoteName?: string;
  /** Hex SHA-256 of the comparable content; names the content file. */
  readonly digest?: string;
  /** Hex SHA-256 of the content file, where masking made it differ from `digest`. */
  readonly contentHash?: string;
  readonly remoteId?: string;
  readonly jobId?: string;
  /** For results and events about a version: its VersionStatus. */
  readonly status?: VersionStatus;
  /** For results: what became of the write. */
  readonly outcome?: "ok" | "failed" | "unknown";
  readonly reason?: string;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
  readonly generation?: number;
  readonly responseDigest?: string;
  readonly latencyMs?: number;
  readonly decidedAt?: string;
  readonly observedAt?: string;
  readonly actor?: string;
  readonly operator?: string;
  readonly approvals?: readonly Approval[];
  readonly commit?: string;
  readonly planDigest?: string;
  /** For claims: the digests of the plan's steps; for releases: of those that were left. */
  readonly steps?: readonly string[];
  /** For records: created, updated, unchanged, skipped, rejected, sent; for validated: resources, errors, warnings, records, violations. */
  readonly counts?: Readonly<Record<string, number>>;
  /** For records: the digest of the chunk that this write sends. */
  readonly chunk?: string;
  /** For records: the digest of the whole batch that this write belongs to. */
  readonly contentDigest?: string;
  /** For validated: when validation began. */
  readonly startedAt?: string;
  /** For claims. */
  readonly holder?: Holder;
}

export interface Entry extends EntryDraft {
  readonly seq: number;
  readonly at: string;
  readonly run: string;
  readonly environment: string;
  readonly prev: string;
  readonly hash: string;
}

export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly run: string;
  readonly file: string;
}

export interface LedgerVersion {
  readonly version: Version;
  readonly digest: string;
  readonly remoteName: string;
  readonly remoteId?: string;
  readonly status: VersionStatus;
  readonly submittedAt?: string;
  readonly decidedAt?: string;
  readonly activeSince?: string;
  readonly deprecatedAt?: string;
  readonly reason?: string;
  readonly createdBy?: string;
  readonly commit?: string;
  readonly jobId?: string;
  /** CXone denied it by a typed 404 (event `lost`). */
  readonly missing?: true;
  /** Its removal was announced and its outcome is unknown: it may be gone although it is called active. */
  readonly isRemovalOpen?: true;
  /** A submission that was announced and has no definite result: whose key may be in CXone's hands. */
  readonly begun?: {
    readonly operation: string;
    readonly idempotencyKey: string;
    readonly generation: number;
    readonly at: string;
  };
}

export interface LedgerRecords {
  /** Digests of the chunks for whose every record CXone has answered. */
  readonly answered: readonly string[];
  /** The content whose every chunk was answered last. */
  readonly doneContent?: string;
  readonly applies: number;
}

export interface LedgerResource {
  readonly versions: readonly LedgerVersion[];
  readonly records?: LedgerRecords;
  /** Removed, and its removal recorded: what it named is not owned any more. */
  readonly forgotten?: true;
  /** The addresses that this one was before, the nearest first; absent when there are none. Each has one heir. */
  readonly formers?: readonly string[];
}

export interface LedgerState {
  readonly formatVersion: 1;
  readonly environment: string;
  readonly head: string;
  readonly resources: Readonly<Record<string, LedgerResource>>;
}

export interface OpenClaim {
  readonly entry: Entry;
  readonly lastAt: string;
  readonly openIntents: readonly Entry[];
}

/** What one append changes; it is all there afterwards or nothing is. */
export interface LedgerAppend {
  /** Undefined for an empty ledger. */
  readonly expectedHead: Head | undefined;
  readonly head: Head;
  /** One canonical JSON entry a line, without the newline. */
  readonly lines: readonly string[];
  readonly contents: readonly { readonly digest: string; readonly content: Json }[];
  /** The derived state, written when a run ends. */
  readonly state?: LedgerState;
}

/** Read, list, append-if-head-is, and the repair after a crash. */
export interface LedgerStore {
  /** The text of a file of the ledger folder; undefined when it is not there. */
  read(file: string): Promise<string | undefined>;
  /** The audit files in chain order, and the content files. */
  list(folder: "audit" | "content"): Promise<readonly string[]>;
  /** False when the head is another one: nothing was written then. */
  append(change: LedgerAppend): Promise<boolean>;
  /** Cuts what a crash left of an append that never counted. Every append does so, too; this is for a ledger to which nothing is appended. */
  cutTorn(): Promise<void>;
  /** Where it is, for messages. */
  readonly label: string;
}
