// One call's patience by itself, without the gate that stands behind it: when it gives up, and what it says then.
import assert from "node:assert/strict";
import test from "node:test";
import { Limited, Unreachable } from "../../src/base/failure.ts";
import type { Pace } from "../../src/cxone/pace.ts";
import { patienceMs, persist, type Retry, type Trial, takeTurn } from "../../src/cxone/persist.ts";
import { createRetryBudget } from "../../src/cxone/retry.ts";

const call = { family: "messaging", method: "POST", path: "/templates" } as const;
const start = Date.parse("2026-06-01T09:00:00Z");

function patience(signal?: AbortSignal, onSleep: () => void = () => undefined) {
  let now = start;
  const slept: number[] = [];
  const clock = {
    now: () => now,
    elapsed: () => now - start,
    sleep: async (ms: number) => {
      slept.push(ms);
      now += ms;
      onSleep();
    },
  };
  const shut: number[] = [];
  const pace: Pace = {
    take: async () => true,
    shutUntil: (time) => void shut.push(time - (now - start)),
    slowDown: () => undefined,
    shutForMs: () => 90_001,
  };
  const world = { clock, chance: { uuid: () => "", fraction: () => 0.5 } };
  return { world, pace, budget: createRetryBudget(), slept, shut, clock, ...(signal === undefined ? {} : { signal }) };
}

const again = (retryAfterMs?: number): Trial<string> => ({
  kind: "again",
  reason: "429",
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  failure: (note) => new Error(note),
});

async function persisted(trials: readonly Trial<string>[], given = patience()) {
  const retries: Retry[] = [];
  let attempts = 0;
  const end = await persist(
    given,
    { isUrgent: false, onRetry: (retry) => void retries.push(retry) },
    async () => trials[attempts++] ?? { kind: "done", value: "done" },
  ).catch((error: Error) => error.message);
  return { end, attempts, retries, ...given };
}

test("a Retry-After of ten minutes is waited out, a longer one ends the call and says how long", async () => {
  const waited = await persisted([again(patienceMs)]);
  assert.deepEqual([waited.end, waited.attempts, waited.shut], ["done", 2, [600_000]]);
  assert.deepEqual(waited.slept, [], "it is waited out at the gate");
  const ended = await persisted([again(patienceMs + 1)]);
  assert.deepEqual(
    [ended.end, ended.attempts, ended.retries],
    ["and a wait of 601 s is asked for; at most 600 s are waited", 1, []],
  );
  assert.deepEqual(ended.shut, [600_001], "the others wait all the same");
});

test("an interruption ends a call before a retry and after a wait, and a fifth attempt is the last", async () => {
  const before = await persisted([again()], patience(AbortSignal.abort()));
  assert.deepEqual([before.end, before.attempts, before.slept], ["and the run was interrupted", 1, []]);
  const stop = new AbortController();
  const during = await persisted(
    [again()],
    patience(stop.signal, () => stop.abort()),
  );
  assert.deepEqual([during.end, during.attempts, during.slept], ["and the run was interrupted", 1, [500]]);
  const all = await persisted(Array.from({ length: 9 }, () => again()));
  assert.deepEqual([all.end, all.attempts, all.slept], ["in 5 attempts", 5, [500, 1_000, 2_000, 4_000]]);
});

test("a definite failure is the last attempt, and what came before it was told", async () => {
  const failure = new Error("400");
  const { end, attempts, retries } = await persisted([again(2_000), { kind: "failed", failure }, again()]);
  assert.deepEqual([end, attempts], ["400", 2]);
  assert.deepEqual(retries, [{ attempt: 1, reason: "429", waitMs: 2_000 }]);
});

test("retries end with their budget, of which urgent calls have a share of their own", async () => {
  const given = patience();
  const ends: unknown[] = [];
  const ask = async (isUrgent: boolean): Promise<void> => {
    const trials = [again(0)];
    const done = persist(
      given,
      { isUrgent, onRetry: () => undefined },
      async () => trials.shift() ?? { kind: "done", value: "done" },
    );
    ends.push(await done.catch((error: Error) => error.message));
  };
  for (let each = 0; each < 11; each += 1) await ask(false);
  assert.deepEqual(ends.splice(0), [
    ...Array.from({ length: 10 }, () => "done"),
    "and the run's retries (10 %, at least 10) are spent",
  ]);
  for (let each = 0; each < 11; each += 1) await ask(true);
  assert.equal(ends.filter((end) => end === "done").length, 10);
});

test("a repeated call takes a retry, which is told, and earns none; beyond the budget it is not sent", async () => {
  const given = patience();
  const told: Retry[] = [];
  let sent = 0;
  const repeat = (isUrgent: boolean): Promise<unknown> =>
    persist(given, { isUrgent, repeats: call, onRetry: (retry) => void told.push(retry) }, async () => {
      sent += 1;
      return { kind: "done", value: "done" };
    }).catch((error: unknown) => error);
  // Repeats that earned a part of a retry each would have eleven after a hundred.
  for (let each = 0; each < 110; each += 1) await repeat(false);
  assert.equal(sent, 10);
  assert.deepEqual(told[0], { attempt: 1, reason: "its outcome is unknown", waitMs: 0 });
  assert.equal(told.length, 10);
  const refused = await repeat(false);
  assert.ok(refused instanceof Limited && refused.call === call);
  assert.equal(
    `${refused.message}. ${refused.hint}`,
    "POST /templates was not sent again: the run's retries (10 %, at least 10) are spent. Run apply again: it reads back what happened before it sends anything.",
  );
  assert.equal(await repeat(true), "done", "opt-outs have more of their own");
});

test("a turn that is not given says why and what to do", async () => {
  const given = patience();
  const shut = { ...given, pace: { ...given.pace, take: async () => false } };
  await assert.rejects(
    takeTurn(shut, call),
    (error) =>
      error instanceof Limited && error.hint === "Run again in 91 s." && /asked to wait 91 s more/.test(error.message),
  );
  await assert.rejects(
    takeTurn({ ...shut, signal: AbortSignal.abort() }, call),
    (error) => error instanceof Unreachable && error.hint === "Run again to continue.",
  );
  await takeTurn(given, call);
});
