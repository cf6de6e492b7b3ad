// A real bare repository behind the GitHub double, by git's plumbing. It knows no API.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import type { DoubleState } from "./state.ts";

export interface BareFile {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  readonly size: number;
}

export interface Bare {
  readonly dir: string;
  git(words: readonly string[], options?: { readonly input?: Uint8Array; readonly env?: NodeJS.ProcessEnv }): string;
  /** The object that a name stands for; undefined when there is none. */
  resolve(name: string): string | undefined;
  /** What an object is: `blob`, `tree`, `commit`, `tag`. */
  type(id: string): string;
  bytes(id: string): Buffer;
  files(tree: string): readonly BareFile[];
  /** A tree of `base` (undefined: none) with files put in and taken out. */
  tree(base: string | undefined, additions: ReadonlyMap<string, Uint8Array>, deletions?: readonly string[]): string;
  commit(tree: string, parents: readonly string[], message: string, author?: string): string;
  /** Moves a ref from `before` (zeros: creates it); false when it was elsewhere. */
  move(ref: string, after: string, before: string): boolean;
}

const none = "0".repeat(40);
const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };

export function openBare(root: string, repository: string): Bare {
  const dir = join(root, `${repository}.git`);
  mkdirSync(dir, { recursive: true });
  const git: Bare["git"] = (words, options = {}) =>
    execFileSync("git", ["-C", dir, ...words], {
      env: { ...env, ...options.env },
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
      maxBuffer: 1 << 28,
      ...(options.input === undefined ? {} : { input: options.input }),
    }).trimEnd();
  git(["init", "-q", "--bare", "-b", "main"]);
  git(["config", "http.receivepack", "true"]);
  const parse = (name: string): string | undefined => {
    try {
      return git(["rev-parse", "--verify", "-q", "--end-of-options", name]);
    } catch {
      return undefined;
    }
  };
  const found = rememberedById(parse);
  const resolve = (name: string): string | undefined => looseRef(dir, name) ?? found(name);
  let indexes = 0;
  return {
    dir,
    git,
    resolve,
    type: rememberedById((id) => git(["cat-file", "-t", id])),
    bytes: rememberedById((id) =>
      execFileSync("git", ["-C", dir, "cat-file", "blob", id], { env, maxBuffer: 1 << 28 }),
    ),
    files: rememberedById((tree) =>
      git(["ls-tree", "-r", "-l", "-z", "--full-tree", tree])
        .split("\0")
        .filter((line) => line !== "")
        .map((line) => {
          const [facts = "", path = ""] = line.split("\t");
          const [mode = "", type = "", id = "", size = "0"] = facts.split(/ +/);
          return { path, mode, type, id, size: Number(size) };
        }),
    ),
    tree(base, additions, deletions = []) {
      indexes += 1;
      const index = join(dir, `double-index-${indexes}`);
      const within = { env: { GIT_INDEX_FILE: index } };
      if (base !== undefined) git(["read-tree", base], within);
      const added = [...additions].map(([path, bytes]) => `100644 ${blob(dir, bytes)}\t${path}\0`);
      // Not --force-remove, which wants a work tree.
      const gone = deletions.map((path) => `0 ${none}\t${path}\0`);
      git(["update-index", "-z", "--index-info"], { ...within, input: Buffer.from([...gone, ...added].join("")) });
      const tree = git(["write-tree"], within);
      rmSync(index, { force: true });
      return tree;
    },
    commit(tree, parents, message, author = "github-actions[bot]") {
      const names = {
        GIT_AUTHOR_NAME: author,
        GIT_AUTHOR_EMAIL: "41898282+github-actions[bot]@users.noreply.github.com",
        GIT_COMMITTER_NAME: "GitHub",
        GIT_COMMITTER_EMAIL: "noreply@github.com",
      };
      const words = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
      return git(words, { env: names, input: Buffer.from(message) });
    },
    move(ref, after, before) {
      try {
        git(["update-ref", ref, after, before]);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Answers what it was told before where the name begins with an id: what that stands for never changes. A git process takes longer than most tests' own work. */
function rememberedById<T>(ask: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const answer = ask(name);
    if (/^[0-9a-f]{40}\b/.test(name) && answer !== undefined) known.set(name, answer);
    return answer;
  };
}

/** Writes a blob as `git hash-object -w` does (gitformat-loose: `blob <size>`, a zero byte, the contents; deflated); answers its id. */
function blob(dir: string, bytes: Uint8Array): string {
  const object = Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]);
  const id = createHash("sha1").update(object).digest("hex");
  const file = join(dir, "objects", id.slice(0, 2), id.slice(2));
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, deflateSync(object));
  }
  return id;
}

/** A ref as git itself finds it first: in a file of its own. */
function looseRef(dir: string, name: string): string | undefined {
  if (!/^refs\/[\w./-]+$/.test(name)) return undefined;
  try {
    return /^[0-9a-f]{40}$/m.exec(readFileSync(join(dir, name), "latin1"))?.[0];
  } catch {
    return undefined;
  }
}

/** A commit by somebody else, put on top of a branch; answers its id. */
export function strangerCommits(bare: Bare, branch: string, path: string, text: string): string {
  const ref = `refs/heads/${branch}`;
  const head = bare.resolve(ref);
  const tree = bare.tree(head, new Map([[path, Buffer.from(text)]]));
  const commit = bare.commit(tree, head === undefined ? [] : [head], `put ${path}\n`, "grace");
  bare.move(ref, commit, head ?? none);
  return commit;
}

/** Points a branch at another commit whatever it holds, and lets the state remember who did it; without a commit the branch is deleted. */
export function pushedByForce(
  { bare, state }: { readonly bare: Bare; readonly state: Pick<DoubleState, "activities"> },
  branch: string,
  commit: string | undefined,
  login = "mallory",
): void {
  const ref = `refs/heads/${branch}`;
  const before = bare.resolve(ref) ?? none;
  bare.git(commit === undefined ? ["update-ref", "-d", ref] : ["update-ref", ref, commit]);
  const type = commit === undefined ? "branch_deletion" : "force_push";
  state.activities.push({ type, ref, before, after: commit ?? none, login });
}
