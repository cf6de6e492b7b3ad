// Finds the sessions that a lost ledger had sent: CXone lists none, but it tells what a key opened, and the keys follow from the manifests.
import { idempotencyKey } from "../apply/performer.ts";
import type { ReadApi } from "../contract/api.ts";
import type { Declared } from "../contract/declared.ts";
import type { Observed, OnceKind } from "../contract/kind.ts";
import type { Recoverable } from "../ledger/recover.ts";
import { comparable, contentDigest, maskedContent } from "../plan/content.ts";
import { formerAddress } from "../plan/rename.ts";

/** Keys that are asked for: a send that CXone refused so many times, less one, before it took it is found. */
const mostGenerations = 10;

/** The session that this content opened in its generation; undefined where none of its keys did. Reads only. */
export async function findSession(api: ReadApi, kind: OnceKind, declared: Declared): Promise<Recoverable | undefined> {
  const version = kind.generation(declared.spec);
  const keyBody = kind.keyBody(declared.state);
  const former = formerAddress(declared);
  // A renamed session is the same session: its key bears the name that it was sent by.
  for (const address of [declared.address, ...(former === undefined ? [] : [former])]) {
    for (let generation = 0; generation < mostGenerations; generation += 1) {
      const found = await kind.find(api, idempotencyKey(kind.operation, address, version, keyBody, generation));
      if (found !== undefined) return recoverable(kind, declared, version, found);
    }
  }
  return undefined;
}

function recoverable(
  kind: OnceKind,
  { address, state }: Declared,
  version: number,
  { remoteId, remoteName, status }: Observed,
): Recoverable {
  const content = maskedContent(kind, comparable(kind, state));
  return { address, version, digest: contentDigest(kind, state), content, remoteId, remoteName, status };
}
