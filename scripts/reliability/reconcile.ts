// Applies and plans a project as the command line does, in this process. Knows no fault.
import { realWorld } from "../../src/cli/world.ts";
import type { World } from "../../src/contract/world.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import { type Verification, verifyLedger } from "../../src/ledger/verify.ts";
import { type Applied, apply } from "../../src/library/apply.ts";
import { loadConfig } from "../../src/library/config.ts";
import { type PlanMade, plan } from "../../src/library/plan.ts";
import { shopEnv } from "./shop.ts";

/** The world of this process, with the shop's environment. */
export function shopWorld(): World {
  return { ...realWorld(), env: (name) => (shopEnv as Readonly<Record<string, string>>)[name] };
}

const common = (dir: string, world: World) => ({
  config: loadConfig({ cwd: dir }).config,
  environment: undefined,
  world,
});

export function applyShop(dir: string, world: World = shopWorld()): Promise<Applied> {
  return apply({ ...common(dir, world), attribution: { actor: "proof" } });
}

export function planShop(dir: string, world: World = shopWorld()): Promise<PlanMade> {
  return plan(common(dir, world));
}

export function verifyShop(ledgerDir: string): Promise<Verification> {
  const { holder, isDead, clock } = shopWorld();
  return verifyLedger(fileStore(ledgerDir, { holder, isDead, clock }), "shop");
}
