// A disk whose power can be cut: ext4 in a file on a loop device, and a copy of that file as the disk stands at one instant. Knows no ledger.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "./at-exit.ts";

export interface LoopDisk {
  /** Where the disk is mounted. */
  readonly dir: string;
  /** What is on the disk if the power fails now, mounted anew while `work` runs. What no one has synced is not on it. */
  cut<T>(work: (dir: string) => Promise<T>): Promise<T>;
  /** Done by itself when the process ends, save by SIGKILL: then `umount` and `rm` are left to a person. */
  remove(): void;
}

const megabytes = 24;
const mostCopies = 20;

/** Why no disk can be made on this machine; undefined when one can. */
export function loopObstacle(): string | undefined {
  if (process.platform !== "linux") return "loop devices are Linux's";
  if (process.getuid?.() !== 0) return "mounting a loop device needs root";
  try {
    loopDisk().remove();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Throws with the reason when a step is refused. */
export function loopDisk(): LoopDisk {
  const root = mkdtempSync(join(tmpdir(), "cxform-disk-"));
  const [image, copy] = [join(root, "disk.img"), join(root, "copy.img")];
  const [dir, copyDir] = [join(root, "disk"), join(root, "copy")];
  const remove = atExit(() => {
    for (const folder of [copyDir, dir]) unmount(folder);
    for (const file of [copy, image]) detach(file);
    rmSync(root, { recursive: true, force: true });
  });
  try {
    for (const folder of [dir, copyDir]) mkdirSync(folder);
    writeFileSync(image, "");
    truncateSync(image, megabytes << 20);
    must("mkfs.ext4", ["-q", "-F", image]);
    must("mount", ["-o", "loop", image, dir]);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    dir,
    async cut(work) {
      copyAtOnce(image, copy);
      must("mount", ["-o", "loop", copy, copyDir]);
      try {
        return await work(copyDir);
      } finally {
        must("umount", [copyDir]);
      }
    },
    remove,
  };
}

/**
 * A copy takes longer than an instant, and the kernel may move what its journal holds to its place meanwhile: read from the old place and from the
 * new journal it would be lost. So a copy counts only if the image is still what was copied.
 */
function copyAtOnce(image: string, copy: string): void {
  for (let tried = 1; tried <= mostCopies; tried += 1) {
    copyFileSync(image, copy);
    if (readFileSync(image).equals(readFileSync(copy))) return;
  }
  throw new Error(`the disk did not stand still for ${mostCopies} copies`);
}

/** A process that was killed a moment ago may still hold it: then it goes from the tree now, and the device with that process. */
function unmount(folder: string): void {
  if (spawnSync("umount", [folder]).status !== 0) spawnSync("umount", ["-l", folder]);
}

/** The device that a mount made goes with the mount; not so where the mount itself was cut short. */
function detach(file: string): void {
  const { stdout } = spawnSync("losetup", ["-n", "-O", "NAME", "-j", file], { encoding: "utf8" });
  for (const device of (stdout ?? "").split("\n").filter((line) => line !== ""))
    spawnSync("losetup", ["-d", device.trim()]);
}

function must(command: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (error !== undefined) throw new Error(`${command} is not there`);
  if (status !== 0) throw new Error(`${command} is refused: ${stderr.trim().split("\n")[0]}`);
}
