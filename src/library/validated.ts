// The event `validated` (INTERFACE §6): what a run counted in its manifests before it did anything.
import { isoTime } from "../base/duration.ts";
import type { Manifests } from "../contract/declared.ts";
import type { EntryDraft } from "../contract/entry.ts";

/** `startedAt`: epoch milliseconds when validation began. */
export function validated(manifests: Manifests, startedAt: number): EntryDraft {
  const count = (severity: string): number =>
    manifests.diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const batches = [...manifests.declared, ...manifests.damagedBatches].flatMap((one) =>
    one.records === undefined ? [] : [one.records.summary],
  );
  const sum = (pick: (summary: (typeof batches)[number]) => number): number =>
    batches.reduce((total, summary) => total + pick(summary), 0);
  return {
    phase: "event",
    action: "validated",
    startedAt: isoTime(startedAt),
    counts: {
      resources: manifests.resources.length,
      errors: count("error"),
      warnings: count("warning"),
      records: sum((summary) => summary.total + summary.invalid),
      violations: sum((summary) => summary.invalid),
    },
  };
}
