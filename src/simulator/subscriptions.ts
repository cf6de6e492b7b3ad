// Webhook subscriptions and the audit sink (CXONE-API §5). A secret goes in and never comes out.
import { type Answer, type Call, invalid, ok, refusal } from "./answer.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { answerPage } from "./paging.ts";
import type { SubscriptionRow } from "./rows.ts";
import { isObject, type JsonObject, Shape } from "./shape.ts";
import { isLoopback } from "./webhooks-out.ts";

const PATH = "/api/v1/webhooks";
const READ = ["messaging:read"];
const WRITE = ["webhooks:write"];
/** In bytes (CXONE-API §8). */
const SHORTEST_SECRET = 24;

export const subscriptionEndpoints: readonly Endpoint[] = [
  { method: "POST", path: PATH, scopes: WRITE, answer: create },
  { method: "GET", path: PATH, scopes: READ, isList: true, answer: list },
  { method: "PUT", path: `${PATH}/:id`, scopes: WRITE, answer: change },
  { method: "DELETE", path: `${PATH}/:id`, scopes: WRITE, answer: remove },
  { method: "POST", path: "/api/v1/audit/logs", scopes: ["messaging:write"], answer: keepAudit },
];

/** A subscription as CXone shows it: without its secret. */
export function showSubscription({ id, url, events }: SubscriptionRow): JsonObject {
  return { id, url, events };
}

function create(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  const content = { url: readUrl(shape), events: shape.texts("events", { min: 1 }), secret: readSecret(shape) };
  if (shape.errors.length > 0) return invalid(shape.errors);
  if (isTaken(content.url, null, ground)) return taken();
  const row: SubscriptionRow = { id: ground.newId(), ...content, createdAt: call.at };
  ground.store.put("subscriptions", row.id, row);
  return ok(201, showSubscription(row));
}

function list(call: Call, ground: Ground): Answer {
  const { store } = ground;
  const show = (id: string): JsonObject => showSubscription(store.get("subscriptions", id) as SubscriptionRow);
  return answerPage(call, store.ids("subscriptions"), show);
}

function change(call: Call, ground: Ground): Answer {
  const row = ground.store.get("subscriptions", call.parameters["id"] ?? "");
  if (row === undefined) return refusal(404, "there is no such webhook");
  const shape = new Shape(call.body);
  const changed: SubscriptionRow = {
    ...row,
    url: shape.has("url") ? readUrl(shape) : row.url,
    events: shape.has("events") ? shape.texts("events", { min: 1 }) : row.events,
    secret: shape.has("secret") ? readSecret(shape) : row.secret,
  };
  if (shape.errors.length > 0) return invalid(shape.errors);
  if (isTaken(changed.url, row.id, ground)) return taken();
  ground.store.put("subscriptions", row.id, changed);
  return ok(200, showSubscription(changed));
}

function remove(call: Call, ground: Ground): Answer {
  const id = call.parameters["id"] ?? "";
  if (ground.store.get("subscriptions", id) === undefined) return refusal(404, "there is no such webhook");
  ground.store.remove("subscriptions", id);
  return { status: 204 };
}

function keepAudit(call: Call, ground: Ground): Answer {
  const shape = new Shape(call.body);
  const timestamp = shape.text("timestamp");
  if (timestamp !== "" && Number.isNaN(Date.parse(timestamp))) shape.fail("timestamp", "must be an ISO 8601 time");
  for (const field of ["template_id", "action", "status", "operator_id"]) shape.text(field);
  shape.number("latency_ms", 0);
  shape.boolean("carrier_ready");
  if (shape.errors.length > 0 || !isObject(call.body)) return invalid(shape.errors);
  const id = ground.newId();
  ground.store.put("audit", id, { id, record: call.body });
  return ok(201, { id });
}

function readUrl(shape: Shape): string {
  const url = shape.text("url", { max: 2000 });
  const isSafe = URL.canParse(url) && (new URL(url).protocol === "https:" || isLoopback(url));
  if (url !== "" && !isSafe) shape.fail("url", "must be an https URL");
  return url;
}

function readSecret(shape: Shape): string {
  const secret = shape.text("secret");
  const bytes = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice(6), "base64").length
    : Buffer.byteLength(secret, "utf8");
  if (secret !== "" && bytes < SHORTEST_SECRET) shape.fail("secret", `has ${bytes} bytes; at least ${SHORTEST_SECRET}`);
  return secret;
}

/** One subscription a url (INTERFACE §3). */
function isTaken(url: string, exceptId: string | null, ground: Ground): boolean {
  for (const row of ground.store.all("subscriptions")) if (row.url === url && row.id !== exceptId) return true;
  return false;
}

function taken(): Answer {
  return refusal(409, "a webhook for this url exists", [{ field: "/url", message: "is taken" }]);
}
