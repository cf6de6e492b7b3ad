// Applies and settles: one reconcile that performs what may be performed now, and waits for the rest as long as it is told to.

import { type Performance, perform } from "../apply/perform.ts";
import { releaseDeadClaim } from "../apply/recover.ts";
import { isoTime } from "../base/duration.ts";
import { Failure, NotAllowed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { Manifests } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Held, Outcome, Plan, PlanOptions, Step } from "../contract/plan.ts";
import { runId } from "../ledger/chain.ts";
import { breakGlassAction, onlyAction, optOutsAction, settleAction } from "../ledger/history.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { rebuildLedger } from "../ledger/rebuild.ts";
import type { Run } from "../ledger/run.ts";
import { isLoopback } from "../manifest/url.ts";
import { makePlan } from "../plan/assemble.ts";
import type { Planned } from "../plan/input.ts";
import { type Attribution, attributedFacts } from "./attribution.ts";
import { exitOf } from "./exit.ts";
import { noticed } from "./noticed.ts";
import { type Outbox, outboxOf } from "./outbox.ts";
import {
  demandSelection,
  demandValid,
  familiesOf,
  inputOf,
  isInvalid,
  openLedgerOf,
  prepare,
  readAll,
} from "./prepare.ts";
import { behindGlass, type Demand, demandPermission, hasOptIns } from "./protection.ts";
import { refusalsOf } from "./refusals.ts";
import { demandDigest, movedBetween, optionsOf, parsePlan } from "./review.ts";
import { validated } from "./validated.ts";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

export interface ReconcileOptions extends Omit<WorkplaceOptions, "planning" | "contacts"> {
  readonly attribution: Attribution;
  /** How long to wait for pending decisions, in milliseconds; 0 or absent: not at all. */
  readonly waitMs?: number;
  /** Told after each step. */
  readonly onOutcome?: (outcome: Outcome, done: number, total: number) => void;
  /** PostgreSQL for what goes out to hooks; absent: CXFORM_DATABASE_URL, or else a file below the project. */
  readonly databaseUrl?: string | undefined;
  /** Told of what could not be queued for a hook. It never fails the run. */
  readonly onWarning?: (failure: Failure) => void;
  /** Told before each pause of `wait`, with what is pending. */
  readonly onWait?: (pending: readonly Held[], leftMs: number) => void;
}

export interface ApplyOptions extends ReconcileOptions {
  readonly only?: readonly string[];
  readonly adopt?: readonly string[];
  readonly optOutsOnly?: boolean;
  /** The text of a plan file. */
  readonly planText?: string;
  readonly partial?: boolean;
  readonly expectDigest?: string;
  readonly acknowledge?: string;
  /** True: a tree with changes that no commit holds is no reason to refuse. */
  readonly allowDirty?: boolean;
  /** Why the protection of the environment is passed by: reactivations, retirements and opt-outs go, everything else is left. */
  readonly breakGlass?: string;
  /** Why a step is left although the plan may be performed; undefined: it goes. What comes after a step that is left is left with it. */
  readonly withhold?: (step: Step) => string | undefined;
  /** Shown a plan that a guard or a review refuses, before that is thrown. */
  readonly onRefused?: (plan: Plan) => void;
  /** Shown the plan; false ends without a change. Absent: yes. */
  readonly confirm?: (plan: Plan) => Promise<boolean>;
}

export interface Applied {
  readonly plan: Plan;
  /** The digest of the plan that was performed. */
  readonly digest: string;
  readonly outcomes: readonly Outcome[];
  readonly failures: Performance["failures"];
  /** What CXone said of single fields, at their places in the manifests. */
  readonly refusals: readonly Diagnostic[];
  /** What waits for somebody else's decision, or for its time. */
  readonly pending: readonly Held[];
  /** Steps of the reviewed plan that were left because they moved. */
  readonly left: readonly string[];
  readonly exit: number;
  readonly wasDeclined: boolean;
  readonly manifests: Manifests;
}

/** Performs the plan made now. Throws Invalid (1), NotAllowed, StalePlan and Claimed (3), CallFailure before any change (4). */
export function apply(options: ApplyOptions): Promise<Applied> {
  return reconcile(options, "apply");
}

/** Reads what is pending, records decisions, retires what was replaced, finishes steps of applied plans; submits nothing new. */
export function settle(options: ReconcileOptions): Promise<Applied> {
  return reconcile(options, "settle");
}

async function reconcile(options: ApplyOptions, mode: "apply" | "settle"): Promise<Applied> {
  const workplace = await openWorkplace({ ...options, planning: false, contacts: true });
  const { config, environment, world } = workplace;
  const { databaseUrl, onWarning } = options;
  const outbox = outboxOf({ config, environment, world, databaseUrl, onWarning });
  try {
    return await reconcileIn(workplace, options, mode, outbox);
  } finally {
    // Also after a failure: what was done before it is in the ledger, and is told.
    await outbox?.announce(() => openLedgerOf(workplace));
    await outbox?.close();
    await workplace.close();
  }
}

async function reconcileIn(
  workplace: Workplace,
  options: ApplyOptions,
  mode: "apply" | "settle",
  outbox: Outbox | undefined,
): Promise<Applied> {
  const { environment, world } = workplace;
  if (environment.readOnly) {
    throw new NotAllowed(
      "CX4002",
      `environment ${environment.name} is readOnly`,
      "Apply to another environment, or take readOnly out of its config.",
    );
  }
  const startedAt = world.clock.now();
  const reviewed = options.planText === undefined ? undefined : parsePlan(options.planText, environment.name);
  const planOptions = reviewed === undefined ? planOptionsOf(options) : optionsOf(reviewed);
  const manifests = await readAll(workplace);
  let ledger = await openLedgerOf(workplace);
  if (mode === "apply" && environment.isProtected && isInvalid(manifests, planOptions))
    await recordInvalid(workplace, ledger, options, validated(manifests, startedAt));
  demandValid(manifests, ledger, planOptions);
  if (mode === "apply") demandPermission(demandOf(options, environment, isRemote(workplace, manifests, ledger)));
  if (reviewed === undefined) demandSelection(manifests, ledger, planOptions);
  if (await releaseDeadClaim(ledger, world, options.attribution.actor)) ledger = await openLedgerOf(workplace);
  // A run that was cut off between its last line and HEAD.json or state.json left those behind.
  if (ledger.isUnfinished) await rebuildLedger(workplace.store, environment.name);
  const planned = await planNow(workplace, manifests, ledger, planOptions, options.attribution.commit);
  const { plan } = planned;
  const chosen = chooseOrShow(options, mode, planned, ledger, reviewed);
  const nothing = { plan, digest: plan.digest, outcomes: [], failures: [], refusals: [], left: chosen.left, manifests };
  const isIdle =
    chosen.steps.length === 0 &&
    planned.events.length === 0 &&
    (options.waitMs === undefined || plan.waiting.length === 0);
  if (isIdle) {
    const exit = exitOf(plan, [], { mode, left: chosen.left, wasStopped: false });
    return { ...nothing, pending: plan.waiting, wasDeclined: false, exit };
  }
  // Who says no has refused: a script that goes on by the exit code must not take it for done.
  if (mode === "apply" && chosen.steps.length > 0 && options.confirm !== undefined && !(await options.confirm(plan))) {
    return { ...nothing, pending: plan.waiting, wasDeclined: true, exit: 3 };
  }
  const run = ledger.begin({
    run: runId(world.clock, world.chance),
    clock: world.clock,
    holder: world.holder,
    planDigest: plan.digest,
    steps: claimed(chosen, options).map((step) => step.digest),
    ...attributedFacts(options.attribution),
    ...partOf(options, planOptions, mode),
  });
  const done = await carryOut(
    { workplace, options, manifests, ledger, run, planOptions, outbox },
    planned,
    chosen,
    validated(manifests, startedAt),
  );
  const exit = exitOf(plan, done.outcomes, { mode, left: chosen.left, wasStopped: done.wasStopped });
  const refusals = done.failures.flatMap(({ step, error }) => refusalsOf(error, planned.assignments.get(step)));
  const { outcomes, failures, pending } = done;
  return { ...nothing, outcomes, failures, refusals, pending, wasDeclined: false, exit };
}

/** What a run is less than a whole apply, for its claim: only a whole one brings the environment to its commit. */
function partOf(
  { breakGlass }: ApplyOptions,
  { optOutsOnly, only }: PlanOptions,
  mode: "apply" | "settle",
): Pick<EntryDraft, "action" | "reason"> {
  if (mode === "settle") return { action: settleAction };
  if (breakGlass !== undefined) return { action: breakGlassAction, reason: breakGlass.trim() };
  if (optOutsOnly === true) return { action: optOutsAction };
  return only.length > 0 ? { action: onlyAction } : {};
}

function demandOf(options: ApplyOptions, environment: Environment, isRemote: boolean): Demand {
  return {
    environment,
    attribution: options.attribution,
    isRemote,
    allowDirty: options.allowDirty === true,
    optOutsOnly: options.optOutsOnly === true,
    ...(options.breakGlass === undefined ? {} : { breakGlass: options.breakGlass }),
  };
}

/** Whether anything that this run contacts is on another machine. */
function isRemote({ environment }: Workplace, manifests: Manifests, ledger: Ledger): boolean {
  if (environment.simulator !== undefined) return false;
  const named = [...manifests.declared.map(({ address }) => address), ...Object.keys(ledger.state.resources)];
  return familiesOf(named).some((family) => {
    const { enabled, baseUrl } = environment.families[family];
    return enabled && !isLoopback(baseUrl);
  });
}

/** An apply to a protected environment that fails on its manifests is counted (INTERFACE §6). What keeps it from the ledger must not hide the manifests' errors. */
async function recordInvalid(
  { world }: Workplace,
  ledger: Ledger,
  { attribution }: ApplyOptions,
  validation: EntryDraft,
): Promise<void> {
  const run = ledger.begin({
    run: runId(world.clock, world.chance),
    clock: world.clock,
    holder: world.holder,
    ...attributedFacts(attribution),
  });
  try {
    await run.append([validation]);
    await run.release({ steps: [] });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Performs the chosen steps under one claim, waits, and releases with the digests of what was left. */
async function carryOut(
  reconciling: Reconciling,
  planned: Planned,
  chosen: Chosen,
  validation: EntryDraft,
): Promise<Waited> {
  const { run } = reconciling;
  try {
    const hasSomething = chosen.steps.length > 0 || planned.events.length > 0;
    if (hasSomething) await run.append([validation, ...planned.events]);
    const first = await perform(performing(reconciling), planned, chosen.steps);
    const waited = await wait(reconciling, planned, first);
    await run.release({ steps: unfinished(chosen.steps, waited.outcomes) });
    return waited;
  } catch (error) {
    // A run that was cut off still says that it ended, if the ledger can be written; the first error is the one to tell.
    await run.release().catch(() => undefined);
    throw error;
  }
}

function planOptionsOf(options: ApplyOptions): PlanOptions {
  return {
    only: options.only ?? [],
    adopt: options.adopt ?? [],
    ...(options.optOutsOnly === true ? { optOutsOnly: true as const } : {}),
  };
}

interface Chosen {
  readonly steps: readonly Step[];
  readonly left: readonly string[];
}

/** Who is refused sees the plan that was refused: its digest is what an acknowledgement would name. */
function chooseOrShow(...given: Parameters<typeof choose>): Chosen {
  try {
    return choose(...given);
  } catch (error) {
    const [options, , planned] = given;
    options.onRefused?.(planned.plan);
    throw error;
  }
}

/** The steps that this run may perform. Throws where the plan is not the reviewed one, or a guard was not acknowledged. */
function choose(
  options: ApplyOptions,
  mode: "apply" | "settle",
  planned: Planned,
  ledger: Ledger,
  reviewed: Plan | undefined,
): Chosen {
  const { plan } = planned;
  if (mode === "settle")
    return { steps: plan.steps.filter((step) => mayFinish(step, planned, ledger.claimedSteps)), left: [] };
  if (options.expectDigest !== undefined) demandDigest(plan, options.expectDigest, reviewed);
  let steps = plan.steps;
  let left: readonly string[] = [];
  if (reviewed !== undefined && plan.digest !== reviewed.digest) {
    if (options.partial !== true) demandDigest(plan, reviewed.digest, reviewed);
    const same = new Set(reviewed.steps.map((step) => step.digest));
    steps = plan.steps.filter((step) => same.has(step.digest) || step.followUp);
    left = movedBetween(reviewed, plan);
  }
  demandAcknowledged(options, planned);
  const spared = options.breakGlass === undefined ? withoutWithheld(steps, options.withhold) : behindGlass(steps);
  return { steps: spared.steps, left: [...left, ...spared.left] };
}

function withoutWithheld(steps: readonly Step[], withhold: ApplyOptions["withhold"]): Chosen {
  if (withhold === undefined) return { steps, left: [] };
  const reasons = new Map<Step, string>();
  const addresses = new Set<string>();
  const leave = (step: Step, reason: string): void => {
    reasons.set(step, reason);
    addresses.add(step.address);
  };
  for (const step of steps) {
    const reason = withhold(step);
    if (reason !== undefined) leave(step, reason);
  }
  for (let count = -1; count !== reasons.size; ) {
    count = reasons.size;
    for (const step of steps) {
      if (reasons.has(step)) continue;
      const before = [step.address, ...step.after].find((address) => addresses.has(address));
      if (before !== undefined) leave(step, `comes after ${before}, which is left`);
    }
  }
  const left = [...reasons].map(([step, reason]) => `${step.action} ${step.address}: ${reason}`);
  return { steps: steps.filter((step) => !reasons.has(step)), left };
}

/** What settle may finish later: never the opt-ins of a batch whose opt-outs went through broken glass. */
const claimed = (chosen: Chosen, { breakGlass }: ApplyOptions): readonly Step[] =>
  breakGlass === undefined ? chosen.steps : chosen.steps.filter((step) => !hasOptIns(step));

function demandAcknowledged(options: ApplyOptions, planned: Planned): void {
  const { plan } = planned;
  if (options.acknowledge !== undefined && options.acknowledge !== plan.digest) {
    throw new NotAllowed(
      "CX4013",
      `--acknowledge names ${options.acknowledge}, the plan made now is ${plan.digest}`,
      "Review the plan made now and acknowledge its digest.",
    );
  }
  if (!planned.isGuarded || options.acknowledge === plan.digest) return;
  const guards = plan.diagnostics.filter(
    (diagnostic) => diagnostic.severity === "error" && diagnostic.code.startsWith("CX401"),
  );
  const optOuts = plan.steps.reduce((sum, step) => sum + (step.records?.optOuts ?? 0), 0);
  const lane =
    optOuts > 0
      ? ` ${optOuts} ${optOuts === 1 ? "opt-out in it goes" : "opt-outs in it go"} at once with cxform apply --opt-outs-only.`
      : "";
  throw new NotAllowed(
    guards[0]?.code ?? "CX4010",
    guards.map((guard) => guard.message).join("; "),
    `If this is meant, run apply with --acknowledge ${plan.digest}.${lane}`,
  );
}

/** What settle may do: retire what was replaced, and finish what an applied plan contained. */
function mayFinish(step: Step, planned: Planned, claimed: ReadonlySet<string>): boolean {
  return step.followUp || claimed.has(step.digest) || planned.assignments.get(step)?.wasApplied === true;
}

/** The steps that are not done: a settle may finish them. */
function unfinished(steps: readonly Step[], outcomes: readonly Outcome[]): readonly string[] {
  const done = new Set(outcomes.filter((outcome) => outcome.status === "ok").map(outcomeKey));
  return steps
    .filter((step) => !done.has(`${step.action} ${step.address} ${step.version.to ?? step.version.from}`))
    .map((step) => step.digest);
}

interface Reconciling {
  readonly workplace: Workplace;
  readonly options: ApplyOptions;
  readonly manifests: Manifests;
  readonly ledger: Ledger;
  readonly run: Run;
  readonly planOptions: PlanOptions;
  readonly outbox: Outbox | undefined;
}

/** The plan, and where somebody wants to know, what else was noticed while it was made. */
async function planNow(
  workplace: Workplace,
  manifests: Manifests,
  ledger: Ledger,
  options: PlanOptions,
  commit: string | undefined,
): Promise<Planned> {
  const { environment } = workplace;
  const isWhole = options.only.length === 0 && options.optOutsOnly !== true;
  if (environment.hooks.notify === undefined || !isWhole) return prepare(workplace, manifests, ledger, options, commit);
  const input = await inputOf(workplace, manifests, ledger, options, commit);
  const planned = makePlan(input);
  const { overdueAfterMs } = environment;
  const { state, entries } = ledger;
  const notices = noticed({ input, state, entries, events: planned.events, overdueAfterMs });
  return { ...planned, events: [...planned.events, ...notices] };
}

function performing({ workplace, options, ledger, run, outbox }: Reconciling): Parameters<typeof perform>[0] {
  return {
    run,
    ledger,
    world: workplace.world,
    writer: (family) => workplace.client.writer(family),
    secret: (variable) => workplace.secret(variable),
    withholdsOptIns: options.breakGlass !== undefined,
    signal: options.signal,
    onAnswered: outbox?.onAnswered,
    onOutcome: (outcome, done, total) => options.onOutcome?.(outcome, done, total),
  };
}

interface Waited extends Performance {
  readonly pending: readonly Held[];
}

const shortestPauseMs = 250;
const longestPauseMs = 10_000;

/** Reads again until nothing is pending, the time is over or the run is told to stop; performs what has become possible. */
async function wait(reconciling: Reconciling, planned: Planned, first: Performance): Promise<Waited> {
  const { workplace, options, manifests, ledger, run, planOptions } = reconciling;
  const { clock } = workplace.world;
  const deadline = clock.elapsed() + (options.waitMs ?? 0);
  let { outcomes, failures, wasStopped } = first;
  let pending = pendingAfter(planned.plan, ledger, clock.now());
  let pauseMs = shortestPauseMs;
  while (pending.length > 0 && clock.elapsed() < deadline && !wasStopped) {
    const leftMs = deadline - clock.elapsed();
    options.onWait?.(pending, leftMs);
    await clock.sleep(Math.min(pauseMs, leftMs), options.signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    if (options.signal?.aborted === true) return { outcomes, failures, wasStopped: true, pending };
    const again = await prepare(workplace, manifests, ledger, planOptions, options.attribution.commit);
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
  return { outcomes, failures, wasStopped, pending };
}

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
