// Rules on a batch and on batches beside each other; they show no contact id.
import type { Finding, Rule, RuleScope } from "../../../contract/diagnostic.ts";
import type { Json, JsonObject } from "../../../contract/json.ts";
import type { RecordFinding } from "../../../contract/kind.ts";
import { documents } from "../../_shared/example.ts";
import { perScope } from "../../_shared/per-scope.ts";
import { codes } from "../codes.ts";
import { batch, kim, lee, optIn, optOut } from "../example.ts";
import { checkRecord, effectiveAt, isOptOut, normaliseRecord, recordKey, sourceFindings } from "../record.ts";
import type { PreferenceSpec } from "../spec.ts";

const project = "the project's own documents; CXONE-API §7 (November 2026)";

const source: Rule<PreferenceSpec> = {
  code: codes.source,
  title: "A source has 1 to 50 characters",
  severity: "error",
  reason:
    "The source is stored with every record as evidence of where the answer was collected; a record may have its own.",
  source: project,
  hint: "Name where the answers were collected, in 1 to 50 characters.",
  examples: { wrong: batch([optIn], "2026-09-checkout", '""'), right: batch([optIn]), at: { line: 6, column: 11 } },
  *check({ spec }) {
    for (const { code: _, ...finding } of sourceFindings(spec.source, "/spec/source")) yield finding;
  },
};

/** The finding about a contact and channel that stand twice in a batch. `first` tells where: `record 3`, `line 17`. */
export function duplicateRecord(first: string): RecordFinding {
  return {
    code: codes.duplicate,
    message: `the contact and channel stand twice in the batch, first in ${first}`,
    hint: "Keep the later answer and remove the other; in doubt keep the opt-out.",
    pointer: "",
  };
}

/** Documented and tested here over inline records; who reads a batch finds duplicates over all of its records. */
const duplicate: Rule<PreferenceSpec> = {
  code: codes.duplicate,
  title: "A contact and channel stand once in a batch",
  severity: "error",
  reason: "CXone takes one answer for a contact and channel in a batch; which of two would win is chance.",
  source: project,
  hint: "Keep the later answer and remove the other; in doubt keep the opt-out.",
  examples: {
    wrong: batch([optOut, optIn]),
    right: batch([optOut, optIn.replace(kim, lee)]),
    at: { line: 10, column: 7 },
  },
  *check({ spec }): Iterable<Finding> {
    const seen = new Map<string, number>();
    for (const [index, record] of (spec.records ?? []).entries()) {
      const key = recordKey(record as JsonObject);
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, index);
        continue;
      }
      const { code: _, ...finding } = duplicateRecord(`record ${first + 1}`);
      yield { ...finding, pointer: `/spec/records/${index}` };
    }
  },
};

interface Answer {
  readonly address: string;
  readonly index: number;
  readonly isOptOut: boolean;
}

/** Contact, channel and moment of a record without an error; undefined for one with an error or without a time. */
function momentOf(
  record: Json,
  spec: PreferenceSpec,
  now: number,
): { readonly key: string; readonly isOptOut: boolean } | undefined {
  if (checkRecord(record, spec, now).length > 0) return undefined;
  const normal = normaliseRecord(record, spec);
  const at = effectiveAt(normal);
  return at === 0 ? undefined : { key: `${recordKey(normal)} ${at}`, isOptOut: isOptOut(normal) };
}

/** Of every moment the first answer in the order of batches. */
const firstAnswers = perScope((scope: RuleScope) => {
  const answers = new Map<string, Answer>();
  for (const { address, spec } of scope.ofKind<PreferenceSpec>("PreferenceBatch")) {
    for (const [index, record] of (spec.records ?? []).entries()) {
      const moment = momentOf(record, spec, scope.now);
      if (moment !== undefined && !answers.has(moment.key))
        answers.set(moment.key, { address, index, isOptOut: moment.isOptOut });
    }
  }
  return answers;
});

/** The finding about a record that another declared batch contradicts. `other` tells which: `record 3 of PreferenceBatch/…`. */
export function contradictingRecord(other: string): RecordFinding {
  return {
    code: codes.contradiction,
    message: `${other} gives the other answer for this contact, channel and time`,
    hint: "Find out which of the two holds, and remove the other; in doubt keep the opt-out.",
    pointer: "",
  };
}

/** Documented and tested here over inline records, as duplicates are. */
const contradiction: Rule<PreferenceSpec> = {
  code: codes.contradiction,
  title: "Two batches give different answers of one contact at one time",
  severity: "error",
  reason: "The later answer wins and a tie goes to the opt-out, so one of the two would be lost without a word.",
  source: project,
  hint: "Find out which of the two holds, and remove the other.",
  examples: {
    wrong: documents(batch([optIn]), batch([optOut], "2026-09-call-centre", "call-centre")),
    right: documents(
      batch([optIn]),
      batch([optOut.replace("2026-09-14", "2026-09-15")], "2026-09-call-centre", "call-centre"),
    ),
    at: { line: 19, column: 7 },
  },
  *check({ address, spec }, scope) {
    const answers = firstAnswers(scope);
    for (const [index, record] of (spec.records ?? []).entries()) {
      const moment = momentOf(record, spec, scope.now);
      const first = moment === undefined ? undefined : answers.get(moment.key);
      if (
        moment === undefined ||
        first === undefined ||
        first.address === address ||
        first.isOptOut === moment.isOptOut
      )
        continue;
      const { code: _, ...finding } = contradictingRecord(`record ${first.index + 1} of ${first.address}`);
      yield { ...finding, pointer: `/spec/records/${index}` };
    }
  },
};

export const batchRules: readonly Rule<PreferenceSpec>[] = [source];
export const besideRules: readonly Rule<PreferenceSpec>[] = [duplicate, contradiction];
