// kill -9 at any point of an apply of all seven kinds, three times in a row: the next run mends it. The long form is `npm run kill`.
import assert from "node:assert/strict";
import test from "node:test";
import { bundle } from "../../scripts/reliability/bundle.ts";
import { killRound, type Round } from "../../scripts/reliability/kill-round.ts";

const rounds: readonly Round[] = [
  // Early: the claim; in the middle; late, with most of it done.
  { edition: "first", kills: [{ point: 9 }, { point: 150 }, { point: 290 }] },
  { edition: "second", kills: [{ point: 60 }, { afterMs: 60 }, { point: 140 }] },
];

test("an apply killed three times in a row converges, with each object once and a chain that verifies", async () => {
  const program = await bundle("scripts/reliability/driver.ts");
  try {
    for (const round of rounds) {
      const { killed, mendMs, wrongs } = await killRound(program.file, round);
      assert.deepEqual(wrongs, [], JSON.stringify(round));
      assert.ok(killed >= 2, `only ${killed} of ${round.kills.length} were killed before they ended`);
      assert.ok(mendMs < 5_000 * 4, `recovery took ${mendMs} ms`);
    }
  } finally {
    program.remove();
  }
});
