// Reads the whole chain out of a store, and tells a tail that a crash tore (beyond HEAD.json) from damage (anywhere else). Writes nothing.
import { BrokenChain, LedgerUnusable } from "../base/failure.ts";
import type { Entry, Head, LedgerStore } from "../contract/entry.ts";
import { gap, headOf, isSealed, parseHead, parseLine, restoreHint, runOfFile } from "./chain.ts";

/** The text of one audit file: its complete lines, and what follows the last newline. */
export interface AuditText {
  readonly file: string;
  readonly lines: readonly string[];
  readonly rest: string;
}

export interface Walked {
  readonly entries: readonly Entry[];
  /** What a crash left after the last good line: nothing of it was ever acknowledged. */
  readonly torn: readonly { readonly file: string; readonly keptLines: number }[];
}

export interface ReadChain extends Walked {
  /** The last entry's head, whatever HEAD.json says. */
  readonly head: Head | undefined;
  /** What HEAD.json says. */
  readonly stored: Head | undefined;
}

export function splitText(file: string, text: string): AuditText {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  return { file, lines, rest };
}

/** Files in the order of their first entries; those without a readable one come last. */
export function inChainOrder(texts: readonly AuditText[]): readonly AuditText[] {
  return texts
    .map((text) => ({ text, seq: firstSeq(text) }))
    .sort((left, right) => (left.seq === right.seq ? 0 : left.seq < right.seq ? -1 : 1))
    .map(({ text }) => text);
}

function firstSeq(text: AuditText): number {
  const line = text.lines[0];
  const parsed = line === undefined ? undefined : parseLine(line);
  return parsed !== undefined && "entry" in parsed ? parsed.entry.seq : Number.POSITIVE_INFINITY;
}

/**
 * Follows the chain through `texts` (in chain order) from the entry after `after`. `sealed` is HEAD.json's seq: a bad line up to it,
 * or one that is not the very last, throws BrokenChain with its seq (RELIABILITY §2.3 S4).
 */
export function walk(
  texts: readonly AuditText[],
  after: Pick<Head, "seq" | "hash"> | undefined,
  sealed: number,
): Walked {
  const entries: Entry[] = [];
  const torn: { file: string; keptLines: number }[] = [];
  let before: Pick<Entry, "seq" | "hash"> | undefined = after;
  let environment: string | undefined;
  texts.forEach((text, index) => {
    const isLast = index === texts.length - 1;
    const run = runOfFile(text.file);
    text.lines.forEach((line, number) => {
      const seq = (before?.seq ?? 0) + 1;
      const parsed = readLine(line);
      const problem = "problem" in parsed ? parsed.problem : gap(before, parsed.entry);
      if (problem === undefined && "entry" in parsed) {
        environment ??= parsed.entry.environment;
        if (parsed.entry.run !== run) throw broken(seq, "the entry stands in another run's file");
        if (parsed.entry.environment !== environment) throw broken(seq, "the entry is of another environment");
        entries.push(parsed.entry);
        before = parsed.entry;
        return;
      }
      const isEnd = isLast && number === text.lines.length - 1 && text.rest === "";
      if (!isEnd || seq <= sealed || !("problem" in parsed)) throw broken(seq, problem ?? "the line is damaged");
      torn.push({ file: text.file, keptLines: number });
    });
    if (text.rest !== "" || text.lines.length === 0) {
      if (!isLast) throw broken((before?.seq ?? 0) + 1, `${text.file} ends within a line`);
      torn.push({ file: text.file, keptLines: text.lines.length });
    }
  });
  return { entries, torn };
}

/**
 * The chain as it stands: every line sealed by its hash, prev and seq followed, HEAD.json on it. Throws BrokenChain for damage, LedgerUnusable
 * for a file that is no run's. `isHeadLost`: a person has said that a missing HEAD.json is no sign of missing entries.
 */
export async function readChain(store: LedgerStore, { isHeadLost = false } = {}): Promise<ReadChain> {
  // HEAD.json first: what is written meanwhile only lies beyond it.
  const headText = await store.read("HEAD.json");
  const stored = headText === undefined ? undefined : parseHead(headText);
  const texts: AuditText[] = [];
  for (const file of await store.list("audit")) {
    if (runOfFile(file) === undefined) throw strange(file);
    const text = await store.read(file);
    if (text !== undefined) texts.push(splitText(file, text));
  }
  const walked = walk(inChainOrder(texts), undefined, stored?.seq ?? 0);
  if (stored !== undefined || !isHeadLost) checkHead(walked.entries, stored);
  const last = walked.entries.at(-1);
  return { ...walked, stored, head: last === undefined ? undefined : headOf(last) };
}

/** An entry whose line is what its hash was made of. */
function readLine(line: string): ReturnType<typeof parseLine> {
  const parsed = parseLine(line);
  if ("entry" in parsed && !isSealed(line, parsed.entry)) return { problem: "hash does not match the entry" };
  return parsed;
}

function checkHead(entries: readonly Entry[], stored: Head | undefined): void {
  if (stored === undefined) {
    // Only the very first append can have been cut off before it had a HEAD.json; that is one run.
    if (new Set(entries.map((entry) => entry.run)).size > 1) {
      throw new BrokenChain(
        `HEAD.json is missing beside ${entries.length} entries`,
        entries.length + 1,
        "Restore HEAD.json from version control, or run `cxform audit rebuild` to accept the entries that are there.",
      );
    }
    return;
  }
  if (stored.seq > entries.length) {
    throw broken(entries.length + 1, `HEAD.json names entry ${stored.seq}, the files end before it`);
  }
  const entry = entries[stored.seq - 1] as Entry;
  if (entry.hash !== stored.hash || entry.run !== stored.run) {
    throw broken(stored.seq, "HEAD.json has another hash or run");
  }
}

function strange(file: string): LedgerUnusable {
  return new LedgerUnusable(`${file} in the ledger is no run's file`, {
    hint: "Take the file out of the ledger's folder, then run `cxform audit verify`; nothing is applied until it verifies.",
  });
}

function broken(seq: number, message: string): BrokenChain {
  return new BrokenChain(`entry ${seq}: ${message}`, seq, restoreHint);
}
