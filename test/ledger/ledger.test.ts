// Runs and what a ledger says of them: claims, group commit, overtaking, recovery, refusals.
import assert from "node:assert/strict";
import test from "node:test";
import { digest } from "../../src/base/digest.ts";
import { BrokenChain, Claimed, LedgerUnusable } from "../../src/base/failure.ts";
import type { EntryDraft, LedgerStore } from "../../src/contract/entry.ts";
import { contentFile, documentText, genesis } from "../../src/ledger/chain.ts";
import { derive } from "../../src/ledger/derive.ts";
import { openLedger, recoverable } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { ownRun, released } from "../../src/ledger/run.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { testWorld } from "../_world/world.ts";
import {
  address,
  environment,
  facts,
  fillLedger,
  firstContent,
  holder,
  intent,
  memoryStore,
  result,
  runName,
  secondContent,
} from "./scene.ts";

const open = (store: LedgerStore): ReturnType<typeof openLedger> => openLedger(store, { environment });

test("an empty ledger has a state, no head and no claim", async () => {
  const ledger = await open(memoryStore());
  assert.deepEqual(ledger.state, { formatVersion: 1, environment, head: genesis, resources: {} });
  assert.equal(ledger.head, undefined);
  assert.equal(ledger.openClaim, undefined);
  assert.equal(ledger.isUnfinished, false);
});

test("a run with nothing to record writes nothing", async () => {
  const store = memoryStore();
  const run = (await open(store)).begin(facts(1));
  assert.deepEqual(await run.append([]), []);
  await run.release();
  assert.equal(run.hasClaimed, false);
  assert.equal(store.files.size, 0);
});

test("the claim goes out with the first entry and says who, what and where", async () => {
  const store = memoryStore();
  const ledger = await open(store);
  const run = ledger.begin(facts(1, { steps: ["sha256:s1"], planDigest: "sha256:p1", operator: "op" }));
  const [entry] = await run.append([intent(1, firstContent)]);
  assert.equal(store.appends.length, 1);
  const [claim] = ledger.entries;
  assert.equal(entry?.seq, 2);
  assert.equal(entry?.prev, claim?.hash);
  assert.deepEqual(
    { ...claim, at: "", hash: "" },
    {
      ...{ phase: "claim", seq: 1, at: "", run: runName(1), environment, prev: genesis, hash: "" },
      ...{ actor: "ada", commit: "c0ffee", holder, steps: ["sha256:s1"], planDigest: "sha256:p1", operator: "op" },
    },
  );
  assert.equal(entry?.at, "2026-11-20T10:00:01.000Z");
  assert.equal(ledger.openClaim?.entry.run, runName(1));
  assert.deepEqual(ledger.openClaim?.openIntents, [entry]);
  assert.ok(ledger.claimedSteps.has("sha256:s1"));
});

test("an explicit claim is written at once and adds to the facts", async () => {
  const store = memoryStore();
  const ledger = await open(store);
  const run = ledger.begin(facts(1));
  await run.claim({ planDigest: "sha256:late", steps: ["sha256:x"] });
  assert.equal(ledger.entries.length, 1);
  assert.equal(ledger.entries[0]?.planDigest, "sha256:late");
  await run.append([intent(1, firstContent)]);
  assert.deepEqual(
    ledger.entries.map((entry) => entry.phase),
    ["claim", "intent"],
  );
});

test("callers that wait while a write is under way go out together, each with its own entries", async () => {
  const inner = memoryStore();
  let appends = 0;
  let letGo: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const store: LedgerStore = {
    ...inner,
    async append(change) {
      appends++;
      if (appends === 1) await gate;
      return inner.append(change);
    },
  };
  const ledger = await open(store);
  const run = ledger.begin(facts(1));
  const first = run.append([intent(1, firstContent)]);
  await new Promise((resolve) => setImmediate(resolve));
  const later = [2, 3, 4, 5].map((version) => run.append([intent(version, secondContent), result(version)]));
  letGo();
  await first;
  const entries = await Promise.all(later);
  assert.equal(appends, 2);
  assert.deepEqual(
    entries.map((pair) => pair.map((entry) => [entry.phase, entry.version])),
    [
      [
        ["intent", 2],
        ["result", 2],
      ],
      [
        ["intent", 3],
        ["result", 3],
      ],
      [
        ["intent", 4],
        ["result", 4],
      ],
      [
        ["intent", 5],
        ["result", 5],
      ],
    ],
  );
  assert.deepEqual(
    ledger.entries.map((entry) => entry.seq),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

test("the release writes the state, and the incremental state is the derived one", async () => {
  const store = memoryStore();
  await fillLedger(store);
  const ledger = await open(store);
  assert.equal(ledger.isUnfinished, false);
  assert.equal(ledger.openClaim, undefined);
  assert.equal(decodeFile(store, "state.json"), documentText(ledger.state));
  assert.deepEqual(ledger.state, derive(ledger.entries, environment));
  assert.equal(ledger.generation("create", address, 1), 1);
  assert.equal(ledger.generation("create", address, 2), 0);
  assert.deepEqual(await ledger.content(digest(firstContent)), firstContent);
  assert.deepEqual(await ledger.content(digest(secondContent)), { body: "(sensitive)" });
  assert.equal(await ledger.content("d".repeat(64)), undefined);
});

test("appending after the release is a bug, and a second release too", async () => {
  const run = (await open(memoryStore())).begin(facts(1));
  await run.append([intent(1, firstContent)]);
  await run.release();
  await assert.rejects(async () => run.append([result(1)]), { name: "Bug" });
  await assert.rejects(async () => run.release(), { name: "Bug" });
});

test("of two runs that read the same ledger the second is refused, told whose it is, and stays refused", async () => {
  const store = memoryStore();
  const [left, right] = [await open(store), await open(store)];
  const first = left.begin(facts(1, { actor: "ada" }));
  const second = right.begin(facts(2, { actor: "grace" }));
  await first.append([intent(1, firstContent)]);
  await assert.rejects(second.append([intent(1, firstContent)]), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(error.message, new RegExp(`harbour is claimed by run ${runName(1)} of ada on quay`));
    assert.match(error.hint, /cxform unlock/);
    return true;
  });
  assert.equal(right.entries.length, 0);
  assert.equal(second.hasClaimed, false);
  await first.append([result(1)]);
  await first.release();
  await assert.rejects(second.append([intent(1, firstContent)]), Claimed);
  const third = (await open(store)).begin(facts(3));
  await third.append([result(2, { action: "newVersion" })]);
});

test("a run that ended after this one read is named as such", async () => {
  const store = memoryStore();
  const late = (await open(store)).begin(facts(9));
  await fillLedger(store);
  await assert.rejects(
    late.append([intent(3, firstContent)]),
    /run 20261120T100002Z-00000002 of grace wrote to the ledger/,
  );
});

test("a ledger with an open claim can be read, and begins no run", async () => {
  const store = memoryStore();
  await (await open(store)).begin(facts(1)).append([intent(1, firstContent)]);
  const ledger = await open(store);
  assert.equal(ledger.openClaim?.entry.run, runName(1));
  await assert.rejects(ledger.begin(facts(2)).append([intent(2, secondContent)]), Claimed);
  assert.equal(store.appends.length, 1);
});

test("recovery ends a dead run in its own name, with its intents' results", async () => {
  const store = memoryStore();
  await (await open(store)).begin(facts(1)).append([intent(1, firstContent)]);
  const ledger = await open(store);
  const run = ledger.recover(facts(7, { actor: "grace" }));
  assert.ok(run !== undefined);
  await run.append([result(1)]);
  assert.deepEqual(ledger.openClaim?.openIntents, []);
  await run.release({ reason: "its process had ended" });
  assert.equal(ledger.openClaim, undefined);
  assert.equal(ledger.recover(facts(7)), undefined);
  const release = ledger.entries.at(-1);
  assert.deepEqual([release?.run, release?.actor, release?.reason], [runName(1), "grace", "its process had ended"]);
  await ledger.begin(facts(2)).append([intent(2, secondContent)]);
  assert.deepEqual(
    ledger.entries.map((entry) => entry.run),
    [1, 1, 1, 1, 2, 2].map(runName),
  );
});

test("an unlocked run's open intents stay open", async () => {
  const store = memoryStore();
  const ledger = await open(store);
  await ledger.begin(facts(1)).append([intent(1, firstContent)]);
  const reopened = await open(store);
  await reopened.recover(facts(2))?.release();
  assert.deepEqual(
    (await open(store)).openIntents.map((entry) => entry.idempotencyKey),
    ["key-1"],
  );
});

test("a holder is dead, here, or not to be judged", async () => {
  const ledger = await open(memoryStore());
  await ledger.begin(facts(1)).append([intent(1, firstContent)]);
  const claim = ledger.openClaim;
  assert.ok(claim !== undefined);
  const alive = { holder, isDead: async () => false, unreleased: new Set<string>() };
  assert.equal(await recoverable(claim, { ...alive, isDead: async () => true }), "dead");
  assert.equal(await recoverable(claim, { ...alive, holder: { ...holder, pid: 1 } }), "alive");
  assert.equal(await recoverable(claim, { ...alive, holder: { ...holder, host: "pier" } }), "unknown");
  assert.equal(await recoverable(claim, { ...alive, holder: { ...holder, bootId: "b2" } }), "unknown");
  assert.equal(await recoverable(claim, { ...alive, unreleased: new Set([runName(1)]) }), "dead");
});

test("a run whose end the ledger did not take is known to its process, and no other run", async () => {
  for (const [failsFrom, isKnown] of [
    [0, true],
    [1, true],
    [2, true],
    [3, false],
  ] as const) {
    const world = testWorld();
    const inner = memoryStore();
    const store: LedgerStore = {
      ...inner,
      async append(change) {
        if (inner.appends.length >= failsFrom) throw new LedgerUnusable("the network is gone", { hint: "" });
        return inner.append(change);
      },
    };
    const run = (await open(store)).begin(ownRun(world));
    const work = released(run, async () => {
      await run.append([intent(1, firstContent)]);
      await run.append([result(1)]);
      await run.release();
    });
    await (isKnown ? assert.rejects(work, LedgerUnusable) : work);
    assert.deepEqual([...world.unreleased], isKnown ? [run.id] : [], `appends fail from ${failsFrom} on`);
  }
});

test("a run that never wrote holds nothing that its process need know", async () => {
  const world = testWorld();
  const run = (await open(memoryStore())).begin(ownRun(world));
  await assert.rejects(
    released(run, async () => {
      throw new LedgerUnusable("nothing was read", { hint: "" });
    }),
    LedgerUnusable,
  );
  assert.deepEqual([...world.unreleased], []);
});

test("after a failed append a run writes no more and its ledger is unchanged", async () => {
  const inner = memoryStore();
  let isFailing = false;
  const store: LedgerStore = {
    ...inner,
    async append(change) {
      if (isFailing) throw new LedgerUnusable("the ledger folder cannot be written: EIO", { hint: "Check the disk." });
      return inner.append(change);
    },
  };
  const ledger = await open(store);
  const run = ledger.begin(facts(1));
  await run.append([intent(1, firstContent)]);
  const { state } = ledger;
  isFailing = true;
  await assert.rejects(run.append([result(1)]), LedgerUnusable);
  isFailing = false;
  await assert.rejects(run.release(), LedgerUnusable);
  assert.equal(ledger.state, state);
  assert.equal(inner.appends.length, 1);
});

test("another environment's ledger and a newer format are refused", async () => {
  const store = memoryStore();
  await fillLedger(store);
  await assert.rejects(openLedger(store, { environment: "pier" }), /belongs to environment harbour, not to pier/);
  store.files.delete("state.json");
  await assert.rejects(openLedger(store, { environment: "pier" }), LedgerUnusable);
  store.files.set("state.json", Buffer.from('{"formatVersion":2}'));
  await assert.rejects(open(store), /the ledger has format 2/);
});

test("a newer format is neither rebuilt nor called damage that a rebuild would mend", async () => {
  const store = memoryStore();
  await fillLedger(store);
  const newer = Buffer.from('{"formatVersion":2}');
  store.files.set("state.json", newer);
  await assert.rejects(rebuildLedger(store, environment), /the ledger has format 2/);
  assert.deepEqual(store.files.get("state.json"), newer);
  const { ok, problems } = await verifyLedger(store, environment);
  assert.equal(ok, false);
  assert.deepEqual(problems, [{ file: "state.json", message: "has format 2, which only a newer cxform reads" }]);
});

test("a changed content file is found when it is read", async () => {
  const store = memoryStore();
  await fillLedger(store);
  store.files.set(contentFile(digest(firstContent)), Buffer.from('{"body":"forged"}'));
  await assert.rejects((await open(store)).content(digest(firstContent)), (error) => {
    assert.ok(error instanceof BrokenChain);
    assert.equal(error.seq, 2);
    return true;
  });
});

test("the first masking of a content stays, whatever a later writer hands in", async () => {
  const store = memoryStore();
  await fillLedger(store);
  const ledger = await open(store);
  const run = ledger.begin(facts(3));
  const again: EntryDraft = intent(3, secondContent, { contentHash: "e".repeat(64) });
  const [entry] = await run.append([again], [{ digest: digest(secondContent), content: { body: "(hidden)" } }]);
  assert.equal(entry?.contentHash, digest({ body: "(sensitive)" }));
  await run.append([result(3)]);
  await run.release();
  assert.deepEqual((await verifyLedger(store)).problems, []);
});

test("a hostile address is a key like any other", async () => {
  const store = memoryStore();
  const ledger = await open(store);
  const run = ledger.begin(facts(1));
  await run.append([intent(1, firstContent, { address: "__proto__" })]);
  assert.deepEqual(Object.keys(ledger.state.resources), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>)["versions"], undefined);
});

function decodeFile(store: { files: Map<string, Uint8Array> }, file: string): string {
  return Buffer.from(store.files.get(file) ?? []).toString("utf8");
}
