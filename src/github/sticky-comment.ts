// One comment of ours on a pull request, found by its marker and its author and written in place. Knows nothing of what the body says.
import { canonical } from "../base/canonical.ts";
import { invariant } from "../base/invariant.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { GitHub } from "./client.ts";
import { GitHubUnreachable } from "./failure.ts";

export type CommentMarker = `cxform:${string}`;

export interface CommentOptions {
  readonly pullRequest: number;
  readonly marker: CommentMarker;
  /** The commit that the body speaks of: a pull request with another head gets nothing. Undefined: whatever its head. */
  readonly head?: string;
  readonly run: { readonly id: number; readonly attempt: number };
  /** Without the marker. A last line `<sub>…</sub>` is the footer: a change of it alone is not written. */
  readonly body: string;
  /** Kept in the comment for the next run; nobody's proof of anything, since whoever may write to the repository may edit it. */
  readonly meta?: JsonObject;
  /** Posts a new comment and minimises the old one when the body changed: an edit notifies nobody. */
  readonly notify?: boolean;
}

export interface CommentResult {
  /** `superseded`: the pull request has moved on, or a newer run has written. */
  readonly did: "created" | "updated" | "unchanged" | "superseded";
  /** Of the comment that stands; absent when there is none. */
  readonly url?: string;
  readonly id?: number;
}

interface FoundComment {
  readonly id: string;
  readonly databaseId: number;
  readonly url: string;
  readonly body: string;
  readonly isMinimized: boolean;
  readonly viewerDidAuthor: boolean;
}

interface Talk {
  readonly head: string;
  /** Ours with the marker that are not minimised, the oldest first. */
  readonly own: readonly FoundComment[];
}

/** GitHub refuses more than 65,536; whether it counts characters or UTF-16 units is not documented, so that units are counted. */
export const mostCommentUnits = 65_536;

/** Creates, updates or leaves the one comment with this marker. Throws GitHubFailure. */
export async function putComment(github: GitHub, options: CommentOptions): Promise<CommentResult> {
  const text = commentText(options);
  invariant(text.length <= mostCommentUnits, "a comment is rendered to the size that GitHub takes");
  const talk = await readTalk(github, options);
  const [kept, ...others] = talk.own;
  if (options.head !== undefined && talk.head !== options.head) return standing("superseded", kept);
  if (kept !== undefined && isNewer(metaOf(kept.body), options.run)) return standing("superseded", kept);
  if (kept === undefined) return create(github, options, text);
  for (const other of others) await minimise(github, other);
  if (comparable(kept.body) === comparable(text)) return standing("unchanged", kept);
  if (options.notify === true) {
    const created = await create(github, options, text, kept);
    return created;
  }
  await github.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
    ...github.place,
    comment_id: kept.databaseId,
    body: text,
  });
  return standing("updated", kept);
}

/** The machine's facts of the comment that stands, as the last run left them; undefined without one. Not to be trusted. */
export async function readComment(
  github: GitHub,
  options: Pick<CommentOptions, "pullRequest" | "marker">,
): Promise<{ readonly url: string; readonly meta: JsonObject | undefined } | undefined> {
  const [kept] = (await readTalk(github, options)).own;
  return kept === undefined ? undefined : { url: kept.url, meta: metaOf(kept.body) };
}

/** A comment of ours as its marker and its facts tell it. */
export interface OwnComment {
  readonly marker: string;
  /** As the run left them that wrote it. Not to be trusted. */
  readonly meta: JsonObject | undefined;
  /** Somebody has minimised it: it was told all the same. */
  readonly isHidden: boolean;
}

/** All comments of ours that have a marker, the oldest first. Throws GitHubFailure. */
export async function ownComments(github: GitHub, pullRequest: number): Promise<readonly OwnComment[]> {
  const { all } = await readAll(github, pullRequest);
  return all
    .filter(({ viewerDidAuthor }) => viewerDidAuthor)
    .sort(byAge)
    .flatMap(({ body, isMinimized }) => {
      const marker = /^<!-- (cxform:.+) -->(?:\r?\n|$)/.exec(body)?.[1];
      return marker === undefined ? [] : [{ marker, meta: metaOf(body), isHidden: isMinimized }];
    });
}

function standing(did: CommentResult["did"], comment: FoundComment | undefined): CommentResult {
  return comment === undefined ? { did } : { did, url: comment.url, id: comment.databaseId };
}

/** The whole comment: marker, body, facts. */
export function commentText({ marker, body, head, run, meta }: Omit<CommentOptions, "pullRequest" | "notify">): string {
  const facts: JsonObject = { ...meta, ...(head === undefined ? {} : { head }), run: run.id, attempt: run.attempt };
  return `${markerLine(marker)}\n${body.trimEnd()}\n${metaStart}${inComment(facts)} -->`;
}

const markerLine = (marker: CommentMarker): string => `<!-- ${marker} -->`;
const metaStart = "<!-- cxform:meta ";

/** JSON that cannot end the HTML comment around it. */
function inComment(value: Json): string {
  return canonical(value).replaceAll("--", "\\u002d\\u002d").replaceAll(">", "\\u003e").replaceAll("<", "\\u003c");
}

function metaOf(body: string): JsonObject | undefined {
  const line = body.trimEnd().split("\n").at(-1) ?? "";
  if (!line.startsWith(metaStart) || !line.endsWith(" -->")) return undefined;
  try {
    const value = JSON.parse(line.slice(metaStart.length, -" -->".length)) as Json;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function isNewer(meta: JsonObject | undefined, run: CommentOptions["run"]): boolean {
  const [id, attempt] = [meta?.["run"], meta?.["attempt"]];
  if (typeof id !== "number" || typeof attempt !== "number") return false;
  return id > run.id || (id === run.id && attempt > run.attempt);
}

/** The text without what changes with every run: facts and footer. */
function comparable(text: string): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .filter((line) => !line.startsWith(metaStart) && !/^<sub>.*<\/sub>$/.test(line))
    .join("\n");
}

const talkQuery = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    headRefOid
    comments(first: 100, after: $after) {
      nodes { id databaseId url body isMinimized viewerDidAuthor }
      pageInfo { hasNextPage endCursor }
    }
  } }
}`;

interface TalkPage {
  readonly repository: {
    readonly pullRequest: {
      readonly headRefOid: string;
      readonly comments: {
        readonly nodes: readonly FoundComment[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    };
  };
}

async function readTalk(
  github: GitHub,
  { pullRequest, marker }: Pick<CommentOptions, "pullRequest" | "marker">,
): Promise<Talk> {
  const { head, all } = await readAll(github, pullRequest);
  return { head, own: ownOf(all, marker) };
}

async function readAll(
  github: GitHub,
  pullRequest: number,
): Promise<{ readonly head: string; readonly all: readonly FoundComment[] }> {
  const { owner, repo } = github.place;
  const all: FoundComment[] = [];
  let after: string | null = null;
  for (;;) {
    const variables: Record<string, unknown> = { owner, name: repo, number: pullRequest, after };
    const page: TalkPage = await github.graphql<TalkPage>(talkQuery, variables, "pull-requests: write");
    const { headRefOid, comments } = page.repository.pullRequest;
    all.push(...comments.nodes);
    after = comments.pageInfo.endCursor;
    if (!comments.pageInfo.hasNextPage || after === null) return { head: headRefOid, all };
  }
}

/** Whoever else puts our marker into a comment has written a comment, no more. */
function ownOf(all: readonly FoundComment[], marker: CommentMarker): readonly FoundComment[] {
  const first = markerLine(marker);
  return all
    .filter(({ body, viewerDidAuthor, isMinimized }) => {
      const isMarked = body === first || body.startsWith(`${first}\n`) || body.startsWith(`${first}\r\n`);
      return isMarked && viewerDidAuthor && !isMinimized;
    })
    .sort(byAge);
}

const byAge = (left: FoundComment, right: FoundComment): number => left.databaseId - right.databaseId;

/** Of two first runs at once each sees both comments afterwards and keeps the same one. `replaced` is the one that a new comment follows. */
async function create(
  github: GitHub,
  options: CommentOptions,
  text: string,
  replaced?: FoundComment,
): Promise<CommentResult> {
  try {
    await github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...github.place,
      issue_number: options.pullRequest,
      body: text,
    });
  } catch (error) {
    // It may be there although the answer was lost.
    if (!(error instanceof GitHubUnreachable)) throw error;
    const { own } = await readTalk(github, options);
    if (!own.some(({ id, body }) => id !== replaced?.id && body.replaceAll("\r", "") === text)) throw error;
  }
  const { own } = await readTalk(github, options);
  const [kept, ...others] = own.filter(({ id }) => id !== replaced?.id);
  if (replaced !== undefined && kept !== undefined) await minimise(github, replaced);
  for (const other of others) await minimise(github, other);
  return standing("created", kept);
}

const minimiseMutation = `mutation($input: MinimizeCommentInput!) {
  minimizeComment(input: $input) { minimizedComment { isMinimized } }
}`;

async function minimise(github: GitHub, comment: FoundComment): Promise<void> {
  await github.graphql(
    minimiseMutation,
    { input: { subjectId: comment.id, classifier: "OUTDATED" } },
    "pull-requests: write",
  );
}
