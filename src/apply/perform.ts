// Performs a plan: opt-outs before everything, each step after what it waits for, retirements last; a failed step stops only what waits for it.
import { type Failure, Limited, Unauthorised, UnknownOutcome, Unreachable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Family, WriteApi } from "../contract/api.ts";
import type { Declared } from "../contract/declared.ts";
import type { Outcome, Step } from "../contract/plan.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../ledger/run.ts";
import { isRetirement } from "../plan/graph.ts";
import type { Assignment, Planned } from "../plan/input.ts";
import { chunksToSend } from "../plan/records.ts";
import { openOptOuts } from "./open-opt-outs.ts";
import { noCounts, type OnAnswered, type RecordCounts, type RecordsOutcome, sendLane } from "./records.ts";
import { performStep, type StepEnd } from "./step.ts";

export interface Performing {
  readonly run: Run;
  readonly ledger: Ledger;
  readonly world: Pick<World, "clock" | "chance">;
  readonly writer: (family: Family) => WriteApi;
  secret(variable: string): string;
  /** Every declared batch, also those that this run has no step for: an open opt-out of theirs holds back opt-ins of the same contact. */
  readonly batches: readonly Declared[];
  /** True: batches send their opt-outs and nothing else. */
  readonly withholdsOptIns: boolean;
  /** Once it aborts, the steps under way end without another wait, and nothing new begins. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each answer to records before the ledger has it. */
  readonly onAnswered?: OnAnswered | undefined;
  /** Told after each step, for progress. */
  onOutcome(outcome: Outcome, done: number, total: number): void;
}

export interface Performance {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly { readonly step: Step; readonly error: unknown }[];
  readonly wasStopped: boolean;
}

/** Steps under way at once; the pace is the client's business. */
const concurrency = 8;

/** So many steps of a family in a row that CXone turned away with 429 or 503, and its others are left to the next run (RELIABILITY §2.3 S5). */
const breaksAfter = 5;

/** Performs the given steps of a plan (all of them, or those that settle may finish). */
export async function perform(performing: Performing, planned: Planned, steps: readonly Step[]): Promise<Performance> {
  const ends = new Map<Step, StepEnd>();
  const breaker = createBreaker();
  const context = { ...performing, remoteIds: new Map(planned.remoteIds), made: new Map() };
  const assignmentOf = (step: Step): Assignment => {
    const assignment = planned.assignments.get(step);
    invariant(assignment !== undefined, `${step.address} has no assignment`);
    return assignment;
  };
  const finish = (step: Step, end: StepEnd): void => {
    ends.set(step, end);
    breaker.note(assignmentOf(step).kind.family, end);
    performing.onOutcome(end.outcome, ends.size, steps.length);
  };
  const records = steps.filter((step) => assignmentOf(step).kind.lifecycle === "records");
  await performRecords(performing, records, assignmentOf, finish);
  for (const wave of waves(
    steps.filter((step) => !records.includes(step)),
    assignmentOf,
  )) {
    await eachOf(wave, async (step) => {
      const assignment = assignmentOf(step);
      const broken = blockedBy(step, steps, ends);
      const why = isStopped(performing)
        ? "the run was interrupted"
        : (breaker.reason(assignment.kind.family) ?? broken);
      if (why !== undefined)
        return finish(step, { outcome: { address: step.address, action: step.action, status: "skipped", error: why } });
      finish(step, await performStep({ ...context, api: performing.writer(assignment.kind.family) }, step, assignment));
    });
  }
  const ordered = steps.filter((step) => ends.has(step));
  return {
    outcomes: ordered.map((step) => (ends.get(step) as StepEnd).outcome),
    failures: ordered.flatMap((step) => {
      const error = ends.get(step)?.failure;
      return error === undefined ? [] : [{ step, error }];
    }),
    wasStopped: isStopped(performing),
  };
}

const isStopped = ({ signal }: Performing): boolean => signal?.aborted === true;

interface Breaker {
  note(family: Family, end: StepEnd): void;
  /** Why no further step of the family is begun. */
  reason(family: Family): string | undefined;
}

/**
 * Ends a family's steps once its API refuses the credentials, cannot be reached, or has turned several in a row away. An unknown outcome
 * breaks nothing: it may be the one object's, which would then keep the others from ever being done.
 */
function createBreaker(): Breaker {
  const inARow = new Map<Family, number>();
  const reasons = new Map<Family, string>();
  return {
    note(family, { outcome, failure }) {
      const why = failure instanceof UnknownOutcome ? failure.cause : failure;
      if (why instanceof Unauthorised || why instanceof Unreachable)
        reasons.set(family, `the ${family} API refuses or cannot be reached`);
      // A step that was skipped has asked for nothing.
      if (outcome.status === "skipped" || failure instanceof UnknownOutcome) return;
      inARow.set(family, failure instanceof Limited ? (inARow.get(family) ?? 0) + 1 : 0);
      if (inARow.get(family) === breaksAfter && !reasons.has(family))
        reasons.set(family, `the ${family} API turned ${breaksAfter} steps in a row away`);
    },
    reason: (family) => reasons.get(family),
  };
}

/** The step that failed and that this one waits for. */
function blockedBy(step: Step, steps: readonly Step[], ends: ReadonlyMap<Step, StepEnd>): string | undefined {
  const awaited = steps.filter(
    (other) =>
      other !== step &&
      (step.after.includes(other.address) || (other.address === step.address && other.action === "adopt")),
  );
  const failed = awaited.find((other) => ends.get(other)?.outcome.status !== "ok");
  return failed === undefined ? undefined : `it waits for ${failed.address}, which was not done`;
}

/** Groups of steps that may go at the same time, in order. */
function waves(steps: readonly Step[], assignmentOf: (step: Step) => Assignment): readonly (readonly Step[])[] {
  const level = new Map<Step, number>();
  // The plan is in order already, so that everything a step waits for has its level before it.
  for (const step of steps) {
    const { kind } = assignmentOf(step);
    const before = [...level].filter(
      ([other]) =>
        step.after.includes(other.address) ||
        other.address === step.address ||
        kind.follows.includes(assignmentOf(other).kind.name) ||
        (isRetirement(step) && !isRetirement(other)),
    );
    level.set(
      step,
      before.reduce((highest, [, one]) => Math.max(highest, one + 1), 0),
    );
  }
  const grouped: Step[][] = [];
  for (const [step, one] of level) {
    grouped[one] ??= [];
    grouped[one].push(step);
  }
  return grouped.filter((wave) => wave !== undefined);
}

/**
 * Each item once, several at a time. When one throws, nothing new begins, and what is under way ends before the first error is thrown: its
 * result belongs into the ledger before the claim is given up.
 */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}

/** All batches' opt-outs, then their opt-ins: no opt-in of one batch goes before an opt-out of another. */
async function performRecords(
  performing: Performing,
  steps: readonly Step[],
  assignmentOf: (step: Step) => Assignment,
  finish: (step: Step, end: StepEnd) => void,
): Promise<void> {
  const lanes = new Map<Step, RecordsOutcome>();
  const { clock } = performing.world;
  const spentMs = new Map<Step, number>();
  for (const step of steps) {
    const startedAt = clock.elapsed();
    lanes.set(step, await lane(performing, step, assignmentOf(step), "optOuts"));
    spentMs.set(step, clock.elapsed() - startedAt);
  }
  const goesOn = (step: Step): boolean =>
    // Opt-ins go only when every opt-out of the batch is confirmed: a doubt is an opt-out.
    !performing.withholdsOptIns && lanes.get(step)?.isComplete === true && (assignmentOf(step).optInsToSend ?? 0) > 0;
  const isHeld = steps.some(goesOn) ? await openOptOuts(performing.batches, performing.ledger) : () => true;
  for (const step of steps) {
    const first = lanes.get(step) as RecordsOutcome;
    const assignment = assignmentOf(step);
    const startedAt = clock.elapsed();
    const second = goesOn(step) ? await lane(performing, step, assignment, { optInsBut: isHeld }) : undefined;
    const latencyMs = (spentMs.get(step) ?? 0) + clock.elapsed() - startedAt;
    const end = await endOfRecords(performing, step, assignment, first, second);
    finish(step, { ...end, outcome: { ...end.outcome, latencyMs } });
  }
}

function lane(
  performing: Performing,
  step: Step,
  assignment: Assignment,
  wanted: "optOuts" | { readonly optInsBut: (recordKey: string) => boolean },
): Promise<RecordsOutcome> {
  const { kind, declared, older } = assignment;
  invariant(kind.lifecycle === "records" && declared !== undefined, `${step.address} is no batch`);
  return sendLane(
    {
      kind,
      declared,
      version: step.version.to as number,
      api: performing.writer(kind.family),
      run: performing.run,
      ledger: performing.ledger,
      world: performing.world,
      older: older ?? new Set(),
      isHeld: wanted === "optOuts" ? () => false : wanted.optInsBut,
      onAnswered: performing.onAnswered,
      isStopped: () => isStopped(performing),
    },
    wanted === "optOuts",
  );
}

async function endOfRecords(
  performing: Performing,
  step: Step,
  assignment: Assignment,
  first: RecordsOutcome,
  second: RecordsOutcome | undefined,
): Promise<StepEnd> {
  const counts = sum(first.counts, second?.counts ?? noCounts());
  const version = step.version.to as number;
  const { declared } = assignment;
  invariant(declared !== undefined, `${step.address} is no batch`);
  const summary = declared.records?.summary;
  const isDone = chunksToSend(declared, performing.ledger.state.resources[step.address], false).length === 0;
  if (isDone && summary !== undefined) {
    await performing.run.append([
      {
        phase: "event",
        action: "answered",
        address: step.address,
        version,
        contentDigest: summary.contentDigest,
        counts,
      },
    ]);
  }
  const failure = first.error ?? second?.error;
  const isUnknown = counts.unknown > 0;
  const wasCutShort = first.wasStopped || second?.wasStopped === true || (second?.held ?? 0) > 0;
  const error = errorWords(first, second, counts, failure);
  const status =
    failure === undefined && counts.rejected === 0 && !isUnknown
      ? wasCutShort
        ? "skipped"
        : "ok"
      : isUnknown
        ? "unknown"
        : "failed";
  return {
    outcome: {
      address: step.address,
      action: step.action,
      status,
      version,
      counts,
      ...(error === undefined ? {} : { error }),
    },
    ...(failure === undefined ? {} : { failure }),
  };
}

function errorWords(
  first: RecordsOutcome,
  second: RecordsOutcome | undefined,
  counts: RecordCounts,
  failure: Failure | undefined,
): string | undefined {
  const parts = [
    first.unconfirmedOptOuts > 0 ? `${first.unconfirmedOptOuts} opt-outs are not confirmed by CXone` : undefined,
    counts.rejected > 0 ? `${counts.rejected} records were rejected` : undefined,
    counts.unknown > 0 ? `${counts.unknown} records have no definite answer` : undefined,
    failure === undefined ? undefined : `${failure.message} [${failure.code}]`,
    (second?.held ?? 0) > 0
      ? `${second?.held} opt-ins wait for an opt-out of the same contact that is not confirmed`
      : undefined,
    first.wasStopped || second?.wasStopped === true ? "the run was interrupted" : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("; ");
}

function sum(left: RecordCounts, right: RecordCounts): RecordCounts {
  return Object.fromEntries(
    Object.keys(left).map((key) => [key, left[key as keyof RecordCounts] + right[key as keyof RecordCounts]]),
  ) as RecordCounts;
}
