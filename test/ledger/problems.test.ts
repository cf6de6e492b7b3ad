// What verification says of each sort of damage, in its whole: where, in which file, and in which words, in the order of the chain.
import assert from "node:assert/strict";
import test from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import { digest, sha256 } from "../../src/base/digest.ts";
import { LedgerUnusable } from "../../src/base/failure.ts";
import type { Entry, LedgerStore } from "../../src/contract/entry.ts";
import type { Json } from "../../src/contract/json.ts";
import { auditFile, contentFile, documentText, hashOf, lineOf } from "../../src/ledger/chain.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import {
  environment,
  facts,
  fillLedger,
  firstContent,
  intent,
  memoryStore,
  result,
  runName,
  secondContent,
} from "./scene.ts";

type Texts = Map<string, string>;
const [one, two] = [auditFile(runName(1)), auditFile(runName(2))];
const [plain, masked] = [firstContent, secondContent].map((content) => contentFile(digest(content))) as [
  string,
  string,
];
const notHead = "does not name the last entry; `cxform audit rebuild` repairs it when a run was cut off";
const notState = "is not what the entries derive; `cxform audit rebuild` writes it anew";

async function filled(): Promise<Texts> {
  const store = memoryStore();
  await fillLedger(store);
  return new Map([...store.files].map(([file, bytes]) => [file, Buffer.from(bytes).toString("utf8")]));
}

const storeOf = (texts: Texts): LedgerStore =>
  memoryStore(new Map([...texts].map(([file, text]) => [file, Buffer.from(text)])));

async function problemsAfter(damage: (texts: Texts) => void, expected?: string): Promise<readonly string[]> {
  const texts = await filled();
  damage(texts);
  const { ok, problems, firstBadSeq } = await verifyLedger(storeOf(texts), expected);
  assert.equal(ok, problems.length === 0);
  assert.equal(firstBadSeq, problems[0]?.seq);
  return problems.map(({ seq, file, message }) => `${seq ?? "-"} ${file} ${message}`);
}

const text = (texts: Texts, file: string): string => texts.get(file) as string;
const entryOf = (texts: Texts, file: string, number: number): Entry =>
  JSON.parse(text(texts, file).split("\n")[number] as string) as Entry;
const withLine = (texts: Texts, file: string, number: number, line: string): unknown =>
  texts.set(file, text(texts, file).split("\n").with(number, line).join("\n"));
const rehashed = (entry: Entry): string => lineOf({ ...entry, hash: hashOf(entry) });
const head = (texts: Texts, seq: Json): unknown =>
  texts.set("HEAD.json", `${canonical({ ...(JSON.parse(text(texts, "HEAD.json")) as object), seq } as Json)}\n`);

test("an entry that was changed is named with what is wrong with it", async () => {
  assert.deepEqual(
    await problemsAfter((texts) => withLine(texts, one, 2, lineOf({ ...entryOf(texts, one, 2), reason: "x" }))),
    [`3 ${one} hash does not match the entry`],
  );
  assert.deepEqual(
    await problemsAfter((texts) => withLine(texts, one, 0, JSON.stringify({ z: 1, ...entryOf(texts, one, 0) }))),
    [`1 ${one} the line is not the canonical form of its entry`],
  );
  const moved = await problemsAfter((texts) =>
    withLine(texts, one, 2, rehashed({ ...entryOf(texts, one, 2), seq: 7 })),
  );
  assert.deepEqual(moved.slice(0, 1), [`3 ${one} seq is 7 where 3 belongs`]);
  const strange = await problemsAfter((texts) =>
    withLine(texts, two, 3, rehashed({ ...entryOf(texts, two, 3), run: runName(1), environment: "pier" })),
  );
  assert.deepEqual(
    strange.filter((line) => line.startsWith(`9 ${two}`)),
    [`9 ${two} the entry is of run ${runName(1)}`, `9 ${two} the entry is of environment pier, not of ${environment}`],
  );
});

test("a line that is no entry, a file without one, and a last line that was cut are named with their place", async () => {
  const [first] = await problemsAfter((texts) => withLine(texts, one, 4, "{}"));
  assert.equal(first, `5 ${one} seq is missing or of another form`);
  const third = auditFile(runName(3));
  assert.deepEqual(await problemsAfter((texts) => texts.set(third, "")), [
    `10 ${third} the file holds no complete entry`,
  ]);
  assert.deepEqual(await problemsAfter((texts) => texts.set(two, `${text(texts, two)}{"seq`)), [
    `10 ${two} the last line is incomplete`,
  ]);
});

test("names that no run and no content has are named, and nothing else is said of them", async () => {
  assert.deepEqual(await problemsAfter((texts) => texts.set("audit/notes.txt", "x")), [
    "- audit/notes.txt no run has a file of this name",
  ]);
  assert.deepEqual(await problemsAfter((texts) => texts.set("content/notes.txt", "x")), [
    "- content/notes.txt no content has a file of this name",
  ]);
});

test("HEAD.json is missing, behind, ahead or of another form, and is said to be", async () => {
  assert.deepEqual(await problemsAfter((texts) => texts.delete("HEAD.json")), ["9 HEAD.json is missing"]);
  assert.deepEqual(await problemsAfter((texts) => head(texts, 10)), ["10 HEAD.json names entry 10, the last one is 9"]);
  for (const [seq, place] of [
    [8, 9],
    [1, 2],
    [0, 9],
    [-1, 9],
    [2.5, 4],
    [10.5, 9],
    ["3", 9],
    [null, 9],
    [9, 9],
  ] as const)
    assert.deepEqual(
      await problemsAfter((texts) => {
        head(texts, seq);
        if (seq === 9) texts.set("HEAD.json", text(texts, "HEAD.json").replace(runName(2), runName(1)));
      }),
      [`${place} HEAD.json ${notHead}`],
      `${seq}`,
    );
  assert.deepEqual(await problemsAfter((texts) => texts.set("HEAD.json", "none")), [`9 HEAD.json ${notHead}`]);
  const alone = await verifyLedger(storeOf(new Map([["HEAD.json", text(await filled(), "HEAD.json")]])));
  assert.deepEqual(alone.problems, [{ seq: 1, file: "HEAD.json", message: "names an entry, but there is none" }]);
});

test("state.json is missing, of a newer format, or another than the entries derive", async () => {
  assert.deepEqual(await problemsAfter((texts) => texts.delete("state.json")), [
    "- state.json is missing; `cxform audit rebuild` writes it",
  ]);
  assert.deepEqual(await problemsAfter((texts) => texts.set("state.json", documentText({ formatVersion: 2 }))), [
    "- state.json has format 2, which only a newer cxform reads",
  ]);
  for (const other of ["{}\n", "", "none"])
    assert.deepEqual(await problemsAfter((texts) => texts.set("state.json", other)), [`- state.json ${notState}`]);
  const alone = await verifyLedger(storeOf(new Map([["state.json", text(await filled(), "state.json")]])));
  assert.deepEqual(alone.problems, [{ file: "state.json", message: notState }]);
});

test("while a run is open, state.json may be missing or that of an earlier entry, and of no other", async () => {
  const store = memoryStore();
  await (await openLedger(store, { environment }))
    .begin(facts(1))
    .append([intent(1, firstContent)], [{ digest: digest(firstContent), content: firstContent }]);
  assert.deepEqual((await verifyLedger(store)).problems, []);
  store.files.set("state.json", Buffer.from(documentText({ formatVersion: 1, head: "0".repeat(64) })));
  assert.deepEqual((await verifyLedger(store)).problems, [{ file: "state.json", message: notState }]);
});

test("a content is missing, changed or of another form, at the entry that names it", async () => {
  assert.deepEqual(await problemsAfter((texts) => texts.delete(plain)), [`2 ${plain} is missing`]);
  assert.deepEqual(await problemsAfter((texts) => texts.set(masked, "{}")), [`7 ${masked} was changed`]);
  // Its entry names the hash of the very bytes: what is no canonical JSON was written so.
  for (const odd of ['{"b": 1}', "none"]) {
    const store = memoryStore();
    const run = (await openLedger(store, { environment })).begin(facts(1));
    await run.append([{ phase: "event", action: "noted", digest: digest("odd"), contentHash: sha256(odd) }]);
    await run.release();
    const file = contentFile(digest("odd"));
    store.files.set(file, Buffer.from(odd));
    assert.deepEqual((await verifyLedger(store)).problems, [{ seq: 2, file, message: "is not canonical JSON" }]);
  }
});

test("an order of problems is the chain's, and what no entry is wrong for comes last", async () => {
  const said = await problemsAfter((texts) => {
    texts.set("content/notes.txt", "x");
    texts.delete(masked);
    texts.delete(plain);
    texts.delete("HEAD.json");
    texts.delete("state.json");
  });
  assert.deepEqual(said, [
    `2 ${plain} is missing`,
    `7 ${masked} is missing`,
    "9 HEAD.json is missing",
    "- state.json is missing; `cxform audit rebuild` writes it",
    "- content/notes.txt no content has a file of this name",
  ]);
});

test("another environment is told by what was expected, else by the first entry; an unreadable store is no problem of the ledger's", async () => {
  const said = await problemsAfter(() => undefined, "pier");
  assert.equal(said.length, 9);
  assert.equal(said[0], `1 ${one} the entry is of environment ${environment}, not of pier`);
  const store = memoryStore();
  await fillLedger(store);
  const broken: LedgerStore = {
    ...store,
    read: async (file) => {
      if (file === plain) throw new LedgerUnusable("EIO", { hint: "Run again." });
      return store.read(file);
    },
  };
  await assert.rejects(verifyLedger(broken), LedgerUnusable);
});

test("a ledger in order has no problem and no first bad entry, nor has one whose only problem is no entry's", async () => {
  const texts = await filled();
  assert.deepEqual(await verifyLedger(storeOf(texts)), { ok: true, entries: 9, problems: [] });
  texts.set("audit/notes.txt", "x");
  assert.ok(!("firstBadSeq" in (await verifyLedger(storeOf(texts)))));
  const store = storeOf(await filled());
  const vanished: LedgerStore = {
    ...store,
    list: async (folder) => [...(await store.list(folder)), ...(folder === "audit" ? [auditFile(runName(7))] : [])],
  };
  assert.deepEqual((await verifyLedger(vanished)).problems, []);
});

test("a second result is told at its own place", async () => {
  const store = memoryStore();
  const run = (await openLedger(store, { environment })).begin(facts(1));
  const contents = [{ digest: digest(firstContent), content: firstContent }];
  await run.append([intent(1, firstContent), result(1), result(1)], contents);
  await run.release();
  assert.deepEqual((await verifyLedger(store)).problems, [
    { seq: 4, file: one, message: "the result answers no open intent" },
  ]);
});

test("while a run is open, state.json of the last released run is in order, and one of its own is not", async () => {
  const store = memoryStore();
  await fillLedger(store);
  const contents = [{ digest: digest(firstContent), content: firstContent }];
  await (await openLedger(store, { environment })).begin(facts(3)).append([intent(3, firstContent)], contents);
  assert.deepEqual((await verifyLedger(store)).problems, []);
  const whole = Buffer.from(store.files.get("state.json") ?? []).toString("utf8");
  store.files.set("state.json", Buffer.from(whole.replace("parcel_v2", "parcel_v9")));
  assert.deepEqual((await verifyLedger(store)).problems, [{ file: "state.json", message: notState }]);
});
