// One issue for one matter, statuses and events, against the double.
import assert from "node:assert/strict";
import test from "node:test";
import { dispatch } from "../../src/github/dispatch.ts";
import { GitHubFailure } from "../../src/github/failure.ts";
import { closeIssue, keepIssue, type OpenIssue, recordIssue } from "../../src/github/issue.ts";
import { setStatus } from "../../src/github/status.ts";
import { head, type Scene, scene } from "./scene.ts";

const matter: OpenIssue = {
  label: "cxform-drift",
  marker: "cxform:drift production",
  title: "CXone differs in production",
  body: "one template was edited",
  digest: "sha256:d1",
  comment: "a template was edited in the console",
};

const spoken = (here: Scene): readonly string[] =>
  here.double.state.comments.map(({ body }) => body.replace(/\n<!-- cxform:digest \S+ -->$/, ""));

test("a matter has one issue: created, silent while nothing changes, spoken on, closed, reopened", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  const created = await keepIssue(here.github, matter);
  assert.equal(created.did, "created");
  assert.equal((await keepIssue(here.github, { ...matter, body: "read a minute later" })).did, "unchanged");
  assert.deepEqual([state.issues.length, spoken(here)], [1, []]);
  const changed = await keepIssue(here.github, { ...matter, digest: "sha256:d2", comment: "two now" });
  assert.deepEqual([changed.did, changed.number, spoken(here)], ["updated", created.number, ["two now"]]);
  assert.equal((await closeIssue(here.github, matter, "clean again")).did, "closed");
  assert.equal((await closeIssue(here.github, matter, "clean again")).did, "none");
  assert.equal(state.issues[0]?.state, "closed");
  const again = await keepIssue(here.github, { ...matter, digest: "sha256:d2", comment: "and back" });
  assert.deepEqual([again.did, state.issues[0]?.state], ["reopened", "open"]);
  assert.deepEqual(spoken(here), ["two now", "clean again", "and back"]);
  assert.equal((await keepIssue(here.github, { ...matter, marker: "cxform:drift staging" })).did, "created");
  assert.equal(state.issues.length, 2);
});

test("a word is neither lost nor said twice when the issue or the word is refused", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  await keepIssue(here.github, matter);
  const changed = { ...matter, digest: "sha256:d2", comment: "two now" };
  for (const call of ["create-comment", "issues/update"]) {
    here.double.fault(call, { kind: "status", status: 502 });
    await assert.rejects(keepIssue(here.github, changed), GitHubFailure);
  }
  assert.equal((await keepIssue(here.github, changed)).did, "updated");
  assert.deepEqual(spoken(here), ["two now"]);
  here.double.fault("issues/update", { kind: "status", status: 403 });
  await assert.rejects(closeIssue(here.github, matter, "clean again"), GitHubFailure);
  assert.equal((await closeIssue(here.github, matter, "clean again")).did, "closed");
  assert.deepEqual([spoken(here), state.issues[0]?.state], [["two now", "clean again"], "closed"]);
});

test("what happens again is said once each time on one issue, which it opens again", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  const first = { ...matter, digest: "run-1", comment: "run 1" };
  const second = { ...first, body: "another", digest: "run-2", comment: "run 2" };
  assert.equal((await recordIssue(here.github, first)).did, "created");
  assert.equal((await recordIssue(here.github, second)).did, "updated");
  for (const one of [first, second]) assert.equal((await recordIssue(here.github, one)).did, "unchanged");
  Object.assign(state.issues[0] as object, { state: "closed" });
  assert.equal((await recordIssue(here.github, second)).did, "unchanged");
  assert.equal(state.issues[0]?.state, "closed", "a review that is done stays done");
  here.double.fault("create-comment", { kind: "status", status: 502 });
  const third = { ...first, digest: "run-3", comment: "run 3" };
  await assert.rejects(recordIssue(here.github, third), GitHubFailure);
  await recordIssue(here.github, third);
  assert.deepEqual([state.issues.length, state.issues[0]?.state, spoken(here)], [1, "open", ["run 2", "run 3"]]);
  assert.match(state.issues[0]?.body ?? "", /one template was edited/);
});

test("an issue that somebody else opened with the marker is neither believed nor touched", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  const body = `<!-- ${matter.marker} -->\nall is well\n<!-- cxform:digest ${matter.digest} -->`;
  state.issues.push({
    number: 5,
    nodeId: "I_5",
    title: "x",
    body,
    login: "eve",
    labels: [matter.label],
    state: "open",
  });
  assert.equal((await keepIssue(here.github, matter)).did, "created");
  assert.equal((await closeIssue(here.github, matter, "clean")).did, "closed");
  assert.deepEqual([state.issues[0]?.body, state.issues[0]?.state], [body, "open"]);
});

test("an issue whose answer is lost is not opened twice, and is found behind a hundred others", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  for (let at = 1; at <= 120; at++) {
    state.issues.push({
      number: at,
      nodeId: `I_${at}`,
      title: "x",
      body: "",
      login: "eve",
      labels: [matter.label],
      state: "closed",
    });
  }
  here.double.fault("issues/create", { kind: "lost" });
  assert.equal((await keepIssue(here.github, matter)).did, "created");
  assert.equal((await keepIssue(here.github, matter)).did, "unchanged");
  assert.equal(state.issues.length, 121);
});

test("a status is cut at 140 characters, and an event wakes the workflows", async (context) => {
  const here = await scene(context);
  const { state } = here.double;
  const status = { commit: head, context: "cxform/plan", state: "success" } as const;
  await setStatus(here.github, {
    ...status,
    description: `4 changes ${"é".repeat(140)}`,
    url: "https://example.test/1",
  });
  assert.deepEqual(
    [[...(state.statuses[0]?.description ?? "")].length, state.statuses[0]?.target_url],
    [140, "https://example.test/1"],
  );
  await dispatch(here.github, "cxform-settle", { environment: "production" });
  assert.deepEqual(state.dispatches, [{ event_type: "cxform-settle", client_payload: { environment: "production" } }]);
});
