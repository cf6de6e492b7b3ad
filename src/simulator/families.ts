// The five API families as the simulator serves them: path prefix, token style, scopes. It knows no endpoint.

export type Family = "omnichannel" | "digital" | "messaging" | "engage" | "preferences";

/** How the token request carries its credentials (CXONE-API §1). */
export type TokenStyle = "form" | "formWithScope" | "query" | "basic";

export interface FamilyFacts {
  readonly tokenPath: string;
  readonly tokenStyle: TokenStyle;
  readonly scopes: readonly string[];
}

export const FAMILIES: Readonly<Record<Family, FamilyFacts>> = {
  omnichannel: {
    tokenPath: "/api/v2/oauth/token",
    tokenStyle: "form",
    scopes: ["omnichannel:messaging:templates:read", "omnichannel:messaging:templates:write"],
  },
  digital: {
    tokenPath: "/oauth/token",
    tokenStyle: "formWithScope",
    scopes: [
      "interactions.digital.templates.read",
      "interactions.digital.templates.write",
      "interactions.digital.messages.write",
    ],
  },
  messaging: {
    tokenPath: "/oauth/token",
    tokenStyle: "formWithScope",
    scopes: ["messaging:read", "messaging:write", "a2p:write", "webhooks:write"],
  },
  engage: {
    tokenPath: "/oauth2/token",
    tokenStyle: "query",
    scopes: ["digital:guest:write", "digital:channel:read"],
  },
  preferences: {
    tokenPath: "/oauth/token",
    tokenStyle: "basic",
    scopes: ["preferences:write", "preferences:read", "contacts:read"],
  },
};

export const FAMILY_NAMES = Object.keys(FAMILIES) as readonly Family[];

/** The family whose prefix a path begins with, and the rest of the path; `undefined` for a path of none. */
export function splitFamily(path: string): { readonly family: Family; readonly rest: string } | undefined {
  const family = FAMILY_NAMES.find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
  return family === undefined ? undefined : { family, rest: path.slice(family.length + 1) || "/" };
}
