// What an event that came in says, read from its body by the documented fields alone (CXONE-API §3, §5, §6, §8). Pure; it believes nothing.
import type { ReceiverRoute } from "../contract/config.ts";
import type { Json, JsonObject } from "../contract/json.ts";

/** What the receiver does about it, beside keeping it. */
export type Wakes = "settle" | "cms";

export interface Reading {
  /** What happened, such as `template.approved`; `unknown` where that is no word. */
  readonly type: string;
  readonly wakes?: Wakes;
  /** What it says of a template or a registration. */
  readonly claim?: { readonly subject: string; readonly status: string };
  /** What a callback of the CMS is about. */
  readonly name?: string;
  /** When it happened by its own account, epoch milliseconds. */
  readonly happenedAt?: number;
  /** A guest's session and what the CRM is told of it. */
  readonly guest?: Guest;
  /** Whose event it claims to be. */
  readonly tenants: readonly string[];
}

export interface Guest {
  readonly sessionId: string;
  readonly eventType: string;
  readonly channelState: string | null;
  readonly metadata: JsonObject;
}

const claims: Readonly<Record<string, string>> = {
  "template.approved": "APPROVED",
  "template.rejected": "REJECTED",
  "a2p.registered": "REGISTERED",
};

/** Whether a claimed status is a decision; a review that goes on is none. */
export function isDecision(status: string): boolean {
  return Object.values(claims).includes(status.toUpperCase());
}

/** Unknown events read as `unknown` without a consequence; nothing throws. */
export function readEvent(route: ReceiverRoute, body: Json): Reading {
  const event = isObject(body) ? body : {};
  const inner = isObject(event["data"]) ? event["data"] : {};
  return { tenants: tenantsOf(event, inner), ...readers[route](event, inner) };
}

const readers: Readonly<Record<ReceiverRoute, (event: JsonObject, inner: JsonObject) => Omit<Reading, "tenants">>> = {
  "cxone-template-status": (event) => {
    const subject = identifier(event["templateId"]);
    const status = word(event["status"]);
    if (subject === undefined || status === undefined) return { type: "unknown" };
    return { type: "template.status", wakes: "settle", claim: { subject, status } };
  },
  "cxone-events": (event, inner) => {
    const type = word(event["type"]) ?? word(event["event"]);
    const status = type === undefined || !Object.hasOwn(claims, type) ? undefined : claims[type];
    if (type === undefined) return { type: "unknown" };
    if (status === undefined) return { type };
    const subject =
      type === "a2p.registered"
        ? (identifier(inner["registration_id"]) ?? identifier(inner["template_id"]))
        : identifier(inner["template_id"]);
    const happenedAt = typeof event["timestamp"] === "string" ? Date.parse(event["timestamp"]) : Number.NaN;
    return {
      type,
      wakes: "settle",
      ...(subject === undefined ? {} : { claim: { subject, status } }),
      ...(Number.isSafeInteger(happenedAt) ? { happenedAt } : {}),
    };
  },
  "cxone-guest": (event) => {
    const sessionId = identifier(event["sessionId"]);
    const eventType = word(event["type"]);
    if (sessionId === undefined || eventType === undefined) return { type: "unknown" };
    const { channelState, metadata } = event;
    return {
      type: eventType,
      guest: {
        sessionId,
        eventType,
        channelState: typeof channelState === "string" ? channelState : null,
        metadata: isObject(metadata) ? metadata : {},
      },
    };
  },
  cms: (event) => {
    const name = label(event["name"]);
    return { type: word(event["event"]) ?? "unknown", wakes: "cms", ...(name === undefined ? {} : { name }) };
  },
};

/** A tenant that is no text is nobody's. */
function tenantsOf(...places: readonly JsonObject[]): readonly string[] {
  return places.flatMap((place) =>
    ["tenant", "tenantId"].flatMap((field) => {
      const value = Object.hasOwn(place, field) ? place[field] : undefined;
      if (value === undefined || value === null) return [];
      return [typeof value === "string" ? value : JSON.stringify(value)];
    }),
  );
}

/** A name of an event or a status: it is shown and recorded. */
function word(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^[A-Za-z][\w.:-]{0,63}$/.test(value) ? value : undefined;
}

/** It reaches a workflow, where a careless script may read more into it than a name. */
function label(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^[\w./:@-]{1,128}$/.test(value) ? value : undefined;
}

function identifier(value: Json | undefined): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]{1,128}$/.test(value) ? value : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
