// The figures of a seeded run of 300 submissions against those that are counted here by hand, from the lines of the audit log and nothing of the program.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { apply, settle } from "../../src/library/apply.ts";
import { metrics } from "../../src/library/metrics.ts";
import { metricsPrometheus } from "../../src/report/metrics-text.ts";
import { seededChance } from "../_world/world.ts";
import { optOut, otp } from "../cli/program.ts";
import { place } from "./place.ts";

type Line = Readonly<Record<string, unknown>>;

/** Every line of the ledger, in the order of its seq. */
function linesOf(dir: string): readonly Line[] {
  const folder = join(dir, "ledger/audit");
  const lines: Line[] = [];
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ndjson")) continue;
    for (const line of readFileSync(join(folder, file), "utf8").trim().split("\n"))
      lines.push(JSON.parse(line) as Line);
  }
  return lines.sort((left, right) => Number(left["seq"]) - Number(right["seq"]));
}

const twoDecimals = (value: number): number => Math.round(value * 100) / 100;

/** CXONE-API §10 for the templates that Meta reviews, by one walk over the lines. */
function byHand(lines: readonly Line[]) {
  const sent: Record<string, number> = {};
  const accepted: string[] = [];
  const latencies: { at: number; ms: number }[] = [];
  const reasons: Record<string, number> = {};
  let approved = 0;
  let rejected = 0;
  for (const line of lines) {
    const address = String(line["address"] ?? "");
    if (!address.startsWith("WhatsAppTemplate/")) continue;
    if (line["phase"] === "intent" && line["action"] === "create") sent[address] = Date.parse(String(line["at"]));
    if (line["phase"] === "result" && line["outcome"] === "ok") accepted.push(address);
    if (line["phase"] === "event" && line["action"] === "decided") {
      const at = Date.parse(String(line["decidedAt"]));
      latencies.push({ at, ms: at - (sent[address] as number) });
      if (line["status"] === "active") approved++;
      else {
        rejected++;
        reasons[String(line["reason"])] = (reasons[String(line["reason"])] ?? 0) + 1;
      }
    }
  }
  latencies.sort((left, right) => left.at - right.at);
  const sorted = latencies.map(({ ms }) => ms).sort((left, right) => left - right);
  return {
    totalSubmissions: accepted.length,
    approved,
    rejected,
    undecided: accepted.length - approved - rejected,
    averageApprovalLatencyMs: Math.round(sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length),
    medianApprovalLatencyMs: sorted[Math.ceil(sorted.length * 0.5) - 1],
    p95ApprovalLatencyMs: sorted[Math.ceil(sorted.length * 0.95) - 1],
    rejectionRatePercent: twoDecimals((rejected / (rejected + approved)) * 100),
    recentLatencies: latencies.slice(-5).map(({ ms }) => ms),
    rejectionReasons: reasons,
  };
}

test("the figures of 300 submissions are those counted by hand from the audit log", async (t) => {
  const chance = seededChance(300);
  const names = Array.from({ length: 300 }, (_, at) => `notice_${String(at).padStart(3, "0")}`);
  const reasons = ["SCAM", "TAG_CONTENT_MISMATCH", "INVALID_FORMAT"];
  const decisions = names.map((match) => {
    const drawn = chance.fraction();
    const afterMs = Math.round(chance.fraction() * 20 * 3_600_000);
    if (drawn < 0.05) return { match, decision: "never" as const };
    if (drawn < 0.3)
      return { match, decision: "reject" as const, reason: reasons[Math.floor(drawn * 100) % 3] as string, afterMs };
    return { match, decision: "approve" as const, afterMs };
  });
  const here = await place(t, {}, { seed: "figures", decisions });
  here.write("templates/otp.yaml", otp);
  here.write("preferences/crm.yaml", optOut);
  here.write(
    "templates/notices.yaml",
    names
      .map((name, at) =>
        JSON.stringify({
          apiVersion: "cxform/v1",
          kind: "WhatsAppTemplate",
          metadata: { name },
          spec: { language: "en", category: "UTILITY", body: `Your parcel number ${at} has left our warehouse today.` },
        }),
      )
      .join("\n---\n"),
  );
  const attribution = { actor: "kim" };
  const applied = await apply({ ...here.options(), attribution });
  assert.equal(applied.outcomes.filter(({ status }) => status === "ok").length, 302);
  // Days later, in three looks, so that decisions are learnt in another order than they were made.
  for (const hours of [3, 9, 30]) {
    here.now += hours * 3_600_000;
    await settle({ ...here.options(), attribution });
  }
  const lines = linesOf(here.dir);
  const found = await metrics(here.options());
  const { templates, ...whole } = found.omnichannel;
  const counted = byHand(lines);
  assert.deepEqual(whole, counted);
  assert.ok(counted.approved > 150 && counted.rejected > 40 && counted.undecided > 3, JSON.stringify(counted));
  assert.equal(templates.length, 300);
  assert.equal(
    templates.reduce((sum, { rejected }) => sum + rejected, 0),
    counted.rejected,
  );

  // The other families, each from its own lines.
  const validations = lines.filter(({ phase, action }) => phase === "event" && action === "validated");
  const counts = validations.map((line) => line["counts"] as Record<string, number>);
  const [records, violations] = ["records", "violations"].map((name) =>
    counts.reduce((sum, each) => sum + (each[name] ?? 0), 0),
  );
  const clean = counts.filter((each) => each["errors"] === 0).length;
  assert.equal(found.digital.validation_success_rate_percent, twoDecimals((clean / counts.length) * 100));
  assert.equal(found.digital.audit_log_entries, lines.length);
  assert.equal(found.preferences.totalViolations, violations);
  assert.equal(
    found.preferences.complianceRate,
    twoDecimals((((records as number) - (violations as number)) / (records as number)) * 100),
  );
  assert.deepEqual([found.preferences.optOutsSent, found.preferences.oldestUnconfirmedOptOut], [1, null]);

  // The same in Prometheus' form: every figure once, with what it is about as labels.
  const text = metricsPrometheus(found);
  assert.ok(text.includes(`cxform_omnichannel_total_submissions{environment="test"} ${counted.totalSubmissions}\n`));
  assert.ok(
    text.includes(`cxform_omnichannel_rejection_rate_percent{environment="test"} ${counted.rejectionRatePercent}\n`),
  );
  for (const [reason, count] of Object.entries(counted.rejectionReasons))
    assert.ok(text.includes(`cxform_omnichannel_rejection_reasons{environment="test",reason="${reason}"} ${count}\n`));
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.equal(new Set(samples.map((line) => line.slice(0, line.lastIndexOf(" ")))).size, samples.length);
  for (const line of samples)
    assert.match(line, /^cxform_[a-z0-9_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)+\} -?[0-9.e+-]+$/i);
});
