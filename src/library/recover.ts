// Writes a lost ledger anew from what CXone holds (`audit recover`). It sends nothing but reads, and parses no remote name.
import { isoTime } from "../base/duration.ts";
import { NotAllowed } from "../base/failure.ts";
import type { Declared } from "../contract/declared.ts";
import type { LedgerStore } from "../contract/entry.ts";
import type { Held, Step } from "../contract/plan.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Recoverable, recoveredAction, recoveredEntries, recoveredReason } from "../ledger/recover.ts";
import { ownRun, released } from "../ledger/run.ts";
import { contentDigest, looksLike, maskedContent } from "../plan/content.ts";
import type { Assignment, Planned } from "../plan/input.ts";
import { type Attribution, attributedFacts } from "./attribution.ts";
import { demandValid, openLedgerOf, prepare, readAll } from "./prepare.ts";
import { findSession } from "./recover-sessions.ts";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.ts";

export interface RecoverOptions extends Omit<WorkplaceOptions, "planning" | "contacts"> {
  readonly attribution: Attribution;
  /** Shown what would be written; false writes nothing. Absent: yes. */
  readonly confirm?: (recovered: Recovered) => Promise<boolean>;
}

export interface Recovered {
  readonly environment: string;
  /** Where the ledger is. */
  readonly ledger: string;
  /** The run that wrote it; absent when nothing was written. */
  readonly run?: string;
  /** What the ledger owns again. */
  readonly resources: readonly Omit<Recoverable, "content" | "digest">[];
  /** Declared, and held back: CXone holds it with other content, or what it refers to is not recovered. */
  readonly blocked: readonly Held[];
  /** In CXone and matched by nothing declared: earlier versions among them. */
  readonly unmanaged: readonly Held[];
  /** Declared and not in CXone: the next apply creates them. */
  readonly absent: readonly string[];
  /** Guest sessions that no key of theirs opened, with the content that is declared now: the next apply sends these. */
  readonly sessions: readonly string[];
  /** What was answered for batches cannot be known: the next apply sends these again, and CXone keeps the newest time of each record. */
  readonly batches: readonly string[];
}

/** Throws NotAllowed (CX6004) when the ledger is not empty; Invalid, Claimed, LedgerUnusable and CallFailure as a plan does. */
export async function recoverLedger(options: RecoverOptions): Promise<Recovered> {
  const workplace = await openWorkplace({ ...options, planning: true, contacts: true });
  try {
    return await recoverIn(workplace, options);
  } finally {
    await workplace.close();
  }
}

async function recoverIn(workplace: Workplace, options: RecoverOptions): Promise<Recovered> {
  const { environment, store, world } = workplace;
  const { attribution } = options;
  await demandEmpty(store, environment.name);
  const ledger = await openLedgerOf(workplace);
  const manifests = await readAll(workplace);
  const planOptions = { only: [], adopt: [] };
  demandValid(manifests, ledger, planOptions);
  const planned = await prepare(workplace, manifests, ledger, planOptions, attribution.commit);
  const found = [
    ...planned.plan.steps.flatMap((step) => recoverable(step, planned.assignments.get(step))),
    ...(await findSessions(workplace, manifests.declared)),
  ];
  const report = reportOf(workplace, planned, found, manifests.declared);
  if (found.length === 0) return report;
  if (options.confirm !== undefined && !(await options.confirm(report))) return report;
  return { ...report, run: await write(ledger, found, world, attribution) };
}

/** Anything at all counts: a damaged ledger is evidence, and is moved away by a person. */
async function demandEmpty(store: LedgerStore, environment: string): Promise<void> {
  const isEmpty =
    (await store.read("HEAD.json")) === undefined &&
    (await store.read("state.json")) === undefined &&
    (await store.list("audit")).length === 0;
  if (isEmpty) return;
  throw new NotAllowed(
    "CX6004",
    `the ledger of environment ${environment} is not empty (${store.label})`,
    "Restore it from version control or a backup; if it is lost, move what is left away, keep it, and run this again.",
  );
}

/** Only what is as declared: a step that takes over other content is a decision for a reviewed plan. */
function recoverable(step: Step, assignment: Assignment | undefined): readonly Recoverable[] {
  if (step.action !== "adopt" || assignment === undefined) return [];
  const { kind, declared, observed, target, content } = assignment;
  if (declared === undefined || observed === undefined || target === undefined || content === undefined) return [];
  if (step.version.to === null || !looksLike(kind, declared.state, observed)) return [];
  return [
    {
      address: step.address,
      version: step.version.to,
      digest: contentDigest(kind, target.state),
      content: maskedContent(kind, content),
      remoteId: observed.remoteId,
      remoteName: observed.remoteName,
      status: observed.status,
      ...(observed.decidedAt === undefined ? {} : { decidedAt: observed.decidedAt }),
    },
  ];
}

async function findSessions(workplace: Workplace, declared: readonly Declared[]): Promise<readonly Recoverable[]> {
  const found: Recoverable[] = [];
  for (const one of declared) {
    const kind = one.kindDefinition;
    if (kind.lifecycle !== "once" || !workplace.isEnabled(kind.family)) continue;
    const session = await findSession(workplace.client.reader(kind.family), kind, one);
    if (session !== undefined) found.push(session);
  }
  return found;
}

function reportOf(
  workplace: Workplace,
  { plan }: Planned,
  found: readonly Recoverable[],
  declared: readonly Declared[],
): Recovered {
  const own = new Set(found.map(({ address }) => address));
  const enabled = declared.filter((one) => workplace.isEnabled(one.kindDefinition.family));
  const ofLifecycle = (lifecycle: string): readonly string[] =>
    enabled.filter((one) => one.kindDefinition.lifecycle === lifecycle).map((one) => one.address);
  const sent = new Set([...ofLifecycle("once"), ...ofLifecycle("records")]);
  return {
    environment: workplace.environment.name,
    ledger: workplace.store.label,
    resources: found.map(({ content: _content, digest: _digest, ...facts }) => facts),
    blocked: [...plan.blocked, ...plan.waiting].filter((row) => !own.has(row.address) && !sent.has(row.address)),
    unmanaged: plan.unmanaged,
    absent: plan.steps.filter((step) => step.action === "create" && !own.has(step.address)).map((step) => step.address),
    sessions: ofLifecycle("once").filter((address) => !own.has(address)),
    batches: ofLifecycle("records"),
  };
}

/** Claim and events in one append; what is not recovered is in no entry. Answers the run. */
async function write(
  ledger: Ledger,
  found: readonly Recoverable[],
  world: Workplace["world"],
  attribution: Attribution,
): Promise<string> {
  const run = ledger.begin({
    ...ownRun(world),
    ...attributedFacts(attribution),
  });
  const { drafts, contents } = recoveredEntries(found, isoTime(world.clock.now()));
  // After a failed append a run writes no more: half of a recovery is never released as a whole one.
  await released(run, async () => {
    await Promise.all([run.claim({ action: recoveredAction, reason: recoveredReason }), run.append(drafts, contents)]);
    await run.release({ reason: `${found.length} resources ${recoveredReason}` });
  });
  return run.id;
}
