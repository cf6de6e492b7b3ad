// The proof of the oracle: every planted bug is found within a few seeds, and its world without the bug is clean.
import assert from "node:assert/strict";
import test from "node:test";
import { planted, worldOf } from "./planted.ts";
import { simulate } from "./simulation.ts";

const mostSeeds = 40;

for (const bug of planted) {
  test(`found: ${bug.name}`, async () => {
    for (let seed = 1; seed <= mostSeeds; seed += 1) {
      const { violations } = await simulate(worldOf(bug, seed), bug.tampering);
      if (!violations.some((one) => bug.breaks.includes(one.invariant))) continue;
      const honest = await simulate(worldOf(bug, seed));
      assert.deepEqual(honest.violations, [], `seed ${seed} fails without the bug`);
      return;
    }
    assert.fail(`not found in ${mostSeeds} seeds`);
  });
}
