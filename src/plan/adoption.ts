// Objects that CXone holds and nobody owns: adopted when they are as declared (a reviewed step without a write), otherwise blocked unless asked for.

import { selects } from "../base/address.ts";
import type { Declared } from "../contract/declared.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Observed, ObservedKind, Version } from "../contract/kind.ts";
import type { Held } from "../contract/plan.ts";
import { contentDigest, looksLike } from "./content.ts";
import type { PlanInput, StepDraft } from "./input.ts";
import type { KnownVersion } from "./ownership.ts";

export interface Adoption {
  readonly observed: Observed;
  readonly isSame: boolean;
  readonly isAsked: boolean;
  readonly step: StepDraft;
  /** The object as a version of the address, for deciding what else it needs. */
  readonly known: KnownVersion;
}

/** The unowned object that a declared resource would collide with; undefined when there is none. */
export function adoptionFor(
  kind: ObservedKind,
  input: PlanInput,
  declared: Declared,
  unowned: readonly Observed[],
): Adoption | undefined {
  const takeOver = kind.takeOver?.(declared.spec);
  const key = kind.keyOf(declared.name, declared.state);
  const candidates = unowned.filter((observed) =>
    takeOver === undefined ? kind.keyOf(observed.remoteName, observed.state) === key : observed.remoteId === takeOver,
  );
  const observed = best(kind, declared, candidates);
  if (observed === undefined) return undefined;
  const isSame = looksLike(kind, declared.state, observed);
  const isAsked = takeOver !== undefined || input.options.adopt.some((pattern) => selects(pattern, declared.address));
  const version: Version = observed.version ?? (kind.lifecycle === "versioned" ? kind.firstVersion : 1);
  // Fields that CXone keeps to itself are taken as declared: there is nothing else to compare them with.
  const state: JsonObject = isSame ? { ...declared.state } : { ...declared.state, ...observed.state };
  return {
    observed,
    isSame,
    isAsked,
    step: adoptStep(kind, declared, observed, version, state),
    known: asVersion(kind, observed, version, state, input),
  };
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
  version: Version,
  state: JsonObject,
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
