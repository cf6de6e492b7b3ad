// Decides every address: matches objects with owners, looks at references, hands each address to its lifecycle.
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Kind, Observed, ObservedKind } from "../contract/kind.ts";
import type { Held } from "../contract/plan.ts";
import { type Adoption, adoptionFor, unownedRow } from "./adoption.ts";
import { decide } from "./decision.ts";
import { kindsInOrder } from "./graph.ts";
import type { Decision, KindObservation, PlanInput } from "./input.ts";
import { decideMutable } from "./mutable.ts";
import { decideOnce } from "./once.ts";
import { assignOwners, type KnownVersion, type Owned, type Ownership } from "./ownership.ts";
import { decideRecords } from "./records.ts";
import { formerAddress, type Removed, stopSilentRenames } from "./rename.ts";
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
  const stopped = stopSilentRenames([...progress.decisions.values()], byAddress, progress.removed);
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
  const { input, decisions } = progress;
  for (const session of declared) {
    const decision = decideOnce(kind, input, session, input.ledger.resources[session.address], []);
    decisions.set(session.address, withReferences(progress, session, decision));
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
  const formers = new Map(declared.flatMap((one) => formerOf(one, byAddress, ownership)));
  const adopted = new Set<Observed>();
  for (const one of declared) {
    const former = formers.get(one.address);
    const decision = decideDeclared(progress, kind, one, ownership, former, adopted);
    decisions.set(one.address, withReferences(progress, one, decision));
  }
  const former = new Set(formers.values());
  for (const [address, owned] of ownership.owned) {
    if (byAddress.has(address) || former.has(address)) continue;
    const decision = decideOne(progress, kind, address, undefined, owned, undefined, ownership);
    decisions.set(address, decision);
    const last = owned.versions.find((version) => version.status === "active") ?? owned.versions.at(-1);
    if (last !== undefined)
      progress.removed.push({ kind, decision, state: last.state, remoteName: last.ledger.remoteName });
  }
  index(progress, kind, ownership);
  const strangers = ownership.unowned.filter((observed) => !adopted.has(observed));
  progress.unmanaged.push(...unmanagedRows(input, kind, strangers));
}

/** The former address, when it is not declared itself and owns something. */
function formerOf(
  declared: Declared,
  byAddress: ReadonlyMap<string, Declared>,
  ownership: Ownership,
): readonly (readonly [string, string])[] {
  const former = formerAddress(declared);
  return former === undefined || byAddress.has(former) || !ownership.owned.has(former)
    ? []
    : [[declared.address, former]];
}

function decideDeclared(
  progress: Progress,
  kind: ObservedKind,
  declared: Declared,
  ownership: Ownership,
  former: string | undefined,
  adopted: Set<Observed>,
): Decision {
  const { input } = progress;
  const owned = ownership.owned.get(declared.address);
  const ownsSomething =
    owned !== undefined && !owned.isForgotten && owned.versions.some((version) => version.status !== "gone");
  if (ownsSomething) return decideOne(progress, kind, declared.address, declared, owned, former, ownership);
  // A renamed resource whose natural key did not change (a webhook's url) takes its own object along.
  const own = former === undefined ? [] : lastObserved(ownership.owned.get(former));
  const adoption = adoptionFor(kind, input, declared, [...ownership.unowned, ...own]);
  if (adoption === undefined) return decideOne(progress, kind, declared.address, declared, owned, former, ownership);
  adopted.add(adoption.observed);
  return decideAdopted(
    progress,
    kind,
    declared,
    adoption,
    ownership,
    former !== undefined && own.includes(adoption.observed) ? former : undefined,
  );
}

function lastObserved(owned: Owned | undefined): readonly Observed[] {
  return (owned?.versions ?? []).flatMap((version) => (version.observed === undefined ? [] : [version.observed]));
}

function decideAdopted(
  progress: Progress,
  kind: ObservedKind,
  declared: Declared,
  adoption: Adoption,
  ownership: Ownership,
  former: string | undefined,
): Decision {
  const isFree = adoption.isSame || adoption.isAsked || former !== undefined;
  if (!isFree) return decide({ address: declared.address, blocked: [unownedRow(kind, declared, adoption)] });
  progress.addresses.set(`${kind.name}#${adoption.observed.remoteId}`, declared.address);
  if (adoption.observed.status === "active") progress.remoteIds.set(declared.address, adoption.observed.remoteId);
  const owned: Owned = { versions: [adoption.known], isForgotten: false };
  // The same content may still need something: an approval, a reactivation; it goes in the same plan, after the adoption.
  const rest = decideOne(progress, kind, declared.address, declared, owned, undefined, ownership);
  const forgets =
    former === undefined
      ? []
      : [{ phase: "event" as const, action: "forgotten", address: former, reason: `renamed to ${declared.address}` }];
  const isActive = adoption.observed.status === "active";
  return decide({
    ...rest,
    address: declared.address,
    steps: [adoption.step, ...rest.steps],
    events: forgets,
    isActive,
    staysActive: isActive,
    isOwned: true,
  });
}

function decideOne(
  progress: Progress,
  kind: ObservedKind,
  address: string,
  declared: Declared | undefined,
  owned: Owned | undefined,
  former: string | undefined,
  ownership: Ownership,
): Decision {
  const { input } = progress;
  const versions = owned?.versions ?? [];
  const before = former === undefined ? undefined : ownership.owned.get(former);
  // A forgotten one has given its object away already, perhaps to this very address: nothing of it is left to retire.
  const predecessors = (before === undefined || before.isForgotten ? [] : before.versions).map((version) => ({
    address: former as string,
    version,
  }));
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
    predecessor: lastOf(predecessors),
    after,
  });
}

function lastOf(
  predecessors: readonly { readonly address: string; readonly version: KnownVersion }[],
): { readonly address: string; readonly version: KnownVersion } | undefined {
  return predecessors.findLast(({ version }) => version.status !== "gone" && version.status !== "begun");
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
