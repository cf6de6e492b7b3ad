// The folder store on a real disk: layout, torn tails, planted links, locks, races.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import { digest } from "../../src/base/digest.ts";
import { BrokenChain, Claimed, LedgerUnusable } from "../../src/base/failure.ts";
import type { Json } from "../../src/contract/json.ts";
import { auditFile, contentFile, genesis, lineOf, link } from "../../src/ledger/chain.ts";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { bundledModule } from "../_world/bundled.ts";
import {
  environment,
  facts,
  fillLedger,
  firstContent,
  folderStore,
  holder,
  intent,
  result,
  runName,
  secondContent,
  temporaryFolder,
} from "./scene.ts";

const racer = await bundledModule("test/ledger/racer.ts");

const open = (dir: string): Promise<Ledger> => openLedger(folderStore(dir), { environment });
const content = { digest: digest(firstContent), content: firstContent };

async function filledFolder(context: TestContext): Promise<string> {
  const dir = join(temporaryFolder(context), "ledger");
  await fillLedger(folderStore(dir));
  return dir;
}

/** Every file, with `.` ones: nothing may be left over. */
function filesOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((item) => !item.isDirectory())
    .map((item) => join(item.parentPath, item.name).slice(dir.length + 1))
    .sort();
}

/** As if the process had ended between the lines' sync and HEAD.json: the lines are there, HEAD.json is not yet moved. */
async function cutBeforeHead(dir: string, work: () => Promise<unknown>): Promise<void> {
  const kept = ["HEAD.json", "state.json"].filter((file) => existsSync(join(dir, file)));
  for (const file of kept) copyFileSync(join(dir, file), join(dirname(dir), file));
  await work();
  for (const file of ["HEAD.json", "state.json"]) {
    if (kept.includes(file)) copyFileSync(join(dirname(dir), file), join(dir, file));
    else rmSync(join(dir, file), { force: true });
  }
}

test("the folder is that of INTERFACE §6, with nothing left over, readable by its owner alone", async (context) => {
  const dir = await filledFolder(context);
  const expected = [
    "HEAD.json",
    auditFile(runName(1)),
    auditFile(runName(2)),
    contentFile(digest(firstContent)),
    contentFile(digest(secondContent)),
    "state.json",
  ];
  assert.deepEqual(filesOf(dir), expected);
  for (const file of expected) assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file);
  const head = JSON.parse(readFileSync(join(dir, "HEAD.json"), "utf8")) as Record<string, unknown>;
  assert.deepEqual(Object.keys(head).sort(), ["file", "hash", "run", "seq"]);
  assert.deepEqual([head.seq, head.run, head.file], [9, runName(2), auditFile(runName(2))]);
  assert.equal(readFileSync(join(dir, contentFile(digest(firstContent))), "utf8"), canonical(firstContent));
  assert.deepEqual((await verifyLedger(folderStore(dir), environment)).problems, []);
});

test("a run with nothing to record makes no folder", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  await (await open(dir)).begin(facts(1)).release();
  assert.equal(existsSync(dir), false);
});

test("two runs from two opens: the second append is refused and writes nothing", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const [left, right] = [await open(dir), await open(dir)];
  await left.begin(facts(1)).append([intent(1, firstContent)], [content]);
  const before = filesOf(dir);
  await assert.rejects(right.begin(facts(2)).append([intent(1, secondContent)]), Claimed);
  assert.deepEqual(filesOf(dir), before);
});

test("a line torn at any byte beyond HEAD.json is cut, and the next run goes on", async (context) => {
  const base = temporaryFolder(context);
  const dir = join(base, "ledger");
  await fillLedger(folderStore(dir));
  const file = auditFile(runName(3));
  const run = (await open(dir)).begin(facts(3));
  await run.append([intent(3, firstContent)], [content]);
  const size = statSync(join(dir, file)).size;
  await cutBeforeHead(dir, () => run.append([result(3)]));
  const whole = readFileSync(join(dir, file));
  for (let at = size; at < whole.length; at += 1) {
    truncateSync(join(dir, file), size);
    appendFileSync(join(dir, file), whole.subarray(size, at));
    const ledger = await open(dir);
    assert.equal(ledger.entries.length, 11, `cut at ${at}`);
    assert.equal(ledger.isUnfinished, at !== size);
    // Every cut is read; every sixteenth is gone on from, on a copy.
    if (at % 16 !== 0) continue;
    const copy = join(base, "copy");
    cpSync(dir, copy, { recursive: true });
    const recovering = (await open(copy)).recover(facts(9));
    await recovering?.append([result(3, { reason: `cut at ${at}` })]);
    await recovering?.release();
    assert.deepEqual((await verifyLedger(folderStore(copy), environment)).problems, [], `cut at ${at}`);
    rmSync(copy, { recursive: true });
  }
});

test("a first line torn at any byte is cut together with its file", async (context) => {
  const base = temporaryFolder(context);
  const line = `${lineOf(link({ phase: "claim" }, { seq: 1, at: "2026-11-20T10:00:00.000Z", run: runName(1), environment, prev: genesis }))}\n`;
  for (let at = 0; at < line.length; at += 7) {
    const dir = join(base, `at-${at}`);
    mkdirSync(dirname(join(dir, auditFile(runName(1)))), { recursive: true });
    writeFileSync(join(dir, auditFile(runName(1))), line.slice(0, at));
    const ledger = await open(dir);
    assert.equal(ledger.entries.length, 0);
    const run = ledger.begin(facts(2));
    await run.append([intent(1, firstContent)], [content]);
    await run.release();
    assert.equal(existsSync(join(dir, auditFile(runName(1)))), false);
    assert.deepEqual((await verifyLedger(folderStore(dir))).problems, [], `cut at ${at}`);
  }
});

test("the remains of a first line are cut by rebuild, also when no run writes any more", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const file = join(dir, auditFile(runName(1)));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '{"torn');
  assert.equal((await open(dir)).isUnfinished, true);
  assert.equal((await verifyLedger(folderStore(dir))).ok, false);
  const rebuilt = await rebuildLedger(folderStore(dir), environment);
  assert.deepEqual([rebuilt.entries, rebuilt.isRepaired], [0, true]);
  assert.equal(existsSync(file), false);
  assert.equal((await open(dir)).isUnfinished, false);
  assert.deepEqual((await verifyLedger(folderStore(dir))).problems, []);
});

test("rebuild of nothing makes nothing", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const rebuilt = await rebuildLedger(folderStore(dir), environment);
  assert.deepEqual([rebuilt.entries, rebuilt.isRepaired, existsSync(dir)], [0, false, false]);
});

test("lines that were synced before HEAD.json moved are part of the chain, and the next append moves HEAD.json", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const run = (await open(dir)).begin(facts(1));
  await cutBeforeHead(dir, () => run.append([intent(1, firstContent)], [content]));
  assert.equal(existsSync(join(dir, "HEAD.json")), false);
  const ledger = await open(dir);
  assert.deepEqual([ledger.entries.length, ledger.isUnfinished], [2, true]);
  assert.equal((await verifyLedger(folderStore(dir))).firstBadSeq, 2);
  const recovering = ledger.recover(facts(9));
  await recovering?.append([result(1)]);
  await cutBeforeHead(dir, async () => recovering?.release());
  const released = await open(dir);
  assert.deepEqual([released.entries.length, released.openClaim, released.isUnfinished], [4, undefined, true]);
  // The extension lies in the file before; the next run has another one.
  const next = released.begin(facts(2));
  await next.append([intent(2, secondContent), result(2)], [{ digest: digest(secondContent), content: secondContent }]);
  await next.release();
  assert.deepEqual((await verifyLedger(folderStore(dir), environment)).problems, []);
});

test("a run that did not see lines beyond HEAD.json is refused", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  await fillLedger(folderStore(dir));
  const late = (await open(dir)).begin(facts(5));
  const other = (await open(dir)).begin(facts(4));
  await cutBeforeHead(dir, () => other.append([intent(3, firstContent)]));
  await assert.rejects(late.append([intent(3, secondContent)]), Claimed);
  assert.equal((await open(dir)).entries.length, 11);
});

test("rebuild moves HEAD.json, cuts what is torn and writes state.json", async (context) => {
  const dir = await filledFolder(context);
  const run = (await open(dir)).begin(facts(3));
  await run.append([intent(3, firstContent), result(3)], [content]);
  await cutBeforeHead(dir, () => run.release());
  appendFileSync(join(dir, auditFile(runName(3))), '{"torn');
  const rebuilt = await rebuildLedger(folderStore(dir), environment);
  assert.deepEqual([rebuilt.entries, rebuilt.isRepaired], [13, true]);
  assert.deepEqual((await verifyLedger(folderStore(dir), environment)).problems, []);
});

test("rebuild writes a lost HEAD.json, and the next run goes on after it", async (context) => {
  const dir = await filledFolder(context);
  rmSync(join(dir, "HEAD.json"));
  await assert.rejects(open(dir), /HEAD\.json is missing beside 9 entries/);
  assert.equal((await rebuildLedger(folderStore(dir), environment)).isRepaired, true);
  await (await open(dir)).begin(facts(4)).append([intent(3, firstContent)]);
  assert.deepEqual((await verifyLedger(folderStore(dir), environment)).problems, []);
});

test("damage before HEAD.json is refused for appending too", async (context) => {
  const dir = await filledFolder(context);
  const ledger = await open(dir);
  const path = join(dir, auditFile(runName(2)));
  truncateSync(path, statSync(path).size - 1);
  await assert.rejects(ledger.begin(facts(3)).append([intent(3, firstContent)]), (error) => {
    assert.ok(error instanceof BrokenChain);
    assert.equal(error.seq, 9);
    return true;
  });
});

test("a link planted at a temporary name is removed and its target untouched", async (context) => {
  const base = temporaryFolder(context);
  const dir = join(base, "ledger");
  await fillLedger(folderStore(dir));
  const target = join(base, "target");
  writeFileSync(target, "mine");
  const planted = [".HEAD.json.new", ".state.json.new", `content/.${digest([1])}.json.new`];
  for (const file of planted) symlinkSync(target, join(dir, file));
  const run = (await open(dir)).begin(facts(3));
  await run.append([intent(3, [1]), result(3)], [{ digest: digest([1]), content: [1] }]);
  await run.release();
  assert.equal(readFileSync(target, "utf8"), "mine");
  assert.ok(filesOf(dir).every((file) => !file.endsWith(".new")));
  assert.deepEqual((await verifyLedger(folderStore(dir))).problems, []);
});

test("links in place of the ledger's own files and folders are not followed", async (context) => {
  const base = temporaryFolder(context);
  const whole = join(base, "whole");
  await fillLedger(folderStore(whole));
  for (const file of ["HEAD.json", "state.json", auditFile(runName(1)), "audit", "audit/2026", "content"]) {
    const dir = join(base, "linked");
    cpSync(whole, dir, { recursive: true });
    renameSync(join(dir, file), join(base, "moved"));
    symlinkSync(join(base, "moved"), join(dir, file));
    await assert.rejects(verifyLedger(folderStore(dir)), LedgerUnusable, file);
    if (file !== "content") await assert.rejects(open(dir), LedgerUnusable, file);
    rmSync(dir, { recursive: true });
    rmSync(join(base, "moved"), { recursive: true });
  }
});

test("disk errors name no path and say what to do", async (context) => {
  const base = temporaryFolder(context);
  const dir = join(base, "ledger");
  writeFileSync(dir, "a file where the folder belongs");
  for (const work of [() => open(dir), () => folderStore(dir).append(firstAppend())]) {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof LedgerUnusable);
      assert.match(error.message, /^the ledger folder cannot be (read|written): [A-Z]+$/);
      assert.equal(`${error.message}${error.hint}${error.cause}`.includes(base), false);
      return true;
    });
  }
});

test("a HEAD.json that cannot be written takes its lines back", async (context) => {
  const dir = await filledFolder(context);
  const ledger = await open(dir);
  const head = readFileSync(join(dir, "HEAD.json"));
  // A folder at the temporary name cannot be unlinked: the write of HEAD.json fails after the lines.
  mkdirSync(join(dir, ".HEAD.json.new"));
  await assert.rejects(ledger.begin(facts(3)).append([intent(3, firstContent)], [content]), LedgerUnusable);
  assert.equal(existsSync(join(dir, auditFile(runName(3)))), false);
  assert.deepEqual(readFileSync(join(dir, "HEAD.json")), head);
  assert.equal(existsSync(join(dir, ".lock")), false);
  rmSync(join(dir, ".HEAD.json.new"), { recursive: true });
  assert.deepEqual((await verifyLedger(folderStore(dir))).problems, []);
});

test("a dead process's lock is taken over, also when its taker died over it", async (context) => {
  const dir = await filledFolder(context);
  const dead = { ...holder, pid: 666 };
  const deadTaker = { ...holder, pid: 667 };
  const isDead = async (who: { readonly pid: number }): Promise<boolean> => who.pid !== holder.pid;
  writeFileSync(join(dir, ".lock"), canonical(dead as unknown as Json));
  const guard = `.lock-${digest(dead as unknown as Json).slice(0, 16)}`;
  writeFileSync(join(dir, guard), canonical(deadTaker as unknown as Json));
  const ledger = await openLedger(folderStore(dir, { isDead }), { environment });
  const run = ledger.begin(facts(3));
  await run.append([intent(3, firstContent), result(3)], [content]);
  await run.release();
  assert.deepEqual(
    filesOf(dir).filter((file) => file.startsWith(".")),
    [],
  );
  assert.deepEqual((await verifyLedger(folderStore(dir))).problems, []);
});

test("a lock that is not known to be dead is waited for, then refused with whose it is", async (context) => {
  const dir = await filledFolder(context);
  let waitedMs = 0;
  const clock = {
    async sleep(ms: number) {
      waitedMs += ms;
    },
  };
  for (const [text, whose] of [
    [canonical({ ...holder, pid: 666 } as unknown as Json), /locked by process 666 on quay/],
    ["", /locked by another process/],
  ] as const) {
    waitedMs = 0;
    writeFileSync(join(dir, ".lock"), text);
    const ledger = await openLedger(folderStore(dir, { clock }), { environment });
    await assert.rejects(ledger.begin(facts(3)).append([intent(3, firstContent)]), (error) => {
      assert.ok(error instanceof Claimed);
      assert.match(error.message, whose);
      return true;
    });
    assert.equal(waitedMs, 20_000);
  }
});

test("room for results is reserved while a run is open and given back at its end", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const run = (await open(dir)).begin(facts(1));
  await run.append([intent(1, firstContent)], [content]);
  assert.equal(statSync(join(dir, ".reserve")).size, 256 * 1024);
  await run.append([result(1)]);
  await run.release();
  assert.equal(existsSync(join(dir, ".reserve")), false);
});

test("a disk that is full but for a block or more still takes a result, and no intent after it", async (context) => {
  const disk = temporaryFolder(context);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", disk]);
  if (status !== 0) return context.skip("this machine does not let us mount a small disk");
  try {
    const free = (): number => Number(statfsSync(disk).bavail) * 4096;
    for (const left of [0, 4096, 8192, 20_480]) {
      const dir = join(disk, "ledger");
      const run = (await open(dir)).begin(facts(1));
      await run.append([intent(1, firstContent)], [content]);
      while (free() > left) appendFileSync(join(disk, "fill"), Buffer.alloc(4096));
      await run.append([{ ...result(1), reason: "x".repeat(left) }]);
      await assert.rejects(run.append([intent(2, firstContent)]), LedgerUnusable, `${left} bytes`);
      for (const name of ["ledger", "fill"]) rmSync(join(disk, name), { recursive: true, force: true });
    }
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("of processes that race, each entry is written once and the chain is whole", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const counts = await Promise.all([1, 2, 3].map((number) => startRacer(dir, number, 8).printed));
  const successes = counts.reduce((sum, count) => sum + count, 0);
  assert.ok(successes >= 1);
  const verified = await verifyLedger(folderStore(dir), environment);
  assert.deepEqual(verified.problems, []);
  assert.equal((await open(dir)).entries.filter((entry) => entry.phase === "release").length, successes);
});

test("a process that was killed while it wrote leaves a ledger with which the next one goes on", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  for (let number = 1; number <= 4; number++) {
    const racer = startRacer(dir, number, 900);
    const own = join(dir, auditFile(runName(number * 1000 + 1)));
    while (!existsSync(own)) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, number * 7));
    racer.kill();
    await assert.rejects(racer.printed, /SIGKILL/);
  }
  assert.equal(await startRacer(dir, 9, 1).printed, 1);
  const { problems } = await verifyLedger(folderStore(dir), environment);
  assert.deepEqual(problems, []);
  const ledger = await open(dir);
  assert.deepEqual([ledger.openClaim, ledger.openIntents, ledger.isUnfinished], [undefined, [], false]);
  const leftOver = filesOf(dir).filter((file) => file.startsWith(".lock") && !file.startsWith(".lock-new-"));
  assert.deepEqual(leftOver, []);
});

/** A process that opens, claims, writes and releases again and again; it answers with how often it could. */
function startRacer(
  dir: string,
  number: number,
  tries: number,
): { readonly printed: Promise<number>; readonly kill: () => void } {
  const child = spawn(process.execPath, [racer, dir, String(number), String(tries)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed = new Promise<number>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code, signal) => (code === 0 ? resolve(Number(text)) : reject(new Error(`${code ?? signal}`))));
  });
  // Whoever kills it looks at the rejection later.
  printed.catch(() => {});
  return { printed, kill: () => child.kill("SIGKILL") };
}

test("an append that is repeated after its first try got through is done once", async (context) => {
  const dir = join(temporaryFolder(context), "ledger");
  const store = folderStore(dir);
  assert.equal(await store.append(firstAppend()), true);
  assert.equal(await store.append(firstAppend()), true);
  assert.equal(await folderStore(dir).append(firstAppend()), true);
  assert.equal((await open(dir)).entries.length, 1);
});

test("a ledger of 20,000 entries is read as a whole", async (context) => {
  const dir = temporaryFolder(context);
  let prev = genesis;
  let seq = 0;
  let last = link({ phase: "claim" }, { seq: 1, at: "", run: runName(0), environment, prev });
  for (let number = 0; number < 20; number++) {
    const lines: string[] = [];
    for (let at = 0; at < 1000; at++) {
      const draft = at % 2 === 0 ? intent(seq + 2, firstContent) : result(seq + 1);
      last = link(
        { ...draft, action: "newVersion", address: `WhatsAppTemplate/t${seq >> 1}/en` },
        {
          ...{ seq: ++seq, at: "2026-11-20T10:00:00.000Z", run: runName(number), environment, prev },
        },
      );
      prev = last.hash;
      lines.push(`${lineOf(last)}\n`);
    }
    mkdirSync(dirname(join(dir, auditFile(last.run))), { recursive: true });
    writeFileSync(join(dir, auditFile(last.run)), lines.join(""));
  }
  const { hash, run } = last;
  writeFileSync(join(dir, "HEAD.json"), JSON.stringify({ seq, hash, run, file: auditFile(run) }));
  const startedMs = performance.now();
  const ledger = await open(dir);
  const tookMs = performance.now() - startedMs;
  assert.equal(ledger.entries.length, 20_000);
  assert.ok(Object.keys(ledger.state.resources).length > 9_000);
  context.diagnostic(`${Math.round(tookMs)} ms`);
});

function firstAppend(): Parameters<ReturnType<typeof folderStore>["append"]>[0] {
  const entry = link({ phase: "claim" }, { seq: 1, at: "", run: runName(1), environment, prev: genesis });
  const head = { seq: 1, hash: entry.hash, run: entry.run, file: auditFile(entry.run) };
  return { expectedHead: undefined, head, lines: [lineOf(entry)], contents: [] };
}
