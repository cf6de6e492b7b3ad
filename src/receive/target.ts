// Sends one delivery to one configured hook: to a checked address, without redirects, signed where a secret is configured. It knows no queue and no event.
import { lookup as lookupAll } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { retryAfterMs } from "../base/retry-after.ts";
import { version } from "../base/version.ts";
import type { Clock } from "../contract/world.ts";
import { isLiteralLoopback, isLoopback, isPublic } from "./address-check.ts";
import { sign } from "./signature.ts";

/** Where deliveries go: a configured hook with its variables read. */
export interface Target {
  readonly name: string;
  /** As the config or its variable says it; never shown. */
  readonly url: string;
  /** The bytes that sign. Absent: unsigned. */
  readonly key?: Uint8Array;
  readonly timeoutMs: number;
}

export interface Message {
  /** The same with every attempt. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What became of one attempt. `reason` holds no address, no body and no secret. */
export type Attempt =
  | { readonly kind: "delivered"; readonly status: number }
  | {
      readonly kind: "failed";
      readonly status?: number;
      readonly reason: string;
      /** `gone`: never again; `refused`: again only a few times; `later`: as long as the delivery lives. */
      readonly verdict: "gone" | "refused" | "later";
      /** What the target asked for, in milliseconds. */
      readonly retryAfterMs?: number;
    };

export type Send = (target: Target, message: Message) => Promise<Attempt>;

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface SenderOptions {
  readonly clock: Clock;
  /** By default the system's resolver. */
  readonly resolve?: Resolve;
}

/** More of an answer is not read: nothing in it is of use. */
const mostAnswerBytes = 64 * 1024;

const systemResolve: Resolve = async (hostname) =>
  (await lookupAll(hostname, { all: true, verbatim: true })).map(({ address }) => address);

export function createSender({ clock, resolve = systemResolve }: SenderOptions): Send {
  return async (target, message) => {
    const place = await placeOf(target.url, resolve).catch(() => "its name cannot be resolved");
    if (typeof place === "string") return { kind: "failed", verdict: "later", reason: place };
    const stop = new AbortController();
    const ended = new AbortController();
    const late: Attempt = { kind: "failed", verdict: "later", reason: `no answer within ${target.timeoutMs / 1000} s` };
    // Once the status is there it counts, however long the body then takes.
    let told: Attempt = late;
    const tell = (attempt: Attempt): void => {
      told = attempt;
    };
    try {
      await Promise.race([
        post(place, target, message, clock.now(), stop.signal, tell),
        clock.sleep(target.timeoutMs, ended.signal),
      ]);
      return told;
    } finally {
      ended.abort();
      stop.abort();
    }
  };
}

interface Place {
  readonly url: URL;
  /** Checked; the connection goes to it and to no other. */
  readonly address: string;
}

/** The address to connect to, or why there is none. Every address of the name is checked: one that is not public condemns all. */
async function placeOf(text: string, resolve: Resolve): Promise<Place | string> {
  if (!URL.canParse(text)) return "its address is no URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "its address holds a user name or password";
  const mayBeLoopback = isLiteralLoopback(text);
  if (url.protocol !== "https:" && !(mayBeLoopback && url.protocol === "http:")) return "its address is not https";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const isAllowed = mayBeLoopback ? isLoopback : isPublic;
  const [address] = addresses;
  if (address === undefined) return "its name has no address";
  if (!addresses.every(isAllowed)) return "its name leads to an address that is not public";
  return { url, address };
}

/** Resolves when the exchange is over; what came of it is told before. */
function post(
  { url, address }: Place,
  target: Target,
  message: Message,
  now: number,
  signal: AbortSignal,
  tell: (attempt: Attempt) => void,
): Promise<void> {
  const body = Buffer.from(message.body, "utf8");
  return new Promise((done) => {
    let isAnswered = false;
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(
      {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port === "" ? undefined : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers: headersOf(target, message, body.length, now),
        // A connection of its own, so that none is used again that was opened before this check.
        agent: false,
        signal,
        // The name was resolved and checked above; asked again, it could give another address.
        lookup: (_hostname, options, callback) => {
          const family = isIP(address);
          if (options.all === true) callback(null, [{ address, family }]);
          else callback(null, address, family);
        },
      },
      (response) => {
        isAnswered = true;
        tell(judge(response, now));
        drop(response);
        response.on("close", done);
      },
    );
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (!isAnswered && !signal.aborted) tell({ kind: "failed", verdict: "later", reason: wordsOf(error.code) });
      done();
    });
    request.end(body);
  });
}

function headersOf(
  target: Target,
  message: Message,
  length: number,
  now: number,
): Readonly<Record<string, string | number>> {
  const timestampS = Math.floor(now / 1000);
  return {
    "content-type": "application/json",
    "content-length": length,
    "user-agent": `cxform/${version}`,
    "webhook-id": message.id,
    "webhook-timestamp": String(timestampS),
    ...(target.key === undefined
      ? {}
      : { "webhook-signature": sign(target.key, message.id, timestampS, message.body) }),
  };
}

/** Read to its end, so that the other side sees no reset, but never for long. */
function drop(response: IncomingMessage): void {
  let seen = 0;
  response.on("data", (piece: Buffer) => {
    seen += piece.length;
    if (seen > mostAnswerBytes) response.destroy();
  });
  response.on("error", () => undefined);
}

function judge(response: IncomingMessage, now: number): Attempt {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  // A redirect could lead anywhere, with the signature in its hands: it is a failure like another.
  const reason =
    status >= 300 && status < 400 ? `answered ${status}, and redirects are not followed` : `answered ${status}`;
  const isRefusal = status < 500 && status !== 408 && status !== 425 && status !== 429;
  const { "retry-after": retryAfter = null, date = null } = response.headers;
  const wait = retryAfterMs({ retryAfter, date }, now);
  return {
    kind: "failed",
    status,
    reason,
    verdict: status === 410 ? "gone" : isRefusal ? "refused" : "later",
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  };
}

/** Node's own words name the address, which may be a secret. */
function wordsOf(code: string | undefined): string {
  if (code === "ECONNREFUSED") return "refused the connection";
  if (code === "ECONNRESET" || code === "EPIPE") return "broke the connection";
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return "cannot be reached";
  return code !== undefined && /^[A-Z0-9_]{3,60}$/.test(code) ? `failed (${code})` : "failed";
}
