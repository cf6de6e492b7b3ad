// The commits of a ledger's branch as GitHub has them: judged like git's, and beside it who made each, whether GitHub vouches for it, and who has rewritten the branch.
import { type HistoryProblem, type HistoryVerification, judgeHistory } from "../ledger/branch-history.ts";
import type { TreeFile } from "../ledger/branch-store.ts";
import type { GitHub } from "./client.ts";
import { readBlobs, readHead, told } from "./commit-store.ts";
import { changesOf, incomplete } from "./commit-trees.ts";

export interface HistoryOptions {
  readonly github: GitHub;
  readonly branch: string;
  /** The login that GitHub shows for the ledger's commits: of a workflow's token, or of the App whose token writes. */
  readonly author: string;
}

/** Reads with `contents: read` alone. What GitHub refuses is LedgerUnusable. */
export function verifyHistoryByApi(options: HistoryOptions): Promise<HistoryVerification> {
  return told(options.branch, "read", verifyHistory(options));
}

async function verifyHistory({ github, branch, author }: HistoryOptions): Promise<HistoryVerification> {
  const tip = await readHead(github, branch);
  const commits = tip === undefined ? [] : await commitsOf(github, tip);
  const known = new Set(commits.map(({ id }) => id));
  const sizes = new Map<string, TreeFile>();
  const changes = await changesOf(github, commits, sizes);
  const judged = await judgeHistory(changes, (ids) =>
    readBlobs(
      github,
      ids.map((id) => sizes.get(id) as TreeFile),
    ),
  );
  const problems = [
    ...(await rewritings(github, branch, known)),
    ...commits.flatMap((commit) => foreign(commit, author)),
    ...judged,
  ];
  return { ok: problems.length === 0, commits: commits.length, problems: inOrder(problems, commits) };
}

interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: string | undefined;
  readonly committer: string | undefined;
  readonly isVerified: boolean;
  /** GitHub's word for it, such as `unsigned`. */
  readonly reason: string;
}

/** All that a commit descends from and itself, parents first. */
async function commitsOf(github: GitHub, tip: string): Promise<readonly Commit[]> {
  const listed = await github.paginate("GET /repos/{owner}/{repo}/commits", {
    ...github.place,
    sha: tip,
    per_page: 100,
  });
  const commits = new Map(
    listed.map(({ sha, commit, parents, author, committer }): [string, Commit] => [
      sha,
      {
        id: sha,
        tree: commit.tree.sha,
        parents: parents.map((parent) => parent.sha),
        author: loginOf(author),
        committer: loginOf(committer),
        isVerified: commit.verification?.verified === true,
        reason: commit.verification?.reason ?? "unsigned",
      },
    ]),
  );
  return parentsFirst(commits, tip);
}

function loginOf(account: { readonly login?: unknown } | null | undefined): string | undefined {
  return typeof account?.login === "string" ? account.login : undefined;
}

/** GitHub lists by date, which says nothing of descent. */
function parentsFirst(commits: ReadonlyMap<string, Commit>, tip: string): readonly Commit[] {
  const order: Commit[] = [];
  const seen = new Set<string>();
  const open: { readonly commit: Commit; next: number }[] = [];
  const enter = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const commit = commits.get(id);
    if (commit === undefined) throw incomplete(id);
    open.push({ commit, next: 0 });
  };
  enter(tip);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const parent = top.commit.parents[top.next];
    top.next += 1;
    if (parent !== undefined) enter(parent);
    else order.push((open.pop() as typeof top).commit);
  }
  return order;
}

/** GitHub's own account, which commits for whoever works through its API. */
const webFlow = "web-flow";

/** An author is what a commit says of itself; that GitHub has verified the committer makes it a fact. */
function foreign({ id, author, committer, isVerified, reason }: Commit, expected: string): readonly HistoryProblem[] {
  const isSame = (login: string | undefined): boolean => login?.toLowerCase() === expected.toLowerCase();
  const problems: HistoryProblem[] = [];
  if (!isVerified) problems.push({ commit: id, message: `is not verified by GitHub: ${reason}` });
  if (!isSame(author))
    problems.push({ commit: id, message: `is by ${author ?? "nobody that GitHub knows"}, not by ${expected}` });
  else if (!isSame(committer) && committer !== webFlow)
    problems.push({ commit: id, message: `says it is by ${expected}, but ${committer ?? "somebody else"} made it` });
  return problems;
}

/** What was at the head before somebody rewrote or deleted the branch has to be in it again: else entries are lost, however well the rest adds up. */
async function rewritings(
  github: GitHub,
  branch: string,
  known: ReadonlySet<string>,
): Promise<readonly HistoryProblem[]> {
  const problems: HistoryProblem[] = [];
  for (const [type, done] of [
    ["force_push", "rewrote"],
    ["branch_deletion", "deleted"],
  ] as const) {
    const found = await github.paginate("GET /repos/{owner}/{repo}/activity", {
      ...github.place,
      ref: `refs/heads/${branch}`,
      activity_type: type,
      per_page: 100,
    });
    for (const { before, actor } of found)
      if (!known.has(before))
        problems.push({
          commit: before,
          message: `is in the branch no more, which ${actor?.login ?? "somebody"} ${done}`,
        });
  }
  return problems;
}

/** Oldest first; what is in the branch no more comes before. */
function inOrder(problems: readonly HistoryProblem[], commits: readonly Commit[]): readonly HistoryProblem[] {
  const places = new Map(commits.map(({ id }, at) => [id, at]));
  const place = ({ commit }: HistoryProblem): number => places.get(commit) ?? -1;
  return [...problems].sort((left, right) => place(left) - place(right));
}
