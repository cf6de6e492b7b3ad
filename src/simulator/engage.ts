// Guest sessions and channels (CXONE-API §6).
import { type Answer, type Call, invalid, ok, refusal } from "./answer.ts";
import type { Endpoint, Ground } from "./ground.ts";
import type { GuestRow } from "./rows.ts";
import { type JsonObject, Shape } from "./shape.ts";
import { isLoopback } from "./webhooks-out.ts";

const GUESTS = "/api/v1/guests";
const WRITE = ["digital:guest:write"];
/** The family has no scope for reading guests. */
const READ_GUEST = ["digital:guest:write", "digital:channel:read"];
/** A UUID of any version, or the tenant's own opaque id (RULES, GuestSession). */
const ID = /^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[a-z]+_[a-z0-9_-]+)$/i;
const MOST_METADATA_KEYS = 250;
const MOST_METADATA_BYTES = 8192;

export const engageEndpoints: readonly Endpoint[] = [
  { method: "POST", path: GUESTS, scopes: WRITE, answer: create },
  { method: "GET", path: GUESTS, scopes: READ_GUEST, answer: findByKey },
  { method: "GET", path: `${GUESTS}/:sessionId`, scopes: READ_GUEST, answer: read },
  { method: "GET", path: "/api/v1/channels/:id", scopes: ["digital:channel:read"], answer: readChannel },
];

/** Whether a session has not ended by a time. */
export function isActive(row: GuestRow, at: number): boolean {
  return row.endsAt === null || at < row.endsAt;
}

/** A session as CXone shows it. */
export function showGuest(row: GuestRow, at: number): JsonObject {
  const { sessionId, channelId, queueId, metadata } = row;
  return { sessionId, status: isActive(row, at) ? "ACTIVE" : "ENDED", channelId, queueId, metadata };
}

/** Ends a session at a time and tells its callback. Inside a turn of the store. */
export function endGuest(row: GuestRow, endsAt: number, ground: Ground): void {
  ground.events.cancel(row.sessionId);
  ground.store.put("guests", row.sessionId, { ...row, endsAt });
  announce(row, "session.ended", "ENDED", endsAt, ground);
}

function create(call: Call, ground: Ground): Answer {
  for (const [name, wanted] of [
    ["x-request-id", /./],
    ["x-cxone-client", /^cxform$/],
  ] as const) {
    if (!wanted.test(call.headers.get(name) ?? "")) ground.note(call, "headerMissing", name);
  }
  const shape = new Shape(call.body);
  const content = {
    channelId: shape.text("channelId", { form: ID, formInWords: "a UUID or an id of the tenant" }),
    queueId: shape.text("queueId", { form: ID, formInWords: "a UUID or an id of the tenant" }),
    language: readLanguages(shape),
    metadata: readMetadata(shape),
    callbackUrl: readCallback(shape),
  };
  if (shape.errors.length > 0) return invalid(shape.errors);
  const denial = checkAccess(content.channelId, content.queueId, ground);
  if (denial !== null) return denial;
  const { sessionLifeMs } = ground.settings;
  const row: GuestRow = {
    sessionId: ground.newId(),
    ...content,
    idempotencyKey: call.headers.get("x-idempotency-key"),
    createdAt: call.at,
    endsAt: sessionLifeMs === null ? null : call.at + sessionLifeMs,
  };
  ground.store.put("guests", row.sessionId, row);
  announce(row, "session.created", "ACTIVE", call.at, ground);
  if (row.endsAt !== null) announce(row, "session.ended", "ENDED", row.endsAt, ground);
  const channelUrl = `https://engage.example/channels/${encodeURIComponent(row.channelId)}/sessions/${row.sessionId}`;
  return ok(201, { sessionId: row.sessionId, channelUrl });
}

function checkAccess(channelId: string, queueId: string, ground: Ground): Answer | null {
  const channel = ground.settings.channels.get(channelId);
  if (channel?.isKnown === false) return refusal(403, "the channel is not known to this tenant");
  if (channel?.programmaticGuests === false) return refusal(403, "the channel does not allow programmatic guests");
  if ((channel?.status ?? "ACTIVE") !== "ACTIVE") return refusal(403, `the channel is ${channel?.status}`);
  return ground.settings.deniedQueues.has(queueId) ? refusal(403, "the queue is not allowed") : null;
}

function readLanguages(shape: Shape): readonly string[] {
  const languages = shape.texts("language", { min: 1, max: 5 });
  languages.forEach((tag, index) => {
    if (!/^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(tag)) shape.fail(`language/${index}`, "is no well-formed language tag");
  });
  return languages;
}

function readMetadata(shape: Shape): JsonObject {
  const metadata = shape.object("metadata");
  const entries = Object.entries(metadata);
  if (entries.length > MOST_METADATA_KEYS) {
    shape.fail("metadata", `has ${entries.length} keys; at most ${MOST_METADATA_KEYS}`);
  }
  if (entries.some(([, value]) => !["string", "number", "boolean"].includes(typeof value))) {
    shape.fail("metadata", "holds a value that is no string, number or boolean");
  }
  const bytes = Buffer.byteLength(JSON.stringify(metadata), "utf8");
  if (bytes > MOST_METADATA_BYTES) shape.fail("metadata", `has ${bytes} bytes; at most ${MOST_METADATA_BYTES}`);
  return metadata;
}

function readCallback(shape: Shape): string {
  const url = shape.text("callbackUrl", { max: 2000 });
  const isSafe = URL.canParse(url) && (new URL(url).protocol === "https:" || isLoopback(url));
  if (url !== "" && !isSafe) shape.fail("callbackUrl", "must be an https URL");
  return url;
}

/** How a lost answer is resolved: also when keys are not honoured, the session remembers its own. */
function findByKey(call: Call, ground: Ground): Answer {
  const key = call.query.get("idempotencyKey");
  if (key === null || key === "") return invalid([{ field: "idempotencyKey", message: "is required" }]);
  const found = [...ground.store.all("guests")].filter((row) => row.idempotencyKey === key);
  return ok(200, { items: found.map((row) => showGuest(row, call.at)) });
}

function read(call: Call, ground: Ground): Answer {
  const row = ground.store.get("guests", call.parameters["sessionId"] ?? "");
  return row === undefined ? refusal(404, "there is no such session") : ok(200, showGuest(row, call.at));
}

/** Every well-formed id is an open channel unless the settings say otherwise. */
function readChannel(call: Call, ground: Ground): Answer {
  const id = call.parameters["id"] ?? "";
  const rule = ground.settings.channels.get(id);
  const isKnown = ground.settings.capabilities.channels && (rule?.isKnown ?? ID.test(id));
  if (!isKnown) return refusal(404, "there is no such channel");
  return ok(200, { id, status: rule?.status ?? "ACTIVE", programmaticGuests: rule?.programmaticGuests ?? true });
}

function announce(row: GuestRow, type: string, channelState: string, dueAt: number, ground: Ground): void {
  const { sessionId, metadata } = row;
  ground.events.schedule({ dueAt, type, about: sessionId, detail: { sessionId, type, channelState, metadata } });
}
