// One branch as a value that is read and moved by compare-and-swap, here or on a remote. Knows no ledger: only commits.
import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BrokenChain, LedgerUnusable } from "../base/failure.ts";
import type { Clock } from "../contract/world.ts";
import { checkObject, createGit, type Env, type Git, gitFailure, isSafeName, reasonOf } from "./git.ts";
import { readGitConfig } from "./git-config.ts";
import { type GitDisk, gitDisk } from "./git-disk.ts";

export interface BranchOptions {
  /** A folder inside a working clone. */
  readonly repository: string;
  readonly branch: string;
  /** The remote that holds the branch; `auto`: origin where there is one; undefined: the branch is in this repository alone. */
  readonly remote: string | undefined;
  readonly env: Env;
  readonly clock: Pick<Clock, "sleep">;
}

export interface Branch {
  readonly git: Git;
  /** The branch's commit, with its objects on this machine; undefined when there is no such branch. */
  head(): Promise<string | undefined>;
  /** Makes `to`, a child of `from`, the branch's commit. False when the branch is not at `from` any more. */
  move(from: string | undefined, to: string): Promise<boolean>;
  /** Puts the branch's commit, which another process may have made, on the disk. Undefined where the disk is not ours. */
  keep?(commit: string): Promise<void>;
}

/** Our own name for the remote: the address comes from the environment, so that no other setting of the config belongs to it. */
const remoteName = "cxform-ledger";
const pushTries = 3;
/** Of a remote that did not answer; no commit has this name. */
const away = "away";
const pauseMs = 250;

/** Throws LedgerUnusable for a name that git might read otherwise, without a repository, or where the branch is checked out. */
export async function openBranch(options: BranchOptions): Promise<Branch> {
  const { branch, remote, env } = options;
  checkName("branch", branch);
  if (remote !== undefined) checkName("remote", remote);
  const top = await topOf(options);
  const config = await readGitConfig(top, env);
  const url = remote === undefined ? undefined : config.urlOf(remote === "auto" ? "origin" : remote);
  if (url === undefined && remote !== undefined && remote !== "auto") {
    throw new LedgerUnusable(`the repository has no remote ${remote}`, {
      hint: `Add it with git remote add ${remote}, or name another one in ledger.remote.`,
    });
  }
  if (config.hasRemote(remoteName)) {
    throw new LedgerUnusable(`the repository has a remote ${remoteName}, a name that cxform keeps for itself`, {
      hint: `Rename it with git remote rename ${remoteName}.`,
    });
  }
  const checked = url === undefined ? undefined : await checkedUrl(url, top);
  const stray = checked === undefined ? undefined : config.strayFor(checked);
  if (stray !== undefined) {
    throw new LedgerUnusable(`the checkout's own git config sets ${stray}, which decides where the ledger is pushed`, {
      hint: "Take it out of the repository's config; where it is meant, set it for the user with git config --global.",
    });
  }
  const address = checked === undefined ? [] : ([[`remote.${remoteName}.url`, checked]] as const);
  const git = createGit(top, env, [...config.settings, ...address], config.ssh);
  await checkNotCheckedOut(git, branch);
  if (url === undefined) return localBranch(git, branch, gitDisk(await sharedFolderOf(git, top)));
  return remoteBranch(git, branch, remote === "auto" ? "origin" : (remote as string), options.clock);
}

function checkName(what: string, name: string): void {
  if (isSafeName(name)) return;
  throw new LedgerUnusable(`the ledger's ${what} ${JSON.stringify(name)} is not a name that is safe to give to git`, {
    hint: "Use letters, digits, `_`, `-`, `.` and `/`, without a leading `-` and without `..`.",
  });
}

async function topOf(options: BranchOptions): Promise<string> {
  const answer = await createGit(options.repository, options.env).run(["rev-parse", "--show-toplevel"]);
  const top = answer.stdout.toString("utf8").replace(/\n$/, "");
  if (answer.code === 0 && top !== "") return top;
  const why = answer.code === 0 ? "it has no work tree" : reasonOf(answer);
  throw new LedgerUnusable(`cxform.yaml is in no git repository: ${why}`, {
    hint: "Use ledger.branch only in a clone of a git repository, or ledger.dir.",
  });
}

/** Where objects and branches lie: the `.git` of the main work tree, for each of its work trees. */
async function sharedFolderOf(git: Git, top: string): Promise<string> {
  const output = await git.ask(["rev-parse", "--git-common-dir"]);
  return resolve(top, output.toString("utf8").replace(/\n$/, ""));
}

/** A remote that is a folder is run by this machine, hooks and all: it must lie outside of the checkout. */
async function checkedUrl(url: string, top: string): Promise<string> {
  const refused = (why: string): LedgerUnusable =>
    new LedgerUnusable(`the ledger's remote ${why}`, { hint: "Point the remote at a repository by https or ssh." });
  if (url.startsWith("-")) throw refused("begins with -");
  if (/^[a-z][a-z0-9+.-]*::/i.test(url)) throw refused("names a transport program");
  const isFile = /^file:\/\//i.test(url);
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) || /^[^/]+:/.test(url);
  if (isAddress && !isFile) return url;
  const path = isFile ? filePath(url) : resolve(top, url);
  const [inner, outer] = await Promise.all([path, top].map((each) => realpath(each).catch(() => resolve(each))));
  const way = relative(outer as string, inner as string);
  if (way === "" || !/^\.\.(?:[\\/]|$)/.test(way)) throw refused("lies inside the checkout");
  return isFile ? url : path;
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url.replace(/^file:\/\//i, "");
  }
}

async function checkNotCheckedOut(git: Git, branch: string): Promise<void> {
  const trees = (await git.ask(["worktree", "list", "--porcelain"])).toString("utf8").split("\n");
  if (!trees.includes(`branch refs/heads/${branch}`)) return;
  throw new LedgerUnusable(`the ledger's branch ${branch} is checked out in a work tree`, {
    hint: "Check out another branch there: cxform moves the ledger's branch without touching a work tree.",
  });
}

/** The commit of a ref; undefined when there is none. A symbolic or broken ref is no answer. */
async function commitOf(git: Git, ref: string): Promise<string | undefined> {
  const format = "--format=%(objectname) %(objecttype) %(symref) %(refname)";
  const answer = await git.run(["for-each-ref", format, "--", ref]);
  const line = answer.stdout
    .toString("utf8")
    .split("\n")
    .find((each) => each.endsWith(` ${ref}`));
  if (answer.code !== 0 || (line === undefined && answer.stderr !== "")) throw gitFailure("for-each-ref", answer);
  if (line === undefined) return undefined;
  const [id, type, symbolic] = line.split(" ");
  if (type === "commit" && symbolic === "") return checkObject(id as string);
  throw new LedgerUnusable(`${ref} is ${symbolic === "" ? `a ${type}` : "symbolic"}, not a branch of commits`, {
    hint: "Find out who made it so, delete it and restore the branch.",
  });
}

/** Moves a ref of this repository. The empty old value: it must not exist. */
function moveRef(git: Git, ref: string, from: string | undefined, to: string) {
  return git.run(["update-ref", "--no-deref", "-m", "cxform ledger", ref, to, from ?? ""]);
}

/** The branch is here alone, so that it is on the disk before it is said to have moved (RELIABILITY I5). */
function localBranch(git: Git, branch: string, disk: GitDisk): Branch {
  const ref = `refs/heads/${branch}`;
  /** The commit that is on the disk with all that it needs, as far as this process has seen to it. */
  let kept: string | undefined;

  async function keepObjects(from: string | undefined, to: string): Promise<void> {
    if (from === kept) disk.keepObjects(await objectsOf(git, from, to));
    else disk.keepAllObjects();
  }

  async function update(from: string | undefined, to: string): Promise<boolean> {
    const answer = await moveRef(git, ref, from, to);
    if (answer.code === 0) return true;
    const now = await commitOf(git, ref);
    if (now === to) return true;
    if (now !== from) return false;
    throw gitFailure(
      "update-ref",
      answer,
      `When no git process is at work, remove ${ref}.lock from the git folder, then run again: what was recorded is kept.`,
    );
  }

  return {
    git,
    head: () => commitOf(git, ref),
    async move(from, to) {
      await keepObjects(from, to);
      if (!(await update(from, to))) return false;
      disk.keepRef(ref);
      kept = to;
      return true;
    },
    async keep(commit) {
      if (commit === kept) return;
      disk.keepAllObjects();
      disk.keepRef(ref);
      kept = commit;
    },
  };
}

/** The names of all objects that `to` has and `from` has not, whether or not they were there before: only git knows those of trees. */
async function objectsOf(git: Git, from: string | undefined, to: string): Promise<readonly string[]> {
  const without = from === undefined ? [] : [`^${checkObject(from)}`];
  const output = await git.ask(["rev-list", "--objects", "--no-object-names", checkObject(to), ...without]);
  return output.toString("utf8").trimEnd().split("\n").map(checkObject);
}

/**
 * The branch on the remote is what is promised, and its host is who keeps it. What this clone knows of it is not synced beyond what git
 * does: after a power cut the next fetch brings it again.
 */
function remoteBranch(git: Git, branch: string, remote: string, clock: Pick<Clock, "sleep">): Branch {
  const ref = `refs/heads/${branch}`;
  /** The last commit of the branch that this clone has seen: what comes later must extend it (RELIABILITY §2.3 S11). */
  const seenRef = `refs/cxform/${remote}/${branch}`;

  let seen: string | undefined;

  async function ask(): Promise<string | undefined> {
    const answer = await git.run(["ls-remote", "--refs", "--upload-pack=git-upload-pack", "--", remoteName, ref], {
      isRemote: true,
    });
    if (answer.code !== 0) throw unreachable(remote, answer);
    const line = answer.stdout
      .toString("utf8")
      .split("\n")
      .find((each) => each.endsWith(`\t${ref}`));
    return line === undefined ? undefined : checkObject(line.slice(0, line.indexOf("\t")));
  }

  async function head(): Promise<string | undefined> {
    const now = await ask();
    seen ??= await commitOf(git, seenRef);
    if (now === seen) return now;
    if (now === undefined) throw deleted(branch, remote, String(seen));
    const words = ["--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-write-fetch-head"];
    const fetched = await git.run(
      ["fetch", ...words, "--refmap=", "--upload-pack=git-upload-pack", "--", remoteName, ref],
      { isRemote: true },
    );
    if (fetched.code !== 0) throw unreachable(remote, fetched);
    if (seen !== undefined && !(await isAncestor(git, seen, now))) throw rewritten(branch, remote, seen);
    await see(seen, now);
    return now;
  }

  /** Kept for the next run. Another process of this clone may have moved it on already, which is as good. */
  async function see(before: string | undefined, now: string): Promise<void> {
    await moveRef(git, seenRef, before, now);
    seen = now;
  }

  return {
    git,
    head,
    async move(from, to) {
      const lease = `--force-with-lease=${ref}:${from ?? ""}`;
      for (let tried = 1; ; tried++) {
        const words = ["push", "--quiet", "--no-verify", "--no-signed", "--receive-pack=git-receive-pack", lease];
        const pushed = await git.run([...words, "--", remoteName, `${to}:${ref}`], { isRemote: true });
        // Its answer may have been lost: only the remote itself says what became of a push, and the next push asks as well.
        const now = pushed.code === 0 ? to : await (tried < pushTries ? ask().catch(whileAway) : ask());
        if (now === to) {
          await see(from, to);
          return true;
        }
        if (now !== from && now !== away) return now !== undefined && isAncestor(git, to, (await head()) as string);
        if (tried === pushTries) throw refused(branch, remote, pushed);
        await clock.sleep(pauseMs * tried);
      }
    },
  };
}

function whileAway(error: unknown): typeof away {
  if (error instanceof LedgerUnusable) return away;
  throw error;
}

async function isAncestor(git: Git, older: string, newer: string): Promise<boolean> {
  const answer = await git.run(["merge-base", "--is-ancestor", older, newer]);
  if (answer.code > 1 || answer.code < 0) throw gitFailure("merge-base", answer);
  return answer.code === 0;
}

type Answer = Parameters<typeof reasonOf>[0];

function unreachable(remote: string, answer: Answer): LedgerUnusable {
  return new LedgerUnusable(`the ledger's remote ${remote} cannot be read: ${reasonOf(answer)}`, {
    hint: "Check the network and this user's right to read the repository, then run again: what was recorded is kept.",
  });
}

function refused(branch: string, remote: string, answer: Answer): LedgerUnusable {
  return new LedgerUnusable(`the ledger's branch ${branch} cannot be pushed to ${remote}: ${reasonOf(answer)}`, {
    hint: "Give this user the right to push that branch (`contents: write` in GitHub Actions), then run again: it reads CXone for what this run has not recorded.",
  });
}

function deleted(branch: string, remote: string, seen: string): LedgerUnusable {
  return new LedgerUnusable(`the ledger's branch ${branch} is not on ${remote} any more; this clone has seen ${seen}`, {
    hint: `Restore it with git push ${remote} ${seen}:refs/heads/${branch}; if it is meant to be gone, git update-ref -d refs/cxform/${remote}/${branch}.`,
  });
}

function rewritten(branch: string, remote: string, seen: string): BrokenChain {
  return new BrokenChain(
    `the ledger's branch ${branch} on ${remote} was rewritten: it does not extend ${seen}, which this clone has seen`,
    0,
    `Find out who pushed by force and restore ${seen}; nothing is applied until the branch extends it.`,
  );
}
