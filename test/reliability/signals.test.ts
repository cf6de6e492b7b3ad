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
import { until } from "../_world/world.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} finishes the call in flight, records it, releases and exits 130`, async () => {
    const program = await bundle("src/cli/main.ts");
    // Long enough to be hit while the first write is under way.
    const double = await startDouble({
      faults: [{ kind: "slow", family: "preferences", method: "POST", path: "**/batch", ms: 600 }],
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
      const results = ledger.entries.filter((entry) => entry.phase === "result");
      assert.deepEqual(
        results.map((entry) => entry.outcome),
        ["ok"],
        "what was in flight was not finished, or more was begun",
      );
      assert.ok(double.world.list("preferences").length > 0);
      assert.equal(double.world.list("whatsapp").length, 0);
      assert.equal((await applyShop(shop.dir)).exit, 0);
      assert.deepEqual((await planShop(shop.dir)).plan.steps, []);
    } finally {
      await double.close();
      shop.remove();
      program.remove();
    }
  });
}

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
