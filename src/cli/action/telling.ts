// What the ledgers hold that GitHub has to tell people: applies and decisions on their pull requests, reviews as issues. Each is told once, by what stands there; what GitHub does not take now, the next run tells.
import { formatDuration, isoTime } from "../../base/duration.ts";
import { Failure } from "../../base/failure.ts";
import { version } from "../../base/version.ts";
import type { Environment } from "../../contract/config.ts";
import type { LedgerVersion } from "../../contract/entry.ts";
import type { GitHub } from "../../github/client.ts";
import { addLabel, labelledPullRequests, removeLabel } from "../../github/label.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { remoteEnvironments } from "../../library/config.ts";
import { readLedger } from "../../library/open-ledger.ts";
import { appliedIn, glassRunsSince, heldOf, newsSince } from "../../library/recorded.ts";
import { type AppliedEnvironment, applyComment, applyMarker } from "../../report/apply-comment.ts";
import { failureText } from "../../report/failure-text.ts";
import { breakGlassComment, breakGlassIssue, overdueComment, rejectionComment } from "../../report/issue-text.ts";
import { keepReviewIssue, markerIn, mergedPullRequest, postComment, toldOn } from "./hub.ts";
import { storeIn } from "./ledger.ts";
import { annotation } from "./runner.ts";
import type { ActionProject, Setting } from "./setting.ts";

export const tool = `cxform/${version}`;

/** How far back it is looked for what was not told: longer than GitHub, or a token's permission, is out of order unseen. */
const horizonMs = 7 * 24 * 3_600_000;
/** Of pull requests in one run, the newest first: each costs two calls of a job's 1,000 an hour (GITHUB §1). */
const mostCommits = 100;

/** Does what tells somebody. What the world refuses is said in the log and as a warning, and changes no exit code. */
export async function attempt({ runner }: Setting, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, hint } = error;
    const message = `${what} was not told: ${error.message}`;
    runner.say(failureText({ code, message, hint, diagnostics: [], sources: new Map() }));
    runner.command(annotation("warning", `${message} [${code}]\nThe next follow-up tells it. ${hint}`));
  }
}

/** An environment as its ledger has it, and up to which entry that is. */
export interface Shown {
  readonly applied: AppliedEnvironment;
  readonly seq: number;
}

/** The second sticky comment. It keeps up to which entries it tells, so that a later run knows what is new. */
export async function postApplied(setting: Setting, pullRequest: number, shown: readonly Shown[]): Promise<void> {
  const { github, world, repositoryUrl, run } = setting;
  if (github === undefined) return;
  const sorted = shown.toSorted((left, right) => (left.applied.environment < right.applied.environment ? -1 : 1));
  await postComment(github, {
    pullRequest,
    run,
    body: applyComment({
      environments: sorted.map(({ applied }) => applied),
      at: isoTime(world.clock.now()),
      tool,
      repositoryUrl,
      run,
    }),
    meta: { seqs: Object.fromEntries(sorted.map(({ applied, seq }) => [applied.environment, seq])) },
  });
}

/** What the ledgers say of a commit, but for one environment's; one that cannot be read is left out. */
export async function othersApplied(
  setting: Setting,
  { config }: ActionProject,
  but: string,
  commit: string,
): Promise<readonly Shown[]> {
  const names = remoteEnvironments(config).filter((name) => name !== but);
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Shown[]> => {
      const store = storeIn(setting, config.environments[name] as Environment, config);
      const read = readLedger({ config, environment: name, world: setting.world, store });
      const ledger = await read.then(
        (opened) => opened.ledger,
        () => undefined,
      );
      return ledger === undefined ? [] : shownOf(name, ledger, commit);
    }),
  );
  return found.flat();
}

function shownOf(environment: string, ledger: Ledger, commit: string): readonly Shown[] {
  const recorded = appliedIn(ledger.entries, ledger.state, commit);
  if (recorded === undefined) return [];
  const { seq, ...rest } = recorded;
  return [{ applied: { environment, ...rest, blocked: [], left: [] }, seq }];
}

interface Telling {
  readonly setting: Setting;
  readonly project: ActionProject;
  readonly environment: Environment;
  readonly github: GitHub;
  readonly ledger: Ledger;
}

interface Own {
  readonly address: string;
  readonly version: LedgerVersion;
}

/** Tells what the environment's ledger holds and nobody was told of. Never fails by the world. */
export function tellAll(setting: Setting, project: ActionProject, environment: Environment): Promise<void> {
  return tellFrom(setting, project, environment, async (telling) => {
    await tellPullRequests(telling);
    await attempt(setting, "which pull requests wait too long", () => keepOverdueLabel(telling));
    await tellReviews(telling);
  });
}

/** The same of reviews alone, for a job that may write no comment on a pull request. */
export function tellOfReviews(setting: Setting, project: ActionProject, environment: Environment): Promise<void> {
  return tellFrom(setting, project, environment, tellReviews);
}

async function tellFrom(
  setting: Setting,
  project: ActionProject,
  environment: Environment,
  work: (telling: Telling) => Promise<void>,
): Promise<void> {
  const { github, world } = setting;
  const { config } = project;
  if (github === undefined) return;
  await attempt(setting, `what the ledger of ${environment.name} holds`, async () => {
    const store = storeIn(setting, environment, config);
    const { ledger } = await readLedger({ config, environment: environment.name, world, store });
    await work({ setting, project, environment, github, ledger });
  });
}

/** The pull requests whose versions were written, decided, or wait too long. */
async function tellPullRequests(telling: Telling): Promise<void> {
  const { setting, environment, github, ledger } = telling;
  const now = setting.world.clock.now();
  const { byCommit, rejected } = newsSince(now - horizonMs, ledger.entries, ledger.state);
  const overdue = overdueIn(ledger, now - environment.overdueAfterMs);
  const commits = new Set([
    ...[...byCommit].sort(([, left], [, right]) => right - left).map(([commit]) => commit),
    ...[...rejected, ...overdue].flatMap(({ version: { commit } }) => commit ?? []),
  ]);
  for (const commit of [...commits].slice(0, mostCommits)) {
    const isOwn = ({ version: one }: Own): boolean => one.commit === commit;
    const told = { news: byCommit.get(commit), rejected: rejected.filter(isOwn), overdue: overdue.filter(isOwn) };
    await attempt(setting, `the pull request of commit ${commit.slice(0, 12)}`, async () => {
      const pullRequest = await mergedPullRequest(github, commit);
      if (pullRequest !== undefined) await tellPullRequest(telling, pullRequest.number, commit, told);
    });
  }
}

/** Submitted before then (epoch milliseconds), and not decided. */
function overdueIn({ state }: Ledger, before: number): readonly Own[] {
  return Object.entries(state.resources).flatMap(([address, { versions, forgotten }]) =>
    versions
      .filter(
        ({ status, submittedAt }) =>
          forgotten !== true && status === "pending" && submittedAt !== undefined && Date.parse(submittedAt) < before,
      )
      .map((one) => ({ address, version: one })),
  );
}

const overdueLabel = "cxform-approval-overdue";

/** On a pull request while anything of it is overdue in any environment. Where one of them cannot be read, no label is taken off. */
async function keepOverdueLabel({ setting, project, environment, github, ledger }: Telling): Promise<void> {
  const now = setting.world.clock.now();
  const labelled = await labelledPullRequests(github, overdueLabel);
  const own = await pullRequestsOf(github, overdueIn(ledger, now - environment.overdueAfterMs));
  for (const number of own) if (!labelled.includes(number)) await addLabel(github, number, overdueLabel);
  if (labelled.every((number) => own.has(number))) return;
  const { config } = project;
  const overdue = new Set(own);
  for (const name of remoteEnvironments(config).filter((one) => one !== environment.name)) {
    const other = config.environments[name] as Environment;
    const store = storeIn(setting, other, config);
    const { ledger: theirs } = await readLedger({ config, environment: name, world: setting.world, store });
    for (const number of await pullRequestsOf(github, overdueIn(theirs, now - other.overdueAfterMs)))
      overdue.add(number);
  }
  for (const number of labelled) if (!overdue.has(number)) await removeLabel(github, number, overdueLabel);
}

async function pullRequestsOf(github: GitHub, all: readonly Own[]): Promise<ReadonlySet<number>> {
  const numbers = new Set<number>();
  for (const commit of new Set(all.flatMap(({ version: { commit } }) => commit ?? []))) {
    const pullRequest = await mergedPullRequest(github, commit);
    if (pullRequest !== undefined) numbers.add(pullRequest.number);
  }
  return numbers;
}

interface ToTell {
  /** The last entry that concerns the commit. */
  readonly news: number | undefined;
  readonly rejected: readonly Own[];
  readonly overdue: readonly Own[];
}

async function tellPullRequest(telling: Telling, pullRequest: number, commit: string, to: ToTell): Promise<void> {
  const { setting, project, environment, github, ledger } = telling;
  const { world, repositoryUrl, run } = setting;
  const where = { at: isoTime(world.clock.now()), tool, repositoryUrl, run, environment: environment.name };
  const comments = await toldOn(github, pullRequest);
  const markers = new Set(comments.map(({ marker }) => marker));
  const subject = `pull request ${pullRequest}`;
  const isStale = to.news !== undefined && seqOf(comments, environment.name) < to.news;
  const own = isStale ? shownOf(environment.name, ledger, commit) : [];
  if (own.length > 0)
    await attempt(setting, `${subject} of what was applied`, async () =>
      postApplied(setting, pullRequest, [...own, ...(await othersApplied(setting, project, environment.name, commit))]),
    );
  const once = async (body: string, what: string): Promise<void> => {
    if (markers.has(markerIn(body))) return;
    await attempt(setting, `${subject} of ${what}`, () => postComment(github, { pullRequest, run, body }));
  };
  for (const { address, version: one } of to.rejected) {
    const serving = ledger.state.resources[address]?.versions.findLast(({ status }) => status === "active");
    const body = rejectionComment({
      ...where,
      address,
      version: one.version,
      reason: one.reason ?? "none was given",
      ...(one.decidedAt === undefined ? {} : { since: one.decidedAt }),
      ...(serving === undefined ? {} : { serving: serving.version }),
    });
    await once(body, `the rejection of ${address} version ${one.version}`);
  }
  // One comment a submission: two of one pull request become overdue at different times.
  for (const { address, version: one } of to.overdue) {
    const after = formatDuration(environment.overdueAfterMs);
    const body = overdueComment({ ...where, after, rows: [heldOf(address, one)] });
    await once(body, `the overdue decision on ${address} version ${one.version}`);
  }
}

/** Up to which entry the comment that stands tells of an environment; -1 where it does not say. */
function seqOf(comments: Awaited<ReturnType<typeof toldOn>>, environment: string): number {
  const seqs = comments.find(({ marker, isHidden }) => marker === markerIn(`${applyMarker}\n`) && !isHidden)?.meta?.[
    "seqs"
  ];
  if (typeof seqs !== "object" || seqs === null || Array.isArray(seqs) || !Object.hasOwn(seqs, environment)) return -1;
  const seq = (seqs as Readonly<Record<string, unknown>>)[environment];
  return typeof seq === "number" ? seq : -1;
}

/** One issue for each plan that went past the protection, from wherever it was applied. */
async function tellReviews({ setting, environment, github, ledger }: Telling): Promise<void> {
  const { repositoryUrl, world } = setting;
  for (const { run, workflowRun, ...glass } of glassRunsSince(world.clock.now() - horizonMs, ledger.entries)) {
    const isHere = workflowRun !== undefined && workflowRun.repository === setting.repository;
    const at = isHere ? { run: { id: String(workflowRun.id), attempt: workflowRun.attempt } } : {};
    const view = { ...glass, tool, repositoryUrl, environment: environment.name, ...at };
    await attempt(setting, `that ${glass.actor} broke the glass in ${environment.name}`, () =>
      keepReviewIssue(github, breakGlassIssue(view), breakGlassComment(view), run),
    );
  }
}
