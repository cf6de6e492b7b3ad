// What proves a review, against the double: the pull request, its approvals, the gate of an environment, the plan that was seen. Each doubt is a refusal.
import assert from "node:assert/strict";
import test from "node:test";
import { strToU8, zipSync } from "fflate";
import { environmentProtection } from "../../src/github/environment.ts";
import { GitHubUnreachable } from "../../src/github/failure.ts";
import { permissionOf } from "../../src/github/permission.ts";
import { planArtifactName, reviewedPlan } from "../../src/github/plan-artifact.ts";
import { pullRequestNumber, pullRequestOf } from "../../src/github/pull-request.ts";
import { runApprovals } from "../../src/github/run-approvals.ts";
import { isRunFinished } from "../../src/github/workflow-run.ts";
import { strangerCommits } from "../github-double/bare.ts";
import type { DoubleArtifact, DoubleRun } from "../github-double/state.ts";
import { client, head, pull, type Scene, scene } from "./scene.ts";

const workflow = ".github/workflows/plan.yml";
const plan = { formatVersion: 1, digest: "sha256:b71f", steps: [] };
const zipOf = (files: Readonly<Record<string, string>>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

/** A merged pull request with its plan run and artifact; answers the merge commit. */
function merged(here: Scene, artifact: Partial<DoubleArtifact> = {}, run: Partial<DoubleRun> = {}): string {
  const { state, bare } = here.double;
  const merge = strangerCommits(bare, "main", "templates/a.yaml", "a: 1\n");
  state.pulls.push(pull({ state: "MERGED", mergeCommit: merge, mergedBy: "grace" }));
  state.runs.push({
    id: 11,
    attempt: 1,
    path: workflow,
    headSha: head,
    status: "completed",
    conclusion: "success",
    ...run,
  });
  state.artifacts.push({
    id: 501,
    name: planArtifactName("production", head),
    bytes: zipOf({ "plan.json": JSON.stringify(plan), "../../evil": "x" }),
    expired: false,
    run: 11,
    headSha: head,
    headRepositoryId: state.repositoryId,
    ...artifact,
  });
  return merge;
}

const ask = (here: Scene, commit: string) => reviewedPlan(here.github, { commit, environment: "production", workflow });

test("a commit's pull request tells its head, author, merger and who of those with write access approves what", async (context) => {
  const here = await scene(context);
  const merge = strangerCommits(here.double.bare, "main", "a.yaml", "a: 1\n");
  const at = "2026-11-20T09:00:00Z";
  here.double.state.pulls.push(
    pull({
      state: "MERGED",
      mergeCommit: merge,
      mergedBy: "grace",
      reviews: [
        { login: "bob", state: "APPROVED", submittedAt: at, commit: "b".repeat(40) },
        { login: "bob", state: "APPROVED", submittedAt: "2026-11-20T10:00:00Z", commit: head },
        { login: "bob", state: "COMMENTED", submittedAt: "2026-11-20T11:00:00Z", commit: head },
        { login: "carol", state: "APPROVED", submittedAt: at, commit: head },
        { login: "carol", state: "CHANGES_REQUESTED", submittedAt: "2026-11-20T10:00:00Z", commit: head },
        { login: "mallory", state: "APPROVED", submittedAt: at, commit: head, mayWrite: false },
      ],
    }),
  );
  const found = await pullRequestOf(here.github, merge);
  const expected = {
    number: 7,
    title: "Welcome in Dutch",
    url: `${here.double.url}/harbour/messages/pull/7`,
    isMerged: true,
    base: "main",
    head,
    author: "ada",
    mergedBy: "grace",
    approvals: [{ login: "bob", at: "2026-11-20T10:00:00Z", commit: head }],
  };
  assert.deepEqual(found, expected);
  assert.deepEqual(await pullRequestNumber(here.github, 7), expected);
  const direct = strangerCommits(here.double.bare, "main", "a.yaml", "a: 2\n");
  assert.equal(await pullRequestOf(here.github, direct), undefined);
  here.double.state.pulls.push(pull({ number: 8, state: "MERGED", mergeCommit: merge }));
  assert.equal(await pullRequestOf(here.github, merge), undefined, "two say that it is theirs");
});

test("the reviewed plan is found by the merged pull request's head", async (context) => {
  const here = await scene(context);
  const found = await ask(here, merged(here));
  assert.ok("plan" in found);
  assert.deepEqual([found.plan, found.pullRequest.number, found.runId], [plan, 7, 11]);
});

const refusals: readonly (readonly [string, Partial<DoubleArtifact>, Partial<DoubleRun>, RegExp])[] = [
  ["of another head", { headSha: "c".repeat(40) }, {}, /was made by a run of commit cccccccccccc, not of aaaaaaaaaaaa/],
  ["of a fork", { headRepositoryId: 666 }, {}, /was made by a run of a fork/],
  ["that has expired", { expired: true }, {}, /has expired/],
  ["of another workflow", {}, { path: ".github/workflows/evil.yml" }, /was not made by \.github\/workflows\/plan\.yml/],
  ["of a run that is gone", { run: 99 }, {}, /was not made by/],
  ["without a plan in it", { bytes: zipOf({ "other.json": "{}" }) }, {}, /holds no plan\.json/],
  ["that is no zip", { bytes: strToU8("PK no") }, {}, /cannot be read/],
  ["that is no JSON", { bytes: zipOf({ "plan.json": "{" }) }, {}, /cannot be read/],
  ["that is no object", { bytes: zipOf({ "plan.json": "[]" }) }, {}, /is no plan/],
  ["that is a bomb", { bytes: zipOf({ "plan.json": " ".repeat(50_000_001) }) }, {}, /larger than a plan can be/],
  ["of another environment", { name: planArtifactName("staging", head) }, {}, /has no plan of its last commit/],
];

test("each artifact that proves nothing is refused with a sentence and a way on", async (context) => {
  for (const [what, artifact, run, message] of refusals) {
    const here = await scene(context);
    const found = await ask(here, merged(here, artifact, run));
    assert.ok("refusal" in found, what);
    assert.match(found.refusal.message, message, what);
    assert.match(found.refusal.hint, /^[A-Z].*\.$/, what);
  }
});

test("a commit without a pull request, a lost download and an oversized one are told apart", async (context) => {
  const here = await scene(context);
  const commit = merged(here);
  const direct = strangerCommits(here.double.bare, "main", "b.yaml", "b: 1\n");
  const without = await ask(here, direct);
  assert.ok("refusal" in without);
  assert.match(without.refusal.message, /no pull request was merged as commit/);
  here.double.fault("actions/list-artifacts-for-repo", { kind: "status", status: 502 }, 4);
  await assert.rejects(ask(here, commit), GitHubUnreachable);
  const path = `/repos/${here.double.repository}/actions/artifacts/501/zip`;
  await assert.rejects(here.github.download(path, 10), /larger than 10 bytes/);
  assert.ok((await here.github.download(path, 100_000)).length > 100);
});

test("a good artifact counts although one of the same name was planted after it", async (context) => {
  const here = await scene(context);
  const commit = merged(here);
  here.double.state.artifacts.push({
    ...(here.double.state.artifacts[0] as DoubleArtifact),
    id: 502,
    headRepositoryId: 666,
    bytes: zipOf({ "plan.json": '{"digest":"forged"}' }),
  });
  const found = await ask(here, commit);
  assert.ok("plan" in found);
  assert.deepEqual(found.plan, plan);
});

test("an approval counts for its environment alone, a rejection ends it, and silence is none", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  state.runs.push({ id: 21, attempt: 1, path: "x", headSha: head, status: "in_progress", conclusion: null });
  const message = async (environment = "production", run = 21) => {
    const answer = await runApprovals(here.github, run, environment);
    return "refusal" in answer ? answer.refusal.message : answer.approvals;
  };
  assert.match(String(await message()), /nobody approved run 21 for environment production/);
  state.approvals.push({ run: 21, environments: ["staging"], state: "approved", login: "bob", comment: "go" });
  assert.match(String(await message()), /nobody approved/);
  state.approvals.push({
    run: 21,
    environments: ["production"],
    state: "approved",
    login: "bob",
    comment: "digest b71f",
  });
  assert.deepEqual(await message(), [{ environment: "production", login: "bob", comment: "digest b71f" }]);
  state.approvals.push({ run: 21, environments: ["production"], state: "rejected", login: "carol", comment: "" });
  assert.match(String(await message()), /environment production is rejected by carol/);
  assert.match(String(await message("production", 99)), /does not tell who approved run 99/);
  state.tokens.set("ghs_poor", { login: "github-actions[bot]", permissions: {} });
  const poor = await runApprovals(client(here.double, here.world, "ghs_poor"), 21, "staging");
  assert.ok("refusal" in poor);
  assert.match(poor.refusal.hint, /actions: read/);
});

test("an environment tells its reviewers, that it has none, that it is not there, or that the token may not ask", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  state.environments.push({ name: "production", reviewers: ["bob"], preventSelfReview: true, branchPolicy: true });
  state.environments.push({ name: "open" });
  assert.deepEqual(await environmentProtection(here.github, "production"), {
    is: "there",
    reviewers: ["bob"],
    preventsSelfReview: true,
    deploysFrom: "protected",
  });
  assert.deepEqual(await environmentProtection(here.github, "open"), {
    is: "there",
    reviewers: [],
    preventsSelfReview: false,
    deploysFrom: "any",
  });
  assert.deepEqual(await environmentProtection(here.github, "typo"), { is: "missing" });
  state.tokens.set("ghs_poor", { login: "x", permissions: {} });
  assert.equal((await environmentProtection(client(here.double, here.world, "ghs_poor"), "open")).is, "untold");
});

test("a run is finished when GitHub says so of that very attempt", async (context) => {
  const here = await scene(context);
  const { repository, state } = here.double;
  const facts = { path: "x", headSha: head, conclusion: null };
  state.runs.push({ id: 31, attempt: 1, status: "completed", ...facts });
  state.runs.push({ id: 31, attempt: 2, status: "in_progress", ...facts });
  const ends = (attempt: number, id = 31, name = repository) =>
    isRunFinished(here.github, { repository: name, id, attempt });
  assert.deepEqual(
    [await ends(1), await ends(2), await ends(3), await ends(1, 32), await ends(1, 31, "other/one")],
    [true, false, false, false, false],
  );
  here.double.fault("get-workflow-run-attempt", { kind: "status", status: 502 }, 4);
  assert.equal(await ends(1), false);
});

test("what a person may do is asked, and unknown people may nothing", async (context) => {
  const here = await scene(context);
  here.double.state.permissions.set("ada", "write");
  assert.deepEqual([await permissionOf(here.github, "ada"), await permissionOf(here.github, "eve")], ["write", "none"]);
});
