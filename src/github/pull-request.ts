// The pull request that a commit came from, and who approved it. Reads only; judges nobody.
import type { Approval } from "../contract/entry.ts";
import type { GitHub } from "./client.ts";

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly isMerged: boolean;
  /** The branch that it goes into. */
  readonly base: string;
  /** The last commit of the pull request: what was reviewed. */
  readonly head: string;
  /** Absent when the account is gone. */
  readonly author?: string;
  readonly mergedBy?: string;
  /** The latest opinion of each reviewer with write access, where it is an approval. `commit` is what the reviewer saw. */
  readonly approvals: readonly Approval[];
}

const fields = `number title url merged baseRefName headRefOid
  author { login } mergedBy { login } mergeCommit { oid }
  latestOpinionatedReviews(first: 100, writersOnly: true) { nodes { state submittedAt author { login } commit { oid } } }`;

const byCommit = `query($owner: String!, $name: String!, $commit: GitObjectID!) {
  repository(owner: $owner, name: $name) { object(oid: $commit) { ... on Commit {
    associatedPullRequests(first: 20) { nodes { ${fields} } }
  } } }
}`;

const byNumber = `query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { ${fields} } }
}`;

interface Login {
  readonly login: string;
}

interface Found {
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly merged: boolean;
  readonly baseRefName: string;
  readonly headRefOid: string;
  readonly author: Login | null;
  readonly mergedBy: Login | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly latestOpinionatedReviews: {
    readonly nodes: readonly {
      readonly state: string;
      readonly submittedAt: string | null;
      readonly author: Login | null;
      readonly commit: { readonly oid: string } | null;
    }[];
  } | null;
}

/**
 * The pull request whose merge made `commit`; before a merge, the one whose head it is. Undefined: pushed without one, or not to be told
 * apart. Throws GitHubFailure.
 */
export async function pullRequestOf(github: GitHub, commit: string): Promise<PullRequest | undefined> {
  const { owner, repo } = github.place;
  const answer = await github.graphql<{
    readonly repository: {
      readonly object: { readonly associatedPullRequests?: { readonly nodes: readonly Found[] } } | null;
    };
  }>(byCommit, { owner, name: repo, commit }, "pull-requests: read");
  const all = answer.repository.object?.associatedPullRequests?.nodes ?? [];
  const merged = all.filter(({ mergeCommit }) => mergeCommit?.oid === commit);
  const candidates = merged.length > 0 ? merged : all.filter((one) => !one.merged && one.headRefOid === commit);
  const [found] = candidates;
  return found === undefined || candidates.length > 1 ? undefined : pullRequestFrom(found);
}

/** Throws GitHubMissing when there is none of that number. */
export async function pullRequestNumber(github: GitHub, number: number): Promise<PullRequest> {
  const { owner, repo } = github.place;
  const answer = await github.graphql<{ readonly repository: { readonly pullRequest: Found } }>(
    byNumber,
    { owner, name: repo, number },
    "pull-requests: read",
  );
  return pullRequestFrom(answer.repository.pullRequest);
}

function pullRequestFrom(found: Found): PullRequest {
  const reviews = found.latestOpinionatedReviews?.nodes ?? [];
  return {
    number: found.number,
    title: found.title,
    url: found.url,
    isMerged: found.merged,
    base: found.baseRefName,
    head: found.headRefOid,
    ...(found.author === null ? {} : { author: found.author.login }),
    ...(found.mergedBy === null ? {} : { mergedBy: found.mergedBy.login }),
    approvals: reviews.flatMap(({ state, submittedAt, author, commit }) =>
      state === "APPROVED" && author !== null && commit !== null && submittedAt !== null
        ? [{ login: author.login, at: submittedAt, commit: commit.oid }]
        : [],
    ),
  };
}
