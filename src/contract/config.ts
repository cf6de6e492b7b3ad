// cxform.yaml after parsing: defaults filled in, durations in milliseconds, secrets still names of variables.
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

export interface Environment {
  readonly name: string;
  /** Absolute globs or folders of manifests. */
  readonly manifests: readonly string[];
  readonly simulator?: SimulatorSettings;
  readonly readOnly: boolean;
  readonly retireAfterMs: number;
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
