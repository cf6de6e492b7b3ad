// `cxform unlock` after a power cut: the lock of an earlier boot, or one without a text, is cleared once a person says so.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import { loadConfig } from "../../src/library/config.ts";
import { unlock } from "../../src/library/unlock.ts";

const world = realWorld();
const cases = [
  ["without a text", ""],
  ["of an earlier boot", JSON.stringify({ ...world.holder, bootId: "an-earlier-boot" })],
] as const;

for (const [what, text] of cases) {
  test(`a lock ${what} is cleared after the question, and stays when it is denied`, async () => {
    const cwd = mkdtempSync(join(tmpdir(), "cxform-unlock-"));
    try {
      writeFileSync(join(cwd, "cxform.yaml"), "apiVersion: cxform/v1\nkind: Config\n");
      const dir = join(cwd, ".cxform", "ledger");
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, ".lock"), text);
      const { config } = loadConfig({ cwd });
      const denied = await unlock({ config, world, actor: "kim", confirm: async () => false });
      assert.equal(denied.wasReleased, false);
      assert.ok(existsSync(join(dir, ".lock")));
      const done = await unlock({ config, world, actor: "kim", confirm: async () => true });
      assert.equal(done.wasReleased, true);
      assert.ok(!existsSync(join(dir, ".lock")));
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
}

test("a lock whose holder is at work here is left alone", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "cxform-unlock-"));
  try {
    writeFileSync(join(cwd, "cxform.yaml"), "apiVersion: cxform/v1\nkind: Config\n");
    const dir = join(cwd, ".cxform", "ledger");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, ".lock"), JSON.stringify(world.holder));
    const { config } = loadConfig({ cwd });
    const done = await unlock({ config, world, actor: "kim", confirm: async () => true });
    assert.equal(done.wasReleased, false);
    assert.ok(existsSync(join(dir, ".lock")));
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
