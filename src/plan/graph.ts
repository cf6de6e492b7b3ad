// The order of things: kinds before those that refer to or follow them, steps after what they wait for, retirements last.
import { invariant } from "../base/invariant.ts";
import type { Kind } from "../contract/kind.ts";
import type { StepDraft } from "./input.ts";

/** The kinds so that each comes after those that it refers to or follows; otherwise in the order of the list. */
export function kindsInOrder(kinds: readonly Kind[]): readonly Kind[] {
  const byName = new Map(kinds.map((kind) => [kind.name, kind]));
  const ordered = new Set<Kind>();
  const visit = (kind: Kind, path: readonly string[]): void => {
    invariant(!path.includes(kind.name), `kinds refer to each other in a circle: ${[...path, kind.name].join(" → ")}`);
    for (const name of [...kind.follows, ...kind.refersTo]) {
      const before = byName.get(name);
      if (before !== undefined && !ordered.has(before)) visit(before, [...path, kind.name]);
    }
    ordered.add(kind);
  };
  for (const kind of kinds) visit(kind, []);
  return [...ordered];
}

/** A step that ends what an address serves. */
export const isRetirement = (step: Pick<StepDraft, "action">): boolean =>
  step.action === "deprecate" || step.action === "remove";

/** Steps in the order in which they are performed: by kind, then address; follow-ups and other retirements after everything else. */
export function stepsInOrder(kinds: readonly Kind[], steps: readonly StepDraft[]): readonly StepDraft[] {
  const rank = new Map(kindsInOrder(kinds).map((kind, index) => [kind.name, index]));
  const rankOf = (step: StepDraft): number => rank.get(step.assignment.kind.name) ?? 0;
  const place = new Map(steps.map((step, index) => [step, index]));
  return [...steps].sort(
    (left, right) =>
      Number(isRetirement(left)) - Number(isRetirement(right)) ||
      // An adoption comes before the change of what it adopts: both bear one address, in the order in which they were decided.
      rankOf(left) - rankOf(right) ||
      (left.address < right.address ? -1 : left.address > right.address ? 1 : 0) ||
      (place.get(left) as number) - (place.get(right) as number),
  );
}
