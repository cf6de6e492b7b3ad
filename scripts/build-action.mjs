// Bundles the action with all its dependencies into dist/action/index.js: what `uses:` runs. Two builds of one tree give the same bytes.
// The release workflow runs it onto the tag; it is neither committed nor built by npm's prepare.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Another folder than dist/action, for a test that compares two builds. */
const out = resolve(root, process.argv[2] ?? "dist/action");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: { index: "src/cli/action/main.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // Some dependencies are CommonJS and ask for node's modules by require.
  banner: {
    js: 'import { createRequire as makeRequire } from "node:module";\nconst require = makeRequire(import.meta.url);',
  },
  legalComments: "none",
  sourcemap: false,
  logLevel: "warning",
});
writeFileSync(join(out, "package.json"), '{ "type": "module" }\n');
