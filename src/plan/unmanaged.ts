// What CXone holds and neither a manifest nor the ledger names.
import { selects } from "../base/address.ts";
import type { Observed, ObservedKind } from "../contract/kind.ts";
import type { Held } from "../contract/plan.ts";
import type { PlanInput } from "./input.ts";
import { ledgerObjectIds, objectIdOf } from "./ownership.ts";

/** The ids of objects that forgotten addresses named, of a kind that leaves them in CXone. */
function leftBehind(input: PlanInput, kind: ObservedKind): ReadonlySet<string> {
  if (kind.lifecycle !== "mutable" || kind.removal !== "none") return new Set();
  const forgotten = Object.entries(input.ledger.resources).filter(
    ([address, resource]) => address.startsWith(`${kind.name}/`) && resource.forgotten === true,
  );
  return new Set(forgotten.flatMap(([, { versions }]) => ledgerObjectIds(kind, versions)));
}

/** A row for each object of a kind that nobody owns: reported, never touched. */
export function unmanagedRows(input: PlanInput, kind: ObservedKind, objects: readonly Observed[]): readonly Held[] {
  const rows: Held[] = [];
  const seen = new Set<string>();
  const former = leftBehind(input, kind);
  for (const observed of objects) {
    // What was removed without a call (a registration) is no stranger: the ledger made it, and has let it go.
    if (former.has(objectIdOf(observed))) continue;
    const address = kind.address(observed.remoteName, observed.state);
    const isIgnored = input.ignoreUnmanaged.some((pattern) => selects(pattern, address));
    if (isIgnored || observed.status === "deprecated" || seen.has(address)) continue;
    seen.add(address);
    rows.push({
      address,
      kind: kind.name,
      remoteId: observed.remoteId,
      ...(observed.version === undefined ? {} : { version: observed.version }),
      status: observed.statusText,
      reason: "made outside of this project; it is never touched",
      ...(observed.createdAt === undefined ? {} : { since: observed.createdAt }),
      by: "unowned",
    });
  }
  return rows;
}
