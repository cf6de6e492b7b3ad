// The REST side of the GitHub double: every request and every answer is held against a slice of GitHub's own OpenAPI description.
import { readFileSync } from "node:fs";
import { type Context, type Document, OpenAPIBackend } from "openapi-backend";
import type { Bare } from "./bare.ts";
import {
  type DoubleComment,
  type DoubleIssue,
  type DoublePull,
  type DoubleRuleset,
  type DoubleRun,
  type DoubleState,
  type DoubleToken,
  mayDo,
} from "./state.ts";

export interface RestAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly token: DoubleToken;
}

export interface Rest {
  operationOf(method: string, path: string): string | undefined;
  answer(request: RestRequest): Promise<RestAnswer>;
  /** Answers of the double that GitHub's description does not allow. */
  readonly invalid: readonly string[];
}

interface Parts {
  readonly state: DoubleState;
  readonly bare: Bare;
  readonly repository: string;
  /** The double's address, known once it listens. */
  base(): string;
}

/** GitHub's own limit, which its description does not tell: "body is too long (maximum is 65536 characters)". */
const mostCharacters = 65_536;

const needs: Readonly<Record<string, readonly [permission: string, right: "read" | "write"]>> = {
  "actions/download-artifact": ["actions", "read"],
  "actions/get-reviews-for-run": ["actions", "read"],
  "actions/get-workflow-run": ["actions", "read"],
  "actions/get-workflow-run-attempt": ["actions", "read"],
  "actions/list-artifacts-for-repo": ["actions", "read"],
  "actions/list-repo-workflows": ["actions", "read"],
  "actions/list-workflow-runs": ["actions", "read"],
  "git/create-commit": ["contents", "write"],
  "git/create-ref": ["contents", "write"],
  "git/create-tree": ["contents", "write"],
  "git/get-blob": ["contents", "read"],
  "git/get-tree": ["contents", "read"],
  "issues/create": ["issues", "write"],
  "issues/update": ["issues", "write"],
  "issues/list-for-repo": ["issues", "read"],
  "repos/compare-commits-with-basehead": ["contents", "read"],
  "repos/create-commit-status": ["statuses", "write"],
  "repos/create-dispatch-event": ["contents", "write"],
  "repos/create-repo-ruleset": ["administration", "write"],
  "repos/get-branch": ["contents", "read"],
  "repos/get-environment": ["actions", "read"],
  "repos/list-activities": ["contents", "read"],
  "repos/list-commits": ["contents", "read"],
  "repos/list-deployment-branch-policies": ["actions", "read"],
  "teams/get-membership-for-user-in-org": ["members", "read"],
};

const none = "0".repeat(40);

const missing = (): RestAnswer => ({
  status: 404,
  body: { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" },
});
const invalid = (errors: readonly unknown[]): RestAnswer => ({
  status: 422,
  body: { message: "Validation Failed", errors, documentation_url: "https://docs.github.com/rest", status: "422" },
});

/** Made once: they are spread, never changed. */
const mocks = new Map<string, Record<string, unknown>>();
let opened: Promise<OpenAPIBackend> | undefined;

/** Compiling the description takes most of a second, once a process. */
function theApi(): Promise<OpenAPIBackend> {
  opened ??= (async () => {
    const definition = JSON.parse(
      readFileSync(new URL("../data/github-openapi.json", import.meta.url), "utf8"),
    ) as Document;
    const formats = { "date-time": true, uri: true, "repo.nwo": true, int64: true } as const;
    const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { strict: false, logger: false, formats } });
    const run = (context: Context, operations: Operations, token: DoubleToken) => {
      const id = context.operation.operationId ?? "";
      const operation = operations.byId[id];
      if (operation === undefined) return { status: 501, body: { message: `the double does not serve ${id}` } };
      const { params, query, requestBody } = context.request;
      if (params["repo"] !== undefined && `${params["owner"]}/${params["repo"]}` !== operations.repository)
        return missing();
      return notAllowed(id, token) ?? operation({ params, query, body: requestBody, token } as Asked);
    };
    await api.init();
    for (const { operationId } of api.getOperations()) api.register(operationId ?? "", run);
    api.register({
      validationFail: (context: Context) => invalid(context.validation.errors ?? []),
      notFound: () => ({ status: 501, body: { message: "the double does not serve this path" } }),
    });
    return api;
  })();
  return opened;
}

interface Operations {
  readonly repository: string;
  readonly byId: Readonly<Record<string, Operation>>;
}

function notAllowed(id: string, token: DoubleToken): RestAnswer | undefined {
  const [permission, right] = needs[id] ?? [];
  if (permission === undefined || mayDo(token, permission, right as "read" | "write")) return undefined;
  return {
    status: 403,
    body: { message: "Resource not accessible by integration", status: "403" },
    headers: { "x-accepted-github-permissions": `${permission.replaceAll("-", "_")}=${right}` },
  };
}

export async function openRest(parts: Parts): Promise<Rest> {
  const api = await theApi();
  const mock: Mock = (id, code) => {
    const name = `${id} ${code}`;
    const made = mocks.get(name) ?? api.mockResponseForOperation(id, { code }).mock;
    mocks.set(name, made);
    return made;
  };
  const operations: Operations = { repository: parts.repository, byId: operationsOf(parts, mock) };
  const wrong: string[] = [];
  const operationAt = (method: string, path: string) => api.matchOperation({ method, path, headers: {} });
  return {
    invalid: wrong,
    operationOf: (method, path) => operationAt(method, path)?.operationId,
    async answer({ token, ...request }) {
      const asked = request as Parameters<typeof api.handleRequest>[0];
      const answer = (await api.handleRequest(asked, operations, token)) as RestAnswer;
      const operation = operationAt(request.method, request.path);
      if (operation !== undefined && answer.status < 300 && answer.body !== undefined) {
        const { errors } = api.validateResponse(answer.body, operation, answer.status);
        if (errors) wrong.push(`${operation.operationId}: ${JSON.stringify(errors).slice(0, 300)}`);
      }
      return answer;
    },
  };
}

/** What the operations read of a request's body, each its own part. */
interface Sent {
  readonly body?: string;
  readonly title?: string | number;
  readonly state?: string;
  readonly labels?: readonly (string | { readonly name: string })[];
  readonly tree?: string | readonly { readonly path: string; readonly content?: string }[];
  readonly base_tree?: string;
  readonly parents?: readonly string[];
  readonly message?: string;
  readonly author?: object;
  readonly ref?: string;
  readonly sha?: string;
  readonly context?: string;
  readonly description?: string;
  readonly target_url?: string;
  readonly event_type?: string;
  readonly client_payload?: unknown;
  readonly name?: string;
  readonly enforcement?: string;
  readonly conditions?: { readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] } };
  readonly rules?: DoubleRuleset["rules"];
}

interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The description has judged it before it comes here. */
  readonly body: Sent;
  readonly token: DoubleToken;
}

type Operation = (asked: Asked) => RestAnswer;
type Mock = (id: string, code: number) => Record<string, unknown>;

function operationsOf(parts: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  return {
    ...talk(parts, mock),
    ...gitData(parts),
    ...history(parts, mock),
    ...actions(parts, mock),
    ...repository(parts, mock),
    ...settings(parts, mock),
  };
}

function page(
  parts: Parts,
  path: string,
  query: Asked["query"],
  all: readonly unknown[],
): RestAnswer & { body: unknown[] } {
  const size = Math.min(100, Number(query["per_page"] ?? 30));
  const number = Number(query["page"] ?? 1);
  const body = all.slice((number - 1) * size, number * size);
  if (number * size >= all.length) return { status: 200, body };
  const next = new URLSearchParams(query as Record<string, string>);
  next.set("page", String(number + 1));
  return { status: 200, body, headers: { link: `<${parts.base()}${path}?${next}>; rel="next"` } };
}

const namesOf = (labels: Sent["labels"]): string[] =>
  (labels ?? []).map((label) => (typeof label === "string" ? label : label.name));

const tooLong = (resource: string, body: unknown): RestAnswer | undefined =>
  typeof body === "string" && [...body].length > mostCharacters
    ? invalid([
        {
          resource,
          code: "custom",
          field: "body",
          message: `body is too long (maximum is ${mostCharacters} characters)`,
        },
      ])
    : undefined;

/** Comments, issues and labels. */
function talk(parts: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  const { state, base, repository } = { ...parts, base: parts.base };
  const user = (login: string) => ({
    ...(mock("issues/create-comment", 201)["user"] as object),
    login,
    type: login.endsWith("[bot]") ? "Bot" : "User",
  });
  const commentOf = (comment: DoubleComment) => ({
    ...mock("issues/create-comment", 201),
    id: comment.id,
    node_id: comment.nodeId,
    body: comment.body,
    html_url: `${base()}/${repository}/pull/${comment.item}#issuecomment-${comment.id}`,
    user: user(comment.login),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  });
  const issueOf = (issue: DoubleIssue) => ({
    ...mock("issues/create", 201),
    id: issue.number,
    number: issue.number,
    node_id: issue.nodeId,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    html_url: `${base()}/${repository}/issues/${issue.number}`,
    user: user(issue.login),
    labels: issue.labels.map(labelOf),
  });
  /** A pull request is an issue, too. */
  const pullOf = (pull: DoublePull) => ({
    ...issueOf({ ...pull, nodeId: `PR_${pull.number}`, body: "", labels: pull.labels ?? [], state: openOf(pull) }),
    pull_request: { url: "", html_url: "", diff_url: "", patch_url: "" },
  });
  const openOf = ({ state }: DoublePull): "open" | "closed" => (state === "OPEN" ? "open" : "closed");
  /** What labels hang on: a pull request's also by the permission for pull requests. */
  const labelled = (params: Asked["params"], token: DoubleToken) => {
    const pull = state.pulls.find(({ number }) => number === Number(params["issue_number"]));
    const item = pull ?? findIssue(params);
    if (item === undefined) return { refused: missing() };
    if (!mayDo(token, "issues", "write") && !(pull !== undefined && mayDo(token, "pull-requests", "write")))
      return { refused: talkForbidden() };
    return { item };
  };
  const findIssue = (params: Asked["params"]) =>
    state.issues.find(({ number }) => number === Number(params["issue_number"]));
  return {
    "issues/create-comment": ({ params, body, token }) => {
      const item = Number(params["issue_number"]);
      const isPull = state.pulls.some(({ number }) => number === item);
      if (!isPull && findIssue(params) === undefined) return missing();
      if (!mayDo(token, "issues", "write") && !(isPull && mayDo(token, "pull-requests", "write"))) {
        return talkForbidden();
      }
      const bad = tooLong("IssueComment", body.body);
      if (bad !== undefined) return bad;
      const at = state.now();
      const id = state.nextId();
      const comment: DoubleComment = {
        id,
        nodeId: `IC_${id}`,
        item,
        body: body.body ?? "",
        login: token.login,
        minimised: undefined,
        createdAt: at,
        updatedAt: at,
      };
      state.comments.push(comment);
      return { status: 201, body: commentOf(comment) };
    },
    "issues/update-comment": ({ params, body }) => {
      const comment = state.comments.find(({ id }) => id === Number(params["comment_id"]));
      if (comment === undefined) return missing();
      const bad = tooLong("IssueComment", body.body);
      if (bad !== undefined) return bad;
      comment.body = body.body ?? "";
      comment.updatedAt = state.now();
      return { status: 200, body: commentOf(comment) };
    },
    "issues/list-comments": ({ params, query }) => {
      const all = state.comments.filter(({ item }) => item === Number(params["issue_number"])).map(commentOf);
      return page(parts, `/repos/${repository}/issues/${params["issue_number"]}/comments`, query, all);
    },
    "issues/create": ({ body, token }) => {
      const bad = tooLong("Issue", body.body);
      if (bad !== undefined) return bad;
      const number = state.nextId();
      const labels = namesOf(body.labels);
      const issue: DoubleIssue = {
        number,
        nodeId: `I_${number}`,
        title: String(body.title),
        body: body.body ?? "",
        login: token.login,
        labels,
        state: "open",
      };
      state.issues.push(issue);
      return { status: 201, body: issueOf(issue) };
    },
    "issues/update": ({ params, body }) => {
      const issue = findIssue(params);
      if (issue === undefined) return missing();
      const bad = tooLong("Issue", body.body);
      if (bad !== undefined) return bad;
      if (body.title !== undefined) issue.title = String(body.title);
      if (body.body !== undefined) issue.body = body.body ?? "";
      if (body.state !== undefined) issue.state = body.state === "closed" ? "closed" : "open";
      if (body.labels !== undefined) issue.labels = namesOf(body.labels);
      return { status: 200, body: issueOf(issue) };
    },
    "issues/list-for-repo": ({ query }) => {
      const labels = (query["labels"] ?? "").split(",").filter((label) => label !== "");
      const wanted = query["state"] ?? "open";
      const isWanted = (is: string, has: readonly string[]): boolean =>
        (wanted === "all" || is === wanted) && labels.every((label) => has.includes(label));
      const all = [
        ...state.issues.filter((issue) => isWanted(issue.state, issue.labels)).map(issueOf),
        ...state.pulls.filter((pull) => isWanted(openOf(pull), pull.labels ?? [])).map(pullOf),
      ];
      return page(parts, `/repos/${repository}/issues`, query, all);
    },
    "issues/add-labels": ({ params, body, token }) => {
      const { item, refused } = labelled(params, token);
      if (item === undefined) return refused;
      item.labels = [...new Set([...(item.labels ?? []), ...namesOf(body.labels)])];
      return { status: 200, body: item.labels.map(labelOf) };
    },
    "issues/remove-label": ({ params, token }) => {
      const { item, refused } = labelled(params, token);
      if (item === undefined) return refused;
      const before = item.labels ?? [];
      if (!before.includes(params["name"] as string)) return missing();
      item.labels = before.filter((name) => name !== params["name"]);
      return { status: 200, body: item.labels.map(labelOf) };
    },
  };
}

const labelOf = (name: string, at: number) => ({
  id: at + 1,
  node_id: `L_${at}`,
  url: "",
  name,
  description: null,
  color: "ededed",
  default: false,
});

const talkForbidden = (): RestAnswer => ({
  status: 403,
  body: { message: "Resource not accessible by integration", status: "403" },
  headers: { "x-accepted-github-permissions": "issues=write; pull_requests=write" },
});

/** Trees, blobs, commits and refs, on the bare repository. */
function gitData({ state, bare }: Parts): Readonly<Record<string, Operation>> {
  return {
    "git/get-tree": ({ params, query }) => {
      const tree = bare.resolve(`${params["tree_sha"]}^{tree}`);
      if (tree === undefined) return missing();
      if (query["recursive"] === undefined) return { status: 501, body: { message: "recursive alone is served" } };
      const entries = bare.files(tree).map(({ path, mode, type, id, size }) => ({ path, mode, type, sha: id, size }));
      return { status: 200, body: { sha: tree, url: "", tree: entries, truncated: false } };
    },
    "git/get-blob": ({ params }) => {
      const id = params["file_sha"] as string;
      if (bare.resolve(`${id}^{blob}`) === undefined) return missing();
      const bytes = bare.bytes(id);
      const content = (bytes.toString("base64").match(/.{1,60}/g) ?? []).join("\n");
      return {
        status: 200,
        body: { sha: id, node_id: `B_${id}`, size: bytes.length, url: "", content, encoding: "base64" },
      };
    },
    "git/create-tree": ({ body }) => {
      const files = new Map<string, Uint8Array>();
      for (const each of body.tree as readonly { readonly path: string; readonly content?: string }[]) {
        if (each.content === undefined) return { status: 501, body: { message: "content alone is served" } };
        files.set(each.path, Buffer.from(each.content));
      }
      const tree = bare.tree(body.base_tree, files);
      const entries = bare.files(tree).map(({ path, mode, type, id, size }) => ({ path, mode, type, sha: id, size }));
      return { status: 201, body: { sha: tree, url: "", tree: entries, truncated: false } };
    },
    "git/create-commit": ({ body, token }) => {
      const commit = bare.commit(String(body.tree), body.parents ?? [], body.message ?? "", token.login);
      // GitHub signs what an app commits in its own name, and nothing that a person's token makes here.
      const isSigned = state.isSigning && token.login.endsWith("[bot]") && body.author === undefined;
      if (isSigned) state.signed.add(commit);
      const person = { name: "GitHub", email: "noreply@github.com", date: state.now() };
      return {
        status: 201,
        body: {
          sha: commit,
          node_id: `C_${commit}`,
          url: "",
          html_url: "",
          author: person,
          committer: person,
          message: body.message,
          tree: { sha: body.tree, url: "" },
          parents: [],
          verification: {
            verified: isSigned,
            reason: isSigned ? "valid" : "unsigned",
            signature: null,
            payload: null,
            verified_at: null,
          },
        },
      };
    },
    "git/create-ref": ({ body, token }) => {
      const { ref = "", sha = "" } = body;
      if (!bare.move(ref, sha, none)) {
        return { status: 422, body: { message: "Reference already exists", status: "422" } };
      }
      state.activities.push({ type: "branch_creation", ref, before: none, after: sha, login: token.login });
      const object = { type: "commit", sha, url: "" };
      return { status: 201, body: { ref, node_id: "REF", url: "", object } };
    },
  };
}

/** What the commits of the bare repository say, and who has moved its branches. */
function history({ state, bare, ...parts }: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  const user = (login: string) => ({
    ...(mock("issues/create-comment", 201)["user"] as object),
    login,
    type: login.endsWith("[bot]") ? "Bot" : "User",
  });
  const commitOf = (id: string): object => {
    const format = "--format=%T%x00%P%x00%an%x00%ae%x00%cn%x00%ce%x00%aI%x00%B";
    const [tree = "", parents = "", an = "", ae, cn = "", ce, date, message] = bare
      .git(["show", "-s", format, id])
      .split("\0");
    const isSigned = state.signed.has(id);
    const verification = { reason: isSigned ? "valid" : "unsigned", signature: null, payload: null, verified_at: null };
    return {
      url: "",
      sha: id,
      node_id: `C_${id}`,
      html_url: "",
      comments_url: "",
      commit: {
        url: "",
        author: { name: an, email: ae, date },
        committer: { name: cn, email: ce, date },
        message,
        comment_count: 0,
        tree: { sha: tree, url: "" },
        verification: { ...verification, verified: isSigned },
      },
      // Web commits are made by "GitHub", which is the account web-flow.
      author: user(an),
      committer: user(cn === "GitHub" ? "web-flow" : cn),
      parents: parents
        .split(" ")
        .filter((parent) => parent !== "")
        .map((sha) => ({ sha, url: "" })),
    };
  };
  const listed = (...words: readonly string[]): readonly string[] =>
    bare
      .git(["rev-list", ...words])
      .split("\n")
      .filter((id) => id !== "");
  return {
    "repos/list-commits": ({ query }) => {
      const tip = bare.resolve(`${query["sha"] ?? "main"}^{commit}`);
      if (tip === undefined) return missing();
      const all = listed(tip).map(commitOf);
      return page({ state, bare, ...parts }, `/repos/${parts.repository}/commits`, query, all);
    },
    "repos/compare-commits-with-basehead": ({ params, query }) => {
      const [base, head] = (params["basehead"] ?? "").split("...").map((name) => bare.resolve(`${name}^{commit}`));
      if (base === undefined || head === undefined) return missing();
      const [common] = mergeBase(bare, base, head);
      // Of two histories without a common commit GitHub answers a 404.
      if (common === undefined) return missing();
      const ahead = listed("--reverse", `${base}..${head}`);
      const behind = listed(`${head}..${base}`).length;
      const status = behind > 0 ? (ahead.length > 0 ? "diverged" : "behind") : ahead.length > 0 ? "ahead" : "identical";
      const urls = { url: "", html_url: "", permalink_url: "", diff_url: "", patch_url: "" };
      const path = `/repos/${parts.repository}/compare/${params["basehead"]}`;
      const { body: commits, ...rest } = page({ state, bare, ...parts }, path, query, ahead.map(commitOf));
      const counts = { ahead_by: ahead.length, behind_by: behind, total_commits: ahead.length };
      const ends = { base_commit: commitOf(base), merge_base_commit: commitOf(common) };
      return { ...rest, body: { ...urls, ...ends, status, ...counts, commits, files: [] } };
    },
    "repos/list-activities": ({ query }) => {
      const ref = query["ref"];
      const all = state.activities
        .filter((one) => ref === undefined || one.ref === ref || one.ref === `refs/heads/${ref}`)
        .filter(({ type }) => query["activity_type"] === undefined || type === query["activity_type"])
        .map((one, at) => ({
          id: at + 1,
          node_id: `PSH_${at + 1}`,
          before: one.before,
          after: one.after,
          ref: one.ref,
          timestamp: "2026-11-20T09:00:00Z",
          activity_type: one.type,
          actor: user(one.login),
        }))
        .reverse();
      return page({ state, bare, ...parts }, `/repos/${parts.repository}/activity`, query, all);
    },
  };
}

function mergeBase(bare: Bare, left: string, right: string): readonly string[] {
  try {
    return bare.git(["merge-base", left, right]).split("\n");
  } catch {
    return [];
  }
}

/** Workflow runs, their approvals and artifacts. */
function actions(parts: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  const { state, base, repository } = { ...parts, base: parts.base };
  const runOf = (run: DoubleRun) => ({
    ...mock("actions/get-workflow-run", 200),
    id: run.id,
    run_attempt: run.attempt,
    path: run.path,
    head_sha: run.headSha,
    head_branch: run.branch ?? null,
    run_number: run.number ?? run.id,
    event: run.event ?? "push",
    status: run.status,
    conclusion: run.conclusion,
    html_url: `${base()}/${repository}/actions/runs/${run.id}`,
  });
  const newest = (id: number) =>
    state.runs.filter((run) => run.id === id).sort((left, right) => right.attempt - left.attempt)[0];
  return {
    "actions/get-workflow-run": ({ params }) => {
      const run = newest(Number(params["run_id"]));
      return run === undefined ? missing() : { status: 200, body: runOf(run) };
    },
    "actions/get-workflow-run-attempt": ({ params }) => {
      const run = state.runs.find(
        ({ id, attempt }) => id === Number(params["run_id"]) && attempt === Number(params["attempt_number"]),
      );
      return run === undefined ? missing() : { status: 200, body: runOf(run) };
    },
    "actions/list-workflow-runs": ({ params, query }) => {
      const { branch, event, status } = query;
      const path = `.github/workflows/${params["workflow_id"]}`;
      const found = [...new Set(state.runs.filter((run) => run.path === path).map(({ id }) => id))]
        .flatMap((id) => newest(id) ?? [])
        .filter((run) => branch === undefined || run.branch === branch)
        .filter((run) => event === undefined || run.event === event)
        .filter((run) => status === undefined || run.status === status || run.conclusion === status)
        .sort((left, right) => right.id - left.id);
      if (!state.runs.some((run) => run.path === path)) return missing();
      const at = `/repos/${repository}/actions/workflows/${params["workflow_id"]}/runs`;
      const { body, ...rest } = page(parts, at, query, found.map(runOf));
      return { ...rest, body: { total_count: found.length, workflow_runs: body } };
    },
    "actions/get-reviews-for-run": ({ params }) => {
      const id = Number(params["run_id"]);
      if (newest(id) === undefined) return missing();
      const [example] = mock("actions/get-reviews-for-run", 200) as unknown as [Record<string, unknown>];
      const [environment] = (example["environments"] ?? [{}]) as [Record<string, unknown>];
      const body = state.approvals
        .filter(({ run }) => run === id)
        .map((approval) => ({
          ...example,
          environments: approval.environments.map((name) => ({ ...environment, name })),
          state: approval.state,
          comment: approval.comment,
          user: { ...(example["user"] as object), login: approval.login },
        }));
      return { status: 200, body };
    },
    "actions/list-artifacts-for-repo": ({ query }) => {
      const found = state.artifacts.filter(({ name }) => query["name"] === undefined || name === query["name"]);
      const all = found
        .sort((left, right) => right.id - left.id)
        .map((artifact) => ({
          id: artifact.id,
          node_id: `A_${artifact.id}`,
          name: artifact.name,
          size_in_bytes: artifact.bytes.length,
          url: "",
          archive_download_url: "",
          expired: artifact.expired,
          created_at: "2026-11-20T09:00:00Z",
          expires_at: "2026-12-20T09:00:00Z",
          updated_at: "2026-11-20T09:00:00Z",
          workflow_run: {
            id: artifact.run,
            repository_id: state.repositoryId,
            head_repository_id: artifact.headRepositoryId,
            head_branch: "topic",
            head_sha: artifact.headSha,
          },
        }));
      const { body, ...rest } = page(parts, `/repos/${repository}/actions/artifacts`, query, all);
      return { ...rest, body: { total_count: all.length, artifacts: body } };
    },
    "actions/download-artifact": ({ params }) => {
      const artifact = state.artifacts.find(({ id }) => id === Number(params["artifact_id"]));
      if (artifact === undefined) return missing();
      if (artifact.expired) return { status: 410, body: { message: "Artifact has expired", status: "410" } };
      return { status: 302, headers: { location: `${base()}/_store/${artifact.id}?sig=secret` } };
    },
  };
}

/** The repository's settings, people, statuses and events. */
function repository(parts: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  const { state } = parts;
  return {
    "repos/get": () => {
      const [owner, name] = parts.repository.split("/");
      const whole = mock("repos/get", 200);
      return {
        status: 200,
        body: {
          ...whole,
          id: state.repositoryId,
          name,
          full_name: parts.repository,
          owner: { ...(whole["owner"] as object), login: owner },
          default_branch: "main",
        },
      };
    },
    "repos/get-environment": ({ params }) => {
      const found = state.environments.find(({ name }) => name === params["environment_name"]);
      if (found === undefined) return missing();
      const isLimited = found.branchPolicy === true || found.branches !== undefined;
      const reviewers = (found.reviewers ?? []).map((login, at) => ({
        type: "User",
        reviewer: { ...(mock("issues/create-comment", 201)["user"] as object), id: at + 1, login },
      }));
      const rules = [
        ...(found.reviewers === undefined
          ? []
          : [
              {
                id: 1,
                node_id: "R_1",
                type: "required_reviewers",
                prevent_self_review: found.preventSelfReview ?? false,
                reviewers,
              },
            ]),
        ...(isLimited ? [{ id: 2, node_id: "R_2", type: "branch_policy" }] : []),
      ];
      return {
        status: 200,
        body: {
          id: 1,
          node_id: "E_1",
          name: found.name,
          url: "",
          html_url: "",
          created_at: "2026-11-20T09:00:00Z",
          updated_at: "2026-11-20T09:00:00Z",
          protection_rules: rules,
          deployment_branch_policy: isLimited
            ? { protected_branches: found.branches === undefined, custom_branch_policies: found.branches !== undefined }
            : null,
        },
      };
    },
    "repos/create-commit-status": ({ params, body }) => {
      const status = {
        sha: params["sha"] as string,
        state: body.state ?? "",
        context: body.context ?? "default",
        description: body.description ?? null,
        target_url: body.target_url ?? null,
      };
      // Not in the description: GitHub refuses a longer one with a 422.
      if ([...(status.description ?? "")].length > 140) {
        return invalid([
          {
            resource: "Status",
            code: "custom",
            field: "description",
            message: "is too long (maximum is 140 characters)",
          },
        ]);
      }
      state.statuses.push(status);
      return { status: 201, body: { ...mock("repos/create-commit-status", 201), ...status } };
    },
    "repos/create-dispatch-event": ({ body }) => {
      state.dispatches.push({ event_type: body.event_type ?? "", client_payload: body.client_payload });
      return { status: 204 };
    },
    "repos/get-collaborator-permission-level": ({ params }) => {
      const permission = state.permissions.get(params["username"] as string);
      if (permission === undefined) return missing();
      const body = { ...mock("repos/get-collaborator-permission-level", 200), permission, role_name: permission };
      return { status: 200, body };
    },
    "teams/get-membership-for-user-in-org": ({ params }) => {
      const members = state.teams.get(params["team_slug"] as string);
      if (members?.includes(params["username"] as string) !== true) return missing();
      return { status: 200, body: { url: "", role: "member", state: "active" } };
    },
  };
}

/** Rulesets, the older protection of branches, who may deploy from where, and whether workflows run. */
function settings(parts: Parts, mock: Mock): Readonly<Record<string, Operation>> {
  const { state, bare, repository } = parts;
  return {
    "repos/create-repo-ruleset": ({ body }) => {
      const { include = [], exclude = [] } = body.conditions?.ref_name ?? {};
      const { name = "", enforcement = "", rules = [] } = body;
      state.rulesets.push({ name, enforcement, include, exclude, rules });
      const { id, source } = { id: state.rulesets.length, source: repository };
      return {
        status: 201,
        body: { id, name, source, source_type: "Repository", target: "branch", enforcement, rules },
      };
    },
    // Answers for a branch that there is not yet, too.
    "repos/get-branch-rules": ({ params, query }) => {
      const ref = `refs/heads/${params["branch"]}`;
      const isOf = (patterns: readonly string[]): boolean => patterns.some((pattern) => isRef(pattern, ref));
      const binding = state.rulesets
        .map((ruleset, at) => ({ ...ruleset, id: at + 1 }))
        .filter(({ enforcement, include, exclude }) => enforcement === "active" && isOf(include) && !isOf(exclude));
      const all = binding.flatMap(({ id, rules }) =>
        rules.map((rule) => ({
          ...rule,
          ruleset_source_type: "Repository",
          ruleset_source: repository,
          ruleset_id: id,
        })),
      );
      return page(parts, `/repos/${repository}/rules/branches/${params["branch"]}`, query, all);
    },
    "repos/get-branch": ({ params }) => {
      const name = params["branch"] as string;
      if (bare.resolve(`refs/heads/${name}`) === undefined) return missing();
      const contexts = state.requiredChecks.get(name);
      const checks =
        contexts === undefined
          ? { enabled: false, required_status_checks: { enforcement_level: "off", contexts: [], checks: [] } }
          : {
              enabled: true,
              required_status_checks: {
                enforcement_level: "everyone",
                contexts,
                checks: contexts.map((context) => ({ context, app_id: null })),
              },
            };
      const isProtected = contexts !== undefined || state.rulesets.length > 0;
      return {
        status: 200,
        body: { ...mock("repos/get-branch", 200), name, protected: isProtected, protection: checks },
      };
    },
    "repos/list-deployment-branch-policies": ({ params }) => {
      const found = state.environments.find(({ name }) => name === params["environment_name"]);
      if (found === undefined) return missing();
      const all = (found.branches ?? []).map((name, at) => ({ id: at + 1, node_id: `P_${at}`, name, type: "branch" }));
      return { status: 200, body: { total_count: all.length, branch_policies: all } };
    },
    "actions/list-repo-workflows": ({ query }) => {
      const at = "2026-11-20T09:00:00Z";
      const all = state.workflows.map(({ path, state: is }, index) => ({
        id: index + 1,
        node_id: `W_${index + 1}`,
        name: path,
        path,
        state: is,
        created_at: at,
        updated_at: at,
        url: "",
        html_url: "",
        badge_url: "",
      }));
      const { body, ...rest } = page(parts, `/repos/${repository}/actions/workflows`, query, all);
      return { ...rest, body: { total_count: all.length, workflows: body } };
    },
  };
}

/** GitHub's patterns of refs: `*` within a part, `**` over parts; the double's default branch is main. */
function isRef(pattern: string, ref: string): boolean {
  if (pattern === "~ALL") return true;
  if (pattern === "~DEFAULT_BRANCH") return ref === "refs/heads/main";
  const parts = pattern.split(/(\*\*|\*)/).map((part) => {
    if (part === "**") return ".*";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`).test(ref);
}
