// Performs the chosen steps under one claim, and waits for what somebody else decides as long as it is told to.

import { type Performance, perform } from "../apply/perform.ts";
import { isoTime } from "../base/duration.ts";
import { CallFailure, Forbidden, Unauthorised } from "../base/failure.ts";
import type { Manifests } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Held, Outcome, Plan, PlanOptions, Step } from "../contract/plan.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Run, released } from "../ledger/run.ts";
import type { Planned } from "../plan/input.ts";
import type { ApplyOptions } from "./apply-options.ts";
import { type Chosen, mayFinish } from "./choose.ts";
import type { Outbox } from "./outbox.ts";
import { prepare } from "./prepare.ts";
import type { Workplace } from "./workplace.ts";

export interface Reconciling {
  readonly workplace: Workplace;
  readonly options: ApplyOptions;
  readonly manifests: Manifests;
  readonly ledger: Ledger;
  readonly run: Run;
  readonly planOptions: PlanOptions;
  readonly outbox: Outbox | undefined;
}

export interface Waited extends Performance {
  readonly pending: readonly Held[];
  /** Why the last look of the wait read nothing. */
  readonly unread?: CallFailure;
}

/** Performs the chosen steps under one claim, waits, and releases with the digests of what was left. */
export async function carryOut(
  reconciling: Reconciling,
  planned: Planned,
  chosen: Chosen,
  validation: EntryDraft,
): Promise<Waited> {
  const { run } = reconciling;
  return released(run, async () => {
    const hasSomething = chosen.steps.length > 0 || planned.events.length > 0;
    if (hasSomething) await run.append([validation, ...planned.events]);
    const first = await perform(performing(reconciling), planned, chosen.steps);
    const waited = await wait(reconciling, planned, first);
    await run.release({ steps: unfinished(chosen.steps, waited.outcomes) });
    return waited;
  });
}

/** The steps that are not done: a settle may finish them. */
function unfinished(steps: readonly Step[], outcomes: readonly Outcome[]): readonly string[] {
  const done = new Set(outcomes.filter((outcome) => outcome.status === "ok").map(outcomeKey));
  return steps
    .filter((step) => !done.has(`${step.action} ${step.address} ${step.version.to ?? step.version.from}`))
    .map((step) => step.digest);
}

function performing({
  workplace,
  options,
  manifests,
  ledger,
  run,
  outbox,
}: Reconciling): Parameters<typeof perform>[0] {
  return {
    run,
    ledger,
    world: workplace.world,
    writer: (family) => workplace.client.writer(family),
    secret: (variable) => workplace.secret(variable),
    batches: manifests.declared.filter((one) => one.records !== undefined),
    withholdsOptIns: options.breakGlass !== undefined,
    signal: options.signal,
    onAnswered: outbox?.onAnswered,
    onOutcome: (outcome, done, total) => options.onOutcome?.(outcome, done, total),
  };
}

const shortestPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * Reads again until nothing is pending, the time is over or the run is told to stop; performs what has become possible. What was done is
 * not forgotten because a look fails: the next one may not, unless CXone refuses us.
 */
async function wait(reconciling: Reconciling, planned: Planned, first: Performance): Promise<Waited> {
  const { workplace, options, manifests, ledger, run, planOptions } = reconciling;
  const { clock } = workplace.world;
  const deadline = clock.elapsed() + (options.waitMs ?? 0);
  let { outcomes, failures, wasStopped } = first;
  let pending = pendingAfter(planned.plan, ledger, clock.now());
  let unread: CallFailure | undefined;
  let pauseMs = shortestPauseMs;
  while (pending.length > 0 && clock.elapsed() < deadline && !wasStopped && !isForGood(unread)) {
    const leftMs = deadline - clock.elapsed();
    options.onWait?.(pending, leftMs);
    await clock.sleep(Math.min(pauseMs, leftMs), options.signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    if (options.signal?.aborted === true) return { outcomes, failures, wasStopped: true, pending };
    const again = await orFailure(prepare(workplace, manifests, ledger, planOptions, options.attribution.commit));
    unread = again instanceof CallFailure ? again : undefined;
    if (again instanceof CallFailure) continue;
    const steps = again.plan.steps.filter(
      (step) => mayFinish(step, again, ledger.claimedSteps) && !hasFailed(step, failures),
    );
    if (again.events.length > 0) await run.append(again.events);
    const next = await perform(performing(reconciling), again, steps);
    const done = new Set(next.outcomes.map(outcomeKey));
    outcomes = [
      ...outcomes.filter((outcome) => outcome.status !== "skipped" || !done.has(outcomeKey(outcome))),
      ...next.outcomes,
    ];
    failures = [...failures, ...next.failures];
    wasStopped = next.wasStopped;
    pending = pendingAfter(again.plan, ledger, clock.now());
  }
  return { outcomes, failures, wasStopped, pending, ...(unread === undefined ? {} : { unread }) };
}

/** What a look has read, or why CXone did not let it. */
async function orFailure<T>(look: Promise<T>): Promise<T | CallFailure> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof CallFailure) return error;
    throw error;
  }
}

/** Credentials and scopes do not change while we wait. */
const isForGood = (unread: CallFailure | undefined): boolean =>
  unread instanceof Unauthorised || unread instanceof Forbidden;

const outcomeKey = (outcome: Outcome): string => `${outcome.action} ${outcome.address} ${outcome.version}`;

function hasFailed(step: Step, failures: Performance["failures"]): boolean {
  return failures.some((failure) => failure.step.digest === step.digest);
}

/** What the plan holds as waiting, and what this run has submitted since and is not decided. */
function pendingAfter(plan: Plan, ledger: Ledger, now: number): readonly Held[] {
  const waiting = plan.waiting.filter((row) => row.by === "pending");
  const known = new Set(waiting.map((row) => `${row.address}@${row.version}`));
  const stepped = new Set(plan.steps.map((step) => step.address));
  const submitted = Object.entries(ledger.state.resources).flatMap(([address, resource]) =>
    resource.versions
      .filter(
        (version) =>
          version.status === "pending" && stepped.has(address) && !known.has(`${address}@${version.version}`),
      )
      .map(
        (version): Held => ({
          address,
          kind: address.slice(0, address.indexOf("/")),
          ...(version.remoteId === undefined ? {} : { remoteId: version.remoteId }),
          version: version.version,
          status: "PENDING",
          reason: "submitted; CXone has not decided yet",
          since: version.submittedAt ?? isoTime(now),
          by: "pending",
        }),
      ),
  );
  return [...waiting, ...submitted];
}
