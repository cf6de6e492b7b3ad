// Clones that race for the branch, and processes that die on the way: one writer each time, the old or the new head.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import type { Entry, Head } from "../../src/contract/entry.ts";
import { genesis, headOf } from "../../src/ledger/chain.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { bundledModule } from "../_world/bundled.ts";
import { appendOf, beginLedger, branchStore, claim, clones, git, ref, wrapped } from "./git-scene.ts";
import { environment, runName } from "./scene.ts";

const racer = await bundledModule("test/ledger/git-racer.ts");

/** A short form: `npm run race` runs a thousand. */
const rounds = 12;

test("of two clones that race a dozen times one writes each time, and the history is one line", async (context) => {
  const { one, two, bare } = clones(context);
  const stores = [branchStore(one), branchStore(two)];
  let head: Head | undefined;
  for (let round = 1; round <= rounds; round++) {
    const entries = [1, 2].map((racer) => claim(round, head?.hash ?? genesis, runName(round * 2 + racer)));
    const written = await Promise.all(
      stores.map((store, racer) => store.append(appendOf(entries[racer] as Entry, head))),
    );
    assert.equal(written.filter((each) => each).length, 1, `round ${round}: ${written}`);
    head = headOf(entries[written.indexOf(true)] as Entry);
  }
  const ledger = await openLedger(branchStore(two), { environment });
  assert.equal(ledger.entries.length, rounds);
  assert.equal(git(bare, "rev-list", "--count", ref), String(rounds));
  assert.deepEqual(ledger.head, head);
  assert.equal(git(bare, "rev-list", "--min-parents=2", "--count", ref), "0");
});

test("a process that is killed before any of its git calls leaves the branch at its old or its new head", async (context) => {
  const { one, bare, dir } = clones(context);
  await beginLedger(branchStore(one));
  const before = git(bare, "rev-parse", ref);
  // The n-th call that writes kills the process that made it, and is not made.
  const script = `case "$*" in *hash-object*|*update-index*|*write-tree*|*commit-tree*|*" push "*|*update-ref*)
echo x >> ${dir}/calls; [ "$(wc -l < ${dir}/calls)" -eq "$KILL_AT" ] && kill -9 $PPID && exit 1;; esac
exec "$real" "$@"`;
  const path = wrapped(dir, script.replace("$KILL_AT", `$(cat ${dir}/kill-at)`))("PATH") ?? "";
  const seen = new Set<string>();
  for (let at = 1; at <= 7; at++) {
    rmSync(join(dir, "calls"), { force: true });
    writeFileSync(join(dir, "kill-at"), String(at));
    const killed = die(one, path);
    const now = git(bare, "rev-parse", ref);
    seen.add(now);
    assert.equal(killed, at <= 6, `call ${at}`);
    if (at <= 5) assert.equal(now, before, `call ${at}`);
    else assert.equal(git(bare, "rev-parse", `${ref}~1`), before, `call ${at}`);
    assert.deepEqual((await verifyLedger(branchStore(one), environment)).problems, []);
    git(bare, "update-ref", ref, before);
    git(one, "update-ref", "refs/cxform/origin/cxform-ledger/harbour", before);
  }
  assert.ok(seen.has(before) && seen.size > 1);
});

/** Whether a child that appends one claim was killed. */
function die(folder: string, path: string): boolean {
  try {
    execFileSync(process.execPath, [racer, folder], {
      // What a killed process leaves behind goes with the test.
      env: { ...process.env, PATH: path, TMPDIR: dirname(folder) },
      stdio: ["ignore", "ignore", "inherit"],
    });
    return false;
  } catch (error) {
    assert.equal((error as { signal?: string }).signal, "SIGKILL");
    return true;
  }
}
