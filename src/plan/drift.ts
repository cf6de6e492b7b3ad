// What CXone holds that neither the manifests nor the ledger say. Pure; what is declared and not applied yet, and what CXone is expected to decide, is no drift.
import { selects } from "../base/address.ts";
import { canonical } from "../base/canonical.ts";
import type { Declared } from "../contract/declared.ts";
import type { Json } from "../contract/json.ts";
import type { Observed, ObservedKind } from "../contract/kind.ts";
import { adoptionFor } from "./adoption.ts";
import { comparable, contentDigest } from "./content.ts";
import { kindsInOrder } from "./graph.ts";
import type { PlanInput } from "./input.ts";
import { assignOwners, type KnownVersion, type Owned } from "./ownership.ts";

/** In the order in which they are told: what stops messages or changes their price first. */
export const directions = ["paused", "recategorised", "changed", "lost", "unmanaged"] as const;
export type Direction = (typeof directions)[number];

export interface DriftRow {
  readonly address: string;
  readonly kind: string;
  /** What CXone did: stopped it, gave it another category, holds it otherwise than we wrote it, lost it, or holds what nobody declared. */
  readonly direction: Direction;
  readonly detail: string;
  /** ISO time; absent where CXone does not say. */
  readonly since?: string;
}

/** Sorted by direction, then address. */
export function driftOf(input: PlanInput): readonly DriftRow[] {
  const rows: DriftRow[] = [];
  const addresses = new Map<string, string>();
  for (const kind of kindsInOrder(input.kinds)) {
    if (kind.lifecycle !== "versioned" && kind.lifecycle !== "mutable") continue;
    const observation = input.observation.kinds.get(kind.name);
    if (observation === undefined || !observation.isObserved) continue;
    const ownership = assignOwners(kind, input, observation, (name, id) => addresses.get(`${name}#${id}`));
    const declared = new Map(input.declared.filter((one) => one.kind === kind.name).map((one) => [one.address, one]));
    for (const [address, owned] of ownership.owned) {
      for (const { ledger } of owned.versions)
        if (ledger.remoteId !== undefined) addresses.set(`${kind.name}#${ledger.remoteId}`, address);
      rows.push(...ofOwned(kind, input, address, owned, declared.get(address)));
    }
    rows.push(...ofUnowned(kind, input, [...declared.values()], ownership.owned, ownership.unowned));
  }
  const rank = (row: DriftRow): number => directions.indexOf(row.direction);
  return rows.toSorted(
    (left, right) =>
      rank(left) - rank(right) || (left.address < right.address ? -1 : left.address > right.address ? 1 : 0),
  );
}

function ofOwned(
  kind: ObservedKind,
  input: PlanInput,
  address: string,
  owned: Owned,
  declared: Declared | undefined,
): readonly DriftRow[] {
  if (owned.isForgotten) return [];
  // An object that is changed in place is what its newest version says.
  const versions = kind.lifecycle === "mutable" ? owned.versions.slice(-1) : owned.versions;
  return versions.flatMap((version) => {
    const found = ofVersion(kind, input, version, declared);
    return found === undefined ? [] : [{ address, kind: kind.name, ...found }];
  });
}

type Found = Pick<DriftRow, "direction" | "detail" | "since">;

function ofVersion(
  kind: ObservedKind,
  input: PlanInput,
  known: KnownVersion,
  declared: Declared | undefined,
): Found | undefined {
  const { ledger, observed, status, statusText } = known;
  const name = `version ${known.version}`;
  // What was announced and has no answer is unknown, not drift: the next apply or settle reads it.
  if (ledger.begun !== undefined) return undefined;
  if (status === "gone") {
    if (ledger.missing === true || ledger.status === "deprecated") return undefined;
    return { direction: "lost", detail: `CXone does not hold ${name} any more` };
  }
  if (observed === undefined) return undefined;
  const since = observed.decidedAt === undefined ? {} : { since: observed.decidedAt };
  if (status === "paused") {
    const why = known.reason === undefined ? "" : `: ${known.reason}`;
    return { direction: "paused", detail: `${name} is ${statusText} in CXone${why}`, ...since };
  }
  const isExpected =
    ledger.status === status ||
    ledger.status === "pending" ||
    ledger.status === "unknown" ||
    ledger.status === "paused";
  if (!isExpected)
    return {
      direction: "changed",
      detail: `${name} is ${statusText} in CXone; the ledger has it as ${ledger.status}`,
      ...since,
    };
  if (status === "deprecated" || status === "rejected") return undefined;
  return recategorised(kind, input, known, observed, declared) ?? rewritten(kind, input, known, declared);
}

/** A field that CXone may set by itself, against what was submitted; declaring what CXone made of it says yes to that. */
function recategorised(
  kind: ObservedKind,
  input: PlanInput,
  known: KnownVersion,
  observed: Observed,
  declared: Declared | undefined,
): Found | undefined {
  const submitted = input.contents.get(known.ledger.digest) ?? {};
  for (const [field, policy] of Object.entries(kind.fields)) {
    if (policy.setBy !== "cxone") continue;
    const [was, is] = [submitted[field] ?? null, observed.state[field] ?? null];
    if (was === null || is === null || was === is || declared?.state[field] === is) continue;
    return { direction: "recategorised", detail: `CXone changed the ${field} from ${String(was)} to ${String(is)}` };
  }
  return undefined;
}

function rewritten(
  kind: ObservedKind,
  input: PlanInput,
  known: KnownVersion,
  declared: Declared | undefined,
): Found | undefined {
  const isDeclared = declared !== undefined && contentDigest(kind, declared.state) === known.digest;
  if (known.digest === known.ledger.digest || isDeclared) return undefined;
  const before = comparable(kind, input.contents.get(known.ledger.digest) ?? {});
  const after = comparable(kind, known.state);
  const fields = Object.keys(after).filter(
    (field) => canonical((before[field] ?? null) as Json) !== canonical((after[field] ?? null) as Json),
  );
  return {
    direction: "changed",
    detail: `${fields.join(", ")} of version ${known.version} changed in CXone since cxform wrote it`,
  };
}

/** Objects that nobody owns: no drift where a manifest declares the same, which a plan adopts. */
function ofUnowned(
  kind: ObservedKind,
  input: PlanInput,
  declared: readonly Declared[],
  owned: ReadonlyMap<string, Owned>,
  unowned: readonly Observed[],
): readonly DriftRow[] {
  const adoptions = declared
    .filter((one) => owned.get(one.address)?.isForgotten !== false)
    .flatMap((one) => {
      const adoption = adoptionFor(kind, input, one, unowned);
      return adoption === undefined ? [] : [{ one, adoption }];
    });
  const rows = new Map<string, DriftRow>();
  for (const observed of unowned) {
    const wanted = adoptions.find(({ adoption }) => adoption.observed === observed);
    const isAdopted = wanted?.adoption.isSame === true || wanted?.adoption.isAsked === true;
    const address = wanted?.one.address ?? kind.address(observed.remoteName, observed.state);
    const isIgnored = input.ignoreUnmanaged.some((pattern) => selects(pattern, address));
    if (isAdopted || isIgnored || observed.status === "deprecated" || rows.has(address)) continue;
    rows.set(address, {
      address,
      kind: kind.name,
      direction: "unmanaged",
      detail:
        wanted === undefined
          ? `CXone holds ${observed.remoteName} (${observed.statusText}), made outside of this project`
          : `CXone holds ${observed.remoteName} with other content than is declared, made outside of this project`,
      ...(observed.createdAt === undefined ? {} : { since: observed.createdAt }),
    });
  }
  return [...rows.values()];
}
