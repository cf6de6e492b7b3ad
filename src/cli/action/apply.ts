// The command apply in a workflow: performs what was reviewed or approved and nothing else, and tells the pull request what became of it.
import { isoTime } from "../../base/duration.ts";
import { Failure, NotAllowed } from "../../base/failure.ts";
import type { Environment } from "../../contract/config.ts";
import type { Plan, Step } from "../../contract/plan.ts";
import { type Applied, apply as applyIn } from "../../library/apply.ts";
import type { ApplyOptions } from "../../library/apply-options.ts";
import { attributionOf } from "../../library/attribution.ts";
import { decidedAfter, lastSeq } from "../../library/recorded.ts";
import { appliedText } from "../../report/applied-text.ts";
import { type AppliedEnvironment, applyComment } from "../../report/apply-comment.ts";
import { diagnosticsText } from "../../report/diagnostics.ts";
import { failureText } from "../../report/failure-text.ts";
import { planText } from "../../report/plan-text.ts";
import { type Newer, supersededSummary, supersededText } from "../../report/superseded-text.ts";
import { type Told, tell } from "../failure.ts";
import { provenanceOf } from "../git.ts";
import { interrupted } from "../interrupts.ts";
import { Usage } from "../usage.ts";
import { mergedPullRequest } from "./hub.ts";
import { storeIn, writingIn } from "./ledger.ts";
import { gather } from "./report.ts";
import { type Reviewed, type Warrant, warrantFor } from "./reviewed.ts";
import { type ActionProject, environmentIn, openActionProject, type Setting } from "./setting.ts";
import { supersededBy } from "./superseded.ts";
import { attempt, othersApplied, postApplied, tellOfReviews, tool } from "./telling.ts";

/** Answers the exit code. */
export async function apply(setting: Setting): Promise<number> {
  const { runner } = setting;
  const project = await openActionProject(setting);
  const environment = environmentIn(project, setting);
  const breakGlass = runner.input("break-glass");
  const optOutsOnly = runner.input("opt-outs-only") === "true";
  if (breakGlass !== undefined && optOutsOnly)
    throw new Usage("break-glass sends opt-outs by itself", "Leave opt-outs-only out.");
  const by = await supersededBy(setting, environment, project.config).catch(
    passing(optOutsOnly || breakGlass !== undefined),
  );
  if (by !== undefined) return tellSuperseded(setting, by);
  if (optOutsOnly) return perform(setting, project, environment, { optOutsOnly });
  if (breakGlass !== undefined) return perform(setting, project, environment, { breakGlass });
  return perform(setting, project, environment, {}, await demandWarrant(setting, project, environment));
}

/** As warrantFor; whoever merged reads on the pull request why nothing was performed. */
async function demandWarrant(setting: Setting, project: ActionProject, environment: Environment): Promise<Warrant> {
  try {
    return await warrantFor(setting, environment, shownPlan(setting, environment), project.prefix);
  } catch (error) {
    const { config } = project;
    const store = storeIn(setting, environment, config);
    const ledger = { config, environment: environment.name, world: setting.world, store };
    await tellProblem(setting, project, environment, error, {
      pullRequest: await mergedHere(setting),
      seq: await lastSeq(ledger).catch(() => 0),
    });
    throw error;
  }
}

/** Only a push is a merge; what GitHub does not tell now keeps no refusal from being told in the log. */
async function mergedHere({ github, eventName, sha }: Setting): Promise<Reviewed["pullRequest"]> {
  if (github === undefined || eventName !== "push") return undefined;
  return mergedPullRequest(github, sha).catch(() => undefined);
}

/**
 * Opt-outs and an emergency are not kept waiting because GitHub cannot be asked. Where GitHub answers, an old commit's opt-outs are of the
 * past like the rest of it: the newer run sent those of every batch that is still declared before it applied anything, to send them again
 * changes nothing, and those of a batch that was taken away since could withhold from people who have agreed anew.
 */
function passing(isUrgent: boolean): (error: unknown) => undefined {
  return (error) => {
    if (isUrgent && error instanceof Failure) return undefined;
    throw error;
  };
}

/** Writes no claim and leaves the comment alone: both would make the newer run's word look old. */
function tellSuperseded({ runner, repositoryUrl, sha }: Setting, by: Newer): number {
  runner.output("superseded", "true");
  runner.output("has-changes", "false");
  runner.output("pending", "[]");
  runner.say(supersededText(sha, by));
  runner.summary(supersededSummary(repositoryUrl, sha, by));
  return 0;
}

/** The plan of this run's first job, which the approver saw; the digest ties it to what was shown. */
function shownPlan({ runner }: Setting, environment: Environment): Plan | undefined {
  const expected = runner.input("expect-digest");
  const folder = runner.input("plans");
  const plan =
    folder === undefined
      ? undefined
      : gather(runner.workspacePath(folder)).find(({ report }) => report.environment === environment.name)?.plan;
  if (expected === undefined) return undefined;
  if (plan?.digest === expected) return plan;
  throw new NotAllowed(
    "CX7022",
    plan === undefined
      ? `there is no plan of environment ${environment.name} in the folder of the input plans`
      : `the plan in the artifact has the digest ${plan.digest}, not the ${expected} that was shown to the approver`,
    "Run the whole workflow again: it plans, shows and asks anew.",
  );
}

async function perform(
  setting: Setting,
  project: ActionProject,
  environment: Environment,
  how: Pick<ApplyOptions, "optOutsOnly" | "breakGlass">,
  warrant?: Warrant,
): Promise<number> {
  const { runner, sha } = setting;
  const { config } = project;
  const { ledger, limits, putOutFile } = writingIn(setting, environment, config);
  const { world } = ledger;
  const options: ApplyOptions = {
    ...ledger,
    ...how,
    attribution: {
      ...attributionOf(world, sha),
      provenance: await provenanceOf(config, { world }),
      ...(warrant === undefined ? {} : { approvals: warrant.approvals }),
      ...(warrant?.author === undefined ? {} : { author: warrant.author }),
    },
    ...(warrant === undefined
      ? {}
      : { planText: warrant.planText, partial: true, withhold: unownedIn(warrant, project.prefix) }),
    ...(warrant?.acknowledge === undefined ? {} : { acknowledge: warrant.acknowledge }),
    ...limits,
    onRefused: (plan) => runner.say(planText(plan)),
  };
  const seq = await lastSeq(ledger).catch(() => 0);
  let applied: Applied;
  try {
    applied = await applyOnce(options);
  } catch (error) {
    await tellProblem(setting, project, environment, error, {
      pullRequest: warrant?.pullRequest,
      seq: await lastSeq(ledger).catch(() => seq),
    });
    throw error;
  } finally {
    putOutFile();
  }
  const decided = await decidedAfter(seq, ledger).catch(() => []);
  const { outcomes, pending, left, plan, wasDeclined, exit, unread } = applied;
  runner.output("digest", applied.digest);
  runner.output("has-changes", String(plan.steps.length > 0));
  runner.output("summary", JSON.stringify(plan.summary));
  runner.output("pending", JSON.stringify(pending));
  const { blocked } = plan;
  runner.say(diagnosticsText(applied.refusals));
  const problem = unread === undefined ? undefined : problemOf(unread);
  if (problem !== undefined) runner.say(failureText(problem));
  runner.say(
    appliedText({ outcomes, decided, pending, blocked, left, wasDeclined, wasStopped: exit === interrupted, flag: "" }),
  );
  const one: AppliedEnvironment = {
    environment: environment.name,
    digest: applied.digest,
    approvals: warrant?.approvals.filter(({ login }) => login.toLowerCase() !== warrant.author?.toLowerCase()) ?? [],
    outcomes,
    decided,
    pending,
    blocked,
    left,
    ...(problem === undefined ? {} : { problem }),
  };
  await tellApplied(setting, project, one, {
    pullRequest: warrant?.pullRequest,
    seq: await lastSeq(ledger).catch(() => seq),
  });
  if (how.breakGlass !== undefined) await tellOfReviews(setting, project, environment);
  if (left.length > 0) {
    runner.say(
      `${left.length} of the steps were left:\n${left.map((line) => `  ${line}\n`).join("")}Run the workflow by hand: it shows what is left and asks for an approval.\n`,
    );
  }
  return exit;
}

/** Why a step waits for a code owner. Its file is told as CODEOWNERS has it. */
function unownedIn({ unowned }: Warrant, prefix: string): (step: Step) => string | undefined {
  const owners = new Map(unowned.map((one) => [one.file, one.owners]));
  return ({ source }) => {
    const file = `${prefix}${source?.file ?? ""}`;
    const names = owners.get(file);
    return names === undefined ? undefined : `no code owner of ${file} has approved (${names.join(" or ")})`;
  };
}

/** The approver's yes answers the guards of the plan that was shown. Where the plan has moved since, it answers no guard. */
async function applyOnce(options: ApplyOptions): Promise<Applied> {
  try {
    return await applyIn(options);
  } catch (error) {
    if (!(error instanceof NotAllowed) || error.code !== "CX4013") throw error;
    const { acknowledge: _stale, ...rest } = options;
    return applyIn(rest);
  }
}

/** This environment as it was performed now, the others as their ledgers have it. */
async function tellApplied(
  setting: Setting,
  project: ActionProject,
  one: AppliedEnvironment,
  { pullRequest, seq }: { readonly pullRequest: Reviewed["pullRequest"]; readonly seq: number },
): Promise<void> {
  const { runner, world, repositoryUrl, run, sha } = setting;
  runner.summary(applyComment({ at: isoTime(world.clock.now()), tool, repositoryUrl, run, environments: [one] }));
  if (pullRequest === undefined) return;
  const { number } = pullRequest;
  await attempt(setting, `pull request ${number} of what was applied`, async () =>
    postApplied(setting, number, [
      { applied: one, seq },
      ...(await othersApplied(setting, project, one.environment, sha)),
    ]),
  );
}

const problemOf = (error: unknown): Told => tell(error, { command: "apply", stepsDone: 0, flag: "" });

/** Our own faults are no news to whoever merged: they end the step. */
async function tellProblem(
  setting: Setting,
  project: ActionProject,
  environment: Environment,
  error: unknown,
  where: Parameters<typeof tellApplied>[3],
): Promise<void> {
  const { message, hint, exit } = problemOf(error);
  if (exit === 70) return;
  const nothing = { outcomes: [], decided: [], pending: [], blocked: [], left: [], approvals: [], digest: "" };
  const one = { ...nothing, environment: environment.name, problem: { message, hint } };
  // The problem itself is told whatever becomes of the comment.
  await tellApplied(setting, project, one, where).catch(() => undefined);
}
