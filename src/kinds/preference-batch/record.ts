// One consent record: what is wrong with it, how it is sent, what identifies it. Never repeats a contact id; knows no file and no clock.
import { nameUuid } from "../../base/digest.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { RecordFinding } from "../../contract/kind.ts";
import { countCodePoints } from "../_shared/measure.ts";
import { looksPersonal, type Personal } from "../_shared/personal.ts";
import { formatTime, parseTime, whyNoTime } from "../_shared/rfc3339.ts";
import { counted, listed } from "../_shared/wording.ts";
import { codes } from "./codes.ts";
import { channels, type PreferenceSpec, recordFields, regions, requiredFields } from "./spec.ts";

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** CXONE-API §7: a time further ahead is rejected. */
const aheadMs = 5 * 60_000;
const mostSourceCharacters = 50;

interface Times {
  readonly consent: number | undefined;
  readonly withdrawal: number | undefined;
  /** A field that holds something is given, readable or not. */
  readonly hasConsent: boolean;
  readonly hasWithdrawal: boolean;
}

/**
 * What is wrong with one record; pointers are relative to it. `now` in epoch milliseconds. No finding repeats the contact id,
 * nor any other value that could be one in a shifted column.
 */
export function checkRecord(record: Json, spec: PreferenceSpec, now: number): readonly RecordFinding[] {
  const form = formProblem(record);
  const problems = form === undefined ? [] : [form];
  if (!isMap(record)) return problems;
  const fields = record;
  const times = timesOf(fields);
  return [
    ...problems,
    ...contactFindings(fields["contactId"]),
    ...choiceFindings("channel", fields["channel"], channels, codes.channel),
    ...choiceFindings("regulatoryRegion", fields["regulatoryRegion"], regions, codes.region),
    ...sourceFindings(fields["source"], "/source"),
    ...answerFindings(fields, times),
    ...lawFindings(fields, spec, times),
    ...timeFindings(fields, times, now),
  ];
}

const isMap = (record: Json): record is JsonObject =>
  typeof record === "object" && record !== null && !Array.isArray(record);

/** Why a value is no record at all, or lacks or adds a field. */
export function formProblem(record: Json): RecordFinding | undefined {
  const hint = `Write the fields ${listed(recordFields, "and")}; ${listed(requiredFields, "and")} are required.`;
  const finding = (message: string, pointer = "", fix = hint): RecordFinding => ({
    code: codes.recordForm,
    message,
    hint: fix,
    pointer,
  });
  if (!isMap(record)) return finding("the record is no map of fields");
  const fields = record;
  const missing = requiredFields.filter((field) => !Object.hasOwn(fields, field));
  if (missing.length > 0) return finding(`the record lacks ${listed(missing, "and")}`);
  const unknown = Object.keys(fields).find((field) => !recordFields.includes(field));
  if (unknown !== undefined) {
    const isShown = /^[A-Za-z][A-Za-z_]{0,39}$/.test(unknown);
    const message = `the record has a field${isShown ? ` "${unknown}"` : ""} that is not documented`;
    return finding(message, isShown ? `/${unknown}` : "");
  }
  if (typeof fields["optIn"] === "boolean") return undefined;
  const fix = "Write optIn: true or optIn: false, without quotes.";
  return finding("optIn is neither true nor false", "/optIn", fix);
}

/** What a text that is no UUID looks like; here every row of digits counts as a phone number. */
export function personalContact(contactId: string): Personal | undefined {
  if (contactId.includes("@")) return "an e-mail address";
  if (/^(?:tel:|sms:|whatsapp:)?[\d +().\-/]{6,30}$/i.test(contactId)) return "a phone number";
  return looksPersonal(contactId);
}

function contactFindings(contactId: Json | undefined): readonly RecordFinding[] {
  if (contactId === undefined || (typeof contactId === "string" && uuid.test(contactId))) return [];
  const personal = personalContact(String(contactId));
  const pointer = "/contactId";
  if (personal === undefined) {
    const hint = "Use the contact's UUID in CXone, 8-4-4-4-12 hexadecimal digits.";
    return [{ code: codes.contactForm, message: "contactId is not a UUID", hint, pointer }];
  }
  const hint =
    "Use the contact's UUID in CXone instead; what was pushed already stays in git's history, so have it erased there.";
  return [
    { code: codes.contactPersonal, message: `contactId looks like ${personal}; it must be a UUID`, hint, pointer },
  ];
}

function choiceFindings(
  field: "channel" | "regulatoryRegion",
  value: Json | undefined,
  choices: readonly string[],
  code: string,
): readonly RecordFinding[] {
  const isAbsent = value === undefined || (value === null && field === "regulatoryRegion");
  if (isAbsent || choices.includes(value as string)) return [];
  const shown = typeof value === "string" && /^[A-Za-z_-]{1,20}$/.test(value) ? ` "${value}"` : "";
  return [
    {
      code,
      message: `${field}${shown} is none of ${listed(choices, "and")}`,
      hint: `Use ${listed(choices, "or")}.`,
      pointer: `/${field}`,
    },
  ];
}

/** Findings about a source, of a record or of the batch. */
export function sourceFindings(source: Json | undefined, pointer: string): readonly RecordFinding[] {
  if (source === undefined || (source === null && pointer === "/source")) return [];
  const hint = `Name where the answers were collected, in 1 to ${mostSourceCharacters} characters.`;
  if (typeof source !== "string") return [{ code: codes.source, message: "source is no text", hint, pointer }];
  const length = countCodePoints(source);
  if (source.trim() !== "" && length <= mostSourceCharacters) return [];
  const message =
    source.trim() === ""
      ? "source is empty"
      : `source has ${counted(length, "character")}; the limit is ${mostSourceCharacters}`;
  return [{ code: codes.source, message, hint, pointer }];
}

function answerFindings({ optIn }: JsonObject, times: Times): readonly RecordFinding[] {
  const pointer = "/withdrawalTimestamp";
  if (optIn === true && times.hasWithdrawal) {
    return [
      {
        code: codes.optInWithdrawn,
        message: "the record opts in and has a withdrawalTimestamp",
        hint: "Remove withdrawalTimestamp if the contact agreed; set optIn: false if the contact withdrew.",
        pointer,
      },
    ];
  }
  if (optIn !== false || times.hasWithdrawal) return [];
  return [
    {
      code: codes.optOutTimeless,
      message: "the record opts out and has no withdrawalTimestamp",
      hint: "Add withdrawalTimestamp, when the contact refused or withdrew; it decides which answer is the later one.",
      pointer,
    },
  ];
}

function lawFindings(fields: JsonObject, spec: PreferenceSpec, times: Times): readonly RecordFinding[] {
  const { optIn, channel } = fields;
  if (optIn !== true || times.hasConsent) return [];
  const region = fields["regulatoryRegion"] ?? spec.regulatoryRegion;
  const pointer = "/consentTimestamp";
  const hint = "Add consentTimestamp, when the contact agreed; without that proof leave the record out.";
  if (region === "GDPR") {
    return [
      { code: codes.gdprConsent, message: "the record opts in under GDPR and has no consentTimestamp", hint, pointer },
    ];
  }
  if (region === "TCPA" && (channel === "sms" || channel === "voice")) {
    const message = `the record opts in to ${channel} under TCPA and has no consentTimestamp`;
    return [{ code: codes.tcpaConsent, message, hint, pointer }];
  }
  return [];
}

const timeFields = ["consentTimestamp", "withdrawalTimestamp"] as const;

function timeFindings(fields: JsonObject, times: Times, now: number): readonly RecordFinding[] {
  const findings: RecordFinding[] = [];
  for (const field of timeFields) {
    const value = fields[field];
    if (value === undefined || value === null) continue;
    const at = typeof value === "string" ? parseTime(value) : undefined;
    if (at === undefined) findings.push(timeFormFinding(field, value));
    else if (at > now + aheadMs) findings.push(futureFinding(field, at, now));
  }
  const { consent, withdrawal } = times;
  if (fields["optIn"] === false && consent !== undefined && withdrawal !== undefined && withdrawal < consent) {
    findings.push({
      code: codes.withdrawalFirst,
      message: `the withdrawal (${formatTime(withdrawal)}) is before its consent (${formatTime(consent)})`,
      hint: "Exchange the two times if they are mixed up; if the contact agreed again afterwards, set optIn: true and remove withdrawalTimestamp.",
      pointer: "/withdrawalTimestamp",
    });
  }
  return findings;
}

function timeFormFinding(field: string, value: Json): RecordFinding {
  const text = typeof value === "string" ? value : "";
  // Only what has the look of a date is repeated: a shifted column may hold anything.
  const shown = /^\d{4}-\d{2}-\d{2}[\dTtZz:.+ -]{0,30}$/.test(text) ? ` "${text}"` : "";
  return {
    code: codes.timeForm,
    message: `${field}${shown} is no RFC 3339 time: ${typeof value === "string" ? whyNoTime(value) : "it is no text"}`,
    hint: 'Write date, time and offset, in quotes: "2026-09-14T08:21:07Z" or "2026-09-14T10:21:07+02:00".',
    pointer: `/${field}`,
  };
}

function futureFinding(field: string, at: number, now: number): RecordFinding {
  return {
    code: codes.future,
    message: `${field} is ${formatTime(at)}, ${ahead(at - now)} in the future; 5 minutes are allowed`,
    hint: "Write the time when the contact answered; check year, offset and clock of the export.",
    pointer: `/${field}`,
  };
}

function ahead(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return counted(minutes, "minute");
  return minutes < 2880 ? counted(Math.floor(minutes / 60), "hour") : counted(Math.floor(minutes / 1440), "day");
}

function timesOf(fields: JsonObject): Times {
  const [consent, withdrawal] = timeFields.map((field) => fields[field]);
  return {
    consent: typeof consent === "string" ? parseTime(consent) : undefined,
    withdrawal: typeof withdrawal === "string" ? parseTime(withdrawal) : undefined,
    hasConsent: consent !== undefined && consent !== null,
    hasWithdrawal: withdrawal !== undefined && withdrawal !== null,
  };
}

/** The record as it is sent: defaults of the batch filled in, times in UTC with milliseconds, the id in lower case. */
export function normaliseRecord(record: Json, spec: PreferenceSpec): JsonObject {
  const fields = record as JsonObject;
  const times = timesOf(fields);
  return {
    contactId: String(fields["contactId"]).toLowerCase(),
    channel: fields["channel"] ?? null,
    optIn: fields["optIn"] ?? null,
    consentTimestamp: times.consent === undefined ? null : formatTime(times.consent),
    withdrawalTimestamp: times.withdrawal === undefined ? null : formatTime(times.withdrawal),
    regulatoryRegion: fields["regulatoryRegion"] ?? spec.regulatoryRegion ?? "NONE",
    source: fields["source"] ?? spec.source,
  };
}

/** Contact and channel: once in a batch. For comparing only, never for showing. */
export function recordKey(record: JsonObject): string {
  return `${String(record["contactId"]).toLowerCase()} ${String(record["channel"])}`;
}

/** Who answers what, where and since when: two records with this in common are equal, whatever their source and region (DESIGN §4). */
export function recordContent(record: JsonObject): string {
  const at = effectiveTime(record);
  return nameUuid([recordKey(record), record["optIn"] ?? null, at === undefined ? null : formatTime(at)]);
}

/** The record's idempotency key (CXONE-API §7). */
export function recordId(record: JsonObject): string {
  const { contactId, channel, optIn, regulatoryRegion, source } = record;
  const at = effectiveTime(record);
  return nameUuid([
    String(contactId).toLowerCase(),
    channel ?? null,
    optIn ?? null,
    at === undefined ? null : formatTime(at),
    regulatoryRegion ?? null,
    source ?? null,
  ]);
}

export function isOptOut(record: JsonObject): boolean {
  return record["optIn"] === false;
}

/** When the answer took effect, in epoch milliseconds. An opt-in without a time is older than every other answer: 0. */
export function effectiveAt(record: JsonObject): number {
  return effectiveTime(record) ?? 0;
}

function effectiveTime(record: JsonObject): number | undefined {
  const { consent, withdrawal } = timesOf(record);
  return isOptOut(record) ? withdrawal : consent;
}
