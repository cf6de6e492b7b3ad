// SIGINT and SIGTERM during an apply of the real program: the call in flight ends and is recorded, the claim is released, exit 130.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { bundle } from "../../scripts/reliability/bundle.ts";
import { applyShop, planShop, shopWorld, verifyShop } from "../../scripts/reliability/reconcile.ts";
import { openShop, shopEnv, startDouble } from "../../scripts/reliability/shop.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import type { FaultRule } from "../../src/simulator/simulator.ts";
import { until } from "../_world/world.ts";

/** Applies by the real program, interrupts it once the first write is under way, and looks at what it left. */
async function interrupted(signal: "SIGINT" | "SIGTERM", fault: Omit<FaultRule, "family" | "method" | "path">) {
  const program = await bundle("src/cli/main.ts");
  const double = await startDouble({
    faults: [{ ...fault, family: "preferences", method: "POST", path: "**/batch" }],
  });
  const shop = openShop({ url: double.url, hasKeys: true });
  try {
    shop.publish("first");
    const child = spawn(process.execPath, [program.file, "apply", "--yes"], {
      cwd: shop.dir,
      env: { ...process.env, ...shopEnv },
      stdio: "ignore",
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    await until(() => auditText(shop.ledgerDir).includes('"phase":"intent"'), 20_000);
    child.kill(signal);
    assert.equal(await ended, 130);
    assert.deepEqual((await verifyShop(shop.ledgerDir)).problems, []);
    const { holder, isDead, clock } = shopWorld();
    const ledger = await openLedger(fileStore(shop.ledgerDir, { holder, isDead, clock }), { environment: "shop" });
    assert.equal(ledger.openClaim, undefined);
    assert.deepEqual(ledger.openIntents, []);
    assert.equal(double.world.list("whatsapp").length, 0, "something new was begun");
    const records = double.world.list("preferences").length;
    double.clearFaults();
    assert.equal((await applyShop(shop.dir)).exit, 0);
    assert.deepEqual((await planShop(shop.dir)).plan.steps, []);
    const results = ledger.entries.filter((entry) => entry.phase === "result");
    return { outcomes: results.map((entry) => entry.outcome), records };
  } finally {
    await double.close();
    shop.remove();
    program.remove();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} finishes the call in flight, records it, releases and exits 130`, async () => {
    // Long enough to be hit while the first write is under way.
    const { outcomes, records } = await interrupted(signal, { kind: "slow", ms: 600 });
    assert.deepEqual(outcomes, ["ok"], "what was in flight was not finished, or more was begun");
    assert.ok(records > 0);
  });
}

test("an interrupted run sits out no Retry-After", { timeout: 60_000 }, async () => {
  const { outcomes, records } = await interrupted("SIGTERM", { kind: "status", status: 429, retryAfter: 300 });
  assert.deepEqual([outcomes, records], [["failed"], 0]);
});

function auditText(dir: string): string {
  try {
    return readdirSync(join(dir, "audit"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("");
  } catch {
    return "";
  }
}
