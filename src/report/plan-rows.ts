// The steps and held rows of several environments as rows: equal ones share a row, those of highest risk come first. It judges nothing.
import type { Held, Plan, Risk, Step } from "../contract/plan.ts";

/** The same thing in each of these environments. */
export interface Shared<Value> {
  readonly value: Value;
  readonly environments: readonly string[];
}

export type StepRow = Shared<Step>;

const order: Readonly<Record<Risk, number>> = { high: 0, medium: 1, low: 2 };

/** By risk, in the plans' order otherwise. */
export function stepRows(plans: readonly Plan[]): readonly StepRow[] {
  const rows = sharedRows(
    plans,
    (plan) => plan.steps,
    (step) => asSeen(step),
  );
  return rows.toSorted((left, right) => order[left.value.risk] - order[right.value.risk]);
}

export function heldRows(plans: readonly Plan[], held: "waiting" | "blocked"): readonly Shared<Held>[] {
  return sharedRows(
    plans,
    (plan) => plan[held],
    ({ remoteId: _own, ...row }) => row,
  );
}

/** All of a step but what names one tenant's object (its id, its revision) and the digest over it: two equal effects are one row. */
function asSeen({ digest: _digest, precondition, ...seen }: Step): unknown {
  const { remoteId: _id, revision: _revision, ...content } = precondition;
  return { ...seen, content };
}

/** What several environments hold, once each; `seen` is what makes two of them equal. */
export function sharedRows<Owner extends { readonly environment: string }, Value>(
  owners: readonly Owner[],
  pick: (owner: Owner) => readonly Value[],
  seen: (value: Value) => unknown,
): readonly Shared<Value>[] {
  const rows = new Map<string, { readonly value: Value; readonly environments: string[] }>();
  for (const owner of owners) {
    for (const value of pick(owner)) {
      const key = JSON.stringify(seen(value));
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { value, environments: [owner.environment] });
      else if (!row.environments.includes(owner.environment)) row.environments.push(owner.environment);
    }
  }
  return [...rows.values()];
}

/** What is the same in the same environments, in the order of its first row. */
export function byEnvironments<Row extends Shared<unknown>>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(row.environments);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}
