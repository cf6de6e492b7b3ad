// Calls of one family: headers, token, pace, attempts and the judgement of each answer. Knows no kind.
import { Bug, invariant } from "../base/invariant.ts";
import type { Answer, Family, ListCall, ReadCall, SendCall } from "../contract/api.ts";
import type { FamilySettings } from "../contract/config.ts";
import type { JsonObject } from "../contract/json.ts";
import { mostBodyBytes } from "./body.ts";
import { familyProfiles, scopesAsked, scopesNeeded } from "./families.ts";
import { valuesOf, withoutSecrets } from "./foreign.ts";
import type { ConnectOptions } from "./options.ts";
import { pageSize, readPages } from "./pages.ts";
import { type Patience, persist, type Trial, takeTurn } from "./persist.ts";
import {
  type ClientCredentials,
  createTokenSource,
  judgeToken,
  secretForms,
  type Token,
  tokenRequest,
} from "./token.ts";
import { createTransport, type Exchange, type Outgoing } from "./transport.ts";
import { callPath, joinUrl, tokenUrl } from "./url.ts";
import { type Answered, type Asked, judge, unexpected } from "./verdict.ts";

/** CXONE-API §2. */
const callTimeoutMs = 30_000;
const tokenTimeoutMs = 10_000;
const mostTokenBytes = 1024 * 1024;
/** How often a token may end while its call waits for the pace; after that CXone's own 401 decides. */
const mostRenewals = 3;

export interface FamilyCaller {
  get(call: ReadCall): Promise<Answer>;
  list(call: ListCall): Promise<readonly JsonObject[]>;
  send(call: SendCall): Promise<Answer>;
}

export interface CallOptions extends Omit<ConnectOptions, "settings"> {
  readonly family: Family;
  readonly settings: FamilySettings;
  readonly patience: Patience;
  readonly tally: { requests: number; tokens: number; retries: number; writes: number };
}

interface Prepared {
  readonly call: ReadCall;
  readonly outgoing: Outgoing;
  readonly path: string;
  readonly isWrite: boolean;
  readonly isUrgent: boolean;
}

export function callFamily(options: CallOptions): FamilyCaller {
  const { family, settings, world, patience, tally } = options;
  const origin = new URL(settings.baseUrl).origin;
  const bounds = { world, origin, timeoutMs: callTimeoutMs, mostBytes: mostBodyBytes };
  const sendRead = createTransport({ ...bounds, methods: ["GET"] });
  const isPlanning = options.planning === true || options.readOnly === true;
  const sendWrite = createTransport({ ...bounds, methods: isPlanning ? [] : ["POST", "PUT", "DELETE"] });
  const tokens = createTokens(options);

  const attempt = async (
    prepared: Prepared,
    send?: SendCall,
  ): Promise<{ asked: Asked; exchange: Exchange; token: Token }> => {
    const { outgoing, path, isWrite } = prepared;
    const requestId = world.chance.uuid();
    const token = await freshToken(tokens, patience, prepared.isUrgent, { family, method: outgoing.method, path });
    await send?.hold?.();
    const own = {
      Authorization: token.bearer(),
      Accept: "application/json",
      "X-Request-Id": requestId,
      "User-Agent": `cxform/${options.version}`,
      ...(outgoing.body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(send === undefined ? {} : { "X-Idempotency-Key": send.idempotencyKey }),
    };
    tally.requests += 1;
    if (isWrite) tally.writes += 1;
    const sentAt = world.clock.elapsed();
    const exchange = await (isWrite ? sendWrite : sendRead)({ ...outgoing, headers: merge(outgoing.headers, own) });
    noteExchange(options, exchange, { isWrite, method: outgoing.method, path, requestId, sentAt });
    return { asked: tokens.asked(prepared, requestId, send), exchange, token };
  };

  const perform = async (prepared: Prepared, send?: SendCall): Promise<Answer> => {
    let requestId = "";
    let hasReplayed = false;
    let limits = 0;
    const attemptOnce = async (): Promise<Trial<Answered>> => {
      let { asked, exchange, token } = await attempt(prepared, send);
      // Once per call: an endless loop on 401 is what CXONE-API §11 warns of.
      if (exchange.kind === "answer" && exchange.status === 401 && !hasReplayed) {
        hasReplayed = true;
        tokens.drop(token);
        ({ asked, exchange, token } = await attempt(prepared, send));
      }
      if (exchange.kind === "answer" && exchange.status === 401) tokens.drop(token);
      if (exchange.kind === "answer" && exchange.status === 429) limits += 1;
      requestId = asked.requestId;
      return judge(exchange, asked, world.clock.now());
    };
    const { outgoing, path, isUrgent } = prepared;
    const { method } = outgoing;
    const calling = {
      isUrgent,
      repeats: send?.isRepeat === true ? { family, method, path } : undefined,
      onRetry: noteRetry(options, method, path),
    };
    const { status, body, headers, latencyMs } = await persist(patience, calling, attemptOnce);
    const etag = headers.get("etag");
    return {
      status,
      body: withoutSecrets(body, tokens.secrets()),
      requestId,
      latencyMs,
      ...(etag === null ? {} : { etag }),
      ...(limits === 0 ? {} : { limits }),
    };
  };

  return {
    get: (call) => perform(prepare(options, call)),
    send(call) {
      invariant(!isPlanning, "a client for planning was asked to write");
      return perform(prepare(options, call, call), call);
    },
    list: (call) => listPages(options, call, (page) => perform(prepare(options, page))),
  };
}

function prepare({ family, settings }: CallOptions, call: ReadCall, send?: SendCall): Prepared {
  const profile = familyProfiles[family];
  const configured = settings.paths[call.path] ?? profile.paths[call.path];
  if (configured === undefined) throw new Bug(`${family} has no path ${call.path}`);
  const path = callPath(configured, call.segments);
  const outgoing: Outgoing = {
    method: send?.method ?? "GET",
    url: joinUrl(settings.baseUrl, path, call.query),
    headers: { ...profile.extraHeaders, ...settings.headers, ...send?.headers },
    // Serialised once: a retry repeats the same bytes (CXONE-API §1).
    ...(send?.body === undefined ? {} : { body: JSON.stringify(send.body) }),
  };
  return { call, outgoing, path, isWrite: send !== undefined, isUrgent: send?.urgent === true };
}

function listPages(
  options: CallOptions,
  call: ListCall,
  get: (call: ReadCall) => Promise<Answer>,
): Promise<readonly JsonObject[]> {
  const { family } = options;
  const { path } = prepare(options, call);
  let requestId = "";
  return readPages({
    async read(page) {
      const query = { ...call.query, page: `${page}`, pageSize: `${pageSize}` };
      const answer = await get({ ...call, query });
      requestId = answer.requestId;
      return answer.body;
    },
    idOf: (item) => call.idOf(item),
    unexpected(what) {
      const facts = { family, method: "GET", path, requestId };
      return unexpected(facts, `gave a list that ${what}`, facts);
    },
  });
}

interface FamilyTokens {
  get(isUrgent: boolean): Promise<Token>;
  isValid(token: Token): boolean;
  drop(token: Token): void;
  /** What no answer's words may repeat: the token and the client secret in its forms. */
  secrets(): readonly string[];
  /** The facts for judging a call's answer, with what its errors must hide. */
  asked(prepared: Prepared, requestId: string, send: SendCall | undefined): Asked;
}

function createTokens(options: CallOptions): FamilyTokens {
  const { family, settings, world, patience, tally } = options;
  const url = tokenUrl(settings.baseUrl, settings.tokenUrl);
  const scopes = scopesAsked(family, settings.scopes, options.readOnly === true);
  const knownScopes = [...familyProfiles[family].scopes, ...(settings.scopes ?? [])];
  const transport = createTransport({
    world,
    origin: url.origin,
    methods: ["POST"],
    timeoutMs: tokenTimeoutMs,
    mostBytes: mostTokenBytes,
  });
  let credentials: ClientCredentials | undefined;
  let secrets: readonly string[] = [];

  const ask = (isUrgent: boolean): Promise<Token> => {
    const current = options.credentials(family);
    credentials = current;
    secrets = secretForms(current);
    const facts = { family, method: "POST", path: url.pathname };
    return persist(patience, { isUrgent, onRetry: noteRetry(options, "POST", url.pathname) }, async () => {
      await takeTurn(patience, facts);
      const requestId = world.chance.uuid();
      const headers = {
        Accept: "application/json",
        "X-Request-Id": requestId,
        "User-Agent": `cxform/${options.version}`,
      };
      tally.tokens += 1;
      options.onEvent?.({ kind: "token", family });
      const sentAt = world.clock.elapsed();
      const exchange = await transport(tokenRequest(url, settings.clientAuth, current, scopes, headers));
      noteExchange(options, exchange, { isWrite: false, method: "POST", path: url.pathname, requestId, sentAt });
      const { variables } = current;
      const asked = {
        ...facts,
        requestId,
        isWrite: false,
        scopes: scopes ?? knownScopes,
        knownScopes,
        variables,
        hidden: secrets,
      };
      return judgeToken(exchange, asked, sentAt, world.clock.now());
    });
  };
  let last: Token | undefined;
  const held = () => [...secrets, ...(last === undefined ? [] : [last.secret()])];
  const isSecret = (value: string): boolean => value !== credentials?.clientId;
  const source = createTokenSource(world.clock, async (isUrgent) => {
    last = await ask(isUrgent);
    world.onSecret?.(last.secret());
    return last;
  });
  return {
    get: (isUrgent) => source.get(isUrgent),
    isValid: (token) => source.isValid(token),
    drop: (token) => source.drop(token),
    secrets: () => held().filter(isSecret),
    asked({ call, outgoing, path, isWrite }, requestId, send) {
      const variables = credentials?.variables ?? ["the client id's variable", "the client secret's variable"];
      const sent = [...valuesOf(send?.body), ...valuesOf(call.query), ...valuesOf(call.segments)];
      const hidden = [...held(), ...sent];
      const needed = scopesNeeded(family, call.path, isWrite);
      return {
        family,
        method: outgoing.method,
        path,
        requestId,
        isWrite,
        scopes: needed,
        knownScopes,
        variables,
        hidden,
      };
    },
  };
}

/** A token that is still valid when the pace lets its call go. */
async function freshToken(
  tokens: FamilyTokens,
  patience: Patience,
  isUrgent: boolean,
  call: { readonly family: Family; readonly method: string; readonly path: string },
): Promise<Token> {
  for (let renewals = 0; ; renewals += 1) {
    const token = await tokens.get(isUrgent);
    await takeTurn(patience, call);
    if (tokens.isValid(token) || renewals >= mostRenewals) return token;
  }
}

/** Header names are one whatever their case; the client's own come last and win. */
function merge(given: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>): Record<string, string> {
  const merged = new Map<string, readonly [string, string]>();
  for (const [name, value] of [...Object.entries(given), ...Object.entries(own)]) {
    merged.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(merged.values());
}

interface Sent {
  readonly isWrite: boolean;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
  readonly sentAt: number;
}

function noteExchange(options: CallOptions, exchange: Exchange, { sentAt, ...sent }: Sent): void {
  const answered = exchange.kind === "answer" ? { status: exchange.status, latencyMs: exchange.latencyMs } : {};
  options.onEvent?.({ kind: "request", family: options.family, ...sent, ...answered });
  if (exchange.kind !== "answer" || exchange.status !== 429) return;
  const requestsPerSecond = options.patience.pace.slowDown(sentAt);
  if (requestsPerSecond !== undefined) options.onEvent?.({ kind: "pace", requestsPerSecond });
}

function noteRetry(options: CallOptions, method: string, path: string) {
  return (retry: { readonly attempt: number; readonly reason: string; readonly waitMs: number }): void => {
    options.tally.retries += 1;
    options.onEvent?.({ kind: "retry", family: options.family, method, path, ...retry });
  };
}
