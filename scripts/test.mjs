// Runs every test/**/*.test.ts (or the files named on the command line) under node:test through tsx, and fails when none ran.
// On Node 20 `node --test test/` finds no .ts file and exits 0, so the files are always named.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Folders that take longest, in how many processes each; they start first. The others share a few processes: loading the
 * sources through tsx costs a process two to three seconds of a core, more than what most files take.
 */
const longest = {
  receive: 2,
  workflows: 2,
  ledger: 2,
  simulation: 1,
  acceptance: 1,
  cli: 1,
  reliability: 1,
  github: 1,
  commands: 1,
  hostile: 1,
};
const sharedProcesses = 3;

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
const scratch = mkdtempSync(join(memoryDisk() ?? tmpdir(), "cxform-test-"));
// As the folder for temporary files is: databases and some children run as another user.
chmodSync(scratch, 0o1777);
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
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: scratch } },
  );
  // This process stays to remove what the tests leave in memory.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
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

/**
 * A disk in memory, where there is a roomy one that programs can run from: the tests sync thousands of small ledgers, whose
 * durability other proofs show (docs/reliability-figures.md). A TMPDIR that somebody has set is used instead.
 */
function memoryDisk() {
  const disk = "/dev/shm";
  const tmpfs = 0x01021994;
  if (process.env.TMPDIR !== undefined) return undefined;
  try {
    const { type, bavail, bsize } = statfsSync(disk);
    return type === tmpfs && bavail * bsize >= 2 ** 31 && runsPrograms(disk) ? disk : undefined;
  } catch {
    return undefined;
  }
}

function runsPrograms(disk) {
  const dir = mkdtempSync(join(disk, "cxform-probe-"));
  try {
    const program = join(dir, "program");
    writeFileSync(program, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    execFileSync(program);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A file for each process, which imports the tests of its folder, of its part of the folder, or of several folders. */
function groups() {
  const folders = [...new Set(files.map(folderOf))];
  const own = Object.keys(longest).filter((folder) => folders.includes(folder));
  const small = folders.filter((folder) => !own.includes(folder));
  return [
    ...own.flatMap((folder) => inParts(folder, filesOf(folder), longest[folder])),
    ...inParts("shared", small, sharedProcesses).map((part) => ({ ...part, members: part.members.flatMap(filesOf) })),
  ].map(({ name, members }) => {
    const file = join(scratch, `${name}.mjs`);
    const imports = members.map((member) => `await import(${JSON.stringify(pathToFileURL(member).href)});\n`);
    writeFileSync(file, imports.join(""));
    return file;
  });
}

function inParts(name, members, count) {
  const parts = Array.from({ length: Math.min(members.length, count) }, () => []);
  for (const [index, member] of members.entries()) parts[index % parts.length].push(member);
  return parts.map((part, index) => ({ name: `${name}-${index + 1}`, members: part }));
}

function filesOf(folder) {
  return files.filter((file) => folderOf(file) === folder);
}

function folderOf(file) {
  return file.split("/")[1];
}
