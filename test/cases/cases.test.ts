// Runs every case folder: declared manifests beside what CXone holds give the expected plan. UPDATE_CASES=1 rewrites what is expected; the diff is reviewed.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { kinds } from "../../src/kinds/kinds.ts";
import { casesDir, expectation, situationOf, tell } from "./story.ts";

const folders = readdirSync(casesDir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

test("there are cases of every kind, each named by its kind's slug", () => {
  assert.ok(folders.length >= 14, `${folders.length} cases`);
  const slugs = kinds.map((kind) => kind.slug);
  for (const folder of folders) {
    assert.ok(
      slugs.some((slug) => folder.startsWith(`${slug}-`)),
      folder,
    );
  }
});

for (const folder of folders) {
  const dir = join(casesDir, folder);

  test(`case ${folder}: ${situationOf(dir).story}`, async () => {
    const told = await tell(dir, kinds);
    const file = join(dir, "plan.json");
    const found = expectation(told);
    assert.deepEqual(
      told.manifests.diagnostics.filter((one) => one.severity === "error"),
      [],
      "the manifests of a case are valid",
    );
    assert.deepEqual(told.tenant.unread(), [], "what CXone holds in a case is read");
    if (process.env["UPDATE_CASES"] === "1") writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    assert.ok(existsSync(file), "UPDATE_CASES=1 writes what is expected");
    assert.deepEqual(found, JSON.parse(readFileSync(file, "utf8")));
  });
}
