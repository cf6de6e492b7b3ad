// How fast requests leave, when they are repeated and how long is waited. Knows no kind.
import assert from "node:assert/strict";
import test from "node:test";
import { Claimed, Limited, Refused, UnknownOutcome, Unreachable } from "../../src/base/failure.ts";
import { retryAfterMs } from "../../src/base/retry-after.ts";
import { createPace } from "../../src/cxone/pace.ts";
import { backoffMs, createRetryBudget } from "../../src/cxone/retry.ts";
import { testWorld, until } from "../_world/world.ts";
import { tenant } from "./tenant.ts";

const read = { path: "templates" };
const write = { method: "POST", path: "templates", body: { name: "x" }, idempotencyKey: "key-1" } as const;
const now = Date.parse("2026-01-15T12:00:00Z");

test("Retry-After is read as seconds or as any of the three HTTP dates, and nothing else", () => {
  const expected: readonly (readonly [string | null, number | undefined])[] = [
    ["0", 0],
    ["7", 7_000],
    [" 120 ", 120_000],
    ["Thu, 15 Jan 2026 12:00:09 GMT", 9_000],
    ["Thursday, 15-Jan-26 12:00:09 GMT", 9_000],
    ["Thu Jan 15 12:00:09 2026", 9_000],
    ["Thu, 15 Jan 2026 11:59:00 GMT", 0],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["", undefined],
    ["2026-01-15T12:00:09Z", undefined],
    ...["Thu, 15 Jan 2026 12:00:09 GMT", "Thu Jan 15 12:00:09 2026"].flatMap((date) => [
      [`x${date}`, undefined] as const,
      [`${date} or so`, undefined] as const,
    ]),
    [null, undefined],
  ];
  for (const [header, ms] of expected)
    assert.equal(retryAfterMs({ retryAfter: header, date: null }, now), ms, `${header}`);
});

test("backoff is full jitter below 1, 2, 4, 8 and 16 s, then 30 s", () => {
  for (const [index, limit] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
    assert.equal(backoffMs(index + 1, 0), 0);
    assert.equal(backoffMs(index + 1, 0.5), limit / 2);
    assert.ok(backoffMs(index + 1, 1 - Number.EPSILON) < limit);
  }
});

test("the budget is 10 % of the calls, never under 10, with 10 more for urgent ones", () => {
  const few = createRetryBudget();
  for (let count = 0; count < 50; count += 1) few.earn();
  assert.equal(Array.from({ length: 15 }, () => few.spend(false)).filter(Boolean).length, 10);
  assert.equal(Array.from({ length: 15 }, () => few.spend(true)).filter(Boolean).length, 10);
  const many = createRetryBudget();
  for (let count = 0; count < 305; count += 1) many.earn();
  assert.equal(Array.from({ length: 60 }, () => many.spend(false)).filter(Boolean).length, 30);
});

for (const status of [429, 503]) {
  for (const [form, header] of [
    ["seconds", "7"],
    ["an HTTP date", "Thu, 15 Jan 2026 12:00:07 GMT"],
  ] as const) {
    test(`${status} with Retry-After in ${form} is waited out exactly, then the same write is sent`, async (t) => {
      const { client, calls } = await tenant(t, {
        answers: [
          { status, headers: { "retry-after": header } },
          { status: 201, body: { id: "1" } },
        ],
        world: { now },
      });
      assert.equal((await client.writer("digital").send(write)).status, 201);
      assert.deepEqual(
        calls.map((seen) => seen.at),
        [now, now + 7_000],
      );
      assert.equal(calls[0]?.body, calls[1]?.body);
      assert.deepEqual(
        calls.map((seen) => seen.headers["x-idempotency-key"]),
        ["key-1", "key-1"],
      );
      assert.notEqual(calls[0]?.headers["x-request-id"], calls[1]?.headers["x-request-id"]);
    });
  }

  test(`a write answered ${status} asks whether it may go, each time after its wait`, async (t) => {
    const answers = [{ status, headers: { "retry-after": "7" } }, { status: 201 }];
    const { client, calls, world } = await tenant(t, { answers, world: { now } });
    const asked: number[] = [];
    const hold = async (): Promise<void> => {
      asked.push(world.clock.now());
      if (asked.length === 2) throw new Claimed("unlocked meanwhile", { hint: "Wait." });
    };
    await assert.rejects(client.writer("digital").send({ ...write, hold }), Claimed);
    assert.deepEqual([asked, calls.length], [[now, now + 7_000], 1]);
  });

  for (const hours of [-1, 1])
    test(`${status} with a date is waited out by CXone's clock, which ours is ${hours} h from`, async (t) => {
      const { client, calls } = await tenant(t, {
        answers: [
          { status, headers: { "retry-after": "Thu, 15 Jan 2026 12:00:07 GMT" } },
          { status: 201, body: { id: "1" } },
        ],
        world: { now: now + hours * 3_600_000 },
        dateOf: (ours) => ours - hours * 3_600_000,
      });
      assert.equal((await client.writer("digital").send(write)).status, 201);
      assert.deepEqual(
        calls.map((seen) => seen.at - hours * 3_600_000),
        [now, now + 7_000],
      );
    });

  test(`${status} with a number of seconds that no clock holds is not sent again`, async (t) => {
    const answers = [{ status, headers: { "retry-after": "99999999999999999999" } }];
    const { client, calls } = await tenant(t, { answers, world: { now } });
    await assert.rejects(client.writer("digital").send(write), Limited);
    assert.equal(calls.length, 1);
  });

  test(`${status} without Retry-After is tried five times with growing jitter, then Limited`, async (t) => {
    for (const seed of [1, 2, 3]) {
      const { client, calls, events } = await tenant(t, { answers: () => ({ status }), world: { now, seed } });
      await assert.rejects(client.writer("digital").send(write), Limited);
      assert.equal(calls.length, 5);
      const waits = events.flatMap((event) => (event.kind === "retry" ? [event.waitMs] : []));
      assert.equal(waits.length, 4);
      for (const [index, waitMs] of waits.entries()) {
        assert.ok(waitMs >= 0 && waitMs < 1_000 * 2 ** index, `${waitMs}`);
        const gapMs = (calls[index + 1]?.at ?? 0) - (calls[index]?.at ?? 0);
        assert.ok(gapMs >= Math.floor(waitMs), `${gapMs} < ${waitMs}`);
      }
      assert.ok(new Set(waits).size === 4);
    }
  });
}

test("a date that has passed is no wait", async (t) => {
  const { client, calls } = await tenant(t, {
    answers: [{ status: 503, headers: { "retry-after": "Thu, 15 Jan 2026 11:00:00 GMT" } }, { body: {} }],
    world: { now },
  });
  await client.reader("digital").get(read);
  assert.equal(calls[1]?.at, now);
});

test("a Retry-After holds back every call of the tenant, of other families and for tokens too", async (t) => {
  const { client, calls, tokens, events, world } = await tenant(t, {
    answers: (_seen, index) => (index === 0 ? { status: 429, headers: { "retry-after": "9" } } : { body: {} }),
    world: { now, auto: false },
  });
  const first = client.reader("digital").get(read);
  await until(() => events.some((event) => event.kind === "retry"));
  const all = Promise.all([first, client.reader("messaging").get(read), client.writer("digital").send(write)]);
  await world.advance(8_999);
  assert.equal(calls.length, 1);
  const waking = setInterval(() => void world.advance(1), 1);
  t.after(() => clearInterval(waking));
  await all;
  assert.equal(calls.length, 4);
  for (const seen of [...calls.slice(1), ...tokens.slice(1)]) assert.ok(seen.at >= now + 9_000, `${seen.at - now}`);
});

test("a Retry-After beyond ten minutes ends the call, says how long, and lets nothing else out either", async (t) => {
  const { client, calls } = await tenant(t, {
    answers: () => ({ status: 503, headers: { "retry-after": "3600" } }),
    world: { now },
  });
  await assert.rejects(client.reader("digital").get(read), (error) => {
    assert.ok(error instanceof Limited);
    assert.match(error.hint, /3600 s/);
    return true;
  });
  await assert.rejects(client.writer("digital").send(write), /asked to wait 3600 s more/);
  assert.equal(calls.length, 1);
});

test("after a refusal of its first try a write can still become unknown", async (t) => {
  const { client, calls } = await tenant(t, { answers: [{ status: 429 }, { status: 500 }] });
  await assert.rejects(client.writer("digital").send(write), UnknownOutcome);
  assert.equal(calls.length, 2);
});

test("a preference batch is sent again after a 429, with its key", async (t) => {
  const { client, calls } = await tenant(t, { answers: [{ status: 429 }, { body: [] }] });
  await client.writer("preferences").send({ ...write, path: "batch", body: [], urgent: true });
  assert.deepEqual(
    calls.map((seen) => seen.headers["x-idempotency-key"]),
    ["key-1", "key-1"],
  );
});

test("in a storm the retries stay within their budget, and urgent writes keep their share", async (t) => {
  const { client, calls } = await tenant(t, { answers: () => ({ status: 503 }) });
  for (let count = 0; count < 60; count += 1) await assert.rejects(client.reader("digital").get(read), Limited);
  assert.equal(calls.length, 70);
  await assert.rejects(client.writer("digital").send(write), /retries .* are spent/);
  assert.equal(calls.length, 71);
  for (let count = 0; count < 4; count += 1)
    await assert.rejects(client.writer("digital").send({ ...write, urgent: true }), Limited);
  assert.equal(calls.length, 71 + 4 + 10);
  assert.equal(client.tally.retries, 20);
});

test("the tally counts requests, tokens, retries and writes", async (t) => {
  const { client } = await tenant(t, { answers: [{ status: 503 }, { body: {} }, { status: 201, body: {} }] });
  await client.reader("digital").get(read);
  await client.writer("digital").send(write);
  assert.deepEqual(client.tally, { requests: 3, tokens: 1, retries: 1, writes: 1 });
});

test("the configured pace is never exceeded, tokens and all families included", async (t) => {
  const { client, calls, tokens } = await tenant(t, { answers: () => ({ body: {} }) });
  await Promise.all(
    Array.from({ length: 300 }, (_, index) => client.reader(index % 2 === 0 ? "digital" : "messaging").get(read)),
  );
  const times = [...calls, ...tokens].map((seen) => seen.at).sort((left, right) => left - right);
  assert.equal(times.length, 302);
  assertPaced(times, 50, 10);
  // And it is used: 302 requests at 50/s after a burst of 10.
  const tookMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  assert.ok(tookMs <= (302 / 50) * 1_000, `${tookMs} ms`);
});

for (const { requestsPerSecond, burst } of [
  { requestsPerSecond: 50, burst: 1 },
  { requestsPerSecond: 7, burst: 3 },
  { requestsPerSecond: 0.5, burst: 0.2 },
  { requestsPerSecond: 100_000, burst: 1 },
]) {
  test(`${requestsPerSecond}/s with a burst of ${burst} is kept`, async () => {
    const world = testWorld({ now });
    const pace = createPace(world.clock, { requestsPerSecond, burst }, { patienceMs: 600_000 });
    const times: number[] = [];
    for (let count = 0; count < 40; count += 1) {
      assert.equal(await pace.take(), true);
      times.push(world.clock.now());
    }
    assertPaced(times, requestsPerSecond, Math.max(1, burst));
  });
}

test("a 429 halves the pace at once, and 90 % of it is back within 60 s", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, { requestsPerSecond: 50, burst: 10 }, { patienceMs: 600_000 });
  assert.equal(pace.slowDown(world.clock.elapsed()), 25);
  const start = world.clock.now();
  const times: number[] = [];
  while (world.clock.now() < start + 60_000) {
    await pace.take();
    times.push(world.clock.now() - start);
  }
  const within = (from: number, to: number): number => times.filter((time) => time >= from && time < to).length;
  assert.ok(within(0, 1_000) <= 27 && within(0, 1_000) >= 20, `${within(0, 1_000)}`);
  for (let second = 1; second < 10; second += 1) {
    assert.ok(within(second * 1_000, second * 1_000 + 1_000) <= 25 + 2.5 * (second + 1) + 1);
  }
  assert.ok(within(59_000, 60_000) >= 45, `${within(59_000, 60_000)}`);
  assertPaced(times, 50, 10);
});

test("a storm of 429s does not bring the pace to a halt, and late answers do not halve it again", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, { requestsPerSecond: 50, burst: 10 }, { patienceMs: 600_000 });
  await world.clock.sleep(1_000);
  assert.equal(pace.slowDown(500), 25);
  assert.equal(pace.slowDown(500), undefined);
  for (let count = 0; count < 100; count += 1) pace.slowDown(world.clock.elapsed());
  const start = world.clock.now();
  let taken = 0;
  while (world.clock.now() < start + 60_000) {
    await pace.take();
    taken += 1;
  }
  assert.ok(taken > 1_500, `${taken}`);
});

for (const jumpMs of [-86_400_000, 86_400_000]) {
  test(`a wall clock that is set by ${jumpMs / 3_600_000} h neither shuts the gate nor opens it`, async () => {
    const world = testWorld({ now });
    const pace = createPace(world.clock, { requestsPerSecond: 10, burst: 1 }, { patienceMs: 600_000 });
    await pace.take();
    pace.shutUntil(world.clock.elapsed() + 5_000);
    assert.equal(pace.slowDown(world.clock.elapsed()), 5);
    world.setNow(now + jumpMs);
    assert.equal(pace.shutForMs(), 5_000);
    await pace.take();
    assert.equal(world.clock.elapsed(), 5_000);
    await pace.take();
    assert.ok(world.clock.elapsed() <= 5_200, `${world.clock.elapsed()} ms`);
  });
}

const ten = { requestsPerSecond: 10, burst: 1 };

test("what is missing for a turn is slept for at once, and no longer", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, ten, { patienceMs: 600_000 });
  await pace.take();
  await world.clock.sleep(50);
  await pace.take();
  assert.deepEqual(world.sleeps, [50, 50]);
});

test("a slowed pace sleeps for its share, which recovers from the time of the halving on", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, ten, { patienceMs: 600_000 });
  await world.clock.sleep(10_000);
  assert.equal(pace.slowDown(10_000), 5);
  await pace.take();
  assert.equal(world.sleeps[1], 200, "half the pace");
  await world.clock.sleep(800);
  await pace.take();
  await pace.take();
  assert.equal(world.sleeps[3], 182, "after a second a twentieth more");
});

test("a gate that is shut for exactly as long as the patience is waited for, and says how long it is shut", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, ten, { patienceMs: 1_000 });
  await world.clock.sleep(500);
  pace.shutUntil(1_500);
  assert.equal(pace.shutForMs(), 1_000);
  assert.equal(await pace.take(), true);
  assert.deepEqual([world.clock.elapsed(), pace.shutForMs()], [1_500, 0]);
  pace.shutUntil(2_501);
  assert.equal(await pace.take(), false);
  assert.equal(world.clock.elapsed(), 1_500);
});

test("interrupted, the pace gives turns as before and sits out no shut gate", async () => {
  const world = testWorld({ now });
  const pace = createPace(world.clock, ten, { patienceMs: 600_000, signal: AbortSignal.abort() });
  assert.deepEqual([await pace.take(), await pace.take()], [true, true]);
  assert.equal(world.clock.elapsed(), 100);
  pace.shutUntil(200);
  assert.equal(await pace.take(), false);
  await world.clock.sleep(100);
  assert.equal(await pace.take(), true, "open from that moment on");
});

test("an interrupt ends the waits for a retry and for the pace", async (t) => {
  const stop = new AbortController();
  const { client, calls } = await tenant(t, {
    answers: () => ({ status: 503, headers: { "retry-after": "60" } }),
    world: { now, auto: false },
    connect: { signal: stop.signal },
  });
  const waiting = assert.rejects(client.writer("digital").send(write), Unreachable);
  await until(() => calls.length === 1);
  setTimeout(() => stop.abort(), 20);
  await waiting;
  assert.equal(calls.length, 1);
});

test("400 is never retried", async (t) => {
  const { client, calls } = await tenant(t, { answers: [{ status: 400, headers: { "retry-after": "1" } }] });
  await assert.rejects(client.writer("digital").send(write), Refused);
  assert.equal(calls.length, 1);
});

/** In no span do more requests leave than the burst and what the span earned. */
function assertPaced(times: readonly number[], requestsPerSecond: number, burst: number): void {
  // The greatest excess over any span, in one pass: what was used minus what was earned, against its least so far.
  let least = Number.POSITIVE_INFINITY;
  for (const [index, time] of times.entries()) {
    const earned = (time * requestsPerSecond) / 1_000;
    least = Math.min(least, index - earned);
    const excess = index + 1 - earned - least;
    assert.ok(excess <= burst + 1e-3, `${excess} requests beyond the earned ones at ${time - (times[0] ?? 0)} ms`);
  }
}
