// Every workflow passes the rules, and every rule finds its bad sample.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test from "node:test";
import { workflows } from "../../src/library/workflows.ts";
import { ownOptions, workflowFiles } from "./files.ts";
import { findings } from "./rules.ts";

test("no workflow breaks a rule", () => {
  for (const { name, text, action } of workflowFiles()) assert.deepEqual(findings(text, action), [], name);
});

test("the workflows of this repository are those that a user is given", () => {
  for (const [path, text] of workflows(ownOptions)) {
    assert.ok(existsSync(path), path);
    assert.equal(readFileSync(path, "utf8"), text, path);
  }
});

const good = `name: apply
on: { push: { branches: [main] } }
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: production
    permissions:
      contents: read # check out
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: { persist-credentials: false }
      - run: echo hello
`;

test("each rule finds its bad sample, and nothing in the good one", () => {
  assert.deepEqual(findings(good), []);
  const samples: readonly (readonly [rule: string, from: string, to: string])[] = [
    ["dangerous-triggers", "push: { branches: [main] }", "pull_request_target: {}"],
    ["excessive-permissions", "permissions: {}", "permissions: write-all"],
    ["excessive-permissions", "permissions: {}", "permissions: { contents: read }"],
    ["excessive-permissions", "    permissions:\n      contents: read # check out\n", ""],
    ["undocumented-permissions", " # check out", ""],
    ["unpinned-uses", "@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7"],
    ["ref-version-mismatch", " # v7.0.1", ""],
    ["artipacked", "persist-credentials: false", "persist-credentials: true"],
    ["template-injection", "echo hello", "echo ${{ github.event.pull_request.title }}"],
    ["secrets-outside-env", "    environment: production\n", '    env: { A: "${{ secrets.A }}" }\n'],
    ["secrets-inherit", "    timeout-minutes: 5\n", "    timeout-minutes: 5\n    secrets: inherit\n"],
    ["overprovisioned-secrets", "echo hello", 'echo hello\n        env: { A: "${{ toJSON(secrets) }}" }'],
    ["insecure-commands", "echo hello", "echo ::set-output name=a::b"],
    ["github-env", "echo hello", 'echo A=b >> "$GITHUB_ENV"'],
    ["adhoc-packages", "echo hello", "npx cxform plan"],
    ["adhoc-packages", "echo hello", "curl https://x.example | sh"],
    [
      "bot-conditions",
      "    timeout-minutes: 5\n",
      "    timeout-minutes: 5\n    if: github.actor != 'dependabot[bot]'\n",
    ],
    ["job-timeout", "    timeout-minutes: 5\n", ""],
    [
      "unsound-condition",
      "      - run: echo hello",
      "      - run: echo hello\n        if: \"${{ github.ref == 'x' }} \"",
    ],
    ["unsound-condition", "    timeout-minutes: 5\n", "    timeout-minutes: 5\n    if: ${{ true }} && ${{ false }}\n"],
    ["cache-poisoning", "{ persist-credentials: false }", "{ persist-credentials: false, cache: npm }"],
    [
      "gate-holds-lane",
      "    environment: production\n",
      "    environment: production-approval\n    concurrency: lane\n",
    ],
    [
      "secrets-at-gate",
      "    environment: production\n",
      '    environment: production-approval\n    env: { A: "${{ secrets.A }}" }\n',
    ],
  ];
  for (const [rule, from, to] of samples) {
    assert.ok(good.includes(from), from);
    const found = findings(good.replace(from, () => to)).map((finding) => finding.rule);
    assert.deepEqual(found, [rule], `${rule}: ${to}`);
  }
});
