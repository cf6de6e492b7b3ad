// What runs have done and learnt, from the entries that they wrote: CXone's decisions, and what became of a commit. It contacts nobody.
import type { Approval, Entry, LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import { type Action, actions, type Held, type Outcome } from "../contract/plan.ts";
import type { Holder } from "../contract/world.ts";
import { breakGlassAction } from "../ledger/history.ts";
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
  /** The seq of the last entry that was read. */
  readonly seq: number;
  /** Of the plan that was performed last. */
  readonly digest: string;
  readonly outcomes: readonly Outcome[];
  readonly approvals: readonly Approval[];
  readonly decided: readonly Decided[];
  readonly pending: readonly Held[];
}

/** Undefined when no run applied that commit. */
export function appliedIn(entries: readonly Entry[], state: LedgerState, commit: string): RecordedApply | undefined {
  const claims = entries.filter(
    (entry) => entry.phase === "claim" && entry.commit === commit && entry.steps?.length !== 0,
  );
  const last = claims.at(-1);
  if (last === undefined) return undefined;
  const runs = new Set(claims.map(({ run }) => run));
  const own = Object.entries(state.resources).flatMap(([address, { versions }]) =>
    versions.filter((version) => version.commit === commit).map((version) => ({ address, version })),
  );
  const isOwn = new Set(own.map(({ address, version }) => versionKey(address, version.version)));
  return {
    seq: entries.at(-1)?.seq ?? 0,
    digest: claims.findLast(({ planDigest }) => planDigest !== undefined)?.planDigest ?? "",
    outcomes: outcomesOf(entries, runs),
    approvals: claims.findLast(({ approvals }) => approvals !== undefined)?.approvals ?? [],
    decided: decisionsOf(entries).filter(({ address, version }) => isOwn.has(versionKey(address, version))),
    pending: own
      .filter(({ version }) => version.status === "pending")
      .map(({ address, version }) => heldOf(address, version)),
  };
}

const versionKey = (address: string, version: Version | undefined): string => JSON.stringify([address, version]);

/** What came of the writes of some runs, one outcome for each version. */
function outcomesOf(entries: readonly Entry[], runs: ReadonlySet<string>): readonly Outcome[] {
  const outcomes = new Map<string, Outcome>();
  for (const entry of entries) {
    if (!runs.has(entry.run) || entry.phase !== "result" || entry.address === undefined) continue;
    const key = versionKey(entry.address, entry.version);
    outcomes.set(key, outcomeOf(entry, entry.address, outcomes.get(key)));
  }
  return [...outcomes.values()];
}

export interface News {
  /** The seq of the last entry that says something of what a commit brought in, by commit. */
  readonly byCommit: ReadonlyMap<string, number>;
  /** The versions that were rejected. */
  readonly rejected: readonly { readonly address: string; readonly version: LedgerVersion }[];
}

/** What the entries of since then (epoch milliseconds) have to tell those whose commits they concern, whoever wrote them. */
export function newsSince(since: number, entries: readonly Entry[], state: LedgerState): News {
  const versions = Object.entries(state.resources).flatMap(([address, resource]) =>
    resource.versions.map((version) => ({ address, version })),
  );
  const owners = new Map(
    versions.map(({ address, version }) => [versionKey(address, version.version), version.commit]),
  );
  const approved = new Map<string, string>();
  const byCommit = new Map<string, number>();
  const decided = new Set<string>();
  for (const entry of entries) {
    const { phase, action, address, version, status, run, commit, approvals } = entry;
    if (phase === "claim" && commit !== undefined && approvals !== undefined) approved.set(run, commit);
    if (address === undefined || Date.parse(entry.at) < since) continue;
    const key = versionKey(address, version);
    const isDecision = phase === "event" && status !== undefined;
    if (isDecision && status === "rejected") decided.add(key);
    // The lane of opt-outs goes before its commit's apply, which tells of both.
    const isWrite = phase === "result" && action !== "records";
    for (const one of [
      isDecision || isWrite ? owners.get(key) : undefined,
      phase === "result" ? approved.get(run) : undefined,
    ])
      if (one !== undefined) byCommit.set(one, entry.seq);
  }
  const isRejected = ({ address, version }: (typeof versions)[number]): boolean =>
    version.status === "rejected" && decided.has(versionKey(address, version.version));
  return { byCommit, rejected: versions.filter(isRejected) };
}

/** A run that passed by the protection of its environment. */
export interface GlassRun {
  readonly run: string;
  /** ISO time. */
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  /** Of its plan. */
  readonly digest: string;
  readonly commit?: string;
  readonly workflowRun?: NonNullable<Holder["workflowRun"]>;
  readonly outcomes: readonly Outcome[];
}

/** The runs of since then (epoch milliseconds) that passed by the protection, in order. */
export function glassRunsSince(since: number, entries: readonly Entry[]): readonly GlassRun[] {
  return entries
    .filter(({ phase, action, at }) => phase === "claim" && action === breakGlassAction && Date.parse(at) >= since)
    .map(({ run, at, actor, reason, planDigest, commit, holder }) => ({
      run,
      at,
      actor: actor ?? "unknown",
      reason: reason ?? "none was given",
      digest: planDigest ?? "",
      ...(commit === undefined ? {} : { commit }),
      ...(holder?.workflowRun === undefined ? {} : { workflowRun: holder.workflowRun }),
      outcomes: outcomesOf(entries, new Set([run])),
    }));
}

/**
 * The commits that whole applies have brought the environment to, the last one first, each once. A settle, opt-outs alone, chosen addresses and
 * broken glass bring it to none: they work at commits whose apply may still wait for its approval. Throws as readLedger.
 */
export async function appliedCommits(options: LedgerOptions): Promise<readonly string[]> {
  const { ledger } = await readLedger(options);
  const commits = ledger.entries.flatMap(({ phase, action, planDigest, commit }) =>
    phase === "claim" && action === undefined && planDigest !== undefined && commit !== undefined ? [commit] : [],
  );
  return [...new Set(commits.reverse())];
}

/** A version that waits for CXone, as a row of a plan. */
export function heldOf(address: string, version: LedgerVersion): Held {
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
