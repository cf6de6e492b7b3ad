// The command comment: gathers the plans of all environments from their artifacts into the one sticky comment, the status and the summary.

import type { Plan } from "../../contract/plan.ts";
import { setStatus } from "../../github/status.ts";
import { remoteEnvironments } from "../../library/config.ts";
import { gateOf } from "../../library/workflows.ts";
import { count } from "../../report/phrase.ts";
import { planComment, planSummary } from "../../report/plan-comment.ts";
import type { ApprovalView, EnvironmentView } from "../../report/plan-view.ts";
import { Usage } from "../usage.ts";
import { ownersOf, postComment, reviewersOf } from "./hub.ts";
import { environmentView, viewOf } from "./plan.ts";
import { type Gathered, gather } from "./report.ts";
import { demandGitHub, openActionProject, planInRepository, pullRequestIn, type Setting } from "./setting.ts";

/** Answers the exit code: 1 where a plan is missing or could not be made. */
export async function comment(setting: Setting): Promise<number> {
  const { runner, run, repositoryUrl } = setting;
  const github = demandGitHub(setting);
  const pullRequest = pullRequestIn(setting);
  if (pullRequest === undefined)
    throw new Usage("this event has no pull request", "Run the command comment on pull_request.");
  const project = await openActionProject(setting);
  const { prefix } = project;
  const found = gather(runner.workspacePath(runner.input("plans") ?? "plans"));
  const expected = remoteEnvironments(project.config);
  const all = expected.map(
    (environment) => found.find(({ report }) => report.environment === environment) ?? missing(environment),
  );
  const shown = all.map(({ report, plan }) => ({
    report,
    ...(plan === undefined ? {} : { plan: planInRepository(plan, prefix) }),
  }));
  const views = shown.map(environmentView);
  const files = [
    ...new Set(shown.flatMap(({ plan }) => plan?.steps.flatMap(({ source }) => source?.file ?? []) ?? [])),
  ];
  const approval: ApprovalView = {
    ...(pullRequest.author === undefined ? {} : { author: pullRequest.author }),
    codeOwners: await ownersOf(github, pullRequest.base ?? setting.sha, files),
    gates: await Promise.all(
      expected
        .filter((environment) => project.config.environments[environment]?.isProtected === true)
        .map(async (environment) => {
          const gate = gateOf(environment);
          return { environment, gate, reviewers: await reviewersOf(github, gate) };
        }),
    ),
  };
  const view = { ...viewOf(setting, views, { policyChanges: project.policyChanges, ...checksOf(all) }), approval };
  runner.summary(planSummary(view));
  const plans = shown.flatMap(({ plan }) => plan ?? []);
  const posted = await postComment(github, {
    pullRequest: pullRequest.number,
    head: pullRequest.head,
    run,
    body: planComment(view),
    meta: { plans: Object.fromEntries(plans.map(({ environment, digest }) => [environment, digest])) },
  });
  const isWhole = plans.length === views.length;
  await setStatus(github, {
    commit: pullRequest.head,
    context: "cxform/plan",
    state: isWhole ? "success" : "failure",
    description: isWhole ? statusText(plans) : whyNot(views),
    url: posted ?? `${repositoryUrl}/actions/runs/${run.id}`,
  });
  return isWhole ? 0 : 1;
}

function missing(environment: string): Gathered {
  return {
    report: {
      formatVersion: 1,
      environment,
      why: "unread",
      diagnostics: [],
      message: "no plan of this environment came from its job",
      hint: "Look into the job of this environment in the run.",
      policyChanges: [],
    },
  };
}

/** What validation counted in the environment that has most. */
function checksOf(all: readonly Gathered[]): Pick<Gathered["report"], "checks"> {
  const counted = all
    .flatMap(({ report }) => report.checks ?? [])
    .sort((left, right) => right.resources - left.resources);
  return counted[0] === undefined ? {} : { checks: counted[0] };
}

/** GitHub shows some 140 characters. */
function statusText(plans: readonly Plan[]): string {
  const steps = plans.reduce((sum, plan) => sum + plan.steps.length, 0);
  const optOuts = plans.reduce(
    (sum, plan) => sum + plan.steps.reduce((all, step) => all + (step.records?.optOuts ?? 0), 0),
    0,
  );
  const parts = [
    steps === 0 ? "no changes" : count(steps, "change"),
    ...(optOuts === 0 ? [] : [count(optOuts, "opt-out")]),
    ...plans.slice(0, 2).map(({ digest }) => `digest ${digest.slice("sha256:".length, "sha256:".length + 8)}`),
  ];
  return parts.join(", ");
}

function whyNot(views: readonly EnvironmentView[]): string {
  const broken = views.flatMap((view) => ("plan" in view ? [] : [view]));
  const invalid = broken.filter(({ why }) => why === "invalid").length;
  return invalid > 0 ? "the manifests or the config are invalid" : `${count(broken.length, "plan")} could not be made`;
}
