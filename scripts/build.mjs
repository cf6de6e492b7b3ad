// Bundles src/ into dist/ (the program, the library, their types); run by npm's prepare, never committed.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);
rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: { cxform: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  logLevel: "warning",
});
chmodSync("dist/cxform.js", 0o755);
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });
// npx looks for a command in node_modules/.bin before it asks the registry: the clone's own program must be there.
mkdirSync("node_modules/.bin", { recursive: true });
const link = join("node_modules", ".bin", "cxform");
if (!existsSync(link)) {
  rmSync(link, { force: true });
  symlinkSync(join("..", "..", "dist", "cxform.js"), link);
}
