// The words that every rendering of a plan shares: symbols, sentences, ways on. It decides nothing.
import { type Action, actions, type Held, type HeldBy, type Plan, type Step, type Summary } from "../contract/plan.ts";
import { harmless } from "./harmless.ts";
import type { Tone } from "./paint.ts";
import { count, versionsText } from "./phrase.ts";

export const symbols: Readonly<Record<Action, string>> = {
  create: "+",
  newVersion: "↑",
  update: "~",
  deprecate: "−",
  reactivate: "↺",
  remove: "−",
  send: "→",
  records: "⇢",
  adopt: "⊕",
};

export const tones: Readonly<Record<Action, Tone>> = {
  create: "added",
  newVersion: "changed",
  update: "changed",
  deprecate: "removed",
  reactivate: "added",
  remove: "removed",
  send: "added",
  records: "changed",
  adopt: "changed",
};

const verbs: Readonly<Record<Action, string>> = {
  create: "to create",
  newVersion: "to submit as a new version",
  update: "to update",
  deprecate: "to deprecate",
  reactivate: "to reactivate",
  remove: "to remove",
  send: "to send",
  records: "with records to send",
  adopt: "to adopt",
};

const doing: Readonly<Record<Action, string>> = {
  create: "create",
  newVersion: "new version",
  update: "update",
  deprecate: "deprecate",
  reactivate: "reactivate",
  remove: "remove",
  send: "send",
  records: "send records",
  adopt: "adopt",
};

/** `new version v2 → v3`. */
export function actionText(step: Pick<Step, "action" | "version">): string {
  const versions = step.action === "records" ? "" : versionsText(step.version);
  return versions === "" ? doing[step.action] : `${doing[step.action]} ${versions}`;
}

/** How to go on with a row that is held back. */
const waysOn: Readonly<Record<HeldBy, (row: Held) => string>> = {
  rejected: () => "Change what the reason names; a plan after that submits a new version.",
  pending: () => "Nothing to do: cxform settle records the decision when it is there.",
  paused: () => "Look into it in CXone; nothing is submitted meanwhile.",
  unowned: (row) => `Take it over with --adopt ${row.address}, or choose another name.`,
  forbid: () => "Do as the reason says, or restore the value that was declared before.",
  reference: () => "Declare what it refers to, or bring that in order first.",
  duplicate: () => "Alter the body or the footer.",
  rename: () => "Say metadata.renamedFrom in the new manifest, or keep the old one.",
};

export function wayOn(row: Held): string {
  return harmless(waysOn[row.by](row));
}

/** `212 opt-outs and 40 opt-ins in the file, 250 to send; …`. */
export function recordsText(step: Step): string | undefined {
  const { records } = step;
  if (records === undefined) return undefined;
  const inFile = `${count(records.optOuts, "opt-out")} and ${count(records.optIns, "opt-in")}, ${records.toSend} to send`;
  const { observed } = records;
  if (observed === null) return `${inFile} (counted from the file)`;
  return `${inFile}; CXone holds ${observed.unchanged} of them already and ${observed.skipped} newer`;
}

/** `1 to create, 2 to update, 1 waiting, 12 unchanged`. */
export function summaryText(summary: Summary): string {
  const steps = actions.filter((action) => summary[action] > 0).map((action) => `${summary[action]} ${verbs[action]}`);
  const rows = (["waiting", "blocked", "unmanaged", "off", "unchanged"] as const)
    .filter((row) => summary[row] > 0)
    .map((row) => `${summary[row]} ${row}`);
  return [...(steps.length === 0 ? ["nothing to do"] : steps), ...rows].join(", ");
}

/** Follow-ups too: what an apply of now would do. */
export function isEmpty(plan: Plan): boolean {
  return plan.steps.length === 0;
}

/** Steps by the kind in their address, in the plan's order. */
export function byKind<T extends { readonly address: string }>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const kind = row.address.slice(0, row.address.indexOf("/"));
    groups.set(kind, [...(groups.get(kind) ?? []), row]);
  }
  return groups;
}

/** The address without its kind, which the group's heading names. */
export function nameText(address: string): string {
  return harmless(address.slice(address.indexOf("/") + 1));
}

/** The people whose consent a plan changes. */
export function peopleOf(plan: Plan): { readonly batches: number; readonly optOuts: number; readonly optIns: number } {
  const batches = plan.steps.flatMap((step) => (step.records === undefined ? [] : [step.records]));
  const sum = (pick: (records: (typeof batches)[number]) => number): number =>
    batches.reduce((total, one) => total + pick(one), 0);
  return { batches: batches.length, optOuts: sum((one) => one.optOuts), optIns: sum((one) => one.optIns) };
}
