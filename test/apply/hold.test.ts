// A write that waited goes out only while its run holds the claim: an append is asked, since nothing else tells whose the ledger is.
import assert from "node:assert/strict";
import test from "node:test";
import { holding } from "../../src/apply/hold.ts";
import { Claimed } from "../../src/base/failure.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { environment, facts } from "../ledger/scene.ts";
import { scene } from "./scene.ts";

test("what goes out at once asks nobody, what has waited appends, and then the count begins anew", async () => {
  const { run, ledger, world } = await scene({ replies: [] });
  await run.claim();
  const hold = holding(run, world.clock, "key-1");
  const held = (): number => ledger.entries.filter((entry) => entry.action === "held").length;
  await hold();
  await world.clock.sleep(4_999);
  await hold();
  assert.equal(held(), 0);
  await world.clock.sleep(1);
  await hold();
  await hold();
  assert.equal(held(), 1);
  assert.equal(ledger.entries.at(-1)?.idempotencyKey, "key-1");
  await world.clock.sleep(5_000);
  await hold();
  assert.equal(held(), 2);
});

test("a run whose claim somebody unlocked meanwhile, and whose ledger another run has written, sends no more", async () => {
  const { run, store, world } = await scene({ replies: [] });
  await run.claim();
  const hold = holding(run, world.clock, "key-1");
  await (await openLedger(store, { environment })).recover(facts(9))?.release();
  const other = (await openLedger(store, { environment })).begin(facts(2));
  await other.claim();
  await world.clock.sleep(5_000);
  await assert.rejects(hold(), Claimed);
});
