// The workflows that plan, apply and follow up on GitHub: one text for a user's repository (`init --github`) and for this one. It writes nothing.

export interface WorkflowOptions {
  /** What `uses:` names: `owner/name@v1.2.3`, or `./` in the action's own repository. */
  readonly action: string;
  /** The environments that are applied on GitHub; each gets its own chain of jobs in apply.yml. */
  readonly environments: readonly string[];
  /** The branch that is applied from. */
  readonly branch: string;
  /** The project's folder in the repository, such as `messaging`; absent: the root. */
  readonly folder?: string | undefined;
  /** Where the action is built before it is used, because its repository holds no bundle. */
  readonly isOwn: boolean;
}

// Pinned by commit; the comment names the release.
const checkout = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
const setupNode = "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0";
const upload = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1";
const download = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1";

/** The folder of workflows, and each file's text by its path. */
export function workflows(options: WorkflowOptions): ReadonlyMap<string, string> {
  return new Map([
    [".github/workflows/plan.yml", planWorkflow(options)],
    [".github/workflows/apply.yml", applyWorkflow(options)],
    [".github/workflows/follow-up.yml", followUpWorkflow(options)],
  ]);
}

/** A name of an environment may hold characters that a job's id may not. */
export const jobSuffix = (environment: string): string => environment.replace(/[^A-Za-z0-9_-]/g, "_");

/** The environment of GitHub whose reviewers approve a run. It holds no secret. */
export const gateOf = (environment: string): string => `${environment}-approval`;

const indented = (text: string, spaces: number): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? line : `${" ".repeat(spaces)}${line}`))
    .join("\n");

/** Checking out, with what the action needs beside it. */
function begin({ isOwn }: WorkflowOptions, depth = ""): string {
  const own = `
- uses: ${setupNode}
  with:
    node-version: 24
- run: npm ci --ignore-scripts && npm run build:action`;
  return `- uses: ${checkout}
  with:
    persist-credentials: false${depth}${isOwn ? own : ""}`;
}

const whole = "\n    fetch-depth: 0 # the base's cxform.yaml decides where a plan reads";

/** A step that uses the action. */
function use({ action, folder }: WorkflowOptions, inputs: Readonly<Record<string, string>>, id?: string): string {
  const place = folder === undefined ? {} : { "working-directory": JSON.stringify(folder) };
  const lines = Object.entries({ ...inputs, ...place }).map(([name, value]) => `    ${name}: ${value}`);
  return `- uses: ${action}${id === undefined ? "" : `\n  id: ${id}`}
  with:
${lines.join("\n")}`;
}

const credentials = {
  "client-id": "${{ secrets.CXONE_CLIENT_ID }}",
  "client-secret": "${{ secrets.CXONE_CLIENT_SECRET }}",
};

const isOurs =
  "github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'";

function planWorkflow(options: WorkflowOptions): string {
  const list = "fromJSON(needs.validate.outputs.environments)";
  const hasSome =
    "!cancelled() && needs.validate.outputs.environments != '' && needs.validate.outputs.environments != '[]'";
  return `# What a pull request would do, per environment, in one comment. Written by cxform; see docs/github.md of cxform.
name: plan
on:
  pull_request:
    branches: [${options.branch}]
  merge_group:
    branches: [${options.branch}]
permissions: {}
concurrency:
  group: cxform-plan-\${{ github.event.pull_request.number || github.ref }}
  cancel-in-progress: true
jobs:
  validate:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # check out
    outputs:
      environments: \${{ steps.validate.outputs.environments }}
    steps:
${indented(begin(options, whole), 6)}
${indented(use(options, { command: "validate" }, "validate"), 6)}
  plan:
    # branches of this repository and the merge queue: they may use the read-only pair
    needs: validate
    if: \${{ ${hasSome} && (github.event_name == 'merge_group' || (${isOurs})) }}
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    strategy:
      fail-fast: false
      matrix:
        environment: \${{ ${list} }}
    environment:
      name: cxform-plan # holds a pair that can only read
      deployment: false
    permissions:
      contents: read # check out, read the ledger branch
    steps:
${indented(begin(options, whole), 6)}
${indented(use(options, { command: "plan", environment: "${{ matrix.environment }}", ...credentials }, "plan"), 6)}
      - if: \${{ always() && steps.plan.outputs.plan-folder != '' }}
        uses: ${upload}
        with:
          name: cxform-plan-\${{ matrix.environment }}-\${{ github.event.pull_request.head.sha || github.sha }}
          path: \${{ steps.plan.outputs.plan-folder }}
          if-no-files-found: error
          retention-days: 30
  offline:
    # forks and Dependabot: no secrets and a token that reads; planned against the ledger, shown in the summary
    needs: validate
    if: \${{ ${hasSome} && github.event_name == 'pull_request' && !(${isOurs}) }}
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    strategy:
      fail-fast: false
      matrix:
        environment: \${{ ${list} }}
    permissions:
      contents: read # check out, read the ledger branch
    steps:
${indented(begin(options, whole), 6)}
${indented(use(options, { command: "plan", environment: "${{ matrix.environment }}", offline: '"true"' }), 6)}
  comment:
    # the last job: it gathers the plans of all environments into one comment
    needs: [validate, plan]
    if: \${{ !cancelled() && github.event_name == 'pull_request' && (${isOurs}) }}
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # check out
      pull-requests: write # one sticky comment
      statuses: write # the status cxform/plan on the head
      actions: read # who approves what, for the comment
    steps:
${indented(begin(options, whole), 6)}
      - uses: ${download}
        with:
          pattern: cxform-plan-*-\${{ github.event.pull_request.head.sha }}
          path: plans
${indented(use(options, { command: "comment", plans: "plans" }), 6)}
  queue:
    # a merge group gets no comment: its status says whether the plans are those that the pull request shows
    needs: [validate, plan]
    if: \${{ !cancelled() && github.event_name == 'merge_group' }}
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read # check out
      statuses: write # the status cxform/plan on the merge group
      actions: read # the plan that the pull request shows
      pull-requests: read # which commit that is of
    steps:
${indented(begin(options, whole), 6)}
      - uses: ${download}
        with:
          pattern: cxform-plan-*-\${{ github.sha }}
          path: plans
${indented(use(options, { command: "queue", plans: "plans" }), 6)}
  cxform:
    # the one check to require: a skipped job counts as passed, so the results are looked at
    needs: [validate, plan, offline, comment, queue]
    if: always()
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    steps:
      - env:
          VALIDATE: \${{ needs.validate.result }}
          PLAN: \${{ needs.plan.result }}
          OFFLINE: \${{ needs.offline.result }}
          COMMENT: \${{ needs.comment.result }}
          QUEUE: \${{ needs.queue.result }}
        run: |
          echo "validate=$VALIDATE plan=$PLAN offline=$OFFLINE comment=$COMMENT queue=$QUEUE"
          [[ "$VALIDATE" == success ]]
          [[ "$PLAN" == success || "$PLAN" == skipped ]]
          [[ "$OFFLINE" == success || "$OFFLINE" == skipped ]]
          [[ "$COMMENT" == success || "$COMMENT" == skipped ]]
          [[ "$QUEUE" == success || "$QUEUE" == skipped ]]
`;
}

function applyWorkflow(options: WorkflowOptions): string {
  const chains = options.environments.map((environment) => chain(environment, options));
  return `# What a merge does: opt-outs at once, then the plan that was reviewed, after its approval. Written by cxform; see docs/github.md of cxform.
name: apply
on:
  push:
    branches: [${options.branch}]
  workflow_dispatch:
    inputs:
      break-glass:
        description: "in an emergency: why no approval is waited for; reactivations, retirements and opt-outs alone"
        required: false
        default: ""
permissions: {}
jobs:
${chains.join("")}`;
}

function chain(environment: string, options: WorkflowOptions): string {
  const suffix = jobSuffix(environment);
  const [optOuts, replan, approve, apply] = ["opt-outs", "replan", "approve", "apply"].map((job) => `${job}-${suffix}`);
  const glass = `break-glass-${suffix}`;
  const lane = `    concurrency:
      group: cxform-apply-${environment}
      cancel-in-progress: false
      queue: max
    environment: ${environment} # the pair that writes; its deployment branch is ${options.branch}`;
  const artifact = `cxform-plan-${environment}-\${{ github.sha }}`;
  return `  ${optOuts}:
    # a lost opt-out is the worst that can happen: it waits for no gate and for no other job
    if: \${{ !inputs.break-glass }}
    runs-on: ubuntu-24.04
    timeout-minutes: 60
${lane}
    permissions:
      contents: write # the ledger branch
      actions: read # whether a run that holds the ledger has ended
    steps:
${indented(begin(options), 6)}
${indented(use(options, { command: "apply", environment, "opt-outs-only": '"true"', ...credentials }, "apply"), 6)}
${indented(evidence(`cxform-audit-${environment}-opt-outs`), 6)}
  ${replan}:
    needs: ${optOuts}
    if: \${{ !cancelled() && !inputs.break-glass }}
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    environment:
      name: cxform-plan # holds a pair that can only read
      deployment: false
    permissions:
      contents: read # check out, read the ledger branch
      actions: read # the plan that was reviewed
      pull-requests: read # whose change it is
    outputs:
      has-changes: \${{ steps.plan.outputs.has-changes }}
      needs-approval: \${{ steps.plan.outputs.needs-approval }}
      digest: \${{ steps.plan.outputs.digest }}
    steps:
${indented(begin(options), 6)}
${indented(use(options, { command: "plan", environment, ...credentials }, "plan"), 6)}
      - uses: ${upload}
        with:
          name: ${artifact}
          path: \${{ steps.plan.outputs.plan-folder }}
          if-no-files-found: error
          retention-days: 30
  ${approve}:
    # no concurrency here: a run that waits for a person must not hold the lane
    # asked also when the opt-outs failed: without a status function, a failure before the replan would skip it
    needs: ${replan}
    if: \${{ !cancelled() && needs.${replan}.result == 'success' && needs.${replan}.outputs.has-changes == 'true' && needs.${replan}.outputs.needs-approval == 'true' }}
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: ${gateOf(environment)} # required reviewers, no self-review, no secrets
    permissions: {}
    steps:
      - env:
          DIGEST: \${{ needs.${replan}.outputs.digest }}
        run: echo "Approved \\\`$DIGEST\\\`" >> "$GITHUB_STEP_SUMMARY"
  ${apply}:
    needs: [${replan}, ${approve}]
    if: \${{ !cancelled() && needs.${replan}.result == 'success' && needs.${replan}.outputs.has-changes == 'true' && (needs.${approve}.result == 'success' || (needs.${approve}.result == 'skipped' && needs.${replan}.outputs.needs-approval == 'false')) }}
    runs-on: ubuntu-24.04
    timeout-minutes: 60
${lane}
    permissions:
      contents: write # the ledger branch
      actions: read # who approved this run, and the plan that was reviewed
      pull-requests: write # what was applied, as a comment on the merged pull request
    steps:
${indented(begin(options), 6)}
      - uses: ${download}
        with:
          name: ${artifact}
          path: plans/${artifact}
${indented(
  use(
    options,
    {
      command: "apply",
      environment,
      plans: "plans",
      "expect-digest": `\${{ needs.${replan}.outputs.digest }}`,
      wait: "5m",
      ...credentials,
    },
    "apply",
  ),
  6,
)}
${indented(evidence(`cxform-audit-${environment}`), 6)}
  ${glass}:
    if: \${{ github.event_name == 'workflow_dispatch' && inputs.break-glass != '' }}
    runs-on: ubuntu-24.04
    timeout-minutes: 60
${lane}
    permissions:
      contents: write # the ledger branch
      actions: read # whether a run that holds the ledger has ended
      issues: write # the issue that asks for a review
    steps:
${indented(begin(options), 6)}
${indented(
  use(options, { command: "apply", environment, "break-glass": "${{ inputs.break-glass }}", ...credentials }, "apply"),
  6,
)}
${indented(evidence(`cxform-audit-${environment}-break-glass`), 6)}
`;
}

/** The entries of a run, kept also where the ledger could not take them. */
const evidence = (
  name: string,
  step = "apply",
): string => `- if: \${{ always() && steps.${step}.outputs.audit-file != '' }}
  uses: ${upload}
  with:
    name: ${name}-\${{ github.run_attempt }}
    path: \${{ steps.${step}.outputs.audit-file }}
    retention-days: 90`;

function followUpWorkflow(options: WorkflowOptions): string {
  return `# What CXone decides later: approvals, rejections, retirements that are due, drift. Written by cxform; see docs/github.md of cxform.
name: follow-up
on:
  schedule:
    - cron: "17,47 * * * *"
  repository_dispatch:
    types: [cxform-settle]
  workflow_dispatch:
permissions: {}
concurrency:
  group: cxform-follow-up
  cancel-in-progress: false
jobs:
  follow-up:
    strategy:
      fail-fast: false
      matrix:
        environment: [${options.environments.map((name) => JSON.stringify(name)).join(", ")}]
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    environment: \${{ matrix.environment }} # the pair that writes: what was replaced is retired
    permissions:
      contents: write # the ledger branch
      actions: read # whether a run that holds the ledger has ended
      pull-requests: write # what became of an applied version
      issues: write # one issue for drift
    steps:
${indented(begin(options), 6)}
${indented(use(options, { command: "settle", environment: "${{ matrix.environment }}", ...credentials }, "settle"), 6)}
${indented(evidence("cxform-audit-${{ matrix.environment }}-settle", "settle"), 6)}
      - if: \${{ !cancelled() }}
${indented(use(options, { command: "drift", environment: "${{ matrix.environment }}", ...credentials }), 6).replace("      - uses:", "        uses:")}
`;
}
