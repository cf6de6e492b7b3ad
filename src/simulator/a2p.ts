// A2P registrations (CXONE-API §5): made for an approved SMS template, decided by the carrier as time passes.
import { type Answer, type Call, invalid, iso, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { answerPage } from "./paging.ts";
import { type Standing, standingOf } from "./reviewer.ts";
import type { A2pRow } from "./rows.ts";
import { type JsonObject, Shape } from "./shape.ts";
import { smsStatus } from "./sms.ts";

const PATH = "/api/v1/a2p/registrations";
const STAGES = { pending: "PENDING", review: "PENDING", approved: "REGISTERED", rejected: "REJECTED" } as const;

export const a2pEndpoints: readonly Endpoint[] = [
  { method: "POST", path: PATH, scopes: ["a2p:write"], answer: register },
  { method: "GET", path: PATH, scopes: ["messaging:read"], isList: true, answer: list },
];

/** Status, reason and since when, at a time. */
export function a2pStanding(row: A2pRow, at: number): Standing {
  return standingOf({ ...row, submittedAt: row.createdAt }, at, STAGES);
}

/** A registration as CXone shows it. */
export function showA2p(row: A2pRow, at: number): JsonObject {
  const { status, reason } = a2pStanding(row, at);
  return {
    id: row.id,
    template_id: row.templateId,
    campaign_name: row.campaignName,
    message_class: row.messageClass,
    opt_in_language: row.optInLanguage,
    status,
    ...(reason === null ? {} : { rejection_reason: reason }),
    created_at: iso(row.createdAt),
  };
}

/** Sets a status, as a person does. Inside a turn of the store. */
export function forceA2p(row: A2pRow, status: string, reason: string | null, at: number, ground: Ground): void {
  ground.store.put("a2p", row.id, { ...row, forced: { status, reason, at } });
  ground.events.cancel(row.id);
  if (status === STAGES.approved) announce(row, at, ground);
}

function register(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  const content = {
    templateId: shape.text("template_id"),
    campaignName: shape.text("campaign_name", { max: 255 }),
    messageClass: shape.text("message_class", { max: 100 }),
    optInLanguage: shape.text("opt_in_language", { max: 2048 }),
  };
  if (shape.errors.length > 0) return invalid(shape.errors);
  const template = ground.store.get("sms", content.templateId);
  if (template === undefined) return invalid([{ field: "/template_id", message: "names no template" }]);
  const status = smsStatus(template, call.at);
  if (status !== "APPROVED") return refusal(409, `the template is ${status}; only an APPROVED one can be registered`);
  for (const row of ground.store.all("a2p")) {
    if (row.templateId === template.id && a2pStanding(row, call.at).status !== STAGES.rejected) {
      return refusal(409, "the template is registered already");
    }
  }
  const verdict = ground.reviewer.judge(
    { kind: "A2pRegistration", name: template.name, contentDigest: digestOf(JSON.stringify(content)) },
    call.at,
  );
  const row: A2pRow = { id: ground.newId(), ...content, createdAt: call.at, verdict, forced: null };
  ground.store.put("a2p", row.id, row);
  if (verdict.outcome === "approve") announce(row, verdict.decideAt, ground);
  return ok(201, showA2p(row, call.at));
}

function list(call: Call, ground: Ground): Answer {
  return answerPage(call, ground.store.ids("a2p"), (id) => showA2p(ground.store.get("a2p", id) as A2pRow, call.at));
}

function announce(row: A2pRow, dueAt: number, ground: Ground): void {
  const detail = { registration_id: row.id, template_id: row.templateId, status: STAGES.approved };
  ground.events.schedule({ dueAt, type: "a2p.registered", about: row.id, detail });
}
