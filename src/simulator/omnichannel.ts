// WhatsApp templates (CXONE-API §3): submitted, reviewed by Meta as time passes, retired and re-activated.
import { type Answer, type Call, invalid, iso, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { answerPage } from "./paging.ts";
import { type Standing, standingOf } from "./reviewer.ts";
import type { WhatsAppRow } from "./rows.ts";
import { isObject, type JsonObject, Shape } from "./shape.ts";

const PATH = "/api/v2/omnichannel/messaging/templates";
const READ = ["omnichannel:messaging:templates:read"];
const WRITE = ["omnichannel:messaging:templates:write"];
const CATEGORIES = ["AUTHENTICATION", "MARKETING", "UTILITY"] as const;
const HEADER_FORMATS = ["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"] as const;
const BUTTON_TYPES = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE"] as const;
const STAGES = { pending: "PENDING", review: "IN_REVIEW", approved: "APPROVED", rejected: "REJECTED" } as const;
const RETIRABLE = ["APPROVED", "PAUSED", "REJECTED"];

/** What a caller of `submitWhatsApp` gives; see RULES, WhatsAppTemplate, for the limits. */
export type WhatsAppContent = Pick<
  WhatsAppRow,
  "name" | "language" | "category" | "body" | "header" | "footer" | "buttons" | "examples"
>;

export const omnichannelEndpoints: readonly Endpoint[] = [
  { method: "POST", path: PATH, scopes: WRITE, answer: submit },
  { method: "GET", path: PATH, scopes: READ, isList: true, answer: list },
  { method: "GET", path: `${PATH}/:id`, scopes: READ, answer: read },
  { method: "PUT", path: `${PATH}/:id`, scopes: WRITE, answer: setStatus },
];

/** Status, reason and since when, at a time. */
export function whatsAppStanding(row: WhatsAppRow, at: number): Standing {
  return standingOf(row, at, STAGES);
}

/** A template as CXone shows it. */
export function showWhatsApp(row: WhatsAppRow, at: number): JsonObject {
  const standing = whatsAppStanding(row, at);
  return {
    id: row.id,
    name: row.name,
    channel: "whatsapp",
    language: row.language,
    ...(row.category === null ? {} : { category: row.category }),
    body: row.body,
    header: row.header,
    footer: row.footer,
    buttons: row.buttons,
    examples: row.examples,
    status: standing.status,
    rejectionReason: standing.reason,
    createdAt: iso(row.submittedAt),
    updatedAt: iso(Math.max(standing.since, row.editedAt)),
  };
}

/** Stores a template and lets the reviewer decide. Inside a turn of the store. */
export function submitWhatsApp(content: WhatsAppContent, at: number, ground: Ground): WhatsAppRow {
  const { name, language } = content;
  const twin = content.category === "AUTHENTICATION" ? undefined : findTwin(content, at, ground);
  const contentDigest = digestOf(JSON.stringify([content.body, content.header, content.footer, content.buttons]));
  const verdict = ground.reviewer.judge(
    { kind: "WhatsAppTemplate", name, language, contentDigest, ...(twin === undefined ? {} : { duplicateOf: twin }) },
    at,
  );
  const row: WhatsAppRow = {
    id: ground.newId(),
    ...content,
    submittedAt: at,
    editedAt: at,
    verdict,
    forced: null,
    hasBeenApproved: false,
  };
  ground.store.put("whatsapp", row.id, row);
  announceReview(row, ground);
  return row;
}

/** Sets a status, as a call or a person does, and tells whoever listens when `isTold`. Inside a turn of the store. */
export function forceWhatsApp(
  row: WhatsAppRow,
  change: { readonly status: string; readonly reason: string | null; readonly at: number; readonly isTold: boolean },
  ground: Ground,
): WhatsAppRow {
  const { status, reason, at } = change;
  const wasApproved = ["APPROVED", "PAUSED"].includes(whatsAppStanding(row, at).status);
  const hasBeenApproved = row.hasBeenApproved || wasApproved || status === "APPROVED";
  const forced: WhatsAppRow = { ...row, forced: { status, reason, at }, hasBeenApproved };
  ground.store.put("whatsapp", row.id, forced);
  ground.events.cancel(row.id);
  if (change.isTold) announce(row.id, status, reason, at, ground);
  return forced;
}

function submit(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  shape.choice("channel", ["whatsapp"]);
  shape.choice("status", ["PENDING"]);
  const content: WhatsAppContent = {
    name: shape.text("name", {
      max: 512,
      form: /^[a-z0-9_]+$/,
      formInWords: "lower-case letters, digits and underscores",
    }),
    language: shape.text("language", {
      form: /^[a-z]{2,3}(_[A-Z]{2,3})?$/,
      formInWords: "one of Meta's codes, such as en or en_US",
    }),
    category: (shape.value("category") ?? null) === null ? null : shape.choice("category", CATEGORIES),
    body: shape.text("body", { max: 1024 }),
    header: readHeader(shape),
    footer: shape.textOrNull("footer", { max: 60 }),
    buttons: readButtons(shape),
    examples: readExamples(shape),
  };
  if (shape.errors.length > 0) return invalid(shape.errors);
  const { name, language } = content;
  for (const row of ground.store.all("whatsapp")) {
    if (row.name === name && row.language === language) {
      return refusal(409, `the template ${name} in ${language} exists`, [{ field: "/name", message: "is taken" }]);
    }
  }
  return ok(201, showWhatsApp(submitWhatsApp(content, call.at, ground), call.at));
}

function readHeader(shape: Shape): unknown {
  const header = shape.value("header");
  if (header === undefined || header === null) return null;
  if (!isObject(header)) return shape.text("header", { max: 60 });
  const inner = new Shape(header, "/header");
  inner.choice("format", HEADER_FORMATS);
  if (inner.value("format") === "TEXT") inner.text("text", { max: 60 });
  shape.errors.push(...inner.errors);
  return header;
}

function readButtons(shape: Shape): readonly unknown[] {
  if (shape.value("buttons") === undefined || shape.value("buttons") === null) return [];
  const buttons = shape.list("buttons", { max: 10 });
  buttons.forEach((button, index) => {
    const inner = new Shape(button, `/buttons/${index}`);
    const type = inner.choice("type", BUTTON_TYPES);
    // Meta words the label of a code button itself.
    if (type !== "COPY_CODE" || inner.has("text")) inner.text("text", { max: 25 });
    if (type === "URL") inner.text("url", { max: 2000 });
    if (type === "PHONE_NUMBER") inner.text("phoneNumber", { max: 20 });
    shape.errors.push(...inner.errors);
  });
  return buttons;
}

function readExamples(shape: Shape): JsonObject {
  if (shape.value("examples") === undefined || shape.value("examples") === null) return {};
  const examples = shape.object("examples");
  for (const [name, value] of Object.entries(examples)) {
    if (typeof value !== "string") shape.fail(`examples/${name}`, "must be a string");
  }
  return examples;
}

/** Meta rejects the words of another template of that language (DESIGN §4 row 7). */
function findTwin(content: WhatsAppContent, at: number, ground: Ground): string | undefined {
  for (const row of ground.store.all("whatsapp")) {
    const isTwin = row.language === content.language && row.body === content.body && row.footer === content.footer;
    if (isTwin && row.category !== "AUTHENTICATION" && whatsAppStanding(row, at).status !== "REJECTED") {
      return `${row.name} (${row.language})`;
    }
  }
  return undefined;
}

function list(call: Call, ground: Ground): Answer {
  const name = call.query.get("name");
  const status = call.query.get("status");
  const rowOf = (id: string): WhatsAppRow => ground.store.get("whatsapp", id) as WhatsAppRow;
  const ids = ground.store.ids("whatsapp");
  const wanted =
    name === null && status === null
      ? ids
      : ids.filter(
          (id) =>
            (name === null || rowOf(id).name === name) &&
            (status === null || whatsAppStanding(rowOf(id), call.at).status === status),
        );
  return answerPage(call, wanted, (id) => showWhatsApp(rowOf(id), call.at));
}

function read(call: Call, ground: Ground): Answer {
  const row = ground.store.get("whatsapp", call.parameters["id"] ?? "");
  return row === undefined ? refusal(404, "there is no such template") : ok(200, showWhatsApp(row, call.at));
}

function setStatus(call: Call, ground: Ground): Answer {
  const row = ground.store.get("whatsapp", call.parameters["id"] ?? "");
  if (row === undefined) return refusal(404, "there is no such template");
  const shape = new Shape(call.body);
  const wanted = shape.choice("status", ["DEPRECATED", "APPROVED"]);
  for (const field of Object.keys(isObject(call.body) ? call.body : {})) {
    if (field !== "status") shape.fail(field, "cannot be changed; submit a new template");
  }
  if (shape.errors.length > 0) return invalid(shape.errors);
  const { capabilities } = ground.settings;
  const can = wanted === "DEPRECATED" ? capabilities.deprecate : capabilities.reactivate;
  if (!can) return refusal(405, `this tenant cannot set the status ${wanted}`);
  const { status } = whatsAppStanding(row, call.at);
  const isAllowed =
    wanted === "DEPRECATED" ? RETIRABLE.includes(status) : status === "DEPRECATED" && row.hasBeenApproved;
  if (!isAllowed) return refusal(409, `a template that is ${status} cannot become ${wanted}`);
  const change = { status: wanted, reason: null, at: call.at, isTold: false };
  return ok(200, showWhatsApp(forceWhatsApp(row, change, ground), call.at));
}

function announceReview(row: WhatsAppRow, ground: Ground): void {
  const { outcome, reason, reviewAt, decideAt } = row.verdict;
  if (reviewAt < decideAt || outcome === "never") announce(row.id, STAGES.review, null, reviewAt, ground);
  if (outcome === "approve") announce(row.id, STAGES.approved, null, decideAt, ground);
  if (outcome === "reject") announce(row.id, STAGES.rejected, reason, decideAt, ground);
}

function announce(id: string, status: string, reason: string | null, dueAt: number, ground: Ground): void {
  if (ground.settings.statusWebhook === undefined) return;
  const detail = { templateId: id, status, rejectionReason: reason };
  ground.events.schedule({ dueAt, type: "whatsapp.status", about: id, detail });
}
