// The runs of a workflow after one of it, as the double has them.
import assert from "node:assert/strict";
import test from "node:test";
import { GitHubForbidden } from "../../src/github/failure.ts";
import { newerRuns } from "../../src/github/newer-runs.ts";
import { client, head, scene } from "./scene.ts";

test("the newer runs are those of the file and the branch, of pushes, that ended well, the newest first", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  const good = {
    attempt: 1,
    path: ".github/workflows/apply.yml",
    branch: "main",
    event: "push",
    headSha: head,
    status: "completed",
    conclusion: "success",
  } as const;
  state.runs.push(
    { ...good, id: 21, number: 5 },
    { ...good, id: 22, number: 6, conclusion: "failure" },
    { ...good, id: 22, number: 6, attempt: 2 },
    { ...good, id: 23, number: 7, headSha: "b".repeat(40) },
    { ...good, id: 24, number: 8, status: "in_progress", conclusion: null },
    { ...good, id: 25, number: 9, event: "workflow_dispatch" },
    { ...good, id: 26, number: 10, branch: "topic" },
    { ...good, id: 27, number: 11, path: ".github/workflows/plan.yml" },
  );
  const options = { workflow: "apply.yml", branch: "main", number: 5 };
  assert.deepEqual(await newerRuns(here.github, options), [
    { id: 23, number: 7, attempt: 1, commit: "b".repeat(40) },
    { id: 22, number: 6, attempt: 2, commit: head },
  ]);
  assert.deepEqual(await newerRuns(here.github, { ...options, number: 7 }), []);
  state.tokens.set("ghs_poor", { login: "x", permissions: {} });
  await assert.rejects(newerRuns(client(here.double, here.world, "ghs_poor"), options), (error) => {
    assert.ok(error instanceof GitHubForbidden);
    assert.equal(error.permission, "actions: read");
    return true;
  });
});
