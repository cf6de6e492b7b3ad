// Who holds a claim: a process is told from all others by its host, its boot, the processes among which its pid counts, pid and start.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import type { Holder } from "../../src/contract/world.ts";

const script = `import { realWorld } from "./src/cli/world.ts"; console.log(JSON.stringify(realWorld().holder));`;

function holderIn(command: readonly string[]): Holder | undefined {
  const [file = "", ...words] = [...command, process.execPath, "--import", "tsx", "--input-type=module", "-e", script];
  const { status, stdout } = spawnSync(file, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? (JSON.parse(stdout) as Holder) : undefined;
}

test("a process that has ended is dead to the next one, this one is not", async () => {
  const { holder, isDead } = realWorld();
  const ended = holderIn([]) as Holder;
  assert.equal(ended.bootId, holder.bootId);
  assert.deepEqual([await isDead(ended), await isDead(holder)], [true, false]);
});

test("a container that shares host and boot with us has pids of its own: nobody there is known to be dead", async (t) => {
  const inside = holderIn(["unshare", "--pid", "--fork", "--mount-proc"]);
  if (inside === undefined) return t.skip("this machine does not let us unshare a pid namespace");
  const { holder, isDead } = realWorld();
  assert.equal(inside.host, holder.host);
  assert.notEqual(inside.bootId, holder.bootId);
  assert.equal(await isDead(inside), false);
});
