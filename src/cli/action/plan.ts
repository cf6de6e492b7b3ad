// The commands validate and plan in a workflow. On a merge the plan is compared with the one that was reviewed, and says whether the run needs an approval.

import { isoTime } from "../../base/duration.ts";
import { version } from "../../base/version.ts";
import type { Diagnostic } from "../../contract/diagnostic.ts";
import { remoteEnvironments } from "../../library/config.ts";
import { plan as planIn } from "../../library/plan.ts";
import { movedBetween } from "../../library/review.ts";
import { validate as validateIn } from "../../library/validate.ts";
import { gateOf } from "../../library/workflows.ts";
import { annotations } from "../../report/annotations.ts";
import { approvalSummary } from "../../report/approval-summary.ts";
import { diagnosticsText, inOrder } from "../../report/diagnostics.ts";
import { planSummary } from "../../report/plan-comment.ts";
import { planMarkdown } from "../../report/plan-markdown.ts";
import { planText } from "../../report/plan-text.ts";
import type { EnvironmentView, PlanCommentView } from "../../report/plan-view.ts";
import { supersededSummary, supersededText } from "../../report/superseded-text.ts";
import { tell } from "../failure.ts";
import { policyView } from "./policy-view.ts";
import { type Gathered, type PlanReport, planName, writeReport } from "./report.ts";
import { reviewedFor } from "./reviewed.ts";
import {
  type ActionProject,
  environmentIn,
  inRepository,
  openActionProject,
  planInRepository,
  pullRequestIn,
  type Setting,
  withCredentials,
} from "./setting.ts";
import { supersededBy } from "./superseded.ts";
import { isWithin } from "./within.ts";

/** Answers the exit code. */
export async function validate(setting: Setting): Promise<number> {
  const { runner, world } = setting;
  const project = await openActionProject(setting);
  const { config, warnings, prefix } = project;
  const names = remoteEnvironments(config);
  runner.output("environments", JSON.stringify(names));
  const asked = runner.input("environment");
  const found: Diagnostic[] = [...warnings];
  // Variables differ by environment, and with them what is valid.
  for (const environment of asked === undefined && names.length > 0 ? names : [asked])
    found.push(...(await validateIn({ config, environment, world })).diagnostics);
  const seen = new Set<string>();
  const distinct = found.filter((each) => {
    const key = `${each.file}:${each.line}:${each.column} ${each.code} ${each.message}`;
    return seen.has(key) ? false : seen.add(key);
  });
  const placed = inOrder(inRepository(distinct, prefix));
  runner.command(annotations(placed));
  runner.say(diagnosticsText(placed));
  return placed.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** Answers the exit code. */
export async function plan(setting: Setting): Promise<number> {
  const { runner } = setting;
  const project = await openActionProject(setting);
  const environment = environmentIn(project, setting);
  const gathered = await planned(project, environment.name, setting);
  const { report, plan: made } = gathered;
  const folder = runner.folder(`cxform-plan-${environment.name.replace(/[^\w.-]/g, "_")}`);
  const shown = made === undefined ? undefined : planInRepository(made, project.prefix);
  writeReport(
    folder,
    gathered,
    shown === undefined ? {} : { "plan.txt": planText(shown), "plan.md": planMarkdown(shown) },
  );
  runner.output("plan-folder", folder);
  runner.command(annotations(report.diagnostics));
  const view = viewOf(setting, [environmentView({ report, ...(shown === undefined ? {} : { plan: shown }) })], report);
  if (made === undefined || shown === undefined) {
    runner.output("has-changes", "false");
    runner.summary(planSummary(view));
    runner.say(`${report.message ?? "the plan could not be made"}\n${report.hint ?? ""}\n`);
    return 1;
  }
  runner.output("plan-file", `${folder}/${planName}`);
  runner.output("digest", made.digest);
  runner.output("has-changes", String(made.steps.length > 0));
  runner.output("summary", JSON.stringify(made.summary));
  runner.output("pending", JSON.stringify(made.waiting));
  runner.say(planText(shown));
  if (isProposal(setting)) {
    runner.summary(planSummary(view));
    return 0;
  }
  // Nobody is asked to approve what apply would not do: the plan of an old commit takes away what newer ones brought.
  const by = await supersededBy(setting, environment, project.config);
  if (by !== undefined) {
    runner.output("superseded", "true");
    runner.output("has-changes", "false");
    runner.output("needs-approval", "false");
    runner.say(supersededText(setting.sha, by));
    runner.summary(supersededSummary(setting.repositoryUrl, setting.sha, by));
    return 0;
  }
  const reviewed = await reviewedFor(setting, environment.name);
  const moved = reviewed.plan === undefined ? [] : movedBetween(reviewed.plan, made);
  const guards = made.diagnostics.filter(({ severity, code }) => severity === "error" && code.startsWith("CX401"));
  const asReviewed = reviewed.plan !== undefined && isWithin(made, reviewed.plan);
  const needsApproval =
    environment.isProtected || guards.length > 0 || (reviewed.plan === undefined && made.steps.length > 0);
  runner.output("needs-approval", String(needsApproval));
  runner.say(
    reviewed.plan === undefined
      ? `no reviewed plan: ${reviewed.why}\n`
      : asReviewed
        ? "every step is one that was reviewed\n"
        : `moved since the review:\n${moved.map((line) => `  ${line}\n`).join("")}`,
  );
  runner.summary(
    needsApproval && made.steps.length > 0
      ? approvalSummary({ ...view, gate: gateOf(environment.name), guards, moved: asReviewed ? [] : moved })
      : planSummary(view),
  );
  return 0;
}

/** A pull request's run, or a merge queue's: what is planned is not merged yet. */
const isProposal = ({ eventName }: Setting): boolean => eventName === "pull_request" || eventName === "merge_group";

async function planned(project: ActionProject, name: string, setting: Setting): Promise<Gathered> {
  const { runner } = setting;
  const { config, prefix, untrusted } = project;
  const environment = environmentIn(project, setting);
  const pullRequest = pullRequestIn(setting);
  const offline = runner.input("offline") === "true" || pullRequest?.isForeign === true || untrusted.includes(name);
  const policyChanges = project.policyChanges.filter(({ environment: one }) => one === undefined || one === name);
  try {
    const made = await planIn({
      samples: true,
      config,
      environment: name,
      world: withCredentials(setting, environment, true),
      offline,
      commit: pullRequest?.head ?? setting.sha,
    });
    const { diagnostics, resources } = made.manifests;
    const checks = {
      resources: resources.length,
      errors: diagnostics.filter(({ severity }) => severity === "error").length,
      warnings: diagnostics.filter(({ severity }) => severity === "warning").length,
    };
    const told = inOrder(inRepository([...project.warnings, ...diagnostics], prefix));
    return {
      report: { formatVersion: 1, environment: name, diagnostics: told, checks, policyChanges },
      plan: made.plan,
    };
  } catch (error) {
    const told = tell(error, { command: "plan", stepsDone: 0, flag: "" });
    // Our own faults end the step: nobody could act on them in a comment.
    if (told.exit === 70) throw error;
    const diagnostics = inOrder(inRepository(told.diagnostics, prefix));
    const { message, hint } = told;
    const why = told.exit === 1 ? "invalid" : "unread";
    return { report: { formatVersion: 1, environment: name, why, diagnostics, message, hint, policyChanges } };
  }
}

export function environmentView({ report, plan }: Gathered): EnvironmentView {
  const { environment, diagnostics, message, hint } = report;
  if (plan !== undefined) return { environment, plan };
  return {
    environment,
    why: report.why ?? "unread",
    diagnostics,
    ...(message === undefined ? {} : { message }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What the faces of a plan say of the run beside the plans. */
export function viewOf(
  setting: Setting,
  environments: readonly EnvironmentView[],
  report: Pick<PlanReport, "checks" | "policyChanges">,
): PlanCommentView {
  const { repositoryUrl, run, world, sha } = setting;
  const pullRequest = pullRequestIn(setting);
  return {
    environments,
    at: isoTime(world.clock.now()),
    tool: `cxform/${version}`,
    repositoryUrl,
    run,
    head: pullRequest?.head ?? sha,
    ...(pullRequest?.base === undefined ? {} : { base: pullRequest.base }),
    isFork: pullRequest?.isForeign === true,
    policyChanges: policyView(report.policyChanges),
    ...(report.checks === undefined ? {} : { checks: report.checks }),
  };
}
