// The token endpoints in their five styles, and the check of a bearer token (CXONE-API §1). It knows no endpoint behind them.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { type Answer, ok, refusal } from "./answer.ts";
import { digestOf } from "./chance.ts";
import { FAMILIES, FAMILY_NAMES, type Family } from "./families.ts";
import type { Client, Settings } from "./options.ts";

export interface TokenRequest {
  readonly family: Family;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly text: string;
  readonly at: number;
}

export interface TokenCount {
  readonly requests: number;
  /** Asked for while a token of the same client and scopes was still valid. */
  readonly needless: number;
}

interface Token {
  readonly family: Family;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: number;
}

export type TokenVerdict =
  | { readonly isGood: true }
  | { readonly isGood: false; readonly answer: Answer; readonly isForeign: boolean };

interface Grant {
  readonly id: string;
  readonly secret: string;
  readonly scope: string | null;
}

export class Tokens {
  readonly #settings: Settings;
  readonly #byValue = new Map<string, Token>();
  readonly counts: Record<Family, TokenCount>;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.counts = Object.fromEntries(FAMILY_NAMES.map((name) => [name, { requests: 0, needless: 0 }])) as Record<
      Family,
      TokenCount
    >;
  }

  /** Answers a token request; 400 for the wrong style or scope, 401 for wrong credentials. */
  issue(request: TokenRequest): Answer {
    const grant = readGrant(request);
    if ("status" in grant) return this.#count(request.family, false, grant);
    const client = this.#settings.clients.find(
      (known) => isSame(known.id, grant.id) && isSame(known.secret, grant.secret),
    );
    if (client === undefined) {
      return this.#count(request.family, false, oauthError(401, "invalid_client", "client id or secret is wrong"));
    }
    const granted = grantScopes(request.family, client, grant.scope);
    if ("status" in granted) return this.#count(request.family, false, granted);
    const isNeedless = this.#holdsValid(request, client, granted.scopes);
    const life = this.#settings.tokenLifeSeconds;
    const value = `sim_${request.family}_${randomBytes(24).toString("base64url")}`;
    this.#byValue.set(value, {
      family: request.family,
      clientId: client.id,
      scopes: new Set(granted.scopes),
      expiresAt: request.at + life * 1000,
    });
    const body = {
      access_token: value,
      token_type: "Bearer",
      ...(this.#settings.capabilities.expiresIn ? { expires_in: life } : {}),
      scope: granted.scopes.join(" "),
    };
    return this.#count(request.family, isNeedless, ok(200, body, { "cache-control": "no-store" }));
  }

  /** Whether the call may pass with its token; 401, or 403 that names the missing scope. */
  check(family: Family, authorization: string | null, scopes: readonly string[], at: number): TokenVerdict {
    const token = this.#byValue.get(bearerOf(authorization) ?? "");
    if (token === undefined) return denied(401, "the token is missing or not known");
    if (token.family !== family) return denied(401, `the token is one of the family ${token.family}`, true);
    if (at >= token.expiresAt) return denied(401, "the token has expired");
    if (!scopes.some((scope) => token.scopes.has(scope))) return denied(403, `the scope ${scopes[0]} is missing`);
    return { isGood: true };
  }

  /** The token of this header is valid no longer. */
  expire(authorization: string | null): void {
    this.#byValue.delete(bearerOf(authorization) ?? "");
  }

  #count(family: Family, isNeedless: boolean, answer: Answer): Answer {
    const { requests, needless } = this.counts[family];
    this.counts[family] = { requests: requests + 1, needless: needless + (isNeedless ? 1 : 0) };
    return answer;
  }

  /** Valid by the margin that a client keeps: min(60 s, half the lifetime). */
  #holdsValid(request: TokenRequest, client: Client, scopes: readonly string[]): boolean {
    const lifeMs = this.#settings.tokenLifeSeconds * 1000;
    const marginMs = Math.min(60_000, lifeMs / 2);
    return [...this.#byValue.values()].some(
      (token) =>
        token.family === request.family &&
        token.clientId === client.id &&
        token.scopes.size === scopes.length &&
        scopes.every((scope) => token.scopes.has(scope)) &&
        request.at < token.expiresAt - marginMs,
    );
  }
}

function readGrant(request: TokenRequest): Grant | Answer {
  const style = FAMILIES[request.family].tokenStyle;
  if (style === "query") {
    if (request.text !== "") return badRequest("the credentials belong in the query; the body must be empty");
    return readClient(request.query, request.query.get("scope"), true);
  }
  if ([...request.query].length > 0) return badRequest("nothing belongs in the query of a token request");
  const type = request.headers.get("content-type") ?? "";
  if (!type.toLowerCase().startsWith("application/x-www-form-urlencoded")) {
    return badRequest("the body must be application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(request.text);
  const scope = form.get("scope");
  if (style === "form" && scope !== null) return badRequest("this family takes no scope");
  if (style !== "basic") return readClient(form, scope, style === "formWithScope");
  if (form.has("client_id") || form.has("client_secret")) return badRequest("the credentials belong in the header");
  const grantError = checkGrantType(form);
  if (grantError !== null) return grantError;
  const [, encoded] = /^basic ([a-z0-9+/=]+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const pair = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 1) return oauthError(401, "invalid_client", "basic authentication is required");
  return { id: pair.slice(0, colon), secret: pair.slice(colon + 1), scope };
}

function readClient(fields: URLSearchParams, scope: string | null, needsScope: boolean): Grant | Answer {
  const grantError = checkGrantType(fields);
  if (grantError !== null) return grantError;
  const id = fields.get("client_id");
  const secret = fields.get("client_secret");
  if (id === null || secret === null) return badRequest("client_id and client_secret are required");
  if (needsScope && (scope === null || scope.trim() === "")) return badRequest("scope is required");
  return { id, secret, scope };
}

function checkGrantType(fields: URLSearchParams): Answer | null {
  if (fields.get("grant_type") === "client_credentials") return null;
  return oauthError(400, "unsupported_grant_type", "grant_type must be client_credentials");
}

function grantScopes(family: Family, client: Client, asked: string | null): { scopes: readonly string[] } | Answer {
  const known = FAMILIES[family].scopes;
  const wanted = asked === null ? known : asked.split(/[ +]+/).filter((scope) => scope !== "");
  const unknown = wanted.find((scope) => !known.includes(scope));
  if (unknown !== undefined) return oauthError(400, "invalid_scope", `this family has no scope ${unknown}`);
  const scopes = wanted.filter((scope) => client.scopes === undefined || client.scopes.includes(scope));
  if (scopes.length === 0) return oauthError(400, "invalid_scope", "this client may get none of these scopes");
  return { scopes: [...new Set(scopes)] };
}

function bearerOf(authorization: string | null): string | undefined {
  return /^bearer (\S+)$/i.exec(authorization ?? "")?.[1];
}

function isSame(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(digestOf(left)), Buffer.from(digestOf(right)));
}

function badRequest(message: string): Answer {
  return oauthError(400, "invalid_request", message);
}

function oauthError(status: number, error: string, message: string): Answer {
  return { status, body: { error, error_description: message, message, errors: [] } };
}

function denied(status: number, message: string, isForeign = false): TokenVerdict {
  const answer = refusal(status, message);
  return { isGood: false, isForeign, answer: { ...answer, headers: { "www-authenticate": "Bearer" } } };
}
