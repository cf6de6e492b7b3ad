// A real bare repository behind the GitHub double, by git's plumbing. It knows no API.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { entriesOf, folderMode, type Objects, openObjects, type TreeEntry, treeBody } from "./objects.ts";
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
  const objects = openObjects(dir);
  const resolve = (name: string): string | undefined => resolveIn(dir, objects, name) ?? parse(git, name);
  const files = (name: string): readonly BareFile[] => {
    const tree = resolve(`${name}^{tree}`);
    return tree === undefined ? [] : filesOf(objects, tree, "");
  };
  return {
    dir,
    git,
    resolve,
    type: (id) => objects.read(id)?.type ?? git(["cat-file", "-t", id]),
    bytes: (id) => objects.read(id)?.body ?? Buffer.from(git(["cat-file", "blob", id])),
    files,
    tree(base, additions, deletions = []) {
      const paths = new Map<string, Put>(base === undefined ? [] : files(base).map((file) => [file.path, file]));
      for (const path of deletions) paths.delete(path);
      for (const [path, bytes] of additions) paths.set(path, { mode: "100644", id: objects.write("blob", bytes) });
      return treeOf(objects, paths);
    },
    commit(tree, parents, message, author = "github-actions[bot]") {
      const at = `${Math.floor(Date.now() / 1000)} +0000`;
      const lines = [
        `tree ${tree}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${author} <41898282+github-actions[bot]@users.noreply.github.com> ${at}`,
        `committer GitHub <noreply@github.com> ${at}`,
        "",
        message.endsWith("\n") ? message : `${message}\n`,
      ];
      return objects.write("commit", Buffer.from(lines.join("\n")));
    },
    move(ref, after, before) {
      return objects.read(after) !== undefined && moveIn(dir, ref, after, before);
    },
  };
}

/** As `git update-ref` does it, whose lock keeps the pushes of clones out. */
function moveIn(dir: string, ref: string, after: string, before: string): boolean {
  const file = join(dir, ref);
  const lock = `${file}.lock`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(lock, `${after}\n`, { flag: "wx" });
  } catch {
    return false;
  }
  if ((refIn(dir, ref) ?? none) === before) {
    renameSync(lock, file);
    return true;
  }
  rmSync(lock);
  return false;
}

type Put = Pick<BareFile, "mode" | "id">;

/** Every name that git knows, by git itself. */
function parse(git: Bare["git"], name: string): string | undefined {
  // A ref is a file, or a line of one, which was looked for before.
  if (/^refs\/[\w./-]+$/.test(name)) return undefined;
  try {
    return git(["rev-parse", "--verify", "-q", "--end-of-options", name]);
  } catch {
    return undefined;
  }
}

/** The names that the double is asked for most: an id, a ref, what one of them peels to, a path within it. Undefined for any other. */
function resolveIn(dir: string, objects: Objects, name: string): string | undefined {
  const [, start = "", peeled, path] = /^([\w./-]+?)(?:\^\{(tree|commit|blob)\}|:(.+))?$/.exec(name) ?? [];
  const id = /^[0-9a-f]{40}$/.test(start) ? start : refIn(dir, start);
  if (id === undefined) return undefined;
  if (path !== undefined)
    return filesOf(objects, peel(objects, id, "tree") ?? "", "").find((file) => file.path === path)?.id;
  return peeled === undefined ? objects.read(id) && id : peel(objects, id, peeled);
}

/** The object of that type that another one stands for: a commit for its tree. */
function peel(objects: Objects, id: string, type: string): string | undefined {
  const object = objects.read(id);
  if (object === undefined || object.type === type) return object && id;
  const next = /^(?:tree|object) ([0-9a-f]{40})$/m.exec(object.body.toString("latin1"))?.[1];
  return object.type === "blob" || object.type === "tree" || next === undefined ? undefined : peel(objects, next, type);
}

/** A ref as git itself finds it: in a file of its own, or packed with others. */
function refIn(dir: string, name: string): string | undefined {
  if (!/^refs\/[\w./-]+$/.test(name) || name.includes("..")) return undefined;
  const text = (file: string): string => {
    try {
      return readFileSync(join(dir, file), "latin1");
    } catch {
      return "";
    }
  };
  const loose = /^[0-9a-f]{40}$/m.exec(text(name))?.[0];
  if (loose !== undefined) return loose;
  const packed = text("packed-refs")
    .split("\n")
    .find((line) => line.endsWith(` ${name}`));
  return packed?.slice(0, 40);
}

function filesOf(objects: Objects, tree: string, folder: string): readonly BareFile[] {
  return entriesOf(objects.read(tree)?.body ?? Buffer.alloc(0)).flatMap(({ mode, name, id }) => {
    const path = `${folder}${name}`;
    if (mode === folderMode) return filesOf(objects, id, `${path}/`);
    return [{ path, mode, type: mode === "160000" ? "commit" : "blob", id, size: objects.read(id)?.body.length ?? 0 }];
  });
}

/** Writes the tree of these paths; a folder without a file is none. */
function treeOf(objects: Objects, paths: ReadonlyMap<string, Put>): string {
  const folders = new Map<string, Map<string, Put>>();
  const entries: TreeEntry[] = [];
  for (const [path, put] of paths) {
    const at = path.indexOf("/");
    if (at < 0) {
      entries.push({ ...put, name: path });
      continue;
    }
    const folder = folders.get(path.slice(0, at)) ?? new Map<string, Put>();
    folders.set(path.slice(0, at), folder.set(path.slice(at + 1), put));
  }
  const inner = [...folders].map(([name, within]) => ({ mode: folderMode, name, id: treeOf(objects, within) }));
  return objects.write("tree", treeBody([...entries, ...inner]));
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
