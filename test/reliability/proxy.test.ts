// A network that resets, cuts, delays, shreds, sends late and twice: once it is healed everything stands, each object once. The long form is `npm run proxy`.
import assert from "node:assert/strict";
import test from "node:test";
import { proxyRound } from "../../scripts/reliability/proxy-round.ts";

for (const hasKeys of [true, false]) {
  test(`applies through a broken network converge where idempotency keys are ${hasKeys ? "honoured" : "ignored"}`, async () => {
    const { counts, wrongs } = await proxyRound({ seed: hasKeys ? 11 : 12, hasKeys, percent: 30, applies: 2 });
    assert.deepEqual(wrongs, []);
    const times = [...counts.values()].reduce((sum, one) => sum + one, 0);
    assert.ok(times >= 5, `only ${times} faults happened`);
  });
}
