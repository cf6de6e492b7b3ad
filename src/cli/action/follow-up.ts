// The commands settle and drift in a workflow: record what CXone has decided, tell those whom it concerns once, keep one issue for drift.

import { labelledDigest } from "../../base/digest.ts";
import { formatDuration, isoTime } from "../../base/duration.ts";
import { version } from "../../base/version.ts";
import type { Environment } from "../../contract/config.ts";
import type { LedgerVersion } from "../../contract/entry.ts";
import type { Json } from "../../contract/json.ts";
import { openLedger } from "../../ledger/ledger.ts";
import { settle as settleIn } from "../../library/apply.ts";
import { attributionOf } from "../../library/attribution.ts";
import { drift as driftIn } from "../../library/drift.ts";
import { decidedAfter, heldOf, lastSeq } from "../../library/recorded.ts";
import { appliedText } from "../../report/applied-text.ts";
import { applyComment } from "../../report/apply-comment.ts";
import { driftText } from "../../report/drift-text.ts";
import { driftIssue, overdueComment, rejectionComment } from "../../report/issue-text.ts";
import { othersApplied } from "./apply.ts";
import { keepDriftIssue, mergedPullRequest, postComment } from "./hub.ts";
import { storeIn, witnessed } from "./ledger.ts";
import {
  type ActionProject,
  environmentIn,
  openActionProject,
  type Setting,
  waitIn,
  withCredentials,
} from "./setting.ts";

const tool = `cxform/${version}`;

/** Answers the exit code. */
export async function settle(setting: Setting): Promise<number> {
  const { runner, sha } = setting;
  const project = await openActionProject(setting);
  const environment = environmentIn(project, setting);
  const { config } = project;
  const world = withCredentials(setting, environment, false);
  const { store, file } = witnessed(
    storeIn(setting, environment, config),
    runner.folder(`cxform-audit-${setting.run.id}`),
  );
  const waitMs = waitIn(runner);
  const ledger = { config, environment: environment.name, world, store };
  const seq = await lastSeq(ledger);
  const settled = await settleIn({
    ...ledger,
    attribution: attributionOf(world, sha),
    ...(waitMs === undefined ? {} : { waitMs }),
  });
  const decided = await decidedAfter(seq, ledger);
  const { outcomes, pending, left, plan, wasDeclined, exit } = settled;
  runner.output("digest", settled.digest);
  runner.output("pending", JSON.stringify(pending));
  runner.output("has-changes", String(outcomes.length > 0));
  runner.output("audit-file", file);
  const { blocked } = plan;
  runner.say(appliedText({ outcomes, decided, pending, blocked, left, wasDeclined, wasStopped: false, flag: "" }));
  await tellPullRequests(setting, project, environment, seq);
  return exit;
}

interface Open {
  readonly address: string;
  readonly version: LedgerVersion;
  readonly isDecided: boolean;
}

/** The pull requests whose versions were decided now, or wait too long. */
async function tellPullRequests(
  setting: Setting,
  project: ActionProject,
  environment: Environment,
  seq: number,
): Promise<void> {
  const { github, world, run, repositoryUrl } = setting;
  if (github === undefined) return;
  const ledger = await openLedger(storeIn(setting, environment, project.config), { environment: environment.name });
  const news = new Set(
    ledger.entries
      .slice(seq)
      .flatMap(({ address, version: one, phase }) => (phase === "claim" ? [] : [JSON.stringify([address, one])])),
  );
  const now = world.clock.now();
  const concerned = Object.entries(ledger.state.resources).flatMap(([address, { versions }]) =>
    versions.flatMap((one): readonly Open[] => {
      const isDecided = news.has(JSON.stringify([address, one.version]));
      const isOverdue =
        one.status === "pending" &&
        one.submittedAt !== undefined &&
        now - Date.parse(one.submittedAt) > environment.overdueAfterMs;
      return one.commit !== undefined && (isDecided || isOverdue) ? [{ address, version: one, isDecided }] : [];
    }),
  );
  const where = { at: isoTime(now), tool, repositoryUrl, run, environment: environment.name };
  for (const commit of new Set(concerned.map(({ version: one }) => one.commit as string))) {
    const pullRequest = await mergedPullRequest(github, commit);
    if (pullRequest === undefined) continue;
    const own = concerned.filter(({ version: one }) => one.commit === commit);
    const post = (body: string) => postComment(github, { pullRequest: pullRequest.number, run, body });
    const environments = await othersApplied(setting, project, undefined, commit);
    if (environments.length > 0 && own.some(({ isDecided }) => isDecided))
      await post(applyComment({ ...where, environments }));
    for (const { address, version: one } of own.filter(({ version: each }) => each.status === "rejected")) {
      const serving = ledger.state.resources[address]?.versions.findLast(({ status }) => status === "active");
      const body = rejectionComment({
        ...where,
        address,
        version: one.version,
        reason: one.reason ?? "none was given",
        ...(one.decidedAt === undefined ? {} : { since: one.decidedAt }),
        ...(serving === undefined ? {} : { serving: serving.version }),
      });
      await post(body);
    }
    // One comment a submission: who was told once is not told again by another set of rows.
    for (const { address, version: one } of own.filter(({ version: each }) => each.status === "pending")) {
      const rows = [heldOf(address, one)];
      if (now - Date.parse(one.submittedAt ?? where.at) <= environment.overdueAfterMs) continue;
      const body = overdueComment({ ...where, after: formatDuration(environment.overdueAfterMs), rows });
      await post(body);
    }
  }
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
  if (github !== undefined) await keepDriftIssue(github, issue, digest, found.drift.length > 0);
  return 0;
}
