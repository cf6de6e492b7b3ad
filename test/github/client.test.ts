// The client against the double: typed failures, bounded waits, pages to the end, and a token that shows nowhere.
import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { openGitHub } from "../../src/github/client.ts";
import {
  GitHubFailure,
  GitHubForbidden,
  GitHubLimited,
  GitHubMissing,
  GitHubRefused,
  GitHubUnauthorised,
  GitHubUnreachable,
} from "../../src/github/failure.ts";
import { testWorld, until } from "../_world/world.ts";
import { startGitHubDouble } from "../github-double/double.ts";
import { pull, type Scene, scene } from "./scene.ts";

const getRepository = ({ github }: Scene) => github.request("GET /repos/{owner}/{repo}", github.place);
const setStatus = ({ github }: Scene, description = "fine") =>
  github.request("POST /repos/{owner}/{repo}/statuses/{sha}", {
    ...github.place,
    sha: "a".repeat(40),
    state: "success",
    description,
  });

async function caught(work: Promise<unknown>): Promise<GitHubFailure> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof GitHubFailure, String(error));
    assert.doesNotMatch(
      `${error.message}\n${error.hint}\n${error.stack}\n${inspect(error, { depth: 9 })}`,
      /ghs_|CANARY/,
    );
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("a call says which version of the API it means and who asks", async (context) => {
  const here = await scene(context);
  await getRepository(here);
  const [sent] = here.double.headers;
  assert.equal(sent?.["x-github-api-version"], "2022-11-28");
  assert.match(sent?.["user-agent"] ?? "", /^cxform\//);
  assert.equal(sent?.["authorization"], "token ghs_double");
});

test("a token that GitHub does not know is told without being shown", async (context) => {
  const here = await scene(context, { token: "ghs_CANARY" });
  const failure = await caught(getRepository(here));
  assert.ok(failure instanceof GitHubUnauthorised);
  assert.equal(failure.code, "CX7001");
  assert.deepEqual(here.double.calls, ["repos/get 401"]);
});

test("a token that may not do it is told with the permission that a workflow must give", async (context) => {
  const here = await scene(context);
  here.double.state.tokens.set("ghs_double", { login: "github-actions[bot]", permissions: { contents: "read" } });
  const failure = await caught(setStatus(here));
  assert.ok(failure instanceof GitHubForbidden);
  assert.equal(failure.permission, "statuses: write");
  assert.match(failure.hint, /permission statuses: write/);
  here.double.state.pulls.push(pull());
  const comment = here.github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...here.github.place,
    issue_number: 7,
    body: "x",
  });
  assert.match((await caught(comment)).hint, /issues: write or pull-requests: write/);
  const mutation =
    "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { clientMutationId } }";
  const input = {
    branch: { repositoryNameWithOwner: here.double.repository, branchName: "x" },
    expectedHeadOid: "a".repeat(40),
    message: { headline: "x" },
  };
  const refused = await caught(here.github.graphql(mutation, { input }, "contents: write"));
  assert.ok(refused instanceof GitHubForbidden);
  assert.equal(refused.permission, "contents: write");
});

test("what GitHub does not know, and what it refuses, are told in its words", async (context) => {
  const here = await scene(context);
  const run = here.github.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", {
    ...here.github.place,
    run_id: 9,
  });
  const missing = await caught(run);
  assert.ok(missing instanceof GitHubMissing);
  assert.match(missing.hint, /actions: read/);
  const refused = await caught(setStatus(here, "x".repeat(141)));
  assert.ok(refused instanceof GitHubRefused);
  assert.match(
    refused.message,
    /\(422\): Validation Failed \(description: is too long \(maximum is 140 characters\)\)/,
  );
  const wrong = await caught(here.github.graphql("query { nothing }", {}));
  assert.ok(wrong instanceof GitHubRefused);
  assert.match(wrong.message, /Cannot query field "nothing"/);
});

test("a read is sent again after a 502 and after a lost answer, and given up after four tries", async (context) => {
  const here = await scene(context);
  here.double.fault("repos/get", { kind: "status", status: 502 });
  here.double.fault("repos/get", { kind: "lost" });
  assert.equal((await getRepository(here)).data.default_branch, "main");
  assert.deepEqual(here.double.calls, ["repos/get 502", "repos/get 200", "repos/get 200"]);
  here.double.fault("repos/get", { kind: "status", status: 503 }, 4);
  const failure = await caught(getRepository(here));
  assert.ok(failure instanceof GitHubUnreachable);
  assert.match(failure.message, /answered 503/);
});

test("a write whose answer is lost is not sent again", async (context) => {
  const here = await scene(context);
  here.double.fault("create-commit-status", { kind: "lost" });
  assert.match((await caught(setStatus(here))).hint, /looks first whether this write has happened/);
  here.double.fault("create-commit-status", { kind: "status", status: 502 });
  assert.ok((await caught(setStatus(here))) instanceof GitHubUnreachable);
  assert.equal(here.double.state.statuses.length, 1);
});

test("a query is a read, whatever its method", async (context) => {
  const here = await scene(context);
  here.double.fault("graphql viewer", { kind: "status", status: 502 });
  const answer = await here.github.graphql<{ viewer: { login: string } }>("query { viewer { login } }", {});
  assert.equal(answer.viewer.login, "github-actions");
});

test("a secondary rate limit is waited out as long as it says, reads and writes alike", async (context) => {
  const here = await scene(context);
  const limit = { kind: "status", status: 403, message: "You have exceeded a secondary rate limit" } as const;
  here.double.fault("create-commit-status", { ...limit, headers: { "retry-after": "37" } });
  await setStatus(here);
  assert.ok(here.world.sleeps.includes(37_000));
  here.double.fault("create-commit-status", limit);
  await setStatus(here);
  assert.ok(here.world.sleeps.includes(60_000));
  assert.equal(here.double.state.statuses.length, 2);
});

test("a limit that outlasts a run's patience ends it with how long it lasts", async (context) => {
  const here = await scene(context);
  const reset = Math.ceil(here.world.clock.now() / 1_000) + 1_800;
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
  here.double.fault("repos/get", { kind: "status", status: 403, headers });
  const failure = await caught(getRepository(here));
  assert.ok(failure instanceof GitHubLimited);
  assert.equal(failure.hint, `Run the command again in ${failure.waitSeconds} s.`);
  assert.ok(Math.abs((failure.waitSeconds ?? 0) - 1_801) <= 1);
});

test("an answer that never comes ends after half a minute", async (context) => {
  const here = await scene(context, { auto: false });
  here.double.fault("create-commit-status", { kind: "hang" });
  const failing = caught(setStatus(here));
  await until(() => here.double.headers.length === 1, 120_000);
  await here.world.advance(29_999);
  assert.equal(here.world.sleeping, 1);
  await here.world.advance(1);
  assert.ok((await failing) instanceof GitHubUnreachable);
});

test("writes go one after the other, a second apart", async (context) => {
  const here = await scene(context);
  await Promise.all([setStatus(here, "one"), setStatus(here, "two"), setStatus(here, "three")]);
  assert.deepEqual(
    here.double.state.statuses.map(({ description }) => description),
    ["one", "two", "three"],
  );
  assert.ok(here.world.sleeps.filter((ms) => ms > 0 && ms <= 1_000).length >= 2);
});

test("a list is read to its last page", async (context) => {
  const here = await scene(context);
  for (let at = 0; at < 205; at++) {
    here.double.state.issues.push({
      number: at + 1,
      nodeId: `I_${at}`,
      title: `issue ${at}`,
      body: "",
      login: "ada",
      labels: [],
      state: "open",
    });
  }
  const all = await here.github.paginate("GET /repos/{owner}/{repo}/issues", { ...here.github.place, per_page: 100 });
  assert.equal(all.length, 205);
});

test("a host that is not there is unreachable, for a write as well", async () => {
  const gone = await startGitHubDouble();
  await gone.close();
  const github = openGitHub({ token: "ghs_CANARY", repository: "a/b", apiUrl: gone.url, world: testWorld() });
  const failure = await caught(setStatus({ github } as Scene));
  assert.ok(failure instanceof GitHubUnreachable);
  assert.match(failure.message, /ECONNREFUSED/);
});
