// Of a ledger on a branch without a remote: what an append acknowledges is on the disk, folders too, which git itself does not sync. It knows of git where its files lie.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, resolve } from "node:path";
import test, { type TestContext } from "node:test";
import { straceObstacle } from "../../scripts/reliability/syscall-round.ts";
import { LedgerUnusable } from "../../src/base/failure.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import { genesis } from "../../src/ledger/chain.ts";
import { gitDisk } from "../../src/ledger/git-disk.ts";
import { bundledModule } from "../_world/bundled.ts";
import { appendOf, beginLedger, branchStore, claim, clones, git, ref, repository } from "./git-scene.ts";
import { runName, temporaryFolder } from "./scene.ts";

interface Sync {
  /** From the git folder; "." is itself. */
  readonly folder: string;
  /** What the folder held when it was synced. */
  readonly names: readonly string[];
  /** The branch's file at that moment. */
  readonly branch: string | undefined;
}

/** Every sync of a folder below `top` from here to the end of the test; `refuse` may throw in its place. */
function recorded(context: TestContext, top: string, refuse: () => void = () => undefined): Sync[] {
  const syncs: Sync[] = [];
  const { openSync, fsyncSync } = fs;
  const paths = new Map<number, string>();
  fs.openSync = (path, ...rest) => {
    const opened = openSync(path, ...rest);
    paths.set(opened, String(path));
    return opened;
  };
  fs.fsyncSync = (opened) => {
    const path = paths.get(opened) ?? "";
    if (path.startsWith(top) && statSync(path).isDirectory()) {
      refuse();
      syncs.push({ folder: path.slice(top.length + 1) || ".", names: readdirSync(path), branch: branchIn(top) });
    }
    fsyncSync(opened);
  };
  syncBuiltinESMExports();
  context.after(() => {
    Object.assign(fs, { openSync, fsyncSync });
    syncBuiltinESMExports();
  });
  return syncs;
}

function branchIn(top: string): string | undefined {
  return existsSync(join(top, ref)) ? readFileSync(join(top, ref), "utf8") : undefined;
}

/** The names in each folder of objects and refs, by the folder's path from the git folder. */
function foldersOf(top: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const visit = (folder: string): void => {
    const items = readdirSync(join(top, folder), { withFileTypes: true });
    found.set(
      folder,
      items.map(({ name }) => name),
    );
    for (const item of items) if (item.isDirectory()) visit(join(folder, item.name));
  };
  for (const folder of ["objects", "refs"]) visit(folder);
  return found;
}

type Folders = ReturnType<typeof foldersOf>;

/** Each name that came was in its folder when that was synced: those of objects before the branch moved, those of refs after it. */
function assertKept(top: string, before: Folders, branchBefore: string | undefined, syncs: readonly Sync[]): number {
  const branchNow = branchIn(top);
  assert.notEqual(branchNow, branchBefore, "the branch moved");
  let count = 0;
  for (const [folder, names] of foldersOf(top)) {
    const fresh = names.filter((name) => before.get(folder)?.includes(name) !== true);
    const at = folder.startsWith("refs") ? branchNow : branchBefore;
    for (const name of fresh) {
      const kept = syncs.some((sync) => sync.folder === folder && sync.names.includes(name) && sync.branch === at);
      assert.ok(kept, `${folder} was not synced with ${name} in it`);
      count += 1;
    }
  }
  // A move of a branch that is there already gives its folder a new file under the old name.
  const moved = syncs.some((sync) => sync.folder === dirname(ref) && sync.branch === branchNow);
  assert.ok(moved, "the branch's folder was synced after the move");
  return count;
}

async function appendTo(store: LedgerStore, number: number): Promise<void> {
  const text = await store.read("HEAD.json");
  const head = text === undefined ? undefined : JSON.parse(text);
  const entry = claim((head?.seq ?? 0) + 1, head?.hash ?? genesis, runName(number));
  assert.equal(await store.append(appendOf(entry, head)), true);
}

test("each folder in which an append gives something a name is synced: objects before the branch moves, refs after", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const top = join(folder, ".git");
  const syncs = recorded(context, top);
  const store = branchStore(folder);
  for (let number = 1; number <= 4; number += 1) {
    const [before, branchBefore] = [foldersOf(top), branchIn(top)];
    syncs.length = 0;
    await appendTo(store, number);
    // Blobs of HEAD.json and the audit file, trees of audit and the root, the commit.
    assert.ok(assertKept(top, before, branchBefore, syncs) >= 5);
    const folders = syncs.map((sync) => sync.folder);
    assert.equal(new Set(folders).size, folders.length, "no folder is synced twice");
    assert.ok(folders.length < 20, `${folders.length} syncs`);
  }
});

test("in a linked work tree the folders of the repository are synced", async (context) => {
  const dir = temporaryFolder(context);
  const top = join(repository(join(dir, "main")), ".git");
  git(join(dir, "main"), "worktree", "add", "-q", "--detach", join(dir, "linked"));
  const syncs = recorded(context, top);
  const before = foldersOf(top);
  await appendTo(branchStore(join(dir, "linked")), 1);
  assertKept(top, before, undefined, syncs);
});

test("a branch that was packed gets its folders again, which are synced with their parents", async (context) => {
  const folder = repository(join(temporaryFolder(context), "packed"));
  const top = join(folder, ".git");
  const store = branchStore(folder);
  await appendTo(store, 1);
  git(folder, "gc", "-q", "--prune=now");
  assert.equal(existsSync(join(top, ref)), false);
  const syncs = recorded(context, top);
  const before = foldersOf(top);
  await appendTo(store, 2);
  assertKept(top, before, undefined, syncs);
  // Should it be packed again in the meantime, it is in the git folder itself.
  assert.ok(syncs.some((sync) => sync.folder === "."));
});

test("an append on what another process wrote, and may not have come to sync, syncs every folder of objects", async (context) => {
  const folder = repository(join(temporaryFolder(context), "shared"));
  const top = join(folder, ".git");
  const store = branchStore(folder);
  await beginLedger(store);
  await appendTo(branchStore(folder), 3);
  const syncs = recorded(context, top);
  await appendTo(store, 4);
  const synced = new Set(syncs.map((sync) => sync.folder));
  for (const each of readdirSync(join(top, "objects")).filter((name) => /^..$|^pack$/.test(name)))
    assert.ok(synced.has(join("objects", each)), each);
  // Once is enough: the next one follows our own.
  syncs.length = 0;
  await appendTo(store, 5);
  assert.ok(syncs.length < 20);
});

test("an append whose folder could not be synced is refused, and its repetition syncs before it is acknowledged", async (context) => {
  const folder = repository(join(temporaryFolder(context), "failing"));
  const top = join(folder, ".git");
  let isFailing = true;
  // From the move on, so that the entry is on the branch and not on the disk.
  const syncs = recorded(context, top, () => {
    if (isFailing && branchIn(top) !== undefined)
      throw Object.assign(new Error("EIO"), { code: "EIO", syscall: "fsync" });
  });
  const store = branchStore(folder);
  const change = appendOf(claim(1, genesis, runName(1)), undefined);
  await assert.rejects(store.append(change), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.message, /^the git repository that holds the ledger cannot be written: EIO$/);
    return true;
  });
  const repetitions = [store, branchStore(folder)];
  for (const repetition of repetitions) await assert.rejects(repetition.append(change), LedgerUnusable);
  isFailing = false;
  for (const repetition of [...repetitions, branchStore(folder)]) {
    syncs.length = 0;
    assert.equal(await repetition.append(change), true);
    const synced = new Set(syncs.map((sync) => sync.folder));
    for (const each of ["objects", dirname(ref), dirname(dirname(ref)), "refs"]) assert.ok(synced.has(each), each);
  }
  assert.equal(git(folder, "rev-list", "--count", ref), "1");
});

test("an append that changes nothing syncs what another process wrote before it says that it is there", async (context) => {
  const folder = repository(join(temporaryFolder(context), "same"));
  const change = appendOf(claim(1, genesis, runName(1)), undefined);
  await branchStore(folder).append(change);
  const syncs = recorded(context, join(folder, ".git"));
  const store = branchStore(folder);
  assert.equal(await store.append({ ...change, expectedHead: change.head, lines: [] }), true);
  assert.ok(syncs.some((sync) => sync.folder === dirname(ref)));
});

test("with a remote nothing is synced beyond git: the branch there is the truth", async (context) => {
  const { one } = clones(context);
  const syncs = recorded(context, join(one, ".git"));
  await beginLedger(branchStore(one));
  assert.deepEqual(syncs, []);
});

test("where refs are tables, their folder is synced", (context) => {
  const top = join(temporaryFolder(context), "tables");
  for (const folder of ["reftable", "refs", "objects/pack", "objects/ab"])
    mkdirSync(join(top, folder), { recursive: true });
  const syncs = recorded(context, top);
  gitDisk(top).keepRef(ref);
  assert.deepEqual(
    syncs.map((sync) => sync.folder),
    ["reftable"],
  );
});

test("an object that lies in a pack is kept by the folder of packs", (context) => {
  const top = join(temporaryFolder(context), "packs");
  for (const folder of ["objects/pack", "objects/ab"]) mkdirSync(join(top, folder), { recursive: true });
  const syncs = recorded(context, top);
  gitDisk(top).keepObjects([`ab${"0".repeat(38)}`, `cd${"0".repeat(38)}`]);
  assert.deepEqual(
    syncs.map((sync) => sync.folder),
    ["objects/pack", "objects"],
  );
  rmSync(join(top, "objects"), { recursive: true });
});

const obstacle = straceObstacle();

test("by the system calls of git and of this program nothing new is unsynced when an append is acknowledged", {
  skip: obstacle ?? false,
}, async (context) => {
  const dir = temporaryFolder(context);
  const folder = repository(join(dir, "alone"));
  // Settings that would take away what is asked of git.
  git(folder, "config", "core.fsync", "none");
  git(folder, "config", "core.fsyncMethod", "writeout-only");
  const trace = join(dir, "trace");
  const calls = "trace=mkdir,mkdirat,link,linkat,rename,renameat,renameat2,fsync,fdatasync,write";
  const appender = await bundledModule("test/ledger/git-appender.ts");
  const command = ["-f", "-y", "-qq", "-s", "16", "-e", calls, "-o", trace, process.execPath];
  const { status, stdout, stderr } = spawnSync("strace", [...command, appender, folder], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "ack\nack\nack\n");
  const unsynced = unsyncedAtAcks(readFileSync(trace, "utf8"), folder);
  assert.deepEqual(unsynced, [[], [], []]);
});

/** What of the git folder had a new name that was not synced, at each `ack` that was written: files by their first name, folders. */
function unsyncedAtAcks(trace: string, folder: string): readonly (readonly string[])[] {
  const top = join(folder, ".git");
  const open = new Set<string>();
  const acks: string[][] = [];
  // A file is synced under its temporary name.
  const synced = new Set<string>();
  const named = (path: string): void => {
    if (path.startsWith(`${top}/objects`) || path.startsWith(`${top}/refs`)) open.add(dirname(path));
  };
  for (const line of trace.split("\n")) {
    const sync = /(?:fsync|fdatasync)\(\d+<([^>]*)>/.exec(line)?.[1];
    if (sync !== undefined) {
      synced.add(sync);
      open.delete(sync);
    }
    const made = /mkdir\("([^"]+)".*= 0$/.exec(line)?.[1];
    if (made !== undefined) named(resolve(folder, made));
    const [, from, to] = /(?:link|rename)\("([^"]+)", "([^"]+)"\).*= 0$/.exec(line) ?? [];
    if (from !== undefined && to !== undefined) {
      named(resolve(folder, to));
      if (to.includes(".git/") && !synced.has(resolve(folder, from))) open.add(resolve(folder, from));
    }
    if (/write\(1<[^>]*>, "ack\\n"/.test(line)) acks.push([...open]);
  }
  return acks;
}
