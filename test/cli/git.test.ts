// What the command line knows of a checkout: branch, clean or not, a file of another commit; and that a hostile checkout runs nothing.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { commitOf, fileAt, provenanceOf } from "../../src/cli/git.ts";
import { loadConfig } from "../../src/library/config.ts";
import { demandPermission } from "../../src/library/protection.ts";
import { clones, git } from "../ledger/git-scene.ts";

const config = `apiVersion: cxform/v1
kind: Config
environments:
  production:
    tenant: acme
    protected: true
    credentials: { clientId: { fromEnv: ID }, clientSecret: { fromEnv: SECRET } }
`;

function place(context: TestContext) {
  const { dir, two: folder } = clones(context);
  writeFileSync(join(folder, "cxform.yaml"), config);
  mkdirSync(join(folder, "templates"));
  writeFileSync(join(folder, "templates/one.yaml"), "one\n");
  git(folder, "add", ".");
  git(folder, "commit", "-q", "-m", "two");
  const commit = git(folder, "rev-parse", "HEAD");
  const world = (more: Readonly<Record<string, string>> = {}) => {
    const env: Readonly<Record<string, string>> = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...more };
    return { world: { env: (name: string): string | undefined => env[name] } };
  };
  const known = (more?: Readonly<Record<string, string>>) =>
    provenanceOf(loadConfig({ cwd: folder }).config, world(more));
  return { dir, folder, commit, world, known };
}

test("a clean clone says its branch, the default one, and that it is no run of CI", async (context) => {
  const { known, commit, folder, world } = place(context);
  assert.deepEqual(await known(), { isInCi: false, branch: "main", defaultBranch: "main", isClean: true });
  assert.equal(await commitOf(folder, world()), commit);
});

test("what cxform reads makes a tree dirty; its ledger and other unknown files do not", async (context) => {
  const { known, folder } = place(context);
  writeFileSync(join(folder, "plan.json"), "{}");
  mkdirSync(join(folder, "ledger/production/audit"), { recursive: true });
  writeFileSync(join(folder, "ledger/production/audit/run.ndjson"), "{}\n");
  assert.equal((await known()).isClean, true);
  writeFileSync(join(folder, "templates/two.yaml"), "two\n");
  assert.equal((await known()).isClean, false);
  rmSync(join(folder, "templates/two.yaml"));
  assert.equal((await known()).isClean, true);
  appendFileSync(join(folder, "templates/one.yaml"), "more\n");
  assert.equal((await known()).isClean, false);
  git(folder, "add", ".");
  assert.equal((await known()).isClean, false);
});

test("in a workflow the branch is the run's, where its commit is what is checked out", async (context) => {
  const { known, commit, dir } = place(context);
  const event = join(dir, "event.json");
  writeFileSync(event, JSON.stringify({ repository: { default_branch: "trunk" } }));
  const run = { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/heads/trunk", GITHUB_SHA: commit, GITHUB_EVENT_PATH: event };
  assert.deepEqual(await known(run), { isInCi: true, branch: "trunk", defaultBranch: "trunk", isClean: true });
  assert.equal((await known({ ...run, GITHUB_SHA: "0".repeat(40) })).branch, undefined);
  assert.equal((await known({ ...run, GITHUB_REF: "refs/pull/7/merge" })).branch, undefined);
  writeFileSync(event, "no json");
  assert.equal((await known(run)).defaultBranch, "main");
});

test("outside of a repository nothing is known", async (context) => {
  const { folder, known } = place(context);
  rmSync(join(folder, ".git"), { recursive: true });
  assert.deepEqual(await known(), { isInCi: false });
});

test("a file of another commit is read from git's objects, and a commit that is not at hand is told apart", async (context) => {
  const { folder, commit, world } = place(context);
  writeFileSync(join(folder, "cxform.yaml"), "changed: here\n");
  assert.deepEqual(await fileAt(folder, commit, "cxform.yaml", world()), { text: config });
  assert.equal(await fileAt(folder, commit, "other.yaml", world()), "absent");
  assert.equal(await fileAt(folder, "0".repeat(40), "cxform.yaml", world()), undefined);
  assert.equal(await fileAt(folder, "--help", "cxform.yaml", world()), undefined);
});

test("no hook, filter or monitor of a hostile checkout is run", async (context) => {
  const { folder, dir, known, commit, world } = place(context);
  const mark = join(dir, "mark");
  const command = `touch ${mark}`;
  git(folder, "config", "core.fsmonitor", command);
  git(folder, "config", "filter.evil.clean", `${command}; cat`);
  git(folder, "config", "filter.e=vil.process", command);
  git(folder, "config", "core.pager", command);
  git(folder, "config", "core.hooksPath", join(folder, "hooks"));
  mkdirSync(join(folder, "hooks"));
  writeFileSync(join(folder, "hooks/post-index-change"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  writeFileSync(join(folder, ".gitattributes"), "*.yaml filter=evil\n");
  appendFileSync(join(folder, "templates/one.yaml"), "more\n");
  assert.equal((await known()).isClean, false);
  await fileAt(folder, commit, "cxform.yaml", world());
  assert.equal(existsSync(mark), false);
});

test("a dirty tree is refused where another machine is written to, unless it is allowed", (context) => {
  const { folder } = place(context);
  const { config: loaded } = loadConfig({ cwd: folder });
  const environment = {
    ...(loaded.environments["production"] as NonNullable<(typeof loaded.environments)[string]>),
    isProtected: false,
  };
  const attribution = { actor: "me", provenance: { isInCi: false, isClean: false } };
  const demand = { environment, attribution, isRemote: true, allowDirty: false, optOutsOnly: false };
  assert.throws(() => demandPermission(demand), /changes that no commit holds/);
  assert.throws(() => demandPermission({ ...demand, optOutsOnly: true }), /changes that no commit holds/);
  assert.doesNotThrow(() => demandPermission({ ...demand, allowDirty: true }));
  assert.doesNotThrow(() => demandPermission({ ...demand, isRemote: false }));
  assert.doesNotThrow(() =>
    demandPermission({ ...demand, attribution: { actor: "me", provenance: { isInCi: false } } }),
  );
});
