// Real git repositories in temporary folders for the tests of the branch store. It knows git, and of the product only the store.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Entry, Head, LedgerAppend, LedgerStore } from "../../src/contract/entry.ts";
import { headOf, lineOf, link } from "../../src/ledger/chain.ts";
import { type GitStoreOptions, gitStore } from "../../src/ledger/git-store.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { environment, facts, temporaryFolder } from "./scene.ts";

export const branch = "cxform-ledger/harbour";
export const ref = `refs/heads/${branch}`;

const quiet = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };

/** Runs git as a person does, with no config but the repository's. */
export function git(folder: string, ...words: readonly string[]): string {
  const names = { GIT_AUTHOR_NAME: "ada", GIT_AUTHOR_EMAIL: "ada@quay", GIT_COMMITTER_NAME: "ada" };
  const env = { ...quiet, ...names, GIT_COMMITTER_EMAIL: "ada@quay" };
  return execFileSync("git", words, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trimEnd();
}

/** A repository with one commit on main and a clean work tree. */
export function repository(folder: string): string {
  mkdirSync(folder, { recursive: true });
  git(folder, "init", "-q", "-b", "main");
  writeFileSync(join(folder, "cxform.yaml"), "apiVersion: cxform/v1\n");
  git(folder, "add", "cxform.yaml");
  git(folder, "commit", "-q", "-m", "begin");
  return folder;
}

export interface Clones {
  readonly dir: string;
  readonly bare: string;
  readonly one: string;
  readonly two: string;
}

/** One bare repository and two clones of it. */
export function clones(context: TestContext): Clones {
  const dir = temporaryFolder(context);
  const bare = join(dir, "bare.git");
  git(dir, "init", "-q", "--bare", "-b", "main", bare);
  const one = repository(join(dir, "one"));
  git(one, "remote", "add", "origin", bare);
  git(one, "push", "-q", "origin", "main");
  const two = join(dir, "two");
  git(dir, "clone", "-q", bare, two);
  return { dir, bare, one, two };
}

export const env = (name: string): string | undefined => (quiet as Readonly<Record<string, string>>)[name];

export const clock = {
  now: () => Date.UTC(2026, 10, 20, 11, 0, 0),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms / 10)),
};

export function branchStore(folder: string, more: Partial<GitStoreOptions> = {}): LedgerStore {
  return gitStore({ repository: folder, branch, remote: "auto", env, clock, ...more });
}

/** What must not change: the work tree, the index and what is checked out. */
export function outside(folder: string): string {
  return [
    git(folder, "status", "--porcelain=v2", "--branch", "--ignored"),
    git(folder, "ls-files", "--stage"),
    git(folder, "stash", "list"),
  ].join("\n");
}

export function claim(seq: number, prev: string, run: string): Entry {
  return link({ phase: "claim", actor: run }, { seq, at: "2026-11-20T10:00:00.000Z", run, environment, prev });
}

export function appendOf(entry: Entry, expectedHead: Head | undefined): LedgerAppend {
  return { expectedHead, head: headOf(entry), lines: [lineOf(entry)], contents: [] };
}

/** A `git` before the real one in PATH: `script` may run "$real". */
export function wrapped(folder: string, script: string): (name: string) => string | undefined {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\nreal=${real}\n${script}\n`, { mode: 0o755 });
  return (name) => (name === "PATH" ? `${bin}:${env("PATH")}` : env(name));
}

/** The smallest ledger: one run that claims and releases. */
export async function beginLedger(store: LedgerStore): Promise<void> {
  const run = (await openLedger(store, { environment })).begin(facts(1));
  await run.claim();
  await run.release();
}
