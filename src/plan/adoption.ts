// Objects that CXone holds and nobody owns, or that a former address owns: adopted when they are as declared or its own (a reviewed step without a write), otherwise blocked unless asked for.

import { selects } from "../base/address.ts";
import type { Declared } from "../contract/declared.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Observed, ObservedKind, Version } from "../contract/kind.ts";
import type { Held } from "../contract/plan.ts";
import { contentDigest, looksLike } from "./content.ts";
import type { PlanInput, StepDraft } from "./input.ts";
import type { KnownVersion, Predecessor } from "./ownership.ts";

export interface Adoption {
  readonly observed: Observed;
  readonly isSame: boolean;
  readonly isAsked: boolean;
  readonly step: StepDraft;
  /** The object as a version of the address, for deciding what else it needs. */
  readonly known: KnownVersion;
  /** The former address whose object it is, with its version there; undefined when nobody owns it. */
  readonly giver: Predecessor | undefined;
}

/** What an address has of its own when it adopts something: versions that are gone or forgotten, and what its former addresses own. */
export interface Heirlooms {
  readonly versions: readonly KnownVersion[];
  readonly predecessors: readonly Predecessor[];
}

const none: Heirlooms = { versions: [], predecessors: [] };

/** The object that a declared resource would collide with, nobody's or a former address's; undefined when there is none. */
export function adoptionFor(
  kind: ObservedKind,
  input: PlanInput,
  declared: Declared,
  unowned: readonly Observed[],
  own: Heirlooms = none,
): Adoption | undefined {
  const takeOver = kind.takeOver?.(declared.spec);
  const key = kind.keyOf(declared.name, declared.state);
  const inherited = own.predecessors.flatMap(({ version }) =>
    version.observed === undefined ? [] : [version.observed],
  );
  const candidates = [...unowned, ...inherited].filter((observed) =>
    takeOver === undefined ? kind.keyOf(observed.remoteName, observed.state) === key : observed.remoteId === takeOver,
  );
  const observed = best(kind, declared, candidates);
  if (observed === undefined) return undefined;
  // The versions of one object that is changed in place are all shown by it: the last one says what it holds.
  const giver = own.predecessors.findLast(({ version }) => version.observed === observed);
  const isSame = looksLike(kind, declared.state, observed);
  const isAsked = takeOver !== undefined || input.options.adopt.some((pattern) => selects(pattern, declared.address));
  const version = observed.version ?? nextNumber(kind, own.versions);
  const known =
    giver === undefined
      ? asVersion(kind, observed, version, assumedState(declared, observed, isSame), input)
      : asInherited(kind, observed, version, giver.version);
  return { observed, isSame, isAsked, step: adoptStep(kind, declared, observed, known), known, giver };
}

/** A number is used once: where the address had versions of an object that is gone or given away, what it adopts is the next one. */
function nextNumber(kind: ObservedKind, versions: readonly KnownVersion[]): Version {
  if (kind.lifecycle === "versioned") return kind.firstVersion;
  return versions.reduce((highest, { version }) => Math.max(highest, version as number), 0) + 1;
}

/** Fields that CXone keeps to itself are taken as declared: there is nothing else to compare them with. */
function assumedState(declared: Declared, observed: Observed, isSame: boolean): JsonObject {
  return isSame ? { ...declared.state } : { ...declared.state, ...observed.state };
}

/** Of several (digital versions): the one that is as declared, else the newest that serves, else the newest. */
function best(kind: ObservedKind, declared: Declared, candidates: readonly Observed[]): Observed | undefined {
  if (kind.lifecycle !== "versioned" || candidates.length < 2) return candidates[0];
  const newest = [...candidates].sort((left, right) =>
    kind.compareVersions(right.version ?? kind.firstVersion, left.version ?? kind.firstVersion),
  );
  const serving = newest.filter((observed) => observed.status === "active");
  return serving.find((observed) => looksLike(kind, declared.state, observed)) ?? serving[0] ?? newest[0];
}

function adoptStep(
  kind: ObservedKind,
  declared: Declared,
  observed: Observed,
  { version, state }: KnownVersion,
): StepDraft {
  return {
    action: "adopt",
    address: declared.address,
    version: { from: null, to: version },
    after: [],
    followUp: false,
    before: {},
    next: {},
    risk: "low",
    reason: `CXone holds it already (${observed.statusText}); cxform takes it over without a write`,
    precondition: { remoteId: observed.remoteId, revision: observed.revision },
    remoteName: observed.remoteName,
    source: declared.source,
    assignment: {
      kind,
      declared,
      observed,
      target: { address: declared.address, name: declared.name, state },
      content: state,
    },
  };
}

function asVersion(
  kind: ObservedKind,
  observed: Observed,
  version: Version,
  state: JsonObject,
  input: PlanInput,
): KnownVersion {
  const digest = contentDigest(kind, state);
  // Without an entry of ours, a deprecated object is taken to have served once; CXone refuses to reactivate it where it has not.
  const hasServed = observed.status === "active" || observed.status === "deprecated";
  const since = hasServed ? Date.parse(observed.decidedAt ?? observed.createdAt ?? "") : Number.NaN;
  const servedSince = Number.isNaN(since) ? input.now : Math.min(since, input.now);
  return {
    version,
    ledger: { version, digest, remoteName: observed.remoteName, remoteId: observed.remoteId, status: observed.status },
    observed,
    status: observed.status,
    statusText: observed.statusText,
    reason: observed.reason,
    state,
    digest,
    activeSince: hasServed ? servedSince : undefined,
  };
}

/**
 * A former address's own version under its new address: the ledger knows what CXone keeps to itself. While an update of it has no
 * answer, nobody does: what is not shown is then left open, and therefore written again.
 */
function asInherited(kind: ObservedKind, observed: Observed, version: Version, former: KnownVersion): KnownVersion {
  const { begun, ...ledger } = former.ledger;
  const state = begun?.operation === "update" ? observed.state : former.state;
  return { ...former, version, ledger: { ...ledger, version }, state, digest: contentDigest(kind, state) };
}

/** A declared resource whose place in CXone is taken by other content that nobody owns. */
export function unownedRow(kind: ObservedKind, declared: Declared, adoption: Adoption): Held {
  const { observed } = adoption;
  return {
    address: declared.address,
    kind: kind.name,
    remoteId: observed.remoteId,
    version: adoption.known.version,
    status: observed.statusText,
    reason: `CXone holds ${observed.remoteName} with other content, made outside of this project; plan with --adopt ${declared.address} to take it over`,
    by: "unowned",
  };
}
