// A request of a dead run that lands after the next run has read CXone (RELIABILITY §2.3 S5): still one guest session, also without keys.
import assert from "node:assert/strict";
import test from "node:test";
import { applyShop, planShop, shopWorld } from "../../scripts/reliability/reconcile.ts";
import { openShop, startDouble } from "../../scripts/reliability/shop.ts";

const isGuestPost = (input: string | URL | Request, init?: RequestInit): boolean => {
  const request = input instanceof Request ? input : new Request(input, init);
  return request.method === "POST" && request.url.endsWith("/guests");
};

const cases = [true, false].flatMap((hasKeys) => [1, 2].map((afterRead) => ({ hasKeys, afterRead })));

for (const { hasKeys, afterRead } of cases) {
  const name = `a dead run's request that lands after read ${afterRead} of the next run makes no second session where keys are ${hasKeys ? "honoured" : "ignored"}`;
  test(name, async () => {
    const double = await startDouble({ capabilities: { idempotencyKeys: hasKeys } });
    const shop = openShop({ url: double.url, hasKeys, requestLifeMs: 100 });
    try {
      shop.publish("first");
      const world = shopWorld();
      let land: (() => Promise<unknown>) | undefined;
      await new Promise<void>((died, ended) => {
        const dying: typeof globalThis.fetch = (input, init) => {
          if (!isGuestPost(input, init)) return globalThis.fetch(input, init);
          land = () => globalThis.fetch(input, init);
          died();
          return new Promise<never>(() => undefined);
        };
        // A process that is not there, so that the next run knows that this one is dead.
        const holder = { ...world.holder, pid: 2 ** 22 + 7 };
        applyShop(shop.dir, { ...world, holder, fetch: dying }).then(
          () => ended(new Error("the run did not die")),
          ended,
        );
      });
      let reads = 0;
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const answer = await globalThis.fetch(input, init);
        const url = input instanceof Request ? input.url : String(input);
        if (!url.includes("/guests?")) return answer;
        reads += 1;
        // Right after a read that has found no session.
        if (reads === afterRead) await land?.();
        return answer;
      };
      const { exit, outcomes } = await applyShop(shop.dir, { ...world, fetch });
      assert.equal(exit, 0, JSON.stringify(outcomes));
      assert.ok(reads > 0, "the next run sent without having read");
      assert.equal(double.world.list("guests").length, 1);
      assert.deepEqual((await planShop(shop.dir)).plan.steps, []);
    } finally {
      await double.close();
      shop.remove();
    }
  });
}
