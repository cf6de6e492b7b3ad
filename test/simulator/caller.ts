// A well-mannered caller of the simulator for its tests: tokens, headers and a clock that tests move. It imports no engine.
import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { type Family, type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";

export const START = Date.parse("2026-11-20T10:00:00Z");

const SCOPES: Record<Family, string> = {
  omnichannel: "",
  digital: "interactions.digital.templates.read interactions.digital.templates.write",
  messaging: "messaging:read messaging:write a2p:write webhooks:write",
  engage: "digital:guest:write digital:channel:read",
  preferences: "",
};

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string | null;
  readonly token?: string;
  readonly headers?: Record<string, string | undefined>;
  /** Sent as it is. */
  readonly text?: string;
}

export interface Got {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every form
  readonly body: any;
  readonly text: string;
  readonly headers: Headers;
}

export interface Caller {
  readonly simulator: Simulator;
  readonly clock: { at: number };
  token(family: Family, scope?: string): Promise<string>;
  call(family: Family, path: string, sent?: Sent): Promise<Got>;
}

/** Starts a simulator whose clock stands still unless a test moves it; it is closed with the test. */
export async function start(context: TestContext, options: SimulatorOptions = {}): Promise<Caller> {
  const clock = { at: START };
  const simulator = await startSimulator({ seed: "test", now: () => clock.at, ...options });
  context.after(() => simulator.close());
  return attach(simulator, clock);
}

export function attach(simulator: Simulator, clock: { at: number } = { at: START }): Caller {
  const tokens = new Map<string, string>();
  const token = async (family: Family, scope?: string): Promise<string> => {
    const name = `${family} ${scope}`;
    const value = tokens.get(name) ?? (await requestToken(simulator, family, scope)).body.access_token;
    tokens.set(name, value);
    return value;
  };
  return {
    simulator,
    clock,
    token,
    call: async (family, path, sent = {}) => {
      const { method = "GET", key = randomUUID(), body, text } = sent;
      const headers: Record<string, string | undefined> = {
        authorization: `Bearer ${sent.token ?? (await token(family))}`,
        accept: "application/json",
        "user-agent": "cxform/test",
        "x-request-id": randomUUID(),
        ...(body !== undefined || text !== undefined ? { "content-type": "application/json" } : {}),
        ...(method === "GET" || key === null ? {} : { "x-idempotency-key": key }),
        ...sent.headers,
      };
      const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const answer = await fetch(simulator.families[family].baseUrl + path, {
        method,
        headers: given,
        redirect: "manual",
        ...(body !== undefined || text !== undefined ? { body: text ?? JSON.stringify(body) } : {}),
      });
      return got(answer);
    },
  };
}

export async function got(answer: Response): Promise<Got> {
  const text = await answer.text();
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  return { status: answer.status, text, headers: answer.headers, body: isJson ? parse(text) : undefined };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Asks for a token in the style of the family. */
export async function requestToken(
  simulator: Simulator,
  family: Family,
  scope = SCOPES[family],
  { id = "local", secret = "local-secret" } = {},
): Promise<Got> {
  const fields = new URLSearchParams({ grant_type: "client_credentials" });
  const headers: Record<string, string> = {};
  if (family === "preferences") headers["authorization"] = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  else {
    fields.set("client_id", id);
    fields.set("client_secret", secret);
  }
  if (scope !== "") fields.set("scope", scope);
  const { tokenUrl } = simulator.families[family];
  if (family === "engage") return got(await fetch(`${tokenUrl}?${fields}`, { method: "POST" }));
  return got(await fetch(tokenUrl, { method: "POST", headers, body: fields }));
}

export const WHATSAPP = "/api/v2/omnichannel/messaging/templates";
export const DIGITAL = "/api/v1/interactions/digital/templates";
export const SMS = "/api/v1/messaging/templates";
export const A2P = "/api/v1/a2p/registrations";
export const WEBHOOKS = "/api/v1/webhooks";
export const GUESTS = "/api/v1/guests";
export const BATCH = "/api/v2/preferences/batch";

export function whatsApp(name: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    channel: "whatsapp",
    language: "en_US",
    category: "UTILITY",
    body: `Hello {{1}}, your order ${name} is on its way.`,
    header: null,
    footer: null,
    buttons: [],
    examples: { "1": "Ada" },
    status: "PENDING",
    ...more,
  };
}

export function digital(templateId: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    templateId,
    version: "v1.0",
    channels: ["whatsapp"],
    locale: "en-US",
    contentBlocks: [{ id: "main", type: "text", content: "Hello {{customer.name}}" }],
    variables: ["customer.name"],
    metadata: { createdBy: "cxform", timestamp: 1_700_000_000 },
    ...more,
  };
}

export function consent(more: Record<string, unknown> = {}): Record<string, unknown> {
  const isOut = more["optIn"] === false;
  return {
    contactId: "a1b2c3d4-e5f6-4890-abcd-ef1234567890",
    channel: "email",
    optIn: true,
    consentTimestamp: isOut ? null : "2026-01-15T10:30:00Z",
    withdrawalTimestamp: isOut ? "2026-01-15T10:30:00Z" : null,
    regulatoryRegion: "GDPR",
    source: "crm",
    idempotencyKey: randomUUID(),
    ...more,
  };
}
