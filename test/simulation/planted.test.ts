// The proof of the oracle: every planted bug is found within a few seeds, its world without the bug is clean, and what another defence hides is found without it.
import assert from "node:assert/strict";
import test from "node:test";
import { simulateWith } from "./patched.ts";
import { type Planted, planted, worldOf } from "./planted.ts";
import { plantedInSource } from "./planted-source.ts";
import { simulate } from "./simulation.ts";

const mostSeeds = 40;
/** So many show that a bug is hidden; each that is found is found within fewer without its other defence. */
const hiddenSeeds = 12;

/** The first seed whose world convicts the bug; undefined when none does. */
async function findingSeed(bug: Planted, isDefended: boolean): Promise<number | undefined> {
  const changes = [...(bug.changes ?? []), ...(isDefended ? [] : (bug.overlap?.changes ?? []))];
  const run = changes.length === 0 ? simulate : await simulateWith(changes);
  const most = isDefended && bug.overlap?.alone === "hidden" ? hiddenSeeds : mostSeeds;
  for (let seed = 1; seed <= most; seed += 1) {
    const { violations } = await run(worldOf(bug, seed, isDefended), bug.tampering);
    if (violations.some((one) => bug.breaks.includes(one.invariant))) return seed;
  }
  return undefined;
}

for (const bug of [...planted, ...plantedInSource]) {
  test(`found: ${bug.name}`, async () => {
    const seed = await findingSeed(bug, false);
    assert.notEqual(seed, undefined, `not found in ${mostSeeds} seeds`);
    const honest = await simulate(worldOf(bug, seed as number, false));
    assert.deepEqual(honest.violations, [], `seed ${seed} fails without the bug`);
  });
  if (bug.overlap === undefined) continue;
  test(`${bug.overlap.alone} while ${bug.overlap.defence}: ${bug.name}`, async () => {
    const seed = await findingSeed(bug, true);
    assert.equal(seed === undefined ? "hidden" : "found", bug.overlap?.alone, `seed ${seed}`);
  });
}

test("at least 25 bugs are planted, and five of them where two defences overlap", () => {
  const bugs = [...planted, ...plantedInSource];
  assert.ok(bugs.length >= 25 && bugs.filter((bug) => bug.overlap !== undefined).length >= 5);
});
