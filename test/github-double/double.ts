// GitHub as a server of the tests' own: REST, GraphQL and git over HTTP on one state, with faults on demand. It imports nothing of cxform.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Bare, openBare } from "./bare.ts";
import { answerGraphQl, rootFields } from "./graphql.ts";
import { openRest, type Rest } from "./rest.ts";
import { type DoubleState, newState } from "./state.ts";

/** `status`: answers it without doing anything. `lost`: does it and cuts the line. `before`: runs first, then does it. `hang`: never answers. */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
    }
  | { readonly kind: "lost" | "hang" }
  | { readonly kind: "before"; run(): void };

export interface GitHubDouble {
  readonly url: string;
  readonly graphqlUrl: string;
  readonly repository: string;
  /** Of `github-actions[bot]`, which may do everything. */
  readonly token: string;
  readonly state: DoubleState;
  readonly bare: Bare;
  /** `issues/create-comment 201`, `graphql createCommitOnBranch 200`, in the order of their answers. */
  readonly calls: readonly string[];
  /** Headers of each API request, in the order of arrival. */
  readonly headers: readonly Readonly<Record<string, string>>[];
  /** The next `times` (1) calls whose name contains `call` fail so. */
  fault(call: string, fault: Fault, times?: number): void;
  close(): Promise<void>;
}

interface Planned {
  readonly call: string;
  readonly fault: Fault;
  left: number;
}

/** Ends with the test, which fails when the double answered what GitHub would not, or when a fault was never met. */
export async function githubDouble(context: TestContext, repository = "harbour/messages"): Promise<GitHubDouble> {
  const double = await startGitHubDouble(repository);
  context.after(() => double.close());
  return double;
}

export async function startGitHubDouble(repository = "harbour/messages"): Promise<GitHubDouble> {
  const root = mkdtempSync(join(tmpdir(), "cxform-github-"));
  const state = newState();
  const bare = openBare(root, repository);
  let url = "";
  const parts = { state, bare, repository, base: () => url };
  const rest = await openRest(parts);
  const planned: Planned[] = [];
  const calls: string[] = [];
  const headers: Record<string, string>[] = [];

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(`the double failed: ${error}`);
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const at = new URL(request.url ?? "/", url);
    if (/\.git\//.test(at.pathname)) return serveGit(root, request, at, body, response);
    if (at.pathname.startsWith("/_store/")) return serveStore(state, request, at, response);
    const sent = headersOf(request);
    headers.push(sent);
    const isGraphQl = at.pathname === "/graphql";
    const json: unknown = body.length === 0 ? undefined : JSON.parse(body.toString("utf8"));
    const query = isGraphQl ? String((json as { readonly query: unknown }).query) : "";
    const name = isGraphQl
      ? `graphql ${rootFields(query).join(" ")}`
      : (rest.operationOf(request.method ?? "GET", at.pathname) ?? `${request.method} ${at.pathname}`);
    const fault = take(planned, name);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "before") fault.run();
    if (fault?.kind === "status") {
      calls.push(`${name} ${fault.status}`);
      return send(response, fault.status, { message: fault.message ?? "a fault" }, fault.headers);
    }
    const token = state.tokens.get((sent["authorization"] ?? "").replace(/^(?:token|bearer) /i, ""));
    if (token === undefined) {
      calls.push(`${name} 401`);
      return send(response, 401, { message: "Bad credentials", status: "401" });
    }
    const done = isGraphQl
      ? {
          status: 200,
          body: await answerGraphQl(parts, {
            query,
            variables: (json as { readonly variables?: Record<string, unknown> }).variables ?? {},
            token,
          }),
        }
      : await rest.answer({
          method: request.method ?? "GET",
          path: at.pathname,
          query: at.search.slice(1),
          body: json,
          headers: sent,
          token,
        });
    calls.push(`${name} ${done.status}`);
    if (fault?.kind === "lost") return void request.socket.destroy();
    return send(response, done.status, done.body, "headers" in done ? done.headers : {});
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    graphqlUrl: `${url}/graphql`,
    repository,
    token: "ghs_double",
    state,
    bare,
    calls,
    headers,
    fault(call, fault, times = 1) {
      planned.push({ call, fault, left: times });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
      settled(rest, planned);
    },
  };
}

function settled(rest: Rest, planned: readonly Planned[]): void {
  assert.deepEqual(rest.invalid, [], "the double answered what GitHub's description does not allow");
  const unmet = planned.filter(({ left }) => left > 0).map(({ call }) => call);
  assert.deepEqual(unmet, [], "faults that no call met");
}

function take(planned: readonly Planned[], name: string): Fault | undefined {
  const next = planned.find(({ call, left }) => left > 0 && name.includes(call));
  if (next !== undefined) next.left -= 1;
  return next?.fault;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
): void {
  const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(status, { ...type, "x-github-request-id": "D0UB:1E", ...more });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Where artifacts are handed out: another host at GitHub, which must never see a token. */
function serveStore(state: DoubleState, request: IncomingMessage, at: URL, response: ServerResponse): void {
  const artifact = state.artifacts.find(({ id }) => `/_store/${id}` === at.pathname);
  if (
    request.headers.authorization !== undefined ||
    artifact === undefined ||
    at.searchParams.get("sig") !== "secret"
  ) {
    response.writeHead(403);
    response.end();
    return;
  }
  response.writeHead(200, { "content-type": "application/zip" });
  response.end(artifact.bytes);
}

/** Smart HTTP by git's own program. */
function serveGit(
  root: string,
  request: IncomingMessage,
  at: URL,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const env = {
    PATH: process.env["PATH"] ?? "",
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: at.pathname,
    QUERY_STRING: at.search.slice(1),
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    CONTENT_LENGTH: String(body.length),
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    REMOTE_USER: "double",
  };
  return new Promise((resolve, reject) => {
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] });
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("error", reject);
    child.on("close", () => {
      const whole = Buffer.concat(parts);
      const end = whole.indexOf("\r\n\r\n");
      const sent = whole.subarray(0, end).toString("utf8").split("\r\n");
      const fields = sent.map(
        (line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const,
      );
      const status = Number.parseInt(fields.find(([name]) => name === "Status")?.[1] ?? "200", 10);
      response.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== "Status")));
      response.end(whole.subarray(end + 4));
      resolve();
    });
    child.stdin.end(body);
  });
}
