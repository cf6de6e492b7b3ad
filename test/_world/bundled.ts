// Programs for child processes, each bundled once a process: a start from the sources would compile them each time.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { type Bundle, bundle } from "../../scripts/reliability/bundle.ts";

let built: Promise<string> | undefined;
const modules = new Map<string, Promise<Bundle>>();

/** A module of the sources or of the tests, named from the root, for a child process to run or to import. */
export async function bundledModule(path: string): Promise<string> {
  const module = modules.get(path) ?? bundle(path);
  modules.set(path, module);
  return (await module).file;
}

/** The program as it is shipped, with the one for its work. */
export function bundled(): Promise<string> {
  built ??= bundleProgram();
  return built;
}

async function bundleProgram(): Promise<string> {
  // Below the repository, so that it finds its dependencies and its schemas.
  mkdirSync("node_modules/.cache", { recursive: true });
  const outdir = mkdtempSync(resolve("node_modules/.cache/cxform-"));
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    entryPoints: { cxform: "src/cli/main.ts", "work-program": "src/cli/work-program.ts" },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  return join(outdir, "cxform.js");
}
