// What runs have done and learnt, from the entries that they wrote: CXone's decisions, and what became of a commit. It contacts nobody.
import type { Approval, Entry, LedgerState } from "../contract/entry.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import { type Action, actions, type Held, type Outcome } from "../contract/plan.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface Decided {
  readonly address: string;
  readonly version: Version;
  readonly status: VersionStatus;
  readonly reason?: string;
}

/** The seq of the last entry; 0 for an empty ledger. Throws as readLedger. */
export async function lastSeq(options: LedgerOptions): Promise<number> {
  return (await readLedger(options)).ledger.head?.seq ?? 0;
}

/** The decisions that are recorded after an entry, in order. Throws as readLedger. */
export async function decidedAfter(seq: number, options: LedgerOptions): Promise<readonly Decided[]> {
  const { ledger } = await readLedger(options);
  return decisionsOf(ledger.entries.slice(seq));
}

function decisionsOf(entries: readonly Entry[]): readonly Decided[] {
  return entries.flatMap(({ phase, action, address, version, status, reason }) =>
    phase === "event" && action === "decided" && address !== undefined && version !== undefined && status !== undefined
      ? [{ address, version, status, ...(reason === undefined ? {} : { reason }) }]
      : [],
  );
}

/** What an apply of a commit did, and what has been decided since. */
export interface RecordedApply {
  /** Of the plan that was performed last. */
  readonly digest: string;
  readonly outcomes: readonly Outcome[];
  readonly approvals: readonly Approval[];
  readonly decided: readonly Decided[];
  readonly pending: readonly Held[];
}

/** Undefined when no run applied that commit. Throws as readLedger. */
export async function appliedOf(commit: string, options: LedgerOptions): Promise<RecordedApply | undefined> {
  const { ledger } = await readLedger(options);
  return appliedIn(ledger.entries, ledger.state, commit);
}

export function appliedIn(entries: readonly Entry[], state: LedgerState, commit: string): RecordedApply | undefined {
  const claims = entries.filter(
    (entry) => entry.phase === "claim" && entry.commit === commit && entry.steps?.length !== 0,
  );
  const last = claims.at(-1);
  if (last === undefined) return undefined;
  const runs = new Set(claims.map(({ run }) => run));
  const outcomes = new Map<string, Outcome>();
  for (const entry of entries) {
    if (!runs.has(entry.run) || entry.phase !== "result" || entry.address === undefined) continue;
    const key = JSON.stringify([entry.address, entry.version]);
    outcomes.set(key, outcomeOf(entry, entry.address, outcomes.get(key)));
  }
  const own = Object.entries(state.resources).flatMap(([address, { versions }]) =>
    versions.filter((version) => version.commit === commit).map((version) => ({ address, version })),
  );
  const isOwn = new Set(own.map(({ address, version }) => JSON.stringify([address, version.version])));
  return {
    digest: claims.findLast(({ planDigest }) => planDigest !== undefined)?.planDigest ?? "",
    outcomes: [...outcomes.values()],
    approvals: claims.findLast(({ approvals }) => approvals !== undefined)?.approvals ?? [],
    decided: decisionsOf(entries).filter(({ address, version }) => isOwn.has(JSON.stringify([address, version]))),
    pending: own
      .filter(({ version }) => version.status === "pending")
      .map(({ address, version }) => heldOf(address, version)),
  };
}

/** A version that waits for CXone, as a row of a plan. */
export function heldOf(address: string, version: LedgerState["resources"][string]["versions"][number]): Held {
  return {
    address,
    kind: address.slice(0, address.indexOf("/")),
    ...(version.remoteId === undefined ? {} : { remoteId: version.remoteId }),
    version: version.version,
    status: "PENDING",
    reason: version.reason ?? "submitted; CXone has not decided yet",
    ...(version.submittedAt === undefined ? {} : { since: version.submittedAt }),
    by: "pending",
  };
}

/** Several writes of one step, and the calls of a batch, become one outcome: the last word counts, the numbers add up. */
function outcomeOf(entry: Entry, address: string, before: Outcome | undefined): Outcome {
  const action = actions.find((one) => one === entry.action) ?? before?.action ?? ("update" satisfies Action);
  const counts: Record<string, number> = { ...before?.counts };
  for (const [name, number] of Object.entries(entry.counts ?? {})) counts[name] = (counts[name] ?? 0) + number;
  return {
    address,
    action: before === undefined || entry.action === before.action ? action : before.action,
    status: entry.outcome ?? "ok",
    ...(entry.version === undefined ? {} : { version: entry.version }),
    ...(entry.remoteId === undefined ? {} : { remoteId: entry.remoteId }),
    ...(Object.keys(counts).length === 0 ? {} : { counts }),
    ...(entry.outcome === "ok" || entry.reason === undefined ? {} : { error: entry.reason }),
  };
}
