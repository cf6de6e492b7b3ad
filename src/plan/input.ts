// What the planner is given and what it passes on beside the plan; values only, no I/O.
import type { Capabilities, Family } from "../contract/api.ts";
import type { Guards } from "../contract/config.ts";
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { EntryDraft, LedgerState } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind, Observed, Target } from "../contract/kind.ts";
import type { Held, Plan, PlanOptions, Step } from "../contract/plan.ts";

/** What was read of one kind. */
export interface KindObservation {
  readonly objects: readonly Observed[];
  /** False: the ledger stands in (offline, or a tenant without lists). */
  readonly isObserved: boolean;
  /** `remoteId@version` (or the id alone) of what the ledger names and a typed 404 denies. */
  readonly gone: ReadonlySet<string>;
  /** What jobs say, by `address@version`. */
  readonly jobs: ReadonlyMap<string, { readonly status: "pending" | "active" | "rejected"; readonly reason?: string }>;
}

/** What CXone holds for one batch's records, counted. */
export interface RecordsObservation {
  readonly unchanged: number;
  readonly skipped: number;
  /** The keys of the records that CXone is known to hold newer: not sent, and as good as answered. */
  readonly older: ReadonlySet<string>;
}

export interface Observation {
  readonly kinds: ReadonlyMap<string, KindObservation>;
  /** Guest sessions whose send was begun, found by their key, by `address@generation`. */
  readonly sessions: ReadonlyMap<string, Observed>;
  /** What would stop a session that will be sent, by address. */
  readonly prechecks: ReadonlyMap<string, { readonly status: string; readonly reason: string }>;
  readonly records: ReadonlyMap<string, RecordsObservation>;
  readonly notes: readonly Diagnostic[];
}

export interface PlanInput {
  readonly tool: string;
  readonly environment: string;
  readonly commit?: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly options: PlanOptions;
  /** True: steps carry the message filled with its examples, for the reviewers of a pull request. Elsewhere no example leaves its manifest. */
  readonly showsSamples?: boolean;
  readonly kinds: readonly Kind[];
  readonly declared: readonly Declared[];
  readonly ledger: LedgerState;
  /** The normalised content of ledger versions, by digest; sensitive fields masked. */
  readonly contents: ReadonlyMap<string, JsonObject>;
  readonly observation: Observation;
  readonly retireAfterMs: number;
  readonly guards: Guards;
  /** Row 7: content that CXone would refuse beside what it holds. */
  readonly duplicates: "error" | "warning" | "off";
  readonly ignoreUnmanaged: readonly string[];
  readonly isEnabled: (family: Family) => boolean;
  /** What the tenant can do. */
  readonly capabilities: (family: Family) => Capabilities;
  /** Where a diagnostic about the whole plan points: the environment in the config. */
  readonly place: Place;
}

/** What performs a step, beside the step itself: the values that the plan's JSON does not hold. */
export interface Assignment {
  readonly kind: Kind;
  readonly target?: Target;
  readonly declared?: Declared;
  readonly observed?: Observed;
  /** For a retirement: the object that must be read as active first. Undefined when the address is not declared any more. */
  readonly successor?: Observed;
  /** The comparable content that the step submits, for the ledger. */
  readonly content?: JsonObject;
  /** For an adoption from a former address: what that one gives up, recorded together with it, so that no crash leaves an object to two or to none. */
  readonly handsOver?: EntryDraft;
  /** For records: how many opt-ins it would still send. */
  readonly optInsToSend?: number;
  /** For records: those that CXone holds newer (see RecordsObservation). */
  readonly older?: ReadonlySet<string>;
  /** The content is one that an applied plan contained already: settle may finish it. */
  readonly wasApplied?: boolean;
}

/** A step before it has its digest, changes and patch: what they are made from, and what performs it. */
export interface StepDraft extends Omit<Step, "digest" | "changes" | "patch"> {
  readonly before: JsonObject;
  readonly next: JsonObject;
  readonly assignment: Assignment;
}

/** What was decided for one address. */
export interface Decision {
  readonly address: string;
  readonly steps: readonly StepDraft[];
  readonly waiting: readonly Held[];
  readonly blocked: readonly Held[];
  readonly diagnostics: readonly Diagnostic[];
  /** What the ledger learns from this reading: decisions of Meta, objects that are gone, removals without a call. */
  readonly events: readonly EntryDraft[];
  /** Whether it has an active version now, and whether it keeps one when the steps are done. */
  readonly isActive: boolean;
  readonly staysActive: boolean;
  /** The address is in CXone by now. */
  readonly isOwned: boolean;
}

export interface Planned {
  readonly plan: Plan;
  readonly assignments: ReadonlyMap<Step, Assignment>;
  readonly events: readonly EntryDraft[];
  /** Remote ids by address, of what is active now: what references resolve to. */
  readonly remoteIds: ReadonlyMap<string, string>;
  readonly isGuarded: boolean;
}
