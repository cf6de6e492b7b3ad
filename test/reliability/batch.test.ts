// A big batch of consent whose applies are killed: nothing is lost, one call at most goes again, memory does not grow with it. The long form is `npm run batch`.
import assert from "node:assert/strict";
import test from "node:test";
import { applyBigBatch } from "../../scripts/reliability/big-batch.ts";
import { bundle } from "../../scripts/reliability/bundle.ts";

test("a batch of 3,000 records is applied whole although three of its applies are killed", async () => {
  const program = await bundle("src/cli/main.ts");
  try {
    const end = await applyBigBatch(program.file, { records: 3_000, killsAt: [0.1, 0.3, 0.8] });
    assert.deepEqual(end.wrongs, []);
    assert.ok(end.killed >= 2 && end.repeated <= 100 * end.killed, `${end.killed} kills, ${end.repeated} repeated`);
    assert.ok(end.peakMiB > 40 && end.peakMiB < 300, `${end.peakMiB} MiB`);
  } finally {
    program.remove();
  }
});
