// The ledger as a git branch (INTERFACE §6) of a repository on this disk, by git's plumbing: the remote, where there is one, is the truth. Knows no kind.
import type { LedgerStore } from "../contract/entry.ts";
import type { Clock } from "../contract/world.ts";
import { branchStore } from "./branch-store.ts";
import type { Env } from "./git.ts";
import { openBranch } from "./git-branch.ts";
import { readBlobs, readTree, type Signature, writeCommit } from "./git-tree.ts";

export interface GitStoreOptions {
  /** A folder inside a working clone; its work tree and index are never touched. */
  readonly repository: string;
  readonly branch: string;
  /**
   * The remote that holds the branch, which is then the truth; `auto`: origin where there is one. Undefined: the branch is in this
   * repository alone.
   */
  readonly remote?: string | undefined;
  /** Of the commits; default cxform. */
  readonly author?: Signature | undefined;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** For git: PATH, HOME, proxies, GIT_SSH_COMMAND, GIT_ASKPASS. */
  readonly env: Env;
}

const defaultAuthor: Signature = { name: "cxform", email: "cxform@localhost" };

/** A store on a branch, which is made by the first append. What git or the network refuse is LedgerUnusable; a rewritten branch BrokenChain. */
export function gitStore(options: GitStoreOptions): LedgerStore {
  const { branch, remote } = options;
  return branchStore({
    label: remote === undefined ? `branch ${branch}` : `branch ${branch} of ${remote === "auto" ? "origin" : remote}`,
    branch,
    async open() {
      const { git, head, move, keep } = await openBranch({ ...options, remote });
      return {
        head,
        tree: (commit) => readTree(git, commit),
        blobs: (files) =>
          readBlobs(
            git,
            files.map(({ id }) => id),
          ),
        async commit({ base, texts, message }) {
          const { id, tree } = await writeCommit(git, {
            parent: base.commit,
            tree: base.tree,
            texts,
            message,
            author: options.author ?? defaultAuthor,
            at: options.clock.now(),
          });
          return (await move(base.commit, id)) ? { commit: id, tree } : undefined;
        },
        ...(keep === undefined ? {} : { keep }),
      };
    },
  });
}
