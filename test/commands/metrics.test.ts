// metrics: figures of a ledger written by hand, each beside the value that was computed by hand; and of a run against the simulator.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry, EntryDraft, LedgerState } from "../../src/contract/entry.ts";
import { derive } from "../../src/ledger/derive.ts";
import { figuresOf } from "../../src/library/figures.ts";
import { businessDaysBetween } from "../../src/library/figures-of-consent.ts";
import { metrics } from "../../src/library/metrics.ts";
import { metricsPrometheus, metricsText } from "../../src/report/metrics-text.ts";
import { otp, parcel } from "../cli/program.ts";
import { place } from "./place.ts";

/** Entries at seconds after noon; chain fields are not looked at. */
function ledger(drafts: readonly (EntryDraft & { readonly s: number; readonly run?: string })[]): readonly Entry[] {
  return drafts.map(({ s, run = "run-1", ...draft }, index) => ({
    ...draft,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 10, 20, 12, 0, s)).toISOString(),
    run,
    environment: "test",
    prev: "",
    hash: String(index + 1),
  }));
}

const at = (s: number, ms = 0): string => new Date(Date.UTC(2026, 10, 20, 12, 0, s, ms)).toISOString();
const write = (address: string, version: number | string, key: string, action = "create"): EntryDraft => ({
  phase: "intent",
  action,
  address,
  version,
  idempotencyKey: key,
  digest: `d-${address}-${version}`,
});
const ok = (draft: EntryDraft, rest: Partial<EntryDraft>): EntryDraft => ({
  ...draft,
  phase: "result",
  outcome: "ok",
  ...rest,
});
const decided = (
  address: string,
  version: number | string,
  status: "active" | "rejected",
  rest: Partial<EntryDraft> = {},
): EntryDraft => ({ phase: "event", action: "decided", address, version, status, ...rest });

const figures = (entries: readonly Entry[], now = Date.UTC(2026, 10, 20, 13)) => {
  const state: LedgerState = derive(entries, "test");
  return figuresOf({ entries, state, templateOf: () => "SmsTemplate/otp", now });
};

test("approval figures count decided templates only, from submission to decision", () => {
  const a = write("WhatsAppTemplate/a/en", 1, "k1");
  const b = write("WhatsAppTemplate/b/en", 1, "k2");
  const c = write("WhatsAppTemplate/c/en", 1, "k3");
  const d = write("WhatsAppTemplate/d/en", 1, "k4");
  const again = write("WhatsAppTemplate/a/en", 2, "k5", "newVersion");
  const { omnichannel } = figures(
    ledger([
      { s: 0, ...a },
      { s: 1, ...ok(a, { status: "pending", latencyMs: 40 }) },
      { s: 2, ...b },
      // The answer was lost; the same key is announced again and counts from its first time.
      { s: 3, ...b, phase: "result", outcome: "unknown" },
      { s: 10, ...b },
      { s: 11, ...ok(b, { status: "pending" }) },
      { s: 12, ...c },
      { s: 13, ...ok(c, { status: "pending" }) },
      { s: 14, ...d },
      // Refused by the call itself: nothing was submitted.
      { s: 15, ...d, phase: "result", outcome: "failed", reason: "CX5005: no" },
      { s: 20, ...decided("WhatsAppTemplate/a/en", 1, "active", { decidedAt: at(5) }) },
      { s: 21, ...decided("WhatsAppTemplate/b/en", 1, "rejected", { observedAt: at(12), reason: "SCAM" }) },
      { s: 30, ...again },
      { s: 31, ...ok(again, { status: "active", decidedAt: at(30, 600) }) },
      // Later words of CXone change no figure.
      { s: 40, phase: "event", action: "observed", address: "WhatsAppTemplate/a/en", version: 1, status: "paused" },
    ]),
  );
  assert.deepEqual(omnichannel, {
    totalSubmissions: 4,
    approved: 2,
    rejected: 1,
    undecided: 1,
    // 5 s, 10 s and 0.6 s.
    averageApprovalLatencyMs: 5200,
    medianApprovalLatencyMs: 5000,
    p95ApprovalLatencyMs: 10_000,
    rejectionRatePercent: 33.33,
    recentLatencies: [5000, 10_000, 600],
    rejectionReasons: { SCAM: 1 },
    templates: [
      { address: "WhatsAppTemplate/a/en", submissions: 2, approved: 2, rejected: 0, averageApprovalLatencyMs: 2800 },
      { address: "WhatsAppTemplate/b/en", submissions: 1, approved: 0, rejected: 1, averageApprovalLatencyMs: 10_000 },
      { address: "WhatsAppTemplate/c/en", submissions: 1, approved: 0, rejected: 0, averageApprovalLatencyMs: null },
    ],
  });
});

test("digital and session figures are those of the entries, and a running job is in no latency", () => {
  const one = write("DigitalTemplate/booking/en-US", "v1.0", "k1");
  const two = write("DigitalTemplate/booking/en-US", "v1.1", "k2", "newVersion");
  const three = write("DigitalTemplate/booking/en-US", "v1.2", "k3", "newVersion");
  const session = write("GuestSession/winter", 1, "g1", "send");
  const failed = write("GuestSession/summer", 1, "g2", "send");
  const retried = write("GuestSession/summer", 1, "g3", "send");
  const entries = ledger([
    { s: 0, phase: "event", action: "validated", counts: { errors: 0, records: 10, violations: 1 } },
    { s: 1, phase: "event", action: "validated", counts: { errors: 2, records: 6, violations: 3 } },
    { s: 2, phase: "event", action: "validated", counts: { errors: 0 } },
    { s: 3, ...one },
    { s: 4, ...ok(one, { status: "pending", latencyMs: 1001 }) },
    { s: 5, ...decided("DigitalTemplate/booking/en-US", "v1.0", "active") },
    { s: 6, ...two },
    { s: 7, ...ok(two, { status: "pending", latencyMs: 2000 }) },
    { s: 8, ...decided("DigitalTemplate/booking/en-US", "v1.1", "rejected", { reason: "schema" }) },
    { s: 9, ...three },
    { s: 10, ...ok(three, { status: "pending", latencyMs: 9000 }) },
    { s: 11, ...session },
    { s: 12, ...ok(session, { status: "active", latencyMs: 100 }) },
    { s: 13, ...failed },
    { s: 14, ...failed, phase: "result", outcome: "failed", latencyMs: 900 },
    { s: 15, ...retried },
    { s: 16, ...ok(retried, { status: "active", latencyMs: 201 }) },
  ]);
  const { digital, engage } = figures(entries);
  assert.deepEqual(digital, {
    validation_success_rate_percent: 66.67,
    average_submission_latency_seconds: 1.501,
    total_versions_processed: 2,
    audit_log_entries: 17,
  });
  assert.deepEqual(engage, {
    totalAttempts: 3,
    successfulCreations: 2,
    successRate: 66.67,
    avgLatencyMs: 150.5,
  });
});

test("a template is carrier ready only approved, registered with its own words, and without an error", () => {
  const otpOne = write("SmsTemplate/otp", 1, "k1", "approve");
  const registered = write("A2pRegistration/otp", 1, "k2");
  const otpTwo = write("SmsTemplate/otp", 2, "k3", "update");
  const entries = ledger([
    { s: 1, phase: "event", action: "validated", startedAt: at(0), counts: { errors: 0 } },
    { s: 2, ...otpOne },
    { s: 3, ...ok(otpOne, { status: "active" }) },
    { s: 4, run: "run-2", phase: "event", action: "validated", startedAt: at(4), counts: { errors: 0 } },
    { s: 5, run: "run-2", ...registered },
    { s: 6, run: "run-2", ...ok(registered, { status: "pending" }) },
    { s: 7, run: "run-2", ...decided("A2pRegistration/otp", 1, "active", { decidedAt: at(30) }) },
    { s: 40, run: "run-3", phase: "event", action: "validated", startedAt: at(40), counts: { errors: 0 } },
    { s: 41, run: "run-3", ...otpTwo },
    { s: 42, run: "run-3", ...ok(otpTwo, { status: "active" }) },
    { s: 50, run: "run-4", phase: "event", action: "validated", startedAt: at(50), counts: { errors: 1 } },
  ]);
  const row = { template: "SmsTemplate/otp", registration: "A2pRegistration/otp" };
  const none = figures(entries.slice(0, 6)).messaging;
  assert.deepEqual(none.templates, [{ ...row, latency_ms: null, carrier_ready: false }]);
  assert.deepEqual([none.latency_ms, none.carrier_ready], [null, false]);
  const ready = figures(entries.slice(0, 7)).messaging;
  assert.deepEqual(ready.templates, [{ ...row, latency_ms: 30_000, carrier_ready: true }]);
  assert.deepEqual([ready.latency_ms, ready.carrier_ready], [30_000, true]);
  const changed = figures(entries.slice(0, 10)).messaging;
  assert.deepEqual(changed.templates, [{ ...row, latency_ms: 30_000, carrier_ready: false }]);
  const broken = figures([...entries.slice(0, 7), ...entries.slice(10)]).messaging;
  assert.equal(broken.carrier_ready, false);
});

test("consent figures are over records, and an opt-out without an answer has an age", () => {
  const address = "PreferenceBatch/crm";
  const send = (chunk: string, counts: Readonly<Record<string, number>>): EntryDraft => ({
    phase: "intent",
    action: "records",
    address,
    version: 1,
    chunk,
    counts,
  });
  const answer = (chunk: string | undefined, rest: Partial<EntryDraft>): EntryDraft => ({
    phase: "result",
    action: "records",
    address,
    version: 1,
    ...(chunk === undefined ? {} : { chunk }),
    ...rest,
  });
  const entries = ledger([
    { s: 0, phase: "event", action: "validated", counts: { errors: 3, records: 150, violations: 3 } },
    { s: 1, ...send("c1", { sent: 100, optOuts: 100 }) },
    { s: 2, ...answer("c1", { outcome: "ok", latencyMs: 30, counts: { sent: 100, created: 90, skipped: 10 } }) },
    { s: 3, ...send("c2", { sent: 40, optOuts: 40 }) },
    { s: 4, ...answer("c2", { outcome: "unknown", latencyMs: 30_000 }) },
    { s: 5, ...send("c3", { sent: 7, optIns: 7 }) },
    { s: 6, ...answer(undefined, { outcome: "ok", latencyMs: 61, counts: { sent: 7, updated: 5, rejected: 2 } }) },
  ]);
  const open = figures(entries, Date.UTC(2026, 11, 5, 13)).preferences;
  assert.deepEqual(open, {
    averageLatency: 45.5,
    totalViolations: 3,
    complianceRate: 98,
    optInsSent: 7,
    optOutsSent: 140,
    rejected: 2,
    operations: [
      { operation: "validate", inputCount: 150, outputCount: 147 },
      { operation: "send", inputCount: 147, outputCount: 105 },
    ],
    // A Friday; the tenth business day after it ended on Friday, 4 December.
    oldestUnconfirmedOptOut: { address, since: at(3), businessDays: 10, isOverdue: false },
  });
  const late = figures(entries, Date.UTC(2026, 11, 7, 13)).preferences.oldestUnconfirmedOptOut;
  assert.deepEqual([late?.businessDays, late?.isOverdue], [11, true]);
  const confirmed = ledger([{ s: 8, phase: "event", action: "records", address, version: 1, chunk: "c2" }]);
  assert.equal(figures([...entries, ...confirmed]).preferences.oldestUnconfirmedOptOut, null);
  assert.equal(businessDaysBetween(0, 0), 0);
});

test("an empty ledger has nothing to count, and says so", () => {
  const found = figures([]);
  assert.equal(found.omnichannel.averageApprovalLatencyMs, null);
  assert.equal(found.omnichannel.rejectionRatePercent, null);
  assert.equal(found.preferences.complianceRate, null);
  assert.equal(found.messaging.carrier_ready, false);
  const view = { environment: "test", ...found };
  assert.match(metricsText(view), /omnichannel +averageApprovalLatencyMs +-\n/);
  assert.doesNotMatch(metricsPrometheus(view), /null|NaN|latency/);
});

test("figures come from the ledger of a run, in all three forms", async (t) => {
  const here = await place(t);
  here.write("templates/otp.yaml", otp);
  here.write("templates/parcel.yaml", parcel);
  assert.equal((await here.apply()).exit, 0);
  const [template] = here.simulator.world.list("whatsapp");
  here.now += 60_000;
  here.simulator.world.decide(String(template?.["id"]), "REJECTED", 'TAG_CONTENT_MISMATCH "x"');
  here.now += 60_000;
  await here.apply();
  const found = await metrics(here.options());
  const { totalSubmissions, rejectionRatePercent, averageApprovalLatencyMs } = found.omnichannel;
  assert.deepEqual([totalSubmissions, rejectionRatePercent], [1, 100]);
  assert.ok(averageApprovalLatencyMs !== null && Math.abs(averageApprovalLatencyMs - 60_000) < 2000);
  assert.equal(found.digital.validation_success_rate_percent, 100);
  assert.match(metricsText(found), /omnichannel +rejectionRatePercent +100\n/);
  const prometheus = metricsPrometheus(found);
  assert.match(
    prometheus,
    /^# TYPE cxform_omnichannel_total_submissions gauge\ncxform_omnichannel_total_submissions\{environment="test"\} 1\n/m,
  );
  assert.match(prometheus, /rejection_reasons\{environment="test",reason="TAG_CONTENT_MISMATCH \\"x\\""\} 1\n/);
  assert.match(
    prometheus,
    /cxform_messaging_templates_carrier_ready\{environment="test",template="SmsTemplate\/otp"\} 0\n/,
  );
  for (const line of prometheus.trim().split("\n"))
    assert.match(line, /^(?:# TYPE [a-z0-9_]+ gauge|[a-z0-9_]+\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\} -?[0-9.]+)$/);
});

test("an address of which only its former name is known is no template", () => {
  const created = write("SmsTemplate/otp", 1, "k1");
  const renamed = {
    phase: "event",
    action: "renamed",
    address: "SmsTemplate/code",
    former: "SmsTemplate/otp",
  } as const;
  const { messaging } = figures(
    ledger([
      { s: 0, ...created },
      { s: 1, ...ok(created, { status: "active" }) },
      { s: 2, ...renamed },
    ]),
  );
  assert.deepEqual(
    messaging.templates.map(({ template }) => template),
    ["SmsTemplate/otp"],
  );
});
