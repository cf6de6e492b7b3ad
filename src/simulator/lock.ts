// One writer at a time among the processes that share a folder. It knows nothing of what is written.
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";

/** A turn holds the lock for milliseconds; one that is older was left by a process that died elsewhere. */
const STALE_MS = 10_000;
const WAIT_STEP_MS = 2;
const LONGEST_WAIT_MS = 20_000;

/** Runs `work` while holding the lock file. Blocks this thread meanwhile. Throws when the lock cannot be had in 20 s. */
export function exclusively<T>(path: string, work: () => T): T {
  take(path);
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): void {
  for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS; waitedMs += WAIT_STEP_MS) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isStale(path)) steal(path);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_STEP_MS);
  }
  throw new Error(`${path} is held by another process`);
}

function isStale(path: string): boolean {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    if (ageMs > STALE_MS) return true;
    const holder = Number(readFileSync(path, "utf8"));
    // An empty file is a lock in the making.
    return holder > 0 && !isRunning(holder);
  } catch {
    return false;
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Renaming first lets only one of several thieves win. */
function steal(path: string): void {
  const loot = `${path}.${process.pid}`;
  try {
    renameSync(path, loot);
    rmSync(loot);
  } catch {
    // Another process was faster; the next round sees its lock.
  }
}
