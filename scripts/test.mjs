// Runs every test/**/*.test.ts (or the files named on the command line) under node:test through tsx, and fails when none ran.
// On Node 20 `node --test test/` finds no .ts file and exits 0, so the files are always named.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Folders that take longest, in how many processes each; they start first. Every other folder has one: loading the sources
 * through tsx costs a process two to three seconds of a core, more than what most files take.
 */
const longest = { receive: 2, workflows: 2, ledger: 2, simulation: 1, acceptance: 1, cli: 1, reliability: 1 };

/** More than most machines of CI have cores, since many tests wait for a disk or for a child. */
const atOnce = 3;

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
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const { status, output } = await run();
const count = Number(/^ℹ tests (\d+)$/m.exec(output)?.[1] ?? 0);
if (status === 0 && count === 0) console.error("no test ran");
process.exitCode = count === 0 ? 1 : status;

/** node:test over all groups, shown while it runs; its exit code and its text. */
function run() {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--test", `--test-concurrency=${atOnce}`, "--test-reporter=spec", ...flags, ...groups()],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((ended, failed) => {
    child.once("error", failed);
    child.once("close", (code) => ended({ status: code ?? 1, output }));
  });
}

/** A file for each process, which imports the tests of its folder, or of its part of the folder. */
function groups() {
  const folders = [...new Set(files.map(folderOf))];
  const rank = (folder) => Object.keys(longest).indexOf(folder) + 1 || Number.POSITIVE_INFINITY;
  return folders.sort((one, other) => rank(one) - rank(other) || 0).flatMap(processesOf);
}

function processesOf(folder) {
  const members = files.filter((file) => folderOf(file) === folder);
  const parts = Array.from({ length: Math.min(members.length, longest[folder] ?? 1) }, () => []);
  for (const [index, member] of members.entries()) parts[index % parts.length].push(member);
  return parts.map((part, index) => {
    const file = join(scratch, `${folder}-${index + 1}.mjs`);
    const imports = part.map((member) => `await import(${JSON.stringify(pathToFileURL(member).href)});\n`);
    writeFileSync(file, imports.join(""));
    return file;
  });
}

function folderOf(file) {
  return file.split("/")[1];
}
