// The command queue: the plans of a merge group as the status of its commit and in the summary, and whether they are those of its pull request. It writes no comment: the pull request has its own.
import { Failure } from "../../base/failure.ts";
import type { Plan } from "../../contract/plan.ts";
import type { GitHub } from "../../github/client.ts";
import { setStatus } from "../../github/status.ts";
import { parsePlan, stepsApart } from "../../library/review.ts";
import { planSummary } from "../../report/plan-comment.ts";
import { type Compared, type QueueView, queueStatus, queueSummary, queueText } from "../../report/queue-text.ts";
import { Usage } from "../usage.ts";
import { checksOf, gatheredOf, statusContext, statusText, whyNot } from "./gathered.ts";
import { planShownOn } from "./hub.ts";
import { environmentView, viewOf } from "./plan.ts";
import {
  demandGitHub,
  type MergeGroupFacts,
  mergeGroupIn,
  openActionProject,
  planInRepository,
  type Setting,
} from "./setting.ts";

/** Answers the exit code: 1 where a plan is missing or could not be made. A plan that differs fails nothing: what is applied is planned after the merge. */
export async function queue(setting: Setting): Promise<number> {
  const { runner, run, repositoryUrl } = setting;
  const github = demandGitHub(setting);
  const group = mergeGroupIn(setting);
  if (group === undefined) throw new Usage("this event has no merge group", "Run the command queue on merge_group.");
  const project = await openActionProject(setting);
  const all = gatheredOf(setting, project);
  const views = all.map(({ report, plan }) =>
    environmentView({ report, ...(plan === undefined ? {} : { plan: planInRepository(plan, project.prefix) }) }),
  );
  const plans = all.flatMap(({ plan }) => plan ?? []);
  const compared = await comparedWith(github, group, plans);
  runner.summary(planSummary(viewOf(setting, views, { policyChanges: project.policyChanges, ...checksOf(all) })));
  if (compared !== undefined) {
    runner.say(queueText(compared));
    runner.summary(queueSummary(compared));
  }
  const isWhole = plans.length === views.length;
  const said = compared === undefined || plans.length === 0 ? "" : `; ${queueStatus(compared)}`;
  await setStatus(github, {
    commit: group.head,
    context: statusContext,
    state: isWhole ? "success" : "failure",
    description: isWhole ? `${statusText(plans)}${said}` : whyNot(views),
    url: `${repositoryUrl}/actions/runs/${run.id}`,
  });
  return isWhole ? 0 : 1;
}

/** Undefined where the ref names no pull request. */
async function comparedWith(
  github: GitHub,
  { pullRequest, branch }: MergeGroupFacts,
  plans: readonly Plan[],
): Promise<QueueView | undefined> {
  if (pullRequest === undefined) return undefined;
  const compared: Compared[] = [];
  for (const plan of plans) compared.push(await comparedPlan(github, pullRequest, plan));
  return { pullRequest, branch, compared };
}

/** What GitHub does not tell, or an artifact does not hold, keeps no group waiting: it is said. */
async function comparedPlan(github: GitHub, pullRequest: number, now: Plan): Promise<Compared> {
  const { environment } = now;
  try {
    const shown = await planShownOn(github, pullRequest, environment);
    if ("why" in shown) return { environment, why: shown.why };
    const before = parsePlan(shown.text, environment);
    return before.digest === now.digest ? { environment } : { environment, apart: stepsApart(before, now) };
  } catch (error) {
    if (error instanceof Failure) return { environment, why: error.message };
    throw error;
  }
}
