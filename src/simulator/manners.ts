// How a client has to ask, whatever it asks for: headers and query (CXONE-API §1, §2). It refuses nothing.

import type { Incoming } from "./exchange.ts";
import { MAX_PAGE_SIZE } from "./paging.ts";
import type { ViolationKind } from "./violations.ts";

export interface Wrong {
  readonly kind: ViolationKind;
  readonly detail: string;
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const MOST_LISTED = 1000;

/** The headers of a call; a write also needs its idempotency key. */
export function checkHeaders(incoming: Incoming, honoursKeys: boolean): Wrong[] {
  const { headers, isToken, method } = incoming;
  if (isToken) return [];
  const needed: readonly (readonly [string, RegExp])[] = [
    ["user-agent", /^cxform\//],
    ["accept", /application\/json/],
    ["x-request-id", UUID],
  ];
  const wrongs: Wrong[] = needed
    .filter(([name, form]) => !form.test(headers.get(name) ?? ""))
    .map(([name]) => ({ kind: "headerMissing", detail: name }));
  if (honoursKeys && method !== "GET" && !headers.has("x-idempotency-key")) {
    wrongs.push({ kind: "writeWithoutKey", detail: "X-Idempotency-Key is missing" });
  }
  return wrongs;
}

/** Pages over the limit, and credentials where no contract asks for them. */
export function checkQuery(incoming: Incoming): Wrong[] {
  const { family, query, isToken } = incoming;
  const wrongs: Wrong[] = [];
  if (Number(query.get("pageSize") ?? 0) > MAX_PAGE_SIZE || Number(query.get("limit") ?? 0) > MOST_LISTED) {
    wrongs.push({ kind: "pageTooLarge", detail: query.get("pageSize") ?? query.get("limit") ?? "" });
  }
  const hasCredentials = query.has("client_secret") || query.has("access_token");
  if (hasCredentials && !(isToken && family === "engage")) {
    wrongs.push({ kind: "credentialsInQuery", detail: "credentials stand in a URL" });
  }
  return wrongs;
}
