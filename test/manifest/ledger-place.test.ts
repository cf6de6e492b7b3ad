// Where a config puts an environment's ledger: a folder or a branch, never both, never one for two environments.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { familyProfiles } from "../../src/cxone/families.ts";
import { loadConfig } from "../../src/manifest/config.ts";

function load(context: TestContext, environments: string) {
  const dir = mkdtempSync(join(tmpdir(), "cxform-place-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "cxform.yaml"), `apiVersion: cxform/v1\nkind: Config\nenvironments:\n${environments}`);
  return loadConfig({ cwd: dir, defaults: familyProfiles, toolVersion: "0.1.0" });
}

const told = (context: TestContext, environments: string): readonly string[] =>
  load(context, environments).diagnostics.map(({ line, code, message }) => `${line} ${code} ${message}`);

test("a ledger's branch and remote are read as they are written", (context) => {
  const { config, diagnostics } = load(
    context,
    "  a:\n    ledger: { branch: cxform-ledger/a }\n  b:\n    ledger: { branch: books, remote: up.stream }\n  c: {}\n",
  );
  assert.deepEqual(diagnostics, []);
  const place = (name: string): unknown => {
    const { ledgerBranch, ledgerRemote } = config?.environments[name] ?? {};
    return [ledgerBranch, ledgerRemote];
  };
  assert.deepEqual(["a", "b", "c"].map(place), [
    ["cxform-ledger/a", undefined],
    ["books", "up.stream"],
    [undefined, undefined],
  ]);
});

test("each mistake about a ledger's place has its line", (context) => {
  const cases = [
    ["{ dir: x, branch: y }", /^5 CX8006 .*`dir` and `branch`, which exclude each other$/],
    ["{}", /^5 CX8002 .*needs `dir` or `branch`$/],
    ["{ dir: x, remote: origin }", /^5 CX8006 .*branch/],
    ["{ branch: --upload-pack=x }", /^5 CX8006 .*does not have the form/],
    ["{ branch: a..b }", /^5 CX8006 .*does not have the form/],
    ["{ branch: 'a b' }", /^5 CX8006 .*does not have the form/],
    ["{ branch: a/ }", /^5 CX8006 .*does not have the form/],
    ["{ branch: x, remote: -n }", /^5 CX8006 .*does not have the form/],
    ["{ branch: 7 }", /^5 CX8003 /],
    ["{ brnch: x }", /^5 CX8004 .*did you mean `branch`/],
  ] as const;
  for (const [ledger, expected] of cases) {
    const lines = told(context, `  a:\n    ledger: ${ledger}\n`);
    assert.ok(
      lines.some((line) => expected.test(line)),
      `${ledger}: ${lines.join("; ")}`,
    );
  }
});

test("two environments with one branch are refused; one branch on two remotes is two", (context) => {
  const two = (first: string, second: string): readonly string[] =>
    told(context, `  a:\n    ledger: ${first}\n  b:\n    ledger: ${second}\n`);
  assert.deepEqual(two("{ branch: x }", "{ branch: x }"), ["6 CX8020 a and b have one ledger branch"]);
  assert.deepEqual(two("{ branch: x }", "{ branch: x, remote: origin }"), ["6 CX8020 a and b have one ledger branch"]);
  assert.deepEqual(two("{ branch: x }", "{ branch: x, remote: other }"), []);
  assert.deepEqual(two("{ branch: x }", "{ dir: x }"), []);
  assert.deepEqual(two("{ dir: x }", "{ dir: ./x }"), ["6 CX8020 a and b have one ledger folder"]);
});
