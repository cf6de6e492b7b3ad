// Several whole applies at once on one ledger, some of them killed: one writer at a time, and the next run mends it. The long form is `npm run crowd`.
import assert from "node:assert/strict";
import test from "node:test";
import { bundle } from "../../scripts/reliability/bundle.ts";
import { type Crowd, crowdRound } from "../../scripts/reliability/crowd-round.ts";

const crowds: readonly Crowd[] = [
  { edition: "first", processes: [0, 0, 0, 0].map((startsAfterMs) => ({ startsAfterMs })) },
  {
    edition: "second",
    processes: [{ startsAfterMs: 0, kill: { point: 60 } }, { startsAfterMs: 100 }, { startsAfterMs: 900 }],
  },
];

test("of applies that run at once one writes, the others stop at its claim, and each object exists once", async () => {
  const program = await bundle("scripts/reliability/driver.ts");
  try {
    for (const crowd of crowds) {
      const { applied, stopped, killed, wrongs } = await crowdRound(program.file, crowd);
      assert.deepEqual(wrongs, [], JSON.stringify(crowd));
      assert.equal(applied + stopped + killed, crowd.processes.length);
    }
  } finally {
    program.remove();
  }
});
