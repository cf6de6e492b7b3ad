// Who may apply to what: the demands of a protected environment, a clean tree, and the broken glass. It asks nobody: every fact is a value.

import { NotAllowed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import type { Step } from "../contract/plan.ts";
import { isRetirement } from "../plan/graph.ts";
import { type Attribution, approvalsOf, type Provenance } from "./attribution.ts";

export interface Demand {
  readonly environment: Environment;
  readonly attribution: Attribution;
  /** Whether this run contacts a machine other than this one. */
  readonly isRemote: boolean;
  readonly allowDirty: boolean;
  readonly optOutsOnly: boolean;
  /** Why the protection is passed by. */
  readonly breakGlass?: string;
}

export const shortestReason = 10;

/** Throws NotAllowed unless this run may write to the environment. */
export function demandPermission(demand: Demand): void {
  const { environment, attribution, breakGlass } = demand;
  if (breakGlass !== undefined) demandReason(environment, breakGlass);
  demandClean(demand);
  if (!environment.isProtected || breakGlass !== undefined) return;
  demandPlace(environment, attribution.provenance);
  // A lost opt-out is the worst that can happen: it waits for nobody's approval.
  if (!demand.optOutsOnly) demandApproval(environment, attribution);
}

function demandReason(environment: Environment, reason: string): void {
  if (!environment.isProtected) {
    throw new NotAllowed(
      "CX4008",
      `environment ${environment.name} is not protected, so there is no glass to break`,
      "Run apply without --break-glass.",
    );
  }
  if (reason.trim().length >= shortestReason) return;
  throw new NotAllowed(
    "CX4008",
    `the reason for breaking the glass has ${reason.trim().length} characters; ${shortestReason} are the least`,
    "Say in a sentence what happened: it is kept in the ledger and reviewed.",
  );
}

function demandClean({ environment, attribution, isRemote, allowDirty }: Demand): void {
  const isClean = attribution.provenance?.isClean;
  if (isClean !== false || allowDirty || !isRemote) return;
  throw new NotAllowed(
    "CX4007",
    `the working tree has changes that no commit holds, and environment ${environment.name} is not on this machine`,
    "Commit or stash them, or run apply with --allow-dirty: the ledger then names a commit that is not what was applied.",
  );
}

const whereTo = "Merge the change and let the apply workflow run; in an emergency use apply --break-glass.";

function demandPlace(environment: Environment, provenance: Provenance | undefined): void {
  const refuse = (why: string): never => {
    throw new NotAllowed("CX4005", `environment ${environment.name} is protected, and ${why}`, whereTo);
  };
  if (provenance?.isInCi !== true) refuse("this is no run of CI (GITHUB_ACTIONS is not true)");
  const { branch, defaultBranch, isClean } = provenance as Provenance;
  if (branch === undefined || defaultBranch === undefined)
    refuse(`it is not known which branch is ${branch === undefined ? "checked out" : "the default one"}`);
  if (branch !== defaultBranch) refuse(`the checked-out branch is ${branch}, not the default branch ${defaultBranch}`);
  // --allow-dirty is for environments that nobody protects.
  if (isClean !== true)
    refuse(isClean === false ? "the working tree has changes that no commit holds" : "there is no git repository here");
}

function demandApproval(environment: Environment, attribution: Attribution): void {
  if (approvalsOf(attribution).length > 0) return;
  const own = (attribution.approvals ?? []).length > 0;
  throw new NotAllowed(
    "CX4006",
    own
      ? `environment ${environment.name} is protected, and only the author ${attribution.author} has approved this run`
      : `environment ${environment.name} is protected, and GitHub names nobody who approved this run`,
    own
      ? "Let somebody else approve the run at its environment gate."
      : `Give the GitHub environment ${environment.name}-approval required reviewers, run the apply workflow again and let one of them approve it.`,
  );
}

/** What a run with broken glass performs: it may bring back and take away, and withhold from people; never send anything new. */
export function behindGlass(steps: readonly Step[]): {
  readonly steps: readonly Step[];
  readonly left: readonly string[];
} {
  const isAllowed = (step: Step): boolean =>
    step.action === "reactivate" || isRetirement(step) || (step.action === "records" && hasOptOuts(step));
  return {
    steps: steps.filter(isAllowed),
    left: [
      ...steps.filter((step) => !isAllowed(step)).map((step) => `${step.action} ${step.address}: needs an approval`),
      ...steps
        .filter((step) => isAllowed(step) && hasOptIns(step))
        .map((step) => `${step.action} ${step.address}: its opt-ins need an approval`),
    ],
  };
}

const hasOptOuts = (step: Step): boolean => (step.records?.optOuts ?? 0) > 0;

/** A batch step that would also send opt-ins: no later run may take it for an applied one. */
export const hasOptIns = (step: Step): boolean => (step.records?.optIns ?? 0) > 0;
