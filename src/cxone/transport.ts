// One HTTP request and its answer: methods, origin, timeout and size are bounded here. Knows no token, retry or family.
import ky from "ky";
import { invariant } from "../base/invariant.ts";
import type { World } from "../contract/world.ts";
import { type Body, readBody } from "./body.ts";

export interface Outgoing {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came of one request. `lost` tells whether it can have reached CXone. */
export type Exchange =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Headers;
      readonly body: Body;
      readonly latencyMs: number;
    }
  | { readonly kind: "lost"; readonly wasSent: boolean; readonly isLasting: boolean; readonly reason: string };

export type Transport = (request: Outgoing) => Promise<Exchange>;

export interface TransportOptions {
  readonly world: Pick<World, "clock" | "fetch">;
  /** The only origin that this transport ever talks to. */
  readonly origin: string;
  /** The only methods that it sends: a reader's has GET alone. */
  readonly methods: readonly Outgoing["method"][];
  readonly timeoutMs: number;
  readonly mostBytes: number;
}

/** What fetch takes as a header: it would refuse anything else with an error that quotes the value. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export function createTransport(options: TransportOptions): Transport {
  const { clock, fetch } = options.world;
  return async (request) => {
    // RELIABILITY §7 S2: credentials go to the pinned origin only, whatever the caller computed.
    invariant(request.url.origin === options.origin, "a request left the origin of its family");
    invariant(
      options.methods.includes(request.method),
      `a transport for ${options.methods} was asked to ${request.method}`,
    );
    for (const [name, value] of Object.entries(request.headers)) {
      invariant(headerName.test(name), "a header has a name that no header may have");
      invariant(headerValue.test(value), `the header ${name} holds a character that no header may hold`);
    }
    const startedAt = clock.elapsed();
    const stop = new AbortController();
    const ended = new AbortController();
    // Fetch does not show when its connection stands, so the 5 s of CXONE-API §2 for connecting are not told from the whole
    // call's limit here; a connection that cannot be made ends in fetch's own connect timeout, or in this one.
    const timeout = clock.sleep(options.timeoutMs, ended.signal).then((): Exchange => {
      if (!ended.signal.aborted) stop.abort();
      return lost(true, `no answer within ${options.timeoutMs / 1_000} s`);
    });
    try {
      // The race, not the abort alone, ends the wait: an abort may fail to reach a body that is being read.
      return await Promise.race([
        exchange(request, fetch, stop.signal, options.mostBytes, () => clock.elapsed() - startedAt),
        timeout,
      ]);
    } finally {
      ended.abort();
    }
  };
}

async function exchange(
  request: Outgoing,
  fetch: World["fetch"],
  signal: AbortSignal,
  mostBytes: number,
  elapsedMs: () => number,
): Promise<Exchange> {
  let response: Response;
  try {
    response = await ky(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body }),
      fetch,
      signal,
      redirect: "manual",
      // Retries go through our pace and budget; ky's would bypass both.
      retry: 0,
      timeout: false,
      throwHttpErrors: false,
    });
  } catch (error) {
    return classifyLoss(error);
  }
  const { status, headers } = response;
  try {
    const body = await readBody(response, mostBytes);
    return { kind: "answer", status, headers, body, latencyMs: elapsedMs() };
  } catch {
    const body: Body = { kind: "unreadable", reason: "was cut off" };
    return { kind: "answer", status, headers, body, latencyMs: elapsedMs() };
  }
}

function lost(wasSent: boolean, reason: string, isLasting = false): Exchange {
  return { kind: "lost", wasSent, isLasting, reason };
}

/** A refused or unresolved connection was certainly never sent; of anything else we cannot know. Only codes are kept: messages may quote URLs. */
function classifyLoss(error: unknown): Exchange {
  const causes = connectionErrors(error);
  const code = causes.map((cause) => cause.code).find((name) => name !== undefined) ?? "";
  const reason = /^[A-Z0-9_]{3,60}$/.test(code) ? code : "the connection failed";
  if (causes.length > 0 && causes.every(isUnsent)) return lost(false, reason);
  // TLS verifies before the first byte of a request: nothing was sent, and asking again will not help.
  if (/^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/.test(code))
    return lost(false, reason, true);
  return lost(true, reason);
}

interface ConnectionError {
  readonly code?: string;
  readonly syscall?: string;
}

function isUnsent(error: ConnectionError): boolean {
  return error.syscall === "connect" || error.syscall === "getaddrinfo" || error.code === "UND_ERR_CONNECT_TIMEOUT";
}

/** The errors beneath fetch's TypeError; several when a host has several addresses. */
function connectionErrors(error: unknown): readonly ConnectionError[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors as readonly ConnectionError[];
  return typeof cause === "object" && cause !== null ? [cause as ConnectionError] : [];
}
