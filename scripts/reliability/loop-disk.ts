// A disk whose power can be cut: ext4 in a file on a loop device, and a copy of that file as the disk stands at one instant. Knows no ledger.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface LoopDisk {
  /** Where the disk is mounted. */
  readonly dir: string;
  /** What is on the disk if the power fails now, mounted anew while `work` runs. What no one has synced is not on it. */
  cut<T>(work: (dir: string) => Promise<T>): Promise<T>;
  remove(): void;
}

const megabytes = 24;

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
  const remove = (): void => {
    spawnSync("umount", [dir]);
    rmSync(root, { recursive: true, force: true });
  };
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
      copyFileSync(image, copy);
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

function must(command: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, words, { encoding: "utf8" });
  if (error !== undefined) throw new Error(`${command} is not there`);
  if (status !== 0) throw new Error(`${command} is refused: ${stderr.trim().split("\n")[0]}`);
}
