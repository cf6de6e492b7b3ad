// A storm of refusals in virtual time: a tenant in memory that refuses everything for a while, and a client that always has more to send. Knows no kind.

import { Failure } from "../../src/base/failure.ts";
import { connect } from "../../src/cxone/client.ts";
import { testWorld } from "../../test/_world/world.ts";
import { settingsAt } from "../../test/cxone/tenant.ts";

export interface Storm {
  /** What is answered to every call. */
  readonly status: 429 | 503;
  /** What the refusals ask for by Retry-After; absent: they ask for nothing. */
  readonly retryAfter?: { readonly seconds: number; readonly as: "seconds" | "date" };
  readonly stormMs: number;
  /** How long it is watched afterwards. */
  readonly afterMs: number;
  readonly seed: number;
}

export interface StormEnd {
  /** Calls that were made during the storm, and requests that left for them. */
  readonly operations: number;
  readonly requests: number;
  /** Requests that left before the time that an answer had asked for. */
  readonly early: number;
  /** Repeated requests of opt-outs and of everything else, while it stormed. */
  readonly optOutRetries: number;
  readonly otherRetries: number;
  /** From the storm's end until requests leave at 90 % of the pace. */
  readonly recoveryMs: number;
  readonly pacePerSecond: number;
}

/** What a storm may cost (RELIABILITY §4): repeats are at most 10 % of the calls, and never under 10 in all. */
export function mostRequests(operations: number): number {
  return 1.1 * operations + 10;
}

const requestsPerSecond = 50;
const latencyMs = 20;
const workers = 8;
/** Every so many calls one is an opt-out. */
const optOutEvery = 20;

export async function storm({ status, retryAfter, stormMs, afterMs, seed }: Storm): Promise<StormEnd> {
  const sent: { readonly at: number; readonly isToken: boolean }[] = [];
  let [shutUntil, early] = [0, 0];
  const answer = async (url: string): Promise<Response> => {
    const isToken = url.includes("/token");
    const at = world.clock.now();
    sent.push({ at, isToken });
    if (at < shutUntil) early += 1;
    await world.clock.sleep(latencyMs);
    if (isToken) return Response.json({ access_token: "t", token_type: "Bearer", expires_in: 1_000_000 });
    if (at >= endAt) return Response.json({});
    if (retryAfter === undefined) return Response.json({ message: "storm" }, { status });
    const now = world.clock.now();
    const untilAt = now + retryAfter.seconds * 1_000;
    // A date has whole seconds: it is rounded up, and binds as it is written.
    const dateAt = Math.ceil(untilAt / 1_000) * 1_000;
    shutUntil = Math.max(shutUntil, retryAfter.as === "date" ? dateAt : untilAt);
    const header = retryAfter.as === "date" ? new Date(dateAt).toUTCString() : String(retryAfter.seconds);
    return Response.json({ message: "storm" }, { status, headers: { "Retry-After": header } });
  };
  let retries = { optOut: 0, other: 0 };
  const world = testWorld({ seed });
  const { now } = world.clock;
  const endAt = now() + stormMs;
  const client = connect({
    settings: settingsAt("http://127.0.0.1:9"),
    credentials: () => ({ clientId: "storm", clientSecret: "storm-secret", variables: ["ID", "SECRET"] }),
    rateLimit: { requestsPerSecond, burst: 10 },
    // In memory nothing is on the network: the world's own count of fetches would only hold time back.
    world: {
      clock: world.clock,
      chance: world.chance,
      fetch: (input) => answer(input instanceof Request ? input.url : String(input)),
    },
    version: "0.0.0",
    onEvent(event) {
      if (event.kind !== "retry" || now() > endAt) return;
      if (event.path.endsWith("/batch")) retries = { ...retries, optOut: retries.optOut + 1 };
      else retries = { ...retries, other: retries.other + 1 };
    },
  });
  let operations = 0;
  const worker = async (): Promise<void> => {
    while (now() < endAt + afterMs) {
      operations += 1;
      const number = operations;
      const isOptOut = number % optOutEvery === 0;
      try {
        await client.writer(isOptOut ? "preferences" : "messaging").send({
          method: "POST",
          path: isOptOut ? "batch" : "templates",
          body: { number },
          idempotencyKey: `key-${number}`,
          ...(isOptOut ? { urgent: true } : {}),
        });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
      if (now() < endAt) during = operations;
    }
  };
  let during = 0;
  await Promise.all(Array.from({ length: workers }, worker));
  const calls = sent.filter((one) => !one.isToken);
  return {
    operations: during,
    requests: calls.filter((one) => one.at < endAt).length,
    early,
    optOutRetries: retries.optOut,
    otherRetries: retries.other,
    ...recovery(
      calls.map((one) => one.at).filter((at) => at >= endAt),
      endAt,
      afterMs,
    ),
  };
}

/** When the first second began in which 90 % of the pace left, and the pace from then on. */
function recovery(
  times: readonly number[],
  endAt: number,
  afterMs: number,
): { readonly recoveryMs: number; readonly pacePerSecond: number } {
  const seconds = Array.from(
    { length: afterMs / 1_000 },
    (_, second) => times.filter((at) => at >= endAt + second * 1_000 && at < endAt + (second + 1) * 1_000).length,
  );
  const index = seconds.findIndex((count) => count >= 0.9 * requestsPerSecond);
  if (index === -1) return { recoveryMs: Number.POSITIVE_INFINITY, pacePerSecond: 0 };
  const after = seconds.slice(index, -1);
  return {
    recoveryMs: (index + 1) * 1_000,
    pacePerSecond: after.reduce((sum, count) => sum + count, 0) / after.length,
  };
}
