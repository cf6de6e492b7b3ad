// Readers for people: the versions of an address with who and when, and the entries as a timeline. Pure; formats nothing.
import type { Approval, Entry, LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import { startFold } from "./derive.ts";

/** A version, and the run that brought it in. */
export interface VersionHistory extends Omit<LedgerVersion, "begun"> {
  readonly address: string;
  readonly run?: string;
  readonly operator?: string;
  readonly approvals: readonly Approval[];
  /** The runs that wrote to it although its environment's protection was not met. */
  readonly breakGlass?: readonly BrokenGlass[];
}

/** A run that passed by the protection of its environment, and why. */
export interface BrokenGlass {
  readonly run: string;
  readonly at: string;
  readonly actor?: string;
  readonly reason: string;
}

/** The claim's action of such a run. */
export const breakGlassAction = "breakGlass";
/** The claim's action of a run that sends opt-outs alone, of one for chosen addresses, and of one that only finishes what was applied. A whole apply has none. */
export const optOutsAction = "optOuts";
export const onlyAction = "only";
export const settleAction = "settle";

/** The versions of one address, or of all, in the order in which they were brought in. */
export function history(entries: readonly Entry[], address?: string): readonly VersionHistory[] {
  const fold = startFold(entries[0]?.environment ?? "");
  const claims = new Map<string, Entry>();
  const origins = new Map<string, Entry>();
  const broken = new Map<string, Map<string, BrokenGlass>>();
  for (const entry of entries) {
    fold.add(entry);
    if (entry.phase === "claim") claims.set(entry.run, entry);
    if (entry.address === undefined || entry.version === undefined) continue;
    const key = originKey(entry.address, entry.version);
    const glass = entry.phase === "intent" ? glassOf(claims.get(entry.run)) : undefined;
    if (glass !== undefined) broken.set(key, (broken.get(key) ?? new Map()).set(glass.run, glass));
    // The first announcement counts, unless its failure made the number free again.
    if (isOpening(entry) && !origins.has(key)) origins.set(key, entry);
    if (entry.outcome === "failed" && !hasVersion(fold.state(), entry)) origins.delete(key);
  }
  return Object.entries(fold.state().resources)
    .filter(([name]) => address === undefined || name === address)
    .flatMap(([name, resource]) =>
      resource.versions.map(({ begun: _begun, ...version }): VersionHistory => {
        const origin = origins.get(originKey(name, version.version));
        const claim = origin === undefined ? undefined : claims.get(origin.run);
        const operator = origin?.operator ?? claim?.operator;
        const glass = broken.get(originKey(name, version.version));
        return {
          address: name,
          ...version,
          ...(origin === undefined ? {} : { run: origin.run }),
          ...(operator === undefined ? {} : { operator }),
          approvals: origin?.approvals ?? claim?.approvals ?? [],
          ...(glass === undefined ? {} : { breakGlass: [...glass.values()] }),
        };
      }),
    );
}

function glassOf(claim: Entry | undefined): BrokenGlass | undefined {
  if (claim?.action !== breakGlassAction) return undefined;
  const { run, at, actor, reason = "" } = claim;
  return { run, at, ...(actor === undefined ? {} : { actor }), reason };
}

function isOpening(entry: Entry): boolean {
  const openings = entry.phase === "intent" ? ["create", "newVersion", "update", "send"] : ["adopted", "answered"];
  return entry.phase !== "result" && openings.includes(entry.action ?? "");
}

function hasVersion(state: LedgerState, entry: Entry): boolean {
  const resource = Object.hasOwn(state.resources, entry.address ?? "")
    ? state.resources[entry.address ?? ""]
    : undefined;
  return resource?.versions.some((version) => version.version === entry.version) ?? false;
}

function originKey(address: string, version: Version): string {
  return JSON.stringify([address, version]);
}

export interface Moment {
  readonly seq: number;
  readonly at: string;
  readonly run: string;
  readonly phase: Entry["phase"];
  readonly action?: string;
  readonly address?: string;
  readonly version?: Version;
  readonly remoteName?: string;
  readonly outcome?: "ok" | "failed" | "unknown";
  readonly status?: VersionStatus;
  readonly reason?: string;
  readonly requestId?: string;
  readonly latencyMs?: number;
  readonly counts?: Readonly<Record<string, number>>;
  readonly actor?: string;
}

/** What happened, entry by entry in chain order, each with its run's actor; of one address when it is given. */
export function timeline(entries: readonly Entry[], address?: string): readonly Moment[] {
  const actors = new Map<string, string>();
  const moments: Moment[] = [];
  for (const entry of entries) {
    if (entry.phase === "claim" && entry.actor !== undefined) actors.set(entry.run, entry.actor);
    if (address === undefined || entry.address === address) moments.push(momentOf(entry, actors.get(entry.run)));
  }
  return moments;
}

function momentOf(entry: Entry, claimedBy: string | undefined): Moment {
  const actor = entry.actor ?? claimedBy;
  const { seq, at, run, phase } = entry;
  const facts: { readonly [Field in keyof Moment]?: Moment[Field] | undefined } = {
    action: entry.action,
    address: entry.address,
    version: entry.version,
    remoteName: entry.remoteName,
    outcome: entry.outcome,
    status: entry.status,
    reason: entry.reason,
    requestId: entry.requestId,
    latencyMs: entry.latencyMs,
    counts: entry.counts,
    actor,
  };
  const present = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { seq, at, run, phase, ...(present as Omit<Moment, "seq" | "at" | "run" | "phase">) };
}
