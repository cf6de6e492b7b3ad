// The access token of one family: asked for once however many calls wait, kept until shortly before it ends. Knows no other call.
import { type CallFacts, Unauthorised } from "../base/failure.ts";
import type { ClientAuth } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import { isObject } from "./foreign.ts";
import type { Trial } from "./persist.ts";
import type { Exchange, Outgoing } from "./transport.ts";
import { type Asked, callFacts, forbidden, judge, judgeLimit, subject, unauthorised, unexpected } from "./verdict.ts";

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The environment variables that hold them, for messages. */
  readonly variables: readonly [string, string];
}

/** Held in closures and passed to headers only; printing one shows nothing. */
export class Token {
  readonly #value: string;
  readonly expiresAt: number;
  constructor(value: string, expiresAt: number) {
    this.#value = value;
    this.expiresAt = expiresAt;
  }
  /** The value of the Authorization header. */
  bearer(): string {
    return `Bearer ${this.#value}`;
  }
  /** What must appear in no message. */
  secret(): string {
    return this.#value;
  }
}

export interface TokenSource {
  /** A valid token; one request is in flight at most. Throws as `ask` does, or Unauthorised. */
  get(isUrgent: boolean): Promise<Token>;
  isValid(token: Token): boolean;
  /** After a 401: forgets the token, unless another one has taken its place. */
  drop(token: Token): void;
}

/** CXONE-API §1: `expires_in` may be absent. */
const defaultLifeSeconds = 3_600;
const longestMarginMs = 60_000;
/** Refused credentials stay refused for a while: a thousand calls must not knock a thousand times. */
const refusalLifeMs = 60_000;

/** `ask` sends a token request, with retries, and gives the token. */
export function createTokenSource(
  clock: Pick<World["clock"], "elapsed">,
  ask: (isUrgent: boolean) => Promise<Token>,
): TokenSource {
  let held: Token | undefined;
  let refusal: { readonly failure: Unauthorised; readonly until: number } | undefined;
  let pending: Promise<Token> | undefined;
  const isValid = (token: Token): boolean => clock.elapsed() < token.expiresAt;
  return {
    isValid,
    async get(isUrgent) {
      if (held !== undefined && isValid(held)) return held;
      if (refusal !== undefined && clock.elapsed() < refusal.until) throw refusal.failure;
      pending ??= ask(isUrgent)
        .then(
          (token) => {
            held = token;
            return token;
          },
          (failure) => {
            if (failure instanceof Unauthorised) refusal = { failure, until: clock.elapsed() + refusalLifeMs };
            throw failure;
          },
        )
        .finally(() => {
          pending = undefined;
        });
      return pending;
    },
    drop(token) {
      if (held === token) held = undefined;
    },
  };
}

/** The token request in each of the three styles (CXONE-API §1); always POST. */
export function tokenRequest(
  url: URL,
  auth: ClientAuth,
  credentials: ClientCredentials,
  scopes: readonly string[] | undefined,
  headers: Readonly<Record<string, string>>,
): Outgoing {
  const { clientId, clientSecret } = credentials;
  const fields = encode({
    grant_type: "client_credentials",
    ...(auth === "basic" ? {} : { client_id: clientId, client_secret: clientSecret }),
    ...(scopes === undefined ? {} : { scope: scopes.join(" ") }),
  });
  if (auth === "query") {
    const target = new URL(url);
    target.search = fields;
    return { method: "POST", url: target, headers };
  }
  const form = { ...headers, "Content-Type": "application/x-www-form-urlencoded" };
  if (auth === "form") return { method: "POST", url, headers: form, body: fields };
  return { method: "POST", url, headers: { ...form, Authorization: basic(credentials) }, body: fields };
}

/** Percent-encoding throughout, spaces too (CXONE-API §1); every form parser reads it. */
function encode(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

/** What a request's errors must not hold, in each form in which it was sent. */
export function secretForms({ clientId, clientSecret }: ClientCredentials): readonly string[] {
  const pair = basic({ clientId, clientSecret }).slice("Basic ".length);
  return [clientSecret, encodeURIComponent(clientSecret), Buffer.from(clientSecret).toString("base64"), pair, clientId];
}

function basic({ clientId, clientSecret }: Pick<ClientCredentials, "clientId" | "clientSecret">): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
}

/** What a token endpoint's answer means; `issuedAt` is when the request left, by `Clock.elapsed`; `now` is epoch milliseconds. */
export function judgeToken(exchange: Exchange, asked: Asked, issuedAt: number, now: number): Trial<Token> {
  const call = callFacts(undefined, asked);
  if (exchange.kind === "answer") {
    const { status } = exchange;
    // Nothing of a token endpoint's own words is shown: it was told the secret.
    const answered: CallFacts = { ...call, status };
    if (status === 400 || status === 401) {
      const failure = unauthorised(asked, `${subject(asked)} refused the credentials with ${status}`, answered);
      return { kind: "failed", failure };
    }
    const mute = { ...exchange, body: { kind: "empty" } as const };
    if (status === 429 || status === 503) return judgeLimit(mute, asked, now);
    if (status === 403) return { kind: "failed", failure: forbidden(mute, asked, answered) };
    if (status >= 300 && status < 500 && status !== 408) {
      return { kind: "failed", failure: unexpected(asked, `was answered ${status} instead of with a token`, answered) };
    }
    if (status >= 500 || status === 408) return judge(mute, asked, now) as Trial<Token>;
  }
  const trial = judge(exchange, asked, now);
  if (trial.kind !== "done") return trial;
  const read = readToken(trial.value.body, issuedAt);
  if (read instanceof Token) return { kind: "done", value: read };
  return {
    kind: "failed",
    failure: unexpected(asked, `was answered without a usable ${read}`, { ...call, status: trial.value.status }),
  };
}

/** The token, or the pointer of the field that is wrong. */
function readToken(body: unknown, issuedAt: number): Token | string {
  if (!isObject(body as never)) return "object";
  const { access_token, token_type, expires_in } = body as Record<string, unknown>;
  // Anything but visible ASCII could not be a header's value.
  if (typeof access_token !== "string" || !/^[\x21-\x7e]{1,16384}$/.test(access_token)) return "/access_token";
  if (token_type !== undefined && (typeof token_type !== "string" || token_type.toLowerCase() !== "bearer"))
    return "/token_type";
  const lifeSeconds = expires_in ?? defaultLifeSeconds;
  if (typeof lifeSeconds !== "number" || !(lifeSeconds > 0)) return "/expires_in";
  const lifeMs = lifeSeconds * 1_000;
  return new Token(access_token, issuedAt + lifeMs - Math.min(longestMarginMs, lifeMs / 2));
}
