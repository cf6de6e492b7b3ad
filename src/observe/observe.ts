// Reads what CXone holds, through the kinds and a reader that cannot write; decides nothing.
import type { Family, ReadApi } from "../contract/api.ts";
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { Kind, KnownRemote, Observed, ObservedKind, OnceKind } from "../contract/kind.ts";
import type { KindObservation, Observation, RecordsObservation } from "../plan/input.ts";
import { ledgerObjectId, objectIdOf } from "../plan/ownership.ts";
import { observeBatch } from "./batch.ts";

export interface Observing {
  readonly kinds: readonly Kind[];
  /** Names of the kinds that a manifest or the ledger names; no other family is contacted. */
  readonly needed: ReadonlySet<string>;
  readonly declared: readonly Declared[];
  readonly ledger: LedgerState;
  readonly reader: (family: Family) => ReadApi;
  readonly isEnabled: (family: Family) => boolean;
  readonly consentObserve: "auto" | "list" | "never";
  readonly optOutsOnly: boolean;
  /** Where a note about the whole tenant points. */
  readonly place: Place;
}

/** Nothing is read: the ledger stands in for CXone. */
export function observeNothing(place: Place): Observation {
  const note: Diagnostic = {
    code: "CX4040",
    severity: "warning",
    message: "planned offline: CXone was not read, the ledger stands in for it",
    hint: "Run plan without --offline to see what CXone holds now.",
    ...place,
  };
  return { kinds: new Map(), sessions: new Map(), prechecks: new Map(), records: new Map(), notes: [note] };
}

/** Everything that a plan needs to know of CXone. Fails as a whole when a read fails: a part of the truth is no truth. */
export async function observe(observing: Observing): Promise<Observation> {
  const kinds = new Map<string, KindObservation>();
  const sessions = new Map<string, Observed>();
  const prechecks = new Map<string, { readonly status: string; readonly reason: string }>();
  const records = new Map<string, RecordsObservation>();
  const notes: Diagnostic[] = [];
  const wanted = observing.kinds.filter((kind) => observing.needed.has(kind.name) && observing.isEnabled(kind.family));
  await Promise.all(
    wanted.map(async (kind) => {
      if (kind.lifecycle === "records") return observeBatches(observing, kind, records, notes);
      if (observing.optOutsOnly) return;
      if (kind.lifecycle === "once") return observeSessions(observing, kind, sessions, prechecks);
      kinds.set(kind.name, await observeKind(observing, kind, notes));
    }),
  );
  return { kinds, sessions, prechecks, records, notes };
}

async function observeKind(observing: Observing, kind: ObservedKind, notes: Diagnostic[]): Promise<KindObservation> {
  const api = observing.reader(kind.family);
  const known = knownOf(observing.ledger, kind);
  const objects = await kind.observe(api, known);
  if (!api.capabilities.list) notes.push(unlisted(observing, kind, objects !== undefined));
  if (objects === undefined) return { objects: [], isObserved: false, gone: new Set(), jobs: new Map() };
  const found = [...objects];
  const seen = new Set(found.map(objectIdOf));
  const gone = new Set<string>();
  const jobs = new Map<string, { readonly status: "pending" | "active" | "rejected"; readonly reason?: string }>();
  for (const one of known) {
    if (one.remoteId === undefined || one.status === "rejected") continue;
    const id = ledgerObjectId(kind, one.remoteId, one.version);
    if (seen.has(id)) continue;
    // A version whose job is not done is in no list yet, and that does not make it gone.
    const job = one.status === "pending" && kind.lifecycle === "versioned" ? await kind.job?.(api, one) : undefined;
    if (job !== undefined && job.status !== "active") {
      jobs.set(`${one.address}@${one.version}`, job);
      continue;
    }
    // "Missing" is only a typed 404 on the object itself; a list that lacks it proves nothing.
    seen.add(id);
    const observed = await kind.read(api, one);
    if (observed !== undefined) found.push(observed);
    // A job that has ended well and a version that is not shown yet: CXone is still at it.
    else if (job?.status === "active") jobs.set(`${one.address}@${one.version}`, { status: "pending" });
    else gone.add(id);
  }
  return { objects: found, isObserved: true, gone, jobs };
}

/** Every version that the ledger names and that may still be in CXone. */
function knownOf(ledger: LedgerState, kind: Kind): readonly KnownRemote[] {
  return Object.entries(ledger.resources).flatMap(([address, resource]) => {
    if (!address.startsWith(`${kind.name}/`) || resource.forgotten === true) return [];
    return resource.versions
      .filter((version) => version.missing !== true)
      .map((version) => knownVersion(address, version));
  });
}

function knownVersion(address: string, version: LedgerVersion): KnownRemote {
  return {
    address,
    name: address.split("/")[1] ?? address,
    version: version.version,
    remoteName: version.remoteName,
    status: version.status,
    ...(version.remoteId === undefined ? {} : { remoteId: version.remoteId }),
    ...(version.jobId === undefined ? {} : { jobId: version.jobId }),
    ...(version.begun === undefined ? {} : { idempotencyKey: version.begun.idempotencyKey }),
  };
}

function unlisted(observing: Observing, kind: Kind, wasRead: boolean): Diagnostic {
  const how = wasRead ? "; what the ledger names was read one by one" : "; the ledger stands in";
  return {
    code: "CX4041",
    severity: "warning",
    message: `${kind.name} not observed: this tenant cannot list them${how}`,
    hint: `Switch apis.${kind.family}.capabilities.list on where the tenant can list.`,
    ...observing.place,
  };
}

async function observeSessions(
  observing: Observing,
  kind: OnceKind,
  sessions: Map<string, Observed>,
  prechecks: Map<string, { readonly status: string; readonly reason: string }>,
): Promise<void> {
  const declared = observing.declared.filter((one) => one.kind === kind.name);
  for (const one of declared) {
    const generation = kind.generation(one.spec);
    const sent = observing.ledger.resources[one.address]?.versions.find((version) => version.version === generation);
    if (sent !== undefined && sent.begun === undefined) continue;
    const api = observing.reader(kind.family);
    const found = sent?.begun === undefined ? undefined : await kind.find(api, sent.begun.idempotencyKey);
    if (found !== undefined) {
      sessions.set(`${one.address}@${generation}`, found);
      continue;
    }
    const held = await kind.precheck?.(api, one.state);
    if (held !== undefined) prechecks.set(one.address, held);
  }
}

async function observeBatches(
  observing: Observing,
  kind: Extract<Kind, { lifecycle: "records" }>,
  records: Map<string, RecordsObservation>,
  notes: Diagnostic[],
): Promise<void> {
  for (const batch of observing.declared.filter((one) => one.kind === kind.name)) {
    const counted = await observeBatch(kind, batch, observing.ledger.resources[batch.address], observing, notes);
    if (counted !== undefined) records.set(batch.address, counted);
  }
}
