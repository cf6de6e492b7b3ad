// The files of a commit: listed, read in batches, and a child commit with some of them changed. Touches no work tree and no index of the repository.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LedgerUnusable } from "../base/failure.ts";
import type { Tree, TreeFile } from "./branch-store.ts";
import { checkObject, type Git } from "./git.ts";

const plainMode = "100644";

/** Every file of a commit by path. */
export async function readTree(git: Git, commit: string): Promise<Tree> {
  const output = await git.ask(["ls-tree", "-r", "-z", "--full-tree", checkObject(commit)]);
  const tree = new Map<string, TreeFile>();
  for (const line of output.toString("utf8").split("\0")) {
    const tab = line.indexOf("\t");
    const [mode, , id] = line.slice(0, tab).split(" ");
    if (tab !== -1) tree.set(line.slice(tab + 1), { mode: mode as string, id: checkObject(id as string) });
  }
  return tree;
}

/** The bytes of objects by their ids, in one process. */
export async function readBlobs(git: Git, ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  const blobs = new Map<string, Buffer>();
  if (ids.length === 0) return blobs;
  const output = await git.ask(["cat-file", "--batch"], { input: ids.map((id) => `${checkObject(id)}\n`).join("") });
  let at = 0;
  for (const id of ids) {
    const end = output.indexOf(0x0a, at);
    const [found, type, size] = output.subarray(at, end).toString("utf8").split(" ");
    const sizeBytes = Number(size);
    if (end === -1 || found !== id || type !== "blob" || !Number.isSafeInteger(sizeBytes)) throw damaged(id);
    blobs.set(id, output.subarray(end + 1, end + 1 + sizeBytes));
    at = end + 1 + sizeBytes + 1;
  }
  return blobs;
}

function damaged(id: string): LedgerUnusable {
  return new LedgerUnusable(`the git repository lacks the object ${id}`, {
    hint: "Check the repository with `git fsck`, or clone it anew, then run again.",
  });
}

export interface Signature {
  readonly name: string;
  readonly email: string;
}

export interface NewCommit {
  readonly parent: string | undefined;
  /** The parent's files. */
  readonly tree: Tree;
  /** What is new or changed, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly message: string;
  readonly author: Signature;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Writes blobs, tree and commit, which no ref names yet; answers the commit and its files. */
export async function writeCommit(git: Git, commit: NewCommit): Promise<{ readonly id: string; readonly tree: Tree }> {
  const folder = await mkdtemp(join(tmpdir(), "cxform-git-"));
  try {
    const ids = await writeBlobs(git, folder, [...commit.texts.values()]);
    const tree = new Map(commit.tree);
    for (const [at, path] of [...commit.texts.keys()].entries()) {
      tree.set(path, { mode: plainMode, id: ids[at] as string });
    }
    return { id: await seal(git, commit, await writeTree(git, folder, tree)), tree };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeBlobs(git: Git, folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const paths = texts.map((_, at) => join(folder, String(at)));
  await Promise.all(texts.map((text, at) => writeFile(paths[at] as string, text, { mode: 0o600, flag: "wx" })));
  const output = await git.ask(["hash-object", "-w", "--no-filters", "--stdin-paths"], {
    input: `${paths.join("\n")}\n`,
  });
  const ids = output.toString("utf8").trimEnd().split("\n");
  if (ids.length !== texts.length) throw damaged(ids.at(-1) ?? "");
  return ids.map(checkObject);
}

async function writeTree(git: Git, folder: string, tree: Tree): Promise<string> {
  const env = { GIT_INDEX_FILE: join(folder, "index") };
  const input = [...tree].map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`).join("");
  await git.ask(["update-index", "-z", "--index-info"], { input, env });
  return objectIn(await git.ask(["write-tree"], { env }));
}

async function seal(git: Git, commit: NewCommit, tree: string): Promise<string> {
  const { author, at, parent } = commit;
  const date = `@${Math.floor(at / 1000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  };
  const parents = parent === undefined ? [] : ["-p", checkObject(parent)];
  return objectIn(await git.ask(["commit-tree", tree, ...parents], { input: commit.message, env }));
}

function objectIn(output: Buffer): string {
  return checkObject(output.toString("utf8").trim());
}
