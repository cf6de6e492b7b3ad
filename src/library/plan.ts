// Plans without the means to write: the client has no writer, and the ledger is only read.
import type { Manifests } from "../contract/declared.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { Plan, PlanOptions } from "../contract/plan.ts";
import type { Ledger } from "../ledger/ledger.ts";
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

/** RELIABILITY §2.3 S6, S11: what a run that is open has sent may not show yet; apply recovers one that was cut off before it plans. */
function openRunNote({ openClaim }: Ledger, place: Place): readonly Diagnostic[] {
  if (openClaim === undefined) return [];
  const { entry, openIntents } = openClaim;
  const whose = entry.actor === undefined ? "" : ` by ${entry.actor}`;
  const writes = openIntents.length === 1 ? "1 write has" : `${openIntents.length} writes have`;
  return [
    {
      code: "CX4044",
      severity: "warning",
      message: `run ${entry.run}${whose} is open since ${entry.at}: ${writes} no result yet, and what it did may not be in this plan`,
      hint: "Plan again once it has ended; one that was cut off is recovered by the next cxform apply or settle.",
      ...place,
    },
  ];
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
    const notes = [...input.observation.notes, ...openRunNote(ledger, workplace.environment.place)];
    const observation = { ...input.observation, notes };
    const { plan: made } = makePlan({ ...input, observation, showsSamples: options.samples === true });
    return { plan: made, manifests };
  } finally {
    await workplace.close();
  }
}
