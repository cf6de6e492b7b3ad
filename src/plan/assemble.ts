// Makes the plan: a pure function from what is declared, observed and known to the one value that is printed, reviewed, applied and recorded.
import { kindOfAddress, selects } from "../base/address.ts";
import { labelledDigest } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import { byPlace, compareText } from "../base/order.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Kind } from "../contract/kind.ts";
import { type Action, actions, type Held, type Plan, type Step, type Summary } from "../contract/plan.ts";
import { adviceOf } from "./advice.ts";
import { masked, maskedContent } from "./content.ts";
import { decideAll } from "./decide.ts";
import { changesBetween, patchBetween } from "./diff.ts";
import { stepsInOrder } from "./graph.ts";
import { weakGuarantees } from "./guarantee.ts";
import { guard } from "./guard.ts";
import type { Assignment, Decision, PlanInput, Planned, StepDraft } from "./input.ts";

/** The plan, and beside it what performs it. No I/O, no clock, no randomness. */
export function makePlan(input: PlanInput): Planned {
  const { decisions: all, unmanaged, off, remoteIds } = decideAll(input);
  const decisions = all
    .filter((decision) => isSelected(input, decision.address))
    .map((decision) => withinSelection(input, decision));
  const drafts = stepsInOrder(
    input.kinds,
    decisions.flatMap((decision) => decision.steps),
  );
  const assignments = new Map<Step, Assignment>();
  for (const draft of drafts) assignments.set(stepOf(draft, input), draft.assignment);
  const steps = [...assignments.keys()];
  const waiting = sorted(decisions.flatMap((decision) => decision.waiting));
  const blocked = sorted(decisions.flatMap((decision) => decision.blocked));
  const guarded = input.options.optOutsOnly === true ? [] : guard(decisions, drafts, input.guards, input.place);
  const diagnostics = [
    ...input.observation.notes,
    ...decisions.flatMap((decision) => decision.diagnostics),
    ...adviceOf(input, drafts),
    ...weakGuarantees(input, drafts),
    ...guarded,
  ].sort(byPlace);
  const unchanged = decisions.filter(
    (decision) =>
      decision.steps.length + decision.waiting.length + decision.blocked.length === 0 &&
      isDeclared(input, decision.address),
  ).length;
  const summary = summarise(steps, {
    waiting: waiting.length,
    blocked: blocked.length,
    unchanged,
    unmanaged: unmanaged.length,
    off,
  });
  const plan: Plan = {
    formatVersion: 1,
    tool: input.tool,
    environment: input.environment,
    ...(input.commit === undefined ? {} : { commit: input.commit }),
    createdAt: isoTime(input.now),
    digest: planDigest(input, steps),
    options: input.options,
    summary,
    steps,
    waiting,
    blocked,
    unmanaged: sorted(unmanaged),
    diagnostics,
  };
  const events = decisions.flatMap((decision) => decision.events);
  return { plan, assignments, events, remoteIds, isGuarded: guarded.length > 0 };
}

function isSelected(input: PlanInput, address: string): boolean {
  return input.options.only.length === 0 || input.options.only.some((pattern) => selects(pattern, address));
}

function isDeclared(input: PlanInput, address: string): boolean {
  return input.declared.some((declared) => declared.address === address);
}

/** `--only` pulls in no references: a step whose reference would be made by a step that was left out waits for it. */
function withinSelection(input: PlanInput, decision: Decision): Decision {
  if (input.options.only.length === 0) return decision;
  const left = decision.steps.flatMap((step) => step.after).find((address) => !isSelected(input, address));
  if (left === undefined) return decision;
  const row: Held = {
    address: decision.address,
    kind: kindOfAddress(decision.address),
    status: "REFERENCE",
    reason: `it refers to ${left}, which --only leaves out`,
    by: "reference",
  };
  return { ...decision, steps: [], blocked: [row] };
}

function stepOf(draft: StepDraft, { showsSamples }: PlanInput): Step {
  const { kind, content } = draft.assignment;
  const before = maskedContent(kind, draft.before);
  const next = maskedContent(kind, draft.next);
  const hidesSomething = kind.sensitive.some((field) => draft.next[field] !== undefined);
  const body = {
    action: draft.action,
    address: draft.address,
    version: draft.version,
    after: draft.after,
    followUp: draft.followUp,
    changes: changesBetween(before, next).map((change) =>
      change.after === masked && change.before === masked ? { ...change, before: masked } : change,
    ),
    patch: patchBetween(before, next),
    risk: draft.risk,
    reason: draft.reason,
    // What is masked is in no patch; its digest ties the step to the very content that was reviewed.
    precondition: { ...draft.precondition, ...(hidesSomething ? { content: labelledDigest(content ?? {}) } : {}) },
    ...(draft.remoteName === undefined ? {} : { remoteName: draft.remoteName }),
    ...(draft.notes === undefined || draft.notes.length === 0 ? {} : { notes: draft.notes }),
    ...saidBy(draft, showsSamples === true),
    ...(draft.records === undefined ? {} : { records: draft.records }),
    ...(draft.source === undefined ? {} : { source: draft.source }),
  };
  return { ...body, digest: stepDigest(body) };
}

/** Actions that send what a manifest declares; a sample of anything else would show what nobody is going to read. */
const sending: ReadonlySet<Action> = new Set(["create", "newVersion", "update", "reactivate"]);

/** What the kind tells a reader of the step: in words what becomes of it, and the message as a customer reads it. */
function saidBy({ action, assignment }: StepDraft, showsSamples: boolean): Pick<Step, "effect" | "sample"> {
  const { kind, declared } = assignment;
  if (declared === undefined || !sending.has(action)) return {};
  // A reactivated version was sent and decided already.
  const effect = action === "reactivate" ? undefined : kind.effect?.(declared.state);
  const sample = showsSamples ? kind.sample?.(declared.spec) : undefined;
  return { ...(effect === undefined ? {} : { effect }), ...(sample === undefined ? {} : { sample }) };
}

/** INTERFACE §5: what a step does, and to what; not why, when, from where, nor in which order. */
export function stepDigest(step: Omit<Step, "digest">): string {
  const { action, address, version, patch, precondition, records } = step;
  const counted =
    records === undefined
      ? {}
      : {
          contentDigest: records.contentDigest,
          total: records.total,
          optIns: records.optIns,
          optOuts: records.optOuts,
        };
  return labelledDigest({ action, address, version, patch, precondition, ...counted } as unknown as JsonObject);
}

function planDigest(input: PlanInput, steps: readonly Step[]): string {
  const digests = steps.filter((step) => !step.followUp).map((step) => step.digest);
  return labelledDigest({
    environment: input.environment,
    options: input.options,
    steps: digests.sort(),
  } as unknown as Json);
}

function summarise(steps: readonly Step[], rest: Omit<Summary, Action>): Summary {
  const counts = Object.fromEntries(
    actions.map((action) => [action, steps.filter((step) => step.action === action).length]),
  ) as Record<Action, number>;
  return { ...counts, ...rest };
}

function sorted(rows: readonly Held[]): readonly Held[] {
  return [...rows].sort((left, right) => compareText(left.address, right.address));
}

/** The kinds that a plan must read: those that a manifest or the ledger names, with what they refer to. */
export function kindsToObserve(
  kinds: readonly Kind[],
  addresses: readonly string[],
  only: readonly string[],
): ReadonlySet<string> {
  const selected =
    only.length === 0 ? addresses : addresses.filter((address) => only.some((pattern) => selects(pattern, address)));
  const names = new Set(selected.map(kindOfAddress));
  for (let grown = -1; grown !== names.size; ) {
    grown = names.size;
    for (const kind of kinds) if (names.has(kind.name)) for (const name of kind.refersTo) names.add(name);
  }
  return names;
}
