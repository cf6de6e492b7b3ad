// Renames: `metadata.renamedFrom` ties an old address to a new one, and the ledger keeps the tie; a removal beside a creation of the same content without it is stopped.
import { kindOfAddress } from "../base/address.ts";
import { digest } from "../base/digest.ts";
import { type Formers, heirOf, renamed, standing } from "../base/formers.ts";
import type { Declared } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind, ObservedKind } from "../contract/kind.ts";
import { comparable } from "./content.ts";
import { decide } from "./decision.ts";
import type { Decision, PlanInput } from "./input.ts";

/** The address that a declared resource had before; undefined when it says nothing of it. */
export function formerAddress(declared: Declared): string | undefined {
  return declared.renamedFrom === undefined
    ? undefined
    : declared.kindDefinition.address(declared.renamedFrom, declared.spec);
}

/** Who was called what before, as it is once this plan's events are recorded. */
export interface Renames {
  /** The addresses whose place a declared one has taken, the nearest first; none of them is declared. */
  formersOf(address: string): readonly string[];
  /** What the ledger learns of it. */
  eventsOf(address: string): readonly EntryDraft[];
}

/**
 * The ledger's word on former addresses, with what the manifests say anew. An address that is declared is a resource of its own, and
 * nobody's former one: its objects are not taken down in another one's name.
 */
export function renamesOf({ declared, ledger }: Pick<PlanInput, "declared" | "ledger">): Renames {
  const byAddress = new Map(declared.map((one) => [one.address, one]));
  const recorded = Object.entries(ledger.resources).flatMap(([address, { formers }]) =>
    formers === undefined ? [] : [[address, formers] as const],
  );
  let formers: Formers = new Map(recorded);
  const events = new Map<string, EntryDraft>();
  for (const { address } of declared) {
    if (heirOf(formers, address) === undefined) continue;
    formers = standing(formers, address);
    events.set(address, { phase: "event", action: "redeclared", address });
  }
  for (const one of declared) {
    const { address } = one;
    const former = formerAddress(one);
    if (former === undefined || byAddress.has(former) || ledger.resources[former] === undefined) continue;
    const heir = heirOf(formers, former);
    // Two that claim one former address would take it from each other in every run: who has it and says so keeps it.
    const keeper = heir === undefined ? undefined : byAddress.get(heir);
    if (heir === address || (keeper !== undefined && formerAddress(keeper) === former)) continue;
    formers = renamed(formers, address, former);
    events.set(address, { phase: "event", action: "renamed", address, former });
  }
  return {
    formersOf: (address) => formers.get(address) ?? [],
    eventsOf: (address) => [events.get(address)].filter((event) => event !== undefined),
  };
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
  renames: Renames,
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
    // A line that names nobody (the name before it was applied here, the one of the line was not) says nothing of what is removed.
    if (made === undefined || renames.formersOf(made.address).length > 0 || !isNew(decision)) continue;
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
