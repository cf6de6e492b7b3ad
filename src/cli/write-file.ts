// Writes a result to a file that was named on the command line: all of it or nothing, for its owner's eyes.
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { World } from "../contract/world.ts";
import { reasonOf } from "./system-word.ts";
import type { Terminal } from "./terminal.ts";
import { Usage } from "./usage.ts";

/**
 * Mode 0600, through a new file beside it. A link is followed to the file that it names; what is no file (a device, a pipe) is written to
 * and stays what it is. Throws Usage when it cannot be written to.
 */
export function writeFile(path: string, text: string, { cwd, world }: Pick<Terminal, "cwd" | "world">): void {
  const named = resolve(cwd, path);
  try {
    const there = statSync(named, { throwIfNoEntry: false });
    const isFile = there === undefined || there.isFile() || there.isDirectory();
    if (isFile) replace(there === undefined ? named : realpathSync(named), text, world);
    else writeFileSync(named, text);
  } catch (error) {
    throw new Usage(
      `${path} cannot be written: ${reasonOf(error)}`,
      "Name a file in a folder that exists and may be written to.",
    );
  }
}

function replace(target: string, text: string, { chance }: Pick<World, "chance">): void {
  const beside = join(dirname(target), `.${basename(target)}.${chance.uuid()}`);
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
    throw error;
  }
}
