// What a checkout says of itself: commit, branch, clean or not, a file of another commit. Nothing that its config, hooks or filters name is run.
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, relative, sep } from "node:path";
import { LedgerUnusable } from "../base/failure.ts";
import type { Config } from "../contract/config.ts";
import type { World } from "../contract/world.ts";
import { createGit, type Git, type Setting } from "../ledger/git.ts";
import type { Provenance } from "../library/attribution.ts";

type Worldly = { readonly world: Pick<World, "env"> };

const isCommit = (text: string): boolean => /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);

/** GITHUB_SHA, or HEAD of the folder's repository; undefined outside of one. */
export async function commitOf(folder: string, { world }: Worldly): Promise<string | undefined> {
  const given = world.env("GITHUB_SHA") ?? "";
  return isCommit(given) ? given : headOf(createGit(folder, world.env));
}

async function headOf(git: Git): Promise<string | undefined> {
  const head = (await answerOf(git, ["rev-parse", "--verify", "HEAD"]))?.trim() ?? "";
  return isCommit(head) ? head : undefined;
}

/** What a command printed; undefined when it fails, and where there is no git: then nothing is known. */
async function answerOf(git: Git, words: readonly string[]): Promise<string | undefined> {
  try {
    const { code, stdout } = await git.run(words);
    return code === 0 ? stdout.toString("utf8") : undefined;
  } catch (error) {
    if (error instanceof LedgerUnusable) return undefined;
    throw error;
  }
}

/** What the manifests of a project were read from. */
export async function provenanceOf(config: Config, { world }: Worldly): Promise<Provenance> {
  const isInCi = world.env("GITHUB_ACTIONS") === "true";
  const git = createGit(config.root, world.env, await withoutFilters(createGit(config.root, world.env)));
  const [branch, defaultBranch, isClean] = [
    await branchOf(git, world, isInCi),
    eventOf(world)?.repository?.default_branch ?? (await remoteHead(git)),
    await cleanness(git, config),
  ];
  return {
    isInCi,
    ...(branch === undefined ? {} : { branch }),
    ...(typeof defaultBranch === "string" ? { defaultBranch } : {}),
    ...(isClean === undefined ? {} : { isClean }),
  };
}

/** In a workflow the branch is the run's, and only where the run's commit is what is checked out. */
async function branchOf(git: Git, world: Worldly["world"], isInCi: boolean): Promise<string | undefined> {
  if (!isInCi) return (await answerOf(git, ["symbolic-ref", "-q", "--short", "HEAD"]))?.trim() || undefined;
  const head = await headOf(git);
  if (head === undefined || head !== world.env("GITHUB_SHA")) return undefined;
  return /^refs\/heads\/(.+)$/s.exec(world.env("GITHUB_REF") ?? "")?.[1];
}

async function remoteHead(git: Git): Promise<string | undefined> {
  const name = await answerOf(git, ["symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD"]);
  return /^origin\/(.+)$/s.exec(name?.trim() ?? "")?.[1];
}

/** The part of a workflow's event that is used. */
export interface WorkflowEvent {
  readonly repository?: { readonly default_branch?: unknown };
  readonly pull_request?: {
    readonly number?: unknown;
    readonly head?: { readonly sha?: unknown; readonly repo?: { readonly full_name?: unknown } | null };
    readonly base?: { readonly sha?: unknown };
    readonly user?: { readonly login?: unknown };
  };
  /** Of a push: what the branch held before. */
  readonly before?: unknown;
  readonly merge_group?: {
    readonly base_sha?: unknown;
    /** `refs/heads/main`. */
    readonly base_ref?: unknown;
    readonly head_sha?: unknown;
    /** `refs/heads/gh-readonly-queue/main/pr-7-<base>`. */
    readonly head_ref?: unknown;
  };
}

/** What GITHUB_EVENT_PATH holds; undefined outside of a workflow. */
export function eventOf(world: Worldly["world"]): WorkflowEvent | undefined {
  const path = world.env("GITHUB_EVENT_PATH");
  if (path === undefined || path === "") return undefined;
  try {
    const event: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof event === "object" && event !== null ? event : undefined;
  } catch {
    return undefined;
  }
}

/** Where a folder is in its repository, such as `messaging`, also one that is yet to be made; empty at the root, undefined outside of one. */
export async function folderInRepository(folder: string, { world }: Worldly): Promise<string | undefined> {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const prefix = await answerOf(createGit(there, world.env), ["rev-parse", "--show-prefix"]);
  if (prefix === undefined) return undefined;
  return [prefix.replace(/\/?\n$/, ""), relative(there, folder).split(sep).join("/")]
    .filter((part) => part !== "")
    .join("/");
}

/** A filter that the checkout's own config names is a command: `git status` would run it on a changed file. */
async function withoutFilters(git: Git): Promise<readonly Setting[]> {
  const listed = await answerOf(git, ["config", "--list", "--show-scope", "-z"]);
  const parts = (listed ?? "").split("\0");
  const settings: Setting[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const key = parts[at + 1]?.split("\n")[0] ?? "";
    if (parts[at] === "global" || parts[at] === "system") continue;
    const match = /^filter\.(.+)\.(?:clean|smudge|process|required)$/s.exec(key);
    if (match === null) continue;
    for (const part of ["clean", "smudge", "process"]) settings.push([`filter.${match[1]}.${part}`, ""]);
    settings.push([`filter.${match[1]}.required`, "false"]);
  }
  return settings;
}

/** What cxform reads: an unknown file of another kind, a plan say, changes nothing that is applied. */
const isRead = (path: string): boolean => /\.(?:ya?ml|ndjson|csv)$/.test(path);

/** Whether the project's files are those of the commit; ledgers are not among them. Undefined outside of a repository. */
async function cleanness(git: Git, config: Config): Promise<boolean | undefined> {
  const words = [
    "--no-optional-locks",
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--untracked-files=all",
    "--ignore-submodules=all",
  ];
  const top = await answerOf(git, ["rev-parse", "--show-prefix"]);
  const listed = await answerOf(git, [...words, "--", "."]);
  if (top === undefined || listed === undefined) return undefined;
  const prefix = top.replace(/\n$/, "");
  const ledgers = Object.values(config.environments)
    .map(({ ledgerDir }) => relative(config.root, ledgerDir).split(sep).join("/"))
    .filter((path) => path !== "" && !path.startsWith("..") && !isAbsolute(path));
  return listed
    .split("\0")
    .filter((line) => line !== "")
    .every((line) => {
      const [status, path] = [line.slice(0, 2), line.slice(3 + prefix.length)];
      return ledgers.some((ledger) => path.startsWith(`${ledger}/`)) || (status === "??" && !isRead(path));
    });
}

/** The text of a file in a commit; `absent` where the commit has none, undefined where the commit is not at hand. */
export async function fileAt(
  folder: string,
  commit: string,
  path: string,
  { world }: Worldly,
): Promise<{ readonly text: string } | "absent" | undefined> {
  if (!isCommit(commit)) return undefined;
  const git = createGit(folder, world.env);
  if ((await answerOf(git, ["cat-file", "-e", `${commit}^{commit}`])) === undefined) return undefined;
  const prefix = await answerOf(git, ["rev-parse", "--show-prefix"]);
  if (prefix === undefined) return undefined;
  const text = await answerOf(git, ["cat-file", "blob", `${commit}:${prefix.replace(/\n$/, "")}${path}`]);
  return text === undefined ? "absent" : { text };
}
