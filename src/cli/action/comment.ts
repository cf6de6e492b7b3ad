// The command comment: gathers the plans of all environments from their artifacts into the one sticky comment, the status and the summary.
import { setStatus } from "../../github/status.ts";
import { remoteEnvironments } from "../../library/config.ts";
import { gateOf } from "../../library/workflows.ts";
import { planComment, planSummary } from "../../report/plan-comment.ts";
import type { ApprovalView } from "../../report/plan-view.ts";
import { Usage } from "../usage.ts";
import { checksOf, gatheredOf, statusContext, statusText, whyNot } from "./gathered.ts";
import { ownersOf, postComment, reviewersOf } from "./hub.ts";
import { environmentView, viewOf } from "./plan.ts";
import { demandGitHub, openActionProject, planInRepository, pullRequestIn, type Setting } from "./setting.ts";

/** Answers the exit code: 1 where a plan is missing or could not be made. */
export async function comment(setting: Setting): Promise<number> {
  const { run, repositoryUrl, runner } = setting;
  const github = demandGitHub(setting);
  const pullRequest = pullRequestIn(setting);
  if (pullRequest === undefined)
    throw new Usage("this event has no pull request", "Run the command comment on pull_request.");
  const project = await openActionProject(setting);
  const { prefix } = project;
  const expected = remoteEnvironments(project.config);
  const all = gatheredOf(setting, project);
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
    context: statusContext,
    state: isWhole ? "success" : "failure",
    description: isWhole ? statusText(plans) : whyNot(views),
    url: posted ?? `${repositoryUrl}/actions/runs/${run.id}`,
  });
  return isWhole ? 0 : 1;
}
