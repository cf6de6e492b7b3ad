// Builds an index over all resources once per validation, so that a rule over N resources stays linear; knows no kind.
import type { RuleScope } from "../../contract/diagnostic.ts";

/** A function that builds its value at the first call for a scope and answers with the same value from then on. */
export function perScope<Value>(build: (scope: RuleScope) => Value): (scope: RuleScope) => Value {
  const built = new WeakMap<RuleScope, { readonly value: Value }>();
  return (scope) => {
    const before = built.get(scope);
    if (before !== undefined) return before.value;
    const value = build(scope);
    built.set(scope, { value });
    return value;
  };
}

/** Groups in order of first appearance. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** By address, in the order of UTF-16 units: the same on every machine. */
export function sortedByAddress<Item extends { readonly address: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((left, right) => (left.address < right.address ? -1 : left.address > right.address ? 1 : 0));
}

/** The item whose key most items share; of equals the first. Undefined only for an empty list. */
export function commonest<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item | undefined {
  let best: readonly Item[] = [];
  for (const group of groupBy(items, keyOf).values()) if (group.length > best.length) best = group;
  return best[0];
}
