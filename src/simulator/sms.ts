// SMS templates (CXONE-API §5): changed in place under an ETag, approved by the caller or, by rule, after a review.
import { type Answer, type Call, invalid, iso, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { answerPage } from "./paging.ts";
import { stageOf } from "./reviewer.ts";
import type { SmsRow, Verdict } from "./rows.ts";
import { type JsonObject, Shape } from "./shape.ts";

const PATH = "/api/v1/messaging/templates";
const READ = ["messaging:read"];
const WRITE = ["messaging:write"];
/** 255 parts of 153 septets (3GPP 23.040). */
const LONGEST_CONTENT = 255 * 153;
/** A short code, a North American number, or an alphanumeric sender with a letter (RULES, SmsTemplate). */
const SENDER = /^(\d{5,6}|\+1\d{10}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/;
const STATUSES = ["DRAFT", "PENDING_REVIEW", "APPROVED", "REJECTED", "DEPRECATED"] as const;
const STAGES = {
  pending: "PENDING_REVIEW",
  review: "PENDING_REVIEW",
  approved: "APPROVED",
  rejected: "REJECTED",
} as const;

export type SmsContent = Pick<SmsRow, "name" | "content" | "fromAddress">;

export const smsEndpoints: readonly Endpoint[] = [
  { method: "POST", path: PATH, scopes: WRITE, answer: create },
  { method: "GET", path: PATH, scopes: READ, isList: true, answer: list },
  { method: "GET", path: `${PATH}/:id`, scopes: READ, answer: read },
  { method: "PUT", path: `${PATH}/:id`, scopes: WRITE, answer: replace },
];

/** The status at a time: a review is seen as it comes along. */
export function smsStatus(row: SmsRow, at: number): string {
  return row.status === "REVIEW" && row.verdict !== null ? STAGES[stageOf(row.verdict, at)] : row.status;
}

/** A template as CXone shows it. */
export function showSms(row: SmsRow, at: number): JsonObject {
  const status = smsStatus(row, at);
  const decidedAt = row.verdict !== null && status !== "PENDING_REVIEW" ? row.verdict.decideAt : 0;
  const reason = status === "REJECTED" ? (row.reason ?? row.verdict?.reason ?? null) : null;
  return {
    id: row.id,
    name: row.name,
    status,
    content: row.content,
    from_address: row.fromAddress,
    ...(reason === null ? {} : { rejection_reason: reason }),
    meta: { created_at: iso(row.createdAt), updated_at: iso(Math.max(row.editedAt, decidedAt)) },
  };
}

/** The strong ETag of what is shown. */
export function smsEtag(row: SmsRow, at: number): string {
  return `"${digestOf(JSON.stringify([row.revision, showSms(row, at)])).slice(0, 32)}"`;
}

/** Stores a DRAFT. Inside a turn of the store. */
export function createSms(content: SmsContent, at: number, ground: Ground): SmsRow {
  const row: SmsRow = {
    id: ground.newId(),
    ...content,
    createdAt: at,
    editedAt: at,
    revision: 1,
    status: "DRAFT",
    verdict: null,
    reason: null,
  };
  ground.store.put("sms", row.id, row);
  return row;
}

/** Changes a template and tells of a decision that the change holds. Inside a turn of the store. */
export function changeSms(row: SmsRow, change: Partial<SmsRow>, at: number, ground: Ground): SmsRow {
  const changed: SmsRow = { ...row, ...change, editedAt: at, revision: row.revision + 1 };
  ground.store.put("sms", row.id, changed);
  ground.events.cancel(row.id);
  if (changed.status === "REVIEW" && changed.verdict !== null) announceVerdict(changed, changed.verdict, ground);
  else if (change.status !== undefined) {
    if (changed.status === "APPROVED") announce(changed, "template.approved", null, at, ground);
    if (changed.status === "REJECTED") announce(changed, "template.rejected", changed.reason, at, ground);
  }
  return changed;
}

function create(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  const content = readContent(shape);
  if (shape.errors.length > 0) return invalid(shape.errors);
  if (isTaken(content.name, null, ground)) return taken(content.name);
  return shown(201, createSms(content, call.at, ground), call, ground);
}

function readContent(shape: Shape): SmsContent {
  return {
    name: shape.text("name", { max: 255 }),
    content: shape.text("content", { max: LONGEST_CONTENT }),
    fromAddress: shape.text("from_address", {
      form: SENDER,
      formInWords: "a short code, +1 and ten digits, or up to 11 letters and digits",
    }),
  };
}

function isTaken(name: string, exceptId: string | null, ground: Ground): boolean {
  for (const row of ground.store.all("sms")) if (row.name === name && row.id !== exceptId) return true;
  return false;
}

function taken(name: string): Answer {
  return refusal(409, `the name ${name} is taken`, [{ field: "/name", message: "is taken" }]);
}

function shown(status: number, row: SmsRow, call: Call, ground: Ground): Answer {
  const headers = ground.settings.capabilities.etags ? { etag: smsEtag(row, call.at) } : {};
  return ok(status, showSms(row, call.at), headers);
}

function list(call: Call, ground: Ground): Answer {
  return answerPage(call, ground.store.ids("sms"), (id) => {
    const row = ground.store.get("sms", id) as SmsRow;
    const shownRow = showSms(row, call.at);
    return ground.settings.capabilities.etags ? { ...shownRow, etag: smsEtag(row, call.at) } : shownRow;
  });
}

function read(call: Call, ground: Ground): Answer {
  const row = ground.store.get("sms", call.parameters["id"] ?? "");
  return row === undefined ? refusal(404, "there is no such template") : shown(200, row, call, ground);
}

function replace(call: Call, ground: Ground): Answer {
  const row = ground.store.get("sms", call.parameters["id"] ?? "");
  if (row === undefined) return refusal(404, "there is no such template");
  const stale = checkMatch(call, row, ground);
  if (stale !== null) return stale;
  const shape = new Shape(call.body);
  const content = readContent(shape);
  const wanted = shape.choice("status", STATUSES);
  if (shape.has("id") && shape.value("id") !== row.id) shape.fail("id", "is not the id of the path");
  if (shape.errors.length > 0) return invalid(shape.errors);
  if (isTaken(content.name, row.id, ground)) return taken(content.name);
  const conflict = checkStatus(row, content, wanted, call, ground);
  if (conflict !== null) return conflict;
  const changed = changeSms(row, { ...content, ...nextStatus(content, wanted, call.at, ground) }, call.at, ground);
  return ground.settings.capabilities.smsAnswerBody ? shown(200, changed, call, ground) : { status: 204 };
}

/** 428 without If-Match, 412 when it names another state; weak tags never match (RFC 9110 §13.1.1). */
function checkMatch(call: Call, row: SmsRow, ground: Ground): Answer | null {
  if (!ground.settings.capabilities.etags) return null;
  const wanted = call.headers.get("if-match");
  if (wanted === null) {
    ground.note(call, "putWithoutIfMatch", "If-Match is missing");
    return refusal(428, "If-Match is required");
  }
  const etag = smsEtag(row, call.at);
  const isMatch = wanted.trim() === "*" || wanted.split(",").some((tag) => tag.trim() === etag);
  return isMatch ? null : refusal(412, "the template has changed since it was read");
}

function checkStatus(row: SmsRow, content: SmsContent, wanted: string, call: Call, ground: Ground): Answer | null {
  const status = smsStatus(row, call.at);
  const { capabilities } = ground.settings;
  if (status === "PENDING_REVIEW") return refusal(409, "the template is locked while it is reviewed");
  if (wanted === "PENDING_REVIEW" || wanted === "REJECTED") {
    if (wanted !== status) return invalid([{ field: "/status", message: "is set by the review alone" }]);
    return null;
  }
  if (wanted === "DRAFT" && status !== "DRAFT") return refusal(409, `a template that is ${status} cannot become DRAFT`);
  if (wanted === "DEPRECATED" && !capabilities.deprecate)
    return refusal(405, "this tenant cannot set the status DEPRECATED");
  if (wanted === "APPROVED" && status === "DEPRECATED" && !capabilities.reactivate) {
    return refusal(405, "this tenant cannot re-activate");
  }
  const isSame =
    row.content === content.content && row.fromAddress === content.fromAddress && row.name === content.name;
  if (wanted === "APPROVED" && status === "APPROVED" && isSame) {
    return refusal(409, "the template is approved already with this content");
  }
  return null;
}

function nextStatus(
  content: SmsContent,
  wanted: (typeof STATUSES)[number],
  at: number,
  ground: Ground,
): Pick<SmsRow, "status" | "verdict" | "reason"> {
  // A rejected template that is changed without a wish for approval is a draft again.
  if (wanted === "REJECTED" || wanted === "PENDING_REVIEW") return { status: "DRAFT", verdict: null, reason: null };
  if (wanted !== "APPROVED") return { status: wanted, verdict: null, reason: null };
  const contentDigest = digestOf(content.content);
  const subject = { kind: "SmsTemplate", name: content.name, contentDigest } as const;
  // Approval is the caller's act (CXONE-API §5); a review takes place only where a rule asks for one.
  const rule = ground.reviewer.ruleFor(subject);
  if (rule === undefined || (rule.decision === "approve" && rule.afterMs === undefined)) {
    return { status: "APPROVED", verdict: null, reason: null };
  }
  return { status: "REVIEW", verdict: ground.reviewer.judge(subject, at), reason: null };
}

function announceVerdict(row: SmsRow, verdict: Verdict, ground: Ground): void {
  if (verdict.outcome === "approve") announce(row, "template.approved", null, verdict.decideAt, ground);
  if (verdict.outcome === "reject") announce(row, "template.rejected", verdict.reason, verdict.decideAt, ground);
}

function announce(row: SmsRow, type: string, reason: string | null, dueAt: number, ground: Ground): void {
  const status = type === "template.approved" ? "APPROVED" : "REJECTED";
  ground.events.schedule({
    dueAt,
    type,
    about: row.id,
    detail: { template_id: row.id, name: row.name, status, reason },
  });
}
