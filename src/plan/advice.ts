// What kinds have to say about a whole plan: warnings only, at the manifest or the environment that they concern.
import { selects } from "../base/address.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { PlanInput, StepDraft } from "./input.ts";

/** The warnings of every kind that has submissions in this plan. */
export function adviceOf(input: PlanInput, drafts: readonly StepDraft[]): readonly Diagnostic[] {
  return input.kinds.flatMap((kind) => {
    if (kind.lifecycle !== "versioned" || kind.advise === undefined) return [];
    const submitted = drafts.filter(
      (draft) => draft.assignment.kind === kind && (draft.action === "create" || draft.action === "newVersion"),
    );
    if (submitted.length === 0) return [];
    const declared = input.declared.filter((one) => one.kind === kind.name);
    const advice = kind.advise({
      observed: input.observation.kinds.get(kind.name)?.objects ?? [],
      submissions: submitted.map((draft) => ({
        address: draft.address,
        name: draft.assignment.declared?.name ?? "",
        before: draft.version.from === null ? undefined : draft.before,
        after: draft.next,
      })),
      declared: declared.map(({ address, name, state }) => ({ address, name, state })),
    });
    return advice.map((one): Diagnostic => {
      const about = declared.find((each) => one.address !== undefined && selects(one.address, each.address));
      const place = about === undefined ? input.place : about.place(one.pointer ?? "");
      return { ...one, severity: "warning", ...place };
    });
  });
}
