// The decision table for versioned kinds (DESIGN §4): what is declared is compared with every version of the address; the first row that matches decides.
import type { Declared } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Target, Version, VersionedKind } from "../contract/kind.ts";
import { comparable, contentDigest } from "./content.ts";
import { type DecisionBase, decide, forbidden, heldRow, preconditionOf } from "./decision.ts";
import type { Decision, StepDraft } from "./input.ts";
import { statusEvents } from "./learn.ts";
import type { KnownVersion } from "./ownership.ts";
import { decideRemoved, retirements, standIn } from "./retirement.ts";
import type { VersionedCase } from "./versioned-case.ts";

/** What to do about one address of a versioned kind. */
export function decideVersioned(one: VersionedCase): Decision {
  const { declared, versions, address } = one;
  const learned: EntryDraft[] = versions.flatMap((version) => statusEvents(address, version, one.input.now));
  const isActive = versions.some((version) => version.status === "active");
  const base = { address, events: learned, isActive, isOwned: versions.length > 0 };
  if (declared === undefined) return decideRemoved(one, base);
  return decideDeclared(one, declared, base);
}

function decideDeclared(one: VersionedCase, declared: Declared, base: DecisionBase): Decision {
  const { kind, input, versions } = one;
  const wanted = contentDigest(kind, declared.state);
  const equal = versions
    .filter((version) => version.digest === wanted || isAsLeftToCxone(kind, version, declared.state, wanted))
    .sort((left, right) => kind.compareVersions(right.version, left.version));
  const withStatus = (...statuses: readonly string[]) => equal.find((version) => statuses.includes(version.status));
  const stays = { ...base, staysActive: base.isActive };
  const diagnostics = [...recategorised(one, declared)];

  const active = withStatus("active");
  if (active !== undefined)
    return decide({ ...base, staysActive: true, diagnostics, ...retirements(one, declared, active) });

  const pending = withStatus("pending");
  if (pending !== undefined) {
    const reason = pending.reason ?? "submitted; CXone has not decided yet";
    return decide({ ...stays, diagnostics, waiting: [heldRow(kind, base.address, pending, "pending", reason)] });
  }
  const begun = withStatus("begun");
  if (begun !== undefined)
    return decide({
      ...stays,
      diagnostics,
      steps: [submission(one, declared, begun.version, "its submission was begun and never arrived")],
    });

  const deprecated = equal.find((version) => version.status === "deprecated" && version.activeSince !== undefined);
  if (deprecated !== undefined && input.capabilities(kind.family).reactivate) {
    return decide({ ...base, staysActive: true, diagnostics, steps: [reactivation(one, declared, deprecated)] });
  }
  const rejected = withStatus("rejected");
  if (rejected !== undefined) {
    const reason = rejected.reason ?? "rejected without a reason; change the content to submit it again";
    return decide({ ...stays, diagnostics, blocked: [heldRow(kind, base.address, rejected, "rejected", reason)] });
  }
  const held = withStatus("paused", "unknown");
  if (held !== undefined) {
    const reason = held.reason ?? `CXone reports the status ${held.statusText}; it is not submitted again`;
    return decide({ ...stays, diagnostics, waiting: [heldRow(kind, base.address, held, "paused", reason)] });
  }
  const from = baseVersion(kind, versions);
  const why = from === undefined ? undefined : forbidden(kind, from.state, declared.state);
  if (why !== undefined)
    return decide({ ...stays, diagnostics, blocked: [heldRow(kind, base.address, from, "forbid", why)] });

  const repeated = input.duplicates === "off" ? undefined : repeatedBy(one, declared);
  if (repeated !== undefined && input.duplicates === "warning") {
    const message = `${repeated.why} as in ${repeated.by}: Meta rejects duplicates`;
    diagnostics.push(duplicate(declared, message));
  } else if (repeated !== undefined) {
    const reason = `${repeated.why} as in ${repeated.by}: Meta rejects duplicates; alter the wording of the body or the footer [${duplicateCode}]`;
    return decide({ ...stays, diagnostics, blocked: [heldRow(kind, base.address, from, "duplicate", reason)] });
  }
  return decide({ ...stays, diagnostics, steps: [submission(one, declared, undefined, undefined)] });
}

/**
 * A field that CXone may set by itself (a category) is as declared when nothing is declared for it, or when it was left to CXone and
 * CXone chose what is declared now.
 */
function isAsLeftToCxone(kind: VersionedKind, version: KnownVersion, declared: JsonObject, wanted: string): boolean {
  const state: Record<string, Json> = { ...version.state };
  for (const [field, policy] of Object.entries(kind.fields)) {
    if (policy.setBy !== "cxone") continue;
    // Declaring what CXone made of it says yes to that; it is no other content.
    const isShown = version.observed !== undefined && version.observed.state[field] === declared[field];
    if (declared[field] === null || isShown) state[field] = declared[field] as Json;
  }
  return contentDigest(kind, state) === wanted;
}

/** Row 7; its severity may be lowered in the config's `rules`, for a tenant whose Meta account is more lenient. */
export const duplicateCode = "CX4022";

function duplicate(declared: Declared, message: string): Diagnostic {
  const pointer = "/spec/body";
  const hint = "Alter the wording of the body or the footer.";
  const { address } = declared;
  return { code: duplicateCode, severity: "warning", message, hint, ...declared.place(pointer), address, pointer };
}

/** The version whose content a change starts from: the active one, else the pending one, else the last that there was. */
function baseVersion(kind: VersionedKind, versions: readonly KnownVersion[]): KnownVersion | undefined {
  const sorted = [...versions]
    .filter((version) => version.status !== "begun")
    .sort((left, right) => kind.compareVersions(right.version, left.version));
  return (
    sorted.find((version) => version.status === "active") ??
    sorted.find((version) => version.status === "pending") ??
    sorted[0]
  );
}

function repeatedBy(one: VersionedCase, declared: Declared): { readonly by: string; readonly why: string } | undefined {
  for (const object of one.objects) {
    const why = one.kind.repeats?.(declared.state, object.state);
    if (why !== undefined) return { by: object.remoteName, why };
  }
  return undefined;
}

function submission(
  one: VersionedCase,
  declared: Declared,
  begun: Version | undefined,
  begunReason: string | undefined,
): StepDraft {
  const { kind, versions, address } = one;
  const target: Target = { address, name: declared.name, state: declared.state };
  const from = baseVersion(kind, versions);
  const bumped = begun === undefined ? nextVersion(one, target, from) : { version: begun };
  const after = comparable(kind, declared.state);
  const before = from === undefined ? {} : comparable(kind, from.state);
  const isFirst = versions.every((version) => version.status === "begun");
  const risks = from === undefined ? [] : riskOf(kind, from.state, declared.state);
  const changed = Object.keys(after).filter((field) => JSON.stringify(after[field]) !== JSON.stringify(before[field]));
  const isGone = changed.length === 0 && from?.status === "gone";
  const differs = isGone
    ? `CXone does not hold version ${from.version} any more`
    : `the ${changed.join(" and the ") || "content"} changed`;
  const words = begunReason ?? (isFirst ? "new" : differs);
  return {
    action: isFirst ? "create" : "newVersion",
    address,
    version: { from: from?.version ?? null, to: bumped.version },
    after: one.after,
    followUp: false,
    before,
    next: after,
    risk: risks.length > 0 ? "high" : "low",
    reason: [words, bumped.reason, ...risks].filter((part) => part !== undefined).join("; "),
    precondition: preconditionOf(from),
    remoteName: kind.remoteName(target, bumped.version),
    notes: kind.notes?.(declared.state) ?? [],
    source: declared.source,
    assignment: {
      kind,
      target,
      declared,
      content: after,
      ...(begun === undefined ? {} : { wasApplied: true }),
      ...(from?.observed === undefined ? {} : { observed: from.observed }),
    },
  };
}

/** Highest ever in ledger or CXone + 1, and the next free remote name. */
function nextVersion(
  one: VersionedCase,
  target: Target,
  from: KnownVersion | undefined,
): { readonly version: Version; readonly reason?: string } {
  const { kind, versions, objects } = one;
  const counted = kind.namedVersions
    ? []
    : objects
        .filter((object) => object.remoteName === kind.remoteName(target, kind.firstVersion))
        .map((object) => object.version as Version);
  const all = [...versions.map((version) => version.version), ...counted];
  if (all.length === 0) return { version: kind.firstVersion };
  const highest = all.reduce((left, right) => (kind.compareVersions(left, right) >= 0 ? left : right));
  let bumped = kind.bump(highest, from?.state, target.state);
  const takenKeys = new Set(objects.map((object) => kind.keyOf(object.remoteName, object.state)));
  while (kind.namedVersions && takenKeys.has(kind.keyOf(kind.remoteName(target, bumped.version), target.state))) {
    bumped = kind.bump(bumped.version, from?.state, target.state);
  }
  return bumped;
}

function reactivation(one: VersionedCase, declared: Declared, version: KnownVersion): StepDraft {
  const { kind, address, versions } = one;
  const from = versions.find((other) => other.status === "active");
  return {
    action: "reactivate",
    address,
    version: { from: from?.version ?? null, to: version.version },
    after: one.after,
    followUp: false,
    before: from === undefined ? {} : comparable(kind, from.state),
    next: comparable(kind, declared.state),
    risk: "low",
    reason: `version ${version.version} had this content and was approved: no new review`,
    precondition: preconditionOf(version),
    remoteName: version.ledger.remoteName,
    source: declared.source,
    assignment: {
      kind,
      declared,
      target: { address, name: declared.name, state: declared.state },
      content: comparable(kind, declared.state),
      ...(version.observed === undefined ? { observed: standIn(version) } : { observed: version.observed }),
    },
  };
}

/** Meta may change a category by itself: never fixed silently, reported first (RULES, WhatsApp statuses). */
function recategorised(one: VersionedCase, declared: Declared): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const version of one.versions) {
    const submitted = one.input.contents.get(version.ledger.digest);
    if (version.observed === undefined || submitted === undefined || version.status !== "active") continue;
    for (const [field, policy] of Object.entries(one.kind.fields)) {
      const [was, is] = [submitted[field] as Json | undefined, version.observed.state[field] as Json | undefined];
      if (policy.setBy !== "cxone" || was === undefined || was === null || is === undefined || was === is) continue;
      if (declared.state[field] === is) continue;
      found.push({
        code: "CX4020",
        severity: "warning",
        message: `CXone changed the ${field} of version ${version.version} from ${String(was)} to ${String(is)}`,
        hint: `Check consent and cost for ${String(is)}, then declare it or appeal the change in CXone.`,
        ...declared.place(`/spec/${field}`),
        address: one.address,
        pointer: `/spec/${field}`,
      });
    }
  }
  return found;
}

function riskOf(kind: VersionedKind, before: JsonObject, after: JsonObject): readonly string[] {
  const risks = Object.entries(kind.fields).map(([field, policy]) =>
    policy.risk?.(before[field] ?? null, after[field] ?? null, after),
  );
  return [...new Set(risks.filter((risk) => risk !== undefined))];
}
