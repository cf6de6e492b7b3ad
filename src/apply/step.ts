// Performs one step of a plan: checks what must be true right before, hands it to the kind's operation, says what became of it.

import { isoTime } from "../base/duration.ts";
import { CallFailure, UnknownOutcome } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { WriteApi } from "../contract/api.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { Accepted, Observed, ObservedKind, Version } from "../contract/kind.ts";
import type { Outcome, Step } from "../contract/plan.ts";
import type { World } from "../contract/world.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Run } from "../ledger/run.ts";
import { contentDigest, maskedContent } from "../plan/content.ts";
import type { Assignment } from "../plan/input.ts";
import { createPerformer } from "./performer.ts";

export interface StepContext {
  readonly run: Run;
  readonly ledger: Ledger;
  readonly world: Pick<World, "clock" | "chance">;
  readonly api: WriteApi;
  /** Once it aborts, nothing is waited for any more. */
  readonly signal?: AbortSignal | undefined;
  /** Remote ids by address of what is active, kept up to date as steps end. */
  readonly remoteIds: Map<string, string>;
  /** What the steps of this run made or changed, by address: read again before anything builds on it. */
  readonly made: Map<string, { readonly kind: ObservedKind; readonly observed: Observed }>;
  secret(variable: string): string;
}

/** What a step ended with; `failure` keeps the error for its hint and field errors. */
export interface StepEnd {
  readonly outcome: Outcome;
  readonly failure?: unknown;
}

/** Performs a step of a kind that is observed or sent once. Never throws for what CXone answers. */
export async function performStep(context: StepContext, step: Step, assignment: Assignment): Promise<StepEnd> {
  const { address, action } = step;
  const base = { address, action, ...(versionOf(step) === undefined ? {} : { version: versionOf(step) as Version }) };
  let latencyMs = 0;
  try {
    const held = await holdBack(context, step, assignment);
    if (held !== undefined) return { outcome: { ...base, status: "skipped", error: held } };
    if (action === "adopt") return { outcome: await adopt(context, step, assignment) };
    const accepted = await operate(context, step, assignment, (spentMs) => {
      latencyMs += spentMs;
    });
    await learn(context, step, accepted);
    const alarm = step.followUp ? await guardSuccessor(context, step, assignment, accepted.observed) : undefined;
    if (alarm === undefined && kindIsGone(step, assignment))
      await context.run.append([{ phase: "event", action: "forgotten", address, reason: step.reason }]);
    const { remoteId, status, reason } = accepted.observed;
    if (status === "active") context.remoteIds.set(address, remoteId);
    if (assignment.kind.lifecycle === "mutable" || assignment.kind.lifecycle === "versioned") {
      context.made.set(address, { kind: assignment.kind, observed: accepted.observed });
    }
    const error = alarm ?? (status === "rejected" ? (reason ?? "rejected") : undefined);
    return {
      outcome: {
        ...base,
        // Refused within the step that submitted it (a job that failed): nothing of it is there.
        status: error === undefined ? "ok" : "failed",
        remoteId,
        latencyMs,
        ...(accepted.channelUrl === undefined ? {} : { channelUrl: accepted.channelUrl }),
        ...(error === undefined ? {} : { error }),
      },
    };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const status = error instanceof UnknownOutcome ? "unknown" : "failed";
    return { outcome: { ...base, status, latencyMs, error: `${error.message} [${error.code}]` }, failure: error };
  }
}

/** A deprecated object of a mutable kind has no further versions: its address owns nothing any more (a removal says so by itself). */
const kindIsGone = (step: Step, { kind }: Assignment): boolean =>
  kind.lifecycle === "mutable" && step.action === "deprecate";

const versionOf = (step: Step): Version | undefined => step.version.to ?? step.version.from ?? undefined;

/** Why a step must wait although it is planned: a reference or a successor that is not *read* as active. */
async function holdBack(context: StepContext, step: Step, assignment: Assignment): Promise<string | undefined> {
  const { kind, declared, successor } = assignment;
  for (const reference of declared?.references ?? []) {
    const made = context.made.get(reference.address);
    const isRead =
      made === undefined ||
      (await readAgain(context, made.kind, reference.address, made.observed))?.status === "active";
    if (!context.remoteIds.has(reference.address) || !isRead)
      return `it waits for ${reference.address}, which is not active yet`;
  }
  if (successor === undefined || kind.lifecycle === "once" || kind.lifecycle === "records") return undefined;
  const seen = await readAgain(context, kind, step.address, successor);
  return seen?.status === "active" ? undefined : `its successor ${successor.remoteName} is not read as active`;
}

/** `observed` as CXone holds it now; undefined for a typed 404. Where nobody can ask CXone, it is as the ledger and the plan have it. */
async function readAgain(
  context: StepContext,
  kind: ObservedKind,
  address: string,
  observed: Observed,
): Promise<Observed | undefined> {
  if (kind.isSeenInListOnly === true && !context.api.capabilities.list) return observed;
  return kind.read(context.api, {
    address,
    name: address.split("/")[1] ?? address,
    version: observed.version ?? 1,
    remoteName: observed.remoteName,
    remoteId: observed.remoteId,
    status: observed.status,
  });
}

async function operate(
  context: StepContext,
  step: Step,
  assignment: Assignment,
  spent: (latencyMs: number) => void,
): Promise<Accepted> {
  const { kind, target, observed, content } = assignment;
  const version = versionOf(step);
  invariant(version !== undefined, `${step.address} has a step without a version`);
  const submits = target !== undefined && content !== undefined;
  const performer = createPerformer({
    api: context.api,
    run: context.run,
    ledger: context.ledger,
    world: context.world,
    address: step.address,
    version,
    ...(submits
      ? { content: { digest: contentDigest(kind, target.state), masked: maskedContent(kind, content) } }
      : {}),
    isOnce: kind.lifecycle === "once",
    signal: context.signal,
    remoteIdOf: remoteIdIn(context),
    secret: (variable) => context.secret(variable),
    onWrite: ({ latencyMs }) => spent(latencyMs),
  });
  if (kind.lifecycle === "once") {
    invariant(target !== undefined, `${step.address} has no target`);
    return kind.operations.send(performer, target, version as number);
  }
  invariant(kind.lifecycle !== "records", "records are sent by their own lane");
  if (kind.lifecycle === "versioned") {
    if (step.action === "deprecate") return kind.operations.deprecate(performer, present(observed, step));
    if (step.action === "reactivate") return kind.operations.reactivate(performer, present(observed, step));
    invariant(target !== undefined, `${step.address} has no target`);
    return kind.operations.submit(performer, target, version);
  }
  if (step.action === "deprecate" || step.action === "remove") {
    invariant(kind.operations.remove !== undefined, `${kind.name} cannot be removed`);
    return kind.operations.remove(performer, present(observed, step));
  }
  invariant(target !== undefined, `${step.address} has no target`);
  if (step.action === "create") return kind.operations.create(performer, target);
  invariant(kind.operations.update !== undefined, `${kind.name} cannot be updated`);
  return kind.operations.update(performer, target, present(observed, step));
}

function remoteIdIn({ remoteIds }: StepContext): (address: string) => string {
  return (address) => {
    const id = remoteIds.get(address);
    invariant(id !== undefined, `${address} has no remote id`);
    return id;
  };
}

function present(observed: Observed | undefined, step: Step): Observed {
  invariant(observed !== undefined, `${step.address} has nothing observed to ${step.action}`);
  return observed;
}

/** What the operation learned after its last write (a job's end) that the result entries do not say yet. */
async function learn(context: StepContext, step: Step, accepted: Accepted): Promise<void> {
  const version = versionOf(step);
  const known = context.ledger.state.resources[step.address]?.versions.find((one) => one.version === version);
  const { observed } = accepted;
  if (known === undefined || known.status === observed.status) return;
  const event: EntryDraft = {
    phase: "event",
    action: observed.status === "active" || observed.status === "rejected" ? "decided" : "observed",
    address: step.address,
    version: known.version,
    remoteName: observed.remoteName,
    remoteId: observed.remoteId,
    status: observed.status,
    ...(observed.reason === undefined ? {} : { reason: observed.reason }),
    ...(observed.decidedAt === undefined ? {} : { decidedAt: observed.decidedAt }),
    observedAt: isoTime(context.world.clock.now()),
  };
  await context.run.append([event]);
}

async function adopt(
  context: StepContext,
  step: Step,
  { kind, observed, target, content, handsOver }: Assignment,
): Promise<Outcome> {
  const seen = present(observed, step);
  invariant(target !== undefined && content !== undefined, `${step.address} has nothing to adopt`);
  const name = contentDigest(kind, target.state);
  const masked = maskedContent(kind, content);
  await context.run.append(
    [
      {
        phase: "event",
        action: "adopted",
        address: step.address,
        version: step.version.to as Version,
        digest: name,
        remoteId: seen.remoteId,
        remoteName: seen.remoteName,
        status: seen.status,
        ...(seen.decidedAt === undefined ? {} : { decidedAt: seen.decidedAt }),
        observedAt: isoTime(context.world.clock.now()),
      },
      ...(handsOver === undefined ? [] : [handsOver]),
    ],
    [{ digest: name, content: masked }],
  );
  if (seen.status === "active") context.remoteIds.set(step.address, seen.remoteId);
  return {
    address: step.address,
    action: "adopt",
    status: "ok",
    remoteId: seen.remoteId,
    version: step.version.to as Version,
  };
}

/** RELIABILITY §2.3 S9: revoked between the read and the retirement? Then the old version comes back, with an alarm. `gone`: as it was retired. */
async function guardSuccessor(
  context: StepContext,
  step: Step,
  assignment: Assignment,
  gone: Observed,
): Promise<string | undefined> {
  const { kind, successor, observed } = assignment;
  if (successor === undefined || observed === undefined) return undefined;
  if (kind.lifecycle !== "versioned" && kind.lifecycle !== "mutable") return undefined;
  const { reactivate } = kind.operations;
  if (reactivate === undefined) return undefined;
  const seen = await readAgain(context, kind, step.address, successor);
  if (seen?.status === "active") return undefined;
  // What changes in place comes back by the write that every tenant has.
  if (kind.lifecycle === "versioned" && !context.api.capabilities.reactivate)
    return `${successor.remoteName} is not active any more and this tenant cannot reactivate ${observed.remoteName}`;
  const performer = createPerformer({
    ...context,
    address: step.address,
    version: step.version.from as Version,
    isOnce: false,
    remoteIdOf: remoteIdIn(context),
    onWrite: () => undefined,
  });
  await reactivate(performer, kind.lifecycle === "mutable" ? gone : observed);
  return `${successor.remoteName} stopped being active while ${observed.remoteName} was retired; ${observed.remoteName} was reactivated`;
}
