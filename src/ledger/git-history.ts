// What the commits of a ledger's branch say beside its files: that it only ever grew. A tail that was cut and pushed shows here (INTERFACE §6).
import { BrokenChain } from "../base/failure.ts";
import { isContentFile, parseHead, runOfFile } from "./chain.ts";
import { checkObject, type Git } from "./git.ts";
import { type BranchOptions, openBranch } from "./git-branch.ts";
import { readBlobs } from "./git-tree.ts";

export interface HistoryProblem {
  /** The commit that did it. */
  readonly commit: string;
  readonly file?: string;
  readonly message: string;
}

export interface HistoryVerification {
  readonly ok: boolean;
  readonly commits: number;
  /** Oldest first. */
  readonly problems: readonly HistoryProblem[];
}

interface FileChange {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface CommitChange {
  readonly commit: string;
  readonly parents: number;
  readonly files: readonly FileChange[];
}

/** Walks the branch from its first commit: one line of commits, audit files that only grow, content files that never change, a seq that only rises. */
export async function verifyBranchHistory(options: BranchOptions): Promise<HistoryVerification> {
  const { git, head } = await openBranch(options);
  const tip = await head();
  if (tip === undefined) return { ok: true, commits: 0, problems: [] };
  const commits = await changesTo(git, tip);
  const ids = commits.flatMap(({ files }) => files.flatMap(({ before, after }) => [before, after]));
  const known = [...new Set(ids.filter((id) => id !== undefined))];
  const blobs = await readBlobs(git, known);
  const problems: HistoryProblem[] = [];
  let seq = 0;
  for (const [at, { commit, parents, files }] of commits.entries()) {
    if (parents !== (at === 0 ? 0 : 1))
      problems.push({ commit, message: `has ${parents} parents; the branch is one line` });
    for (const change of files) {
      const message = wrongIn(change, blobs);
      if (message !== undefined) problems.push({ commit, file: change.file, message });
    }
    const now = seqIn(files, blobs);
    if (now !== undefined && now < seq)
      problems.push({ commit, file: "HEAD.json", message: `goes back from entry ${seq} to ${now}` });
    seq = now ?? seq;
  }
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

function wrongIn({ file, before, after }: FileChange, blobs: ReadonlyMap<string, Buffer>): string | undefined {
  if (runOfFile(file) !== undefined) {
    if (after === undefined) return "was removed";
    const [old, now] = [before === undefined ? Buffer.alloc(0) : blobs.get(before), blobs.get(after)];
    return now?.subarray(0, old?.length ?? 0).equals(old as Buffer) === true
      ? undefined
      : "was changed, not only appended to";
  }
  if (!isContentFile(file) || before === undefined) return undefined;
  return after === undefined ? "was removed" : "was changed";
}

function seqIn(files: readonly FileChange[], blobs: ReadonlyMap<string, Buffer>): number | undefined {
  const head = files.find(({ file }) => file === "HEAD.json");
  const text = head?.after === undefined ? undefined : blobs.get(head.after)?.toString("utf8");
  if (head === undefined) return undefined;
  try {
    return text === undefined ? 0 : parseHead(text).seq;
  } catch (error) {
    if (error instanceof BrokenChain) return 0;
    throw error;
  }
}
