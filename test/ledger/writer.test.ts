// The writer of one run to the last branch: who claims, what joins an append, what a lost race is told, what a content's hash is named.
import assert from "node:assert/strict";
import test from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import { digest, sha256 } from "../../src/base/digest.ts";
import { Claimed } from "../../src/base/failure.ts";
import { Bug } from "../../src/base/invariant.ts";
import type { EntryDraft, LedgerAppend, LedgerStore } from "../../src/contract/entry.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import {
  environment,
  facts,
  firstContent,
  holder,
  intent,
  type MemoryStore,
  memoryStore,
  result,
  secondContent,
} from "./scene.ts";

const open = (store: LedgerStore) => openLedger(store, { environment });
const named = (content: typeof firstContent) => ({ digest: digest(content), content });

test("a run claims once: before its first entry, and not while something waits", async () => {
  const run = (await open(memoryStore())).begin(facts(1));
  assert.equal(run.hasClaimed, false);
  await run.claim({ reason: "to wait" });
  assert.equal(run.hasClaimed, true);
  await assert.rejects(run.claim(), Bug);
  const busy = (await open(memoryStore())).begin(facts(1));
  const first = busy.append([intent(1, firstContent)]);
  await assert.rejects(busy.claim(), Bug);
  await first;
  const behind = gate(memoryStore());
  const writing = (await open(behind.store)).begin(facts(1));
  const under = writing.append([intent(1, firstContent)]);
  await turn();
  await turn();
  await assert.rejects(writing.claim(), Bug, "a write is under way");
  behind.open();
  await under;
});

test("a claim given first is the claim: no second one is made", async () => {
  const ledger = await open(memoryStore());
  const run = ledger.begin(facts(1));
  await run.append([{ phase: "claim", actor: "grace" }, intent(1, firstContent)]);
  assert.deepEqual(
    ledger.entries.map((entry) => [entry.phase, entry.actor]),
    [
      ["claim", "grace"],
      ["intent", undefined],
    ],
  );
});

test("a run that wrote nothing releases nothing, and is over; one that is writing waits for its end", async () => {
  const store = memoryStore();
  const run = (await open(store)).begin(facts(1));
  await run.release();
  assert.equal(store.appends.length, 0);
  assert.throws(() => void run.append([intent(1, firstContent)]), Bug);
  const ledger = await open(store);
  const busy = ledger.begin(facts(2));
  const append = busy.append([intent(1, firstContent)]);
  const release = busy.release({ reason: "done" });
  await Promise.all([append, release]);
  assert.deepEqual(
    ledger.entries.map((entry) => entry.phase),
    ["claim", "intent", "release"],
  );
  assert.equal(ledger.entries.at(-1)?.reason, "done");
  assert.equal(ledger.entries.at(-1)?.actor, undefined, "a run's own release names nobody: its claim does");
  assert.throws(() => void busy.append([intent(2, firstContent)]), Bug);
  assert.equal(store.appends.length, 1, "what waits together goes out together");
  assert.ok(store.appends[0]?.state !== undefined, "an append with the end in it brings the state");
});

test("callers of one moment share an append, and each gets its own entries", async () => {
  const store = memoryStore();
  const run = (await open(store)).begin(facts(1));
  const [left, right] = await Promise.all([
    run.append([intent(1, firstContent), intent(2, secondContent)]),
    run.append([result(1)]),
  ]);
  assert.deepEqual(
    left.map((entry) => [entry.seq, entry.phase]),
    [
      [2, "intent"],
      [3, "intent"],
    ],
  );
  assert.deepEqual(
    right.map((entry) => [entry.seq, entry.phase]),
    [[4, "result"]],
  );
  assert.equal(store.appends.length, 1);
  assert.deepEqual(await run.append([]), []);
  assert.equal(store.appends.length, 1);
});

test("after a failed append the run writes no more, and the ledger is as it was", async () => {
  const store = memoryStore();
  const broken = new Error("the disk is gone");
  let isBroken = true;
  const ledger = await open({
    ...store,
    append: async (change: LedgerAppend) => {
      if (isBroken) throw broken;
      return store.append(change);
    },
  });
  const run = ledger.begin(facts(1));
  await assert.rejects(run.append([intent(1, firstContent)]), broken);
  isBroken = false;
  await assert.rejects(run.append([intent(1, firstContent)]), broken);
  await run.release();
  assert.deepEqual(ledger.entries, []);
  assert.deepEqual(ledger.state.resources, {});
  assert.equal(store.appends.length, 0);
});

test("what a later run could not read is never written, and the ledger is as it was", async () => {
  for (const wrong of [
    { status: Object.prototype },
    { latencyMs: Number.NaN },
    { phase: "intend" },
    { reason: "\ud83d" },
  ]) {
    const store = memoryStore();
    const ledger = await open(store);
    await assert.rejects(ledger.begin(facts(1)).append([{ ...result(1), ...wrong } as EntryDraft]), (error) => {
      assert.ok(error instanceof Bug || error instanceof TypeError, String(error));
      return true;
    });
    assert.equal(store.files.size, 0);
    assert.equal(ledger.entries.length, 0);
  }
});

test("a failed release leaves the state as the entries before it made it", async () => {
  const store = memoryStore();
  let fails = false;
  const ledger = await open({
    ...store,
    append: async (change: LedgerAppend) => {
      if (fails) throw new Error("no");
      return store.append(change);
    },
  });
  const run = ledger.begin(facts(1));
  await run.append([intent(1, firstContent)]);
  const before = structuredClone(ledger.state);
  fails = true;
  await assert.rejects(Promise.all([run.append([result(1)]), run.release()]));
  assert.deepEqual(ledger.state, before);
});

test("the recovery's release names who recovered; without an actor nobody", async () => {
  for (const actor of ["grace", undefined]) {
    const store = memoryStore();
    await (await open(store)).begin(facts(1)).append([intent(1, firstContent)]);
    const ledger = await open(store);
    const clock = facts(1).clock;
    const run = ledger.recover(actor === undefined ? { clock } : { clock, actor });
    assert.equal(run?.hasClaimed, true);
    await run?.release();
    assert.deepEqual(
      ledger.entries.map((entry) => [entry.phase, entry.actor]),
      [
        ["claim", "ada"],
        ["intent", undefined],
        ["release", actor],
      ],
    );
    assert.equal(ledger.entries.at(-1)?.run, ledger.entries[0]?.run);
    assert.equal("actor" in (ledger.entries.at(-1) ?? {}), actor !== undefined);
  }
});

test("who comes second is told whose claim it is, since when and from where, as far as is known", async () => {
  const store = memoryStore();
  await (await open(store)).begin(facts(1)).append([intent(1, firstContent)]);
  const late = (await open(store)).begin(facts(2));
  await assert.rejects(late.append([intent(2, firstContent)]), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(
      error.message,
      /^environment harbour is claimed by run \S+-00000001 of ada on quay \(process 4711\) since 2026-11-20T/,
    );
    assert.match(error.hint, /cxform unlock/);
    return true;
  });
  const bare = memoryStore();
  const { actor: _actor, holder: _holder, ...nobody } = facts(1);
  await (await open(bare)).begin(nobody).append([intent(1, firstContent)]);
  await assert.rejects(
    (await open(bare)).begin(facts(2)).append([result(1)]),
    /is claimed by run \S+-00000001 since 2026/,
  );
});

test("a race lost at the store: to a claim that is open, to a run that has ended, to what cannot be told", async () => {
  const lost = async (winner: (store: MemoryStore) => Promise<void>): Promise<Claimed> => {
    const store = memoryStore();
    const late = (await open(store)).begin(facts(2));
    await winner(store);
    const error = await late.append([intent(2, firstContent)]).then(
      () => assert.fail("it won"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Claimed);
    return error;
  };
  const begin = async (store: MemoryStore, ends: boolean, more: object = {}): Promise<void> => {
    const run = (await open(store)).begin(facts(1, more));
    await run.append([intent(1, firstContent)]);
    if (ends) await run.release();
  };
  assert.match((await lost((store) => begin(store, false))).message, /is claimed by run \S+-00000001 of ada on quay/);
  const ended = await lost((store) => begin(store, true));
  assert.match(
    ended.message,
    /^run \S+-00000001 of ada wrote to the ledger of environment harbour after this run had read it$/,
  );
  assert.equal(ended.hint, "Run the command again: it plans from what that run has left.");
  const { actor: _actor, ...nobody } = facts(1);
  const unnamed = await lost(async (store) => {
    const run = (await open(store)).begin(nobody);
    await run.append([intent(1, firstContent)]);
    await run.release();
  });
  assert.match(unnamed.message, /^run \S+-00000001 wrote to/);
  const vanished = await lost(async (store) => {
    await begin(store, true);
    for (const file of [...store.files.keys()]) if (file.startsWith("audit/")) store.files.delete(file);
  });
  assert.match(vanished.message, /^another run wrote to the ledger/);
  const store = memoryStore();
  const never = (await open({ ...store, append: async () => false })).begin(facts(2));
  await assert.rejects(never.append([intent(1, firstContent)]), /another run wrote to the ledger/);
});

test("the first writer of a content decides its masking: its hash is named wherever it is not the digest", async () => {
  const store = memoryStore();
  const ledger = await open(store);
  const run = ledger.begin(facts(1));
  const masked = { body: "(sensitive)" };
  const name = digest(secondContent);
  await run.append(
    [intent(1, firstContent), intent(2, secondContent)],
    [named(firstContent), { digest: name, content: masked }],
  );
  await run.append(
    [
      result(2, { digest: name, contentHash: "0".repeat(64) }),
      result(1, { digest: digest(firstContent), contentHash: "0".repeat(64) }),
    ],
    [named(secondContent)],
  );
  await run.append([
    {
      phase: "event",
      action: "records",
      address: "PreferenceBatch/may",
      version: 1,
      chunk: "c",
      digest: name,
      contentDigest: "d",
      contentHash: "9".repeat(64),
    },
  ]);
  await run.append([
    intent(3, firstContent, { digest: "7".repeat(64), contentHash: "8".repeat(64) }),
    { phase: "event", action: "validated", contentHash: "6".repeat(64) },
  ]);
  const hash = sha256(canonical(masked));
  assert.deepEqual(
    ledger.entries.map((entry) => entry.contentHash),
    [undefined, undefined, hash, hash, undefined, "9".repeat(64), "8".repeat(64), "6".repeat(64)],
  );
  assert.equal(await store.read(`content/${name}.json`), canonical(masked));
});

test("a content goes to the store once, however often it is given", async () => {
  const store = memoryStore();
  const run = (await open(store)).begin(facts(1, { holder }));
  await run.append([intent(1, firstContent)], [named(firstContent), named(firstContent), named(secondContent)]);
  await run.append([intent(2, firstContent)], [named(firstContent)]);
  assert.deepEqual(
    store.appends.map((change) => change.contents.map((one) => one.digest)),
    [[digest(firstContent), digest(secondContent)], []],
  );
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A store whose appends wait until it is opened. */
function gate(store: MemoryStore): { readonly store: LedgerStore; open(): void } {
  let release: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  const append = async (change: LedgerAppend): Promise<boolean> => {
    await opened;
    return store.append(change);
  };
  return { store: { ...store, append }, open: () => release() };
}
