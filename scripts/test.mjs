// Runs every test/**/*.test.ts (or the files named on the command line) under node:test through tsx, and fails when none ran.
// On Node 20 `node --test test/` finds no .ts file and exits 0, so the files are always named.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Folders whose files share a process each: starting one costs more than what most of them do. Three at a time, since many wait for a disk. */
const together = [
  "acceptance",
  "apply",
  "base",
  "cases",
  "commands",
  "cxone",
  "docs",
  "github",
  "kinds",
  "manifest",
  "plan",
  "report",
  "rules",
  "schemas",
  "simulator",
];

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
const scratch = mkdtempSync(join(tmpdir(), "cxform-test-"));
const run = spawnSync(
  process.execPath,
  ["--import", "tsx", "--test", "--test-concurrency=3", "--test-reporter=spec", ...flags, ...processes()],
  { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 1 << 30 },
);
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(run.stdout);
const count = Number(/^ℹ tests (\d+)$/m.exec(run.stdout)?.[1] ?? 0);
if (run.status === 0 && count === 0) {
  console.error("no test ran");
  process.exit(1);
}
process.exit(run.status ?? 1);

/** A file for each process: the long ones first and by themselves, then a folder a file that imports its tests. */
function processes() {
  const folderOf = (file) => file.split("/")[1];
  const alone = files.filter((file) => !together.includes(folderOf(file)));
  const shared = together
    .map((folder) => ({ folder, members: files.filter((file) => folderOf(file) === folder) }))
    .filter(({ members }) => members.length > 0)
    .map(({ folder, members }) => {
      const file = join(scratch, `${folder}.mjs`);
      writeFileSync(
        file,
        members.map((member) => `await import(${JSON.stringify(pathToFileURL(member).href)});\n`).join(""),
      );
      return file;
    });
  return [...alone, ...shared];
}
