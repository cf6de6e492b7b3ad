// Whose declared opt-out CXone has not confirmed yet, in whatever batch: no opt-in of theirs may go (RELIABILITY I1).
import { RecordsChanged } from "../base/failure.ts";
import { SeenKeys } from "../base/seen.ts";
import type { Declared } from "../contract/declared.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { chunksToSend } from "../plan/records.ts";

/** Reads what is open, and answers for a record's key whether an opt-out of it is. In doubt it is: also where a file cannot be read any more. */
export async function openOptOuts(
  batches: readonly Declared[],
  ledger: Ledger,
): Promise<(recordKey: string) => boolean> {
  const keys = new SeenKeys();
  for (const declared of batches) {
    const { kindDefinition: kind, records } = declared;
    if (kind.lifecycle !== "records" || records === undefined) continue;
    const open = new Set(
      chunksToSend(declared, ledger.state.resources[declared.address], true).map((chunk) => chunk.digest),
    );
    if (open.size === 0) continue;
    try {
      for await (const chunk of records.chunks((one) => open.has(one.digest)))
        for (const record of chunk.records) keys.add(kind.recordKey(record), 1);
    } catch (error) {
      if (error instanceof RecordsChanged) return () => true;
      throw error;
    }
  }
  return (recordKey) => keys.has(recordKey);
}
