// The commands settle and drift in a workflow: record what CXone has decided, tell those whom it concerns, keep one issue for drift.
import { labelledDigest } from "../../base/digest.ts";
import { isoTime } from "../../base/duration.ts";
import type { Json } from "../../contract/json.ts";
import { settle as settleIn } from "../../library/apply.ts";
import { attributionOf } from "../../library/attribution.ts";
import { drift as driftIn } from "../../library/drift.ts";
import { decidedAfter, lastSeq } from "../../library/recorded.ts";
import { appliedText } from "../../report/applied-text.ts";
import { driftText } from "../../report/drift-text.ts";
import { failureText } from "../../report/failure-text.ts";
import { driftIssue } from "../../report/issue-text.ts";
import { tell } from "../failure.ts";
import { interrupted } from "../interrupts.ts";
import { keepDriftIssue } from "./hub.ts";
import { storeIn, writingIn } from "./ledger.ts";
import { environmentIn, openActionProject, type Setting, withCredentials } from "./setting.ts";
import { attempt, tellAll, tool } from "./telling.ts";

/** Answers the exit code. */
export async function settle(setting: Setting): Promise<number> {
  const { runner, sha } = setting;
  const project = await openActionProject(setting);
  const environment = environmentIn(project, setting);
  const { ledger, limits, putOutFile } = writingIn(setting, environment, project.config);
  const seq = await lastSeq(ledger);
  const settled = await settleIn({
    ...ledger,
    attribution: attributionOf(ledger.world, sha),
    ...limits,
  }).finally(putOutFile);
  // What is done is done: a ledger that cannot be read now makes no failure of it.
  const decided = await decidedAfter(seq, ledger).catch(() => []);
  const { outcomes, pending, left, plan, wasDeclined, exit, unread } = settled;
  runner.output("digest", settled.digest);
  runner.output("pending", JSON.stringify(pending));
  runner.output("has-changes", String(outcomes.length > 0));
  runner.output("summary", JSON.stringify(plan.summary));
  const { blocked } = plan;
  if (unread !== undefined) runner.say(failureText(tell(unread, { command: "settle", stepsDone: 0, flag: "" })));
  runner.say(
    appliedText({ outcomes, decided, pending, blocked, left, wasDeclined, wasStopped: exit === interrupted, flag: "" }),
  );
  await tellAll(setting, project, environment);
  return exit;
}

/** Answers the exit code: drift is told, it is no failure of the run. */
export async function drift(setting: Setting): Promise<number> {
  const { runner, world: clocked, repositoryUrl, run, github } = setting;
  const project = await openActionProject(setting);
  const environment = environmentIn(project, setting);
  const { config } = project;
  const world = withCredentials(setting, environment, true);
  const store = storeIn(setting, environment, config);
  const found = await driftIn({ config, environment: environment.name, world, store });
  const digest = labelledDigest(found.drift as unknown as Json);
  runner.output("has-changes", String(found.drift.length > 0));
  runner.output("digest", digest);
  runner.say(driftText(found));
  const issue = driftIssue({ ...found, digest, at: isoTime(clocked.clock.now()), tool, repositoryUrl, run });
  runner.summary(issue.body);
  if (github !== undefined)
    await attempt(setting, `the drift of ${environment.name}`, () =>
      keepDriftIssue(github, issue, digest, found.drift.length > 0),
    );
  return 0;
}
