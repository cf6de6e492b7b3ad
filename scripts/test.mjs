// Runs every test/**/*.test.ts (or the files named on the command line) under node:test through tsx, and fails when none ran.
// On Node 20 `node --test test/` finds no .ts file and exits 0, so the files are always named.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const named = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const flags = process.argv.slice(2).filter((word) => word.startsWith("--"));
const found = readdirSync("test", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const files = named.length > 0 ? found.filter((file) => named.some((word) => file.includes(word))) : found;
if (files.length === 0) {
  console.error("no test file matches");
  process.exit(1);
}
const run = spawnSync(
  process.execPath,
  ["--import", "tsx", "--test", "--test-concurrency=2", "--test-reporter=spec", ...flags, ...files],
  { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 1 << 30 },
);
process.stdout.write(run.stdout);
const count = Number(/^ℹ tests (\d+)$/m.exec(run.stdout)?.[1] ?? 0);
if (run.status === 0 && count === 0) {
  console.error("no test ran");
  process.exit(1);
}
process.exit(run.status ?? 1);
