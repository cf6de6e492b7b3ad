// What a reconcile is told: by the CLI, by the action, by a program.

import type { Failure } from "../base/failure.ts";
import type { Held, Outcome, Plan, Step } from "../contract/plan.ts";
import type { Attribution } from "./attribution.ts";
import type { WorkplaceOptions } from "./workplace.ts";

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
