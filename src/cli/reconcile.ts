// What apply and settle share: progress, gentle stopping, and telling what was done. It decides nothing that the library decides.

import type { Failure } from "../base/failure.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Applied } from "../library/apply.ts";
import type { ReconcileOptions } from "../library/apply-options.ts";
import { attributionOf, type Provenance } from "../library/attribution.ts";
import { type Decided, decidedAfter, lastSeq } from "../library/recorded.ts";
import { chooseEnvironment } from "../manifest/config.ts";
import type { Context } from "./command.ts";
import { type Told, tell } from "./failure.ts";
import { interrupted } from "./interrupts.ts";
import { printFailure } from "./print-failure.ts";
import { startProgress } from "./progress.ts";
import { envFlag, type Project } from "./project.ts";

type Perform = (options: ReconcileOptions) => Promise<Applied>;

export interface Reconciling {
  readonly project: Project;
  readonly commit: string | undefined;
  /** What the manifests were read from; absent where nothing is demanded of it. */
  readonly provenance?: Provenance;
  readonly perform: Perform;
  /** Whether the plan, with its diagnostics, was shown before it was performed. */
  readonly wasShown: () => boolean;
}

/** Answers the exit code. */
export async function reconcile(
  context: Context,
  { project, commit, provenance, perform, wasShown }: Reconciling,
): Promise<number> {
  const { common, terminal } = context;
  const { config, environment } = project;
  const progress = startProgress(context);
  let stepsDone = 0;
  let hasWritten = false;
  const signal = terminal.stopGently();
  const tellOf = (error: unknown): Told =>
    tell(error, { command: "apply", stepsDone, hasWritten, flag: envFlag(common) });
  let applied: Applied;
  let decided: readonly Decided[];
  try {
    const ledger = { config, environment, world: terminal.world };
    // Only for the summary: what the ledger says of itself is the library's to judge.
    const seq = await lastSeq(ledger).catch(() => undefined);
    applied = await perform({
      config,
      environment,
      world: terminal.world,
      attribution: { ...attributionOf(terminal.world, commit), ...(provenance === undefined ? {} : { provenance }) },
      signal,
      onEvent: (event) => {
        hasWritten ||= event.kind === "request" && event.isWrite && !isRefusal(event.status);
        progress.onEvent(event);
      },
      onOutcome: (outcome, done, total) => {
        if (outcome.status === "ok" || outcome.status === "unknown") stepsDone++;
        progress.onOutcome(outcome, done, total);
      },
      onWait: (pending, leftMs) => progress.onWait(pending, leftMs),
      onWarning: (failure) => warn(failure, context),
    });
    decided = seq === undefined ? [] : await decidedAfter(seq, ledger).catch(() => []);
  } catch (error) {
    progress.end();
    const failed = printFailure(tellOf(error), context);
    return signal.aborted ? interrupted : failed;
  }
  progress.end();
  const exit = signal.aborted ? interrupted : applied.exit;
  const isDefault = chooseEnvironment(config, environment).environment?.name === config.defaultEnvironment;
  const problem = applied.unread === undefined || signal.aborted ? undefined : tellOf(applied.unread);
  const flag = isDefault ? "" : envFlag(common);
  await print({ applied, decided, exit, problem, wasShown: wasShown(), flag }, context);
  return exit;
}

/** Answers after which nothing has changed (CXONE-API §2); none at all is no refusal. */
const isRefusal = (status: number | undefined): boolean =>
  status !== undefined && (status === 503 || (status >= 400 && status < 500 && status !== 408));

const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === "error";
/** What could not be queued for a hook: the run goes on, and the ledger still has it to tell. */
function warn({ message, code, hint }: Failure, { common, terminal }: Context): void {
  if (!common.quiet)
    terminal.err(
      `warning: nothing was queued for hooks: ${message} [${code}]\n  hint: ${hint} Then run cxform events flush.\n`,
    );
}

interface Ended {
  readonly applied: Applied;
  readonly decided: readonly Decided[];
  readonly exit: number;
  /** Why the wait ended without an answer. */
  readonly problem: Told | undefined;
  readonly wasShown: boolean;
  readonly flag: string;
}

async function print(
  { applied, decided, exit, problem, wasShown, flag }: Ended,
  { common, terminal }: Context,
): Promise<void> {
  const [{ harmlessJson }, { appliedText }, { diagnosticsText }, { failureText }] = await Promise.all([
    import("../report/harmless.ts"),
    import("../report/applied-text.ts"),
    import("../report/diagnostics.ts"),
    import("../report/failure-text.ts"),
  ]);
  const { plan, manifests, refusals, outcomes, pending, left, wasDeclined } = applied;
  // The lane of the opt-outs goes past manifests with errors, and does not keep silent about them.
  const passed = plan.options.optOutsOnly === true ? manifests.diagnostics.filter(isError) : [];
  const all = [...refusals, ...passed, ...(wasShown ? [] : plan.diagnostics)];
  const told = common.quiet ? all.filter(isError) : all;
  terminal.err(diagnosticsText(told, { sources: manifests.sources, paint: terminal.paintErr }));
  if (problem !== undefined) terminal.err(failureText(problem, terminal.paintErr));
  if (common.format === "json") {
    const { blocked } = plan;
    const error =
      problem === undefined ? {} : { error: { code: problem.code, message: problem.message, hint: problem.hint } };
    // One shape for every outcome: no id is null, no call took no time.
    const whole = outcomes.map((one) => ({ ...one, remoteId: one.remoteId ?? null, latencyMs: one.latencyMs ?? 0 }));
    terminal.outRaw(
      `${harmlessJson({ digest: applied.digest, outcomes: whole, pending, exit, decided, blocked, left, ...error })}\n`,
    );
    return;
  }
  const { blocked } = plan;
  const { isOnScreen } = terminal;
  const view = { outcomes, decided, pending, blocked, left, wasDeclined, wasStopped: exit === 130, isOnScreen, flag };
  terminal.out(appliedText(view, terminal.paintOut));
}
