// doctor on GitHub's settings: sound as docs/github.md sets them up, then each thing wrong by itself; what the token may not read is never good.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { doctor } from "../../src/library/doctor.ts";
import { doctorText } from "../../src/report/doctor-text.ts";
import { client } from "../github/scene.ts";
import { type GitHubDouble, githubDouble } from "../github-double/double.ts";
import { type DoubleEnvironment, type DoubleState, everything } from "../github-double/state.ts";
import { type Place, place } from "./place.ts";

const files = ["plan.yml", "apply.yml", "follow-up.yml"].map((file) => `.github/workflows/${file}`);

/** The ruleset that the page tells people to make. */
const ruleset: object = JSON.parse(
  /gh api --method POST repos\/\{owner\}\/\{repo\}\/rulesets --input - <<'JSON'\n([\s\S]*?)\n *JSON\n/.exec(
    readFileSync("docs/github.md", "utf8"),
  )?.[1] ?? "the page has no such command",
);

interface Here extends Place {
  readonly double: GitHubDouble;
}

/** A protected environment whose ledger is a branch of the double, set up as the page says. */
async function sound(t: TestContext, ledger: object = {}): Promise<Here> {
  const double = await githubDouble(t);
  const at = await place(t, { protected: true, ledger: { branch: "cxform-ledger/test", ...ledger } });
  Object.assign(at.env, {
    GITHUB_ACTIONS: "true",
    GITHUB_TOKEN: double.token,
    GITHUB_REPOSITORY: double.repository,
    GITHUB_API_URL: double.url,
    GITHUB_GRAPHQL_URL: double.graphqlUrl,
  });
  const { state, bare } = double;
  const main = bare.commit(bare.tree(undefined, new Map([["a", Buffer.from("a")]])), [], "begin\n", "ada");
  bare.move("refs/heads/main", main, "0".repeat(40));
  const [owner = "", repo = ""] = double.repository.split("/");
  const github = client(double, at.world());
  await github.request("POST /repos/{owner}/{repo}/rulesets", { owner, repo, ...ruleset } as never);
  const checks = { strict_required_status_checks_policy: false, required_status_checks: [{ context: "cxform" }] };
  state.rulesets.push({
    name: "main",
    enforcement: "active",
    include: ["~DEFAULT_BRANCH"],
    exclude: [],
    rules: [{ type: "required_status_checks", parameters: checks }],
  });
  state.environments.push({ name: "test-approval", reviewers: ["grace"], preventSelfReview: true });
  state.environments.push({ name: "test", branches: ["main"] });
  state.workflows.push(...files.map((path) => ({ path, state: "active" as const })));
  return Object.assign(Object.create(at) as Place, { double });
}

async function look(at: Place) {
  const found = await doctor(at.options());
  const text = doctorText(found.checks);
  assert.ok(!text.includes("ghs_"), text);
  const about = found.checks.filter(({ check }) =>
    ["github", "ruleset", "required-check", "approval", "deployment", "workflows"].includes(check),
  );
  return { ok: found.ok, about, text, of: (check: string) => about.filter((one) => one.check === check) };
}

test("GitHub set up as the page says is ok", async (t) => {
  const found = await look(await sound(t));
  assert.equal(found.ok, true, found.text);
  assert.deepEqual(
    found.about.map(({ check, status }) => [check, status]),
    ["ruleset", "required-check", "approval", "deployment", "workflows"].map((check) => [check, "ok"]),
    found.text,
  );
});

const replaced = (state: DoubleState, environment: DoubleEnvironment): void => {
  const at = state.environments.findIndex(({ name }) => name === environment.name);
  state.environments[at] = environment;
};

/** What is wrong, and what is said of it: the check, its status, and words of its message and its hint. */
const wrongs: readonly (readonly [
  name: string,
  spoil: (state: DoubleState) => void,
  check: string,
  status: "warn" | "fail",
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    "no ruleset",
    (state) => state.rulesets.splice(0, 1),
    "ruleset",
    "fail",
    /cxform-ledger\/test lacks .*restrict deletions \(whoever.*block force pushes.*linear history.*signed commits \(/,
    /gh api command of docs\/github\.md/,
  ],
  [
    "a ruleset that is only tried out",
    (state) => Object.assign(state.rulesets[0] as object, { enforcement: "evaluate" }),
    "ruleset",
    "fail",
    /restrict deletions/,
    /Rules/,
  ],
  [
    "one rule that is missing",
    (state) => {
      const [first] = state.rulesets;
      const rules = first?.rules.filter(({ type }) => type !== "non_fast_forward");
      Object.assign(first as object, { rules });
    },
    "ruleset",
    "fail",
    /lacks the rules: block force pushes \([^)]*\)$/,
    /Rules/,
  ],
  [
    "a check that is not required",
    (state) => state.rulesets.splice(1, 1),
    "required-check",
    "fail",
    /main does not require the check cxform: .* merged/,
    /Settings → Rules/,
  ],
  [
    "a gate without reviewers",
    (state) => replaced(state, { name: "test-approval" }),
    "approval",
    "fail",
    /test-approval of GitHub requires no reviewers: .*opt-outs/,
    /Settings → Environments → test-approval/,
  ],
  [
    "a gate that its starter opens",
    (state) => replaced(state, { name: "test-approval", reviewers: ["grace"] }),
    "approval",
    "fail",
    /does not prevent self-review/,
    /Prevent self-review/,
  ],
  [
    "no gate",
    (state) => state.environments.splice(0, 1),
    "approval",
    "fail",
    /no environment test-approval/,
    /Make it/,
  ],
  [
    "secrets for every branch",
    (state) => replaced(state, { name: "test" }),
    "deployment",
    "fail",
    /every branch may deploy to environment test of GitHub: .*secrets/,
    /Selected branches and tags, and main alone/,
  ],
  [
    "secrets for the protected branches",
    (state) => replaced(state, { name: "test", branchPolicy: true }),
    "deployment",
    "fail",
    /every protected branch/,
    /main alone/,
  ],
  [
    "secrets for another branch, too",
    (state) => replaced(state, { name: "test", branches: ["main", "release/*"] }),
    "deployment",
    "fail",
    /not main alone .* but release\/\* too/,
    /main alone/,
  ],
  [
    "secrets for another branch alone",
    (state) => replaced(state, { name: "test", branches: ["release/*"] }),
    "deployment",
    "fail",
    /main may not deploy .*no apply can run/,
    /main alone/,
  ],
  [
    "reviewers before the secrets",
    (state) => replaced(state, { name: "test", branches: ["main"], reviewers: ["grace"] }),
    "deployment",
    "warn",
    /opt-outs wait/,
    /test-approval/,
  ],
  [
    "a schedule that GitHub stopped",
    (state) => Object.assign(state.workflows[2] as object, { state: "disabled_inactivity" }),
    "workflows",
    "fail",
    /follow-up\.yml is switched off \(disabled_inactivity\): decisions are not recorded/,
    /gh api --method PUT repos\/harbour\/messages\/actions\/workflows\/follow-up\.yml\/enable/,
  ],
  [
    "a workflow that somebody stopped",
    (state) => Object.assign(state.workflows[1] as object, { state: "disabled_manually" }),
    "workflows",
    "fail",
    /apply\.yml is switched off \(disabled_manually\): what is merged is not applied/,
    /apply\.yml\/enable/,
  ],
  [
    "a workflow that is not there",
    (state) => state.workflows.splice(0, 1),
    "workflows",
    "warn",
    /no workflow plan\.yml: no pull request shows/,
    /init --github/,
  ],
];

test("each setting that is wrong is told by itself: what, why it matters, what to do", async (t) => {
  const at = await sound(t);
  const { state } = at.double;
  for (const [name, spoil, check, status, message, hint] of wrongs) {
    const lists = [state.rulesets, state.environments, state.workflows] as unknown as unknown[][];
    const kept = lists.map((list) => structuredClone(list));
    spoil(state);
    const found = await look(at);
    const [wrong, ...more] = found.about.filter((one) => one.status !== "ok");
    assert.deepEqual([wrong?.check, wrong?.status, more.length], [check, status, 0], `${name}\n${found.text}`);
    assert.match(wrong?.message ?? "", message, name);
    assert.match(wrong?.hint ?? "", hint, name);
    assert.equal(found.ok, status === "warn", name);
    lists.forEach((list, index) => {
      list.splice(0, list.length, ...(kept[index] as unknown[]));
    });
  }
});

test("the older protection of a branch may require the check, and git needs no signed commits", async (t) => {
  const at = await sound(t, { via: "git" });
  at.double.state.rulesets.splice(1, 1);
  at.double.state.requiredChecks.set("main", ["build", "cxform"]);
  const signed = await look(at);
  assert.deepEqual(
    signed.about.filter(({ status }) => status !== "ok").map(({ check, message }) => [check, message]),
    [["ruleset", signed.of("ruleset")[0]?.message]],
  );
  assert.match(signed.of("ruleset")[0]?.message ?? "", /requires signed commits, and git writes it/);
  const [first] = at.double.state.rulesets;
  Object.assign(first as object, { rules: first?.rules.filter(({ type }) => type !== "required_signatures") });
  assert.equal((await look(at)).of("ruleset")[0]?.status, "ok");
});

test("an environment that nobody protects gets a warning for its gate", async (t) => {
  const at = await sound(t);
  at.write("cxform.yaml", at.read("cxform.yaml").replace('"protected":true', '"protected":false'));
  replaced(at.double.state, { name: "test-approval" });
  const found = await look(at);
  assert.deepEqual([found.ok, found.of("approval")[0]?.status], [true, "warn"], found.text);
});

test("what the token may not read is not checked, which is never good and fails nothing", async (t) => {
  const at = await sound(t);
  const { actions: _actions, ...others } = everything;
  at.double.state.tokens.set("ghs_poor", { login: "github-actions[bot]", permissions: others });
  at.env["GITHUB_TOKEN"] = "ghs_poor";
  const poor = await look(at);
  assert.deepEqual(
    poor.about.map(({ check, status }) => [check, status]),
    [
      ["ruleset", "ok"],
      ["required-check", "ok"],
      ["approval", "warn"],
      ["deployment", "warn"],
      ["workflows", "warn"],
    ],
    poor.text,
  );
  for (const one of poor.about.filter(({ status }) => status === "warn")) {
    assert.match(one.message, /^not checked: /);
    assert.match(one.hint ?? "", /actions: read/);
  }
  assert.equal(poor.ok, true);
});

test("GitHub that fails, or refuses the token, is told once and fails nothing", async (t) => {
  const at = await sound(t, { via: "git" });
  at.double.fault("get-branch-rules", { kind: "status", status: 502 }, 4);
  const down = await look(at);
  assert.match(down.of("ruleset")[0]?.message ?? "", /^not checked: .*\[CX7006\]/);
  assert.equal(down.of("workflows")[0]?.status, "ok");
  at.env["GITHUB_TOKEN"] = "ghs_unknown";
  const refused = await look(at);
  assert.deepEqual(
    refused.about.map(({ check, status }) => [check, status]),
    [["github", "warn"]],
  );
  assert.match(refused.of("github")[0]?.message ?? "", /^not checked: GitHub refused the token .*\[CX7001\]/);
});

test("without a token one line says that it was not checked; gh's token will do; a ledger in a folder asks nothing", async (t) => {
  const at = await sound(t, { via: "git" });
  delete at.env["GITHUB_ACTIONS"];
  delete at.env["GITHUB_TOKEN"];
  const none = await look(at);
  assert.deepEqual(
    none.about.map(({ check, status, message }) => [check, status, message]),
    [["github", "warn", "the settings of GitHub were not checked: no token or no repository is given"]],
  );
  at.env["GH_TOKEN"] = at.double.token;
  assert.equal((await look(at)).about.length, 5);
  const folder = await place(t);
  assert.deepEqual((await look(folder)).about, []);
});
