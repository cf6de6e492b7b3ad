// The content of a resource as it is compared, digested and shown: ignored fields left out, sets in one order, sensitive values masked.
import { canonical } from "../base/canonical.ts";
import { digest } from "../base/digest.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Kind, Observed } from "../contract/kind.ts";

export const masked = "(sensitive)";

/** The fields whose change means something, with sets sorted: two states are equal when these are. */
export function comparable(kind: Kind, state: JsonObject): JsonObject {
  const content: Record<string, Json> = {};
  for (const [field, policy] of Object.entries(kind.fields)) {
    const value = state[field];
    if (policy.change === "ignore" || value === undefined) continue;
    content[field] = policy.compare === "set" && Array.isArray(value) ? [...value].sort(byCanonical) : value;
  }
  return content;
}

function byCanonical(left: Json, right: Json): number {
  const [a, b] = [canonical(left), canonical(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Hex SHA-256 of the comparable content: a version's identity in the ledger. */
export function contentDigest(kind: Kind, state: JsonObject): string {
  return digest(comparable(kind, state));
}

/** The content with every sensitive field masked, as it may be written and shown. */
export function maskedContent(kind: Kind, content: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(content).map(([field, value]) => [field, kind.sensitive.includes(field) ? masked : value]),
  );
}

/**
 * An observed state completed by what was submitted: fields that CXone keeps to itself, and fields that it may change by itself,
 * are compared as they were submitted.
 */
export function completed(kind: Kind, observed: Observed, submitted: JsonObject | undefined): JsonObject {
  const state: Record<string, Json> = { ...observed.state };
  for (const [field, policy] of Object.entries(kind.fields)) {
    const value = submitted?.[field];
    if (value === undefined || value === masked) continue;
    if (state[field] === undefined || policy.setBy === "cxone") state[field] = value;
  }
  return state;
}

/** The declared state without what CXone does not report of this object, so that nothing is compared that cannot be seen. */
export function visiblePart(kind: Kind, declared: JsonObject, observed: Observed): JsonObject {
  const state: Record<string, Json> = {};
  for (const [field, policy] of Object.entries(kind.fields)) {
    const value = declared[field];
    const isLeftToCxone = policy.setBy === "cxone" && value === null;
    if (value !== undefined && observed.state[field] !== undefined && !isLeftToCxone) state[field] = value;
  }
  return state;
}

/** Whether an object that nobody owns holds what is declared, as far as CXone shows it. */
export function looksLike(kind: Kind, declared: JsonObject, observed: Observed): boolean {
  const visible = visiblePart(kind, declared, observed);
  const shown = Object.fromEntries(Object.keys(visible).map((field) => [field, observed.state[field] as Json]));
  return contentDigest(kind, visible) === contentDigest(kind, shown);
}
