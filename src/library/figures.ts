// The figures of CXONE-API §10, computed from the ledger's entries alone. Pure; what is undecided counts in no latency. It names the kinds that §10 reports on.
import { kindOfAddress } from "../base/address.ts";
import type { Entry, LedgerState, LedgerVersion } from "../contract/entry.ts";
import type { Version } from "../contract/kind.ts";
import { type PreferenceFigures, preferenceFigures } from "./figures-of-consent.ts";
import { average, percent, percentile, rounded } from "./rounding.ts";

export interface TemplateFigures {
  readonly address: string;
  readonly submissions: number;
  readonly approved: number;
  readonly rejected: number;
  readonly averageApprovalLatencyMs: number | null;
}

export interface OmnichannelFigures {
  /** Versions that CXone accepted for review. */
  readonly totalSubmissions: number;
  readonly approved: number;
  readonly rejected: number;
  readonly undecided: number;
  /** Decision time − submission time, of decided ones; null when none is decided. */
  readonly averageApprovalLatencyMs: number | null;
  readonly medianApprovalLatencyMs: number | null;
  readonly p95ApprovalLatencyMs: number | null;
  /** Of decided ones, 2 decimals. */
  readonly rejectionRatePercent: number | null;
  /** Of the last 5 decided ones, the newest last. */
  readonly recentLatencies: readonly number[];
  readonly rejectionReasons: Readonly<Record<string, number>>;
  readonly templates: readonly TemplateFigures[];
}

export interface DigitalFigures {
  /** Validations of all manifests without an error ÷ validations, 2 decimals. */
  readonly validation_success_rate_percent: number | null;
  /** Of persisted or failed versions, 3 decimals. */
  readonly average_submission_latency_seconds: number | null;
  /** Versions whose job has ended. */
  readonly total_versions_processed: number;
  /** All entries of the ledger. */
  readonly audit_log_entries: number;
}

export interface CarrierFigures {
  readonly template: string;
  readonly registration: string | null;
  /** From the validation of the run that submitted the template to its A2P registration; null until it is registered. */
  readonly latency_ms: number | null;
  /** Approved, registered with these very words, and every rule held at the last validation. */
  readonly carrier_ready: boolean;
}

export interface MessagingFigures {
  /** The average over registered templates. */
  readonly latency_ms: number | null;
  /** True only when there are templates and all of them are. */
  readonly carrier_ready: boolean;
  readonly templates: readonly CarrierFigures[];
}

export interface EngageFigures {
  readonly totalAttempts: number;
  readonly successfulCreations: number;
  /** Percent, 2 decimals. */
  readonly successRate: number | null;
  readonly avgLatencyMs: number | null;
}

export interface Figures {
  readonly omnichannel: OmnichannelFigures;
  readonly digital: DigitalFigures;
  readonly messaging: MessagingFigures;
  readonly engage: EngageFigures;
  readonly preferences: PreferenceFigures;
}

export interface FiguresInput {
  readonly entries: readonly Entry[];
  readonly state: LedgerState;
  /** The SmsTemplate's address that a registration's content refers to. */
  readonly templateOf: (registration: string) => string | undefined;
  /** Epoch milliseconds, for the age of what is not confirmed. */
  readonly now: number;
}

export function figuresOf(input: FiguresInput): Figures {
  const { entries, now } = input;
  const of = (kind: string): readonly Entry[] =>
    entries.filter((entry) => entry.address !== undefined && kindOfAddress(entry.address) === kind);
  return {
    omnichannel: omnichannelFigures(submissionsIn(of("WhatsAppTemplate"), reviewed)),
    digital: digitalFigures(submissionsIn(of("DigitalTemplate"), reviewed), entries),
    messaging: messagingFigures(input),
    engage: engageFigures(submissionsIn(of("GuestSession"), new Set(["send"]))),
    preferences: preferenceFigures(of("PreferenceBatch"), entries, now),
  };
}

/** One write under one key: a repeat after a lost answer is the same submission. */
interface Submission {
  readonly address: string;
  readonly version: Version;
  readonly submittedAt: number;
  /** CXone has it. */
  isAccepted: boolean;
  /** A definite refusal of the call itself. */
  isRefused: boolean;
  decided?: "approved" | "rejected";
  /** Absent where nobody saw the decision: it was paused or deprecated when it was first read. */
  decidedAt?: number;
  reason?: string;
  latencyMs?: number;
}

const reviewed: ReadonlySet<string> = new Set(["create", "newVersion"]);

function submissionsIn(entries: readonly Entry[], operations: ReadonlySet<string>): readonly Submission[] {
  const byKey = new Map<string, Submission>();
  const newest = new Map<string, Submission>();
  for (const entry of entries) {
    const { address, version, action = "", phase } = entry;
    if (address === undefined || version === undefined) continue;
    const place = `${address}@${version}`;
    if (phase === "intent" && operations.has(action)) {
      const key = `${place} ${entry.idempotencyKey ?? entry.seq}`;
      const known = byKey.get(key) ?? {
        address,
        version,
        submittedAt: Date.parse(entry.at),
        isAccepted: false,
        isRefused: false,
      };
      byKey.set(key, known);
      newest.set(place, known);
    } else if (phase === "result" && operations.has(action)) {
      const known = newest.get(place);
      if (known === undefined || entry.outcome === "unknown") continue;
      known.isRefused = entry.outcome === "failed" && entry.status !== "rejected";
      if (known.isRefused) continue;
      if (entry.latencyMs !== undefined) known.latencyMs = entry.latencyMs;
      learn(known, entry);
    } else if (phase === "event" && entry.action !== "lost" && entry.action !== "adopted") {
      const known = newest.get(place);
      if (known !== undefined && !known.isRefused) learn(known, entry);
    }
  }
  return [...byKey.values()];
}

/** The first word of CXone on a submission; later ones change no figure. */
function learn(known: Submission, { status, decidedAt, observedAt, at, reason }: Entry): void {
  if (status === undefined || status === "unknown") return;
  known.isAccepted = true;
  if (known.decided !== undefined || status === "pending") return;
  known.decided = status === "rejected" ? "rejected" : "approved";
  if (status === "rejected") known.reason = reason ?? "no reason given";
  if (status === "active" || status === "rejected")
    known.decidedAt = Math.max(known.submittedAt, Date.parse(decidedAt ?? observedAt ?? at));
}

const latencyOf = ({ decidedAt, submittedAt }: Submission): readonly number[] =>
  decidedAt === undefined ? [] : [decidedAt - submittedAt];

function omnichannelFigures(all: readonly Submission[]): OmnichannelFigures {
  const accepted = all.filter((one) => one.isAccepted);
  const rejected = accepted.filter((one) => one.decided === "rejected");
  const approved = accepted.filter((one) => one.decided === "approved");
  const decided = accepted.filter((one) => one.decidedAt !== undefined);
  const inOrder = decided.toSorted((left, right) => (left.decidedAt as number) - (right.decidedAt as number));
  const latencies = inOrder.flatMap(latencyOf);
  const reasons: Record<string, number> = Object.create(null) as Record<string, number>;
  for (const { reason } of rejected) reasons[reason as string] = (reasons[reason as string] ?? 0) + 1;
  return {
    totalSubmissions: accepted.length,
    approved: approved.length,
    rejected: rejected.length,
    undecided: accepted.length - approved.length - rejected.length,
    averageApprovalLatencyMs: rounded(average(latencies), 0),
    medianApprovalLatencyMs: percentile(latencies, 50),
    p95ApprovalLatencyMs: percentile(latencies, 95),
    rejectionRatePercent: percent(rejected.length, rejected.length + approved.length),
    recentLatencies: latencies.slice(-5),
    rejectionReasons: { ...reasons },
    templates: [...new Set(accepted.map((one) => one.address))].sort().map((address) => {
      const own = accepted.filter((one) => one.address === address);
      return {
        address,
        submissions: own.length,
        approved: own.filter((one) => one.decided === "approved").length,
        rejected: own.filter((one) => one.decided === "rejected").length,
        averageApprovalLatencyMs: rounded(average(own.flatMap(latencyOf)), 0),
      };
    }),
  };
}

function digitalFigures(all: readonly Submission[], entries: readonly Entry[]): DigitalFigures {
  const processed = all.filter((one) => one.isAccepted && one.decided !== undefined);
  const validations = entries.filter((entry) => entry.phase === "event" && entry.action === "validated");
  const latency = average(processed.flatMap((one) => (one.latencyMs === undefined ? [] : [one.latencyMs])));
  return {
    validation_success_rate_percent: percent(
      validations.filter((entry) => (entry.counts?.["errors"] ?? 0) === 0).length,
      validations.length,
    ),
    average_submission_latency_seconds: rounded(latency === null ? null : latency / 1000, 3),
    total_versions_processed: processed.length,
    audit_log_entries: entries.length,
  };
}

function engageFigures(all: readonly Submission[]): EngageFigures {
  const created = all.filter((one) => one.isAccepted);
  return {
    totalAttempts: all.length,
    successfulCreations: created.length,
    successRate: percent(created.length, all.length),
    avgLatencyMs: rounded(average(created.flatMap((one) => (one.latencyMs === undefined ? [] : [one.latencyMs]))), 2),
  };
}

function messagingFigures({ entries, state, templateOf }: FiguresInput): MessagingFigures {
  const validations = entries.filter((entry) => entry.phase === "event" && entry.action === "validated");
  const everyRuleHolds = validations.length > 0 && (validations.at(-1)?.counts?.["errors"] ?? 0) === 0;
  const validatedAt = new Map(validations.map((entry) => [entry.run, Date.parse(entry.startedAt ?? entry.at)]));
  const owned = Object.entries(state.resources).filter(
    // An address of which only its former names are known (its creation was refused) has nothing to count.
    ([, { versions, forgotten }]) => forgotten !== true && versions.length > 0,
  );
  const registrations = owned.filter(([address]) => kindOfAddress(address) === "A2pRegistration");
  const templates = owned
    .filter(([address]) => kindOfAddress(address) === "SmsTemplate")
    .map(([template, { versions }]): CarrierFigures => {
      const found = registrations.find(([address]) => templateOf(address) === template);
      const registration = found?.[1].versions.find((version) => version.status === "active");
      const words = registration === undefined ? undefined : wordsAt(versions, sinceOf(registration));
      const start =
        registration === undefined
          ? undefined
          : validatedAt.get(runOf(entries, template, words) ?? runOf(entries, found?.[0], registration) ?? "");
      const active = versions.find((version) => version.status === "active");
      return {
        template,
        registration: found?.[0] ?? null,
        latency_ms:
          start === undefined || registration?.activeSince === undefined
            ? null
            : Math.max(0, Date.parse(registration.activeSince) - start),
        carrier_ready: everyRuleHolds && active !== undefined && words?.digest === active.digest,
      };
    });
  return {
    latency_ms: rounded(average(templates.flatMap((one) => (one.latency_ms === null ? [] : [one.latency_ms]))), 0),
    carrier_ready: templates.length > 0 && templates.every((one) => one.carrier_ready),
    templates,
  };
}

const sinceOf = (version: LedgerVersion): string => version.submittedAt ?? version.activeSince ?? "";

/** The version of a template that was active when its registration was sent: the words that the carriers know. */
function wordsAt(versions: readonly LedgerVersion[], at: string): LedgerVersion | undefined {
  return versions.findLast((version) => version.activeSince !== undefined && version.activeSince <= at);
}

/** The run that announced a version. */
function runOf(
  entries: readonly Entry[],
  address: string | undefined,
  version: LedgerVersion | undefined,
): string | undefined {
  if (version === undefined) return undefined;
  return entries.find(
    (entry) => entry.phase === "intent" && entry.address === address && entry.version === version.version,
  )?.run;
}
