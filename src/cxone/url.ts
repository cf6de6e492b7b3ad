// Where a call goes: base URL, prefix, path and segments joined so that none can leave the family's own origin. Sends nothing.
import { Bug, invariant } from "../base/invariant.ts";
import { isNoSegment } from "../base/path-segment.ts";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Why a base or token URL may not be called, or undefined when it may: https, or http to this machine (INTERFACE §2). Never quotes the URL. */
export function urlFault(text: string): string | undefined {
  if (!URL.canParse(text)) return "is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  if (url.hash !== "" || url.search !== "") return "has a query or a fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `has the scheme ${url.protocol} instead of https:`;
  return loopback.test(url.hostname) ? undefined : "is http: and not loopback";
}

/** The path of a call: a path of the family's table and segments, percent-encoded. */
export function callPath(path: string, segments: readonly string[] = []): string {
  const parts = path.split("/").filter((part) => part !== "");
  for (const part of parts) invariant(!isNoSegment(part), "a configured path holds a dot segment");
  for (const segment of segments) {
    invariant(!isNoSegment(segment), "a path segment is empty or only dots");
    invariant(segment.isWellFormed(), "a path segment holds half a character");
  }
  return `/${[...parts, ...segments.map((segment) => encodeURIComponent(segment))].join("/")}`;
}

/** The URL of a path below a base URL, whose own path prefix is kept. */
export function joinUrl(baseUrl: string, path: string, query?: Readonly<Record<string, string>>): URL {
  const base = new URL(baseUrl);
  const prefix = base.pathname.replace(/(?<!\/)\/+$/, "");
  const url = new URL(base.origin);
  url.pathname = prefix + path;
  if (url.pathname !== prefix + path) throw new Bug("a path was rewritten while it was joined to its base URL");
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value);
  return url;
}

/** The token URL: absolute as it stands, or a path on the base URL. */
export function tokenUrl(baseUrl: string, configured: string): URL {
  return /^[a-z][a-z0-9+.-]*:/i.test(configured) ? new URL(configured) : joinUrl(baseUrl, callPath(configured));
}
