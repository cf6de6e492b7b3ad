// The worked example of CONTRIBUTING.md, run: a kind beside those of the list, with one folder, one schema and its cases, and not a line in the engine.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { kinds } from "../../src/kinds/kinds.ts";
import { expectation, situationOf, tell } from "../cases/story.ts";
import businessHours from "./eighth/index.ts";
import { holdKind } from "./suite.ts";

const folder = fileURLToPath(new URL("eighth/", import.meta.url));
const casesDir = join(folder, "cases");
const schemasDir = join(folder, "schemas");
const list = [...kinds, businessHours];
const contributing = readFileSync(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");

holdKind(businessHours, {
  kinds: list,
  sourceDir: folder,
  schemasDir,
  casesDir,
  examples: async () => {
    const { manifests } = await tell(join(casesDir, "business-hours-first"), list, schemasDir);
    assert.deepEqual(manifests.diagnostics, []);
    // Its example content is the case's own: the repository has no folder for a kind that only a test knows.
    return manifests.declared.map((one) => ({ ...one, source: { ...one.source, file: `hours/${one.name}.yaml` } }));
  },
});

for (const name of readdirSync(casesDir).sort()) {
  const dir = join(casesDir, name);

  test(`case ${name}: ${situationOf(dir).story}`, async () => {
    const told = await tell(dir, list, schemasDir);
    const file = join(dir, "plan.json");
    const found = expectation(told);
    if (process.env["UPDATE_CASES"] === "1") writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    assert.ok(existsSync(file), "UPDATE_CASES=1 writes what is expected");
    assert.deepEqual(found, JSON.parse(readFileSync(file, "utf8")));
    assert.ok(told.planned.plan.steps.length > 0, "a plan comes out");
  });
}

test("the eighth kind is planned like any other, from its object and its policies alone", async () => {
  const first = (await tell(join(casesDir, "business-hours-first"), list, schemasDir)).planned.plan;
  assert.deepEqual(
    first.steps.map(({ action, address }) => `${action} ${address}`),
    ["adopt BusinessHours/fitting-desk", "create BusinessHours/returns-desk"],
  );
  const edited = (await tell(join(casesDir, "business-hours-edited"), list, schemasDir)).planned.plan;
  assert.deepEqual(
    edited.steps.map(({ changes }) => changes.map(({ path }) => path)),
    [["/opens/0/from"]],
  );
  assert.match(edited.blocked[0]?.reason ?? "", /^timeZone cannot change: the hours of a desk that moved/);
});

test("the code in CONTRIBUTING.md is the code that this test runs", () => {
  const block =
    /<!-- the file test\/kinds\/eighth\/index\.ts, as it would stand in src\/kinds -->\n+```ts\n([\s\S]*?)```/.exec(
      contributing,
    )?.[1];
  const source = readFileSync(join(folder, "index.ts"), "utf8");
  // In src/kinds/business-hours the same file reaches the rest of src by a shorter way.
  const asInSrc = source.replaceAll("../../../src/kinds/", "../").replaceAll("../../../src/", "../../");
  assert.equal(block, asInSrc);
});

test("the manifest in CONTRIBUTING.md is the one of the case", () => {
  const manifest = readFileSync(join(casesDir, "business-hours-first/declared/desks.yaml"), "utf8").split("---\n")[0];
  assert.ok(contributing.includes(`\`\`\`yaml\n${manifest}\`\`\``));
});

test("every path that CONTRIBUTING.md names exists", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const named = [...contributing.matchAll(/`((?:src|test|schemas|docs|templates|scripts)\/[^`\s<>*]*)`/g)].map(
    (match) => match[1] as string,
  );
  assert.ok(named.length > 5);
  for (const path of named) {
    if (!path.includes("business-hours")) assert.ok(existsSync(join(root, path)), path);
  }
});
