// The disk of the power cuts goes with the script, however that ends. The cuts themselves are `npm run powercut`.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { loopObstacle } from "../../scripts/reliability/loop-disk.ts";

const obstacle = loopObstacle();

const isMounted = (dir: string): boolean => readFileSync("/proc/mounts", "utf8").includes(dir);
const devicesOf = (dir: string): string =>
  spawnSync("losetup", ["-n", "-O", "BACK-FILE"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.includes(dir))
    .join("\n");

/** Starts a script whose temporary files are in `dir`, and signals it once its disk holds what the script's writer wrote. */
async function interrupted(dir: string, script: string, signal: NodeJS.Signals): Promise<number | null> {
  const words = ["--import", "tsx", `scripts/reliability/${script}.ts`, "--cuts", "100000"];
  const child = spawn(process.execPath, words, { env: { ...process.env, TMPDIR: dir }, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const deadline = performance.now() + 60_000;
  while (!hasWritten(dir) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  const wasMounted = isMounted(dir);
  child.kill(signal);
  const code = await ended;
  assert.ok(wasMounted, "a disk was mounted");
  return code;
}

function hasWritten(dir: string): boolean {
  return readdirSync(dir).some((name) => {
    try {
      return readdirSync(join(dir, name, "disk")).some((file) => file !== "lost+found");
    } catch {
      return false;
    }
  });
}

function scratch(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "cxform-interrupted-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

for (const [script, signal, code] of [
  ["powercut", "SIGINT", 130],
  ["powercut-receiver", "SIGTERM", 143],
] as const)
  test(`${script}, ended by ${signal}, leaves no mount, no loop device and no file`, {
    skip: obstacle ?? false,
  }, async (context) => {
    const dir = scratch(context);
    assert.equal(await interrupted(dir, script, signal), code);
    assert.equal(isMounted(dir), false);
    assert.equal(devicesOf(dir), "");
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.startsWith("cxform-disk-")),
      [],
    );
  });
