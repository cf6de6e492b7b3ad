// Whose opt-out is open: read from every declared batch, and in doubt everybody's (RELIABILITY I1).
import assert from "node:assert/strict";
import test from "node:test";
import { openOptOuts } from "../../src/apply/open-opt-outs.ts";
import { RecordsChanged } from "../../src/base/failure.ts";
import type { Declared } from "../../src/contract/declared.ts";
import type { Kind } from "../../src/contract/kind.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { type BatchOf, chunkOf, declaredOf, record, recordsKind } from "./batches.ts";
import { scene } from "./scene.ts";

const keyOf = (number: number): string => recordsKind.recordKey(record(number, true));

/** The numbers, of 0 to 9, whose opt-in is held; chunks of `answered` have been answered before. */
async function held(batches: readonly BatchOf[], answered: readonly (readonly [string, string])[] = []) {
  const { ledger, run } = await scene({ replies: [] });
  for (const [address, chunk] of answered)
    await run.append([
      { phase: "event", action: "records", address, version: 1, chunk, contentDigest: "d".repeat(64) },
    ]);
  const others = kinds.filter((kind) => kind.lifecycle !== "records");
  const strangers = others.map((kindDefinition: Kind) => ({ kindDefinition }) as unknown as Declared);
  const unread = { ...declaredOf({ address: "PreferenceBatch/none", chunks: [] }), records: undefined };
  const isHeld = await openOptOuts([...strangers, unread as unknown as Declared, ...batches.map(declaredOf)], ledger);
  return Array.from({ length: 10 }, (_, number) => number).filter((number) => isHeld(keyOf(number)));
}

test("the opt-outs that are not answered are held, of each batch, and no opt-in", async () => {
  const [done, open, other] = [chunkOf(2, true, 0), chunkOf(2, true, 2), chunkOf(1, true, 7)];
  const may = { address: "PreferenceBatch/may", chunks: [done, open, chunkOf(2, false, 4)] };
  const june = { address: "PreferenceBatch/june", chunks: [other] };
  assert.deepEqual(await held([may, june], [[may.address, done.digest]]), [2, 3, 7]);
  assert.deepEqual(await held([]), []);
});

test("what is answered in one batch is open in another that says it, too", async () => {
  const same = chunkOf(1, true, 3);
  const may = { address: "PreferenceBatch/may", chunks: [same] };
  const june = { address: "PreferenceBatch/june", chunks: [same] };
  assert.deepEqual(await held([may, june], [[may.address, same.digest]]), [3]);
});

test("a batch of which nothing is open is not read again", async () => {
  const done = chunkOf(1, true, 0);
  const changesAfter = { count: 0, error: new Error("it was read") };
  const may = { address: "PreferenceBatch/may", chunks: [done, chunkOf(1, false, 5)], changesAfter };
  assert.deepEqual(await held([may], [[may.address, done.digest]]), []);
});

test("where a file has changed nobody can tell, so everybody is held; a defect is thrown on", async () => {
  const changed = { count: 1, error: new RecordsChanged("it changed", { hint: "" }) };
  const may = { address: "PreferenceBatch/may", chunks: [chunkOf(1, true, 0), chunkOf(1, true, 1)] };
  assert.equal((await held([{ ...may, changesAfter: changed }])).length, 10);
  const bug = new TypeError("ours");
  await assert.rejects(held([{ ...may, changesAfter: { count: 1, error: bug } }]), bug);
});
