// The figures of consent records (CXONE-API §10), from the ledger's counts: it sees no record and no contact.
import type { Entry } from "../contract/entry.ts";
import { average, percent, rounded } from "./rounding.ts";

export interface OperationFigures {
  readonly operation: "validate" | "send";
  readonly inputCount: number;
  /** Valid records; records that CXone has and keeps. */
  readonly outputCount: number;
}

export interface OpenOptOut {
  readonly address: string;
  /** When an opt-out of it was first sent that CXone has not confirmed. */
  readonly since: string;
  /** Whole business days since then (Monday to Friday, UTC); US law gives 10 (47 CFR 64.1200(a)(10)). */
  readonly businessDays: number;
  readonly isOverdue: boolean;
}

export interface PreferenceFigures {
  /** Of calls that CXone answered, in milliseconds, 2 decimals. */
  readonly averageLatency: number | null;
  /** Invalid records over all validations. */
  readonly totalViolations: number;
  /** Valid records ÷ all records, percent with 2 decimals. */
  readonly complianceRate: number | null;
  readonly optInsSent: number;
  readonly optOutsSent: number;
  readonly rejected: number;
  readonly operations: readonly OperationFigures[];
  readonly oldestUnconfirmedOptOut: OpenOptOut | null;
}

const lawfulBusinessDays = 10;

/** `own` are the entries about batches; `now` in epoch milliseconds. */
export function preferenceFigures(own: readonly Entry[], all: readonly Entry[], now: number): PreferenceFigures {
  const validations = all.filter((entry) => entry.phase === "event" && entry.action === "validated");
  const sum = (entries: readonly Entry[], ...names: readonly string[]): number =>
    entries.reduce((total, { counts }) => total + names.reduce((part, name) => part + (counts?.[name] ?? 0), 0), 0);
  const records = sum(validations, "records");
  const violations = sum(validations, "violations");
  const sent = own.filter((entry) => entry.phase === "result" && entry.action === "records");
  const answered = sent.filter((entry) => entry.outcome !== "unknown" && entry.counts !== undefined);
  const intents = own.filter((entry) => entry.phase === "intent" && entry.action === "records");
  return {
    averageLatency: rounded(average(answered.flatMap((entry) => entry.latencyMs ?? [])), 2),
    totalViolations: violations,
    complianceRate: percent(records - violations, records),
    optInsSent: sum(intents, "optIns"),
    optOutsSent: sum(intents, "optOuts"),
    rejected: sum(sent, "rejected"),
    operations: [
      { operation: "validate", inputCount: records, outputCount: records - violations },
      {
        operation: "send",
        inputCount: sum(intents, "sent"),
        outputCount: sum(sent, "created", "updated", "unchanged", "skipped"),
      },
    ],
    oldestUnconfirmedOptOut: oldestOpen(own, now),
  };
}

function oldestOpen(own: readonly Entry[], now: number): OpenOptOut | null {
  const open = new Map<string, Entry>();
  for (const entry of own) {
    const key = `${entry.address} ${entry.chunk}`;
    const isSending = entry.phase === "intent" && (entry.counts?.["optOuts"] ?? 0) > 0;
    if (isSending && !open.has(key)) open.set(key, entry);
    const isConfirmed =
      entry.action === "records" && (entry.phase === "event" || (entry.phase === "result" && entry.outcome === "ok"));
    if (isConfirmed && entry.chunk !== undefined) open.delete(key);
    if (entry.action === "answered")
      for (const [one, { address }] of open) if (address === entry.address) open.delete(one);
  }
  const [oldest] = open.values();
  if (oldest === undefined) return null;
  const businessDays = businessDaysBetween(Date.parse(oldest.at), now);
  return {
    address: oldest.address as string,
    since: oldest.at,
    businessDays,
    isOverdue: businessDays > lawfulBusinessDays,
  };
}

const dayMs = 86_400_000;

/** Whole days from one time to another that end on a Monday to Friday, UTC. */
export function businessDaysBetween(from: number, to: number): number {
  let days = 0;
  for (let at = from + dayMs; at <= to; at += dayMs) {
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) days++;
  }
  return days;
}
