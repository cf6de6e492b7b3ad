// GitHub's REST and GraphQL through octokit: the token stays within, failures are typed, waits go by the clock and end. Knows no plan, console or environment.
import { Octokit } from "octokit";
import { invariant } from "../base/invariant.ts";
import { version } from "../base/version.ts";
import type { Json } from "../contract/json.ts";
import type { World } from "../contract/world.ts";
import { type GitHubCall, GitHubUnexpected } from "./failure.ts";
import { graphqlFailure, judge, pathOf } from "./verdict.ts";

export interface GitHubOptions {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  /** GITHUB_API_URL; default that of github.com. */
  readonly apiUrl?: string | undefined;
  /** GITHUB_GRAPHQL_URL; default: the one that belongs to `apiUrl`. */
  readonly graphqlUrl?: string | undefined;
  readonly world: Pick<World, "clock" | "fetch" | "chance">;
}

export interface GitHub {
  readonly repository: string;
  /** The two path parameters that nearly every route has. */
  readonly place: { readonly owner: string; readonly repo: string };
  /** REST by route, typed by octokit. Throws GitHubFailure. */
  readonly request: Octokit["request"];
  /** All pages of a list, 100 at a time where the caller says so. */
  readonly paginate: Octokit["paginate"];
  /** `permission` is what a 403 on this call means to a workflow, such as `contents: write`. Throws GitHubFailure. */
  graphql<T>(query: string, variables: Readonly<Record<string, unknown>>, permission?: string): Promise<T>;
  /** The bytes behind a route that answers with the address of a store, which gets no token. Throws GitHubUnexpected for more than `mostBytes`. */
  download(path: string, mostBytes: number): Promise<Uint8Array>;
}

const defaultApiUrl = "https://api.github.com";
/** The version that GitHub Enterprise Server has as well. */
const apiVersion = "2022-11-28";
const timeoutMs = 30_000;
const mostAttempts = 4;
/** GitHub asks for a second between writes; more than that is a secondary rate limit (docs, best practices for REST, 2026-11). */
const writeGapMs = 1_000;
const longestWaitMs = 300_000;
const ignore = (): void => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Opens nothing: the first call shows what is wrong with the token. */
export function openGitHub(options: GitHubOptions): GitHub {
  const { world, token } = options;
  const [owner = "", repo = "", ...more] = options.repository.split("/");
  invariant(owner !== "" && repo !== "" && more.length === 0, "a repository is owner/name");
  const apiUrl = withoutSlash(options.apiUrl ?? defaultApiUrl);
  const graphqlUrl = options.graphqlUrl ?? graphqlBeside(apiUrl);
  const origins = new Set([new URL(apiUrl).origin, new URL(graphqlUrl).origin]);
  const octokit = new Octokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: `cxform/${version}`,
    request: { fetch: world.fetch, log: silent },
    log: silent,
    // Octokit's own retries send a POST again whose answer was lost, and wait by timers of their own. Ours are below.
    retry: { enabled: false },
    throttle: { enabled: false },
  });
  const persist = persistence(world, token);
  octokit.hook.wrap("request", (request, asked) => {
    // A next page's address is GitHub's to give, the token is not: it goes to the two origins only.
    const { url } = octokit.request.endpoint(asked);
    invariant(origins.has(new URL(url).origin), "a call left the origin of GitHub's API");
    const call = { method: asked.method, path: pathOf(url) };
    const isWrite = asked.method !== "GET" && !isQuery(asked);
    // In place: octokit's own hooks are bound to this object and would not see a copy.
    asked.headers = { ...asked.headers, "x-github-api-version": apiVersion };
    return persist(call, isWrite, (signal) => {
      asked.request = { ...asked.request, signal };
      return request(asked);
    });
  });
  return {
    repository: options.repository,
    place: { owner, repo },
    request: octokit.request,
    paginate: octokit.paginate,
    async graphql<T>(query: string, variables: Readonly<Record<string, unknown>>, permission?: string): Promise<T> {
      const { data, headers } = await octokit.request({ method: "POST", url: graphqlUrl, query, variables });
      const answer = data as { readonly data?: T | null; readonly errors?: readonly Json[] };
      const call: GitHubCall = { method: "POST", path: pathOf(graphqlUrl), status: 200 };
      if (Array.isArray(answer.errors) && answer.errors.length > 0) {
        const requestId = headers["x-github-request-id"];
        throw graphqlFailure(answer.errors, { ...call, ...(requestId ? { requestId } : {}) }, permission, token);
      }
      if (typeof answer.data !== "object" || answer.data === null) throw noData(call);
      return answer.data;
    },
    async download(path, mostBytes) {
      const answer = await octokit.request({ method: "GET", url: path, request: { redirect: "manual" } });
      const call: GitHubCall = { method: "GET", path: pathOf(`${apiUrl}${path}`), status: answer.status };
      const { location } = answer.headers;
      if (answer.status !== 302 || location === undefined) {
        throw new GitHubUnexpected("GitHub gave no address to download from", call, "Run the command again.");
      }
      const isSafe = location.startsWith("https:") || new URL(apiUrl).protocol === "http:";
      invariant(isSafe, "a download goes over https");
      return persist(call, false, (signal) => readStore(world, location, signal, mostBytes, call));
    },
  };
}

/** On GitHub Enterprise Server `/api/v3` has `/api/graphql` beside it. */
function graphqlBeside(apiUrl: string): string {
  return /\/api\/v3$/.test(apiUrl) ? apiUrl.replace(/\/v3$/, "/graphql") : `${apiUrl}/graphql`;
}

/** GraphQL reads by POST as well; octokit puts the parameters of a call beside its options. */
function isQuery(asked: object): boolean {
  return "query" in asked && typeof asked.query === "string" && /^\s*query\b/.test(asked.query);
}

function noData(call: GitHubCall): GitHubUnexpected {
  return new GitHubUnexpected("GitHub answered a query with neither data nor errors", call, "Run the command again.");
}

type Persist = <T>(call: GitHubCall, isWrite: boolean, send: (signal: AbortSignal) => T | Promise<T>) => Promise<T>;

/** One write at a time and a second apart; limits are waited out, lost reads are sent again, a lost write is the caller's to look up. */
function persistence(world: GitHubOptions["world"], token: string): Persist {
  const { clock, chance } = world;
  let lastWrite: Promise<unknown> = Promise.resolve();
  let nextWriteAt = 0;

  async function attempt<T>(send: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
    const stop = new AbortController();
    const ended = new AbortController();
    const timeout = clock.sleep(timeoutMs, ended.signal).then((): never => {
      stop.abort();
      throw new Error(`no answer within ${timeoutMs / 1_000} s`);
    });
    timeout.catch(() => undefined);
    try {
      return await Promise.race([send(stop.signal), timeout]);
    } finally {
      ended.abort();
    }
  }

  async function persist<T>(
    call: GitHubCall,
    isWrite: boolean,
    send: (signal: AbortSignal) => T | Promise<T>,
  ): Promise<T> {
    for (let tried = 1; ; tried++) {
      let verdict: ReturnType<typeof judge>;
      try {
        return await attempt(send);
      } catch (error) {
        verdict = judge(error, { call, isWrite, token, now: clock.now() });
      }
      const { failure, again } = verdict;
      if (again === undefined || tried === mostAttempts || (again.waitMs ?? 0) > longestWaitMs) throw failure;
      await clock.sleep(again.waitMs ?? chance.fraction() * 1_000 * 2 ** (tried - 1));
    }
  }

  return (call, isWrite, send) => {
    if (!isWrite) return persist(call, isWrite, send);
    const write = async () => {
      const waitMs = nextWriteAt - clock.elapsed();
      if (waitMs > 0) await clock.sleep(waitMs);
      nextWriteAt = clock.elapsed() + writeGapMs;
      return persist(call, isWrite, send);
    };
    const turn = lastWrite.then(write, write);
    lastWrite = turn.catch(() => undefined);
    return turn;
  };
}

async function readStore(
  world: GitHubOptions["world"],
  address: string,
  signal: AbortSignal,
  mostBytes: number,
  call: GitHubCall,
): Promise<Uint8Array> {
  const response = await world.fetch(address, { signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw Object.assign(new Error("the store refused"), { status: response.status });
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > mostBytes) {
      await reader.cancel();
      throw new GitHubUnexpected(
        `a download is larger than ${mostBytes} bytes`,
        call,
        "Find out what was put there; cxform reads no more of it.",
      );
    }
    parts.push(value);
  }
  return Buffer.concat(parts);
}

function withoutSlash(url: string): string {
  let end = url.length;
  while (url[end - 1] === "/") end--;
  return url.slice(0, end);
}
