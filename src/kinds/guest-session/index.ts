// GuestSession: a chat session opened once per generation; CXone ends it when it likes, and nothing follows from that. Source: CXONE-API §6.
import type { ReadApi } from "../../contract/api.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { Accepted, Observed, Target, WriteCall } from "../../contract/kind.ts";
import { once } from "../../contract/lifecycle.ts";
import { type From, idOf, listOf, objectOf, orMissing } from "../_shared/answer.ts";
import { rules, schemaCodes } from "./rules.ts";
import type { GuestSpec } from "./spec.ts";

interface GuestState {
  readonly channelId: string;
  readonly queueId: string;
  readonly language: readonly string[];
  readonly metadata: JsonObject;
  readonly callbackUrl: string;
}

const from: From = { family: "engage", path: "/api/v1/guests" };
const why = "a session was sent with other content; raise spec.generation to send another";

function observedSession(sessionId: string, statusText: string): Observed {
  return { remoteId: sessionId, remoteName: sessionId, status: "active", statusText, state: {}, revision: "" };
}

function accept(value: Json | undefined): Accepted | undefined {
  if (value === undefined) return undefined;
  const object = objectOf(value, from);
  return {
    observed: observedSession(idOf(object, "sessionId", from), "ACTIVE"),
    ...(typeof object["channelUrl"] === "string" ? { channelUrl: object["channelUrl"] } : {}),
  };
}

async function find(api: ReadApi, idempotencyKey: string): Promise<Observed | undefined> {
  const answer = await orMissing(api.get({ path: "guests", query: { idempotencyKey } }));
  const first = answer === undefined ? undefined : listOf(objectOf(answer.body, from), "items", from)[0];
  if (first === undefined) return undefined;
  const session = objectOf(first, from, "items");
  return observedSession(
    idOf(session, "sessionId", from),
    typeof session["status"] === "string" ? session["status"] : "ACTIVE",
  );
}

const operation = "send";

function bodyOf(state: JsonObject): JsonObject {
  return {
    channelId: state["channelId"] as string,
    queueId: state["queueId"] as string,
    language: state["language"] as Json,
    metadata: state["metadata"] as Json,
    callbackUrl: state["callbackUrl"] as string,
  };
}

function sending(target: Target): WriteCall {
  const body = bodyOf(target.state);
  return {
    operation,
    method: "POST",
    path: "guests",
    headers: { "X-CXone-Client": "cxform" },
    body: () => body,
    keyBody: body,
    remoteName: target.name,
    isTransition: false,
    accept: (answer) => accept(answer.body),
    readBack: find,
  };
}

async function precheck(api: ReadApi, state: JsonObject): Promise<{ status: string; reason: string } | undefined> {
  if (!api.capabilities.channels) return undefined;
  const channelId = state["channelId"] as string;
  const answer = await orMissing(api.get({ path: "channels", segments: [channelId] }));
  if (answer === undefined) return { status: "MISSING", reason: `CXone has no channel ${channelId}` };
  const channel = objectOf(answer.body, { family: "engage", path: "/api/v1/channels" });
  const status = typeof channel["status"] === "string" ? channel["status"] : "UNKNOWN";
  if (channel["programmaticGuests"] === false)
    return { status, reason: `channel ${channelId} does not allow programmatic guests` };
  if (status !== "ACTIVE") return { status, reason: `channel ${channelId} is ${status}` };
  return undefined;
}

export default once<GuestState>({
  name: "GuestSession",
  slug: "guest-session",
  folder: "sessions",
  family: "engage",
  refersTo: [],
  follows: [],
  rules,
  schemaCodes,
  sensitive: ["metadata"],
  address: (name) => `GuestSession/${name}`,
  references: () => [],
  normalise: ({ spec }: { spec: GuestSpec }) => ({
    channelId: spec.channelId,
    queueId: spec.queueId,
    language: [...spec.language],
    metadata: { ...spec.metadata },
    callbackUrl: spec.callbackUrl,
  }),
  fields: {
    channelId: { change: "forbid", why },
    queueId: { change: "forbid", why },
    language: { change: "forbid", why },
    metadata: { change: "forbid", why },
    callbackUrl: { change: "forbid", why },
  },
  generation: (spec) => (spec as unknown as GuestSpec).generation ?? 1,
  precheck,
  operation,
  keyBody: bodyOf,
  find,
  operations: { send: (on, target) => on.write(sending(target)) },
  pointerOf: (field) => `/spec${field}`,
});
