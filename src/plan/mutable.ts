// What to do about one address of a mutable kind (DESIGN §4): one object, changed in place under its revision.
import { canonical } from "../base/canonical.ts";
import type { Declared } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { MutableKind, Need, Observed, Version } from "../contract/kind.ts";
import type { Action } from "../contract/plan.ts";
import { comparable } from "./content.ts";
import { cannotDeprecate, type DecisionBase, decide, forbidden, heldRow, preconditionOf } from "./decision.ts";
import type { Decision, PlanInput, StepDraft } from "./input.ts";
import { statusEvents } from "./learn.ts";
import type { KnownVersion, Predecessor } from "./ownership.ts";

export interface MutableCase {
  readonly kind: MutableKind;
  readonly input: PlanInput;
  readonly address: string;
  readonly declared: Declared | undefined;
  readonly versions: readonly KnownVersion[];
  readonly isForgotten: boolean;
  /** The last version of each address that this one was before and that still owns an object. */
  readonly predecessors: readonly Predecessor[];
  readonly after: readonly string[];
}

export function decideMutable(one: MutableCase): Decision {
  const { versions, address, isForgotten } = one;
  const last = versions.at(-1);
  const owned = isForgotten || last === undefined || last.status === "gone" ? undefined : last;
  const isOpen = owned !== undefined && isUnseen(one.kind, owned);
  // What was announced and is not seen has not become active: the ledger learns nothing of it from the object's status.
  const events = isForgotten || last === undefined || isOpen ? [] : statusEvents(address, last, one.input.now);
  const isActive = owned?.status === "active";
  const base = { address, events, isActive, isOwned: owned !== undefined };
  if (one.declared === undefined) return decideRemoved(one, owned, base);
  if (owned === undefined) return decideNew(one, one.declared, base, undefined);
  if (owned.observed === undefined && owned.status === "begun")
    return decideNew(one, one.declared, base, owned.version);
  return decideOwned(one, one.declared, owned, base, isOpen);
}

/**
 * An update that was announced and has no definite result, and that what is observed does not show: it never arrived, was overwritten,
 * or changes what CXone keeps to itself (a secret). Unknown is not done (RELIABILITY I6).
 */
function isUnseen(kind: MutableKind, version: KnownVersion): boolean {
  const { begun, digest } = version.ledger;
  if (begun === undefined || begun.operation !== "update") return false;
  const { observed } = version;
  if (observed === undefined || version.digest !== digest) return true;
  return Object.keys(comparable(kind, version.state)).some((field) => observed.state[field] === undefined);
}

function decideNew(one: MutableCase, declared: Declared, base: DecisionBase, begun: Version | undefined): Decision {
  const highest = one.versions.reduce((left, version) => Math.max(left, version.version as number), 0);
  const reason =
    begun !== undefined
      ? "its creation was begun and never arrived"
      : one.versions.some((version) => version.status === "gone")
        ? "CXone does not hold it any more"
        : "new";
  const step = change(one, declared, "create", undefined, { from: null, to: begun ?? highest + 1 }, reason);
  return decide({
    ...base,
    staysActive: true,
    steps: [begun === undefined ? step : { ...step, assignment: { ...step.assignment, wasApplied: true } }],
  });
}

function decideOwned(
  one: MutableCase,
  declared: Declared,
  owned: KnownVersion,
  base: DecisionBase,
  isOpen: boolean,
): Decision {
  const { kind, address } = one;
  const observed = owned.observed ?? standIn(owned);
  const [before, after] = [comparable(kind, owned.state), comparable(kind, declared.state)];
  const differs = canonical(before) !== canonical(after);
  const need = kind.need(declared.state, observed);
  const stays = { ...base, staysActive: base.isActive };
  const why = differs ? forbidden(kind, owned.state, declared.state) : undefined;
  if (why !== undefined) return decide({ ...stays, blocked: [heldRow(kind, address, owned, "forbid", why)] });
  if (need.do === "wait") return decide({ ...stays, waiting: [heldRow(kind, address, owned, need.by, need.reason)] });
  if (need.do === "keep" && (differs || isOpen))
    return decide({ ...stays, blocked: [heldRow(kind, address, owned, "forbid", need.reason)] });
  if (isOpen) {
    const from = one.versions.at(-2)?.version ?? null;
    const step = change(
      one,
      declared,
      "update",
      owned,
      { from, to: owned.version },
      "its update was begun and is not seen in CXone",
    );
    return decide({
      ...stays,
      staysActive: true,
      steps: [{ ...step, assignment: { ...step.assignment, wasApplied: !differs && !isTakenAway(need) } }],
    });
  }
  if (differs) {
    const changed = Object.keys(after).filter(
      (field) => canonical(after[field] ?? null) !== canonical(before[field] ?? null),
    );
    const next = (owned.version as number) + 1;
    return decide({
      ...stays,
      staysActive: true,
      steps: [
        change(
          one,
          declared,
          "update",
          owned,
          { from: owned.version, to: next },
          `the ${changed.join(" and the ")} changed`,
        ),
      ],
    });
  }
  if (need.do === "block") return decide({ ...stays, blocked: [heldRow(kind, address, owned, need.by, need.reason)] });
  // Seen, it is there; where nothing is seen, writing it once more makes it so.
  const isDoubtful = owned.ledger.isRemovalOpen === true && owned.observed === undefined;
  const repeated =
    need.do === "update" ? need.reason : isDoubtful ? "its removal was begun and may have arrived" : undefined;
  if (repeated !== undefined) {
    const step = change(one, declared, "update", owned, { from: owned.version, to: owned.version }, repeated);
    // A draft that was active once is somebody's doing as well.
    const isFinishing =
      isDoubtful || (need.do === "update" && need.isUnfinished && owned.ledger.activeSince === undefined);
    return decide({
      ...stays,
      staysActive: true,
      steps: [isFinishing ? { ...step, assignment: { ...step.assignment, wasApplied: true } } : step],
    });
  }
  return decide({ ...base, staysActive: true, ...endOfPredecessors(one, observed) });
}

/** What somebody took away in CXone comes back by an apply that shows it: nobody has agreed to that yet. */
const isTakenAway = (need: Need): boolean => need.do === "update" && !need.isUnfinished;

/** After a rename the old objects go once the new one is as declared and active. */
function endOfPredecessors(one: MutableCase, successor: Observed): Partial<Pick<Decision, "steps" | "waiting">> {
  const { kind } = one;
  if (kind.removal === "none" || successor.status !== "active") return {};
  const old = one.predecessors.filter(({ version }) => version.status !== "deprecated");
  const why = `replaced by ${one.address}`;
  if (!canRemove(one)) {
    const reason = `${why}; ${cannotDeprecate}`;
    return { waiting: old.map(({ address, version }) => heldRow(kind, address, version, "paused", reason)) };
  }
  return { steps: old.map(({ address, version }) => removal(one, address, version, true, why, successor)) };
}

/** Deleting is another call, which every tenant has. */
const canRemove = ({ kind, input }: MutableCase): boolean =>
  kind.removal !== "deprecate" || input.capabilities(kind.family).deprecate;

function change(
  one: MutableCase,
  declared: Declared,
  action: Action,
  owned: KnownVersion | undefined,
  version: StepDraft["version"],
  reason: string,
): StepDraft {
  const { kind, address } = one;
  const next = comparable(kind, declared.state);
  return {
    action,
    address,
    version,
    after: one.after,
    followUp: false,
    before: owned === undefined ? {} : comparable(kind, owned.state),
    next,
    risk: action === "create" ? "low" : "medium",
    reason,
    precondition: preconditionOf(owned),
    source: declared.source,
    assignment: {
      kind,
      declared,
      target: { address, name: declared.name, state: declared.state },
      content: next,
      ...(owned === undefined ? {} : { observed: owned.observed ?? standIn(owned) }),
    },
  };
}

function standIn(version: KnownVersion): Observed {
  const { remoteId, remoteName } = version.ledger;
  const statusText = version.status === "active" ? "APPROVED" : version.status.toUpperCase();
  return {
    remoteId: remoteId ?? "",
    remoteName,
    status: version.ledger.status,
    statusText,
    state: version.state,
    revision: "",
  };
}

function removal(
  one: MutableCase,
  address: string,
  version: KnownVersion,
  followUp: boolean,
  reason: string,
  successor: Observed | undefined,
): StepDraft {
  const action = one.kind.removal === "remove" ? "remove" : "deprecate";
  return {
    action,
    address,
    version: { from: version.version, to: null },
    after: [],
    followUp,
    before: { status: version.statusText },
    next: action === "remove" ? {} : { status: "DEPRECATED" },
    risk: followUp ? "low" : "high",
    reason,
    precondition: preconditionOf(version),
    remoteName: version.ledger.remoteName,
    assignment: {
      kind: one.kind,
      observed: version.observed ?? standIn(version),
      ...(successor === undefined ? {} : { successor }),
    },
  };
}

function decideRemoved(one: MutableCase, owned: KnownVersion | undefined, base: DecisionBase): Decision {
  const { kind, address } = one;
  if (one.isForgotten || one.versions.length === 0) return decide(base);
  const forgotten: EntryDraft = { phase: "event", action: "forgotten", address, reason: "its manifest was removed" };
  // Nothing to call: the object is gone or retired already, or this kind cannot be undone (a registration).
  if (owned === undefined || owned.status === "deprecated" || owned.status === "begun" || kind.removal === "none") {
    return decide({ ...base, staysActive: base.isActive, events: [...base.events, forgotten] });
  }
  if (owned.status === "pending" && owned.statusText === "PENDING_REVIEW") {
    return decide({
      ...base,
      waiting: [heldRow(kind, address, owned, "pending", "its manifest was removed; it goes once CXone has decided")],
    });
  }
  const why = "its manifest was removed";
  if (!canRemove(one))
    return decide({
      ...base,
      staysActive: base.isActive,
      waiting: [heldRow(kind, address, owned, "paused", `${why}; ${cannotDeprecate}`)],
    });
  return decide({ ...base, staysActive: false, steps: [removal(one, address, owned, false, why, undefined)] });
}
