// Damage of every sort is found, and an undamaged ledger is not blamed (RELIABILITY §4: 100 % detected, with checkpoint).
import assert from "node:assert/strict";
import test from "node:test";
import { BrokenChain, Failure } from "../../src/base/failure.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import { auditFile, documentText, hashOf, lineOf, link, parseLine } from "../../src/ledger/chain.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { environment, facts, fillLedger, firstContent, intent, memoryStore, result, runName } from "./scene.ts";

async function filled(): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  await fillLedger(store);
  return store.files;
}

const storeOf = (files: ReadonlyMap<string, Uint8Array>): ReturnType<typeof memoryStore> => memoryStore(new Map(files));

const linesOf = (files: ReadonlyMap<string, Uint8Array>, run: number): string[] =>
  Buffer.from(files.get(auditFile(runName(run))) ?? [])
    .toString("utf8")
    .trimEnd()
    .split("\n");

const withLines = (
  files: ReadonlyMap<string, Uint8Array>,
  run: number,
  lines: readonly string[],
): ReturnType<typeof memoryStore> =>
  memoryStore(new Map(files).set(auditFile(runName(run)), Buffer.from(lines.map((line) => `${line}\n`).join(""))));

test("an undamaged ledger verifies, an empty one too", async () => {
  assert.deepEqual(await verifyLedger(memoryStore()), { ok: true, entries: 0, problems: [] });
  assert.deepEqual(await verifyLedger(storeOf(await filled()), environment), { ok: true, entries: 9, problems: [] });
});

test("every flipped bit of every file is found", async () => {
  const store = memoryStore();
  const run = (await openLedger(store, { environment })).begin(facts(1));
  const masked = { digest: "5".repeat(64), content: { body: "(sensitive) ✓" } };
  await run.append([intent(1, firstContent), result(1, { digest: masked.digest })], [contentOf(), masked]);
  await run.release();
  const { files } = store;
  let flips = 0;
  for (const [file, bytes] of files) {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        const { ok } = await verifyLedger(memoryStore(new Map(files).set(file, changed)));
        assert.equal(ok, false, `${file} byte ${at} bit ${bit}`);
        flips++;
      }
    }
  }
  assert.ok(flips > 15_000, `${flips}`);
});

test("every file cut at every byte is found, and every missing file", async () => {
  const files = await filled();
  for (const [file, bytes] of files) {
    for (let at = 0; at < bytes.length; at++) {
      const { ok } = await verifyLedger(memoryStore(new Map(files).set(file, bytes.subarray(0, at))));
      assert.equal(ok, false, `${file} cut at ${at}`);
    }
    const without = new Map(files);
    without.delete(file);
    assert.equal((await verifyLedger(memoryStore(without))).ok, false, file);
  }
});

/** What an apply reads before it may begin. */
async function used(store: LedgerStore): Promise<void> {
  const ledger = await openLedger(store, { environment });
  for (const { versions } of Object.values(ledger.state.resources))
    for (const version of versions) await ledger.content(version.digest);
}

test("what does not verify is refused by whoever would apply on it, unless a rebuild mends it", async () => {
  const files = await filled();
  const damaged: [what: string, files: Map<string, Uint8Array>][] = [];
  for (const [file, bytes] of files) {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
      damaged.push([`${file} byte ${at}`, new Map(files).set(file, flipped)]);
    }
    const without = new Map(files);
    without.delete(file);
    damaged.push([`${file} is missing`, without]);
    const text = Buffer.from(bytes).toString("utf8");
    damaged.push([`${file} with CRLF`, new Map(files).set(file, Buffer.from(text.replaceAll("\n", "\r\n")))]);
  }
  const first = files.get(auditFile(runName(1))) as Uint8Array;
  for (const file of [
    "audit/notes.txt",
    "audit/2026/11/copy.ndjson",
    auditFile(runName(1)).replace("/2026/", "/2025/"),
  ])
    damaged.push([`${file} beside the others`, new Map(files).set(file, first)]);
  let refused = 0;
  for (const [what, changed] of damaged) {
    const store = memoryStore(new Map(changed));
    try {
      await used(store);
      await rebuildLedger(store, environment);
    } catch (error) {
      assert.ok(error instanceof Failure, `${what}: ${error}`);
      refused++;
      continue;
    }
    assert.deepEqual((await verifyLedger(store)).problems, [], what);
  }
  assert.ok(refused > damaged.length / 2, `${refused} of ${damaged.length}`);
});

test("a dropped, doubled or swapped line is named by the first seq that is wrong", async () => {
  const files = await filled();
  const lines = linesOf(files, 1);
  assert.equal(lines.length, 5);
  for (let at = 0; at < lines.length; at++) {
    const dropped = await verifyLedger(withLines(files, 1, lines.toSpliced(at, 1)));
    assert.equal(dropped.firstBadSeq, at + 1, `dropped ${at}`);
    const doubled = await verifyLedger(withLines(files, 1, lines.toSpliced(at, 0, lines[at] as string)));
    assert.equal(doubled.firstBadSeq, at + 2, `doubled ${at}`);
  }
  for (let at = 1; at < lines.length; at++) {
    const swapped = lines.toSpliced(at - 1, 2, lines[at] as string, lines[at - 1] as string);
    assert.equal((await verifyLedger(withLines(files, 1, swapped))).firstBadSeq, at, `swapped ${at}`);
  }
});

test("a last record that was hashed anew is found by HEAD.json", async () => {
  const files = await filled();
  const lines = linesOf(files, 2);
  const parsed = parseLine(lines.at(-1) as string);
  assert.ok("entry" in parsed);
  const { hash: _hash, ...body } = parsed.entry;
  const forged = link({ ...body, actor: "mallory" }, body);
  assert.equal(hashOf(forged), forged.hash);
  const verified = await verifyLedger(withLines(files, 2, [...lines.slice(0, -1), lineOf(forged)]));
  assert.equal(verified.firstBadSeq, 9);
});

test("HEAD.json set back to each earlier entry is found at the entry after it", async () => {
  const files = await filled();
  for (const line of [...linesOf(files, 1), ...linesOf(files, 2).slice(0, -1)]) {
    const parsed = parseLine(line);
    assert.ok("entry" in parsed);
    const { seq, hash, run } = parsed.entry;
    const store = storeOf(files);
    store.files.set("HEAD.json", Buffer.from(documentText({ seq, hash, run, file: auditFile(run) })));
    assert.equal((await verifyLedger(store)).firstBadSeq, seq + 1);
  }
});

test("a file of another name, of no run, or empty is found", async () => {
  const files = await filled();
  const renamed = new Map(files);
  renamed.set(auditFile(runName(8)), renamed.get(auditFile(runName(2))) as Uint8Array);
  renamed.delete(auditFile(runName(2)));
  assert.equal((await verifyLedger(memoryStore(renamed))).firstBadSeq, 6);
  for (const file of ["audit/notes.txt", "content/notes.txt", auditFile(runName(3))]) {
    const { problems } = await verifyLedger(memoryStore(new Map(files).set(file, Buffer.from(""))));
    assert.deepEqual(
      problems.map((problem) => problem.file),
      [file],
    );
  }
});

test("the order of files is the chain's, not that of their names: a clock may go back", async () => {
  const store = memoryStore();
  for (const number of [5, 3]) {
    const run = (await openLedger(store, { environment })).begin(facts(number));
    await run.append([intent(number, firstContent), result(number)], [contentOf()]);
    await run.release();
  }
  assert.deepEqual((await verifyLedger(store)).problems, []);
  assert.equal((await openLedger(store, { environment })).entries.length, 8);
});

test("results without an intent and second results are found", async () => {
  for (const drafts of [[result(1)], [intent(1, firstContent), result(1), result(1)]]) {
    const store = memoryStore();
    const run = (await openLedger(store, { environment })).begin(facts(1));
    await run.append(drafts, [contentOf()]);
    await run.release();
    const { problems } = await verifyLedger(store);
    assert.deepEqual(
      problems.map((problem) => problem.message),
      ["the result answers no open intent"],
    );
  }
});

test("an announcement repeated under one key needs one result", async () => {
  const store = memoryStore();
  const run = (await openLedger(store, { environment })).begin(facts(1));
  await run.append([intent(1, firstContent), intent(1, firstContent), result(1)], [contentOf()]);
  await run.release();
  assert.deepEqual((await verifyLedger(store)).problems, []);
});

test("while a run is open, state.json is still that of the last released run", async () => {
  const store = storeOf(await filled());
  await (await openLedger(store, { environment })).begin(facts(3)).append([intent(3, firstContent)]);
  assert.deepEqual((await verifyLedger(store)).problems, []);
  const text = Buffer.from(store.files.get("state.json") ?? []).toString("utf8");
  store.files.set("state.json", Buffer.from(text.replace("parcel_v2", "parcel_v3")));
  assert.deepEqual(
    (await verifyLedger(store)).problems.map((problem) => problem.file),
    ["state.json"],
  );
});

test("an environment that is not the expected one is found", async () => {
  assert.equal((await verifyLedger(storeOf(await filled()), "pier")).firstBadSeq, 1);
});

test("opening refuses a tampered chain with the seq, and never ends in a bug", async () => {
  const files = await filled();
  const lines = linesOf(files, 1);
  await assert.rejects(openLedger(withLines(files, 1, lines.toSpliced(2, 1)), { environment }), (error) => {
    assert.ok(error instanceof BrokenChain);
    assert.equal(error.seq, 3);
    return true;
  });
  const file = auditFile(runName(2));
  const bytes = files.get(file) as Uint8Array;
  for (let at = 0; at < bytes.length; at++) {
    await refusesOrOpens(memoryStore(new Map(files).set(file, bytes.subarray(0, at))), true);
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] as number) ^ 0x04;
    await refusesOrOpens(memoryStore(new Map(files).set(file, changed)), false);
  }
});

async function refusesOrOpens(store: LedgerStore, mustRefuse: boolean): Promise<void> {
  try {
    await openLedger(store, { environment });
    assert.equal(mustRefuse, false, "opened a ledger whose tail was cut before HEAD");
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
  }
}

test("rebuild writes state.json and a HEAD.json that fell behind, and nothing else", async () => {
  const files = await filled();
  const store = storeOf(files);
  store.files.set("state.json", Buffer.from("{}"));
  assert.equal((await openLedger(store, { environment })).isUnfinished, true);
  const rebuilt = await rebuildLedger(store, environment);
  assert.deepEqual([rebuilt.entries, rebuilt.isRepaired], [9, false]);
  assert.deepEqual(store.files, files);
});

test("rebuild writes a lost HEAD.json anew, unless state.json knew of more entries than there are", async () => {
  const files = await filled();
  for (const lost of [["HEAD.json"], ["HEAD.json", "state.json"]]) {
    const left = new Map(files);
    for (const file of lost) left.delete(file);
    const store = memoryStore(left);
    await assert.rejects(openLedger(store, { environment }), /HEAD\.json is missing beside 9 entries/);
    const rebuilt = await rebuildLedger(store, environment);
    assert.deepEqual([rebuilt.entries, rebuilt.isRepaired], [9, true]);
    assert.deepEqual(store.files, files);
  }
  const cut = new Map(files);
  cut.delete("HEAD.json");
  const lines = linesOf(files, 2);
  cut.set(auditFile(runName(2)), Buffer.from(`${lines.slice(0, -1).join("\n")}\n`));
  await assert.rejects(rebuildLedger(memoryStore(cut), environment), (error) => {
    assert.ok(error instanceof BrokenChain);
    assert.deepEqual([error.seq, /state\.json was made of entries beyond 8/.test(error.message)], [9, true]);
    return true;
  });
});

test("rebuild refuses a chain whose hashes do not match, and an empty ledger needs none", async () => {
  const files = await filled();
  const lines = linesOf(files, 1);
  const forged = (lines[0] as string).replace('"ada"', '"eve"');
  await assert.rejects(
    rebuildLedger(withLines(files, 1, [forged, ...lines.slice(1)]), environment),
    /entry 1: hash does not match/,
  );
  await assert.rejects(rebuildLedger(storeOf(files), "pier"), /belongs to environment harbour/);
  const empty = memoryStore();
  assert.equal((await rebuildLedger(empty, environment)).entries, 0);
  assert.equal(empty.files.size, 0);
});

function contentOf(): { readonly digest: string; readonly content: typeof firstContent } {
  return { digest: intent(1, firstContent).digest as string, content: firstContent };
}
