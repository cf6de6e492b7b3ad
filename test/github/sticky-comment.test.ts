// The one comment on a pull request, against the double: found among many, never somebody else's, never older over newer, never twice.
import assert from "node:assert/strict";
import test from "node:test";
import { GitHubForbidden, GitHubRefused, GitHubUnreachable } from "../../src/github/failure.ts";
import { type CommentOptions, mostCommentUnits, putComment, readComment } from "../../src/github/sticky-comment.ts";
import type { DoubleComment } from "../github-double/state.ts";
import { client, head, pull, type Scene, scene } from "./scene.ts";

const options: CommentOptions = {
  pullRequest: 7,
  marker: "cxform:plan",
  head,
  run: { id: 11, attempt: 1 },
  body: "## 4 changes\n\n<sub>read at 09:14</sub>",
  meta: { planDigest: "sha256:b71f" },
};

function say(here: Scene, body: string, login = "eve"): DoubleComment {
  const { state } = here.double;
  const id = state.nextId();
  const comment: DoubleComment = {
    id,
    nodeId: `IC_${id}`,
    item: 7,
    body,
    login,
    minimised: undefined,
    createdAt: state.now(),
    updatedAt: state.now(),
  };
  state.comments.push(comment);
  return comment;
}

const bodies = (here: Scene): readonly string[] => here.double.state.comments.map(({ body }) => body);
const shown = (here: Scene) => here.double.state.comments.filter(({ minimised }) => minimised === undefined);

test("a comment is created once, updated when the body changes, and left when only its footer does", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const created = await putComment(here.github, options);
  assert.equal(created.did, "created");
  assert.match(created.url ?? "", /pull\/7#issuecomment-\d+$/);
  const [text = ""] = bodies(here);
  assert.equal(text.split("\n")[0], "<!-- cxform:plan -->");
  assert.equal(
    text.split("\n").at(-1),
    `<!-- cxform:meta {"attempt":1,"head":"${head}","planDigest":"sha256:b71f","run":11} -->`,
  );
  const later = { ...options, run: { id: 12, attempt: 1 } };
  const footer = await putComment(here.github, { ...later, body: "## 4 changes\n\n<sub>read at 10:20</sub>" });
  assert.deepEqual(footer, { ...created, did: "unchanged" });
  assert.deepEqual(bodies(here), [text]);
  const updated = await putComment(here.github, { ...later, body: "## 5 changes" });
  assert.deepEqual(updated, { ...created, did: "updated" });
  assert.match(bodies(here)[0] ?? "", /## 5 changes/);
  assert.equal(bodies(here).length, 1);
});

test("the comment is found as the 121st, page by page", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  for (let at = 0; at < 120; at++) say(here, `noise ${at}`);
  await putComment(here.github, options);
  const again = await putComment(here.github, { ...options, body: "## 5 changes" });
  assert.equal(again.did, "updated");
  assert.equal(bodies(here).length, 121);
  assert.match(bodies(here)[120] ?? "", /## 5 changes/);
});

test("a marker in somebody else's comment is neither believed nor touched", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const forged = `<!-- cxform:plan -->\nno changes\n<!-- cxform:meta {"attempt":9,"run":999999} -->`;
  say(here, forged);
  assert.equal(await readComment(here.github, options), undefined);
  assert.equal((await putComment(here.github, options)).did, "created");
  assert.equal((await putComment(here.github, { ...options, body: "## 5 changes" })).did, "updated");
  const [first, second] = here.double.state.comments;
  assert.deepEqual([first?.body, first?.minimised], [forged, undefined]);
  assert.match(second?.body ?? "", /## 5 changes/);
});

test("a comment of ours that only quotes the marker is none of its kind", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const login = "github-actions[bot]";
  say(here, "see <!-- cxform:plan -->", login);
  say(here, "<!-- cxform:planned -->\nx", login);
  say(here, "<!-- cxform:apply -->\nx", login);
  assert.equal((await putComment(here.github, options)).did, "created");
  assert.equal(bodies(here).length, 4);
});

test("a pull request that has moved on gets nothing, and a newer run or attempt is not overwritten", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull({ head: "b".repeat(40) }));
  assert.deepEqual(await putComment(here.github, options), { did: "superseded" });
  assert.deepEqual(bodies(here), []);
  (here.double.state.pulls[0] as { head: string }).head = head;
  const newer = await putComment(here.github, { ...options, run: { id: 12, attempt: 2 } });
  for (const run of [
    { id: 11, attempt: 5 },
    { id: 12, attempt: 1 },
  ]) {
    assert.deepEqual(await putComment(here.github, { ...options, run, body: "old" }), { ...newer, did: "superseded" });
  }
  assert.equal(
    (await putComment(here.github, { ...options, run: { id: 12, attempt: 3 }, body: "new" })).did,
    "updated",
  );
});

test("two first runs at once leave one comment that shows, the older one", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const rival = `<!-- cxform:plan -->\nrival\n<!-- cxform:meta {"attempt":1,"run":11} -->`;
  here.double.fault("create-comment", {
    kind: "before",
    run: () => void say(here, rival, "github-actions[bot]"),
  });
  const result = await putComment(here.github, options);
  assert.equal(shown(here).length, 1);
  assert.equal(shown(here)[0]?.id, result.id);
  assert.deepEqual(
    here.double.state.comments.map(({ minimised }) => minimised),
    [undefined, "OUTDATED"],
  );
  assert.equal((await putComment(here.github, { ...options, body: "## 5 changes" })).did, "updated");
  assert.match(shown(here)[0]?.body ?? "", /## 5 changes/);
});

test("a change that must be noticed is a new comment, and the old one is minimised", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const first = await putComment(here.github, options);
  const second = await putComment(here.github, { ...options, body: "## 5 changes", notify: true });
  assert.equal(second.did, "created");
  assert.notEqual(second.id, first.id);
  assert.deepEqual(
    shown(here).map(({ id }) => id),
    [second.id],
  );
  assert.equal((await putComment(here.github, { ...options, body: "## 5 changes", notify: true })).did, "unchanged");
});

test("a comment whose answer is lost is looked for and not posted twice", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  here.double.fault("create-comment", { kind: "lost" });
  assert.equal((await putComment(here.github, options)).did, "created");
  assert.equal(bodies(here).length, 1);
  here.double.state.pulls.push(pull({ number: 8 }));
  here.double.fault("create-comment", { kind: "status", status: 502 });
  await assert.rejects(putComment(here.github, { ...options, pullRequest: 8 }), GitHubUnreachable);
  assert.equal(bodies(here).length, 1);
});

test("facts in the comment cannot end it, and come back as they were", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  const meta = { note: "--> <script>-- ## @octocat --!>", planDigest: "x" };
  await putComment(here.github, { ...options, meta });
  const line = bodies(here)[0]?.split("\n").at(-1) ?? "";
  assert.equal(line.match(/--/g)?.length, 2);
  assert.equal(line.match(/>/g)?.length, 1);
  assert.deepEqual((await readComment(here.github, options))?.meta, { ...meta, head, run: 11, attempt: 1 });
});

test("65,537 characters are refused by GitHub, and never sent", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  await assert.rejects(
    putComment(here.github, { ...options, body: "x".repeat(mostCommentUnits) }),
    /rendered to the size/,
  );
  assert.deepEqual(here.double.calls, []);
  const direct = here.github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    ...here.github.place,
    issue_number: 7,
    body: "x".repeat(65_537),
  });
  await assert.rejects(direct, (error) => {
    assert.ok(error instanceof GitHubRefused);
    assert.match(error.message, /body is too long \(maximum is 65536 characters\)/);
    return true;
  });
  const room = mostCommentUnits - 200;
  assert.equal((await putComment(here.github, { ...options, body: "x".repeat(room) })).did, "created");
});

test("a token that may not comment is told which permission is missing", async (context) => {
  const here = await scene(context);
  here.double.state.pulls.push(pull());
  here.double.state.tokens.set("ghs_reader", { login: "github-actions[bot]", permissions: { contents: "read" } });
  await assert.rejects(putComment(client(here.double, here.world, "ghs_reader"), options), (error) => {
    assert.ok(error instanceof GitHubForbidden);
    assert.match(error.hint, /pull-requests: write/);
    return true;
  });
});
