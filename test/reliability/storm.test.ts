// A storm of refusals costs little, asks for nothing too early, and is soon forgotten (RELIABILITY §4); the hour is `npm run storm`.
import assert from "node:assert/strict";
import test from "node:test";
import { mostRequests, type Storm, storm } from "../../scripts/reliability/storm-hour.ts";

const storms: readonly (readonly [string, Pick<Storm, "status" | "retryAfter">])[] = [
  ["429 without Retry-After", { status: 429 }],
  ["429 with Retry-After in seconds", { status: 429, retryAfter: { seconds: 7, as: "seconds" } }],
  ["503 with Retry-After as a date", { status: 503, retryAfter: { seconds: 9, as: "date" } }],
];

for (const [name, asked] of storms) {
  test(`two minutes of ${name}: at most a tenth more requests than operations, none too early, the pace is back in 60 s`, async () => {
    const end = await storm({ ...asked, stormMs: 120_000, afterMs: 30_000, seed: 7 });
    assert.ok(end.operations >= 60, `${end.operations} operations`);
    assert.ok(
      end.requests <= mostRequests(end.operations),
      `${end.requests} requests for ${end.operations} operations`,
    );
    assert.equal(end.early, 0);
    assert.ok(end.recoveryMs <= 30_000, `${end.recoveryMs} ms`);
    assert.ok(end.pacePerSecond >= 45 && end.pacePerSecond <= 51, `${end.pacePerSecond} a second`);
    // One call of 20 is an opt-out; with a twentieth of the common budget it could repeat once or twice.
    assert.ok(end.optOutRetries >= 10, `${end.optOutRetries} repeats of opt-outs beside ${end.otherRetries} of others`);
  });
}
