// The branch store on real git repositories: one atomic move an append, the remote is the truth, nothing else is touched.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { digest } from "../../src/base/digest.ts";
import { BrokenChain, Claimed, LedgerUnusable } from "../../src/base/failure.ts";
import { auditFile, genesis } from "../../src/ledger/chain.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import {
  appendOf,
  beginLedger,
  branch,
  branchStore,
  claim,
  clock,
  clones,
  env,
  git,
  outside,
  ref,
  repository,
  wrapped,
} from "./git-scene.ts";
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
} from "./scene.ts";

const content = { digest: digest(firstContent), content: firstContent };

test("the branch holds what a folder would, and another clone reads it", async (context) => {
  const { one, two, bare } = clones(context);
  const before = [outside(one), outside(two), git(one, "for-each-ref", "refs/heads")];
  await fillLedger(branchStore(one));
  const folder = memoryStore();
  await fillLedger(folder);
  assert.deepEqual(git(bare, "ls-tree", "-r", "--name-only", ref).split("\n"), [...folder.files.keys()].sort());
  for (const [file, bytes] of folder.files) {
    assert.equal(git(bare, "show", `${ref}:${file}`), Buffer.from(bytes).toString("utf8").trimEnd(), file);
  }
  const other = branchStore(two);
  assert.deepEqual(await verifyLedger(other, environment), { ok: true, entries: 9, problems: [] });
  const ledger = await openLedger(other, { environment });
  assert.equal(ledger.isUnfinished, false);
  assert.deepEqual(await ledger.content(content.digest), firstContent);
  assert.deepEqual([outside(one), outside(two), git(one, "for-each-ref", "refs/heads")], before);
  assert.equal(existsSync(join(two, ".git/FETCH_HEAD")), false);
  assert.match(
    git(bare, "log", "-1", "--format=%an <%ae> %at %s", ref),
    /^cxform <cxform@localhost> 1795172400 ledger: entry 9$/,
  );
  assert.equal(git(bare, "rev-list", "--max-parents=0", "--count", ref), "1");
  assert.equal(git(bare, "rev-list", "--min-parents=2", "--count", ref), "0");
});

test("without a remote the branch is in this repository alone", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const before = outside(folder);
  const store = branchStore(folder);
  assert.equal(await store.read("HEAD.json"), undefined);
  assert.deepEqual(await store.list("audit"), []);
  await fillLedger(store);
  assert.equal(outside(folder), before);
  assert.equal(git(folder, "rev-list", "--count", ref), "7");
  const again = branchStore(folder, { remote: undefined });
  assert.deepEqual((await verifyLedger(again, environment)).problems, []);
  const { head } = await openLedger(again, { environment });
  const next = claim(10, head?.hash ?? "", runName(3));
  const [left, right] = [branchStore(folder), branchStore(folder)];
  const changes = [appendOf(next, head), appendOf(claim(10, head?.hash ?? "", runName(4)), head)] as const;
  const written = await Promise.all([left.append(changes[0]), right.append(changes[1])]);
  assert.equal(written.filter((each) => each).length, 1);
  assert.equal(git(folder, "rev-list", "--count", ref), "8");
});

test("a second clone's run stops with whose claim it is, and goes on after the release", async (context) => {
  const { one, two } = clones(context);
  const [mine, theirs] = [branchStore(one), branchStore(two)];
  const [first, second] = [await openLedger(mine, { environment }), await openLedger(theirs, { environment })];
  const run = first.begin(facts(1));
  await run.append([intent(1, firstContent)], [content]);
  await assert.rejects(second.begin(facts(2, { actor: "grace" })).claim(), (error) => {
    assert.ok(error instanceof Claimed);
    assert.match(error.message, /claimed by run .*-00000001 of ada on quay/);
    return true;
  });
  // The same store shows the claim to whoever opens the ledger again.
  assert.equal((await openLedger(theirs, { environment })).openClaim?.entry.run, runName(1));
  await run.append([result(1)]);
  await run.release();
  const later = (await openLedger(theirs, { environment })).begin(facts(3));
  await later.append([intent(2, firstContent)]);
  await later.append([result(2)]);
  await later.release();
  assert.deepEqual((await verifyLedger(mine, environment)).problems, []);
});

test("a commit that is none of the ledger's comes between and is kept", async (context) => {
  const { one, two, bare } = clones(context);
  const store = branchStore(one);
  await beginLedger(store);
  git(two, "fetch", "-q", "origin", `${ref}:refs/heads/notes`);
  git(two, "checkout", "-q", "notes");
  writeFileSync(join(two, "-n"), "a note\n");
  git(two, "add", "--", "-n");
  git(two, "commit", "-q", "-m", "a note");
  git(two, "push", "-q", "origin", `notes:${ref}`);
  const run = (await openLedger(store, { environment })).begin(facts(3));
  await run.claim();
  await run.release();
  assert.match(git(bare, "ls-tree", "--name-only", ref), /^-n$/m);
  assert.deepEqual((await verifyLedger(branchStore(one), environment)).problems, []);
});

test("an append that is repeated after its first try got through is done once", async (context) => {
  const { one, two, bare } = clones(context);
  const change = appendOf(claim(1, genesis, runName(1)), undefined);
  assert.equal(await branchStore(one).append(change), true);
  assert.equal(await branchStore(two).append(change), true);
  assert.equal(git(bare, "rev-list", "--count", ref), "1");
});

test("a push whose answer is lost counts when the remote has it", async (context) => {
  const { one, bare, dir } = clones(context);
  const lossy = wrapped(dir, `case "$*" in *" push "*) "$real" "$@"; exit 128;; *) exec "$real" "$@";; esac`);
  await beginLedger(branchStore(one, { env: lossy }));
  assert.equal(git(bare, "rev-list", "--count", ref), "2");
  assert.deepEqual((await verifyLedger(branchStore(one), environment)).problems, []);
});

test("a push that is refused leaves both sides as they were, and the next run goes on", async (context) => {
  const { one, bare } = clones(context);
  const store = branchStore(one);
  await beginLedger(store);
  const before = [git(bare, "for-each-ref"), git(one, "for-each-ref")];
  writeFileSync(join(bare, "hooks/pre-receive"), "#!/bin/sh\necho no such right >&2\nexit 1\n", { mode: 0o755 });
  const run = (await openLedger(store, { environment })).begin(facts(3));
  await assert.rejects(run.append([intent(3, firstContent)]), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.message, /branch cxform-ledger\/harbour cannot be pushed to origin/);
    assert.match(error.hint, /right to push/);
    return true;
  });
  await assert.rejects(run.append([result(3)]), LedgerUnusable);
  assert.deepEqual([git(bare, "for-each-ref"), git(one, "for-each-ref")], before);
  rmSync(join(bare, "hooks/pre-receive"));
  const next = (await openLedger(store, { environment })).begin(facts(4));
  await next.claim();
  await next.release();
  assert.deepEqual((await verifyLedger(store, environment)).problems, []);
});

test("a push goes on once a remote is back, and what became of one is asked until it answers", async (context) => {
  const { one, bare } = clones(context);
  const sleeps: number[] = [];
  const back = async (ms: number): Promise<void> => {
    sleeps.push(ms);
    if (sleeps.length === 2) renameSync(`${bare}.away`, bare);
  };
  const store = branchStore(one, { clock: { now: clock.now, sleep: back } });
  const run = (await openLedger(store, { environment })).begin(facts(1));
  await run.claim();
  renameSync(bare, `${bare}.away`);
  await run.append([intent(1, firstContent)], [content]);
  assert.deepEqual(sleeps, [250, 500]);
  await run.append([result(1)]);
  renameSync(bare, `${bare}.away`);
  await assert.rejects(run.release(), /the ledger's remote origin cannot be read/);
  assert.deepEqual(sleeps.slice(2), [250, 500], "it does not ask for ever");
  renameSync(`${bare}.away`, bare);
  assert.deepEqual((await verifyLedger(store, environment)).problems, []);
});

test("a remote that cannot be reached is told without what its address holds in secret", async (context) => {
  const { one } = clones(context);
  git(one, "remote", "set-url", "origin", "http://ada:CANARY@127.0.0.1:1/ledger.git?token=CANARY");
  await assert.rejects(branchStore(one).read("HEAD.json"), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.message, /remote origin cannot be read: fatal: .*127\.0\.0\.1/);
    assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`, /CANARY/);
    return true;
  });
});

test("state.json is written anew on the branch when it was changed there", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const store = branchStore(folder);
  await fillLedger(store);
  commitFile(folder, "state.json", '{"formatVersion":1}\n');
  assert.equal((await verifyLedger(store, environment)).ok, false);
  await rebuildLedger(store, environment);
  assert.deepEqual((await verifyLedger(store, environment)).problems, []);
  const commits = git(folder, "rev-list", "--count", ref);
  await rebuildLedger(store, environment);
  assert.equal(git(folder, "rev-list", "--count", ref), commits);
});

test("a HEAD.json that was taken from the branch is written anew", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const store = branchStore(folder);
  await fillLedger(store);
  commitByHand(folder, "--force-remove HEAD.json");
  await assert.rejects(openLedger(store, { environment }), /HEAD\.json is missing/);
  assert.equal((await rebuildLedger(store, environment)).isRepaired, true);
  assert.deepEqual((await verifyLedger(store, environment)).problems, []);
});

/** Commits one file of the ledger's branch by hand. */
function commitFile(folder: string, file: string, text: string, mode = "100644"): void {
  writeFileSync(join(folder, ".git/by-hand"), text);
  const id = git(folder, "hash-object", "-w", join(folder, ".git/by-hand"));
  commitByHand(folder, `--add --cacheinfo ${mode},${id},${file}`);
}

/** Commits a change of the ledger's branch, said to `git update-index`, in an index of its own. */
function commitByHand(folder: string, change: string): void {
  const script = `export GIT_INDEX_FILE=.git/by-hand-index; git read-tree ${ref} && git update-index ${change} && git update-ref ${ref} $(git commit-tree -p ${ref} -m by-hand $(git write-tree))`;
  const names = {
    GIT_AUTHOR_NAME: "eve",
    GIT_AUTHOR_EMAIL: "e@e",
    GIT_COMMITTER_NAME: "eve",
    GIT_COMMITTER_EMAIL: "e@e",
  };
  execFileSync("sh", ["-c", script], { cwd: folder, env: { PATH: env("PATH"), ...names } });
}

test("a link, a cut line and a foreign head on the branch are refused", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  await fillLedger(branchStore(folder));
  const good = git(folder, "rev-parse", ref);
  const restore = (): string => git(folder, "update-ref", ref, good);
  commitFile(folder, "HEAD.json", "/etc/passwd", "120000");
  await assert.rejects(branchStore(folder).read("HEAD.json"), /HEAD\.json on the ledger's branch is not a plain file/);
  restore();
  commitFile(folder, auditFile(runName(2)), "{");
  await assert.rejects(openLedger(branchStore(folder), { environment }), BrokenChain);
  restore();
  git(folder, "symbolic-ref", "refs/heads/other", "refs/heads/main");
  await assert.rejects(
    branchStore(folder, { branch: "other" }).read("HEAD.json"),
    /is symbolic, not a branch of commits/,
  );
  assert.equal(git(folder, "rev-parse", "main"), git(folder, "rev-parse", "HEAD"));
});

test("a branch that is rewritten or deleted on the remote is noticed by a clone that has seen it", async (context) => {
  const { one, two, bare } = clones(context);
  await beginLedger(branchStore(one));
  const seen = git(bare, "rev-parse", ref);
  git(bare, "update-ref", ref, `${ref}~1`);
  await assert.rejects(branchStore(one).read("HEAD.json"), (error) => {
    assert.ok(error instanceof BrokenChain);
    assert.match(error.message, new RegExp(`was rewritten: it does not extend ${seen}`));
    return true;
  });
  // A clone that has never seen it cannot know.
  assert.notEqual(await branchStore(two).read("HEAD.json"), undefined);
  git(bare, "update-ref", "-d", ref);
  await assert.rejects(branchStore(one).read("HEAD.json"), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.ok(error.hint.includes(`git push origin ${seen}:${ref}`), error.hint);
    return true;
  });
  git(one, "push", "-q", "origin", `${seen}:${ref}`);
  assert.deepEqual((await verifyLedger(branchStore(one), environment)).problems, []);
});

test("a place that cannot hold the branch is refused with the way on", async (context) => {
  const { one, dir } = clones(context);
  await assert.rejects(branchStore(one, { branch: "main" }).read("HEAD.json"), /main is checked out in a work tree/);
  git(one, "worktree", "add", "-q", "-b", branch, join(dir, "tree"));
  await assert.rejects(beginLedger(branchStore(one, { remote: undefined })), /is checked out in a work tree/);
  await assert.rejects(branchStore(one, { remote: "upstream" }).read("HEAD.json"), /has no remote upstream/);
  const none = join(dir, "none");
  await assert.rejects(branchStore(none).read("HEAD.json"), /folder of the git ledger does not exist/);
  mkdirSync(none);
  const inNone = branchStore(none);
  await assert.rejects(inNone.read("HEAD.json"), /cxform\.yaml is in no git repository/);
  repository(none);
  // What was wrong may be put right: the same store looks again.
  assert.equal(await inNone.read("HEAD.json"), undefined);
  await assert.rejects(branchStore(none, { env: () => undefined }).read("HEAD.json"), /git is not installed/);
});
