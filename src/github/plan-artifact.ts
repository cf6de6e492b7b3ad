// The plan that a pull request's reviewers saw, from the artifact of its run. What GitHub hands out is somebody's file until all of it is checked.
import { type UnzipFileInfo, unzipSync } from "fflate";
import type { Json, JsonObject } from "../contract/json.ts";
import type { GitHub } from "./client.ts";
import { GitHubFailure, GitHubMissing, GitHubUnexpected } from "./failure.ts";
import { type PullRequest, pullRequestNumber, pullRequestOf } from "./pull-request.ts";
import type { Refusal } from "./refusal.ts";

export interface ReviewedPlanOptions {
  /** The commit on the default branch. */
  readonly commit: string;
  readonly environment: string;
  /** The workflow that plans pull requests: `.github/workflows/plan.yml`. */
  readonly workflow: string;
}

export type ReviewedPlan =
  | {
      readonly pullRequest: PullRequest;
      /** JSON from outside: its digest is to be recomputed before it is believed. */
      readonly plan: JsonObject;
      readonly runId: number;
    }
  | { readonly pullRequest?: PullRequest; readonly refusal: Refusal };

/** The name under which the plan workflow uploads, and the one file within. */
export function planArtifactName(environment: string, head: string): string {
  return `cxform-plan-${environment}-${head}`;
}
export const planArtifactFile = "plan.json";

const mostZipBytes = 20_000_000;
const mostPlanBytes = 50_000_000;

/** A refusal is a value; throws GitHubFailure when GitHub cannot be asked. */
export async function reviewedPlan(github: GitHub, options: ReviewedPlanOptions): Promise<ReviewedPlan> {
  const { commit } = options;
  const pullRequest = await pullRequestOf(github, commit);
  if (pullRequest === undefined) {
    return refused(
      `no pull request was merged as commit ${short(commit)}`,
      "Change manifests by pull requests only; what was pushed directly has to be approved anew.",
    );
  }
  return planOfHead(github, pullRequest, options);
}

/** The plan of a pull request's last commit, before it is merged. A refusal is a value; throws GitHubFailure, GitHubMissing when there is none of that number. */
export async function proposedPlan(
  github: GitHub,
  number: number,
  options: Omit<ReviewedPlanOptions, "commit">,
): Promise<ReviewedPlan> {
  return planOfHead(github, await pullRequestNumber(github, number), options);
}

async function planOfHead(
  github: GitHub,
  pullRequest: PullRequest,
  { environment, workflow }: Omit<ReviewedPlanOptions, "commit">,
): Promise<ReviewedPlan> {
  const name = planArtifactName(environment, pullRequest.head);
  const { data } = await github.request("GET /repos/{owner}/{repo}/actions/artifacts", {
    ...github.place,
    name,
    per_page: 100,
  });
  const named = data.artifacts.filter((artifact) => artifact.name === name);
  if (named.length === 0) {
    return refused(
      `pull request ${pullRequest.number} has no plan of its last commit ${short(pullRequest.head)} for ${environment}`,
      "Let the plan workflow run on the last commit of a pull request before it is merged.",
      pullRequest,
    );
  }
  let reason: Refusal | undefined;
  // Newest first: a run that was repeated has uploaded again.
  for (const artifact of [...named].sort((left, right) => right.id - left.id)) {
    const judged = await judge(github, artifact as Artifact, pullRequest, workflow);
    if ("refusal" in judged) reason ??= judged.refusal;
    else return { pullRequest, ...judged };
  }
  return { pullRequest, refusal: reason as Refusal };
}

interface Artifact {
  readonly id: number;
  readonly expired: boolean;
  readonly size_in_bytes: number;
  readonly workflow_run?: {
    readonly id?: number;
    readonly repository_id?: number;
    readonly head_repository_id?: number;
    readonly head_sha?: string;
  } | null;
}

type Judged = { readonly plan: JsonObject; readonly runId: number } | { readonly refusal: Refusal };

async function judge(github: GitHub, artifact: Artifact, pull: PullRequest, workflow: string): Promise<Judged> {
  const run = artifact.workflow_run ?? {};
  const from = `the plan artifact of pull request ${pull.number}`;
  if (run.head_sha !== pull.head) {
    return refused(
      `${from} was made by a run of commit ${short(run.head_sha ?? "unknown")}, not of ${short(pull.head)}`,
      "Find out which workflow uploads under that name; approve the plan made now.",
    );
  }
  if (run.repository_id === undefined || run.repository_id !== run.head_repository_id) {
    return refused(`${from} was made by a run of a fork`, "Review the plan made now, and approve it.");
  }
  if (artifact.expired) {
    return refused(`${from} has expired`, "Review the plan made now, and approve it; merge sooner after a review.");
  }
  if (run.id === undefined || !(await isRunOf(github, run.id, workflow))) {
    return refused(
      `${from} was not made by ${workflow}`,
      "Find out which workflow uploads under that name; approve the plan made now.",
    );
  }
  if (artifact.size_in_bytes > mostZipBytes) return tooLarge(from);
  const read = await download(github, artifact.id, from);
  return "refusal" in read ? read : { plan: read.plan, runId: run.id };
}

async function isRunOf(github: GitHub, runId: number, workflow: string): Promise<boolean> {
  try {
    const { data } = await github.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", {
      ...github.place,
      run_id: runId,
    });
    // `path` may carry the ref: `.github/workflows/plan.yml@refs/heads/main`.
    return data.path.split("@")[0] === workflow;
  } catch (error) {
    if (error instanceof GitHubMissing) return false;
    throw error;
  }
}

async function download(
  github: GitHub,
  id: number,
  from: string,
): Promise<{ readonly plan: JsonObject } | { readonly refusal: Refusal }> {
  const { owner, repo } = github.place;
  try {
    const zip = await github.download(`/repos/${owner}/${repo}/actions/artifacts/${id}/zip`, mostZipBytes);
    return readPlan(zip, from);
  } catch (error) {
    if (error instanceof GitHubUnexpected) return tooLarge(from);
    // 410: it expired in between.
    if (!(error instanceof GitHubFailure) || error.call.status !== 410) throw error;
    return refused(`${from} has expired`, "Review the plan made now, and approve it.");
  }
}

/** One file under its one name, no larger than we say: nothing else of the zip is unpacked. */
function readPlan(zip: Uint8Array, from: string): { readonly plan: JsonObject } | { readonly refusal: Refusal } {
  let isLarge = false;
  const isOurs = (file: UnzipFileInfo): boolean => {
    if (file.name !== planArtifactFile) return false;
    if (file.originalSize > mostPlanBytes) isLarge = true;
    return !isLarge;
  };
  try {
    const bytes = unzipSync(zip, { filter: isOurs })[planArtifactFile];
    if (isLarge) return tooLarge(from);
    if (bytes === undefined) return unreadable(`${from} holds no ${planArtifactFile}`);
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return unreadable(`${from} is no plan`);
    return { plan: value as JsonObject };
  } catch {
    return unreadable(`${from} cannot be read`);
  }
}

const unreadable = (message: string) =>
  refused(message, "Find out which workflow uploads under that name; approve the plan made now.");

const tooLarge = (from: string) =>
  refused(`${from} is larger than a plan can be`, "Find out which workflow uploads under that name.");

function refused(message: string, hint: string, pullRequest?: PullRequest) {
  return { refusal: { message, hint }, ...(pullRequest === undefined ? {} : { pullRequest }) };
}

const short = (commit: string): string => commit.slice(0, 12);
