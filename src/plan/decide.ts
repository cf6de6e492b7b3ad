// Decides every address: matches objects with owners, looks at references, hands each address to its lifecycle.
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Kind, Observed, ObservedKind } from "../contract/kind.ts";
import type { Held } from "../contract/plan.ts";
import { type Adoption, adoptionFor, unownedRow } from "./adoption.ts";
import { decide } from "./decision.ts";
import { kindsInOrder } from "./graph.ts";
import type { Decision, KindObservation, PlanInput } from "./input.ts";
import { decideMutable } from "./mutable.ts";
import { decideOnce } from "./once.ts";
import {
  assignOwners,
  type KnownVersion,
  ledgerObjectIds,
  type Owned,
  type Ownership,
  type Predecessor,
} from "./ownership.ts";
import { decideRecords } from "./records.ts";
import { type Removed, type Renames, renamesOf, stopSilentRenames } from "./rename.ts";
import { unmanagedRows } from "./unmanaged.ts";
import { decideVersioned } from "./versioned.ts";

export interface Decided {
  readonly decisions: readonly Decision[];
  readonly unmanaged: readonly Held[];
  readonly off: number;
  readonly remoteIds: ReadonlyMap<string, string>;
}

interface Progress {
  readonly input: PlanInput;
  readonly renames: Renames;
  readonly decisions: Map<string, Decision>;
  readonly removed: Removed[];
  readonly unmanaged: Held[];
  /** `Kind#remoteId` → address: what references of observed objects resolve to. */
  readonly addresses: Map<string, string>;
  /** address → remote id of what is active. */
  readonly remoteIds: Map<string, string>;
}

export function decideAll(input: PlanInput): Decided {
  const on = input.declared.filter((declared) => input.isEnabled(declared.kindDefinition.family));
  const progress: Progress = {
    input,
    renames: renamesOf(input),
    decisions: new Map(),
    removed: [],
    unmanaged: [],
    addresses: new Map(),
    remoteIds: new Map(),
  };
  for (const kind of kindsInOrder(input.kinds)) {
    if (!input.isEnabled(kind.family)) continue;
    const declared = on.filter((one) => one.kind === kind.name);
    if (kind.lifecycle === "records") decideBatches(progress, kind, declared);
    else if (input.options.optOutsOnly === true) continue;
    else if (kind.lifecycle === "once") decideSessions(progress, kind, declared);
    else decideObserved(progress, kind, declared);
  }
  const byAddress = new Map(on.map((declared) => [declared.address, declared]));
  const stopped = stopSilentRenames([...progress.decisions.values()], byAddress, progress.removed, progress.renames);
  return {
    decisions: stopped,
    unmanaged: progress.unmanaged,
    off: input.declared.length - on.length,
    remoteIds: progress.remoteIds,
  };
}

function decideBatches(
  progress: Progress,
  kind: Extract<Kind, { lifecycle: "records" }>,
  declared: readonly Declared[],
): void {
  const { input, decisions } = progress;
  for (const batch of declared)
    decisions.set(batch.address, decideRecords(kind, input, batch, input.ledger.resources[batch.address]));
  for (const [address, resource] of Object.entries(input.ledger.resources)) {
    if (
      !address.startsWith(`${kind.name}/`) ||
      decisions.has(address) ||
      resource.forgotten === true ||
      input.options.optOutsOnly === true
    )
      continue;
    const note: Diagnostic = {
      code: "CX4030",
      severity: "warning",
      message: `${address} was removed: what it sent stays in CXone, nothing is taken back`,
      hint: "Send a new batch with newer times if the records are to change.",
      ...input.place,
      address,
    };
    decisions.set(
      address,
      decide({
        address,
        diagnostics: [note],
        events: [{ phase: "event", action: "forgotten", address, reason: "its manifest was removed" }],
      }),
    );
  }
}

function decideSessions(
  progress: Progress,
  kind: Extract<Kind, { lifecycle: "once" }>,
  declared: readonly Declared[],
): void {
  const { input, decisions, renames } = progress;
  for (const session of declared) {
    const decision = decideOnce(kind, input, session, renames.formersOf(session.address), []);
    decisions.set(session.address, withReferences(progress, session, withNames(progress, decision)));
  }
}

const nothingObserved: KindObservation = { objects: [], isObserved: false, gone: new Set(), jobs: new Map() };

function decideObserved(progress: Progress, kind: ObservedKind, declared: readonly Declared[]): void {
  const { input, decisions } = progress;
  const observation = input.observation.kinds.get(kind.name) ?? nothingObserved;
  const ownership = assignOwners(kind, input, observation, (name, remoteId) =>
    progress.addresses.get(`${name}#${remoteId}`),
  );
  const byAddress = new Map(declared.map((one) => [one.address, one]));
  // First the ledger's word: what an adoption takes along is its new address's.
  index(progress, kind, ownership);
  const adopted = new Set<Observed>();
  for (const one of declared) {
    const decision = decideDeclared(progress, kind, one, ownership, adopted);
    decisions.set(one.address, withReferences(progress, one, withNames(progress, decision)));
  }
  const former = new Set(declared.flatMap(({ address }) => progress.renames.formersOf(address)));
  for (const [address, owned] of ownership.owned) {
    if (byAddress.has(address) || former.has(address)) continue;
    const decision = decideOne(progress, kind, address, undefined, owned, [], ownership);
    decisions.set(address, decision);
    const last = owned.versions.find((version) => version.status === "active") ?? owned.versions.at(-1);
    if (last !== undefined)
      progress.removed.push({ kind, decision, state: last.state, remoteName: last.ledger.remoteName });
  }
  const strangers = ownership.unowned.filter((observed) => !adopted.has(observed));
  progress.unmanaged.push(...unmanagedRows(input, kind, strangers));
}

/** The decision with what the ledger learns of the address's names. */
function withNames(progress: Progress, decision: Decision): Decision {
  return { ...decision, events: [...progress.renames.eventsOf(decision.address), ...decision.events] };
}

/** The versions of the addresses that a declared one was before. */
function predecessorsOf(progress: Progress, address: string, ownership: Ownership): readonly Predecessor[] {
  return progress.renames.formersOf(address).flatMap((former) => {
    const before = ownership.owned.get(former);
    // A forgotten one has given its object away already, perhaps to this very address: nothing of it is left to retire.
    const versions = before === undefined || before.isForgotten ? [] : before.versions;
    return versions.map((version) => ({ address: former, version }));
  });
}

function decideDeclared(
  progress: Progress,
  kind: ObservedKind,
  declared: Declared,
  ownership: Ownership,
  adopted: Set<Observed>,
): Decision {
  const { input } = progress;
  const { address } = declared;
  const owned = ownership.owned.get(address);
  const predecessors = predecessorsOf(progress, address, ownership);
  const ownsSomething =
    owned !== undefined && !owned.isForgotten && owned.versions.some((version) => version.status !== "gone");
  if (ownsSomething) return decideOwner(progress, kind, declared, owned, predecessors, ownership);
  // A renamed resource whose natural key did not change (a webhook's url) takes its own object along.
  const own = { versions: owned?.versions ?? [], predecessors };
  const adoption = adoptionFor(kind, input, declared, ownership.unowned, own);
  if (adoption === undefined) return decideOne(progress, kind, address, declared, owned, predecessors, ownership);
  adopted.add(adoption.observed);
  return decideAdopted(progress, kind, declared, adoption, ownership, predecessors);
}

/**
 * What a rename took along is nobody's to retire, also where the run died before it recorded that the former address does not own it any
 * more: that is recorded now.
 */
function decideOwner(
  progress: Progress,
  kind: ObservedKind,
  declared: Declared,
  owned: Owned,
  predecessors: readonly Predecessor[],
  ownership: Ownership,
): Decision {
  const { address } = declared;
  const idsOf = (versions: readonly KnownVersion[]): readonly string[] =>
    ledgerObjectIds(
      kind,
      versions.map(({ ledger }) => ledger),
    );
  const own = new Set(idsOf(owned.versions));
  const isTaken = ({ version }: Predecessor): boolean => idsOf([version]).some((id) => own.has(id));
  const left = predecessors.filter((one) => !isTaken(one));
  const decision = decideOne(progress, kind, address, declared, owned, left, ownership);
  const given = predecessors.filter(isTaken).map((giver) => handOver(kind, address, giver, left));
  // Every version of an object that is changed in place says the same of its address.
  const once = new Map(given.map((event) => [`${event.action} ${event.address} ${event.version}`, event]));
  return { ...decision, events: [...once.values(), ...decision.events] };
}

function decideAdopted(
  progress: Progress,
  kind: ObservedKind,
  declared: Declared,
  adoption: Adoption,
  ownership: Ownership,
  predecessors: readonly Predecessor[],
): Decision {
  const { address } = declared;
  const { observed, giver, known, step } = adoption;
  const isFree = adoption.isSame || adoption.isAsked || giver !== undefined;
  if (!isFree) return decide({ address, blocked: [unownedRow(kind, declared, adoption)] });
  progress.addresses.set(`${kind.name}#${observed.remoteId}`, address);
  if (observed.status === "active") progress.remoteIds.set(address, observed.remoteId);
  // What is adopted has no predecessor in itself: what is left of the former addresses has.
  const left = predecessors.filter(({ version }) => version.observed !== observed);
  // The same content may still need something: an approval, a reactivation; it goes in the same plan, after the adoption.
  const rest = decideOne(progress, kind, address, declared, { versions: [known], isForgotten: false }, left, ownership);
  const handsOver = giver === undefined ? {} : { handsOver: handOver(kind, address, giver, left) };
  const isActive = observed.status === "active";
  return decide({
    ...rest,
    address,
    steps: [{ ...step, assignment: { ...step.assignment, ...handsOver } }, ...rest.steps],
    events: [],
    isActive,
    staysActive: isActive,
    isOwned: true,
  });
}

/** What the giver does not own any more: this version, or, where nothing of it is left to look after, anything. */
function handOver(kind: ObservedKind, heir: string, giver: Predecessor, left: readonly Predecessor[]): EntryDraft {
  const { address, version } = giver;
  const base = { phase: "event" as const, address, reason: `renamed to ${heir}` };
  const isDone = ({ status }: KnownVersion): boolean => status === "deprecated" || status === "gone";
  const isLast = left.every((other) => other.address !== address || isDone(other.version));
  return kind.lifecycle === "mutable" || isLast
    ? { ...base, action: "forgotten" }
    : { ...base, action: "handedOver", version: version.version };
}

function decideOne(
  progress: Progress,
  kind: ObservedKind,
  address: string,
  declared: Declared | undefined,
  owned: Owned | undefined,
  predecessors: readonly Predecessor[],
  ownership: Ownership,
): Decision {
  const { input } = progress;
  const versions = owned?.versions ?? [];
  const after = declared === undefined ? [] : stepsAwaited(progress, declared);
  if (kind.lifecycle === "versioned") {
    return decideVersioned({
      kind,
      input,
      address,
      declared,
      versions,
      predecessors,
      objects: ownership.objects,
      after,
    });
  }
  return decideMutable({
    kind,
    input,
    address,
    declared,
    versions,
    isForgotten: owned?.isForgotten === true,
    predecessors: lastOfEach(predecessors),
    after,
  });
}

/** Of each address the last version that CXone holds or has held: an object that is changed in place is what that one says. */
function lastOfEach(predecessors: readonly Predecessor[]): readonly Predecessor[] {
  const seen = predecessors.filter(({ version }) => version.status !== "gone" && version.status !== "begun");
  return [...new Map(seen.map((one) => [one.address, one])).values()];
}

/** The references that a step of this plan makes or changes. */
function stepsAwaited(progress: Progress, declared: Declared): readonly string[] {
  return declared.references
    .map((reference) => reference.address)
    .filter((address) => (progress.decisions.get(address)?.steps.length ?? 0) > 0);
}

/** A reference that is neither there nor made by this plan holds the step back. */
function withReferences(progress: Progress, declared: Declared, decision: Decision): Decision {
  if (decision.steps.length === 0) return warnAboutReferences(progress, declared, decision);
  for (const reference of declared.references) {
    const target = progress.decisions.get(reference.address);
    if (target !== undefined && (target.isActive || target.steps.length > 0)) continue;
    const row = { address: declared.address, kind: declared.kind, status: "REFERENCE" };
    if (target !== undefined && target.blocked.length === 0 && target.waiting.length > 0) {
      return {
        ...decision,
        steps: [],
        waiting: [{ ...row, reason: `it waits for ${reference.address}: ${target.waiting[0]?.reason}`, by: "pending" }],
      };
    }
    const why = target?.blocked[0]?.reason ?? "it is neither declared nor active";
    return {
      ...decision,
      steps: [],
      blocked: [{ ...row, reason: `it refers to ${reference.address}: ${why}`, by: "reference" }],
    };
  }
  return decision;
}

/** What a change of a reference does to an unchanged resource that refers to it (a registered wording that changes). */
function warnAboutReferences(progress: Progress, declared: Declared, decision: Decision): Decision {
  const kind = declared.kindDefinition;
  const warning = kind.lifecycle === "mutable" ? kind.whenReferenceChanges : undefined;
  if (warning === undefined || !decision.isOwned) return decision;
  const found = declared.references
    .filter(
      (reference) =>
        progress.decisions
          .get(reference.address)
          ?.steps.some((step) => step.action === "update" && step.version.from !== step.version.to) === true,
    )
    .map(
      (reference): Diagnostic => ({
        code: warning.code,
        severity: "warning",
        message: `${reference.address} changes and ${warning.message}`,
        hint: warning.hint,
        ...declared.place(reference.pointer),
        address: declared.address,
        pointer: reference.pointer,
      }),
    );
  return { ...decision, diagnostics: [...decision.diagnostics, ...found] };
}

function index(progress: Progress, kind: ObservedKind, ownership: Ownership): void {
  for (const [address, owned] of ownership.owned) {
    for (const version of owned.versions) {
      const remoteId = version.observed?.remoteId ?? version.ledger.remoteId;
      if (remoteId === undefined || owned.isForgotten) continue;
      progress.addresses.set(`${kind.name}#${remoteId}`, address);
      if (version.status === "active") progress.remoteIds.set(address, remoteId);
    }
  }
}
