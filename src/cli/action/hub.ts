// What the commands of the action ask of GitHub and put there, in their own words; src/github does it.
import { isoTime } from "../../base/duration.ts";
import type { Approval } from "../../contract/entry.ts";
import type { JsonObject } from "../../contract/json.ts";
import type { World } from "../../contract/world.ts";
import type { GitHub } from "../../github/client.ts";
import { checkOwners, readCodeOwners, teamMembership } from "../../github/code-owners.ts";
import { type Comparison, compareCommits } from "../../github/compare.ts";
import { environmentProtection } from "../../github/environment.ts";
import { closeIssue, keepIssue, recordIssue } from "../../github/issue.ts";
import { type NewerRun, type NewerRunsOptions, newerRuns } from "../../github/newer-runs.ts";
import { proposedPlan, reviewedPlan } from "../../github/plan-artifact.ts";
import { type PullRequest, pullRequestOf } from "../../github/pull-request.ts";
import { runApprovals } from "../../github/run-approvals.ts";
import { type CommentMarker, type OwnComment, ownComments, putComment } from "../../github/sticky-comment.ts";
import type { IssueText } from "../../report/issue-text.ts";

export interface MergedPullRequest {
  readonly number: number;
  readonly head: string;
  readonly author: string | undefined;
  /** Of its reviewers with write access, on the commit that was merged. */
  readonly reviews: readonly Approval[];
}

/** The workflow whose artifacts are plans of pull requests. */
const planWorkflow = ".github/workflows/plan.yml";

/** The text of the plan that the merged pull request showed; without one, why there is none and what to do. */
export async function shownPlan(
  github: GitHub,
  asked: { readonly commit: string; readonly environment: string },
): Promise<{
  readonly text?: string;
  readonly pullRequest?: MergedPullRequest;
  readonly refusal?: { readonly message: string; readonly hint: string };
}> {
  const answer = await reviewedPlan(github, { ...asked, workflow: planWorkflow });
  const { pullRequest } = answer;
  // Of a commit that no merge made, the request is another's: nothing of it is taken.
  if (pullRequest !== undefined && !pullRequest.isMerged)
    return { refusal: { message: `pull request ${pullRequest.number} is not merged`, hint: "Merge it first." } };
  const merged = pullRequest === undefined ? {} : { pullRequest: mergedFrom(pullRequest) };
  return "refusal" in answer
    ? { ...merged, refusal: answer.refusal }
    : { ...merged, text: JSON.stringify(answer.plan) };
}

/** The text of the plan that an open pull request shows now; without one, why there is none. */
export async function planShownOn(
  github: GitHub,
  pullRequest: number,
  environment: string,
): Promise<{ readonly text: string } | { readonly why: string }> {
  const answer = await proposedPlan(github, pullRequest, { environment, workflow: planWorkflow });
  return "refusal" in answer ? { why: answer.refusal.message } : { text: JSON.stringify(answer.plan) };
}

/** The pull request whose merge made a commit. */
export async function mergedPullRequest(github: GitHub, commit: string): Promise<MergedPullRequest | undefined> {
  const found = await pullRequestOf(github, commit);
  return found === undefined || !found.isMerged ? undefined : mergedFrom(found);
}

function mergedFrom({ number, head, author, approvals }: PullRequest): MergedPullRequest {
  return { number, head, author, reviews: approvals.filter((one) => one.commit === head) };
}

/** What the commit `head` is to `base`; undefined where GitHub does not know. */
export function comparison(github: GitHub, base: string, head: string): Promise<Comparison | undefined> {
  return compareCommits(github, base, head);
}

/** The runs of a workflow after a run of it that ended well, the newest first. */
export function endedWell(github: GitHub, asked: NewerRunsOptions): Promise<readonly NewerRun[]> {
  return newerRuns(github, asked);
}

export type GateAnswer =
  | { readonly approvals: readonly Approval[] }
  | { readonly refusal: { readonly message: string; readonly hint: string } };

/** Who let a run pass its gate. GitHub does not say when: it was before now. */
export async function gateApprovals(
  github: GitHub,
  asked: { readonly runId: string; readonly gate: string; readonly commit: string; readonly clock: World["clock"] },
): Promise<GateAnswer> {
  const { runId, gate, commit, clock } = asked;
  const answer = await runApprovals(github, Number(runId), gate);
  if ("refusal" in answer) return answer;
  const at = isoTime(clock.now());
  return { approvals: answer.approvals.map(({ login }) => ({ login, at, commit })) };
}

/** A body's hidden first line, as its comment is found by it. */
export const markerIn = (body: string): string => body.slice("<!-- ".length, body.indexOf("\n") - " -->".length);

export interface Posting {
  readonly pullRequest: number;
  /** The body's first line: a hidden marker. */
  readonly body: string;
  readonly head?: string;
  readonly run: { readonly id: string; readonly attempt: number };
  readonly meta?: JsonObject;
}

/** Puts a body in the place of the one with the same marker; answers its address. */
export async function postComment(github: GitHub, posting: Posting): Promise<string | undefined> {
  const { pullRequest, body, head, run, meta } = posting;
  const { url } = await putComment(github, {
    pullRequest,
    marker: markerIn(body) as CommentMarker,
    body: body.slice(body.indexOf("\n") + 1),
    run: { id: Number(run.id), attempt: run.attempt },
    ...(head === undefined ? {} : { head }),
    ...(meta === undefined ? {} : { meta }),
  });
  return url;
}

/** What was told on a pull request, also what somebody has hidden since. */
export function toldOn(github: GitHub, pullRequest: number): Promise<readonly OwnComment[]> {
  return ownComments(github, pullRequest);
}

/** A file as the repository has it, and who owns it. */
export interface Owned {
  readonly file: string;
  readonly owners: readonly string[];
}

/** The code owners of files as a commit has them; files without owners are left out. */
export async function ownersOf(github: GitHub, commit: string, files: readonly string[]): Promise<readonly Owned[]> {
  const codeOwners = await readCodeOwners(github, commit);
  if (codeOwners === undefined) return [];
  return files.map((file) => ({ file, owners: codeOwners.ownersOf(file) })).filter(({ owners }) => owners.length > 0);
}

/** The owned files whose owners are not among the approvers. A team that the token may not look into is left to GitHub's own rule for merging. */
export async function unapproved(
  github: GitHub,
  commit: string,
  files: readonly string[],
  approvers: readonly string[],
): Promise<readonly Owned[]> {
  const codeOwners = await readCodeOwners(github, commit);
  if (codeOwners === undefined) return [];
  const { uncovered } = await checkOwners(codeOwners, files, approvers, teamMembership(github));
  return uncovered.filter(({ owners }) => owners.every((owner) => !owner.includes("/")));
}

/** Who must approve at a gate; nobody where GitHub does not tell. */
export async function reviewersOf(github: GitHub, gate: string): Promise<readonly string[]> {
  const answer = await environmentProtection(github, gate);
  return answer.is === "there" ? answer.reviewers : [];
}

/** An issue's text with its marker, as src/github keeps it: the marker is plain words there. */
function kept({ title, body }: IssueText): { readonly title: string; readonly body: string; readonly marker: string } {
  return { title, body: body.slice(body.indexOf("\n") + 1), marker: markerIn(body).replaceAll("%", ".") };
}

/** One issue for an environment's drift: open while there is any. */
export async function keepDriftIssue(github: GitHub, text: IssueText, digest: string, isOpen: boolean): Promise<void> {
  const options = { ...kept(text), label: "cxform-drift", digest };
  if (isOpen)
    await keepIssue(github, { ...options, comment: "What drifts has changed: the description has it as it is now." });
  else await closeIssue(github, options, "CXone holds again what the manifests and the ledger say.");
}

/** One issue for the review of a plan that was applied past its protection, spoken on by each further run of it. `run` is the ledger's. */
export async function keepReviewIssue(github: GitHub, text: IssueText, again: string, run: string): Promise<void> {
  await recordIssue(github, { ...kept(text), label: "cxform-review", digest: run, comment: again });
}
