// What a run notices beside its plan and people should be told of: decisions that are overdue, other categories, drift. Each becomes an entry of the ledger, once.
import { isoTime } from "../base/duration.ts";
import type { Entry, EntryDraft, LedgerState } from "../contract/entry.ts";
import { type Direction, driftOf } from "../plan/drift.ts";
import type { PlanInput } from "../plan/input.ts";

export interface Noticing {
  readonly input: PlanInput;
  readonly state: LedgerState;
  readonly entries: readonly Entry[];
  /** What this run is about to record: a decision among it ends a wait. */
  readonly events: readonly EntryDraft[];
  readonly overdueAfterMs: number;
}

/** Pauses and losses have entries of their own. */
const told: Readonly<Partial<Record<Direction, string>>> = {
  recategorised: "recategorised",
  changed: "drifted",
  unmanaged: "drifted",
};

export function noticed(noticing: Noticing): readonly EntryDraft[] {
  return [...overdue(noticing), ...drifted(noticing)];
}

function overdue({ input, state, entries, events, overdueAfterMs }: Noticing): readonly EntryDraft[] {
  const key = ({ address, version }: Pick<EntryDraft, "address" | "version">): string => `${address}@${version}`;
  const known = new Set(entries.filter(({ action }) => action === "overdue").map(key));
  const decided = new Set(events.filter(({ status }) => status !== undefined && status !== "pending").map(key));
  return Object.entries(state.resources).flatMap(([address, { versions, forgotten }]) =>
    forgotten === true
      ? []
      : versions
          .filter(
            ({ version, status, submittedAt }) =>
              status === "pending" &&
              submittedAt !== undefined &&
              input.now - Date.parse(submittedAt) > overdueAfterMs &&
              !known.has(key({ address, version })) &&
              !decided.has(key({ address, version })),
          )
          .map(
            ({ version, remoteName, submittedAt }): EntryDraft => ({
              phase: "event",
              action: "overdue",
              address,
              version,
              remoteName,
              reason: `submitted at ${submittedAt}`,
              observedAt: isoTime(input.now),
            }),
          ),
  );
}

/** Told again only when something else is to be told of that address. */
function drifted({ input, entries, events }: Noticing): readonly EntryDraft[] {
  const last = new Map<string, string>();
  for (const { phase, action, address, reason } of entries)
    if (phase === "event" && (action === "recategorised" || action === "drifted") && address !== undefined)
      last.set(address, `${action} ${reason}`);
  // What this run reads and records as a new status is told by that entry.
  const isLearnt = new Set(events.map(({ address }) => address));
  return driftOf(input).flatMap(({ address, direction, detail }): readonly EntryDraft[] => {
    const action = told[direction];
    if (action === undefined || isLearnt.has(address) || last.get(address) === `${action} ${detail}`) return [];
    return [{ phase: "event", action, address, reason: detail, observedAt: isoTime(input.now) }];
  });
}
