// What to do about one batch of records: a step until CXone has answered for each record, then nothing ever again.
import { invariant } from "../base/invariant.ts";
import type { ChunkSummary, Declared } from "../contract/declared.ts";
import type { LedgerResource } from "../contract/entry.ts";
import type { RecordsKind } from "../contract/kind.ts";
import { decide } from "./decision.ts";
import type { Decision, PlanInput } from "./input.ts";

/** The chunks that CXone has not answered yet; in the opt-out lane, of the opt-outs only. */
export function chunksToSend(
  declared: Declared,
  resource: LedgerResource | undefined,
  optOutsOnly: boolean,
): readonly ChunkSummary[] {
  invariant(declared.records !== undefined, `${declared.address} has no records`);
  const answered = new Set(resource?.records?.answered ?? []);
  return declared.records.summary.chunks.filter(
    (chunk) => !answered.has(chunk.digest) && (chunk.optOut || !optOutsOnly),
  );
}

const total = (chunks: readonly ChunkSummary[]): number => chunks.reduce((sum, chunk) => sum + chunk.count, 0);

const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

export function decideRecords(
  kind: RecordsKind,
  input: PlanInput,
  declared: Declared,
  resource: LedgerResource | undefined,
): Decision {
  const { address } = declared;
  invariant(declared.records !== undefined, `${address} has no records`);
  const { summary } = declared.records;
  const open = chunksToSend(declared, resource, input.options.optOutsOnly === true);
  const base = { address, isOwned: resource !== undefined, isActive: false, staysActive: false };
  if (open.length === 0) return decide(base);
  const applies = resource?.records?.applies ?? 0;
  const read = input.observation.records.get(address);
  const observed = read === undefined ? null : { unchanged: read.unchanged, skipped: read.skipped };
  // What CXone will skip is sent all the same where it is an opt-out.
  const toSend = total(open) - (read?.older.size ?? 0);
  const optIns = total(open.filter((chunk) => !chunk.optOut));
  return decide({
    ...base,
    steps: [
      {
        action: "records",
        address,
        version: { from: applies === 0 ? null : applies, to: applies + 1 },
        after: [],
        followUp: false,
        before: {},
        next: {},
        // A reader must see it first: no revert undoes an opt-out.
        risk: total(open) > optIns ? "high" : "medium",
        reason: `${total(open)} of ${summary.total} records ${total(open) === 1 ? "is" : "are"} not answered yet: ${counted(total(open) - optIns, "opt-out")} first, ${counted(optIns, "opt-in")}${observed === null ? " (counted from the file)" : ""}`,
        precondition: {},
        records: {
          contentDigest: `sha256:${summary.contentDigest}`,
          total: summary.total,
          optIns: summary.optIns,
          optOuts: summary.optOuts,
          toSend,
          observed,
        },
        source: declared.source,
        assignment: {
          kind,
          declared,
          target: { address, name: declared.name, state: declared.state },
          optInsToSend: optIns,
          ...(read === undefined ? {} : { older: read.older }),
        },
      },
    ],
  });
}
