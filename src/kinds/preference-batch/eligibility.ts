// Whether a contact may be written to on a channel at a time, from what CXone holds. Pure; in doubt the answer is no.
import type { JsonObject } from "../../contract/json.ts";
import { parseTime } from "../_shared/rfc3339.ts";
import { regions } from "./spec.ts";

export type EligibilityReason =
  | "unknown"
  | "explicit_opt_out"
  | "ccpa_sale_opt_out"
  | "withdrawal_supersedes_consent"
  | "gdpr_consent_insufficient"
  | "quiet_hours"
  | "compliant";

export interface Eligibility {
  readonly eligible: boolean;
  readonly reason: EligibilityReason;
  /** What could not be judged: `quiet_hours` without the recipient's time zone. */
  readonly unchecked: readonly string[];
}

export interface EligibilityPolicy {
  /** The recipient's IANA time zone. */
  readonly timezone?: string;
  /** Whether consent before the GDPR applied is insufficient; Recital 171 allows to switch it off. */
  readonly gdprCutoff: boolean;
}

/** GDPR Art. 99(2). */
const gdprApplies = Date.UTC(2018, 4, 25);

/** 47 CFR 64.1200(c)(1): no calls before 8 a.m. or after 9 p.m. of the recipient's time. */
const firstHour = 8;
const lastHour = 21;

/**
 * The first reason that applies (RULES, eligibility). `record` is what CXone holds: undefined when it holds nothing,
 * "unreadable" when it could not be read. `at` in epoch milliseconds. Throws RangeError for a time zone that Intl does not know.
 */
export function eligibility(
  record: JsonObject | undefined | "unreadable",
  channel: string,
  at: number,
  policy: EligibilityPolicy,
): Eligibility {
  const no = (reason: EligibilityReason): Eligibility => ({ eligible: false, reason, unchecked: [] });
  if (record === undefined || record === "unreadable") return no("unknown");
  const consent = timeOf(record["consentTimestamp"]);
  const withdrawal = timeOf(record["withdrawalTimestamp"]);
  const region = record["regulatoryRegion"];
  // An opt-out stands whatever else in the record cannot be read.
  if (record["optIn"] === false) return no(region === "CCPA" ? "ccpa_sale_opt_out" : "explicit_opt_out");
  const isReadable =
    record["optIn"] === true &&
    record["channel"] === channel &&
    consent !== "unreadable" &&
    withdrawal !== "unreadable";
  if (!isReadable || !regions.includes(region as string)) return no("unknown");
  if (withdrawal !== undefined && (consent === undefined || withdrawal >= consent))
    return no("withdrawal_supersedes_consent");
  const hasGdprConsent = consent !== undefined && (!policy.gdprCutoff || consent >= gdprApplies);
  if (region === "GDPR" && !hasGdprConsent) return no("gdpr_consent_insufficient");
  if (region !== "TCPA" || (channel !== "sms" && channel !== "voice"))
    return { eligible: true, reason: "compliant", unchecked: [] };
  if (policy.timezone === undefined) return { eligible: true, reason: "compliant", unchecked: ["quiet_hours"] };
  const hour = hourIn(policy.timezone, at);
  return hour < firstHour || hour >= lastHour
    ? no("quiet_hours")
    : { eligible: true, reason: "compliant", unchecked: [] };
}

/** True for a time zone by which quiet hours can be judged. */
export function isTimezone(name: string): boolean {
  try {
    return hourIn(name, 0) >= 0;
  } catch {
    return false;
  }
}

function timeOf(value: unknown): number | undefined | "unreadable" {
  if (value === null || value === undefined) return undefined;
  return (typeof value === "string" ? parseTime(value) : undefined) ?? "unreadable";
}

function hourIn(timezone: string, at: number): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: timezone, hour: "2-digit", hourCycle: "h23" });
  return Number(format.format(at));
}
