// Retirements of versions (DESIGN §4 row 1 and removals): never before the successor was active for long enough, never the last that serves.
import { formatDuration, isoTime } from "../base/duration.ts";
import type { Declared } from "../contract/declared.ts";
import type { Observed } from "../contract/kind.ts";
import type { Held, Risk } from "../contract/plan.ts";
import { cannotDeprecate, type DecisionBase, decide, heldRow, preconditionOf } from "./decision.ts";
import type { Decision, StepDraft } from "./input.ts";
import type { KnownVersion } from "./ownership.ts";
import type { VersionedCase } from "./versioned-case.ts";

/** The object as the ledger knows it, where CXone was not read. */
export function standIn(version: KnownVersion): Observed {
  const { remoteId, remoteName } = version.ledger;
  return {
    remoteId: remoteId ?? remoteName,
    remoteName,
    version: version.version,
    status: "deprecated",
    statusText: "DEPRECATED",
    state: version.state,
    revision: "",
  };
}

/** Row 1: every other active version goes, not before its successor was active for long enough. */
export function retirements(
  one: VersionedCase,
  declared: Declared,
  active: KnownVersion,
): { readonly steps: readonly StepDraft[]; readonly waiting: readonly Held[] } {
  const { kind, input, address } = one;
  const steps: StepDraft[] = [];
  const waiting: Held[] = [];
  if (!input.capabilities(kind.family).deprecate) return { steps, waiting };
  const others = one.versions
    .filter((version) => version !== active && version.status === "active")
    .map((version) => ({ address, version }));
  const superseded = one.predecessors.filter(({ version }) => isRetirable(version));
  const since = active.activeSince ?? input.now;
  const dueAt = since + input.retireAfterMs;
  for (const { address: owner, version } of [...others, ...superseded]) {
    const by = owner === address ? `version ${active.version}` : address;
    if (dueAt > input.now) {
      const reason = `retired at ${isoTime(dueAt)}, ${formatDuration(input.retireAfterMs)} after ${by} became active`;
      waiting.push({ ...heldRow(kind, owner, version, "pending", reason), since: isoTime(since) });
    } else {
      steps.push(
        retirement(
          one,
          owner,
          version,
          true,
          `replaced by ${by}, active since ${isoTime(since)}`,
          active.observed,
          declared,
        ),
      );
    }
  }
  return { steps, waiting };
}

function retirement(
  one: VersionedCase,
  address: string,
  version: KnownVersion,
  followUp: boolean,
  reason: string,
  successor: Observed | undefined,
  declared: Declared | undefined,
): StepDraft {
  const risk: Risk = followUp ? "low" : "high";
  return {
    action: "deprecate",
    address,
    version: { from: version.version, to: null },
    after: [],
    followUp,
    before: { status: version.statusText },
    next: { status: "DEPRECATED" },
    risk,
    reason,
    precondition: preconditionOf(version),
    remoteName: version.ledger.remoteName,
    ...(declared === undefined ? {} : { source: declared.source }),
    assignment: {
      kind: one.kind,
      observed: version.observed ?? standIn(version),
      ...(successor === undefined ? {} : { successor }),
    },
  };
}

/** CXone refuses to deprecate a DISABLED version or one in appeal (CXONE-API §3: 409); decided in its favour, the latter is active. */
function isRetirable(version: KnownVersion): boolean {
  return version.status === "active" || (version.status === "paused" && version.statusText === "PAUSED");
}

export function decideRemoved(one: VersionedCase, base: DecisionBase): Decision {
  const { kind, input, versions, address } = one;
  const steps: StepDraft[] = [];
  const waiting: Held[] = [];
  for (const version of versions) {
    if (version.status === "pending")
      waiting.push(
        heldRow(kind, address, version, "pending", "its manifest was removed; it is deprecated once CXone has decided"),
      );
    if (!isRetirable(version)) continue;
    if (input.capabilities(kind.family).deprecate) {
      steps.push(retirement(one, address, version, false, "its manifest was removed", undefined, undefined));
    } else {
      waiting.push(heldRow(kind, address, version, "paused", `its manifest was removed; ${cannotDeprecate}`));
    }
  }
  return decide({ ...base, staysActive: steps.length === 0 && base.isActive, steps, waiting });
}
