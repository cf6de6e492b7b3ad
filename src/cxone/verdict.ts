// What an answer of CXone means for the call that it answers: done, try again, or which failure. Sends nothing itself.
import {
  type CallFacts,
  Conflict,
  Forbidden,
  Limited,
  Missing,
  Refused,
  Unauthorised,
  Unexpected,
  UnknownOutcome,
  Unreachable,
} from "../base/failure.ts";
import { retryAfterMs } from "../base/retry-after.ts";
import type { Family } from "../contract/api.ts";
import type { Json } from "../contract/json.ts";
import { clean, readError } from "./foreign.ts";
import type { Trial } from "./persist.ts";
import type { Exchange } from "./transport.ts";

export interface Asked {
  readonly family: Family;
  readonly method: string;
  /** Without a query: that may hold a contact id. */
  readonly path: string;
  readonly requestId: string;
  readonly isWrite: boolean;
  /** Named after a 403 when the answer names none. */
  readonly scopes: readonly string[];
  /** All scopes of the family, to recognise one in a message. */
  readonly knownScopes: readonly string[];
  /** The variables that hold the credentials. */
  readonly variables: readonly [string, string];
  /** Values of the request, the token and the credentials: never repeated. */
  readonly hidden: readonly string[];
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json | undefined;
  readonly latencyMs: number;
}

type AnswerOf = Extract<Exchange, { kind: "answer" }>;

/** CXONE-API §2 and RELIABILITY §2.2, for every call but token requests. `now` is epoch milliseconds, for Retry-After dates. */
export function judge(exchange: Exchange, asked: Asked, now: number): Trial<Answered> {
  if (exchange.kind === "lost") return judgeLost(exchange, asked);
  const { status } = exchange;
  if (status >= 200 && status < 300) return judgeSuccess(exchange, asked);
  if (status === 429 || status === 503) return judgeLimit(exchange, asked, now);
  if (status === 408 || (status >= 500 && status < 600)) {
    return lostAnswer(asked, `answered ${status}`, callFacts(exchange, asked));
  }
  return { kind: "failed", failure: refusal(exchange, asked) };
}

/** Like `judge`, for a request that has no side effect and whose failure to be limited is the same: 429 and 503. */
export function judgeLimit(exchange: AnswerOf, asked: Asked, now: number): Extract<Trial<never>, { kind: "again" }> {
  const { headers } = exchange;
  const afterMs = retryAfterMs({ retryAfter: headers.get("retry-after"), date: headers.get("date") }, now);
  const wait = afterMs === undefined ? "a few minutes" : `${Math.max(1, Math.ceil(afterMs / 1_000))} s`;
  return {
    kind: "again",
    reason: `${exchange.status}`,
    retryAfterMs: afterMs,
    failure: (note) =>
      new Limited(
        withWords(`${subject(asked)} was answered ${exchange.status} ${note}`, exchange, asked),
        callFacts(exchange, asked),
        {
          hint: `Run again in ${wait}; if it happens often, lower rateLimit.requestsPerSecond in cxform.yaml.`,
        },
      ),
  };
}

export function callFacts(exchange: Exchange | undefined, asked: Asked): CallFacts {
  const { family, method, path, requestId } = asked;
  if (exchange?.kind !== "answer") return { family, method, path, requestId };
  const { fieldErrors } = readError(exchange.body, asked.hidden);
  return {
    family,
    method,
    path,
    requestId,
    status: exchange.status,
    ...(fieldErrors === undefined ? {} : { fieldErrors }),
  };
}

export function subject(asked: Pick<Asked, "family" | "method" | "path">): string {
  return `${asked.family}: ${asked.method} ${asked.path}`;
}

export function unreachable(asked: Asked, what: string, call: CallFacts): Unreachable {
  return new Unreachable(`${subject(asked)} ${what}`, call, {
    hint: `Check the network and apis.${asked.family}.baseUrl in cxform.yaml, then run again.`,
  });
}

export function unexpected(
  asked: Pick<Asked, "family" | "method" | "path">,
  what: string,
  call: CallFacts,
): Unexpected {
  return new Unexpected(`${subject(asked)} ${what}`, call, {
    hint: `Check that apis.${asked.family} in cxform.yaml points to CXone's API; if it does, report this with the request id.`,
  });
}

function judgeLost(exchange: Extract<Exchange, { kind: "lost" }>, asked: Asked): Trial<never> {
  const call = callFacts(exchange, asked);
  if (exchange.wasSent) return lostAnswer(asked, `got no answer (${exchange.reason})`, call);
  const what = `could not be sent (${exchange.reason})`;
  if (exchange.isLasting) return { kind: "failed", failure: unreachable(asked, what, call) };
  return { kind: "again", reason: exchange.reason, failure: (note) => unreachable(asked, `${what} ${note}`, call) };
}

/** A read may be asked again; a write may have taken effect, and only a read-back can tell (CXONE-API §2). */
function lostAnswer(asked: Asked, what: string, call: CallFacts): Trial<never> {
  if (asked.isWrite) return { kind: "failed", failure: unknownOutcome(asked, what, call) };
  return { kind: "again", reason: what, failure: (note) => unreachable(asked, `${what} ${note}`, call) };
}

function unknownOutcome(asked: Asked, what: string, call: CallFacts): UnknownOutcome {
  return new UnknownOutcome(`${subject(asked)} ${what}; it may have taken effect`, call, {
    hint: "Run apply again: it reads back what happened before it sends anything.",
  });
}

function judgeSuccess(exchange: AnswerOf, asked: Asked): Trial<Answered> {
  const { status, headers, latencyMs, body } = exchange;
  if (body.kind === "json") return { kind: "done", value: { status, headers, latencyMs, body: body.value } };
  // An empty 200 to a read is an answer cut off before its first byte.
  if (body.kind === "empty" && (asked.isWrite || status === 204)) {
    return { kind: "done", value: { status, headers, latencyMs, body: undefined } };
  }
  const reason = body.kind === "empty" ? "is empty" : body.reason;
  const what = `was answered ${status} with a body that ${reason}`;
  const call = callFacts(exchange, asked);
  if (asked.isWrite) return { kind: "failed", failure: unknownOutcome(asked, what, call) };
  if (body.kind === "refused") return { kind: "failed", failure: unexpected(asked, what, call) };
  return { kind: "again", reason: what, failure: (note) => unexpected(asked, `${what} ${note}`, call) };
}

function refusal(exchange: AnswerOf, asked: Asked): Error {
  const { status } = exchange;
  const call = callFacts(exchange, asked);
  const message = withWords(`${subject(asked)} was answered ${status}`, exchange, asked);
  if (status === 401) return unauthorised(asked, `${subject(asked)} was answered 401 with a new token too`, call);
  if (status === 403) return forbidden(exchange, asked, call);
  if (status === 404) {
    // A proxy's or a wrong base URL's 404 page must not pass for "CXone no longer has it".
    if (exchange.body.kind === "unreadable" || exchange.body.kind === "refused") {
      return unexpected(asked, "was answered 404 by something that is not CXone's API: the body is not JSON", call);
    }
    return new Missing(message, call, { hint: "Plan again: CXone does not hold it (any more)." });
  }
  if (status === 409 || status === 412 || status === 428) {
    return new Conflict(message, call, {
      hint: "Plan again: CXone holds something else than what was planned against.",
    });
  }
  if (status >= 400 && status < 500) {
    return new Refused(message, call, { hint: "Correct what the message names, then plan again." });
  }
  const what =
    status >= 300 && status < 400 ? "a redirect; redirects are never followed" : "which is no answer of the API";
  return unexpected(asked, `was answered ${status}, ${what}`, call);
}

export function unauthorised(asked: Pick<Asked, "variables">, message: string, call: CallFacts): Unauthorised {
  const [idVariable, secretVariable] = asked.variables;
  return new Unauthorised(`${message}; the credentials came from ${idVariable} and ${secretVariable}`, call, {
    hint: `Check that ${idVariable} and ${secretVariable} hold a client of this tenant that is not revoked.`,
  });
}

export function forbidden(exchange: AnswerOf, asked: Asked, call: CallFacts): Forbidden {
  const scopes = namedScopes(exchange, asked);
  const noun = scopes.length === 1 ? "scope" : "scopes";
  const message = withWords(
    `${subject(asked)} was answered 403; it needs the ${noun} ${scopes.join(", ")}`,
    exchange,
    asked,
  );
  return new Forbidden(message, call, {
    hint: `Grant the OAuth client in ${asked.variables[0]} the ${noun} ${scopes.join(", ")}; if it has them, see the message for what else is not allowed.`,
  });
}

/** The scopes that the answer names (RFC 6750 §3, or a known one in its message), else those that the call needs. */
function namedScopes(exchange: AnswerOf, asked: Asked): readonly string[] {
  const challenge = /\bscope="([\w:./ -]{1,300})"/.exec(exchange.headers.get("www-authenticate") ?? "")?.[1];
  const challenged = clean(challenge ?? "", asked.hidden)
    .split(" ")
    .filter((scope) => scope !== "" && scope !== "(hidden)");
  if (challenged.length > 0) return challenged;
  const words = (readError(exchange.body, asked.hidden).message ?? "")
    .split(/[^\w:.-]+/)
    .map((word) => word.replace(/(?<![.:])[.:]+$/, ""));
  const mentioned = asked.knownScopes.filter((scope) => words.includes(scope));
  return mentioned.length > 0 ? mentioned : asked.scopes;
}

function withWords(message: string, exchange: AnswerOf, asked: Asked): string {
  const words = readError(exchange.body, asked.hidden).message?.replace(/(?<![.\s])[.\s]+$/, "");
  return words === undefined || words === "" ? message : `${message}: ${words}`;
}
