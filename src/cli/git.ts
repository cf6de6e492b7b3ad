// The commit that is checked out, for plans and the ledger. It never runs what a repository's config names.
import { execFile } from "node:child_process";
import type { Terminal } from "./terminal.ts";

const isCommit = (text: string): boolean => /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);

/** GITHUB_SHA, or HEAD of the folder's repository; undefined outside of one. */
export async function commitOf(folder: string, { world }: Pick<Terminal, "world">): Promise<string | undefined> {
  const given = world.env("GITHUB_SHA") ?? "";
  if (isCommit(given)) return given;
  const flags = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never"];
  const head = await new Promise<string>((resolve) => {
    execFile(
      "git",
      [...flags, "rev-parse", "--verify", "HEAD"],
      { cwd: folder, timeout: 5_000, windowsHide: true },
      (error, stdout) => resolve(error === null ? stdout.trim() : ""),
    );
  });
  return isCommit(head) ? head : undefined;
}
