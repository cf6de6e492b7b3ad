// Damage that keeps every line whole: lines moved between files, contents exchanged, files given each other's names; and flipped bits on a real disk.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { auditFile } from "../../src/ledger/chain.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { seededChance } from "../_world/world.ts";
import { environment, fillLedger, folderStore, memoryStore, runName, temporaryFolder } from "./scene.ts";

type Files = ReadonlyMap<string, Uint8Array>;

async function filled(): Promise<Files> {
  const store = memoryStore();
  await fillLedger(store);
  return store.files;
}

const audits = [auditFile(runName(1)), auditFile(runName(2))] as const;

function linesOf(files: Files, file: string): readonly string[] {
  return Buffer.from(files.get(file) ?? [])
    .toString("utf8")
    .trimEnd()
    .split("\n");
}

async function isFound(files: Files, changes: ReadonlyMap<string, readonly string[]>): Promise<boolean> {
  const damaged = new Map(files);
  for (const [file, lines] of changes) damaged.set(file, Buffer.from(lines.map((line) => `${line}\n`).join("")));
  return !(await verifyLedger(memoryStore(damaged), environment)).ok;
}

test("any two lines that change places are found, in one file or across two", async () => {
  const files = await filled();
  const places = audits.flatMap((file) => linesOf(files, file).map((_, at) => ({ file, at })));
  let swaps = 0;
  for (const [index, one] of places.entries()) {
    for (const other of places.slice(index + 1)) {
      const changes = new Map(audits.map((file) => [file, [...linesOf(files, file)]]));
      const [left, right] = [linesOf(files, one.file)[one.at], linesOf(files, other.file)[other.at]];
      (changes.get(one.file) as string[])[one.at] = right as string;
      (changes.get(other.file) as string[])[other.at] = left as string;
      assert.equal(await isFound(files, changes), true, `${JSON.stringify(one)} with ${JSON.stringify(other)}`);
      swaps += 1;
    }
  }
  assert.equal(swaps, (places.length * (places.length - 1)) / 2);
});

test("any line that moves to any other place is found, and so is an empty line anywhere", async () => {
  const files = await filled();
  for (const from of audits) {
    for (const [at, line] of linesOf(files, from).entries()) {
      for (const to of audits) {
        const without = new Map(
          audits.map((file) => [file, linesOf(files, file).filter((_, index) => file !== from || index !== at)]),
        );
        for (let place = 0; place <= (without.get(to) as string[]).length; place += 1) {
          if (from === to && place === at) continue;
          const changes = new Map(without).set(to, (without.get(to) as string[]).toSpliced(place, 0, line));
          assert.equal(await isFound(files, changes), true, `${from} ${at} to ${to} ${place}`);
        }
      }
      const gap = new Map([[from, linesOf(files, from).toSpliced(at, 0, "")]]);
      assert.equal(await isFound(files, gap), true, `an empty line before ${at} of ${from}`);
    }
  }
});

test("two contents, or two runs' files, that change places are found", async () => {
  const files = await filled();
  const names = [...files.keys()];
  for (const folder of ["content/", "audit/"]) {
    const [left, right] = names.filter((name) => name.startsWith(folder)) as [string, string];
    const damaged = new Map(files).set(left, files.get(right) as Uint8Array).set(right, files.get(left) as Uint8Array);
    assert.equal((await verifyLedger(memoryStore(damaged), environment)).ok, false, folder);
  }
});

test("500 flipped bits on a disk are found one by one", async (context) => {
  const dir = temporaryFolder(context);
  await fillLedger(folderStore(dir));
  const names = [...(await filled()).keys()];
  const { fraction } = seededChance(5);
  for (let flips = 0; flips < 500; flips += 1) {
    const file = join(dir, names[Math.floor(fraction() * names.length)] as string);
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    const [at, bit] = [Math.floor(fraction() * bytes.length), Math.floor(fraction() * 8)];
    changed[at] = (changed[at] as number) ^ (1 << bit);
    writeFileSync(file, changed);
    assert.equal((await verifyLedger(folderStore(dir), environment)).ok, false, `${file} byte ${at} bit ${bit}`);
    writeFileSync(file, bytes);
  }
  assert.equal((await verifyLedger(folderStore(dir), environment)).ok, true);
});
