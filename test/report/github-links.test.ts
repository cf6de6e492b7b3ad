// Addresses on GitHub: right for ordinary names, and harmless for any other.
import assert from "node:assert/strict";
import test from "node:test";
import { commitUrl, lineUrl, pullRequestUrl, runUrl } from "../../src/report/github-links.ts";

const root = "https://github.example/shop/messaging";

test("a line, a commit, a run and a pull request have their addresses", () => {
  assert.equal(lineUrl(root, "8f3c", "templates/a b.yaml", 14), `${root}/blob/8f3c/templates/a%20b.yaml?plain=1#L14`);
  assert.equal(commitUrl(`${root}//`, "8f3c"), `${root}/commit/8f3c`);
  assert.equal(runUrl(root, "7", 2), `${root}/actions/runs/7/attempts/2`);
  assert.equal(pullRequestUrl(root, 12), `${root}/pull/12`);
});

test("no name ends the address, its link or the table around it", () => {
  const url = lineUrl(root, "a)b", 'x)(y|z\\ "<`*_~\n\ud800/../é.yaml', 1);
  assert.match(url, /^https:\/\/github\.example\/shop\/messaging\/blob\/[A-Za-z0-9%./-]+\?plain=1#L1$/);
});

test("a repository's address that is none gives no other host", () => {
  for (const wrong of ["javascript:alert(1)", "", "github.example/shop"])
    assert.equal(commitUrl(wrong, "8f"), "/commit/8f");
});
