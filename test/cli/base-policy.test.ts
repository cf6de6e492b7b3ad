// In a pull request's run the policy comes from the base branch: where a plan reads, with what, under which rules.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { loadConfig } from "../../src/library/config.ts";
import { Invalid } from "../../src/library/invalid.ts";

const base = {
  apiVersion: "cxform/v1",
  kind: "Config",
  manifests: ["templates"],
  environments: {
    production: {
      tenant: "acme",
      protected: true,
      variables: { queue: "one" },
      credentials: { clientId: { fromEnv: "ID" }, clientSecret: { fromEnv: "SECRET" } },
      apis: { digital: { baseUrl: "https://api.nicecxone.com" } },
      guards: { maxOptIns: 10 },
    },
    staging: { simulator: {} },
  },
  rules: { CX3011: "error" },
};

/** The head's config as a run of its pull request sees it. */
function effective(context: TestContext, head: unknown, known: unknown = base) {
  const dir = mkdtempSync(join(tmpdir(), "cxform-policy-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "cxform.yaml"), `# moved down\n${JSON.stringify(head)}\n`);
  return loadConfig({ cwd: dir, base: known === "absent" ? "absent" : { text: JSON.stringify(known) } });
}

test("where nothing of the policy changes, nothing is told, wherever it stands in the file", (context) => {
  const { policyChanges, untrusted, config } = effective(context, {
    ...base,
    manifests: ["templates", "webhooks"],
    environments: {
      ...base.environments,
      production: { ...base.environments.production, variables: { queue: "two" } },
    },
  });
  assert.deepEqual([policyChanges, untrusted], [[], []]);
  assert.deepEqual(config.environments["production"]?.variables, { queue: "two" });
  assert.equal(config.environments["production"]?.manifests.length, 2);
});

test("addresses, credentials, guards, hooks, protection and rules are those of the base", (context) => {
  const { config, policyChanges } = effective(context, {
    ...base,
    environments: {
      production: {
        tenant: "evil",
        credentials: { clientId: { fromEnv: "OTHER" }, clientSecret: { fromEnv: "SECRET" } },
        apis: { digital: { baseUrl: "https://evil.example", headers: { "x-a": "b" } } },
        hooks: { cms: "https://evil.example/hook" },
        guards: { maxOptIns: 1_000_000 },
        simulator: {},
      },
      staging: { simulator: {} },
    },
    rules: { CX3011: "off" },
  });
  const production = config.environments["production"];
  assert.ok(production);
  assert.equal(production.families.digital.baseUrl, "https://api.nicecxone.com");
  assert.equal(production.families.messaging.baseUrl, "https://acme.nicecxone.com");
  assert.equal(production.credentials?.clientId.variable, "ID");
  assert.equal(production.guards.maxOptIns, 10);
  assert.equal(production.isProtected, true);
  assert.equal(production.hooks.cms, undefined);
  assert.equal(production.simulator, undefined);
  assert.deepEqual(config.ruleSeverities, { CX3011: "error" });
  const paths = policyChanges.map(({ environment, field }) => `${environment} ${field}`);
  for (const path of [
    "apis.digital.baseUrl",
    "apis.messaging.baseUrl",
    "guards.maxOptIns",
    "protected",
    "hooks.cms",
    "simulator",
  ])
    assert.ok(paths.includes(`production ${path}`), `${path} of ${paths.join()}`);
  assert.deepEqual(policyChanges.find(({ field }) => field === "rules.CX3011")?.change, "changed");
  assert.doesNotMatch(JSON.stringify(policyChanges), /evil/, "no value is told, only where it stands");
});

test("an environment that the base does not know has no credentials, and is named", (context) => {
  const { production } = base.environments;
  const { config, untrusted, policyChanges } = effective(context, {
    ...base,
    environments: {
      ...base.environments,
      copy: { ...production, apis: { digital: { credentials: production.credentials } } },
    },
  });
  assert.deepEqual(untrusted, ["copy"]);
  assert.deepEqual(policyChanges, [{ environment: "copy", field: "", change: "added" }]);
  assert.doesNotMatch(JSON.stringify(config.environments["copy"]), /"ID"|"SECRET"/);
});

test("a base without a config trusts nothing; a removed environment is told", (context) => {
  const first = effective(context, base, "absent");
  assert.deepEqual(first.untrusted, ["production", "staging"]);
  assert.deepEqual(first.config.ruleSeverities, {});
  const { staging: _staging, ...environments } = base.environments;
  const second = effective(context, { ...base, environments });
  assert.deepEqual(second.policyChanges, [{ environment: "staging", field: "", change: "removed" }]);
});

test("a base config with an error is told, not passed over", (context) => {
  assert.throws(() => effective(context, base, { ...base, kind: "Other" }), Invalid);
});
