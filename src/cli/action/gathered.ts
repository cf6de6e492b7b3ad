// What the plans of all environments come to together, as their jobs left them: one a declared environment, and the words of the status cxform/plan.
import type { Plan } from "../../contract/plan.ts";
import { remoteEnvironments } from "../../library/config.ts";
import { count } from "../../report/phrase.ts";
import type { EnvironmentView } from "../../report/plan-view.ts";
import { type Gathered, gather } from "./report.ts";
import type { ActionProject, Setting } from "./setting.ts";

/** Of each environment that is applied on GitHub the plan, or what stands in its place. */
export function gatheredOf({ runner }: Setting, { config }: ActionProject): readonly Gathered[] {
  const found = gather(runner.workspacePath(runner.input("plans") ?? "plans"));
  return remoteEnvironments(config).map(
    (environment) => found.find(({ report }) => report.environment === environment) ?? missing(environment),
  );
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
export function checksOf(all: readonly Gathered[]): Pick<Gathered["report"], "checks"> {
  const counted = all
    .flatMap(({ report }) => report.checks ?? [])
    .sort((left, right) => right.resources - left.resources);
  return counted[0] === undefined ? {} : { checks: counted[0] };
}

export const statusContext = "cxform/plan";

/** GitHub shows some 140 characters. */
export function statusText(plans: readonly Plan[]): string {
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

/** The status where a plan is missing or could not be made. */
export function whyNot(views: readonly EnvironmentView[]): string {
  const broken = views.flatMap((view) => ("plan" in view ? [] : [view]));
  const invalid = broken.filter(({ why }) => why === "invalid").length;
  return invalid > 0 ? "the manifests or the config are invalid" : `${count(broken.length, "plan")} could not be made`;
}
