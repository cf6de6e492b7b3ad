// The fold from entries to the state of resources (INTERFACE §6). Pure; knows no kind: only what actions and phases mean for versions.
import { kindOfAddress } from "../base/address.ts";
import { type Formers, renamed, standing } from "../base/formers.ts";
import type { Entry, LedgerRecords, LedgerResource, LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import { genesis } from "./chain.ts";

/** Intents that open a version; `update` changes in place what earlier versions named. */
const opening: ReadonlySet<string> = new Set(["create", "newVersion", "send", "update"]);
const inPlaceActions: ReadonlySet<string> = new Set(["update", "approve"]);

interface Held {
  readonly versions: Map<Version, LedgerVersion>;
  /** Versions that CXone is known to have held: a failed write does not remove them. */
  readonly existed: Set<Version>;
  /** Versions of an object that is changed in place: one becoming active ends the others. */
  readonly inPlace: Set<Version>;
  readonly answered: Set<string>;
  records: { doneContent?: string; applies: number } | undefined;
  isForgotten: boolean;
  /** Whether it was forgotten before the version that is being opened. */
  wasForgotten: boolean;
}

/** A state in the making: entries go in, in chain order. */
export interface Fold {
  add(entry: Entry): void;
  /** The state after the last entry. The same value until the next `add`. */
  state(): LedgerState;
  /** An independent fold with the same state. */
  copy(): Fold;
}

/** The state that all entries together leave. */
export function derive(entries: readonly Entry[], environment: string): LedgerState {
  const fold = startFold(environment);
  for (const entry of entries) fold.add(entry);
  return fold.state();
}

export function startFold(environment: string): Fold {
  return makeFold(environment, genesis, new Map(), new Map(), new Map());
}

function makeFold(
  environment: string,
  head: string,
  resources: Map<string, Held>,
  claims: Map<string, Entry>,
  names: Formers,
): Fold {
  const rendered = new Map<string, LedgerResource>();
  let state: LedgerState | undefined;
  let last = head;
  let formers = names;
  return {
    add(entry) {
      last = entry.hash;
      state = undefined;
      if (entry.phase === "claim") claims.set(entry.run, entry);
      if (entry.address === undefined) return;
      rendered.delete(entry.address);
      const before = formers;
      formers = renaming(before, entry, entry.address);
      // What one address takes over, another one loses.
      if (formers !== before) rendered.clear();
      const held = resources.get(entry.address) ?? emptyHeld();
      change(held, entry, claims.get(entry.run));
      if (isEmpty(held)) resources.delete(entry.address);
      else resources.set(entry.address, held);
    },
    state() {
      if (state !== undefined) return state;
      for (const address of [...resources.keys(), ...formers.keys()]) {
        if (!rendered.has(address))
          rendered.set(address, render(resources.get(address) ?? emptyHeld(), formers.get(address)));
      }
      // Sorted, so that the text of state.json does not depend on history; fromEntries keeps an address from naming a prototype.
      const sorted = [...rendered].sort(([left], [right]) => (left < right ? -1 : 1));
      state = { formatVersion: 1, environment, head: last, resources: Object.fromEntries(sorted) };
      return state;
    },
    copy() {
      const copied = new Map([...resources].map(([address, held]) => [address, copyHeld(held)] as const));
      return makeFold(environment, last, copied, new Map(claims), formers);
    },
  };
}

/** Who was called what before, after this entry. */
function renaming(formers: Formers, { phase, action, former }: Entry, address: string): Formers {
  if (phase !== "event") return formers;
  if (action === "redeclared") return standing(formers, address);
  return action === "renamed" && former !== undefined ? renamed(formers, address, former) : formers;
}

function emptyHeld(): Held {
  return {
    versions: new Map(),
    existed: new Set(),
    inPlace: new Set(),
    answered: new Set(),
    records: undefined,
    isForgotten: false,
    wasForgotten: false,
  };
}

function copyHeld(held: Held): Held {
  return {
    ...held,
    versions: new Map(held.versions),
    existed: new Set(held.existed),
    inPlace: new Set(held.inPlace),
    answered: new Set(held.answered),
    records: held.records === undefined ? undefined : { ...held.records },
  };
}

function isEmpty(held: Held): boolean {
  return held.versions.size === 0 && held.records === undefined && held.answered.size === 0 && !held.isForgotten;
}

function render(held: Held, formers: readonly string[] | undefined): LedgerResource {
  const records: LedgerRecords | undefined =
    held.records === undefined && held.answered.size === 0
      ? undefined
      : { answered: [...held.answered], applies: 0, ...held.records };
  return {
    versions: [...held.versions.values()],
    ...(records === undefined ? {} : { records }),
    ...(held.isForgotten ? { forgotten: true as const } : {}),
    ...(formers === undefined ? {} : { formers }),
  };
}

function change(held: Held, entry: Entry, claim: Entry | undefined): void {
  if (entry.phase === "intent") intend(held, entry, claim);
  else if (entry.phase === "result") conclude(held, entry);
  else if (entry.phase === "event") happen(held, entry, claim);
}

function intend(held: Held, entry: Entry, claim: Entry | undefined): void {
  const { action, version } = entry;
  if (action === undefined || version === undefined) return;
  if (inPlaceActions.has(action)) held.inPlace.add(version);
  const known = held.versions.get(version);
  // A write that is announced again under the same key keeps its first time: its bytes must repeat (CXONE-API §1).
  const isRepeat = known?.begun !== undefined && known.begun.idempotencyKey === entry.idempotencyKey;
  // An approval of other content than the last version's (a draft that is now to be approved) is a version of its own.
  const opens = opening.has(action) || (action === "approve" && known === undefined);
  if (!opens || isRepeat) return;
  if (known === undefined) held.wasForgotten = held.isForgotten;
  held.isForgotten = false;
  held.versions.set(
    version,
    compact({
      status: "unknown",
      ...known,
      version,
      digest: entry.digest ?? known?.digest ?? "",
      remoteName: entry.remoteName ?? known?.remoteName ?? nameOf(entry),
      remoteId: entry.remoteId ?? known?.remoteId,
      submittedAt: entry.at,
      createdBy: entry.actor ?? claim?.actor,
      commit: entry.commit ?? claim?.commit,
      begun:
        entry.idempotencyKey === undefined
          ? undefined
          : {
              operation: action,
              idempotencyKey: entry.idempotencyKey,
              generation: entry.generation ?? 0,
              at: entry.at,
            },
    }),
  );
}

function conclude(held: Held, entry: Entry): void {
  if (entry.action === "records") {
    if (entry.outcome === "ok" && entry.chunk !== undefined) held.answered.add(entry.chunk);
    return;
  }
  if (entry.outcome === "ok" && entry.action === "remove") {
    forget(held, entry);
    return;
  }
  const known = entry.version === undefined ? undefined : held.versions.get(entry.version);
  if (known === undefined) return;
  if (entry.outcome === "ok") {
    held.existed.add(known.version);
    const { begun: _begun, isRemovalOpen: _open, ...settled } = known;
    held.versions.set(known.version, settled);
    settle(held, settled, entry, entry.status ?? impliedStatus(entry.action) ?? known.status);
    return;
  }
  if (entry.outcome !== "failed") {
    if (entry.action === "remove") held.versions.set(known.version, { ...known, isRemovalOpen: true });
    return;
  }
  if (entry.status === "rejected") {
    const { begun: _begun, ...refused } = known;
    held.existed.add(known.version);
    settle(held, refused, entry, "rejected");
  } else if (!held.existed.has(known.version)) {
    // It never was a version: its number is free.
    held.versions.delete(known.version);
    held.inPlace.delete(known.version);
    held.isForgotten = held.wasForgotten;
  } else if (known.begun !== undefined && opening.has(entry.action ?? "")) {
    const { begun: _begun, ...settled } = known;
    held.versions.set(known.version, settled);
  }
}

function impliedStatus(action: string | undefined): VersionStatus | undefined {
  if (action === "deprecate") return "deprecated";
  return action === "reactivate" || action === "send" ? "active" : undefined;
}

function happen(held: Held, entry: Entry, claim: Entry | undefined): void {
  if (entry.action === "forgotten") {
    held.isForgotten = true;
  } else if (entry.action === "handedOver") {
    if (entry.version !== undefined) handOver(held, entry.version);
  } else if (entry.action === "adopted") {
    adopt(held, entry, claim);
  } else if (entry.action === "answered") {
    answer(held, entry, claim);
  } else if (entry.action === "records") {
    // A chunk that took several calls: the event, not one of their results, says that every record is answered.
    if (entry.chunk !== undefined) held.answered.add(entry.chunk);
  } else if (
    entry.action === "decided" ||
    entry.action === "observed" ||
    entry.action === "lost" ||
    entry.action === "retired"
  ) {
    const known = entry.version === undefined ? undefined : held.versions.get(entry.version);
    const status = entry.status ?? (entry.action === "retired" ? "deprecated" : undefined);
    if (known === undefined || status === undefined) return;
    if (status !== "unknown") held.existed.add(known.version);
    // What was read in CXone ends the doubt about a lost answer.
    const { begun, missing: _missing, isRemovalOpen: _open, ...seen } = known;
    const isDoubtful = status === "unknown" && begun !== undefined;
    settle(
      held,
      { ...seen, ...(isDoubtful ? { begun } : {}), ...(entry.action === "lost" ? { missing: true as const } : {}) },
      entry,
      status,
    );
  }
}

/** Puts a version into a status, with the times and facts that the entry brings. */
function settle(held: Held, known: LedgerVersion, entry: Entry, status: VersionStatus): void {
  const when = entry.decidedAt ?? entry.observedAt ?? entry.at;
  const isNew = known.status !== status;
  const becomesActive = status === "active" && isNew;
  const hasReturned = becomesActive && known.status === "deprecated";
  const activeSince = becomesActive && (known.activeSince === undefined || hasReturned) ? when : known.activeSince;
  const deprecatedAt = status !== "deprecated" ? undefined : isNew ? when : known.deprecatedAt;
  held.versions.set(
    known.version,
    compact({
      ...known,
      status,
      digest: entry.phase === "event" ? known.digest : (entry.digest ?? known.digest),
      remoteId: entry.remoteId ?? known.remoteId,
      remoteName: entry.remoteName ?? known.remoteName,
      jobId: entry.jobId ?? known.jobId,
      decidedAt: entry.decidedAt ?? known.decidedAt,
      activeSince,
      deprecatedAt,
      // A reason belongs to the status that it explains.
      reason: entry.reason ?? (isNew ? undefined : known.reason),
    }),
  );
  if (becomesActive && held.inPlace.has(known.version)) endOthers(held, known.version, when);
}

/** One object changed in place has one content: what the other versions named is no more. */
function endOthers(held: Held, kept: Version, at: string): void {
  for (const [version, other] of held.versions) {
    if (version !== kept) end(held, other, at);
  }
}

function end(held: Held, version: LedgerVersion, at: string): void {
  if (version.status === "deprecated" || version.status === "rejected" || version.begun !== undefined) return;
  held.versions.set(version.version, { ...version, status: "deprecated", deprecatedAt: at });
}

function forget(held: Held, entry: Entry): void {
  for (const version of held.versions.values()) {
    const { begun: _begun, ...settled } = version;
    end(held, settled, entry.decidedAt ?? entry.at);
  }
  held.isForgotten = true;
}

/** The version is another address's from now on: one object is never two addresses'. */
function handOver(held: Held, version: Version): void {
  held.versions.delete(version);
  held.existed.delete(version);
  held.inPlace.delete(version);
}

function adopt(held: Held, entry: Entry, claim: Entry | undefined): void {
  if (entry.version === undefined) return;
  const { begun: _begun, ...known } = held.versions.get(entry.version) ?? {};
  held.isForgotten = false;
  held.existed.add(entry.version);
  const fresh: LedgerVersion = compact({
    ...known,
    version: entry.version,
    digest: entry.digest ?? "",
    remoteName: entry.remoteName ?? nameOf(entry),
    status: "unknown",
    createdBy: entry.actor ?? claim?.actor,
    commit: entry.commit ?? claim?.commit,
  });
  settle(held, fresh, entry, entry.status ?? "unknown");
  const adopted = held.versions.get(entry.version) as LedgerVersion;
  held.versions.set(entry.version, compact({ ...adopted, digest: entry.digest ?? adopted.digest }));
}

function answer(held: Held, entry: Entry, claim: Entry | undefined): void {
  const applies = typeof entry.version === "number" ? entry.version : (held.records?.applies ?? 0) + 1;
  held.records = { ...held.records, applies };
  held.isForgotten = false;
  const content = entry.contentDigest ?? entry.digest;
  if (content === undefined) return;
  held.records.doneContent = content;
  held.versions.set(
    applies,
    compact({
      version: applies,
      digest: content,
      remoteName: entry.remoteName ?? nameOf(entry),
      status: "active",
      submittedAt: entry.at,
      activeSince: entry.at,
      createdBy: entry.actor ?? claim?.actor,
      commit: entry.commit ?? claim?.commit,
    }),
  );
}

function nameOf(entry: Entry): string {
  const address = entry.address ?? "";
  return address.slice(kindOfAddress(address).length + 1);
}

/** Leaves out what is undefined: an absent fact is an absent field. */
function compact(
  version: { readonly [Field in keyof LedgerVersion]: LedgerVersion[Field] | undefined },
): LedgerVersion {
  const fields = Object.entries(version).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as unknown as LedgerVersion;
}
