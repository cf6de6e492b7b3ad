// One writer at a time among the processes that share a ledger folder; a dead process's lock is taken over. Knows nothing of what is written.
import { closeSync, constants, linkSync, lstatSync, openSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonical } from "../base/canonical.ts";
import { sha256 } from "../base/digest.ts";
import { Claimed } from "../base/failure.ts";
import type { Json } from "../contract/json.ts";
import type { Clock, Holder } from "../contract/world.ts";
import { parseObject } from "./chain.ts";
import { errorCode } from "./file-failure.ts";

export interface LockOptions {
  readonly holder: Holder;
  /** True when that holder's process is known to have ended. */
  isDead(holder: Holder): Promise<boolean>;
  readonly clock: Pick<Clock, "sleep">;
}

/** A write takes milliseconds; who waits this long waits for a process that hangs. */
const longestWaitMs = 20_000;
const waitStepMs = 5;

export const lockFile = ".lock";

/**
 * Runs `work` while this process holds the lock; `work` is told whether the lock was taken over from a dead process,
 * whose write may be half done. Throws Claimed when another process does not let go.
 */
export async function exclusively<T>(dir: string, options: LockOptions, work: (isTakenOver: boolean) => T): Promise<T> {
  const isTakenOver = await take(dir, lockFile, options);
  try {
    return work(isTakenOver);
  } finally {
    remove(join(dir, lockFile));
  }
}

/**
 * Whose lock stands in a ledger folder that no process of this machine holds, in words; undefined when there is none, or its holder is at
 * work here. A power cut leaves one, of an earlier boot or without a text: only a person knows that nobody on another machine holds it.
 */
export async function leftLock(
  dir: string,
  options: Pick<LockOptions, "holder" | "isDead">,
): Promise<string | undefined> {
  const seen = readHolder(join(dir, lockFile));
  if (seen === "gone") return undefined;
  if (seen === "unreadable") return "a process that left no name";
  const isHere = seen.host === options.holder.host && seen.bootId === options.holder.bootId;
  return isHere && !(await options.isDead(seen)) ? undefined : `process ${seen.pid} on ${seen.host}`;
}

/** Removes a lock for a person who knows its holder to be dead. */
export function clearLock(dir: string): void {
  remove(join(dir, lockFile));
}

async function take(dir: string, name: string, options: LockOptions): Promise<boolean> {
  let isTakenOver = false;
  for (let waitedMs = 0; ; ) {
    if (create(dir, name, options.holder)) return isTakenOver;
    const seen = readHolder(join(dir, name));
    if (seen !== "gone" && seen !== "unreadable" && (await options.isDead(seen))) {
      await replace(dir, name, seen, options);
      isTakenOver = true;
      continue;
    }
    if (waitedMs >= longestWaitMs) throw stuck(seen);
    await options.clock.sleep(waitStepMs);
    waitedMs += waitStepMs;
  }
}

/**
 * Removes a dead process's lock. Only who holds a second lock, named after the dead holder, may do so, and only while the first one is
 * still that holder's: otherwise a slow taker would remove the lock of a faster one. The dead write no more, so this ends.
 */
async function replace(dir: string, name: string, dead: Holder, options: LockOptions): Promise<void> {
  const guard = `${lockFile}-${identity(dead)}`;
  await take(dir, guard, options);
  try {
    const seen = readHolder(join(dir, name));
    if (typeof seen === "object" && identity(seen) === identity(dead)) unlinkSync(join(dir, name));
  } finally {
    remove(join(dir, guard));
  }
}

/** Puts the lock there whole, by a link, so that a crash leaves no lock that says nothing of its holder. */
function create(dir: string, name: string, holder: Holder): boolean {
  const path = join(dir, name);
  const draft = join(dir, `${lockFile}-new-${identity(holder)}`);
  const text = canonical(holder as unknown as Json);
  remove(draft);
  try {
    writeNew(draft, text);
    linkSync(draft, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    // A file system without hard links: the lock is there for a moment before it says whose it is.
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS")
      return createPlain(path, text);
    throw error;
  } finally {
    remove(draft);
  }
}

function createPlain(path: string, text: string): boolean {
  try {
    writeNew(path, text);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function writeNew(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

function readHolder(path: string): Holder | "gone" | "unreadable" {
  try {
    if (!lstatSync(path).isFile()) return "unreadable";
    const value = parseObject(readFileSync(path, "utf8"));
    const isHolder =
      value !== undefined &&
      [value.host, value.bootId, value.startedAt].every((part) => typeof part === "string") &&
      Number.isSafeInteger(value.pid);
    return isHolder ? (value as unknown as Holder) : "unreadable";
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "gone";
    throw error;
  }
}

function identity(holder: Holder): string {
  return sha256(canonical(holder as unknown as Json)).slice(0, 16);
}

function stuck(seen: Holder | "gone" | "unreadable"): Claimed {
  const whose = typeof seen === "object" ? `process ${seen.pid} on ${seen.host}` : "another process";
  return new Claimed(`the ledger folder is locked by ${whose} since more than ${longestWaitMs / 1000} s`, {
    hint: `Wait until that process has ended; when it is known to be dead, run cxform unlock.`,
  });
}
