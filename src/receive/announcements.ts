// What the ledger has to tell the outside (CXONE-API §9): from its entries to the events for each hook. Pure; ids follow from the entries, so that a lost database announces again under the same ones.
import { kindOfAddress } from "../base/address.ts";
import { nameUuid } from "../base/digest.ts";
import type { HookName } from "../contract/config.ts";
import type { Entry } from "../contract/entry.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import { type Notice, type NoticeFormat, noticeBody } from "./notice.ts";

export type TargetName = HookName | "auditSink";

/** An event on its way out. */
export interface Announcement {
  readonly id: string;
  readonly target: TargetName;
  /** Events of one key go out one after the other; null: whenever. */
  readonly orderKey: string | null;
  readonly address: string | null;
  readonly body: JsonObject;
}

export interface Announcing {
  /** The whole ledger, in chain order: what an entry changes depends on those before it. */
  readonly entries: readonly Entry[];
  /** Entries up to this seq are announced already. */
  readonly after: number;
  readonly targets: ReadonlySet<TargetName>;
  readonly noticeFormat: NoticeFormat;
  /** The SmsTemplate's address that a registration's content refers to. */
  readonly templateOf: (registration: string) => string | undefined;
}

/** A version as far as its events need it. */
interface Seen {
  readonly status?: VersionStatus;
  readonly submittedAt?: number;
  readonly isDecided?: true;
  readonly remoteId?: string;
  readonly remoteName?: string;
  /** The run that submitted it: its approver answers for it, its validation began the latency. */
  readonly run?: string;
}

interface Memory {
  readonly versions: Map<string, Seen>;
  readonly newest: Map<string, Version>;
  readonly operators: Map<string, string>;
  readonly validations: Map<string, { readonly startedAt: number; readonly isClean: boolean }>;
  lastValidation: { readonly isClean: boolean } | undefined;
}

const templateKinds: ReadonlySet<string> = new Set(["WhatsAppTemplate", "DigitalTemplate", "SmsTemplate"]);
const submitting: ReadonlySet<string> = new Set(["create", "newVersion", "update", "approve"]);
const telling: ReadonlySet<string> = new Set(["decided", "observed", "lost", "adopted", "retired"]);

/** The events of the entries after `after`, in order. */
export function announcementsOf(announcing: Announcing): readonly Announcement[] {
  const memory: Memory = {
    versions: new Map(),
    newest: new Map(),
    operators: new Map(),
    validations: new Map(),
    lastValidation: undefined,
  };
  const found: Announcement[] = [];
  for (const [at, entry] of announcing.entries.entries()) {
    const change = learn(memory, entry);
    if (entry.seq <= announcing.after) continue;
    if (change !== undefined) found.push(...ofChange(announcing, memory, entry, change));
    const notice = noticeOfEvent(announcing.entries, at);
    if (notice !== undefined) found.push(notify(announcing, entry, notice));
  }
  return found.filter((one) => announcing.targets.has(one.target));
}

/** The id of what an entry tells one target: the same whenever it is computed. */
export function announcementId(hash: string, target: TargetName, form: string): string {
  return nameUuid(["announcement", hash, target, form]);
}

interface Change {
  readonly address: string;
  readonly version: Version;
  readonly before: VersionStatus | undefined;
  readonly after: VersionStatus;
  readonly seen: Seen;
  /** From submission to decision, in milliseconds; null unless this is the decision. */
  readonly latencyMs: number | null;
}

/** Takes an entry into the memory; answers the change of a version's status that it brings. */
function learn(memory: Memory, entry: Entry): Change | undefined {
  const { phase, action = "", address, version, run } = entry;
  if (phase === "claim" && entry.operator !== undefined) memory.operators.set(run, entry.operator);
  if (phase === "event" && action === "validated") {
    const isClean = (entry.counts?.["errors"] ?? 0) === 0;
    memory.validations.set(run, { startedAt: Date.parse(entry.startedAt ?? entry.at), isClean });
    memory.lastValidation = { isClean };
  }
  if (address === undefined || version === undefined) return undefined;
  const key = `${address}@${version}`;
  const known = memory.versions.get(key) ?? {};
  if (phase === "intent" && submitting.has(action) && known.submittedAt === undefined)
    memory.versions.set(key, { ...known, submittedAt: Date.parse(entry.at), run });
  const status = statusOf(entry);
  if (status === undefined) return undefined;
  const before = memory.versions.get(key) ?? known;
  const isDecision = before.isDecided !== true && (status === "active" || status === "rejected");
  const decidedAt = Date.parse(entry.decidedAt ?? entry.observedAt ?? entry.at);
  const remoteId = entry.remoteId ?? before.remoteId;
  const remoteName = entry.remoteName ?? before.remoteName;
  const seen: Seen = {
    ...before,
    status,
    ...(isDecision ? { isDecided: true } : {}),
    ...(remoteId === undefined ? {} : { remoteId }),
    ...(remoteName === undefined ? {} : { remoteName }),
  };
  memory.versions.set(key, seen);
  memory.newest.set(address, version);
  if (before.status === status) return undefined;
  return {
    address,
    version,
    before: before.status,
    after: status,
    seen,
    latencyMs: isDecision && before.submittedAt !== undefined ? Math.max(0, decidedAt - before.submittedAt) : null,
  };
}

/** The status that an entry gives to its version; undefined where it gives none. */
function statusOf({ phase, action = "", status, outcome }: Entry): VersionStatus | undefined {
  if (phase === "event")
    return telling.has(action) ? (status ?? (action === "retired" ? "deprecated" : undefined)) : undefined;
  if (phase !== "result") return undefined;
  if (outcome === "failed") return status === "rejected" ? status : undefined;
  if (outcome !== "ok") return undefined;
  return status ?? (action === "deprecate" ? "deprecated" : action === "reactivate" ? "active" : undefined);
}

function ofChange(announcing: Announcing, memory: Memory, entry: Entry, change: Change): readonly Announcement[] {
  const kind = kindOfAddress(change.address);
  const found: Announcement[] = [];
  if (templateKinds.has(kind)) {
    found.push(statusEvent(entry, change));
    if (kind === "DigitalTemplate" && isFirstEnd(change)) found.push(versionEvent(entry, change));
  }
  const notice = noticeOfChange(entry, change);
  if (notice !== undefined) found.push(notify(announcing, entry, notice));
  const sunk = change.after === "active" ? auditEvent(announcing, memory, entry, change) : undefined;
  if (sunk !== undefined) found.push(sunk);
  return found;
}

/** A digital version is persisted or fails once; to be taken back into use later is no new end of its job. */
const isFirstEnd = ({ before, after }: Change): boolean =>
  (after === "active" || after === "rejected") && before !== "deprecated" && before !== "paused";

const reviewWords: Readonly<Record<VersionStatus, string>> = {
  pending: "PENDING",
  active: "APPROVED",
  rejected: "REJECTED",
  deprecated: "DEPRECATED",
  paused: "PAUSED",
  unknown: "UNKNOWN",
};
const digitalWords: Readonly<Record<VersionStatus, string>> = { ...reviewWords, active: "ACTIVE", rejected: "FAILED" };

function statusEvent(entry: Entry, change: Change): Announcement {
  const { address, after, seen, latencyMs } = change;
  const words = kindOfAddress(address) === "DigitalTemplate" ? digitalWords : reviewWords;
  return {
    id: announcementId(entry.hash, "cms", "status"),
    target: "cms",
    orderKey: `cms ${address}`,
    address,
    body: {
      templateId: seen.remoteId ?? null,
      status: words[after],
      latencyMs,
      rejected: after === "rejected",
      reason: entry.action === "lost" ? "CXone does not hold it any more" : (entry.reason ?? null),
      syncedAt: entry.at,
      ...naming(change),
      version: change.version,
    },
  };
}

/** The form of the digital channels' own document. */
function versionEvent(entry: Entry, change: Change): Announcement {
  const { address, version, after, seen } = change;
  const id = announcementId(entry.hash, "cms", "version");
  const isPersisted = after === "active";
  return {
    id,
    target: "cms",
    orderKey: `cms ${address}`,
    address,
    body: {
      webhookId: id,
      eventType: "TEMPLATE_VERSION_UPDATED",
      timestamp: Math.floor(Date.parse(entry.at) / 1000),
      data: {
        templateId: seen.remoteId ?? null,
        version,
        status: isPersisted ? "COMPLETED" : "FAILED",
        syncTarget: "external-cms",
        validationPassed: isPersisted,
      },
      ...naming(change),
    },
  };
}

/** `Kind/name[/language]`, as an author knows it, and the name by which senders do. */
function naming({ address, seen }: Change): JsonObject {
  const [kind, name = "", qualifier] = address.split("/");
  return {
    name,
    remoteName: seen.remoteName ?? null,
    ...(qualifier === undefined ? {} : { [kind === "DigitalTemplate" ? "locale" : "language"]: qualifier }),
  };
}

/** An approval of a text template, or the registration of one (CXONE-API §5): what CXone's own audit log is told. */
function auditEvent(
  { templateOf }: Announcing,
  memory: Memory,
  entry: Entry,
  { address, before, seen }: Change,
): Announcement | undefined {
  const kind = kindOfAddress(address);
  if ((kind !== "SmsTemplate" && kind !== "A2pRegistration") || before === "deprecated") return undefined;
  const isRegistration = kind === "A2pRegistration";
  const template = isRegistration ? templateOf(address) : address;
  const newest = template === undefined ? undefined : memory.newest.get(template);
  const text = isRegistration ? memory.versions.get(`${template}@${newest}`) : seen;
  if (text?.remoteId === undefined) return undefined;
  const startedAt = memory.validations.get(text.run ?? "")?.startedAt ?? text.submittedAt;
  const doneAt = Date.parse(entry.decidedAt ?? entry.observedAt ?? entry.at);
  return {
    id: announcementId(entry.hash, "auditSink", "approval"),
    target: "auditSink",
    orderKey: `auditSink ${template}`,
    address,
    body: {
      timestamp: entry.at,
      template_id: text.remoteId,
      action: "TEMPLATE_APPROVAL",
      status: isRegistration ? "REGISTERED" : "APPROVED",
      latency_ms: startedAt === undefined ? 0 : Math.max(0, doneAt - startedAt),
      // Never the author: where nobody approved, nobody is named.
      operator_id: memory.operators.get(seen.run ?? entry.run) ?? "unknown",
      carrier_ready: isRegistration && text.status === "active" && memory.lastValidation?.isClean === true,
    },
  };
}

function noticeOfChange(entry: Entry, { address, version, before, after, seen }: Change): Notice | undefined {
  const about = { address, version, reason: entry.reason ?? null, at: entry.at, environment: entry.environment };
  if (entry.action === "lost")
    return {
      ...about,
      event: "drift",
      told: "is not in CXone any more",
      hint: "Run cxform plan: it shows what would be created again, and ask who removed it.",
    };
  if (after === "rejected")
    return {
      ...about,
      event: "rejected",
      told: "was rejected",
      hint: "Change the manifest as the reason says, and have the change reviewed.",
    };
  if (after === "paused")
    return {
      ...about,
      event: "paused",
      told: "was paused or disabled by CXone and cannot be sent",
      hint: `Look at ${seen.remoteName ?? "it"} in CXone: appeal, or declare other words.`,
    };
  if (after === "unknown" && before !== undefined)
    return {
      ...about,
      event: "paused",
      told: "has a status in CXone that cxform does not know",
      hint: "Look at it in CXone; nothing is submitted or retired for it meanwhile.",
    };
  return undefined;
}

/** What a run noticed and told the ledger: an overdue decision, another category, drift. The drift of one run is one notice. */
function noticeOfEvent(entries: readonly Entry[], at: number): Notice | undefined {
  const entry = entries[at] as Entry;
  const { phase, action, address, version, reason } = entry;
  if (phase !== "event" || address === undefined) return undefined;
  const about = {
    address,
    version: version ?? null,
    reason: reason ?? null,
    at: entry.at,
    environment: entry.environment,
  };
  if (action === "overdue")
    return {
      ...about,
      event: "overdue",
      told: "waits for a decision longer than usual",
      hint: "Ask CXone's support or Meta what keeps it; nothing is submitted again meanwhile.",
    };
  if (action === "recategorised")
    return {
      ...about,
      event: "recategorised",
      told: "has another category",
      hint: "Check consent and cost, then declare the category or appeal the change in CXone.",
    };
  if (action !== "drifted" || isDriftOf(entries[at - 1], entry)) return undefined;
  const all = [entry];
  for (let next = at + 1; isDriftOf(entries[next], entry); next++) all.push(entries[next] as Entry);
  const hint = "Run cxform drift for all of it; import or declare what is meant, restore the rest in CXone.";
  if (all.length === 1) return { ...about, event: "drift", told: "differs from what was applied", hint };
  const shown = all.slice(0, mostShown).map((one) => `${one.address} (${one.reason ?? "changed"})`);
  const more = all.length > mostShown ? [`${all.length - mostShown} more`] : [];
  return {
    ...about,
    address: null,
    version: null,
    event: "drift",
    told: `${all.length} objects in CXone differ from what was applied`,
    reason: [...shown, ...more].join("; "),
    hint,
  };
}

const mostShown = 5;

const isDriftOf = (entry: Entry | undefined, first: Entry): boolean =>
  entry?.phase === "event" && entry.action === "drifted" && entry.run === first.run;

function notify({ noticeFormat }: Announcing, entry: Entry, notice: Notice): Announcement {
  return {
    id: announcementId(entry.hash, "notify", notice.event),
    target: "notify",
    orderKey: null,
    address: notice.address,
    body: noticeBody(notice, noticeFormat),
  };
}
