// An independent double of CXone after CXONE-API.md alone: tokens, strictness, faults and the record of every request. It must not know the product.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messaging } from "./messaging.ts";
import { engage, preferences } from "./people.ts";
import { newState, type State } from "./state.ts";
import { digital, omnichannel } from "./templates.ts";
import { type Answer, type Exchange, type Family, type Fault, families, type Route, refuse } from "./wire.ts";

const scopesOf: Readonly<Record<Family, readonly string[]>> = {
  omnichannel: ["omnichannel:messaging:templates:read", "omnichannel:messaging:templates:write"],
  digital: [
    "interactions.digital.templates.read",
    "interactions.digital.templates.write",
    "interactions.digital.messages.write",
  ],
  messaging: ["messaging:read", "messaging:write", "a2p:write", "webhooks:write"],
  engage: ["digital:guest:write", "digital:channel:read"],
  preferences: ["preferences:write", "preferences:read", "contacts:read"],
};
const tokenPath: Readonly<Record<Family, string>> = {
  omnichannel: "/api/v2/oauth/token",
  digital: "/oauth/token",
  messaging: "/oauth/token",
  engage: "/oauth2/token",
  preferences: "/oauth/token",
};
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const uuid5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The one client that the double knows; the secret holds every character that an encoding could spoil. */
export const client = { id: "client-one +ü", secret: "s3cret+/&=%:?ü-CANARY-secret" } as const;

export type Double = State & {
  readonly exchanges: Exchange[];
  /** What a client did that the contract does not allow; a test asserts that it is empty. */
  readonly wrongs: string[];
  /** Called after each request, with the memory as it then is. */
  readonly watchers: ((exchange: Exchange) => void)[];
  /** Awaited before a request is executed and before it is answered. */
  pause: ((phase: "arrived" | "executed", method: string, path: string) => Promise<void>) | null;
  readonly baseUrl: (family: Family) => string;
  readonly tokenUrl: (family: Family) => string;
  readonly fault: (fault: Fault) => void;
  endFaults(): void;
  readonly pendingFaults: () => number;
  readonly expireTokens: () => void;
  /** What the next tokens may do at most; null for all. */
  scopes: readonly string[] | null;
  readonly approve: (name: string, language?: string) => void;
  readonly decide: (name: string, status: string, reason?: string, language?: string) => void;
  readonly close: () => Promise<void>;
};
type Received = {
  family: Family;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  raw: string;
  body: unknown;
};
type Tokens = Map<string, { readonly family: Family; readonly scopes: readonly string[] }>;
type Desk = {
  readonly double: Double;
  readonly tokens: Tokens;
  readonly routes: Readonly<Record<Family, readonly Route[]>>;
  readonly seen: Set<string>;
  readonly keys: Map<string, string>;
};

async function receive(request: IncomingMessage, family: Family, prefix: string): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks).toString("utf8");
  const url = new URL(request.url ?? "/", "http://double");
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  let body: unknown;
  try {
    body = raw === "" ? undefined : JSON.parse(raw);
  } catch {
    body = undefined;
  }
  return {
    family,
    method: request.method ?? "GET",
    path: url.pathname.slice(prefix.length),
    query: url.searchParams,
    headers,
    raw,
    body,
  };
}

const formEncoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);

function credentialsIn(
  received: Received,
  wrong: (what: string) => void,
): { id: string | null; secret: string | null; form: URLSearchParams } {
  const form = new URLSearchParams(received.raw);
  const isForm = (received.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  if (received.family === "engage") {
    if (received.raw !== "") wrong("a query token request has a body");
    return { id: received.query.get("client_id"), secret: received.query.get("client_secret"), form: received.query };
  }
  if (!isForm) wrong("a token request is no form");
  if ([...received.query].length > 0) wrong("a token request has a query");
  if (received.family !== "preferences") return { id: form.get("client_id"), secret: form.get("client_secret"), form };
  const [scheme, value] = (received.headers.authorization ?? "").split(" ");
  const pair = Buffer.from(value ?? "", "base64").toString("utf8");
  const at = pair.indexOf(":");
  if (scheme !== "Basic") wrong("the token request is not basic");
  if (form.has("client_secret") || form.has("client_id"))
    wrong("a basic token request repeats the credentials in the form");
  // RFC 6749 §2.3.1 encodes both parts before they are joined; many servers and clients do not. Either is let in.
  const isEncoded = pair === `${formEncoded(client.id)}:${formEncoded(client.secret)}`;
  const isPlain = pair === `${client.id}:${client.secret}` || isEncoded;
  if (at < 0) wrong("the basic credentials have no colon");
  return isPlain ? { id: client.id, secret: client.secret, form } : { id: null, secret: null, form };
}

function issue(desk: Desk, received: Received, wrong: (what: string) => void): Answer {
  const { family } = received;
  if (received.method !== "POST") wrong("a token request is no POST");
  const { id, secret, form } = credentialsIn(received, wrong);
  if (form.get("grant_type") !== "client_credentials") return refuse(400, "unsupported grant type");
  if (id !== client.id || secret !== client.secret) return refuse(401, "invalid client");
  const asked = form.get("scope");
  if (family === "omnichannel" && asked !== null) wrong("omnichannel takes no scope");
  if (["digital", "messaging", "engage"].includes(family) && asked === null) wrong("the token request has no scope");
  const scopes = (asked?.split(" ") ?? scopesOf[family]).filter(
    (scope) => desk.double.scopes === null || desk.double.scopes.includes(scope),
  );
  for (const scope of asked?.split(" ") ?? []) if (!scopesOf[family].includes(scope)) wrong(`unknown scope ${scope}`);
  const token = `TOKEN-${family}-${randomUUID()}`;
  desk.tokens.set(token, { family, scopes });
  return {
    status: 200,
    body: { access_token: token, token_type: "Bearer", expires_in: 3600, scope: scopes.join(" ") },
  };
}

/** What every call of every family carries: CXONE-API §1. */
function checkManners(desk: Desk, received: Received, wrong: (what: string) => void): void {
  const { headers, method, raw } = received;
  const requestId = headers["x-request-id"] ?? "";
  if (!uuid.test(requestId)) wrong("X-Request-Id is no uuid");
  if (desk.seen.has(requestId)) wrong("X-Request-Id is not new");
  desk.seen.add(requestId);
  if (headers.accept !== "application/json") wrong(`Accept is ${headers.accept}`);
  if (!/^cxform\/\d+\.\d+\.\d+/.test(headers["user-agent"] ?? "")) wrong(`User-Agent is ${headers["user-agent"]}`);
  const key = headers["x-idempotency-key"];
  if (method === "GET") {
    if (raw !== "") wrong("a GET has a body");
    return;
  }
  if (raw !== "" && !(headers["content-type"] ?? "").startsWith("application/json"))
    wrong("the body is not announced as JSON");
  if (key === undefined || !uuid5.test(key)) {
    wrong("X-Idempotency-Key is no UUIDv5");
    return;
  }
  const sent = `${method} ${received.path} ${raw}`;
  const before = desk.keys.get(key);
  if (before !== undefined && before !== sent) wrong("X-Idempotency-Key was used for other bytes");
  desk.keys.set(key, sent);
}

function execute(desk: Desk, received: Received, wrong: (what: string) => void): Answer {
  const { family, method, path, query, headers, body } = received;
  const [scheme, bearer] = (headers.authorization ?? "").split(" ");
  const token = scheme === "Bearer" ? desk.tokens.get(bearer ?? "") : undefined;
  if (token === undefined) {
    if (!(bearer ?? "").startsWith("TOKEN-")) wrong("no bearer token");
    return refuse(401, "the token is not valid");
  }
  if (token.family !== family) {
    wrong(`a token of ${token.family} came to ${family}`);
    return refuse(401, "the token is of another family");
  }
  for (const route of desk.routes[family]) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match === null) continue;
    for (const name of query.keys()) if (!(route.query ?? []).includes(name)) wrong(`unknown parameter ${name}`);
    if (route.scope !== null && !token.scopes.includes(route.scope))
      return refuse(403, `the scope ${route.scope} is missing`);
    return route.run({ method, path, query, headers, body, wrong }, match.slice(1));
  }
  wrong("no such route");
  return refuse(404, "no such route");
}

function takeFault(faults: { fault: Fault; skip: number; left: number }[], received: Received): Fault | null {
  for (const entry of faults) {
    const { fault } = entry;
    if (
      entry.left === 0 ||
      fault.family !== received.family ||
      fault.method !== received.method ||
      !fault.path.test(received.path)
    )
      continue;
    if (entry.skip > 0) {
      entry.skip -= 1;
      continue;
    }
    entry.left -= 1;
    return fault;
  }
  return null;
}

function send(response: ServerResponse, answer: Answer, fault: Fault | null): void {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  if (fault?.how === "lost") {
    response.socket?.destroy();
    return;
  }
  response.writeHead(answer.status, {
    ...(text === "" ? {} : { "content-type": "application/json" }),
    ...answer.headers,
  });
  response.end(fault?.how === "truncated" ? text.slice(0, Math.floor(text.length / 2)) : text);
}

async function handle(
  desk: Desk,
  faults: { fault: Fault; skip: number; left: number }[],
  received: Received,
  response: ServerResponse,
): Promise<void> {
  const { double } = desk;
  const { family, method, path, headers, raw, body } = received;
  const wrong = (what: string) => void double.wrongs.push(`${method} ${family} ${path}: ${what}`);
  const isToken = path === tokenPath[family];
  if (!isToken) checkManners(desk, received, wrong);
  const fault = takeFault(faults, received);
  if (!isToken) await double.pause?.("arrived", method, path);
  const isExecuted = fault?.when !== "before";
  let answer: Answer = isExecuted
    ? isToken
      ? issue(desk, received, wrong)
      : execute(desk, received, wrong)
    : { status: 500 };
  if (typeof fault?.how === "number")
    answer = {
      ...refuse(fault.how, "made up"),
      ...(fault.fields === undefined
        ? {}
        : {
            body: { message: "made up", errors: fault.fields.map((field) => ({ field, message: "cannot be taken" })) },
          }),
      headers: fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter },
    };
  const exchange = {
    family,
    token: isToken,
    method,
    path,
    query: Object.fromEntries(received.query),
    headers,
    raw,
    body,
    executed: isExecuted,
    status: fault?.how === "lost" ? 0 : answer.status,
    answer: answer.body,
  };
  double.exchanges.push(exchange);
  for (const watch of double.watchers) watch(exchange);
  if (!isToken) await double.pause?.("executed", method, path);
  send(response, answer, fault);
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));

/** Starts the double: a port for each family, or all families on one origin under `/<family>`. */
export async function startDouble(options: { readonly oneOrigin?: boolean } = {}): Promise<Double> {
  const state = newState();
  const faults: { fault: Fault; skip: number; left: number }[] = [];
  const servers: Server[] = [];
  const bases = new Map<Family, string>();
  const decide: Double["decide"] = (name, status, reason, language) => {
    const found = state.whatsapp.filter(
      (each) => each.name === name && (language === undefined || each.language === language),
    );
    if (found.length === 0) throw new Error(`the double has no WhatsApp template ${name}`);
    for (const each of found)
      Object.assign(each, {
        status,
        rejectionReason: reason ?? null,
        wasApproved: each.wasApproved || status === "APPROVED",
        updatedAt: state.knobs.now().toISOString(),
      });
  };
  const tokens: Tokens = new Map();
  const double: Double = {
    ...state,
    exchanges: [],
    wrongs: [],
    watchers: [],
    pause: null,
    scopes: null,
    baseUrl: (family) => bases.get(family) ?? "",
    tokenUrl: (family) => `${bases.get(family)}${tokenPath[family]}`,
    fault: (fault) => void faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 }),
    endFaults: () => void faults.splice(0),
    pendingFaults: () => faults.reduce((sum, each) => sum + each.left, 0),
    expireTokens: () => tokens.clear(),
    approve: (name, language) => decide(name, "APPROVED", undefined, language),
    decide,
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  const desk: Desk = {
    double,
    tokens,
    routes: {
      omnichannel: omnichannel(state),
      digital: digital(state),
      messaging: messaging(state),
      engage: engage(state),
      preferences: preferences(state),
    },
    seen: new Set(),
    keys: new Map(),
  };
  const open = async (familyOf: (url: string) => Family | undefined, prefixOf: (family: Family) => string) => {
    const server = createServer((request, response) => {
      const family = familyOf(request.url ?? "/");
      if (family === undefined) {
        double.wrongs.push(`${request.method} ${request.url?.split("?")[0]}: outside every family`);
        response.writeHead(404).end();
        return;
      }
      receive(request, family, prefixOf(family))
        .then((received) => handle(desk, faults, received, response))
        .catch((error: unknown) => {
          double.wrongs.push(`the double broke: ${String(error)}`);
          response.destroy();
        });
    });
    servers.push(server);
    return `http://127.0.0.1:${await listen(server)}`;
  };
  if (options.oneOrigin === true) {
    const origin = await open(
      (url) => families.find((family) => url.startsWith(`/${family}/`)),
      (family) => `/${family}`,
    );
    for (const family of families) bases.set(family, `${origin}/${family}`);
  } else
    for (const family of families)
      bases.set(
        family,
        await open(
          () => family,
          () => "",
        ),
      );
  return double;
}
