// Base and token URLs of the config: what may be called, and how the two are joined; knows no family.

/** Why a URL may not be called, or undefined when it may. Never quotes the URL: it may hold a password. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return "is no URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  if (url.search !== "" || url.hash !== "") return "has a query or a fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `has the scheme ${url.protocol}//; only https:// is called`;
  return isLoopback(text) ? undefined : "is http: and not loopback";
}

/** Whether a URL leads to this machine. The parser of WHATWG URLs brings every spelling of an address (127.1, 0x7f000001) to one form. */
export function isLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname } = new URL(text);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Fills `{org}` and `{tenant}`; undefined when the URL needs a tenant and there is none. */
export function fillTenant(url: string, tenant: string | undefined): string | undefined {
  if (!/\{(?:org|tenant)\}/.test(url)) return url;
  return tenant === undefined ? undefined : url.replace(/\{(?:org|tenant)\}/g, () => encodeURIComponent(tenant));
}

/** A base URL without its last slash; a path prefix stays. */
export function trimBase(baseUrl: string): string {
  let end = baseUrl.length;
  while (baseUrl[end - 1] === "/") end--;
  return baseUrl.slice(0, end);
}

/** The token URL: absolute as it stands, or a path below the base URL and its prefix. */
export function joinTokenUrl(baseUrl: string, tokenUrl: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(tokenUrl) || baseUrl === "") return tokenUrl;
  return `${trimBase(baseUrl)}/${tokenUrl.replace(/^\/+/, "")}`;
}
