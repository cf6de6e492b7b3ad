// The five API families as CXone offers them by default: addresses, tokens, scopes, paths. Knows no kind and sends nothing.
import type { Family } from "../contract/api.ts";
import type { ClientAuth } from "../contract/config.ts";

export interface FamilyProfile {
  /** With `{org}` or `{tenant}` where the tenant's name goes. Undefined: only the config can say. */
  readonly baseUrl?: string;
  /** Absolute (with placeholders), or a path on the base URL. */
  readonly tokenUrl: string;
  readonly clientAuth: ClientAuth;
  /** False: the token request names no scope. */
  readonly sendsScope: boolean;
  readonly scopes: readonly string[];
  /** The part of `scopes` that a plan needs. */
  readonly readScopes: readonly string[];
  /** Where one path needs other scopes than the family's reads and writes do; named when CXone answers 403. */
  readonly pathScopes?: Readonly<Record<string, { readonly read?: string; readonly write?: string }>>;
  readonly paths: Readonly<Record<string, string>>;
  /** Sent with every call of the family. */
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

/** CXONE-API §1, and the paths of §3 to §7. */
export const familyProfiles: Readonly<Record<Family, FamilyProfile>> = {
  omnichannel: {
    tokenUrl: "/api/v2/oauth/token",
    clientAuth: "form",
    sendsScope: false,
    scopes: ["omnichannel:messaging:templates:read", "omnichannel:messaging:templates:write"],
    readScopes: ["omnichannel:messaging:templates:read"],
    paths: { templates: "/api/v2/omnichannel/messaging/templates" },
  },
  digital: {
    baseUrl: "https://api.nicecxone.com",
    tokenUrl: "/oauth/token",
    clientAuth: "form",
    sendsScope: true,
    scopes: [
      "interactions.digital.templates.read",
      "interactions.digital.templates.write",
      "interactions.digital.messages.write",
    ],
    readScopes: ["interactions.digital.templates.read"],
    pathScopes: { templates: { write: "interactions.digital.templates.write" } },
    paths: { templates: "/api/v1/interactions/digital/templates", jobs: "/api/v1/jobs" },
  },
  messaging: {
    baseUrl: "https://{org}.nicecxone.com",
    tokenUrl: "/oauth/token",
    clientAuth: "form",
    sendsScope: true,
    scopes: ["messaging:read", "messaging:write", "a2p:write", "webhooks:write"],
    readScopes: ["messaging:read"],
    pathScopes: {
      templates: { write: "messaging:write" },
      registrations: { write: "a2p:write" },
      webhooks: { write: "webhooks:write" },
      auditLogs: { write: "messaging:write" },
    },
    paths: {
      templates: "/api/v1/messaging/templates",
      registrations: "/api/v1/a2p/registrations",
      webhooks: "/api/v1/webhooks",
      auditLogs: "/api/v1/audit/logs",
    },
  },
  engage: {
    baseUrl: "https://{tenant}.engage.niceincontact.com",
    tokenUrl: "https://{tenant}.niceincontact.com/oauth2/token",
    clientAuth: "query",
    sendsScope: true,
    scopes: ["digital:guest:write", "digital:channel:read"],
    readScopes: ["digital:channel:read"],
    pathScopes: { guests: { read: "digital:guest:write", write: "digital:guest:write" } },
    paths: { guests: "/api/v1/guests", channels: "/api/v1/channels" },
    // CXONE-API §6 asks for it on guest calls.
    extraHeaders: { "X-CXone-Client": "cxform" },
  },
  preferences: {
    tokenUrl: "/oauth/token",
    clientAuth: "basic",
    sendsScope: false,
    scopes: ["preferences:write", "preferences:read", "contacts:read"],
    readScopes: ["preferences:read", "contacts:read"],
    pathScopes: { batch: { write: "preferences:write" }, preferences: { read: "preferences:read" } },
    paths: { batch: "/api/v2/preferences/batch", preferences: "/api/v2/preferences" },
  },
};

/** The scopes that a call needs, as far as CXONE-API says: what to ask an administrator for after a 403. */
export function scopesNeeded(family: Family, path: string, isWrite: boolean): readonly string[] {
  const profile = familyProfiles[family];
  const named = profile.pathScopes?.[path]?.[isWrite ? "write" : "read"];
  if (named !== undefined) return [named];
  return isWrite ? profile.scopes.filter((scope) => !profile.readScopes.includes(scope)) : profile.readScopes;
}

/** What the token request asks for; undefined where the family's token request names no scope. */
export function scopesAsked(
  family: Family,
  configured: readonly string[] | undefined,
  readOnly: boolean,
): readonly string[] | undefined {
  const profile = familyProfiles[family];
  // Scopes in the config say that this tenant wants them named, whatever the family does by default.
  if (!profile.sendsScope && configured === undefined) return undefined;
  const scopes = configured ?? profile.scopes;
  if (!readOnly) return scopes;
  const reading = scopes.filter((scope) => profile.readScopes.includes(scope) || !profile.scopes.includes(scope));
  return reading.length > 0 ? reading : profile.readScopes;
}
