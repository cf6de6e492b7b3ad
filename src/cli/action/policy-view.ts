// Changes of the policy in the words of the comment: which of the things that decide, in which environment, at which places. Pure.
import type { PolicyChange } from "../../library/base-policy.ts";
import type { PolicyChange as PolicyView } from "../../report/plan-view.ts";

/** What a field of an environment is to a reader. */
const sorts: Readonly<Record<string, PolicyView["what"]>> = {
  credentials: "credentials",
  hooks: "hooks",
  receiver: "hooks",
  guards: "guards",
  protected: "protected",
  readOnly: "protected",
};

export function policyView(changes: readonly PolicyChange[]): readonly PolicyView[] {
  const groups = new Map<string, { readonly view: PolicyView; readonly details: string[] }>();
  for (const { environment, field, change } of changes) {
    const what = environment === undefined ? "rules" : (sorts[field.split(".")[0] ?? ""] ?? "apis");
    const view: PolicyView = environment === undefined ? { what } : { what, environment };
    const detail = `${field === "" ? "the environment" : field} ${change}`;
    const key = JSON.stringify(view);
    const group = groups.get(key) ?? { view, details: [] };
    group.details.push(detail);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ view, details }) => ({ ...view, detail: details.join(", ") }));
}
