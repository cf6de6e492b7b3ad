// Consent records (CXONE-API §7): batches by timestamp-wins, where a tie goes to the opt-out, and reading them. No message
// repeats a contact's id.
import { type Answer, type Call, type FieldError, invalid, iso, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { readInteger } from "./paging.ts";
import type { PreferenceRow } from "./rows.ts";
import { Shape } from "./shape.ts";

const PATH = "/api/v2/preferences";
const MOST_RECORDS = 100;
const MOST_LISTED = 1000;
const FUTURE_MS = 5 * 60_000;
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const CHANNELS = ["email", "sms", "voice", "webchat", "whatsapp"] as const;
const REGIONS = ["GDPR", "CCPA", "TCPA", "NONE"] as const;
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A record as it is sent. */
export type PreferenceRecord = Omit<PreferenceRow, "id" | "updatedAt">;

interface Settled {
  readonly status: "created" | "updated" | "unchanged" | "skipped" | "rejected";
  readonly conflictResolved: boolean;
  readonly optIn: boolean;
  readonly error?: string;
}

export const preferenceEndpoints: readonly Endpoint[] = [
  { method: "POST", path: `${PATH}/batch`, scopes: ["preferences:write"], answer: applyBatch },
  { method: "GET", path: PATH, scopes: ["preferences:read"], answer: read },
];

/** The key of a record: one per contact and channel. */
export function preferenceKey(contactId: string, channel: string): string {
  return `${contactId.toLowerCase()} ${channel}`;
}

/** Epoch milliseconds from which a record holds; never known counts as older than everything. */
export function effectiveAt(record: PreferenceRecord): number {
  const time = record.optIn ? record.consentTimestamp : record.withdrawalTimestamp;
  return time === null ? Number.NEGATIVE_INFINITY : Date.parse(time);
}

/** Applies one record by timestamp-wins. Inside a turn of the store. */
export function settleRecord(record: PreferenceRecord, at: number, ground: Ground): Settled {
  const key = preferenceKey(record.contactId, record.channel);
  const stored = ground.store.get("preferences", key);
  const effective = effectiveAt(record);
  if (effective > at + FUTURE_MS) {
    const error = "the time is more than 5 minutes in the future";
    return { status: "rejected", conflictResolved: false, optIn: stored?.optIn ?? record.optIn, error };
  }
  if (stored !== undefined) {
    const held = effectiveAt(stored);
    const isTie = effective === held;
    const isSame = record.optIn === stored.optIn;
    if (isTie && isSame) return { status: "unchanged", conflictResolved: false, optIn: stored.optIn };
    if (effective < held || (isTie && record.optIn)) {
      return { status: "skipped", conflictResolved: !isSame, optIn: stored.optIn };
    }
  }
  const id = stored?.id ?? idOf(key);
  ground.store.put("preferences", key, { id, ...record, updatedAt: iso(at) });
  const conflictResolved = stored !== undefined && stored.optIn !== record.optIn;
  return { status: stored === undefined ? "created" : "updated", conflictResolved, optIn: record.optIn };
}

function applyBatch(call: Call, ground: Ground): Answer {
  if (call.headers.get("x-conflict-resolution") !== "timestamp-wins") {
    return invalid([{ field: "X-Conflict-Resolution", message: "must be timestamp-wins" }]);
  }
  if (!Array.isArray(call.body)) return invalid([{ field: "/", message: "must be an array of records" }]);
  const items: readonly unknown[] = call.body;
  if (items.length > MOST_RECORDS) {
    ground.note(call, "tooManyRecords", `${items.length} records`);
    return broken([{ field: "/", message: `has ${items.length} records; at most ${MOST_RECORDS}` }]);
  }
  if (items.length === 0) return broken([{ field: "/", message: "has no record" }]);
  const errors: FieldError[] = [];
  const records = items.map((item, index) => readRecord(item, index, errors));
  errors.push(...findRepeats(records));
  if (errors.length > 0) return broken(errors);
  const contradictions = records.flatMap((record, index) => (isContradictory(record) ? [contradiction(index)] : []));
  if (contradictions.length > 0)
    return refusal(409, "the timestamps of a record contradict each other", contradictions);
  return ok(
    200,
    records.map((record, index) => answerRecord(record, index, call, ground)),
  );
}

function answerRecord(record: PreferenceRecord, index: number, call: Call, ground: Ground): unknown {
  const { contactId, channel } = record;
  const key = preferenceKey(contactId, channel);
  const id = ground.store.get("preferences", key)?.id ?? idOf(key);
  const isFaulty =
    call.fault?.kind === "recordsFail" &&
    ground.chance.happens(call.fault.percent ?? 100, `record ${call.label} ${index}`);
  const settled: Settled = isFaulty
    ? { status: "rejected", conflictResolved: false, optIn: record.optIn, error: "the record could not be stored" }
    : settleRecord(record, call.at, ground);
  return { id, contactId, channel, ...settled };
}

function readRecord(item: unknown, index: number, errors: FieldError[]): PreferenceRecord {
  const shape = new Shape(item, `/${index}`);
  const record: PreferenceRecord = {
    contactId: shape.text("contactId", { form: UUID, formInWords: "a UUID" }),
    channel: shape.choice("channel", CHANNELS),
    optIn: shape.boolean("optIn"),
    consentTimestamp: readTime(shape, "consentTimestamp"),
    withdrawalTimestamp: readTime(shape, "withdrawalTimestamp"),
    regulatoryRegion: shape.choice("regulatoryRegion", REGIONS),
    source: shape.text("source", { max: 50 }),
    idempotencyKey: shape.text("idempotencyKey", { form: UUID, formInWords: "a UUID" }),
  };
  if (shape.errors.length === 0) checkRules(record, shape);
  errors.push(...shape.errors);
  return record;
}

/** RULES, PreferenceBatch: what makes a record no evidence of anything. */
function checkRules(record: PreferenceRecord, shape: Shape): void {
  const { optIn, consentTimestamp, withdrawalTimestamp, regulatoryRegion, channel } = record;
  if (!optIn) {
    if (withdrawalTimestamp === null) shape.fail("withdrawalTimestamp", "is required for an opt-out");
    return;
  }
  if (withdrawalTimestamp !== null) shape.fail("withdrawalTimestamp", "must be null for an opt-in");
  const isPhone = channel === "sms" || channel === "voice";
  const needsConsent = regulatoryRegion === "GDPR" || (regulatoryRegion === "TCPA" && isPhone);
  if (needsConsent && consentTimestamp === null) {
    shape.fail("consentTimestamp", `is required for an opt-in under ${regulatoryRegion}`);
  }
}

function readTime(shape: Shape, field: string): string | null {
  const time = shape.textOrNull(field, { form: TIME, formInWords: "an RFC 3339 time" });
  if (time === null || !TIME.test(time)) return time;
  const at = Date.parse(time);
  if (Number.isNaN(at)) {
    shape.fail(field, "is no time of the calendar");
    return time;
  }
  return iso(at);
}

function findRepeats(records: readonly PreferenceRecord[]): readonly FieldError[] {
  const first = new Map<string, number>();
  return records.flatMap((record, index) => {
    if (record.contactId === "") return [];
    const key = preferenceKey(record.contactId, record.channel);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return [];
    }
    return [{ field: `/${index}`, message: `has the contact and channel of record ${earlier}` }];
  });
}

/** A withdrawal before the consent that it withdraws. */
function isContradictory({ consentTimestamp, withdrawalTimestamp }: PreferenceRecord): boolean {
  if (consentTimestamp === null || withdrawalTimestamp === null) return false;
  return Date.parse(withdrawalTimestamp) < Date.parse(consentTimestamp);
}

function contradiction(index: number): FieldError {
  return { field: `/${index}/withdrawalTimestamp`, message: "is before the consent" };
}

function broken(errors: readonly FieldError[]): Answer {
  return refusal(422, `${errors[0]?.field} ${errors[0]?.message}`, errors);
}

function idOf(key: string): string {
  return `pref-${digestOf(key).slice(0, 24)}`;
}

function read(call: Call, ground: Ground): Answer {
  const contactId = call.query.get("contactId");
  const channel = call.query.get("channel");
  if (contactId === null && channel === null) return list(call, ground);
  if (contactId === null || channel === null) {
    return invalid([{ field: contactId === null ? "contactId" : "channel", message: "is required" }]);
  }
  const row = ground.store.get("preferences", preferenceKey(contactId, channel));
  return ok(200, row === undefined ? [] : [row]);
}

function list(call: Call, ground: Ground): Answer {
  if (!ground.settings.canList("preferences")) return refusal(404, "this tenant cannot list preferences");
  const errors: FieldError[] = [];
  const limit = readInteger(call.query, "limit", { absent: MOST_LISTED, max: MOST_LISTED }, errors);
  const cursor = call.query.get("cursor") ?? "";
  const from = cursor === "" ? 0 : Number(/^c([0-9]{1,9})$/.exec(cursor)?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) errors.push({ field: "cursor", message: "is not one that was given" });
  if (errors.length > 0) return invalid(errors);
  const ids = ground.store.ids("preferences");
  const items = ids.slice(from, from + limit).map((id) => ground.store.get("preferences", id));
  const next = from + items.length;
  return ok(200, { items, nextCursor: next < ids.length ? `c${next}` : null });
}
