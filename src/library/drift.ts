// Drift of an environment: reads CXone, the ledger and the manifests, and writes nothing anywhere.
import { type DriftRow, driftOf } from "../plan/drift.ts";
import { demandValid, inputOf, openLedgerOf, readAll } from "./prepare.ts";
import { openWorkplace, type WorkplaceOptions } from "./workplace.ts";

export type DriftOptions = Omit<WorkplaceOptions, "planning" | "contacts">;

export interface Drift {
  readonly environment: string;
  readonly drift: readonly DriftRow[];
}

/** Throws Invalid (1), CallFailure (4), BrokenChain and LedgerUnusable. */
export async function drift(options: DriftOptions): Promise<Drift> {
  const workplace = await openWorkplace({ ...options, planning: true, contacts: true });
  try {
    const planOptions = { only: [], adopt: [] };
    const manifests = await readAll(workplace);
    const ledger = await openLedgerOf(workplace);
    demandValid(manifests, ledger, planOptions);
    // Sessions and records are no mirror of CXone: nothing of them is read.
    const declared = manifests.declared.filter(
      ({ kindDefinition: { lifecycle } }) => lifecycle === "versioned" || lifecycle === "mutable",
    );
    const input = await inputOf(workplace, { ...manifests, declared }, ledger, planOptions, undefined);
    return { environment: workplace.environment.name, drift: driftOf(input) };
  } finally {
    await workplace.close();
  }
}
