// The GraphQL side of the GitHub double: GitHub's own schema, executed over the same state and the same bare repository.
import { schema as github } from "@octokit/graphql-schema";
import { buildSchema, type GraphQLSchema, graphql, type OperationDefinitionNode, parse } from "graphql";
import type { Bare } from "./bare.ts";
import { type DoublePull, type DoubleReview, type DoubleState, type DoubleToken, mayDo } from "./state.ts";

export interface GraphQlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly token: DoubleToken;
}

interface Parts {
  readonly state: DoubleState;
  readonly bare: Bare;
  readonly repository: string;
  base(): string;
}

let built: GraphQLSchema | undefined;

/** Takes half a second, once a process. */
function theSchema(): GraphQLSchema {
  built ??= buildSchema(github.idl, { assumeValidSDL: true });
  return built;
}

/** The names of the fields at a query's root: `createCommitOnBranch`. */
export function rootFields(query: string): readonly string[] {
  try {
    return parse(query).definitions.flatMap((definition) =>
      (definition as OperationDefinitionNode).selectionSet.selections.map((field) =>
        field.kind === "Field" ? field.name.value : "…",
      ),
    );
  } catch {
    return ["unreadable"];
  }
}

class GitHubError extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** The body of the answer; its status is always 200, as GitHub's is. */
export async function answerGraphQl(parts: Parts, request: GraphQlRequest): Promise<object> {
  const answer = await graphql({
    schema: theSchema(),
    source: request.query,
    ...(request.variables === undefined ? {} : { variableValues: request.variables }),
    rootValue: root(parts, request.token),
  });
  if (answer.errors === undefined) return { data: answer.data };
  const errors = answer.errors.map((error) => ({
    ...(error.originalError instanceof GitHubError ? { type: error.originalError.type } : {}),
    ...(error.path === undefined ? {} : { path: error.path }),
    locations: error.locations,
    message: error.message,
  }));
  return { data: answer.data ?? null, errors };
}

interface PageArguments {
  readonly first?: number;
  readonly after?: string;
}

/** At most 100 a page, as GitHub has it. */
function connection<T>(name: string, items: readonly T[], { first, after }: PageArguments): object {
  if (first === undefined) {
    throw new GitHubError(
      "MISSING_PAGINATION_BOUNDARIES",
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  }
  if (first > 100) {
    throw new GitHubError(
      "EXCESSIVE_PAGINATION",
      `Requesting ${first} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`,
    );
  }
  const start = after === undefined || after === null ? 0 : Number(after);
  const nodes = items.slice(start, start + first);
  return {
    nodes,
    totalCount: items.length,
    pageInfo: {
      hasNextPage: start + first < items.length,
      hasPreviousPage: start > 0,
      startCursor: String(start),
      endCursor: nodes.length === 0 ? null : String(start + nodes.length),
    },
  };
}

/** GraphQL shows an app without the suffix that REST has. */
const actor = (login: string | undefined): object | null =>
  login === undefined
    ? null
    : { __typename: login.endsWith("[bot]") ? "Bot" : "User", login: login.replace(/\[bot\]$/, "") };

function root(parts: Parts, token: DoubleToken): object {
  const { state, repository } = parts;
  const needs = (permission: string, right: "read" | "write"): void => {
    if (!mayDo(token, permission, right)) throw new GitHubError("FORBIDDEN", "Resource not accessible by integration");
  };
  return {
    viewer: () => ({ __typename: "User", login: token.login.replace(/\[bot\]$/, "") }),
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) => {
      if (`${owner}/${name}` !== repository) {
        throw new GitHubError("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      }
      return repositoryOf(parts, token);
    },
    minimizeComment: ({ input }: { readonly input: { readonly subjectId: string; readonly classifier: string } }) => {
      needs("pull-requests", "write");
      const comment = state.comments.find(({ nodeId }) => nodeId === input.subjectId);
      if (comment === undefined)
        throw new GitHubError("NOT_FOUND", `Could not resolve to a node with the global id of '${input.subjectId}'`);
      comment.minimised = input.classifier;
      return {
        minimizedComment: {
          __typename: "IssueComment",
          isMinimized: true,
          minimizedReason: input.classifier.toLowerCase(),
        },
      };
    },
    createCommitOnBranch: ({ input }: { readonly input: CommitInput }) => {
      needs("contents", "write");
      return createCommit(parts, token, input);
    },
  };
}

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner?: string; readonly branchName?: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

function createCommit(parts: Parts, token: DoubleToken, input: CommitInput): object {
  const { bare, state } = parts;
  const ref = `refs/heads/${(input.branch.branchName ?? "").replace(/^refs\/heads\//, "")}`;
  const head = bare.resolve(ref);
  if (input.branch.repositoryNameWithOwner !== parts.repository || head === undefined) {
    throw new GitHubError("NOT_FOUND", `No such branch: ${input.branch.branchName}`);
  }
  const stale = new GitHubError(
    "STALE_DATA",
    `Expected branch to point to "${input.expectedHeadOid}" but it did not.  Pull and try again.`,
  );
  if (head !== input.expectedHeadOid) throw stale;
  const additions = input.fileChanges?.additions ?? [];
  const files = new Map(additions.map(({ path, contents }) => [path, Buffer.from(contents, "base64")]));
  const deletions = (input.fileChanges?.deletions ?? []).map(({ path }) => path);
  const tree = bare.tree(head, files, deletions);
  const { headline, body } = input.message;
  const commit = bare.commit(tree, [head], body === undefined ? headline : `${headline}\n\n${body}`, token.login);
  if (!bare.move(ref, commit, head)) throw stale;
  state.activities.push({ type: "push", ref, before: head, after: commit, login: token.login });
  if (state.isSigning) state.signed.add(commit);
  return { commit: commitOf(parts, commit), ref: { name: ref.replace("refs/heads/", "") } };
}

function repositoryOf(parts: Parts, token: DoubleToken): object {
  const { state, bare } = parts;
  return {
    __typename: "Repository",
    id: `R_${state.repositoryId}`,
    databaseId: state.repositoryId,
    nameWithOwner: parts.repository,
    defaultBranchRef: () => refOf(parts, "refs/heads/main"),
    ref: ({ qualifiedName }: { readonly qualifiedName: string }) => refOf(parts, qualifiedName),
    object: ({ expression, oid }: { readonly expression?: string; readonly oid?: string }) => {
      const id = bare.resolve(expression ?? oid ?? "");
      return id === undefined ? null : objectOf(parts, id);
    },
    pullRequest: ({ number }: { readonly number: number }) => {
      const pull = state.pulls.find((each) => each.number === number);
      if (pull === undefined)
        throw new GitHubError("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      return pullOf(parts, token, pull);
    },
  };
}

function refOf(parts: Parts, name: string): object | null {
  const id = parts.bare.resolve(name);
  return id === undefined ? null : { __typename: "Ref", id: name, name, target: commitOf(parts, id) };
}

function objectOf(parts: Parts, id: string): object | null {
  const type = parts.bare.type(id);
  if (type === "commit") return commitOf(parts, id);
  if (type !== "blob") return treeOf(parts, id);
  const bytes = parts.bare.bytes(id);
  const isBinary = bytes.includes(0);
  return {
    __typename: "Blob",
    oid: id,
    byteSize: bytes.length,
    isBinary,
    // GitHub cuts what it shows of a large text (docs, Blob.isTruncated).
    isTruncated: bytes.length > 512_000,
    text: isBinary ? null : bytes.subarray(0, 512_000).toString("utf8"),
  };
}

/** One level, as GitHub lists it: folders are entries of their own. */
function treeOf({ bare }: Parts, id: string): object {
  const entries = () =>
    bare
      .git(["ls-tree", "-l", "-z", id])
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => {
        const [facts = "", name = ""] = line.split("\t");
        const [mode = "", type = "", oid = "", size = ""] = facts.split(/ +/);
        return { name, oid, type, mode: Number.parseInt(mode, 8), size: Number(size) || 0 };
      });
  return { __typename: "Tree", oid: id, entries };
}

function commitOf(parts: Parts, id: string): object {
  const { state } = parts;
  return {
    __typename: "Commit",
    oid: id,
    url: `${parts.base()}/${parts.repository}/commit/${id}`,
    signature: () =>
      state.signed.has(id)
        ? { __typename: "GpgSignature", isValid: true, wasSignedByGitHub: true, state: "VALID" }
        : null,
    associatedPullRequests: (page: PageArguments) => {
      const found = state.pulls.filter((pull) => pull.mergeCommit === id || pull.head === id);
      const token: DoubleToken = { login: "", permissions: {} };
      return connection(
        "associatedPullRequests",
        found.map((pull) => pullOf(parts, token, pull)),
        page,
      );
    },
  };
}

const opinions = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"];

/** The last opinion of each reviewer; comments are none. */
function latestOpinions(reviews: readonly DoubleReview[], writersOnly: boolean): readonly DoubleReview[] {
  const latest = new Map<string, DoubleReview>();
  for (const review of reviews) {
    if (opinions.includes(review.state) && !(writersOnly && review.mayWrite === false))
      latest.set(review.login, review);
  }
  return [...latest.values()];
}

function pullOf(parts: Parts, token: DoubleToken, pull: DoublePull): object {
  const { state } = parts;
  return {
    __typename: "PullRequest",
    number: pull.number,
    title: pull.title,
    state: pull.state,
    merged: pull.state === "MERGED",
    url: `${parts.base()}/${parts.repository}/pull/${pull.number}`,
    headRefOid: pull.head,
    baseRefName: pull.base,
    author: actor(pull.login),
    mergedBy: actor(pull.mergedBy),
    mergeCommit: pull.mergeCommit === undefined ? null : commitOf(parts, pull.mergeCommit),
    latestOpinionatedReviews: ({ writersOnly, ...page }: PageArguments & { readonly writersOnly?: boolean }) =>
      connection(
        "latestOpinionatedReviews",
        latestOpinions(pull.reviews, writersOnly === true).map((review) => ({
          __typename: "PullRequestReview",
          state: review.state,
          author: actor(review.login),
          submittedAt: review.submittedAt,
          commit: { __typename: "Commit", oid: review.commit },
        })),
        page,
      ),
    comments: (page: PageArguments) =>
      connection(
        "comments",
        state.comments
          .filter(({ item }) => item === pull.number)
          .map((comment) => ({
            __typename: "IssueComment",
            id: comment.nodeId,
            databaseId: comment.id,
            body: comment.body,
            url: `${parts.base()}/${parts.repository}/pull/${pull.number}#issuecomment-${comment.id}`,
            isMinimized: comment.minimised !== undefined,
            viewerDidAuthor: comment.login === token.login,
            viewerCanUpdate: true,
            author: actor(comment.login),
          })),
        page,
      ),
  };
}
