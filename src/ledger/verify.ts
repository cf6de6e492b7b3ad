// Recomputes a whole ledger and lists everything that does not add up (INTERFACE §6). Reads only; repairs nothing.
import { canonical } from "../base/canonical.ts";
import { sha256 } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";
import type { Entry, LedgerStore } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import {
  contentFile,
  documentText,
  gap,
  hashOf,
  headOf,
  isContentFile,
  lineOf,
  parseLine,
  parseObject,
  runOfFile,
} from "./chain.ts";
import { derive } from "./derive.ts";
import { newerFormat } from "./ledger.ts";
import { type AuditText, inChainOrder, splitText } from "./read.ts";
import { startTally, type Tally } from "./tally.ts";

export interface LedgerProblem {
  /** The entry that is wrong; absent where no entry is (a file that belongs to none). */
  readonly seq?: number;
  readonly file: string;
  readonly message: string;
}

export interface Verification {
  readonly ok: boolean;
  /** How many entries were read. */
  readonly entries: number;
  /** The first bad entry, when an entry is bad. */
  readonly firstBadSeq?: number;
  /** Sorted by seq; those without one come last. */
  readonly problems: readonly LedgerProblem[];
}

type Report = (problem: LedgerProblem) => void;

/** Verifies lines, hashes, order, HEAD.json, state.json and content files. Damage is in the answer; only an unreadable store throws. */
export async function verifyLedger(store: LedgerStore, environment?: string): Promise<Verification> {
  const problems: LedgerProblem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const texts = inChainOrder(await readAudit(store, report));
  const entries: Entry[] = [];
  const tally = startTally();
  for (const text of texts) checkFile(text, entries, tally, environment, report);
  await checkHead(store, entries, report);
  await checkState(store, entries, tally, report);
  await checkContents(store, tally, report);
  const place = (problem: LedgerProblem): number => problem.seq ?? Number.MAX_SAFE_INTEGER;
  problems.sort((left, right) => place(left) - place(right));
  const first = problems[0]?.seq;
  return {
    ok: problems.length === 0,
    entries: entries.length,
    ...(first === undefined ? {} : { firstBadSeq: first }),
    problems,
  };
}

async function readAudit(store: LedgerStore, report: Report): Promise<readonly AuditText[]> {
  const texts: AuditText[] = [];
  for (const file of await store.list("audit")) {
    if (runOfFile(file) === undefined) {
      report({ file, message: "no run has a file of this name" });
      continue;
    }
    const text = await store.read(file);
    if (text !== undefined) texts.push(splitText(file, text));
  }
  return texts;
}

function checkFile(
  text: AuditText,
  entries: Entry[],
  tally: Tally,
  environment: string | undefined,
  report: Report,
): void {
  const run = runOfFile(text.file);
  const next = (): number => (entries.at(-1)?.seq ?? 0) + 1;
  if (text.lines.length === 0) report({ seq: next(), file: text.file, message: "the file holds no complete entry" });
  for (const line of text.lines) {
    const parsed = parseLine(line);
    if ("problem" in parsed) {
      report({ seq: next(), file: text.file, message: parsed.problem });
      continue;
    }
    const { entry } = parsed;
    const before = entries.at(-1);
    // A broken entry is reported at the place where it stands, which its own seq may not tell.
    const say = (message: string): void => report({ seq: next(), file: text.file, message });
    // Also for a byte that leaves the same value: order of keys, spaces, escapes, forms of numbers.
    if (lineOf(entry) !== line) say("the line is not the canonical form of its entry");
    else if (hashOf(entry) !== entry.hash) say("hash does not match the entry");
    const problem = gap(before, entry);
    if (problem !== undefined) say(problem);
    if (entry.run !== run) say(`the entry is of run ${entry.run}`);
    const expected = environment ?? entries[0]?.environment ?? entry.environment;
    if (entry.environment !== expected) say(`the entry is of environment ${entry.environment}, not of ${expected}`);
    const misfit = tally.add(entry);
    if (misfit !== undefined) say(misfit);
    entries.push(entry);
  }
  if (text.rest !== "") report({ seq: next(), file: text.file, message: "the last line is incomplete" });
}

async function checkHead(store: LedgerStore, entries: readonly Entry[], report: Report): Promise<void> {
  const file = "HEAD.json";
  const text = await store.read(file);
  const last = entries.at(-1);
  if (last === undefined) {
    if (text !== undefined) report({ seq: 1, file, message: "names an entry, but there is none" });
    return;
  }
  if (text === documentText(headOf(last))) return;
  const named = parseObject(text ?? "")?.seq;
  if (text === undefined) {
    report({ seq: last.seq, file, message: "is missing" });
  } else if (typeof named === "number" && Number.isSafeInteger(named) && named > last.seq) {
    report({ seq: last.seq + 1, file, message: `names entry ${named}, the last one is ${last.seq}` });
  } else {
    const seq = typeof named === "number" && named >= 1 && named < last.seq ? Math.ceil(named) + 1 : last.seq;
    report({
      seq,
      file,
      message: "does not name the last entry; `cxform audit rebuild` repairs it when a run was cut off",
    });
  }
}

async function checkState(store: LedgerStore, entries: readonly Entry[], tally: Tally, report: Report): Promise<void> {
  const file = "state.json";
  const text = await store.read(file);
  const isOpen = tally.openClaim() !== undefined;
  if (text === undefined) {
    if (entries.length > 0 && !isOpen) report({ file, message: "is missing; `cxform audit rebuild` writes it" });
    return;
  }
  const newer = newerFormat(text);
  if (newer !== undefined) {
    report({ file, message: `has format ${newer}, which only a newer cxform reads` });
    return;
  }
  // While a run is open, state.json is that of an earlier entry, and must be exactly that.
  const named = parseObject(text)?.head;
  const seq = isOpen ? entries.findIndex((entry) => entry.hash === named) + 1 : entries.length;
  const base = entries.slice(0, seq);
  const environment = base[0]?.environment;
  if (environment === undefined || documentText(derive(base, environment)) !== text) {
    report({ file, message: "is not what the entries derive; `cxform audit rebuild` writes it anew" });
  }
}

async function checkContents(store: LedgerStore, tally: Tally, report: Report): Promise<void> {
  for (const [contentDigest, { hash, seq }] of tally.contents) {
    const file = contentFile(contentDigest);
    try {
      const text = await store.read(file);
      if (text === undefined) report({ seq, file, message: "is missing" });
      else if (!text.isWellFormed() || sha256(text) !== hash) report({ seq, file, message: "was changed" });
      else if (canonical(JSON.parse(text) as Json) !== text) report({ seq, file, message: "is not canonical JSON" });
    } catch (error) {
      if (error instanceof Failure) throw error;
      report({ seq, file, message: "is not canonical JSON" });
    }
  }
  for (const file of await store.list("content")) {
    if (!isContentFile(file)) report({ file, message: "no content has a file of this name" });
  }
}
