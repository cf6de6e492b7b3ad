// cxform.yaml after parsing: defaults filled in, durations in milliseconds, secrets still names of variables; two lists of names beside the types.
import type { Capabilities, Family } from "./api.ts";
import type { Place, Severity } from "./diagnostic.ts";
import type { JsonObject } from "./json.ts";

/** A secret is never in the file: only the variable's name and where it is named. */
export interface SecretRef {
  readonly variable: string;
  readonly place: Place;
}

export interface Credentials {
  readonly clientId: SecretRef;
  readonly clientSecret: SecretRef;
}

export type ClientAuth = "form" | "basic" | "query";

export interface FamilySettings {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientAuth: ClientAuth;
  /** Undefined: all scopes of the family. */
  readonly scopes?: readonly string[];
  readonly paths: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly capabilities: Capabilities;
  readonly credentials?: Credentials;
  readonly enabled: boolean;
}

export interface GuardLimit {
  readonly count: number;
  readonly percent: number;
}

export interface Guards {
  readonly maxRetire: GuardLimit;
  readonly maxUpdate: GuardLimit;
  readonly maxOptIns: number;
}

export interface SimulatorSettings {
  readonly stateDir?: string;
  readonly seed?: string;
  readonly reviewDelayMs: number;
  readonly decisions: readonly JsonObject[];
}

export const hookNames = ["cms", "crm", "marketing", "notify"] as const;
export type HookName = (typeof hookNames)[number];

/** Where events go out to (CXONE-API §9). */
export interface Hook {
  readonly name: HookName;
  /** By a variable where the address itself is a secret, as those of Slack and Teams are. */
  readonly url: string | SecretRef;
  /** Signs what is sent, as Standard Webhooks do; absent: unsigned. */
  readonly secret?: SecretRef;
  /** How `notify` writes; the others are always `json`. */
  readonly format: "json" | "slack" | "teams";
  readonly place: Place;
}

export interface Hooks extends Readonly<Partial<Record<HookName, Hook>>> {
  /** Approvals and registrations are written to CXone's own audit log. */
  readonly auditSink: boolean;
}

export const receiverRoutes = ["cxone-template-status", "cxone-guest", "cxone-events", "cms"] as const;
export type ReceiverRoute = (typeof receiverRoutes)[number];

/** What `cxform serve` needs to know (INTERFACE §8). */
export interface ReceiverSettings {
  readonly secret?: SecretRef;
  /** Accepted beside `secret` while it rotates. */
  readonly previousSecret?: SecretRef;
  /** How long contact ids and bodies are kept; the ids of events stay for good. */
  readonly retentionMs: number;
  /** Routes that take events without a signature, for a proxy that authenticates in front of them. */
  readonly unsigned: readonly ReceiverRoute[];
  /** Whose workflows an event wakes by `repository_dispatch`; absent: a template event wakes a settle in the receiver's process. */
  readonly dispatch?: { readonly repository: string; readonly token: SecretRef };
  readonly place: Place;
}

export interface Environment {
  readonly name: string;
  /** Whose CXone it is; events of another one are refused. */
  readonly tenant?: string;
  /** Absolute globs or folders of manifests. */
  readonly manifests: readonly string[];
  readonly simulator?: SimulatorSettings;
  readonly readOnly: boolean;
  /** Applied only by a reviewed run of CI on the default branch. */
  readonly isProtected: boolean;
  readonly retireAfterMs: number;
  /** After how long an undecided submission is called overdue. */
  readonly overdueAfterMs: number;
  readonly ignoreUnmanaged: readonly string[];
  readonly consentObserve: "auto" | "list" | "never";
  readonly variables: Readonly<Record<string, string>>;
  readonly credentials?: Credentials;
  readonly planCredentials?: Credentials;
  /** Undefined where the config names no base URL and the default needs a `tenant` that is not given. */
  readonly families: Readonly<Record<Family, FamilySettings>>;
  readonly rateLimit: { readonly requestsPerSecond: number; readonly burst: number };
  readonly guards: Guards;
  /** Absolute folder; of no use beside `ledgerBranch`. */
  readonly ledgerDir: string;
  /** The git branch that holds the ledger instead of a folder. */
  readonly ledgerBranch?: string;
  /** The remote that holds that branch; absent: origin where the repository has one. */
  readonly ledgerRemote?: string;
  /** How the branch is written: through GitHub's API (signed commits), by git, or whichever this process can. */
  readonly ledgerVia: "auto" | "git" | "github";
  /** The login whose commits the branch has where the API writes it; absent: that of a workflow's token. */
  readonly ledgerAuthor?: string;
  readonly hooks: Hooks;
  readonly receiver: ReceiverSettings;
  readonly place: Place;
}

export interface Config {
  /** Absolute path of cxform.yaml. */
  readonly file: string;
  /** Its folder: the project. */
  readonly root: string;
  readonly defaultEnvironment: string;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly ruleSeverities: Readonly<Record<string, Severity | "off">>;
  readonly extraLanguages: readonly string[];
  readonly requiredVersion?: string;
}
