// What the ledger learns from a reading: a version that CXone has decided, paused, deprecated or lost since the last entry about it.
import { isoTime } from "../base/duration.ts";
import type { EntryDraft } from "../contract/entry.ts";
import type { KnownVersion } from "./ownership.ts";

/** Events for a version whose observed status is not the ledger's. */
export function statusEvents(address: string, known: KnownVersion, now: number): readonly EntryDraft[] {
  const { ledger, status, observed, statusText } = known;
  const isFoundAgain = observed !== undefined && ledger.remoteId === undefined;
  const isNews = status === "gone" ? ledger.missing !== true : status !== "begun" && status !== ledger.status;
  if (!isNews && !isFoundAgain) return [];
  const isDecision =
    (ledger.status === "pending" || ledger.status === "unknown") && (status === "active" || status === "rejected");
  const remoteId = observed?.remoteId ?? ledger.remoteId;
  return [
    {
      phase: "event",
      action: status === "gone" ? "lost" : isDecision ? "decided" : "observed",
      address,
      version: known.version,
      remoteName: ledger.remoteName,
      ...(remoteId === undefined ? {} : { remoteId }),
      // A lost object serves nobody: the ledger keeps it as deprecated and missing.
      status: status === "gone" || status === "begun" ? "deprecated" : status,
      ...reasonOf(known.reason, status, statusText),
      ...(observed?.decidedAt === undefined ? {} : { decidedAt: observed.decidedAt }),
      observedAt: isoTime(now),
    },
  ];
}

/** Several words of CXone are one status here (PAUSED, DISABLED): without a reason, the word itself is one. */
function reasonOf(
  reason: string | undefined,
  status: KnownVersion["status"],
  statusText: string,
): Pick<EntryDraft, "reason"> {
  if (reason !== undefined) return { reason };
  return status === "paused" || status === "unknown" ? { reason: statusText } : {};
}
