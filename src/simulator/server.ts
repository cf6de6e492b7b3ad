// The way of a request: seen, counted, perhaps spoilt by the fault script, let in by its token, executed once, answered. It
// knows no resource.
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { a2pEndpoints } from "./a2p.ts";
import type { Announcer } from "./announcer.ts";
import { type Answer, type Call, refusal } from "./answer.ts";
import { digitalEndpoints } from "./digital.ts";
import { engageEndpoints } from "./engage.ts";
import type { Execute, Incoming, Outgoing } from "./exchange.ts";
import { FAMILIES, FAMILY_NAMES, type Family, splitFamily } from "./families.ts";
import type { FaultScript } from "./faults.ts";
import type { Endpoint, Ground } from "./ground.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { checkHeaders, checkQuery } from "./manners.ts";
import { omnichannelEndpoints } from "./omnichannel.ts";
import { preferenceEndpoints } from "./preferences.ts";
import { createReplay, type Replay } from "./replay.ts";
import { type Requests, redactHeaders } from "./requests.ts";
import { smsEndpoints } from "./sms.ts";
import { spoil } from "./spoil.ts";
import { subscriptionEndpoints } from "./subscriptions.ts";
import type { Tokens } from "./tokens.ts";

const LARGEST_BODY_BYTES = 1 << 20;

const ENDPOINTS: Readonly<Record<Family, readonly Endpoint[]>> = {
  omnichannel: omnichannelEndpoints,
  digital: digitalEndpoints,
  messaging: [...smsEndpoints, ...a2pEndpoints, ...subscriptionEndpoints],
  engage: engageEndpoints,
  preferences: preferenceEndpoints,
};

type HttpContext = Context<{ Bindings: HttpBindings }>;

/** What the server stands on beside the ground. */
export interface Desk {
  readonly ground: Ground;
  readonly tokens: Tokens;
  readonly faults: FaultScript;
  readonly requests: Requests;
  readonly announcer: Announcer;
  /** Aborted when the simulator closes: what waits is given up. */
  readonly stop: AbortSignal;
}

/** The HTTP application of all families. */
export function createApp(desk: Desk): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const server = new Server(desk);
  app.use(bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: (context) => server.refuseLarge(context) }));
  for (const family of FAMILY_NAMES) {
    app.post(`/${family}${FAMILIES[family].tokenPath}`, (context) => server.serveToken(context, family));
    for (const endpoint of ENDPOINTS[family]) {
      if (endpoint.isList === true && !desk.ground.settings.canList(family)) continue;
      app.on(endpoint.method, `/${family}${endpoint.path}`, (context) => server.serveCall(context, family, endpoint));
    }
  }
  app.all("*", (context) => server.serveUnknown(context));
  app.onError((error) => jsonResponse({ answer: refusal(500, `the simulator failed: ${error.message}`) }));
  return app;
}

class Server {
  readonly #desk: Desk;
  readonly #limiter: Limiter;
  readonly #replay: Replay;
  /** Keys of preference batches that are being executed. */
  readonly #inFlight = new Set<string>();
  #ordinal = 0;

  constructor(desk: Desk) {
    const { requestsPerSecond, capabilities } = desk.ground.settings;
    this.#desk = desk;
    this.#limiter = createLimiter(requestsPerSecond);
    this.#replay = createReplay(desk.ground.store, capabilities.keyTtlMs);
  }

  serveToken(context: HttpContext, family: Family): Promise<Response> {
    return this.#serve(context, family, true, (incoming) => ({
      answer: this.#desk.tokens.issue({ ...incoming, at: this.#now() }),
    }));
  }

  serveCall(context: HttpContext, family: Family, endpoint: Endpoint): Promise<Response> {
    const parameters = context.req.param() as Record<string, string>;
    return this.#serve(context, family, false, (incoming) => this.#execute(incoming, endpoint, parameters));
  }

  async serveUnknown(context: HttpContext): Promise<Response> {
    const { ground, requests } = this.#desk;
    const url = new URL(context.req.url);
    const split = splitFamily(url.pathname);
    const seen = {
      at: this.#now(),
      family: split?.family ?? null,
      method: context.req.method,
      path: split?.rest ?? url.pathname,
    };
    const text = await context.req.text();
    const hasCredentials =
      context.req.raw.headers.has("authorization") || `${url.search}${text}`.includes("client_secret");
    const isElsewhere = url.pathname.startsWith("/elsewhere");
    if (isElsewhere && hasCredentials) {
      ground.violations.note({ ...seen, kind: "credentialsElsewhere", detail: "credentials followed a redirect" });
    } else if (!isElsewhere) ground.violations.note({ ...seen, kind: "unknownRoute", detail: "no such route" });
    const headers = redactHeaders(context.req.raw.headers);
    const query = hasCredentials ? "(redacted)" : url.search.slice(1);
    requests.add({ ...seen, query, headers, body: undefined, status: 404, isReplay: false, fault: null }, 0);
    return jsonResponse({ answer: refusal(404, `there is no ${seen.method} ${seen.path}`) });
  }

  refuseLarge(context: Context): Response {
    const split = splitFamily(context.req.path);
    this.#desk.requests.add(
      {
        at: this.#now(),
        family: split?.family ?? null,
        method: context.req.method,
        path: split?.rest ?? context.req.path,
        query: "",
        headers: redactHeaders(context.req.raw.headers),
        body: undefined,
        status: 413,
        isReplay: false,
        fault: null,
      },
      0,
    );
    return jsonResponse({ answer: refusal(413, `the body has more than ${LARGEST_BODY_BYTES} bytes`) });
  }

  async #serve(context: HttpContext, family: Family, isToken: boolean, execute: Execute): Promise<Response> {
    const arrivedAt = this.#now();
    const waitSeconds = this.#limiter.take(arrivedAt);
    const incoming = await this.#receive(context, family, isToken, waitSeconds === 0);
    this.#checkManners(incoming);
    const outgoing = waitSeconds > 0 ? this.#limit(waitSeconds) : await this.#answer(incoming, execute, context);
    const status = outgoing.answer?.status ?? 0;
    this.#record(incoming, outgoing, arrivedAt);
    this.#hold(incoming, outgoing.answer);
    this.#desk.announcer.tick();
    if (status !== 0) return jsonResponse(outgoing);
    context.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  }

  #limit(waitSeconds: number): Outgoing {
    const answer = refusal(429, `more than ${this.#desk.ground.settings.requestsPerSecond} requests a second`);
    return { answer: { ...answer, headers: { "retry-after": String(waitSeconds) } } };
  }

  async #receive(context: HttpContext, family: Family, isToken: boolean, mayFail: boolean): Promise<Incoming> {
    const url = new URL(context.req.url);
    const { headers } = context.req.raw;
    const { method } = context.req;
    const text = method === "GET" || method === "HEAD" ? "" : await context.req.text();
    const path = splitFamily(url.pathname)?.rest ?? url.pathname;
    const fault = mayFail ? this.#desk.faults.choose({ family, method, path, isToken }) : null;
    this.#ordinal += 1;
    return { family, method, path, query: url.searchParams, headers, text, isToken, fault, ordinal: this.#ordinal };
  }

  async #answer(incoming: Incoming, execute: Execute, context: HttpContext): Promise<Outgoing> {
    const key = this.#flightKey(incoming);
    if (key !== null && this.#inFlight.has(key)) {
      return { answer: refusal(409, "a batch with this idempotency key is in flight") };
    }
    if (key !== null) this.#inFlight.add(key);
    try {
      const origin = new URL(context.req.url).port;
      return await spoil(incoming, execute, {
        now: () => this.#now(),
        wait: (ms) => sleep(ms, undefined, { signal: this.#desk.stop, ref: false }),
        elsewhere: `http://localhost:${origin}/elsewhere/${incoming.family}`,
        expireToken: () => this.#desk.tokens.expire(incoming.headers.get("authorization")),
      });
    } catch (error) {
      // The simulator closes while the request waits: as if the host had gone.
      if (this.#desk.stop.aborted) return { answer: null };
      throw error;
    } finally {
      if (key !== null) this.#inFlight.delete(key);
    }
  }

  #flightKey({ family, method, headers }: Incoming): string | null {
    return family === "preferences" && method === "POST" ? headers.get("x-idempotency-key") : null;
  }

  #checkManners(incoming: Incoming): void {
    const { violations, settings } = this.#desk.ground;
    const { family, method, path } = incoming;
    const at = this.#now();
    const wrongs = [...checkHeaders(incoming, settings.capabilities.idempotencyKeys), ...checkQuery(incoming)];
    const requestId = incoming.headers.get("x-request-id");
    if (!incoming.isToken && requestId !== null && !violations.isFresh(requestId)) {
      wrongs.push({ kind: "requestIdRepeated", detail: "X-Request-Id was used before" });
    }
    const earlyMs = violations.undercutMs(fingerprintOf(incoming), at);
    if (earlyMs > 0) wrongs.push({ kind: "retryAfterUndercut", detail: `${earlyMs} ms too early` });
    for (const wrong of wrongs) violations.note({ at, family, method, path, ...wrong });
  }

  #execute(incoming: Incoming, endpoint: Endpoint, parameters: Record<string, string>): Outgoing {
    const { ground, tokens } = this.#desk;
    const at = this.#now();
    const { family, method, path, query, headers, fault } = incoming;
    const verdict = tokens.check(family, headers.get("authorization"), endpoint.scopes, at);
    const honoursKeys = ground.settings.capabilities.idempotencyKeys && method !== "GET";
    const call: Call = {
      family,
      method,
      path,
      parameters,
      query,
      headers,
      body: undefined,
      at,
      idempotencyKey: honoursKeys ? headers.get("x-idempotency-key") : null,
      fault,
      label: String(incoming.ordinal),
    };
    if (!verdict.isGood) {
      if (verdict.isForeign) ground.note(call, "foreignToken", "a token of another family was sent");
      return { answer: verdict.answer };
    }
    if (method === "GET") return { answer: ground.store.read(() => endpoint.answer(call, ground)) };
    const body = parseBody(incoming);
    if ("refused" in body) return { answer: body.refused };
    return ground.store.write(() => this.#executeOnce({ ...call, body: body.json }, endpoint, incoming.text));
  }

  #executeOnce(call: Call, endpoint: Endpoint, text: string): Outgoing {
    const { ground } = this.#desk;
    const kept = this.#replay.before(call, text);
    if (kept !== undefined) {
      if (kept.isReuse) ground.note(call, "keyReused", "an idempotency key came back with another request");
      return { answer: kept.answer, isReplay: !kept.isReuse };
    }
    const answer = endpoint.answer(call, ground);
    this.#replay.after(call, text, answer);
    return { answer };
  }

  #record(incoming: Incoming, outgoing: Outgoing, at: number): void {
    const { family, method, path, query, headers, text, isToken, fault } = incoming;
    const hasSecret = isToken || query.has("client_secret");
    this.#desk.requests.add(
      {
        at,
        family,
        method,
        path,
        query: hasSecret ? "(redacted)" : query.toString(),
        headers: redactHeaders(headers),
        body: isToken ? "(redacted)" : parseOrText(text),
        status: outgoing.answer?.status ?? 0,
        isReplay: outgoing.isReplay ?? false,
        fault: fault?.kind ?? null,
      },
      text.length,
    );
  }

  /** Remembers how long this request must not come again. */
  #hold(incoming: Incoming, answer: Answer | null): void {
    const retryAfter = answer?.headers?.["retry-after"];
    if (retryAfter === undefined) return;
    const untilAt = /^\d+$/.test(retryAfter) ? this.#now() + Number(retryAfter) * 1000 : Date.parse(retryAfter);
    this.#desk.ground.violations.hold(fingerprintOf(incoming), untilAt);
  }

  #now(): number {
    return this.#desk.ground.settings.now();
  }
}

function fingerprintOf({ family, method, path, query, headers, isToken }: Incoming): string {
  return `${family} ${method} ${path}?${isToken ? "" : query} ${headers.get("x-idempotency-key")}`;
}

function parseBody(incoming: Incoming): { readonly json: unknown } | { readonly refused: Answer } {
  if (incoming.method === "DELETE" && incoming.text === "") return { json: undefined };
  const type = incoming.headers.get("content-type") ?? "";
  if (!/^application\/(?:[a-z.+-]+\+)?json\b/i.test(type)) {
    return { refused: refusal(415, "the body must be application/json") };
  }
  try {
    return { json: JSON.parse(incoming.text) };
  } catch {
    return { refused: refusal(400, "the body is not JSON") };
  }
}

function parseOrText(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonResponse({ answer, text, contentType }: Outgoing): Response {
  const headers = new Headers(answer?.headers);
  const status = answer?.status ?? 500;
  const body = text ?? (answer?.body === undefined ? null : JSON.stringify(answer.body));
  if (body !== null) headers.set("content-type", contentType ?? "application/json; charset=utf-8");
  return new Response(status === 204 || status === 304 ? null : body, { status, headers });
}
