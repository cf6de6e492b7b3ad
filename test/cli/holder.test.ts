// Who holds a claim: a process is told from all others by its host, its boot, the processes among which its pid counts, pid and start.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import test from "node:test";
import { setTimeout } from "node:timers/promises";
import { realWorld } from "../../src/cli/world.ts";
import type { Holder } from "../../src/contract/world.ts";
import { bundledModule } from "../_world/bundled.ts";

const world = JSON.stringify(await bundledModule("src/cli/world.ts"));
const script = `import { realWorld } from ${world}; console.log(JSON.stringify(realWorld().holder));`;

function holderIn(command: readonly string[]): Holder | undefined {
  const [file = "", ...words] = [...command, process.execPath, "--input-type=module", "-e", script];
  const { status, stdout } = spawnSync(file, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? (JSON.parse(stdout) as Holder) : undefined;
}

test("a process that has ended is dead to the next one, this one is not", async () => {
  const { holder, isDead } = realWorld();
  const ended = holderIn([]) as Holder;
  assert.equal(ended.bootId, holder.bootId);
  assert.deepEqual([await isDead(ended), await isDead(holder)], [true, false]);
});

test("one that was killed and that nobody has reaped is dead", async (t) => {
  // The shell becomes a program that never asks how its child ended.
  const parent = spawn("sh", ["-c", "sleep 0.05 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => parent.kill());
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(String(line));
  const statOf = (): readonly string[] => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const startedAt = statOf()[19] as string;
  while (statOf()[0] !== "Z") await setTimeout(10);
  const { holder, isDead } = realWorld();
  assert.equal(await isDead({ ...holder, pid, startedAt }), true);
});

test("a process that the machine does not show is not known to be dead", async (t) => {
  const { holder } = realWorld();
  const ask = `import { realWorld } from ${world}; const { holder, isDead } = realWorld(); console.log(await isDead({ ...holder, pid: ${holder.pid}, startedAt: "${holder.startedAt}" }));`;
  const hidden = `mount -o remount,hidepid=2 /proc && exec setpriv --reuid 65534 --clear-groups "$@"`;
  const node = [process.execPath, "--input-type=module", "-e", ask];
  const { status, stdout } = spawnSync("unshare", ["--mount", "sh", "-c", hidden, "sh", ...node], { encoding: "utf8" });
  if (status !== 0) return t.skip("this machine does not let us hide processes");
  assert.equal(stdout.trim(), "false");
});

test("a container that shares host and boot with us has pids of its own: nobody there is known to be dead", async (t) => {
  const inside = holderIn(["unshare", "--pid", "--fork", "--mount-proc"]);
  if (inside === undefined) return t.skip("this machine does not let us unshare a pid namespace");
  const { holder, isDead } = realWorld();
  assert.equal(inside.host, holder.host);
  assert.notEqual(inside.bootId, holder.bootId);
  assert.equal(await isDead(inside), false);
});
