// Renames: `metadata.renamedFrom` ties an old address to a new one; a removal beside a creation of the same content without it is stopped.
import { kindOfAddress } from "../base/address.ts";
import { digest } from "../base/digest.ts";
import type { Declared } from "../contract/declared.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind, ObservedKind } from "../contract/kind.ts";
import { comparable } from "./content.ts";
import { decide } from "./decision.ts";
import type { Decision } from "./input.ts";

/** The address that a declared resource had before; undefined when it says nothing of it. */
export function formerAddress(declared: Declared): string | undefined {
  return declared.renamedFrom === undefined
    ? undefined
    : declared.kindDefinition.address(declared.renamedFrom, declared.spec);
}

/** The content without what only tells two resources apart (a templateId), with the language or locale of the address. */
function likeness(kind: Kind, address: string, state: JsonObject): string {
  const rest = Object.fromEntries(
    Object.entries(comparable(kind, state)).filter(
      ([field]) => kind.lifecycle !== "versioned" || kind.fields[field]?.change !== "forbid",
    ),
  );
  const qualifier = address.split("/").slice(2).join("/");
  return digest({ kind: kind.name, qualifier, content: rest });
}

function naturalKey(kind: Kind, name: string, state: JsonObject): string {
  return kind.lifecycle === "versioned" || kind.lifecycle === "mutable"
    ? `${kind.name} ${kind.keyOf(name, state)}`
    : "";
}

export interface Removed {
  readonly kind: ObservedKind;
  readonly decision: Decision;
  readonly state: JsonObject;
  readonly remoteName: string;
}

/** A creation, planned or blocked because CXone holds the same content under the old name. */
function isNew(decision: Decision): boolean {
  const isPlanned = decision.steps.some((step) => step.action === "create" || step.action === "adopt");
  return isPlanned || (!decision.isOwned && decision.blocked.some((row) => row.by === "duplicate"));
}

/** Both sides of what looks like a rename that was not declared are blocked, with the hint; every other decision stays. */
export function stopSilentRenames(
  decisions: readonly Decision[],
  declared: ReadonlyMap<string, Declared>,
  removed: readonly Removed[],
): readonly Decision[] {
  const going = removed.filter(({ decision }) => decision.steps.length > 0 || decision.waiting.length > 0);
  const goingBy = new Map(
    going.flatMap((one) => [
      [likeness(one.kind, one.decision.address, one.state), one.decision.address] as const,
      // One object in CXone cannot be removed and made in one plan: a webhook's url, whatever else of it changes.
      [naturalKey(one.kind, one.remoteName, one.state), one.decision.address] as const,
    ]),
  );
  const blocked = new Map<string, string>();
  for (const decision of decisions) {
    const made = declared.get(decision.address);
    if (made === undefined || made.renamedFrom !== undefined || !isNew(decision)) continue;
    const former =
      goingBy.get(likeness(made.kindDefinition, made.address, made.state)) ??
      goingBy.get(naturalKey(made.kindDefinition, made.name, made.state));
    if (former === undefined) continue;
    const name = former.split("/")[1] ?? former;
    blocked.set(
      decision.address,
      `the same content or object is removed as ${former}; add metadata.renamedFrom: ${name} if it was renamed, or change the content`,
    );
    blocked.set(
      former,
      `the same content or object is created as ${decision.address}; add metadata.renamedFrom: ${name} there if it was renamed`,
    );
  }
  return decisions.map((decision) => {
    const reason = blocked.get(decision.address);
    if (reason === undefined) return decision;
    const row = {
      address: decision.address,
      kind: kindOfAddress(decision.address),
      status: "RENAMED",
      reason,
      by: "rename" as const,
    };
    return decide({ ...decision, steps: [], waiting: [], blocked: [row], staysActive: decision.isActive });
  });
}
