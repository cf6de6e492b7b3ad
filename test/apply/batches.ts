// Batches of the apply tests: records, chunks and what CXone answers to them, in letters. It sends nothing.
import { digest } from "../../src/base/digest.ts";
import type { Chunk, Declared } from "../../src/contract/declared.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { RecordsKind } from "../../src/contract/kind.ts";
import { kinds } from "../../src/kinds/kinds.ts";

export const recordsKind = kinds.find((one) => one.lifecycle === "records") as RecordsKind;

export const record = (number: number, optIn: boolean): JsonObject => ({
  contactId: `${String(number).padStart(8, "0")}-0000-4000-a000-000000000000`,
  channel: "email",
  optIn,
  consentTimestamp: optIn ? "2026-05-01T10:00:00Z" : null,
  withdrawalTimestamp: optIn ? null : "2026-05-02T10:00:00Z",
  regulatoryRegion: "GDPR",
  source: "web",
});

/** Of contacts numbered from `first` on. */
export function chunkOf(count: number, optOut: boolean, first = 0): Chunk {
  const records = Array.from({ length: count }, (_, index) => record(first + index, !optOut));
  return { digest: digest(records as Json), optOut, count, records };
}

/** The reading of the chunks fails after so many. */
export interface Changes {
  readonly count: number;
  readonly error: Error;
}

export interface BatchOf {
  readonly address: string;
  readonly chunks: readonly Chunk[];
  readonly spec?: JsonObject;
  readonly changesAfter?: Changes | undefined;
  /** Told each time that the chunks are read. */
  readonly onReading?: (() => void) | undefined;
}

/** A batch whose summary and chunks are all that is read of it. */
export function declaredOf({ address, chunks, spec = {}, changesAfter, onReading }: BatchOf): Declared {
  let given = 0;
  const content = {
    summary: { contentDigest: "d".repeat(64), total: 0, optIns: 0, optOuts: 0, invalid: 0, chunks },
    async *chunks(isWanted: (chunk: Chunk) => boolean) {
      onReading?.();
      for (const chunk of chunks) {
        if (!isWanted(chunk)) continue;
        if (given++ === changesAfter?.count) throw changesAfter.error;
        yield chunk;
      }
    },
  };
  return {
    address,
    kind: recordsKind.name,
    kindDefinition: recordsKind,
    spec,
    records: content,
  } as unknown as Declared;
}

const statuses: Readonly<Record<string, string>> = {
  c: "created",
  u: "updated",
  n: "unchanged",
  s: "skipped",
  r: "rejected",
};

/** A letter a record, the last one for all that follow: the first of a status, `-` for none, `!` for one that contradicts. */
export function answerOf(words: string, records: readonly JsonObject[]): Json {
  return records.map((one, index) => {
    const letter = words[index] ?? words.at(-1) ?? "c";
    if (letter === "-") return null;
    const optIn = letter === "!" ? one["optIn"] !== true : (one["optIn"] as boolean);
    return {
      id: "x",
      contactId: one["contactId"] as string,
      channel: "email",
      optIn,
      status: statuses[letter] ?? "updated",
    };
  });
}
