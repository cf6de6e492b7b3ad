// The commits of a ledger's branch as git has them, for the judgement of its history. It judges nothing itself.
import { type CommitChange, type FileChange, type HistoryVerification, judgeHistory } from "./branch-history.ts";
import { checkObject, type Git } from "./git.ts";
import { type BranchOptions, openBranch } from "./git-branch.ts";
import { readBlobs } from "./git-tree.ts";

/** Walks the branch from its first commit. Throws LedgerUnusable, and BrokenChain where the remote's branch was rewritten. */
export async function verifyBranchHistory(options: BranchOptions): Promise<HistoryVerification> {
  const { git, head } = await openBranch(options);
  const tip = await head();
  if (tip === undefined) return { ok: true, commits: 0, problems: [] };
  const commits = await changesTo(git, tip);
  const problems = await judgeHistory(commits, (ids) => readBlobs(git, ids));
  return { ok: problems.length === 0, commits: commits.length, problems };
}

/** What each commit changes, oldest first. */
async function changesTo(git: Git, tip: string): Promise<readonly CommitChange[]> {
  const listed = (await git.ask(["rev-list", "--topo-order", "--reverse", "--parents", checkObject(tip)])).toString(
    "utf8",
  );
  const parents = new Map(
    listed.split("\n").flatMap((line) => {
      const [commit, ...rest] = line.split(" ");
      return commit === "" || commit === undefined ? [] : [[commit, rest.length] as const];
    }),
  );
  const words = [
    "diff-tree",
    "--stdin",
    "--root",
    "-m",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    "--no-ext-diff",
  ];
  const output = await git.ask(words, { input: [...parents.keys()].map((commit) => `${commit}\n`).join("") });
  const files = new Map<string, FileChange[]>();
  let commit = "";
  const parts = output.toString("utf8").split("\0");
  for (let at = 0; at < parts.length; at++) {
    const part = (parts[at] as string).replace(/^\n/, "");
    if (/^[0-9a-f]{40,64}/.test(part)) {
      commit = part.split(/[ \n]/)[0] as string;
    } else if (part.startsWith(":")) {
      const [, , before, after] = part.split(" ");
      const file = parts[++at] as string;
      const own = files.get(commit) ?? [];
      own.push({ file, before: present(before), after: present(after) });
      files.set(commit, own);
    }
  }
  return [...parents].map(([id, count]) => ({ commit: id, parents: count, files: files.get(id) ?? [] }));
}

function present(id: string | undefined): string | undefined {
  return id === undefined || /^0+$/.test(id) ? undefined : checkObject(id);
}
