// What git history tells that the files alone cannot: a tail that was cut, and rewritten so that HEAD.json agrees.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import { auditFile } from "../../src/ledger/chain.ts";
import { verifyBranchHistory } from "../../src/ledger/git-history.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { verify } from "../../src/library/audit.ts";
import { loadConfig } from "../../src/library/config.ts";
import { branch, branchStore, clock, env, git, ref, repository } from "./git-scene.ts";
import { environment, facts, fillLedger, runName, temporaryFolder } from "./scene.ts";

const historyOf = (folder: string) =>
  verifyBranchHistory({ repository: folder, branch, remote: undefined, env, clock });

/** Commits a changed folder onto the ledger's branch, as somebody with a checkout would. */
function commit(folder: string, change: (tree: string) => void, ...words: readonly string[]): string {
  const tree = join(dirname(folder), "tree");
  git(folder, "worktree", "add", "-q", "--detach", tree, ref);
  change(tree);
  git(tree, "add", "-A");
  git(tree, "commit", "-q", "--allow-empty", "-m", "by hand", ...words);
  const made = git(tree, "rev-parse", "HEAD");
  git(folder, "worktree", "remove", "--force", tree);
  git(folder, "update-ref", ref, made);
  return made;
}

test("a branch that only grew verifies; one that does not exist has nothing to verify", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  assert.deepEqual(await historyOf(folder), { ok: true, commits: 0, problems: [] });
  await fillLedger(branchStore(folder));
  assert.deepEqual(await historyOf(folder), { ok: true, commits: 7, problems: [] });
});

test("a cut tail whose HEAD.json and state.json agree is found by the commits before it", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const store = branchStore(folder);
  await fillLedger(store);
  const first = git(folder, "rev-parse", `${ref}~3`);
  const file = auditFile(runName(2));
  const made = commit(folder, (tree) => {
    rmSync(join(tree, file));
    for (const name of ["HEAD.json", "state.json"])
      writeFileSync(join(tree, name), `${git(folder, "show", `${first}:${name}`)}\n`);
  });
  // The files by themselves are a whole ledger.
  assert.deepEqual((await verifyLedger(store, environment)).problems, []);
  assert.deepEqual((await historyOf(folder)).problems, [
    { commit: made, file, message: "was removed" },
    { commit: made, file: "HEAD.json", message: "goes back from entry 9 to 5" },
  ]);
  // `audit verify` looks at both.
  const settings = `{ simulator: {}, ledger: { branch: ${branch} } }`;
  writeFileSync(
    join(folder, "cxform.yaml"),
    `apiVersion: cxform/v1\nkind: Config\nenvironments: { ${environment}: ${settings} }\n`,
  );
  const { config } = loadConfig({ cwd: folder });
  const seen = await verify({ config, environment, world: { ...realWorld(), env } });
  assert.equal(seen.ok, false);
  assert.match(
    seen.problems.map((problem) => problem.message).join(),
    /goes back from entry 9 to 5 \(commit [0-9a-f]{12}\)/,
  );
});

test("changed lines and contents, a merge and a second root are named with their commits", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const store = branchStore(folder);
  await fillLedger(store);
  const file = auditFile(runName(1));
  const line = commit(folder, (tree) => {
    const path = join(tree, file);
    writeFileSync(path, readFileSync(path, "utf8").replace("ada", "eve"));
  });
  const [content] = git(folder, "ls-tree", "-r", "--name-only", ref, "content/").split("\n") as [string];
  const changed = commit(folder, (tree) => writeFileSync(join(tree, content), "{}"));
  const removed = commit(folder, (tree) => {
    rmSync(join(tree, content));
    mkdirSync(join(tree, "notes"));
    writeFileSync(join(tree, "notes/-n"), "free to come and go\n");
  });
  const tree = git(folder, "rev-parse", `${ref}^{tree}`);
  const merge = execFileSync("git", ["commit-tree", tree, "-p", removed, "-p", "main", "-m", "merge"], {
    cwd: folder,
    encoding: "utf8",
    env: {
      ...process.env,
      GIT_AUTHOR_NAME: "e",
      GIT_AUTHOR_EMAIL: "e@e",
      GIT_COMMITTER_NAME: "e",
      GIT_COMMITTER_EMAIL: "e@e",
    },
  }).trim();
  git(folder, "update-ref", ref, merge);
  const { ok, problems } = await historyOf(folder);
  assert.equal(ok, false);
  const has = (commitId: string, about: string | undefined, message: string): boolean =>
    problems.some((each) => each.commit === commitId && each.file === about && each.message === message);
  assert.ok(has(line, file, "was changed, not only appended to"));
  assert.ok(has(changed, content, "was changed"));
  assert.ok(has(removed, content, "was removed"));
  assert.ok(has(merge, undefined, "has 2 parents; the branch is one line"));
});

test("a run and a rebuild leave a history that verifies", async (context) => {
  const folder = repository(join(temporaryFolder(context), "alone"));
  const store = branchStore(folder);
  await fillLedger(store);
  const made = commit(folder, (tree) => writeFileSync(join(tree, "state.json"), "{}\n"));
  await rebuildLedger(store, environment);
  const run = (await openLedger(store, { environment })).begin(facts(3));
  await run.claim();
  await run.release();
  const { commits, problems } = await historyOf(folder);
  assert.deepEqual([commits, problems], [11, []]);
  assert.equal(git(folder, "rev-parse", `${ref}~3`), made);
});
