// Plans without the means to write: the client has no writer, and the ledger is only read.
import type { Manifests } from "../contract/declared.ts";
import type { Plan, PlanOptions } from "../contract/plan.ts";
import { makePlan } from "../plan/assemble.ts";
import { demandSelection, demandValid, inputOf, openLedgerOf, readAll } from "./prepare.ts";
import { openWorkplace, type WorkplaceOptions } from "./workplace.ts";

export interface PlanCommandOptions extends Omit<WorkplaceOptions, "planning" | "contacts"> {
  readonly only?: readonly string[];
  readonly adopt?: readonly string[];
  readonly offline?: boolean;
  readonly commit?: string;
  /** True: steps carry the message filled with its examples, for the reviewers of a pull request. Elsewhere no example leaves its manifest. */
  readonly samples?: boolean;
}

export interface PlanMade {
  readonly plan: Plan;
  readonly manifests: Manifests;
}

/** The plan as of now. Throws Invalid (1), CallFailure (4), BrokenChain and LedgerUnusable. */
export async function plan(options: PlanCommandOptions): Promise<PlanMade> {
  const workplace = await openWorkplace({ ...options, planning: true, contacts: options.offline !== true });
  try {
    const planOptions: PlanOptions = {
      only: options.only ?? [],
      adopt: options.adopt ?? [],
      ...(options.offline === true ? { offline: true as const } : {}),
    };
    const manifests = await readAll(workplace);
    const ledger = await openLedgerOf(workplace);
    demandValid(manifests, ledger, planOptions);
    demandSelection(manifests, ledger, planOptions);
    const input = await inputOf(workplace, manifests, ledger, planOptions, options.commit);
    const { plan: made } = makePlan({ ...input, showsSamples: options.samples === true });
    return { plan: made, manifests };
  } finally {
    await workplace.close();
  }
}
