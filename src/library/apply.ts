// Applies and settles: one reconcile, from the demands on a run to what it did and its exit code.

import type { Performance } from "../apply/perform.ts";
import { releaseDeadClaim } from "../apply/recover.ts";
import { type CallFailure, Failure, NotAllowed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { Manifests } from "../contract/declared.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Entry, EntryDraft, LedgerState } from "../contract/entry.ts";
import type { Held, Outcome, Plan, PlanOptions } from "../contract/plan.ts";
import { breakGlassAction, onlyAction, optOutsAction, settleAction } from "../ledger/history.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { rebuildLedger } from "../ledger/rebuild.ts";
import { ownRun, released } from "../ledger/run.ts";
import { isLoopback } from "../manifest/url.ts";
import { makePlan } from "../plan/assemble.ts";
import type { Planned } from "../plan/input.ts";
import type { ApplyOptions, ReconcileOptions } from "./apply-options.ts";
import { attributedFacts } from "./attribution.ts";
import { carryOut } from "./carry-out.ts";
import { chooseOrShow, claimed } from "./choose.ts";
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
import { type Demand, demandPermission } from "./protection.ts";
import { refusalsOf } from "./refusals.ts";
import { optionsOf, parsePlan } from "./review.ts";
import { validated } from "./validated.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

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
  /** Why the wait ended without knowing better: CXone answered none of its last reads. */
  readonly unread?: CallFailure;
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
    ...ownRun(world),
    planDigest: plan.digest,
    steps: claimed(chosen, options, planOptions).map((step) => step.digest),
    ...attributedFacts(options.attribution),
    ...partOf(options, planOptions, mode),
  });
  const done = await carryOut(
    { workplace, options, manifests, ledger, run, planOptions, outbox },
    planned,
    chosen,
    validated(manifests, startedAt),
  );
  const { outcomes, failures, pending, wasStopped, unread } = done;
  const ending = { mode, left: chosen.left, wasStopped, isUnread: unread !== undefined };
  const exit = exitOf(plan, outcomes, { ...ending, hasWritten: hasWritten(ledger, run.id) });
  const refusals = failures.flatMap(({ step, error }) => refusalsOf(error, planned.assignments.get(step)));
  const waited = { outcomes, failures, pending, ...(unread === undefined ? {} : { unread }) };
  return { ...nothing, ...waited, refusals, wasDeclined: false, exit };
}

/** A step can fail after CXone took a change of it: a job whose answer nobody can read, a retirement that was undone. */
function hasWritten({ entries, state }: Ledger, run: string): boolean {
  const results = entries.filter((entry) => entry.run === run && entry.phase === "result");
  return results.some((entry) => entry.outcome !== "failed" && !wasRefused(entry, state));
}

/** What a job has refused is no change: nothing of it is there. */
function wasRefused({ address = "", version }: Entry, { resources }: LedgerState): boolean {
  return resources[address]?.versions.find((one) => one.version === version)?.status === "rejected";
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
    ...ownRun(world),
    ...attributedFacts(attribution),
  });
  try {
    await released(run, async () => {
      await run.append([validation]);
      await run.release({ steps: [] });
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

function planOptionsOf(options: ApplyOptions): PlanOptions {
  return {
    only: options.only ?? [],
    adopt: options.adopt ?? [],
    ...(options.optOutsOnly === true ? { optOutsOnly: true as const } : {}),
  };
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
