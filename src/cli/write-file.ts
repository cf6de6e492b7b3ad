// Writes a result to a file that was named on the command line: all of it or nothing, for its owner's eyes.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Terminal } from "./terminal.ts";
import { Usage } from "./usage.ts";

/** Mode 0600, through a new file beside it. Throws Usage when the folder cannot be written to. */
export function writeFile(path: string, text: string, { cwd, world }: Pick<Terminal, "cwd" | "world">): void {
  const target = resolve(cwd, path);
  const beside = join(dirname(target), `.${basename(target)}.${world.chance.uuid()}`);
  try {
    // `wx`: a planted symbolic link at the name is refused, not followed.
    const descriptor = openSync(beside, "wx", 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new Usage(
      `${path} cannot be written: ${reasonOf(error)}`,
      "Name a file in a folder that exists and may be written to.",
    );
  }
}

/** The system's word for what is wrong with a file: ENOENT, EACCES. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission denied",
    EISDIR: "it is a folder",
  };
  return code === undefined ? "it failed" : (words[code] ?? code);
}
