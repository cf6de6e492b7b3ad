// What an error or a GraphQL answer of GitHub means: which failure, and whether the call may be sent again. Sends nothing itself.
import type { Json, JsonObject } from "../contract/json.ts";
import {
  type GitHubCall,
  type GitHubFailure,
  GitHubForbidden,
  GitHubLimited,
  GitHubMissing,
  GitHubRefused,
  GitHubUnauthorised,
  GitHubUnexpected,
  GitHubUnreachable,
  StaleBranch,
} from "./failure.ts";

export interface Asked {
  readonly call: GitHubCall;
  readonly isWrite: boolean;
  /** Never repeated. */
  readonly token: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Verdict {
  readonly failure: Error;
  /** Undefined: not to be sent again. Without `waitMs`: after a growing pause. */
  readonly again?: { readonly waitMs?: number };
}

/** As octokit's RequestError has it, and fetch's TypeError. */
interface Thrown {
  readonly status?: unknown;
  readonly response?: { readonly headers?: Readonly<Record<string, string>>; readonly data?: Json };
  readonly cause?: unknown;
}

/** GitHub's advice for a secondary limit without a retry-after (docs, rate limits for REST, 2026-11). */
const secondaryWaitMs = 60_000;
const longestText = 300;
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** The path without a query, whatever the base. */
export function pathOf(url: string): string {
  return new URL(url).pathname;
}

export function judge(error: unknown, asked: Asked): Verdict {
  const thrown = (typeof error === "object" && error !== null ? error : {}) as Thrown;
  if (error instanceof GitHubUnexpected) return { failure: error };
  const { response } = thrown;
  const status = response === undefined && thrown.cause !== undefined ? undefined : statusOf(thrown);
  const headers = response?.headers ?? {};
  const requestId = headers["x-github-request-id"];
  const call: GitHubCall = {
    ...asked.call,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  const words = wordsOf(response?.data, asked.token);
  const where = `${call.method} ${call.path}`;
  if (status === undefined || status >= 500) return lost(thrown, call, asked, where);
  const waitMs = limitOf(status, headers, words.message, asked.now);
  if (waitMs !== undefined) return { failure: limited(call, where, waitMs), again: { waitMs } };
  if (status === 401) {
    return {
      failure: new GitHubUnauthorised(
        `GitHub refused the token for ${where} (401)`,
        call,
        "Give a token that is valid; the one of a workflow's job ends with the job.",
      ),
    };
  }
  const said = words.message === "" ? "" : `: ${words.message}`;
  if (status === 403) {
    const permission = permissionOf(headers["x-accepted-github-permissions"], asked);
    return { failure: forbidden(`GitHub does not allow ${where} (403)${said}`, call, permission) };
  }
  if (status === 404) {
    return {
      failure: new GitHubMissing(
        `GitHub knows no ${where}, or does not show it to this token (404)`,
        call,
        hintForMissing(permissionOf(headers["x-accepted-github-permissions"], asked)),
      ),
    };
  }
  const errors = words.errors.length === 0 ? "" : ` (${words.errors.join("; ")})`;
  return {
    failure: new GitHubRefused(
      `GitHub refused ${where} (${status})${said}${errors}`,
      call,
      "Correct what GitHub names; if it names nothing of yours, report it.",
      words.errors,
    ),
  };
}

/** What the `errors` of a GraphQL answer mean; the first with a known type decides. */
export function graphqlFailure(
  errors: readonly Json[],
  call: GitHubCall,
  permission: string | undefined,
  token: string,
): GitHubFailure {
  const all = errors.filter(isObject);
  const typed = (type: string): JsonObject | undefined => all.find((error) => error["type"] === type);
  const text = (error: JsonObject | undefined): string => clean(textOf(error?.["message"]), token);
  if (typed("STALE_DATA") !== undefined) {
    return new StaleBranch(
      "the branch was moved by somebody else before the commit",
      call,
      "Run the command again: it reads what the branch holds now.",
    );
  }
  if (typed("FORBIDDEN") !== undefined) {
    return forbidden(`GitHub does not allow the call: ${text(typed("FORBIDDEN"))}`, call, permission);
  }
  if (typed("NOT_FOUND") !== undefined) {
    return new GitHubMissing(`GitHub found nothing: ${text(typed("NOT_FOUND"))}`, call, hintForMissing(permission));
  }
  if (typed("RATE_LIMITED") !== undefined) return limited(call, "the GraphQL API", undefined);
  const words = all.map((error) => text(error));
  return new GitHubRefused(
    `GitHub refused the query: ${words.join("; ")}`,
    call,
    "Correct what GitHub names; if it names nothing of yours, report it.",
    words,
  );
}

function lost(thrown: Thrown, call: GitHubCall, asked: Asked, where: string): Verdict {
  const { status } = call;
  const codes = causesOf(thrown);
  const reason = status === undefined ? (codes[0] ?? "no answer came") : `answered ${status}`;
  const failure = new GitHubUnreachable(
    `GitHub cannot be reached for ${where}: ${reason}`,
    call,
    asked.isWrite
      ? "Run the command again: it looks first whether this write has happened."
      : "Look at the status page of GitHub, check the network, and run the command again.",
  );
  const isUnsent = codes.length > 0 && codes.every((code) => unsent.includes(code));
  return asked.isWrite && !isUnsent ? { failure } : { failure, again: {} };
}

/** With these, no byte of a request has left. */
const unsent = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"];

/** Codes only: the messages of connection errors may quote addresses. */
function causesOf(thrown: Thrown): readonly string[] {
  const codes: string[] = [];
  let at: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    const { code, cause } = at as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === "string" && /^[A-Z0-9_]{3,60}$/.test(code)) codes.push(code);
    at = at instanceof AggregateError ? at.errors[0] : cause;
  }
  return codes;
}

/** The status that a server answered; fetch's own failures get a 500 from octokit and have no response. */
function statusOf(thrown: Thrown): number | undefined {
  if (thrown.response === undefined && thrown.status === 500) return undefined;
  return typeof thrown.status === "number" && thrown.status >= 100 ? thrown.status : undefined;
}

/** Milliseconds to wait before asking again; undefined when this is no limit. */
function limitOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  message: string,
  now: number,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = headers["retry-after"];
  if (after !== undefined && /^\d{1,6}$/.test(after)) return Number(after) * 1_000;
  if (headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"]);
    // A second more: the limit is open after the reset, not at it.
    return Number.isFinite(reset) ? Math.max(0, reset * 1_000 - now) + 1_000 : secondaryWaitMs;
  }
  return status === 429 || /secondary rate limit|abuse detection/i.test(message) ? secondaryWaitMs : undefined;
}

function limited(call: GitHubCall, where: string, waitMs: number | undefined): GitHubLimited {
  const seconds = waitMs === undefined ? undefined : Math.ceil(waitMs / 1_000);
  return new GitHubLimited(
    `GitHub's rate limit is used up for ${where}`,
    call,
    seconds === undefined ? "Run the command again in an hour." : `Run the command again in ${seconds} s.`,
    seconds,
  );
}

function forbidden(message: string, call: GitHubCall, permission: string | undefined): GitHubForbidden {
  const hint =
    permission === undefined
      ? "Give the token the permission for it (permissions: of the workflow's job)."
      : `Give the job's token the permission ${permission} (permissions: in the workflow).`;
  return new GitHubForbidden(message, call, hint, permission);
}

function hintForMissing(permission: string | undefined): string {
  const may = permission === undefined ? "may see it" : `has the permission ${permission}`;
  return `Check the name, and that the token ${may}.`;
}

/** GitHub names what would do in a header, `contents=write; pull_requests=read,issues=write`; without it the path tells. */
function permissionOf(header: string | undefined, asked: Asked): string | undefined {
  if (header !== undefined && /^[a-z_]+=[a-z]+([,;] ?[a-z_]+=[a-z]+)*$/.test(header)) {
    return header
      .split(/; ?/)
      .map((all) =>
        all
          .split(/, ?/)
          .map((one) => one.replaceAll("_", "-").replace("=", ": "))
          .join(" and "),
      )
      .join(" or ");
  }
  const rights = asked.isWrite ? "write" : "read";
  const found = permissions.find(([pattern]) => pattern.test(asked.call.path));
  return found === undefined ? undefined : `${found[1]}: ${rights}`;
}

const permissions: readonly (readonly [RegExp, string])[] = [
  [/\/statuses\/[^/]+$/, "statuses"],
  [/\/(?:git|contents|branches|dispatches|compare)(?:\/|$)/, "contents"],
  [/\/(?:actions|environments)\//, "actions"],
  [/\/pulls(?:\/|$)/, "pull-requests"],
  [/\/issues(?:\/|$)/, "issues"],
];

function wordsOf(data: Json | undefined, token: string): { readonly message: string; readonly errors: string[] } {
  if (!isObject(data)) return { message: "", errors: [] };
  const errors = Array.isArray(data["errors"]) ? data["errors"].slice(0, 10) : [];
  return {
    message: clean(textOf(data["message"]), token),
    errors: errors
      .map((error: Json) => {
        if (!isObject(error)) return textOf(error);
        const field = textOf(error["field"]);
        const what = textOf(error["message"]) || textOf(error["code"]);
        return field === "" || what.includes(field) ? what : `${field}: ${what}`;
      })
      .map((text) => clean(text, token))
      .filter((text) => text !== ""),
  };
}

/** One line of GitHub's own words, without the token and anything invisible. */
function clean(text: string, token: string): string {
  const shown = text.slice(0, 5_000).split(token).join("(hidden)").replace(invisible, " ").replace(/\s+/g, " ").trim();
  return shown.length > longestText ? `${[...shown].slice(0, longestText - 1).join("")}…` : shown;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
