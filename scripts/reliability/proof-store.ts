// The ledger of a proof at a path: a folder, or a branch without a remote in a repository there. Knows no fault.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { realWorld } from "../../src/cli/world.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import type { LockOptions } from "../../src/ledger/file-lock.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import type { Env } from "../../src/ledger/git.ts";
import type { BranchOptions } from "../../src/ledger/git-branch.ts";
import { verifyBranchHistory } from "../../src/ledger/git-history.ts";
import { gitStore } from "../../src/ledger/git-store.ts";

export const storeForms = ["folder", "git"] as const;
export type StoreForm = (typeof storeForms)[number];

const branch = "cxform-ledger/proof";
const env: Env = (name) => process.env[name];

export function proofStore(form: StoreForm, dir: string, options: LockOptions): LedgerStore {
  return form === "folder" ? fileStore(dir, options) : gitStore(branchOptions(dir));
}

/** What must be there before the first run; a folder is made by that run itself. Throws where git is missing. */
export function prepareStore(form: StoreForm, dir: string): void {
  if (form === "folder") return;
  mkdirSync(dir);
  const { status, error } = spawnSync("git", ["init", "-q", dir]);
  if (status !== 0) throw error ?? new Error("git init is refused");
}

/** Removes the locks of a machine that went down: a person does that, as the failures' hints say. */
export function removeLocks(form: StoreForm, dir: string): void {
  rmSync(join(dir, form === "folder" ? ".lock" : `.git/refs/heads/${branch}.lock`), { force: true });
}

/** What is wrong with the commits of a branch; a folder has none. */
export async function historyProblems(form: StoreForm, dir: string): Promise<readonly string[]> {
  if (form === "folder") return [];
  const { problems } = await verifyBranchHistory(branchOptions(dir));
  return problems.map(({ commit, message }) => `commit ${commit} ${message}`);
}

function branchOptions(repository: string): BranchOptions & { readonly clock: ReturnType<typeof realWorld>["clock"] } {
  return { repository, branch, remote: undefined, clock: realWorld().clock, env };
}
