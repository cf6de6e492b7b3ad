// Packs a program into one file, so that a child process of a proof starts in a fraction of the time. Knows no program.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { atExit } from "./at-exit.ts";

/** Inside the clone: packages and schemas are found from there. */
const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Bundle {
  readonly file: string;
  /** Done by itself when the process ends. */
  remove(): void;
}

/** Packs `entry`, a path from the clone's root. */
export async function bundle(entry: string): Promise<Bundle> {
  const cache = join(root, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, "cxform-proof-"));
  // A child may run as another user.
  chmodSync(dir, 0o755);
  const remove = atExit(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "program.mjs");
  await build({
    entryPoints: [join(root, entry)],
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  return { file, remove };
}
