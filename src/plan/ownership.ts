// Whose each observed object is: the ledger says (or an open intent), else a natural key makes it a candidate; a remote name is never parsed.
import type { LedgerResource, LedgerVersion } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Observed, ObservedKind, Version, VersionStatus } from "../contract/kind.ts";
import { completed, contentDigest } from "./content.ts";
import type { KindObservation, PlanInput } from "./input.ts";

/** One version of an address: what the ledger knows, completed by what was observed. */
export interface KnownVersion {
  readonly version: Version;
  readonly ledger: LedgerVersion;
  /** The object as observed; undefined when the ledger stands in, when it is gone, or when its submission never arrived. */
  readonly observed: Observed | undefined;
  readonly status: VersionStatus | "gone" | "begun";
  readonly statusText: string;
  readonly reason: string | undefined;
  readonly state: JsonObject;
  readonly digest: string;
  /** Epoch ms since which it is active; undefined when it never was. */
  readonly activeSince: number | undefined;
}

/** A version of an address whose place another one has taken. */
export interface Predecessor {
  readonly address: string;
  readonly version: KnownVersion;
}

export interface Owned {
  readonly versions: readonly KnownVersion[];
  readonly isForgotten: boolean;
}

export interface Ownership {
  readonly owned: ReadonlyMap<string, Owned>;
  readonly unowned: readonly Observed[];
  /** Every object of the kind, with links resolved to addresses. */
  readonly objects: readonly Observed[];
}

/** How the ledger's and the observed object's ids are compared: with the version where CXone itself counts. */
export function objectId(remoteId: string, version: Version | undefined): string {
  return version === undefined ? remoteId : `${remoteId}@${version}`;
}

export function objectIdOf(observed: Observed): string {
  return objectId(observed.remoteId, observed.version);
}

export function ledgerObjectId(kind: ObservedKind, remoteId: string, version: Version): string {
  return kind.lifecycle === "versioned" && !kind.namedVersions ? objectId(remoteId, version) : remoteId;
}

/** The ids of the objects that these versions are, of those whose submission was answered. */
export function ledgerObjectIds(kind: ObservedKind, versions: readonly LedgerVersion[]): readonly string[] {
  return versions.flatMap(({ remoteId, version }) =>
    remoteId === undefined ? [] : [ledgerObjectId(kind, remoteId, version)],
  );
}

/** Matches the observed objects of a kind with the ledger's addresses. `linked` gives the address of another kind's remote id. */
export function assignOwners(
  kind: ObservedKind,
  input: PlanInput,
  observation: KindObservation,
  linked: (kindName: string, remoteId: string) => string | undefined,
): Ownership {
  const objects = observation.objects.map((observed) => withLinks(kind, observed, linked));
  const byId = new Map(objects.map((observed) => [objectIdOf(observed), observed]));
  const byKey = new Map(objects.map((observed) => [keyWithVersion(kind, observed), observed]));
  const taken = new Set<Observed>();
  const known = idsKnown(kind, input);
  const owned = new Map<string, Owned>();
  for (const [address, resource] of inTurn(kind, input)) {
    const versions = resource.versions.map((version) => {
      const observed = find(kind, version, resource, input, byId, byKey, known, taken);
      if (observed !== undefined) taken.add(observed);
      return know(kind, address, version, observed, observation, input);
    });
    owned.set(address, { versions, isForgotten: resource.forgotten === true });
  }
  return { owned, unowned: objects.filter((observed) => !taken.has(observed)), objects };
}

/** The addresses of the kind, declared ones first: where lost submissions of several may have made one object, it is a declared address's. */
function inTurn(kind: ObservedKind, input: PlanInput): readonly (readonly [string, LedgerResource])[] {
  const declared = new Set(input.declared.map(({ address }) => address));
  const all = Object.entries(input.ledger.resources).filter(([address]) => address.startsWith(`${kind.name}/`));
  return [...all.filter(([address]) => declared.has(address)), ...all.filter(([address]) => !declared.has(address))];
}

/** The ids of every object that some address of the kind owns. */
function idsKnown(kind: ObservedKind, input: PlanInput): ReadonlySet<string> {
  return new Set(
    Object.entries(input.ledger.resources).flatMap(([address, resource]) =>
      resource.forgotten === true || !address.startsWith(`${kind.name}/`)
        ? []
        : ledgerObjectIds(kind, resource.versions),
    ),
  );
}

function find(
  kind: ObservedKind,
  version: LedgerVersion,
  resource: LedgerResource,
  input: PlanInput,
  byId: ReadonlyMap<string, Observed>,
  byKey: ReadonlyMap<string, Observed>,
  known: ReadonlySet<string>,
  taken: ReadonlySet<Observed>,
): Observed | undefined {
  if (resource.forgotten === true) return undefined;
  if (version.remoteId !== undefined) return byId.get(ledgerObjectId(kind, version.remoteId, version.version));
  // A submission whose answer was lost: what bears its very name and content is its effect.
  const content = input.contents.get(version.digest);
  if (version.begun === undefined || content === undefined) return undefined;
  const key = kind.keyOf(version.remoteName, content);
  const observed = byKey.get(kind.lifecycle === "versioned" && !kind.namedVersions ? `${key}@${version.version}` : key);
  // What the ledger knows by its id, or has found for another lost submission, is nobody else's.
  if (observed === undefined || known.has(objectIdOf(observed)) || taken.has(observed)) return undefined;
  return contentDigest(kind, completed(kind, observed, content)) === contentDigest(kind, content)
    ? observed
    : undefined;
}

function keyWithVersion(kind: ObservedKind, observed: Observed): string {
  const key = kind.keyOf(observed.remoteName, observed.state);
  return observed.version === undefined ? key : `${key}@${observed.version}`;
}

function withLinks(
  kind: ObservedKind,
  observed: Observed,
  linked: (kindName: string, remoteId: string) => string | undefined,
): Observed {
  const fields = Object.entries(kind.links);
  if (fields.length === 0) return observed;
  const state: Record<string, Json> = { ...observed.state };
  for (const [field, kindName] of fields) {
    const address = linked(kindName, String(state[field]));
    if (address !== undefined) state[field] = address;
  }
  return { ...observed, state };
}

function know(
  kind: ObservedKind,
  address: string,
  ledger: LedgerVersion,
  observed: Observed | undefined,
  observation: KindObservation,
  input: PlanInput,
): KnownVersion {
  const submitted = input.contents.get(ledger.digest);
  const job = observed === undefined ? observation.jobs.get(`${address}@${ledger.version}`) : undefined;
  const status = statusOf(kind, ledger, observed, observation, job?.status, input.now);
  const state = observed === undefined ? (submitted ?? {}) : completed(kind, observed, submitted);
  const ledgerSince = ledger.activeSince === undefined ? undefined : Date.parse(ledger.activeSince);
  const observedSince =
    status === "active"
      ? Math.min(input.now, observed?.decidedAt === undefined ? input.now : Date.parse(observed.decidedAt))
      : undefined;
  // Several words of CXone are one status here: what the ledger keeps may be the word of before.
  const isHeld = observed?.status === "paused" || observed?.status === "unknown";
  const reason = observed?.reason ?? job?.reason ?? (isHeld ? undefined : ledger.reason);
  // Masked content cannot be digested again: the ledger's own digest stands for it.
  const isMasked = observed === undefined;
  return {
    version: ledger.version,
    ledger,
    observed,
    status,
    statusText: observed?.statusText ?? status.toUpperCase(),
    reason,
    state,
    digest: isMasked ? ledger.digest : contentDigest(kind, state),
    activeSince: ledgerSince ?? observedSince,
  };
}

function statusOf(
  kind: ObservedKind,
  ledger: LedgerVersion,
  observed: Observed | undefined,
  observation: KindObservation,
  job: VersionStatus | undefined,
  now: number,
): KnownVersion["status"] {
  if (observed !== undefined) return observed.status;
  if (ledger.missing === true) return "gone";
  if (job !== undefined) return job;
  // A submission that never arrived is sent again under its own number and key; an update's object is there, or gone.
  if (ledger.begun !== undefined && ledger.begun.operation !== "update") return "begun";
  if (ledger.remoteId !== undefined && observation.gone.has(ledgerObjectId(kind, ledger.remoteId, ledger.version))) {
    if (ledger.status === "rejected") return "rejected";
    return isAtWork(ledger, now) ? "pending" : "gone";
  }
  return ledger.status;
}

/** How long a job that CXone does not know (any more) may need to show what it makes. */
const jobLifeMs = 3_600_000;

/** A job that nobody can ask may be at work all the same: to submit the content again at once would make it twice. */
function isAtWork({ status, jobId, submittedAt }: LedgerVersion, now: number): boolean {
  return status === "pending" && jobId !== undefined && now - Date.parse(submittedAt ?? "") < jobLifeMs;
}
