// The entries of a ledger that is written anew from what CXone holds, marked as such. Pure; knows no kind and reads nothing.
import type { EntryDraft } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import type { Version, VersionStatus } from "../contract/kind.ts";
import type { Content } from "./run.ts";

/** The `action` of the claim and the `reason` of every entry by which a recovered ledger is told from a grown one. */
export const recoveredAction = "recovered";
export const recoveredReason = "recovered from what CXone holds";

/** An object in CXone that a declared resource matches by natural key and content. */
export interface Recoverable {
  readonly address: string;
  readonly version: Version;
  /** Hex SHA-256 of the comparable content. */
  readonly digest: string;
  /** That content, sensitive fields masked. */
  readonly content: Json;
  readonly remoteId: string;
  readonly remoteName: string;
  readonly status: VersionStatus;
  readonly decidedAt?: string;
}

/** One `adopted` event for each object, in the order given; `observedAt` is an ISO time. */
export function recoveredEntries(
  found: readonly Recoverable[],
  observedAt: string,
): { readonly drafts: readonly EntryDraft[]; readonly contents: readonly Content[] } {
  const drafts = found.map(
    ({ content: _content, ...facts }): EntryDraft => ({
      phase: "event",
      action: "adopted",
      ...facts,
      reason: recoveredReason,
      observedAt,
    }),
  );
  return { drafts, contents: found.map(({ digest, content }) => ({ digest, content })) };
}
