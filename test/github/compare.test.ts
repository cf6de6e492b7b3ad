// Where a commit stands to another, on the double's real history.
import assert from "node:assert/strict";
import test from "node:test";
import { compareCommits } from "../../src/github/compare.ts";
import { GitHubForbidden } from "../../src/github/failure.ts";
import { strangerCommits } from "../github-double/bare.ts";
import { client, scene } from "./scene.ts";

test("a commit is ahead of, behind, the same as or beside another; an unknown one and one without a common past are neither", async (context) => {
  const here = await scene(context);
  const { bare, state } = here.double;
  const first = strangerCommits(bare, "main", "a", "a");
  const second = strangerCommits(bare, "main", "b", "b");
  const beside = bare.commit(bare.tree(first, new Map([["c", Buffer.from("c")]])), [first], "beside\n");
  const alone = bare.commit(bare.tree(undefined, new Map([["d", Buffer.from("d")]])), [], "alone\n");
  const of = (base: string, head: string) => compareCommits(here.github, base, head);
  assert.equal(await of(first, second), "ahead");
  assert.equal(await of(second, first), "behind");
  assert.equal(await of(second, second), "identical");
  assert.equal(await of(second, beside), "diverged");
  assert.equal(await of(second, alone), undefined);
  assert.equal(await of(second, "b".repeat(40)), undefined);
  state.tokens.set("ghs_poor", { login: "x", permissions: {} });
  await assert.rejects(compareCommits(client(here.double, here.world, "ghs_poor"), first, second), (error) => {
    assert.ok(error instanceof GitHubForbidden);
    assert.equal(error.permission, "contents: read");
    return true;
  });
});
