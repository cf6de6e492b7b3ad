// The contract of a kind: what one resource must state so that the engine, which names no kind, can plan and perform it.
import type { Answer, Family, ReadApi, ReadCall } from "./api.ts";
import type { Finding, Rule, RuleSubject, SchemaCode } from "./diagnostic.ts";
import type { Json, JsonObject } from "./json.ts";

export type Version = number | string;
export type VersionStatus = "pending" | "active" | "rejected" | "deprecated" | "paused" | "unknown";

/**
 * What a change of a field means. `setBy: "cxone"`: CXone may change it by itself, so the ledger's submitted value is compared.
 * `compare: "set"`: order does not matter.
 */
export type FieldPolicy = (
  | { readonly change: "newVersion" }
  | { readonly change: "update" }
  | { readonly change: "forbid"; readonly why: string }
  | { readonly change: "ignore"; readonly why: string }
) & {
  readonly setBy?: "cxone";
  readonly compare?: "set";
  /** Why this change of this field is risky for senders, when it is; `next` is the whole declared state. */
  readonly risk?: (before: Json, after: Json, next: JsonObject) => string | undefined;
  /** Why this very change is refused although the field may change: approved from true to false. */
  readonly refuses?: (before: Json, after: Json) => string | undefined;
};

export type FieldPolicies<State> = { readonly [Field in keyof State]-?: FieldPolicy };

export interface Reference {
  /** The address referred to. */
  readonly address: string;
  /** Where it stands, for the diagnostic: `/spec/template`. */
  readonly pointer: string;
}

/** One object as CXone holds it, in the form of the kind's state. */
export interface Observed {
  readonly remoteId: string;
  /** How senders name it; for kinds without a name, the id. */
  readonly remoteName: string;
  /** Only where CXone itself counts versions. */
  readonly version?: Version;
  readonly status: VersionStatus;
  /** CXone's own word for the status. */
  readonly statusText: string;
  readonly reason?: string;
  /** Only the fields that CXone reports; a field that it keeps to itself is left out. */
  readonly state: JsonObject;
  /** The ETag, or a digest of what was read. */
  readonly revision: string;
  readonly decidedAt?: string;
  readonly createdAt?: string;
  /** Facts for the performer that are no part of the state (an SMS template's meta). */
  readonly extra?: JsonObject;
}

/** What the ledger knows of one version that `observe` may need to look for. */
export interface KnownRemote {
  readonly address: string;
  readonly name: string;
  readonly version: Version;
  readonly remoteName: string;
  readonly remoteId?: string;
  readonly jobId?: string;
  readonly idempotencyKey?: string;
  readonly status: VersionStatus;
}

export interface Target {
  readonly address: string;
  readonly name: string;
  readonly state: JsonObject;
}

/** What an answer shows of the object that was written. */
export interface Accepted {
  readonly observed: Observed;
  /** Accepted, still to be decided by a job. */
  readonly jobId?: string;
  /** Shown to the caller and kept nowhere. */
  readonly channelUrl?: string;
}

/** A write before it has a key: the performer adds it, announces the write in the ledger, sends, and records the answer. */
export interface WriteCall extends ReadCall {
  /** Part of the idempotency key and the `action` of the ledger's entries. */
  readonly operation: string;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** The body; times in it come from the intent's time (epoch ms), so that a retry repeats the same bytes. */
  body?(atMs: number): Json;
  /** The body without times, for the key. */
  readonly keyBody: Json;
  readonly remoteId?: string;
  readonly remoteName?: string;
  /** Undefined when the answer shows no object (204): then it is read back. Throws Unexpected for another shape. */
  accept(answer: Answer): Accepted | undefined;
  /** Reads CXone for the effect of this write: the object when the effect is there, undefined when it is not. */
  readBack(api: ReadApi, idempotencyKey: string): Promise<Observed | undefined>;
  /** What a typed 404 means, for a removal: the object as it is once it is gone, undefined when it is there all the same. */
  missing?(api: ReadApi): Promise<Observed | undefined>;
  /** True when a Conflict with the effect already there is as good as done (a change of status); false for creations. */
  readonly isTransition: boolean;
}

/** What an operation may do. `write` does intent → send → result; reads are free. */
export interface Performer {
  readonly api: ReadApi;
  /** The remote id under which a reference's address is known. */
  remoteIdOf(address: string): string;
  /** The value of a manifest secret. */
  secret(variable: string): string;
  write(call: WriteCall): Promise<Accepted>;
  /** Waits before reading again (a job). */
  sleep(ms: number): Promise<void>;
}

/** What content equality alone cannot tell: whether an object needs something although, or waits because of, its status. */
export type Need =
  | { readonly do: "nothing" }
  /** `isUnfinished`: it only completes what this tool began; otherwise it undoes what somebody did in CXone. */
  | { readonly do: "update"; readonly reason: string; readonly isUnfinished: boolean }
  | { readonly do: "wait"; readonly by: "pending" | "paused"; readonly reason: string }
  | { readonly do: "block"; readonly by: "rejected"; readonly reason: string }
  /** As it is it needs nothing; a write of what is declared would undo what somebody did in CXone. */
  | { readonly do: "keep"; readonly reason: string };

interface KindCore {
  /** The `kind:` of manifests: SmsTemplate. */
  readonly name: string;
  /** Names folder, schema and cases: sms-template. */
  readonly slug: string;
  /** Where manifests of it belong: templates/sms. */
  readonly folder: string;
  readonly family: Family;
  /** Kinds that its references name. */
  readonly refersTo: readonly string[];
  /** Kinds whose steps go first although nothing refers to them. */
  readonly follows: readonly string[];
  readonly rules: readonly Rule[];
  /** Codes of rules that the reader applies by itself and whose severity nobody can change: those of consent records. */
  readonly fixedCodes?: readonly string[];
  readonly schemaCodes: readonly SchemaCode[];
  /** Top-level fields of the state whose values are shown as `(sensitive)`. */
  readonly sensitive: readonly string[];
  address(name: string, spec: JsonObject): string;
  references(spec: JsonObject): readonly Reference[];
  normalise(subject: Pick<RuleSubject, "name" | "spec">): JsonObject;
  readonly fields: Readonly<Record<string, FieldPolicy>>;
  /** What CXone makes of a creation that reaches it twice, whatever its key: it refuses the second, or the same again changes nothing. Absent: a second object. */
  readonly repeated?: "refused" | "same";
  /** The environment variables that hold the resource's secrets, with their places. */
  secrets?(spec: JsonObject): readonly { readonly variable: string; readonly pointer: string }[];
  /** Characters, bytes, septets, segments by field or block, for `validate --format json`. */
  counts?(subject: Pick<RuleSubject, "name" | "spec">): JsonObject;
  /** The names that a sender fills in, in their order: what `resolve` prints. */
  parameters?(state: JsonObject): readonly string[];
  /** What becomes of this content when it is sent, for people who read no YAML: a part of a sentence without its subject. */
  effect?(state: JsonObject): string;
  /** The message as a customer reads it, placeholders filled with examples; an example that looks like a person's reads `(sensitive)`. */
  sample?(spec: JsonObject): MessageSample;
  /** Where a field that CXone complains about stands in the manifest: `/from_address` → `/spec/fromAddress`. */
  pointerOf?(field: string): string;
}

/** A message as a customer reads it. */
export interface MessageSample {
  readonly language?: string;
  /** `header`, `body`, `button`, in the order in which they are read. */
  readonly parts: readonly { readonly part: string; readonly text: string }[];
}

/** What a manifest of an observed object says: the inverse of `normalise`. */
export interface Declaration {
  readonly name: string;
  /** True where CXone has no name for it: another may be taken. */
  readonly isNameFree: boolean;
  readonly spec: JsonObject;
  /** What an author should know of a top-level field of the spec, by its name. */
  readonly comments?: Readonly<Record<string, string>>;
}

interface Observing {
  /** The manifest of an object, or of a version's content, with links given as addresses; a text says why there can be none. Absent: the kind is never imported. */
  declaration?(observed: Observed): Declaration | string;
  /** Reads every object of this kind; undefined where this tenant cannot list it. Gets no write method: planning cannot write. */
  observe(api: ReadApi, known: readonly KnownRemote[]): Promise<readonly Observed[] | undefined>;
  /** No call shows one object by its id: where a tenant has no list, nothing tells whether it is there, and the ledger stands in for `read`. */
  readonly isSeenInListOnly?: true;
  /** Reads one object that the ledger names; undefined only for a typed 404. */
  read(api: ReadApi, known: KnownRemote): Promise<Observed | undefined>;
  /** Fields of an observed state that hold a remote id of that kind; the plan puts the address in its place. */
  readonly links: Readonly<Record<string, string>>;
  /** The natural key by which a declared resource that owns nothing yet finds its object; also of an observed one, with its remote name. */
  keyOf(name: string, state: JsonObject): string;
  /** The remote id that the manifest names to take an object over. */
  takeOver?(spec: JsonObject): string | undefined;
}

export interface VersionBump {
  readonly version: Version;
  /** Why this size: "a variable was removed: major". */
  readonly reason?: string;
}

/** A submission of a plan, as `advise` sees it. */
export interface Submission {
  readonly address: string;
  readonly name: string;
  /** Undefined: it is new. */
  readonly before: JsonObject | undefined;
  readonly after: JsonObject;
}

/** What a plan should say although nothing is wrong: a limit of the account that comes near, a translation left behind. */
export interface Advice {
  /** CX4 and three digits. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly address?: string;
  readonly pointer?: string;
}

export interface AdviceScope {
  readonly observed: readonly Observed[];
  readonly submissions: readonly Submission[];
  readonly declared: readonly Target[];
}

/** A template whose versions stand side by side and are decided by somebody else. */
export interface VersionedKind extends KindCore, Observing {
  readonly lifecycle: "versioned";
  readonly firstVersion: Version;
  /** The version after `highest` for this change of content; `before` is what is declared-before, when anything is. */
  bump(highest: Version, before: JsonObject | undefined, after: JsonObject): VersionBump;
  compareVersions(left: Version, right: Version): number;
  remoteName(target: Target, version: Version): string;
  /** True when versions are told apart by remote name, so that a taken name must be skipped. */
  readonly namedVersions: boolean;
  /** Warnings of a plan; never a block. */
  advise?(scope: AdviceScope): readonly Advice[];
  /** What a reader of the plan should know of this content beside its changes. */
  notes?(state: JsonObject): readonly string[];
  /** Row 7 of the decision table: why CXone would refuse `state` beside `other` as a duplicate. */
  repeats?(state: JsonObject, other: JsonObject): string | undefined;
  readonly operations: {
    submit(on: Performer, target: Target, version: Version): Promise<Accepted>;
    deprecate(on: Performer, observed: Observed): Promise<Accepted>;
    reactivate(on: Performer, observed: Observed): Promise<Accepted>;
  };
  /** What a FAILED or running job says of a version that the list does not show. */
  job?(
    api: ReadApi,
    known: KnownRemote,
  ): Promise<{ readonly status: "pending" | "active" | "rejected"; readonly reason?: string } | undefined>;
}

/** A resource of one object, changed in place. */
export interface MutableKind extends KindCore, Observing {
  readonly lifecycle: "mutable";
  /** What the object needs beside its content. */
  need(state: JsonObject, observed: Observed): Need;
  /** What a change of the object that a resource of this kind refers to does to it: a warning of the plan. */
  whenReferenceChanges?: { readonly code: string; readonly message: string; readonly hint: string };
  /** What becomes of the object when its manifest is removed; `none`: a ledger event only. */
  readonly removal: "deprecate" | "remove" | "none";
  readonly operations: {
    create(on: Performer, target: Target): Promise<Accepted>;
    update?(on: Performer, target: Target, observed: Observed): Promise<Accepted>;
    remove?(on: Performer, observed: Observed): Promise<Accepted>;
    /** What was deprecated serves again, as it was; absent where that cannot be. */
    reactivate?(on: Performer, observed: Observed): Promise<Accepted>;
  };
}

/** A resource that is sent once per generation and then never looked at again. */
export interface OnceKind extends KindCore {
  readonly lifecycle: "once";
  generation(spec: JsonObject): number;
  /** What would stop it, asked by plan: undefined when nothing does. */
  precheck?(api: ReadApi, state: JsonObject): Promise<{ readonly status: string; readonly reason: string } | undefined>;
  /** What `send` is named in its idempotency key and in the ledger. */
  readonly operation: string;
  /** The body of `send` without times, for its key. */
  keyBody(state: JsonObject): Json;
  /** The object that a send under this key made: how a lost answer, or a lost ledger, is resolved. */
  find(api: ReadApi, idempotencyKey: string): Promise<Observed | undefined>;
  readonly operations: { send(on: Performer, target: Target, generation: number): Promise<Accepted> };
}

/** The call for one chunk of records; its own key makes repeating it safe. */
export interface RecordsCall extends ReadCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  readonly idempotencyKey: string;
}

/** One record's answer, in the order of the call. */
export interface RecordAnswer {
  readonly status: "created" | "updated" | "unchanged" | "skipped" | "rejected" | "unknown";
  readonly optIn: boolean;
  readonly error?: string;
}

/** A resource of many records, sent in chunks, each answered record by record. */
export interface RecordsKind extends KindCore {
  readonly lifecycle: "records";
  /** Where a batch keeps its records. */
  source(spec: JsonObject): { readonly inline: readonly Json[] } | { readonly file: RecordsFile };
  /** What is wrong with one record (pointers relative to the record: `/contactId`), no value repeated. */
  checkRecord(record: Json, spec: JsonObject, now: number): readonly RecordFinding[];
  /** The record as it is sent, with defaults and UTC times. Only for a record without an error. */
  normaliseRecord(record: Json, spec: JsonObject): JsonObject;
  /** contact and channel: unique in a batch. */
  recordKey(record: JsonObject): string;
  /** UUIDv5 over the record: its idempotency key. */
  recordId(record: JsonObject): string;
  /** What chunks are digested by: the same for records that differ only in what is `ignore` (source, region). */
  recordContent(record: JsonObject): string;
  isOptOut(record: JsonObject): boolean;
  /** Effective time, epoch ms. */
  effectiveAt(record: JsonObject): number;
  /** What CXone holds for a record; undefined when nothing. */
  observeRecord(api: ReadApi, record: JsonObject): Promise<JsonObject | undefined>;
  observeAll(api: ReadApi): AsyncIterable<JsonObject>;
  /** The call for one chunk; `generation` counts its definite refusals, so that a kept one is not replayed for ever. */
  call(records: readonly JsonObject[], generation: number): RecordsCall;
  /** Every record's own answer, in order; a missing or contradicting one is `unknown`. */
  answers(body: Json | undefined, records: readonly JsonObject[]): readonly RecordAnswer[];
}

export interface RecordsFile {
  readonly path?: string;
  readonly fromEnv?: string;
  readonly format: "ndjson" | "csv";
  readonly sha256: string;
}

export interface RecordFinding extends Finding {
  readonly code: string;
}

export type Kind = VersionedKind | MutableKind | OnceKind | RecordsKind;
export type ObservedKind = VersionedKind | MutableKind;
