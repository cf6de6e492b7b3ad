// Programs for child processes, each bundled once a process: a start from the sources would compile them each time.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type BuildOptions, build } from "esbuild";

const files = new Map<string, Promise<string>>();

/** The program as it is shipped, with the one for its work. */
export function bundled(): Promise<string> {
  return once("cxform", { cxform: "src/cli/main.ts", "work-program": "src/cli/work-program.ts" });
}

/** A module of the sources or of the tests, named from the root, for a child process to run or to import. */
export function bundledModule(path: string): Promise<string> {
  return once("module", { module: path });
}

function once(name: string, entryPoints: Readonly<Record<string, string>>): Promise<string> {
  const key = JSON.stringify(entryPoints);
  const file = files.get(key) ?? bundle(name, entryPoints);
  files.set(key, file);
  return file;
}

async function bundle(name: string, entryPoints: NonNullable<BuildOptions["entryPoints"]>): Promise<string> {
  // Below the repository, so that it finds its dependencies and its schemas.
  mkdirSync("node_modules/.cache", { recursive: true });
  const outdir = mkdtempSync(resolve("node_modules/.cache/cxform-"));
  // A child may run as another user.
  chmodSync(outdir, 0o755);
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  return join(outdir, `${name}.js`);
}
