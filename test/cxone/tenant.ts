// A loopback tenant for the client's tests: scripted answers, recorded requests. It knows none of the client's insides.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type Family, families } from "../../src/contract/api.ts";
import type { FamilySettings } from "../../src/contract/config.ts";
import { type ClientEvent, type ConnectOptions, type CxoneClient, connect } from "../../src/cxone/client.ts";
import { familyProfiles } from "../../src/cxone/families.ts";
import { allCapabilities } from "../_world/capabilities.ts";
import { type TestWorld, type TestWorldOptions, testWorld } from "../_world/world.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The virtual time of arrival. */
  readonly at: number;
}

export type Reply =
  | {
      readonly status?: number;
      readonly body?: unknown;
      readonly text?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Breaks the connection, or never answers. */
  | "reset"
  | "silent"
  /** Announces more than it sends, then breaks. */
  | "cut";

export interface Tenant {
  readonly world: TestWorld;
  readonly client: CxoneClient;
  readonly events: readonly ClientEvent[];
  /** Token requests. */
  readonly tokens: readonly Seen[];
  /** All other requests. */
  readonly calls: readonly Seen[];
  readonly origin: string;
}

export interface TenantOptions {
  /** Answers to calls, in their order, or by a function. Running out of them is a 500 that names the request. */
  readonly answers: readonly Reply[] | ((seen: Seen, index: number) => Reply | Promise<Reply>);
  readonly tokenAnswers?: readonly Reply[] | ((seen: Seen, index: number) => Reply);
  readonly world?: TestWorldOptions;
  /** What CXone's clock shows while ours shows `now`; the same unless it is told. */
  readonly dateOf?: (now: number) => number;
  readonly settings?: Partial<Record<Family, Partial<FamilySettings>>>;
  readonly connect?: Partial<ConnectOptions>;
}

export const clientId = "juniper-and-pine-client";
export const clientSecret = "canary secret/with+odd=chars&é";
export const variables: [string, string] = ["CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"];

export function settingsAt(origin: string, changes: TenantOptions["settings"] = {}): Record<Family, FamilySettings> {
  const entries = families.map((family): [Family, FamilySettings] => {
    const { clientAuth, tokenUrl, paths } = familyProfiles[family];
    const settings: FamilySettings = {
      baseUrl: `${origin}/${family}`,
      tokenUrl: tokenUrl.startsWith("/") ? tokenUrl : "/oauth2/token",
      clientAuth,
      paths,
      headers: {},
      capabilities: allCapabilities,
      enabled: true,
    };
    return [family, { ...settings, ...changes[family] }];
  });
  return Object.fromEntries(entries) as Record<Family, FamilySettings>;
}

export async function listen(
  t: TestContext,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An origin at which nothing listens (any more). */
export async function shutPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

export async function tenant(t: TestContext, options: TenantOptions): Promise<Tenant> {
  const world = testWorld(options.world);
  const tokens: Seen[] = [];
  const calls: Seen[] = [];
  const events: ClientEvent[] = [];
  const origin = await listen(t, async (request, response) => {
    const seen = await read(request, world.clock.now());
    const isToken = seen.path.endsWith("/token");
    const index = (isToken ? tokens : calls).push(seen) - 1;
    response.setHeader("date", new Date(options.dateOf?.(world.clock.now()) ?? world.clock.now()).toUTCString());
    reply(response, await pick(isToken ? (options.tokenAnswers ?? freshTokens) : options.answers, seen, index));
  });
  const client = connect({
    settings: settingsAt(origin, options.settings),
    credentials: () => ({ clientId, clientSecret, variables }),
    rateLimit: { requestsPerSecond: 50, burst: 10 },
    world,
    version: "1.2.3",
    onEvent: (event) => events.push(event),
    ...options.connect,
  });
  return { world, client, events, tokens, calls, origin };
}

function freshTokens(_seen: Seen, index: number): Reply {
  return { body: { access_token: `canary-token-${index + 1}`, token_type: "Bearer", expires_in: 3_600 } };
}

async function read(request: IncomingMessage, at: number): Promise<Seen> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Record<string, string | undefined>,
    body: Buffer.concat(chunks).toString(),
    at,
  };
}

async function pick(
  answers: readonly Reply[] | ((seen: Seen, index: number) => Reply | Promise<Reply>),
  seen: Seen,
  index: number,
): Promise<Reply> {
  if (typeof answers === "function") return answers(seen, index);
  return answers[index] ?? { status: 418, body: { message: `no answer is scripted for request ${index + 1}` } };
}

function reply(response: ServerResponse, answer: Reply): void {
  if (answer === "silent") return;
  if (answer === "reset") {
    response.destroy();
    return;
  }
  if (answer === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"items":[', () => setTimeout(() => response.destroy(), 5));
    return;
  }
  const text = answer.text ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body));
  response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
  response.end(text);
}
