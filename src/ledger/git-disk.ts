// The folders of a git repository in which its objects and refs get their names, put on the disk: git leaves them to the kernel. Knows no ledger.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { diskFailure, errorCode } from "./file-failure.ts";
import { syncFolder } from "./folder.ts";

/**
 * Git syncs each object's and each ref's file before it gives it its name, and never the folder that holds the name: without that a power
 * cut takes the name back (git 2.39 by strace, 29 November 2026). All of them throw LedgerUnusable.
 */
export interface GitDisk {
  /** For objects that a ref is about to name: a ref must not outlive what it names. */
  keepObjects(ids: readonly string[]): void;
  /** For objects that another process wrote, which may have been killed before it came to this. */
  keepAllObjects(): void;
  /** For a ref that was moved. Its log is not kept: nobody reads it. */
  keepRef(ref: string): void;
}

/** `top` is the folder that all work trees of the repository share. */
export function gitDisk(top: string): GitDisk {
  const objects = join(top, "objects");
  return {
    keepObjects: (ids) => kept(() => syncAll([...new Set(ids.map((id) => folderOf(objects, id))), objects])),
    keepAllObjects: () => kept(() => syncAll([...foldersIn(objects), objects])),
    keepRef: (ref) => kept(() => syncAll(foldersOfRef(top, ref))),
  };
}

/** An object that has no file of its own lies in a pack. */
function folderOf(objects: string, id: string): string {
  const folder = join(objects, id.slice(0, 2));
  return existsSync(join(folder, id.slice(2))) ? folder : join(objects, "pack");
}

function foldersIn(objects: string): readonly string[] {
  return readdirSync(objects)
    .filter((name) => /^(?:[0-9a-f]{2}|pack)$/.test(name))
    .map((name) => join(objects, name));
}

/** Up to the git folder: any of them may be new, and there the ref lies when somebody has packed it since. */
function foldersOfRef(top: string, ref: string): readonly string[] {
  const tables = join(top, "reftable");
  if (existsSync(tables)) return [tables];
  const folders: string[] = [];
  for (let folder = dirname(ref); folder !== "."; folder = dirname(folder)) folders.push(join(top, folder));
  return [...folders, top];
}

/** A folder that has gone was packed by a `git gc`, into one that comes later. */
function syncAll(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      syncFolder(folder);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
}

function kept(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw diskFailure(error, "written", "git repository that holds the ledger");
  }
}
