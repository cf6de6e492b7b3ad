// The ledger through GitHub's API, on the double's real repository: the same entries as in a folder, one line of signed commits, no lost and no double append.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { promisify } from "node:util";
import { digest } from "../../src/base/digest.ts";
import { BrokenChain, Claimed, LedgerUnusable } from "../../src/base/failure.ts";
import type { Entry, Head, LedgerStore } from "../../src/contract/entry.ts";
import { githubStore } from "../../src/github/commit-store.ts";
import { UnsignedCommit } from "../../src/github/failure.ts";
import { auditFile, genesis, headOf } from "../../src/ledger/chain.ts";
import { verifyBranchHistory } from "../../src/ledger/git-history.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { strangerCommits } from "../github-double/bare.ts";
import type { GitHubDouble } from "../github-double/double.ts";
import { appendOf, beginLedger, branch, branchStore, claim, env, ref } from "../ledger/git-scene.ts";
import {
  environment,
  facts,
  fillLedger,
  firstContent,
  intent,
  memoryStore,
  result,
  runName,
  temporaryFolder,
} from "../ledger/scene.ts";
import { client, type Scene, scene } from "./scene.ts";

const content = { digest: digest(firstContent), content: firstContent };

const storeIn = ({ github, world }: Scene): LedgerStore =>
  githubStore({ github, branch, clock: world.clock, chance: world.chance });

/** Another process with the same rights. */
const other = (here: Scene): LedgerStore => storeIn({ ...here, github: client(here.double, here.world) });

const count = (double: GitHubDouble): string => double.bare.git(["rev-list", "--count", ref]);

/** One line of signed commits that verifies entry by entry, read by git from a clone. */
async function verifies(context: TestContext, { double }: Scene): Promise<void> {
  const clone = join(temporaryFolder(context), "clone");
  // Not in step with us: the server that it clones from lives in this process.
  await promisify(execFile)("git", ["clone", "-q", `${double.url}/${double.repository}.git`, clone], {
    env: { PATH: process.env["PATH"] ?? "" },
    timeout: 60_000,
  });
  assert.deepEqual((await verifyLedger(branchStore(clone), environment)).problems, []);
  const clock = { now: () => 0, sleep: async () => undefined };
  const history = await verifyBranchHistory({ repository: clone, branch, remote: "auto", env, clock });
  assert.deepEqual(history.problems, []);
  assert.equal(double.bare.git(["rev-list", "--max-parents=0", "--count", ref]), "1");
  assert.equal(double.bare.git(["rev-list", "--min-parents=2", "--count", ref]), "0");
}

test("the branch holds what a folder would, and git reads it from a clone", async (context) => {
  const here = await scene(context);
  const { bare, state } = here.double;
  await fillLedger(storeIn(here));
  const folder = memoryStore();
  await fillLedger(folder);
  assert.deepEqual(bare.git(["ls-tree", "-r", "--name-only", ref]).split("\n"), [...folder.files.keys()].sort());
  for (const [file, bytes] of folder.files) {
    assert.equal(bare.git(["show", `${ref}:${file}`]), Buffer.from(bytes).toString("utf8").trimEnd(), file);
  }
  const store = other(here);
  assert.deepEqual(await verifyLedger(store, environment), { ok: true, entries: 9, problems: [] });
  assert.deepEqual(await (await openLedger(store, { environment })).content(content.digest), firstContent);
  for (const commit of bare.git(["rev-list", ref]).split("\n")) assert.ok(state.signed.has(commit));
  assert.equal(bare.git(["log", "-1", "--format=%s", ref]), "ledger: entry 9");
  assert.match(bare.git(["log", "-1", "--format=%b", ref]), /^Run: .*\nHead: [0-9a-f]{64}$/);
  await verifies(context, here);
});

test("a run with nothing to record makes no branch, and an absent branch is an empty ledger", async (context) => {
  const here = await scene(context);
  const store = storeIn(here);
  assert.equal(await store.read("HEAD.json"), undefined);
  assert.deepEqual(await store.list("audit"), []);
  await (await openLedger(store, { environment })).begin(facts(1)).release();
  assert.equal(here.double.bare.resolve(ref), undefined);
});

test("a second writer on the branch between read and commit: committed on its head, linear, verifies", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  const run = (await openLedger(storeIn(here), { environment })).begin(facts(3));
  const note = () => strangerCommits(here.double.bare, branch, "README.md", `note ${here.double.calls.length}\n`);
  here.double.fault("createCommitOnBranch", { kind: "before", run: note });
  await run.append([intent(3, firstContent)], [content]);
  here.double.fault("createCommitOnBranch", { kind: "before", run: note }, 2);
  await run.append([result(3)]);
  await run.release();
  assert.match(here.double.bare.git(["show", `${ref}:README.md`]), /^note/);
  await verifies(context, here);
});

test("a second run on the branch between read and commit: nothing of ours is written, and the next run chains after it", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  const late = (await openLedger(storeIn(here), { environment })).begin(facts(4, { actor: "grace" }));
  const theirs = (await openLedger(other(here), { environment })).begin(facts(3));
  await theirs.append([intent(3, firstContent)], [content]);
  await assert.rejects(late.append([intent(3, firstContent)]), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(error.message, /claimed by run .*-00000003 of ada on quay/);
    return true;
  });
  await theirs.append([result(3)]);
  await theirs.release();
  const next = (await openLedger(storeIn(here), { environment })).begin(facts(5));
  await next.append([intent(4, firstContent)]);
  await next.append([result(4)]);
  await next.release();
  await verifies(context, here);
});

test("a branch that somebody else makes first is not made a second time", async (context) => {
  const here = await scene(context);
  const change = appendOf(claim(1, genesis, runName(1)), undefined);
  const rival = appendOf(claim(1, genesis, runName(2)), undefined);
  assert.equal(await storeIn(here).read("HEAD.json"), undefined);
  const store = storeIn(here);
  await store.read("HEAD.json");
  assert.equal(await other(here).append(rival), true);
  assert.equal(await store.append(change), false);
  assert.equal(count(here.double), "1");
});

test("an append whose answer is lost counts when the branch has it, and is done once", async (context) => {
  const here = await scene(context);
  const change = appendOf(claim(1, genesis, runName(1)), undefined);
  here.double.fault("git/create-ref", { kind: "lost" });
  assert.equal(await storeIn(here).append(change), true);
  const next = appendOf(claim(2, change.head.hash, runName(2)), change.head);
  here.double.fault("createCommitOnBranch", { kind: "lost" });
  assert.equal(await storeIn(here).append(next), true);
  // By another process that does not know of the first try.
  assert.equal(await other(here).append(next), true);
  assert.equal(count(here.double), "2");
});

test("an append that GitHub answers with a 502 is written again when the branch lacks it", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  const run = (await openLedger(storeIn(here), { environment })).begin(facts(3));
  here.double.fault("createCommitOnBranch", { kind: "status", status: 502 });
  await run.claim();
  const headers = { "retry-after": "20" };
  here.double.fault("createCommitOnBranch", { kind: "status", status: 403, headers, message: "secondary rate limit" });
  await run.release();
  assert.ok(here.world.sleeps.includes(20_000));
  assert.equal(count(here.double), "4");
  await verifies(context, here);
});

test("a GitHub that stays away stops the run, which writes no more", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  const run = (await openLedger(storeIn(here), { environment })).begin(facts(3));
  here.double.fault("createCommitOnBranch", { kind: "status", status: 502 }, 3);
  await assert.rejects(run.append([intent(3, firstContent)]), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.message, /branch cxform-ledger\/harbour cannot be written: GitHub cannot be reached/);
    return true;
  });
  await assert.rejects(run.append([result(3)]), LedgerUnusable);
  assert.equal(count(here.double), "2");
});

test("of two that race eight times one writes each time, and the history is one line", async (context) => {
  const here = await scene(context);
  const stores = [storeIn(here), other(here)];
  let head: Head | undefined;
  for (let round = 1; round <= 8; round++) {
    const entries = [1, 2].map((racer) => claim(round, head?.hash ?? genesis, runName(round * 2 + racer)));
    const written = await Promise.all(
      stores.map((store, racer) => store.append(appendOf(entries[racer] as Entry, head))),
    );
    assert.equal(written.filter((each) => each).length, 1, `round ${round}: ${written}`);
    head = headOf(entries[written.indexOf(true)] as Entry);
  }
  assert.equal(count(here.double), "8");
  assert.deepEqual((await openLedger(other(here), { environment })).head, head);
});

test("commits that pile up on the branch without an end are told", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  const run = (await openLedger(storeIn(here), { environment })).begin(facts(3));
  const note = () => strangerCommits(here.double.bare, branch, "README.md", `note ${here.double.calls.length}\n`);
  here.double.fault("createCommitOnBranch", { kind: "before", run: note }, 5);
  await assert.rejects(run.claim(), /was moved 5 times by commits that are no entries/);
});

test("a commit that GitHub does not sign is refused, and makes no branch", async (context) => {
  const here = await scene(context);
  here.double.state.isSigning = false;
  await assert.rejects(beginLedger(storeIn(here)), (error) => {
    assert.ok(error instanceof UnsignedCommit);
    assert.match(error.hint, /GITHUB_TOKEN/);
    return true;
  });
  assert.equal(here.double.bare.resolve(ref), undefined);
  here.double.state.isSigning = true;
  await beginLedger(storeIn(here));
  here.double.state.isSigning = false;
  const run = (await openLedger(storeIn(here), { environment })).begin(facts(3));
  await assert.rejects(run.claim(), UnsignedCommit);
});

test("a token that may only read reads, and is told what writing needs", async (context) => {
  const here = await scene(context);
  await beginLedger(storeIn(here));
  here.double.state.tokens.set("ghs_reader", { login: "github-actions[bot]", permissions: { contents: "read" } });
  const reader = storeIn({ ...here, github: client(here.double, here.world, "ghs_reader") });
  const ledger = await openLedger(reader, { environment });
  assert.equal(ledger.entries.length, 2);
  await assert.rejects(ledger.begin(facts(3)).claim(), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.hint, /permission contents: write/);
    return true;
  });
});

test("a file that is no UTF-8, a large one, a link and a foreign branch are read as they are or refused", async (context) => {
  const here = await scene(context);
  const { bare } = here.double;
  await fillLedger(storeIn(here));
  const good = bare.resolve(ref) ?? "";
  const put = (path: string, bytes: Uint8Array): void => {
    const commit = bare.commit(bare.tree(good, new Map([[path, bytes]])), [good], "by hand");
    bare.git(["update-ref", ref, commit]);
  };
  const large = Buffer.from(`{"large":"${"x".repeat(600_000)}"}`);
  put(`content/${"d".repeat(64)}.json`, large);
  assert.equal(await storeIn(here).read(`content/${"d".repeat(64)}.json`), large.toString("utf8"));
  put("state.json", Buffer.from([0x7b, 0xff, 0x7d]));
  assert.equal(await storeIn(here).read("state.json"), "{\udc80}");
  put(auditFile(runName(2)), Buffer.from("{"));
  await assert.rejects(openLedger(storeIn(here), { environment }), BrokenChain);
});

test("state.json is written anew on the branch when it was changed there", async (context) => {
  const here = await scene(context);
  await fillLedger(storeIn(here));
  strangerCommits(here.double.bare, branch, "state.json", '{"formatVersion":1}\n');
  assert.equal((await verifyLedger(storeIn(here), environment)).ok, false);
  await rebuildLedger(storeIn(here), environment);
  assert.deepEqual((await verifyLedger(storeIn(here), environment)).problems, []);
  const commits = count(here.double);
  await rebuildLedger(storeIn(here), environment);
  assert.equal(count(here.double), commits);
});

test("an append of more than GitHub takes is refused before it is sent", async (context) => {
  const here = await scene(context);
  const store = storeIn(here);
  await beginLedger(store);
  const entry = claim(3, (await openLedger(store, { environment })).head?.hash ?? "", runName(3));
  const change = appendOf(entry, (await openLedger(store, { environment })).head);
  const huge = { digest: "e".repeat(64), content: "x".repeat(31_000_000) };
  await assert.rejects(store.append({ ...change, contents: [huge] }), /MB is more than GitHub takes in a commit/);
  assert.equal(count(here.double), "2");
});
