// The program as it is shipped, bundled once a process: a start from the sources would compile them each time.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

let built: Promise<string> | undefined;

export function bundled(): Promise<string> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<string> {
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
