// The config: finding it, its defaults, what is refused, and what is told only on contact.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Family, families } from "../../src/contract/api.ts";
import type { Config } from "../../src/contract/config.ts";
import { manifestCodes } from "../../src/manifest/codes.ts";
import { chooseEnvironment, findConfig, loadConfig } from "../../src/manifest/config.ts";
import { requireFamily, withSimulator } from "../../src/manifest/environment.ts";
import { allCapabilities } from "../_world/capabilities.ts";
import { familyDefaults, told } from "./project.ts";

const head = "apiVersion: cxform/v1\nkind: Config\n";
const credentials = "credentials: { clientId: { fromEnv: ID }, clientSecret: { fromEnv: SECRET } }";

function folder(t: TestContext): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cxform-config-")));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function load(t: TestContext, text: string, toolVersion = "0.1.0") {
  const root = folder(t);
  writeFileSync(join(root, "cxform.yaml"), head + text);
  return { root, ...loadConfig({ cwd: root, defaults: familyDefaults, toolVersion }) };
}

function loaded(t: TestContext, text: string): { readonly root: string; readonly config: Config } {
  const { root, config, diagnostics } = load(t, text);
  assert.ok(config, JSON.stringify(diagnostics));
  return { root, config };
}

test("the config is found upwards, or named, or missed with a hint", (t) => {
  const root = folder(t);
  const deep = join(root, "a", "b");
  mkdirSync(deep, { recursive: true });
  const query = { cwd: deep, defaults: familyDefaults, toolVersion: "0.1.0" };
  assert.deepEqual(told(loadConfig({ ...query, file: "other.yaml" }).diagnostics), ["other.yaml:1:1 CX8001"]);
  writeFileSync(join(root, "cxform.yaml"), head);
  assert.equal(findConfig(deep), join(root, "cxform.yaml"));
  assert.equal(loadConfig(query).config?.root, root);
  writeFileSync(join(deep, "other.yaml"), head);
  assert.equal(loadConfig({ ...query, file: "other.yaml" }).config?.root, deep);
});

test("without environments there is one: local, with the simulator", (t) => {
  const { config, root } = loaded(t, "");
  assert.equal(config.defaultEnvironment, "local");
  const local = config.environments["local"];
  assert.deepEqual(local?.simulator, {
    stateDir: join(root, ".cxform/simulator"),
    reviewDelayMs: 2000,
    decisions: [],
  });
  assert.equal(local?.retireAfterMs, 0);
  assert.equal(local?.ledgerDir, join(root, ".cxform/ledger"));
  assert.deepEqual(
    local?.manifests,
    ["templates", "webhooks", "sessions", "preferences"].map((each) => join(root, each)),
  );
  assert.equal(local?.families.digital.baseUrl, "");
});

test("every default of an environment is filled in", (t) => {
  const line = `environments: { production: { tenant: acme, ${credentials} } }`;
  const { config, root } = loaded(t, `${line}\n`);
  const environment = config.environments["production"];
  assert.ok(environment);
  const { families: all, ...rest } = environment;
  const secret = (variable: string) => ({
    variable,
    place: { file: "cxform.yaml", line: 3, column: line.indexOf(`: ${variable} `) + 3 },
  });
  assert.deepEqual(rest, {
    name: "production",
    tenant: "acme",
    manifests: ["templates", "webhooks", "sessions", "preferences"].map((each) => join(root, each)),
    readOnly: false,
    isProtected: false,
    retireAfterMs: 7 * 86_400_000,
    overdueAfterMs: 86_400_000,
    ignoreUnmanaged: [],
    consentObserve: "auto",
    variables: {},
    credentials: { clientId: secret("ID"), clientSecret: secret("SECRET") },
    rateLimit: { requestsPerSecond: 50, burst: 10 },
    guards: { maxRetire: { count: 5, percent: 30 }, maxUpdate: { count: 20, percent: 50 }, maxOptIns: 1000 },
    ledgerDir: join(root, "ledger/production"),
    ledgerVia: "auto",
    hooks: { auditSink: false },
    receiver: { retentionMs: 30 * 86_400_000, unsigned: [], place: { file: "cxform.yaml", line: 3, column: 17 } },
    place: { file: "cxform.yaml", line: 3, column: 17 },
  });
  assert.deepEqual(all.messaging, {
    baseUrl: "https://acme.example.com",
    tokenUrl: "https://acme.example.com/oauth/token",
    clientAuth: "form",
    paths: { things: "/api/v1/things" },
    headers: {},
    capabilities: allCapabilities,
    enabled: true,
  });
  assert.equal(all.engage.tokenUrl, "https://acme.example.com/token");
  assert.equal(all.engage.clientAuth, "query");
});

test("a hook is its address or a map, and secrets stay names of variables", (t) => {
  const { config } = loaded(
    t,
    `environments:
  p:
    tenant: acme
    protected: true
    hooks:
      cms: { url: "https://cms.example/in", secret: { fromEnv: CMS } }
      crm: http://127.0.0.1:9/crm
      notify: { url: { fromEnv: SLACK }, format: slack }
      auditSink: true
    receiver: { secret: { fromEnv: NEW }, previousSecret: { fromEnv: OLD }, retention: 2d, unsigned: [cms] }
`,
  );
  const environment = config.environments["p"];
  assert.equal(environment?.isProtected, true);
  const { cms, crm, notify, marketing, auditSink } = environment.hooks;
  assert.deepEqual([cms?.url, cms?.secret?.variable, cms?.format], ["https://cms.example/in", "CMS", "json"]);
  assert.deepEqual([crm?.url, crm?.secret, crm?.place.line], ["http://127.0.0.1:9/crm", undefined, 9]);
  assert.ok(typeof notify?.url === "object");
  assert.deepEqual([notify.url.variable, notify.url.place.line, notify.format], ["SLACK", 10, "slack"]);
  assert.deepEqual([marketing, auditSink], [undefined, true]);
  const { secret, previousSecret, retentionMs, unsigned } = environment.receiver;
  assert.deepEqual([secret?.variable, previousSecret?.variable], ["NEW", "OLD"]);
  assert.deepEqual([retentionMs, unsigned], [2 * 86_400_000, ["cms"]]);
});

test("a hook over http to another machine, or with a password in its address, is refused at its place", (t) => {
  const found = (hook: string) => {
    const { diagnostics } = load(t, `environments: { p: { tenant: acme, hooks: { cms: ${hook} } } }\n`);
    return diagnostics.map(({ code, line, message }) => `${line} ${code} ${message}`).join("; ");
  };
  assert.match(found("http://cms.example/in"), /^3 CX8012 .*is http: and not loopback/);
  assert.match(found('{ url: "https://me:pw@cms.example/in" }'), /^3 CX8007 (?!.*pw)/);
  assert.match(found('{ url: "https://cms.example/in", secret: hunter2 }'), /^3 CX8007 (?!.*hunter2)/);
});

test("what is given replaces its default and leaves the others", (t) => {
  const { config, root } = loaded(
    t,
    `manifests: [a, "b/*.yaml"]
requiredVersion: ">=0.1"
defaultEnvironment: p
rules: { CX3011: warning }
environments:
  p:
    manifests: [a/eu]
    readOnly: true
    retireAfter: 2h
    consent: { observe: never }
    rateLimit: { requestsPerSecond: 0.5 }
    guards: { maxRetire: { count: 9 }, maxOptIns: 3 }
    ledger: { dir: books }
    ${credentials}
    apis:
      digital:
        baseUrl: http://127.0.0.1:8080/digital/
        tokenUrl: /token
        clientAuth: basic
        scopes: [one]
        paths: { extra: /x }
        headers: { X-Region: eu }
        capabilities: { list: false, requestLife: 5s }
        credentials: { clientId: { fromEnv: ID2 }, clientSecret: { fromEnv: SECRET2 } }
        enabled: false
      preferences: { requestLife: 7s, baseUrl: "http://[::1]:9", tokenUrl: "http://localhost:9/t" }
  s:
    simulator: { stateDir: state, seed: 7, reviewDelay: 500ms, decisions: [{ match: "a*", decision: never }] }
  local: { simulator: {}, retireAfter: 1d }
`,
  );
  const p = config.environments["p"];
  assert.ok(p);
  assert.equal(config.defaultEnvironment, "p");
  assert.deepEqual(config.ruleSeverities, { CX3011: "warning" });
  assert.deepEqual(p.manifests, [join(root, "a/eu")]);
  assert.deepEqual(config.environments["s"]?.manifests, [join(root, "a"), join(root, "b/*.yaml")]);
  assert.equal(p.readOnly, true);
  assert.equal(p.retireAfterMs, 7_200_000);
  assert.equal(p.consentObserve, "never");
  assert.deepEqual(p.rateLimit, { requestsPerSecond: 0.5, burst: 10 });
  assert.deepEqual(p.guards, {
    maxRetire: { count: 9, percent: 30 },
    maxUpdate: { count: 20, percent: 50 },
    maxOptIns: 3,
  });
  assert.equal(p.families.preferences.capabilities.requestLifeMs, 7_000);
  assert.equal(p.ledgerDir, join(root, "books"));
  const { digital, preferences } = p.families;
  assert.equal(digital.baseUrl, "http://127.0.0.1:8080/digital");
  assert.equal(digital.tokenUrl, "http://127.0.0.1:8080/digital/token");
  assert.equal(digital.clientAuth, "basic");
  assert.deepEqual(digital.scopes, ["one"]);
  assert.deepEqual(digital.paths, { things: "/api/v1/things", extra: "/x" });
  assert.deepEqual(digital.headers, { "X-Region": "eu" });
  assert.equal(digital.capabilities.list, false);
  assert.equal(digital.capabilities.etag, true);
  assert.equal(digital.capabilities.requestLifeMs, 5000);
  assert.equal(digital.credentials?.clientId.variable, "ID2");
  assert.equal(digital.enabled, false);
  assert.equal(preferences.tokenUrl, "http://localhost:9/t");
  assert.deepEqual(config.environments["s"]?.simulator, {
    stateDir: join(root, "state"),
    seed: "7",
    reviewDelayMs: 500,
    decisions: [{ match: "a*", decision: "never" }],
  });
  assert.equal(config.environments["s"]?.ledgerDir, join(root, ".cxform/ledger-s"));
  assert.equal(config.environments["local"]?.ledgerDir, join(root, ".cxform/ledger"));
  assert.equal(config.environments["local"]?.retireAfterMs, 86_400_000);
  assert.equal(config.environments["local"]?.simulator?.stateDir, join(root, ".cxform/simulator"));
});

test("each mistake of a config has its code and place", (t) => {
  const production = (line: string): string => `environments:\n  production:\n    ${line}\n`;
  const api = (line: string): string => production(`apis: { digital: { ${line} } }`);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["enviroments: {}\n", "3:1 CX8004", /did you mean `environments`/],
    [production("retireAfer: 7d"), "5:5 CX8004", /did you mean `retireAfter`/],
    [production("retireAfter: 7"), "5:18 CX8003", /must be text, but 7 is read as a number/],
    [production("retireAfter: soon"), "5:18 CX8006", /does not have the form/],
    [production("consent: { observe: al }"), "5:25 CX8005", /not one of auto, list, never/],
    [production("credentials: { clientId: { fromEnv: ID } }"), "5:5 CX8002", /clientSecret` is missing/],
    [`defaultEnvironment: prod\n${production("readOnly: true")}`, "3:21 CX8010", /prod is not among environments/],
    ["requiredVersion: '>=2'\n", "3:18 CX8008", /this is cxform 0\.1\.0; the project wants >=2/],
    ["requiredVersion: often\n", "3:18 CX8009", /no range/],
    ["manifests: [a, ../b]\n", "3:16 CX8016", /leads out of the project/],
    [api("baseUrl: 'http://example.com'"), "5:33 CX8012", /http: and not loopback/],
    [api("baseUrl: 'http://127.0.0.1.example.com'"), "5:33 CX8012", /http: and not loopback/],
    [api("baseUrl: 'ftp://example.com'"), "5:33 CX8012", /scheme ftp:/],
    [api("baseUrl: nonsense"), "5:33 CX8012", /is no URL/],
    [api("baseUrl: 'https://example.com?x=1'"), "5:33 CX8012", /query/],
    [api("tokenUrl: 'http://10.0.0.1/t'"), "5:34 CX8012", /not loopback/],
    [production("tenant: evil.com/"), "5:13 CX8012", /is no URL/],
    [production("ledger: { dir: x }\n  other:\n    ledger: { dir: ./x }"), "6:3 CX8020", /one ledger folder/],
  ];
  for (const [text, place, message] of cases) {
    const { config, diagnostics } = load(t, text);
    assert.equal(config, undefined, text);
    assert.deepEqual([...new Set(told(diagnostics))], [`cxform.yaml:${place}`], text);
    assert.match(diagnostics[0]?.message ?? "", message);
    assert.ok(diagnostics[0]?.hint.endsWith(".") || diagnostics[0]?.hint.endsWith(": nothing."));
  }
});

test("a literal secret is refused and neither told nor shown", (t) => {
  const lines = [
    "credentials: { clientId: { fromEnv: ID }, clientSecret: hunter2-hunter2 }",
    "credentials: { clientId: hunter2-id, clientSecret: { fromEnv: S } }",
    "credentials: { clientId: { fromEnv: ID }, clientSecret: { fromEnv: hunter2-hunter2 } }",
    "apis: { digital: { headers: { Authorization: Bearer hunter2 } } }",
    "apis: { digital: { baseUrl: 'https://user:hunter2@example.com' } }",
  ];
  for (const line of lines) {
    const { config, diagnostics, sources } = load(t, `environments:\n  production:\n    ${line}\n`);
    assert.equal(config, undefined);
    assert.equal(diagnostics.length, 1, line);
    assert.match(diagnostics[0]?.code ?? "", /^CX800[67]$/);
    assert.doesNotMatch(JSON.stringify([diagnostics, [...sources]]), /hunter2/);
  }
});

test("a family's missing URL, tenant or credentials are told only when it is contacted", (t) => {
  const { config } = loaded(t, `environments: { a: { ${credentials} }, b: { tenant: acme } }\n`);
  const a = config.environments["a"];
  const b = config.environments["b"];
  assert.ok(a && b);
  const ask = (environment: typeof a, family: Family) => requireFamily(environment, family);
  assert.match(ask(a, "omnichannel").diagnostics[0]?.message ?? "", /no base URL for omnichannel/);
  assert.match(ask(a, "engage").diagnostics[0]?.message ?? "", /need a tenant/);
  assert.deepEqual(told(ask(a, "messaging").diagnostics), ["cxform.yaml:3:17 CX8013"]);
  assert.equal(ask(a, "digital").settings?.baseUrl, "https://api.example.com");
  assert.deepEqual(told(ask(b, "digital").diagnostics), ["cxform.yaml:3:103 CX8017"]);
});

test("a started simulator fills the addresses of its environment", (t) => {
  const { config } = loaded(
    t,
    "environments: { local: { simulator: {}, apis: { digital: { capabilities: { list: false } } } } }\n",
  );
  const local = config.environments["local"];
  assert.ok(local);
  assert.equal(requireFamily(local, "digital").diagnostics[0]?.code, "CX8013");
  const addresses = Object.fromEntries(
    families.map((family) => [
      family,
      { baseUrl: `http://127.0.0.1:1/${family}`, tokenUrl: `http://127.0.0.1:1/${family}/t` },
    ]),
  ) as Record<Family, { baseUrl: string; tokenUrl: string }>;
  const started = withSimulator(local, addresses);
  const { settings, diagnostics } = requireFamily(started, "digital");
  assert.deepEqual(diagnostics, []);
  assert.equal(settings?.tokenUrl, "http://127.0.0.1:1/digital/t");
  assert.equal(settings?.capabilities.list, false);
  assert.equal(local.families.digital.baseUrl, "");
});

test("one tenant and client in two environments, and settings beside a simulator, are warnings", (t) => {
  const { config, diagnostics } = load(
    t,
    `environments:\n  a: { ${credentials} }\n  b: { ${credentials} }\n  c: { simulator: {}, tenant: x, apis: { digital: { baseUrl: "https://x.example" } } }\n`,
  );
  assert.ok(config);
  assert.deepEqual(told(diagnostics), ["cxform.yaml:5:3 CX8014", "cxform.yaml:6:23 CX8019", "cxform.yaml:6:53 CX8019"]);
  assert.ok(diagnostics.every(({ severity }) => severity === "warning"));
});

test("an environment is chosen by name or default, never by chance", (t) => {
  const { config } = loaded(t, "environments: { staging: {}, production: {} }\n");
  assert.equal(config.defaultEnvironment, "");
  assert.equal(chooseEnvironment(config, "staging").environment?.name, "staging");
  assert.match(chooseEnvironment(config, undefined).diagnostics[0]?.message ?? "", /several environments/);
  assert.match(chooseEnvironment(config, "stagin").diagnostics[0]?.message ?? "", /did you mean staging/);
  assert.equal(chooseEnvironment(config, "constructor").environment, undefined);
  const single = loaded(t, "environments: { staging: {} }\n").config;
  assert.equal(chooseEnvironment(single, undefined).environment?.name, "staging");
});

test("every code has its own line, and every line a sentence to act on", () => {
  const codes = manifestCodes.map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const { code, title, explanation, hint } of manifestCodes) {
    assert.match(code, /^CX(?:1|2|36|8)\d{2,3}$/);
    assert.ok(title !== "" && explanation.endsWith(".") && hint.endsWith("."), code);
  }
});
