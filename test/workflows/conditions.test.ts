// Every `if:` of every workflow over what can happen, by GitHub's own engine: which jobs run on which event, and what is never run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test from "node:test";
import { holds, type Status, type Value } from "./expression.ts";
import { workflowFiles } from "./files.ts";
import {
  type Given,
  type Happening,
  jobsThatRan,
  ran,
  repository,
  stepConditions,
  variablesOf,
  workflowOf,
} from "./gates.ts";

const own = new Map(
  workflowFiles()
    .filter(({ action }) => action === "./")
    .map(({ name, text }) => [basename(name, ".yml"), text]),
);
const textOf = (name: string): string => own.get(name) as string;

const pull = (login: string, from: string | null): Value => ({
  pull_request: {
    number: 7,
    user: { login },
    head: { sha: "b".repeat(40), repo: from === null ? null : { full_name: from } },
    base: { sha: "c".repeat(40) },
  },
});
const listed: Given = { outputs: { environments: '["production"]' } };
const replanned = (changes: string, approval: string): Given => ({
  outputs: { "has-changes": changes, "needs-approval": approval, digest: "sha256:1" },
});
const failure: Given = { result: "failure" };
const cancelled: Given = { result: "cancelled" };

interface Row extends Happening {
  readonly what: string;
  /** By workflow: the jobs that run; a workflow that is not named is not started. */
  readonly expected: Readonly<Record<string, readonly string[]>>;
}

const ours = { name: "pull_request", event: pull("ada", repository) };
const planned = ["validate", "plan", "comment", "cxform"];
const offline = ["validate", "offline", "cxform"];
const check = ["check"];
const seeds = { simulate: ["seeds"] };
const checks = { check, ...seeds };

const pullRequests: readonly Row[] = [
  {
    what: "of a branch of the repository",
    ...ours,
    jobs: { validate: listed },
    expected: { plan: planned, ...checks },
  },
  {
    what: "of a branch of the repository, without an environment",
    ...ours,
    jobs: { validate: { outputs: { environments: "[]" } } },
    expected: { plan: ["validate", "comment", "cxform"], ...checks },
  },
  {
    what: "whose validation ended before it named the environments",
    ...ours,
    jobs: { validate: failure },
    expected: { plan: ["validate", "comment", "cxform"], ...checks },
  },
  {
    what: "whose manifests are invalid: it is planned all the same, so that the comment says why",
    ...ours,
    jobs: { validate: { ...failure, ...listed } },
    expected: { plan: planned, ...checks },
  },
  {
    what: "whose plan failed: the comment tells it",
    ...ours,
    jobs: { validate: listed, plan: failure },
    expected: { plan: planned, ...checks },
  },
  {
    what: "that was pushed to again: only the check says so",
    ...ours,
    isCancelled: true,
    jobs: { validate: { ...cancelled, ...listed } },
    expected: { plan: ["cxform"] },
  },
  {
    what: "of a fork",
    name: "pull_request",
    event: pull("mallory", "mallory/messages"),
    jobs: { validate: listed },
    expected: { plan: offline, ...checks },
  },
  {
    what: "of a fork that is gone",
    name: "pull_request",
    event: pull("mallory", null),
    jobs: { validate: listed },
    expected: { plan: offline, ...checks },
  },
  {
    what: "of a fork, without an environment",
    name: "pull_request",
    event: pull("mallory", "mallory/messages"),
    jobs: { validate: { outputs: { environments: "[]" } } },
    expected: { plan: ["validate", "cxform"], ...checks },
  },
  {
    what: "of a fork, whose validation failed",
    name: "pull_request",
    event: pull("mallory", "mallory/messages"),
    jobs: { validate: failure },
    expected: { plan: ["validate", "cxform"], ...checks },
  },
  {
    // The actor of these is ada, who pushed to Dependabot's branch: the author decides.
    what: "of Dependabot, to which a person has pushed",
    name: "pull_request",
    event: pull("dependabot[bot]", repository),
    jobs: { validate: listed },
    expected: { plan: offline, ...checks },
  },
];

const queue: readonly Row[] = [
  {
    what: "the merge queue",
    name: "merge_group",
    jobs: { validate: listed },
    expected: { plan: ["validate", "plan", "queue", "cxform"], check },
  },
  {
    what: "the merge queue, whose plan failed",
    name: "merge_group",
    jobs: { validate: listed, plan: failure },
    expected: { plan: ["validate", "plan", "queue", "cxform"], check },
  },
  {
    what: "the merge queue, without an environment",
    name: "merge_group",
    jobs: { validate: { outputs: { environments: "[]" } } },
    expected: { plan: ["validate", "queue", "cxform"], check },
  },
];

const chain = ["opt-outs", "replan", "approve", "apply"];
const jobs = (...names: readonly string[]): readonly string[] => names.map((name) => `${name}-production`);
const production = (given: Readonly<Record<string, Given>>): Readonly<Record<string, Given>> =>
  Object.fromEntries(Object.entries(given).map(([name, one]) => [`${name}-production`, one]));
const onMain = (what: string, given: Readonly<Record<string, Given>>, ...names: readonly string[]): Row => ({
  what,
  name: "push",
  jobs: production(given),
  expected: { apply: jobs(...names), check },
});

const pushes: readonly Row[] = [
  onMain("to main, with an approval", { replan: replanned("true", "true") }, ...chain),
  onMain("to main, without a need of one", { replan: replanned("true", "false") }, "opt-outs", "replan", "apply"),
  onMain("to main, without changes", { replan: replanned("false", "true") }, "opt-outs", "replan"),
  onMain("to main, without changes or a need", { replan: replanned("false", "false") }, "opt-outs", "replan"),
  onMain("to main, whose opt-outs failed", { "opt-outs": failure, replan: replanned("true", "true") }, ...chain),
  onMain(
    "to main, whose opt-outs failed, without a need of an approval",
    { "opt-outs": failure, replan: replanned("true", "false") },
    "opt-outs",
    "replan",
    "apply",
  ),
  ...[failure, cancelled].flatMap((result) => [
    onMain(`to main, whose replan came to ${result.result}`, { replan: result }, "opt-outs", "replan"),
    onMain(
      `to main, whose replan came to ${result.result} after it had put out everything`,
      { replan: { ...replanned("true", "false"), ...result } },
      "opt-outs",
      "replan",
    ),
    onMain(
      `to main, whose approval came to ${result.result}`,
      { replan: replanned("true", "true"), approve: result },
      "opt-outs",
      "replan",
      "approve",
    ),
  ]),
  onMain("to main, whose replan put out nothing", {}, "opt-outs", "replan"),
  onMain("to main, whose replan did not say about approvals", { replan: replanned("true", "") }, "opt-outs", "replan"),
  {
    what: "to main, cancelled as a whole",
    name: "push",
    isCancelled: true,
    jobs: production({ "opt-outs": cancelled, replan: { ...replanned("true", "false"), ...cancelled } }),
    expected: { apply: [] },
  },
];

const byHand: readonly Row[] = [
  {
    what: "by hand",
    name: "workflow_dispatch",
    inputs: { "break-glass": "" },
    jobs: production({ replan: replanned("true", "true") }),
    expected: { apply: jobs(...chain), "follow-up": ["follow-up"], release: ["check", "publish"], ...seeds },
  },
  {
    what: "by hand, with broken glass",
    name: "workflow_dispatch",
    inputs: { "break-glass": "the wrong price went out" },
    jobs: production({ replan: replanned("true", "false") }),
    expected: { apply: jobs("break-glass"), "follow-up": ["follow-up"], release: ["check", "publish"], ...seeds },
  },
  {
    what: "by hand, on another branch",
    name: "workflow_dispatch",
    inputs: { "break-glass": "" },
    ref: "refs/heads/topic",
    jobs: production({ replan: failure }),
    expected: { apply: jobs("opt-outs", "replan"), "follow-up": ["follow-up"], release: ["check"], ...seeds },
  },
  {
    what: "by hand, whose checks failed",
    name: "workflow_dispatch",
    inputs: { "break-glass": "" },
    jobs: { check: failure, ...production({ replan: replanned("false", "false") }) },
    expected: { apply: jobs("opt-outs", "replan"), "follow-up": ["follow-up"], release: ["check"], ...seeds },
  },
];

const clocked: readonly Row[] = [
  { what: "on a schedule", name: "schedule", expected: { "follow-up": ["follow-up"], ...seeds } },
  { what: "by a receiver", name: "repository_dispatch", expected: { "follow-up": ["follow-up"] } },
];

const table: readonly Row[] = [...pullRequests, ...queue, ...pushes, ...byHand, ...clocked];

/** By workflow, the jobs that run; of a cancelled run those workflows alone that the row names. */
function found(row: Row, texts: ReadonlyMap<string, string>): Readonly<Record<string, readonly string[]>> {
  const started = [...texts].filter(
    ([name, text]) => row.name in workflowOf(text).on && (row.isCancelled !== true || name in row.expected),
  );
  return Object.fromEntries(started.map(([name, text]) => [name, jobsThatRan(ran(text, row))]));
}

for (const [event, rows] of Object.entries({
  pull_request: pullRequests,
  merge_group: queue,
  push: pushes,
  workflow_dispatch: byHand,
  "schedule and repository_dispatch": clocked,
})) {
  test(`which jobs run on ${event}`, () => {
    for (const row of rows) assert.deepEqual(found(row, own), row.expected, `${row.name} ${row.what}`);
  });
}

test("the table sees each condition: without a part of it some row is another", () => {
  const mutations: readonly (readonly [workflow: string, from: string, to: string])[] = [
    ["plan", " && github.event.pull_request.user.login != 'dependabot[bot]'", ""],
    ["plan", "github.event.pull_request.user.login != 'dependabot[bot]'", "github.actor != 'dependabot[bot]'"],
    ["plan", "github.event.pull_request.head.repo.full_name == github.repository && ", ""],
    ["plan", "github.event_name == 'merge_group' || ", ""],
    ["plan", "github.event_name == 'pull_request' && !(", "!("],
    ["plan", " && needs.validate.outputs.environments != '[]'", ""],
    ["plan", "needs.validate.outputs.environments != '' && ", ""],
    ["plan", "!cancelled() && needs.validate", "needs.validate"],
    ["plan", "!cancelled() && github.event_name == 'pull_request' && ", "github.event_name == 'pull_request' && "],
    ["plan", "!cancelled() && github.event_name == 'merge_group' }}", "github.event_name == 'merge_group' }}"],
    ["plan", "!cancelled() && github.event_name == 'merge_group' }}", "!cancelled() }}"],
    ["plan", "    if: always()\n", ""],
    ["plan", "    if: always()\n", "    if: ${{ !cancelled() }}\n"],
    ["apply", "    if: ${{ !inputs.break-glass }}\n", ""],
    [
      "apply",
      "    if: ${{ !inputs.break-glass }}\n",
      "    needs: break-glass-production\n    if: ${{ !inputs.break-glass }}\n",
    ],
    ["apply", "!cancelled() && !inputs.break-glass", "!inputs.break-glass"],
    ["apply", "!cancelled() && !inputs.break-glass", "!cancelled()"],
    [
      "apply",
      "!cancelled() && needs.replan-production.result == 'success' && needs.replan-production.outputs.has-changes == 'true' && needs.replan-production.outputs.needs-approval == 'true'",
      "needs.replan-production.outputs.has-changes == 'true' && needs.replan-production.outputs.needs-approval == 'true'",
    ],
    [
      "apply",
      "needs.replan-production.result == 'success' && needs.replan-production.outputs.has-changes == 'true' && (",
      "needs.replan-production.outputs.has-changes == 'true' && (",
    ],
    ["apply", "needs.replan-production.outputs.has-changes == 'true' && (", "("],
    ["apply", " && needs.replan-production.outputs.needs-approval == 'false')", ")"],
    ["apply", "needs.approve-production.result == 'success' || ", ""],
    ["apply", "needs.approve-production.result == 'success'", "needs.approve-production.result != 'skipped'"],
    [
      "apply",
      "github.event_name == 'workflow_dispatch' && inputs.break-glass != ''",
      "github.event_name == 'workflow_dispatch'",
    ],
    ["release", "    if: github.ref == 'refs/heads/main'\n", ""],
    ["release", "    needs: check\n", ""],
  ];
  for (const [workflow, from, to] of mutations) {
    const text = textOf(workflow);
    assert.ok(text.includes(from), `${workflow}: ${from}`);
    const texts = new Map([...own, [workflow, text.replaceAll(from, () => to)]]);
    const seen = table.some((row) => JSON.stringify(found(row, texts)) !== JSON.stringify(found(row, own)));
    assert.ok(seen, `nobody misses it: ${workflow}: ${from}`);
  }
});

test("on a fork's or Dependabot's pull request no job has a secret, an environment or a token that writes", () => {
  const foreign = pullRequests.filter(({ event }) => JSON.stringify(event) !== JSON.stringify(ours.event));
  assert.equal(foreign.length, 5);
  const bad = (texts: ReadonlyMap<string, string>): readonly string[] =>
    foreign.flatMap((row) =>
      Object.entries(found(row, texts)).flatMap(([workflow, names]) =>
        names.filter((name) => {
          const job = workflowOf(texts.get(workflow) as string).jobs[name];
          const writes = Object.values(job?.permissions ?? { all: "write" }).includes("write");
          return writes || job?.environment !== undefined || /\bsecrets\b/.test(JSON.stringify(job));
        }),
      ),
    );
  assert.deepEqual(bad(own), []);
  const open = textOf("plan").replaceAll(" && github.event.pull_request.user.login != 'dependabot[bot]'", "");
  assert.ok(bad(new Map([...own, ["plan", open]])).includes("plan"));
});

test("in the merge queue one job writes, and statuses alone; what plans has the pair that reads, what tells has no secret", () => {
  const { jobs } = workflowOf(textOf("plan"));
  const names = queue.flatMap((row) => found(row, own)["plan"] ?? []);
  const writes = [...new Set(names)].flatMap((name) =>
    Object.entries(jobs[name]?.permissions ?? {}).flatMap(([what, right]) =>
      right === "write" ? [`${name}: ${what}`] : [],
    ),
  );
  assert.deepEqual(writes, ["queue: statuses"]);
  assert.equal(jobs["queue"]?.environment, undefined);
  assert.doesNotMatch(JSON.stringify(jobs["queue"]), /\bsecrets\b/);
});

const results = ["success", "failure", "cancelled", "skipped"] as const;

/** Of validate, plan, offline, comment and queue. */
type Results = readonly string[];
/** A merge group has neither an offline plan nor a comment: there each of the rest is combined. */
const combinations: readonly Results[] = results.flatMap((validate) =>
  results.flatMap((plan) => [
    ...results.flatMap((away) => results.map((comment) => [validate, plan, away, comment, "skipped"])),
    ...results.slice(0, 3).map((queued) => [validate, plan, "skipped", "skipped", queued]),
  ]),
);

/** Which combinations of results the step of the required check lets pass, by bash itself. */
function passing(text: string, all: readonly Results[]): readonly string[] {
  const { run = "", env = {} } = workflowOf(text).jobs["cxform"]?.steps[0] ?? {};
  const folder = mkdtempSync(join(tmpdir(), "cxform-check-"));
  try {
    writeFileSync(join(folder, "step.sh"), run);
    // In a shell each, as the runner starts it; that it stands in no condition keeps `-e` at work.
    const lines = all.map((row) => {
      const given = Object.keys(env).map((name, at) => `${name}=${row[at]}`);
      return `( set -eo pipefail; ${given.join("; ")}; . ./step.sh ) > log\n[ $? = 0 ] && echo ${row.join(" ")}`;
    });
    writeFileSync(join(folder, "all.sh"), `${lines.join("\n")}\ntrue\n`);
    return execFileSync("bash", ["all.sh"], { cwd: folder, encoding: "utf8" })
      .split("\n")
      .filter((line) => line !== "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the required check passes only where validation succeeded and nothing else failed or was cancelled", () => {
  const expected = ["success", "skipped"].flatMap((plan) => [
    ...["success", "skipped"].flatMap((away) =>
      ["success", "skipped"].map((comment) => `success ${plan} ${away} ${comment} skipped`),
    ),
    `success ${plan} skipped skipped success`,
  ]);
  assert.deepEqual(passing(textOf("plan"), combinations), expected);
  for (const [at, name] of ["VALIDATE", "PLAN", "OFFLINE", "COMMENT", "QUEUE"].entries()) {
    const failed = [0, 1, 2, 3, 4].map((each) => (each === at ? "failure" : "success"));
    assert.deepEqual(passing(textOf("plan"), [failed]), [], name);
    const line = new RegExp(`^ +\\[\\[ "\\$${name}" == success.*\\]\\]\\n`, "m");
    assert.match(textOf("plan"), line);
    assert.deepEqual(passing(textOf("plan").replace(line, ""), [failed]), [failed.join(" ")], name);
  }
  // What the variables of the step say is what the jobs came to.
  const run = ran(textOf("plan"), { ...ours, jobs: { validate: listed, plan: failure, comment: cancelled } });
  assert.deepEqual(variablesOf(textOf("plan"), "cxform", run.contexts("cxform")), {
    VALIDATE: "success",
    PLAN: "failure",
    OFFLINE: "skipped",
    COMMENT: "cancelled",
    QUEUE: "skipped",
  });
});

test("what a job keeps is kept also when its step failed, and what needs nothing of it goes on", () => {
  const cases: readonly (readonly [workflow: string, job: string, id: string, output: string])[] = [
    ["plan", "plan", "plan", "plan-folder"],
    ["apply", "opt-outs-production", "apply", "audit-file"],
    ["apply", "apply-production", "apply", "audit-file"],
    ["apply", "break-glass-production", "apply", "audit-file"],
    ["follow-up", "follow-up", "settle", "audit-file"],
  ];
  for (const [workflow, job, id, output] of cases) {
    const [condition, ...more] = stepConditions(textOf(workflow), job);
    assert.equal(more.length, workflow === "follow-up" ? 1 : 0, job);
    for (const status of ["success", "failure", "cancelled"] as const) {
      const steps = (value: string): Value => ({ [id]: { outcome: status, outputs: { [output]: value } } });
      assert.equal(holds(condition, { steps: steps("/tmp/x") }, status), true, `${job} ${status}`);
      assert.equal(holds(condition, { steps: steps("") }, status), false, `${job} ${status}`);
      assert.equal(holds(condition, { steps: {} }, status), false, `${job} ${status}`);
    }
  }
  const [, drift] = stepConditions(textOf("follow-up"), "follow-up");
  const goes = (["success", "failure", "cancelled"] as const).map((status: Status) => holds(drift, {}, status));
  assert.deepEqual(goes, [true, true, false], "drift is looked for although settle failed");
});

test("no condition is without its rows: these are all there are", () => {
  const all = [...own].flatMap(([workflow, text]) =>
    Object.entries(workflowOf(text).jobs).flatMap(([name, job]) => [
      ...(job.if === undefined ? [] : [`${workflow}: ${name}`]),
      ...stepConditions(text, name).map(() => `${workflow}: ${name}: a step`),
    ]),
  );
  assert.deepEqual(all.sort(), [
    "apply: apply-production",
    "apply: apply-production: a step",
    "apply: approve-production",
    "apply: break-glass-production",
    "apply: break-glass-production: a step",
    "apply: opt-outs-production",
    "apply: opt-outs-production: a step",
    "apply: replan-production",
    "follow-up: follow-up: a step",
    "follow-up: follow-up: a step",
    "plan: comment",
    "plan: cxform",
    "plan: offline",
    "plan: plan",
    "plan: plan: a step",
    "plan: queue",
    "release: publish",
  ]);
});
