// What the commits of a ledger's branch say beside its files: that it only ever grew. A tail that was cut and pushed shows here (INTERFACE §6). Knows neither git nor an API.
import { BrokenChain } from "../base/failure.ts";
import { isContentFile, parseHead, runOfFile } from "./chain.ts";

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

export interface FileChange {
  readonly file: string;
  /** Ids of blobs. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface CommitChange {
  readonly commit: string;
  readonly parents: number;
  /** Against each parent. */
  readonly files: readonly FileChange[];
}

type Blobs = ReadonlyMap<string, Uint8Array>;

/** As many commits are judged together: an audit file is read once for each commit that appends to it. */
const groupSize = 100;

/**
 * Judges the commits of a branch, oldest first: one line of commits, audit files that only grow, content files that never change, a seq that
 * only rises. `read` answers the bytes of blobs by their ids, and is asked for no others than those that decide.
 */
export async function judgeHistory(
  commits: readonly CommitChange[],
  read: (ids: readonly string[]) => Promise<Blobs>,
): Promise<readonly HistoryProblem[]> {
  const problems: HistoryProblem[] = [];
  let seq = 0;
  for (let at = 0; at < commits.length; at += groupSize) {
    const group = commits.slice(at, at + groupSize);
    const blobs = await read(decisive(group));
    for (const [place, { commit, parents, files }] of group.entries()) {
      if (parents !== (at + place === 0 ? 0 : 1))
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
  }
  return problems;
}

/** Content files are told by their ids alone. */
function decisive(group: readonly CommitChange[]): readonly string[] {
  const ids = group.flatMap(({ files }) =>
    files.flatMap(({ file, before, after }) =>
      file === "HEAD.json" ? [after] : runOfFile(file) !== undefined ? [before, after] : [],
    ),
  );
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function wrongIn({ file, before, after }: FileChange, blobs: Blobs): string | undefined {
  if (runOfFile(file) !== undefined) {
    if (after === undefined) return "was removed";
    const [old, now] = [before === undefined ? new Uint8Array() : blobs.get(before), blobs.get(after)];
    const isLonger = old !== undefined && now !== undefined && Buffer.compare(now.subarray(0, old.length), old) === 0;
    return isLonger ? undefined : "was changed, not only appended to";
  }
  if (!isContentFile(file) || before === undefined) return undefined;
  return after === undefined ? "was removed" : "was changed";
}

function seqIn(files: readonly FileChange[], blobs: Blobs): number | undefined {
  const head = files.find(({ file }) => file === "HEAD.json");
  if (head === undefined) return undefined;
  const bytes = head.after === undefined ? undefined : blobs.get(head.after);
  try {
    return bytes === undefined ? 0 : parseHead(Buffer.from(bytes).toString("utf8")).seq;
  } catch (error) {
    if (error instanceof BrokenChain) return 0;
    throw error;
  }
}
