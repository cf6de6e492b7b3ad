// One issue for a lasting matter: opened, rewritten, spoken on when the matter changed, closed when it is over; or spoken on each time that it happens again. Knows nothing of the matter.
import { invariant } from "../base/invariant.ts";
import type { GitHub } from "./client.ts";
import { GitHubUnreachable } from "./failure.ts";

export interface IssueOptions {
  /** Found by it, and given to it. */
  readonly label: string;
  /** Tells issues of one label apart: `cxform:drift production`. */
  readonly marker: string;
  /** Of the account behind the token, as REST names it; `github-actions[bot]` in a workflow. */
  readonly author?: string;
}

export interface OpenIssue extends IssueOptions {
  readonly title: string;
  /** The matter as it stands. */
  readonly body: string;
  /** Of the matter: without a change nothing is said and nobody is notified. */
  readonly digest: string;
  /** Said when the digest changed. */
  readonly comment: string;
}

export interface IssueResult {
  readonly did: "created" | "reopened" | "updated" | "unchanged" | "closed" | "none";
  readonly number?: number;
  readonly url?: string;
}

const workflowAuthor = "github-actions[bot]";

interface FoundIssue {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly body?: string | null;
  readonly title: string;
}

/** Throws GitHubFailure. */
export async function keepIssue(github: GitHub, options: OpenIssue): Promise<IssueResult> {
  const { title, label } = options;
  const text = issueText(options);
  const found = await findIssue(github, options);
  if (found === undefined) return createIssue(github, options, text);
  const isOpen = found.state === "open";
  const hasChanged = digestOf(found.body) !== options.digest;
  if (isOpen && !hasChanged) return result("unchanged", found);
  // The word before the digest: a run that is cut off between them leaves the matter changed, and the next one goes on.
  const last = (await said(github, found.number, options)).at(-1);
  if (last !== options.digest) await speak(github, found.number, options.comment, options.digest);
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...github.place,
    issue_number: found.number,
    title,
    body: text,
    ...(isOpen ? {} : { state: "open" as const }),
    labels: [label],
  });
  return result(isOpen ? "updated" : "reopened", found);
}

/** For what happens again: the first time opens the issue, each further time (another `digest`) is said on it, and opens it again. Throws GitHubFailure. */
export async function recordIssue(github: GitHub, options: OpenIssue): Promise<IssueResult> {
  const { digest, comment } = options;
  const found = await findIssue(github, options);
  if (found === undefined) return createIssue(github, options, issueText(options));
  if (digestOf(found.body) === digest) return result("unchanged", found);
  if ((await said(github, found.number, options)).includes(digest)) return result("unchanged", found);
  const isOpen = found.state === "open";
  if (!isOpen)
    await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
      ...github.place,
      issue_number: found.number,
      state: "open",
    });
  await speak(github, found.number, comment, digest);
  return result(isOpen ? "updated" : "reopened", found);
}

/** Closes the issue with a last word when it is open. Throws GitHubFailure. */
export async function closeIssue(github: GitHub, options: IssueOptions, comment: string): Promise<IssueResult> {
  const found = await findIssue(github, options);
  if (found === undefined || found.state !== "open") return { did: "none" };
  if ((await said(github, found.number, options)).at(-1) !== closing)
    await speak(github, found.number, comment, closing);
  await github.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...github.place,
    issue_number: found.number,
    state: "closed",
    state_reason: "completed",
  });
  return result("closed", found);
}

async function createIssue(github: GitHub, options: OpenIssue, text: string): Promise<IssueResult> {
  try {
    const { data } = await github.request("POST /repos/{owner}/{repo}/issues", {
      ...github.place,
      title: options.title,
      body: text,
      labels: [options.label],
    });
    return result("created", data);
  } catch (error) {
    // It may be there although the answer was lost.
    if (!(error instanceof GitHubUnreachable)) throw error;
    const found = await findIssue(github, options);
    if (found === undefined) throw error;
    return result("created", found);
  }
}

/** Listed by label, not searched: GitHub's search lags behind. The oldest of our own with the marker; others' are none of ours. */
async function findIssue(github: GitHub, options: IssueOptions): Promise<FoundIssue | undefined> {
  const all = await github.paginate("GET /repos/{owner}/{repo}/issues", {
    ...github.place,
    labels: options.label,
    state: "all",
    per_page: 100,
  });
  const first = markerLine(options.marker);
  const author = options.author ?? workflowAuthor;
  return all
    .filter(({ body, user }) => (body ?? "").split(/\r?\n/)[0] === first && user?.login === author)
    .sort((left, right) => left.number - right.number)[0];
}

/** What the last word of a matter that is over stands for. */
const closing = "closed";

/** `digest` is what the comment stands for: it keeps it from being said twice. */
function speak(github: GitHub, number: number, text: string, digest: string): Promise<unknown> {
  return github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...github.place,
    issue_number: number,
    body: `${text.trimEnd()}\n${digestLine(digest)}`,
  });
}

/** The digests that our own comments stand for, the oldest first. */
async function said(github: GitHub, number: number, { author }: IssueOptions): Promise<readonly string[]> {
  const all = await github.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...github.place,
    issue_number: number,
    per_page: 100,
  });
  return all
    .filter(({ user }) => user?.login === (author ?? workflowAuthor))
    .sort((left, right) => left.id - right.id)
    .flatMap(({ body }) => digestOf(body) ?? []);
}

function issueText({ marker, body, digest }: OpenIssue): string {
  return `${markerLine(marker)}\n${body.trimEnd()}\n${digestLine(digest)}`;
}

function markerLine(marker: string): string {
  invariant(/^[\w:./ -]+$/.test(marker) && !marker.includes("--"), "a marker is plain words");
  return `<!-- ${marker} -->`;
}

const digestStart = "<!-- cxform:digest ";

function digestLine(digest: string): string {
  invariant(/^[\w:.-]+$/.test(digest), "a digest is one word");
  return `${digestStart}${digest} -->`;
}

function digestOf(body: string | null | undefined): string | undefined {
  const line = (body ?? "").trimEnd().split(/\r?\n/).at(-1) ?? "";
  return line.startsWith(digestStart) && line.endsWith(" -->") ? line.slice(digestStart.length, -4) : undefined;
}

function result(did: IssueResult["did"], issue: FoundIssue): IssueResult {
  return { did, number: issue.number, url: issue.html_url };
}
