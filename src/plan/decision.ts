// Small pieces that the lifecycles' decisions share: rows, preconditions, what a policy forbids.
import { canonical } from "../base/canonical.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind } from "../contract/kind.ts";
import type { Held, HeldBy, Precondition } from "../contract/plan.ts";
import { comparable } from "./content.ts";
import type { Decision } from "./input.ts";
import type { KnownVersion } from "./ownership.ts";

/** What is the same whatever is decided. */
export type DecisionBase = Pick<Decision, "address" | "events" | "isActive" | "isOwned">;

/** A decision with what it does not say filled in as nothing. */
export function decide(decision: Partial<Decision> & Pick<Decision, "address">): Decision {
  return {
    steps: [],
    waiting: [],
    blocked: [],
    diagnostics: [],
    events: [],
    isActive: false,
    staysActive: false,
    isOwned: false,
    ...decision,
  };
}

export function heldRow(
  kind: Kind,
  address: string,
  version: KnownVersion | undefined,
  by: HeldBy,
  reason: string,
): Held {
  const since = version?.ledger.decidedAt ?? version?.ledger.submittedAt;
  return {
    address,
    kind: kind.name,
    ...(version?.ledger.remoteId === undefined ? {} : { remoteId: version.ledger.remoteId }),
    ...(version === undefined ? {} : { version: version.version }),
    status: version?.statusText ?? "NONE",
    reason,
    ...(since === undefined ? {} : { since }),
    by,
  };
}

/** How to go on where CXone answers 405 to a retirement. */
export const cannotDeprecate = "this tenant cannot deprecate through the API, so deprecate it in CXone";

export function preconditionOf(version: KnownVersion | undefined): Precondition {
  if (version?.ledger.remoteId === undefined) return {};
  const revision = version.observed?.revision;
  return { remoteId: version.ledger.remoteId, ...(revision === undefined ? {} : { revision }) };
}

/** Why the change from `before` to `after` is forbidden by a field's policy; undefined when it is not. */
export function forbidden(kind: Kind, before: JsonObject, after: JsonObject): string | undefined {
  const [left, right] = [comparable(kind, before), comparable(kind, after)];
  for (const [field, policy] of Object.entries(kind.fields)) {
    const [was, is] = [left[field], right[field]];
    if (was === undefined || is === undefined || canonical(was) === canonical(is)) continue;
    if (policy.change === "forbid") return `${field} cannot change: ${policy.why}`;
    const refused = policy.refuses?.(was, is);
    if (refused !== undefined) return `${field} cannot change so: ${refused}`;
  }
  return undefined;
}
