// Every rule's own examples as files of a project: the reader as a whole reports the wrong one as documented, and nothing for the right one.
import assert from "node:assert/strict";
import test from "node:test";
import type { Rule } from "../../src/contract/diagnostic.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { type FileRule, fileRules } from "../../src/kinds/preference-batch/records-file.ts";
import { recordRules } from "../../src/kinds/preference-batch/rules.ts";
import { openShop } from "./shop.ts";

const shop = openShop();
test.after(() => shop.remove());

type Documented = Omit<Rule, "check"> & Partial<Pick<FileRule, "files">>;
const rules: readonly Documented[] = [
  ...kinds.flatMap((kind): readonly Documented[] => kind.rules),
  ...(recordRules as readonly Documented[]),
  ...fileRules,
];

/** What is reported about a manifest, with file, line and column, and whether all of it is valid. */
async function told(text: string, files: FileRule["files"] = {}): Promise<readonly string[]> {
  const beside = Object.entries(files).map(([file, content]) => [`declared/${file}`, content] as const);
  shop.fill({ "declared/example.yaml": text, ...Object.fromEntries(beside) });
  const { diagnostics, isValid } = await shop.read();
  assert.equal(
    isValid,
    diagnostics.every(({ severity }) => severity === "warning"),
  );
  return diagnostics.map(({ file, line, column, code, severity }) => `${file}:${line}:${column} ${severity} ${code}`);
}

/** Findings in a file of records stand at its line; all others in the manifest. */
function expected({ code, severity, examples, files }: Documented): string {
  const path = /^ {4}path: (\S+)$/m.exec(examples.wrong)?.[1];
  const isInRecords = files !== undefined && examples.at.line < 6 && path !== undefined;
  const file = isInRecords ? `declared/${path}` : "declared/example.yaml";
  return `${file}:${examples.at.line}:${examples.at.column} ${severity} ${code}`;
}

for (const rule of rules) {
  test(`${rule.code} is reported for its wrong example and not for its right one`, async () => {
    assert.deepEqual(await told(rule.examples.wrong, rule.files), [expected(rule)]);
    assert.deepEqual(await told(rule.examples.right, rule.files), []);
  });
}

test("every rule of every kind was read", () => {
  assert.ok(rules.length > 100, String(rules.length));
  assert.equal(new Set(rules.map(({ code }) => code)).size, rules.length);
  for (const kind of kinds) assert.ok(kind.rules.length > 0, kind.name);
});
