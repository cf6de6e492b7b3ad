// Where the environment variables of a workflow lead: which store a branch gets, and what a claim of a workflow run says of its death.
import assert from "node:assert/strict";
import test from "node:test";
import { LedgerUnusable } from "../../src/base/failure.ts";
import { realWorld } from "../../src/cli/world.ts";
import type { Environment } from "../../src/contract/config.ts";
import type { Holder } from "../../src/contract/world.ts";
import { openLedger, recoverable } from "../../src/ledger/ledger.ts";
import { storeFor, viaGitHub } from "../../src/library/store.ts";
import { testWorld } from "../_world/world.ts";
import { type GitHubDouble, githubDouble } from "../github-double/double.ts";
import { branch, ref } from "../ledger/git-scene.ts";
import { environment, facts } from "../ledger/scene.ts";
import { head } from "./scene.ts";

const workflow = (double: Pick<GitHubDouble, "url" | "graphqlUrl" | "token" | "repository">) => ({
  GITHUB_ACTIONS: "true",
  GITHUB_TOKEN: double.token,
  GITHUB_REPOSITORY: double.repository,
  GITHUB_API_URL: double.url,
  GITHUB_GRAPHQL_URL: double.graphqlUrl,
});

const onBranch = (via: Environment["ledgerVia"], remote?: string): Environment =>
  ({ ledgerBranch: branch, ledgerVia: via, ...(remote === undefined ? {} : { ledgerRemote: remote }) }) as Environment;

test("a branch goes through the API in a workflow that has a token, or where the config says so", () => {
  const here = workflow({ url: "u", graphqlUrl: "g", token: "t", repository: "a/b" });
  const cases: readonly (readonly [Environment, Readonly<Record<string, string>>, boolean])[] = [
    [onBranch("auto"), here, true],
    [onBranch("auto"), { ...here, GITHUB_TOKEN: "", "INPUT_GITHUB-TOKEN": "t" }, true],
    [onBranch("auto"), { ...here, GITHUB_TOKEN: "" }, false],
    [onBranch("auto"), { ...here, GITHUB_ACTIONS: "" }, false],
    [onBranch("auto"), { ...here, GITHUB_REPOSITORY: "" }, false],
    [onBranch("auto", "mirror"), here, false],
    [onBranch("git"), here, false],
    [onBranch("github"), {}, true],
  ];
  for (const [config, env, expected] of cases) {
    assert.equal(viaGitHub(config, testWorld({ env })), expected, `${config.ledgerVia} ${JSON.stringify(env)}`);
  }
});

test("an environment with a ledger branch writes it through the API of the workflow's repository", async (context) => {
  const double = await githubDouble(context);
  const world = testWorld({ env: workflow(double), patienceMs: 120_000 });
  const store = storeFor(onBranch("auto"), "/nonexistent", world);
  assert.equal(store.label, `branch ${branch} of ${double.repository}`);
  const run = (await openLedger(store, { environment })).begin(facts(1));
  await run.claim();
  await run.release();
  assert.equal(double.bare.git(["rev-list", "--count", ref]), "2");
  await assert.rejects(storeFor(onBranch("github"), "/nonexistent", testWorld()).read("HEAD.json"), (error) => {
    assert.ok(error instanceof LedgerUnusable);
    assert.match(error.hint, /GITHUB_TOKEN/);
    return true;
  });
});

test("the claim of a workflow run is recovered when GitHub says that the attempt has ended, and not before", async (context) => {
  const double = await githubDouble(context);
  const names = { ...workflow(double), GITHUB_RUN_ID: "77", GITHUB_RUN_ATTEMPT: "2" };
  const before = { ...process.env };
  Object.assign(process.env, names);
  context.after(() => {
    for (const name of Object.keys(names)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const { holder } = realWorld();
  assert.deepEqual(holder.workflowRun, { repository: double.repository, id: 77, attempt: 2 });
  // Another run, on a machine that is gone.
  const gone: Holder = {
    ...holder,
    host: "runner-9",
    bootId: "gone",
    workflowRun: { repository: double.repository, id: 76, attempt: 1 },
  };
  const store = storeFor(onBranch("auto"), "/nonexistent", testWorld({ env: workflow(double), patienceMs: 120_000 }));
  await (await openLedger(store, { environment })).begin(facts(1, { holder: gone })).claim();
  const { openClaim } = await openLedger(store, { environment });
  assert.ok(openClaim);
  assert.deepEqual(openClaim.entry.holder, gone);
  // A new world each time: an answer is kept for half a minute.
  const says = () => recoverable(openClaim, realWorld());
  const run = { id: 76, attempt: 1, path: "x", headSha: head, status: "in_progress" as const, conclusion: null };
  assert.equal(await says(), "unknown", "GitHub knows no such run");
  double.state.runs.push({ ...run });
  assert.equal(await says(), "unknown", "it is at work");
  (double.state.runs[0] as { status: string }).status = "completed";
  assert.equal(await says(), "dead");
  assert.equal(await realWorld().isDead({ ...gone, workflowRun: { ...run, repository: "other/one" } }), false);
  assert.equal(await realWorld().isDead(holder), false);
  const next = (await openLedger(store, { environment })).begin(facts(2));
  await assert.rejects(next.claim(), /in workflow run 76 of harbour\/messages \(attempt 1\)/);
});
