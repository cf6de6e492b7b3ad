// Several whole applies at once on one ledger, some of them killed: one writer at a time, and the next run mends it. The long form is `npm run crowd`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { setTimeout } from "node:timers/promises";
import { bundle } from "../../scripts/reliability/bundle.ts";
import { type Crowd, crowdRound } from "../../scripts/reliability/crowd-round.ts";

const crowds: readonly Crowd[] = [
  { edition: "first", processes: [0, 0, 0, 0].map((startsAfterMs) => ({ startsAfterMs })) },
  {
    edition: "second",
    processes: [{ startsAfterMs: 0, kill: { point: 60 } }, { startsAfterMs: 100 }, { startsAfterMs: 900 }],
  },
];

test("of applies that run at once one writes, the others stop at its claim, and each object exists once", async () => {
  const program = await bundle("scripts/reliability/driver.ts");
  try {
    for (const crowd of crowds) {
      const { applied, stopped, killed, wrongs } = await crowdRound(program.file, crowd);
      assert.deepEqual(wrongs, [], JSON.stringify(crowd));
      assert.equal(applied + stopped + killed, crowd.processes.length);
    }
  } finally {
    program.remove();
  }
});

/** The processes whose arguments name this folder. */
function processesIn(dir: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(join("/proc", pid, "cmdline"), "utf8").includes(dir);
    } catch {
      return false;
    }
  });
}

test("a campaign that is stopped leaves no process and no folder", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-stopped-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const words = ["--import", "tsx", "scripts/reliability/crowd.ts", "--rounds", "100000", "--jobs", "1"];
  const campaign = spawn(process.execPath, words, { env: { ...process.env, TMPDIR: dir }, stdio: "ignore" });
  t.after(() => campaign.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => campaign.on("close", resolve));
  for (const deadline = performance.now() + 60_000; processesIn(`${dir}/cxform-shop-`).length === 0; ) {
    assert.ok(performance.now() < deadline, "no apply began");
    await setTimeout(20);
  }
  campaign.kill("SIGTERM");
  assert.equal(await ended, 143);
  const shops = readdirSync(dir).filter((name) => name.startsWith("cxform-shop-"));
  assert.deepEqual(shops, []);
  for (const deadline = performance.now() + 10_000; processesIn(`${dir}/cxform-shop-`).length > 0; await setTimeout(20))
    assert.ok(performance.now() < deadline, "an apply lives on");
});
