// One project applied through the fault proxy until it is healed, then once more: everything must stand, each object once. Knows nothing of how many rounds there are.
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../src/base/failure.ts";
import { seededChance } from "../../test/_world/world.ts";
import { type ProxyFault, proxyFaults, startFaultProxy } from "./fault-proxy.ts";
import { applyShop, planShop, shopWorld, verifyShop } from "./reconcile.ts";
import { holdings, openShop, startDouble } from "./shop.ts";

export interface ProxyRound {
  readonly seed: number;
  /** Whether CXone honours idempotency keys; without them no request is sent twice, which nobody could notice. */
  readonly hasKeys: boolean;
  /** Of 100 requests, how many are broken. */
  readonly percent: number;
  /** Applies through the broken network, before it heals. */
  readonly applies: number;
}

export interface ProxyEnd {
  readonly counts: ReadonlyMap<ProxyFault, number>;
  readonly wrongs: readonly string[];
}

/** Longer than a late request is held back. */
const requestLifeMs = 80;

export async function proxyRound({ seed, hasKeys, percent, applies }: ProxyRound): Promise<ProxyEnd> {
  const { fraction } = seededChance(seed);
  const double = await startDouble({ capabilities: { idempotencyKeys: hasKeys } });
  const faults = proxyFaults.filter((fault) => hasKeys || fault !== "twice");
  const targetPort = Number(new URL(double.url).port);
  const proxy = await startFaultProxy({ targetPort, percent, faults, longestMs: requestLifeMs / 2, fraction });
  const shop = openShop({ url: proxy.url, hasKeys, requestLifeMs });
  const wrongs: string[] = [];
  try {
    shop.publish("first");
    for (let at = 0; at < applies; at += 1) {
      try {
        await applyShop(shop.dir, hurriedWorld());
      } catch (error) {
        // A read that never came through ends a run before any change: typed, and mended by the next one.
        if (!(error instanceof Failure)) throw error;
      }
    }
    await proxy.heal();
    await new Promise((resolve) => setTimeout(resolve, requestLifeMs));
    const { exit, outcomes } = await applyShop(shop.dir, hurriedWorld());
    const failed = outcomes.filter((outcome) => outcome.status !== "ok");
    wrongs.push(...failed.map(({ address, status, error }) => `${address} is ${status}: ${error}`));
    if (exit !== 0) wrongs.push(`the apply after the network healed ended with exit ${exit}`);
    const { plan } = await planShop(shop.dir);
    wrongs.push(...plan.steps.map((step) => `the next plan has a step: ${step.action} ${step.address}`));
    wrongs.push(...(await verifyShop(shop.ledgerDir)).problems.map(({ file, message }) => `${file}: ${message}`));
    const held = holdings(double).filter((line) => hasKeys || !line.startsWith("webhook"));
    const wanted = (await undisturbed()).filter((line) => hasKeys || !line.startsWith("webhook"));
    if (!isDeepStrictEqual(held, wanted)) wrongs.push(`CXone holds ${held.join("; ")}`);
    return { counts: proxy.counts, wrongs };
  } finally {
    await proxy.close();
    await double.close();
    shop.remove();
  }
}

/** Backoff is proved elsewhere (the storm); here its seconds become milliseconds. What is shorter stays as it is. */
function hurriedWorld() {
  const world = shopWorld();
  const { sleep } = world.clock;
  return {
    ...world,
    clock: {
      ...world.clock,
      sleep: (ms: number, signal?: AbortSignal) => sleep(ms > 500 && signal === undefined ? ms / 100 : ms, signal),
    },
  };
}

let wanted: Promise<readonly string[]> | undefined;
/** What CXone holds when nothing is broken. */
function undisturbed(): Promise<readonly string[]> {
  wanted ??= (async () => {
    const double = await startDouble();
    const shop = openShop({ url: double.url, hasKeys: true });
    try {
      shop.publish("first");
      await applyShop(shop.dir);
      return holdings(double);
    } finally {
      await double.close();
      shop.remove();
    }
  })();
  return wanted;
}
