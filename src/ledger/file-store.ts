// The ledger as a folder (INTERFACE §6): what is appended is on the disk, in this order: contents, lines, HEAD.json, state.json. Knows no kind.
import { mkdirSync, unlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canonical } from "../base/canonical.ts";
import { BrokenChain } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Head, LedgerAppend, LedgerStore } from "../contract/entry.ts";
import {
  auditFile,
  contentFile,
  documentText,
  headOf,
  isContentFile,
  parseHead,
  parseLine,
  restoreHint,
  runOfFile,
} from "./chain.ts";
import { diskFailure, errorCode } from "./file-failure.ts";
import { exclusively, type LockOptions } from "./file-lock.ts";
import {
  appendText,
  cutFile,
  firstLine,
  isThere,
  listFiles,
  makeFolder,
  readText,
  replaceFile,
  reserve,
  syncFile,
  syncFolder,
  unreserve,
} from "./folder.ts";
import { type AuditText, splitText, walk } from "./read.ts";

export type FileStoreOptions = LockOptions;

/** A store in `dir`, which is made with the first append. Disk errors are LedgerUnusable; nothing inside is followed through a symbolic link. */
export function fileStore(dir: string, options: FileStoreOptions): LedgerStore {
  const root = resolve(dir);
  const firstSeqs = new Map<string, number>();
  /** HEAD.json as this store left it: while it is that, nobody else has written. */
  let leftHead: string | undefined;

  function appendLocked(change: LedgerAppend, isTakenOver: boolean, isTight: boolean): boolean {
    const headText = readText(root, "HEAD.json");
    const isOurs = !isTakenOver && headText !== undefined && headText === leftHead;
    // Not ours any more until this append is through: after a failure the folder is read again.
    leftHead = undefined;
    const end: End = isOurs ? { head: parseHead(headText), beyond: [], torn: [] } : findEnd(root, headText, firstSeqs);
    // A first try may have got as far as its lines; the hash tells that they are these.
    const hasLines = change.lines.length === 0 || isSameHead(end.head, change.head);
    if (!isSameHead(end.head, change.expectedHead) && !isSameHead(end.head, change.head)) return false;
    for (const torn of end.torn) cutTorn(root, torn);
    // A killed process may not have come to sync them, and HEAD.json must not outlive what it names.
    for (const file of end.beyond) syncFile(root, file);
    prepare(root, change, isTight);
    write(root, change, hasLines);
    leftHead = documentText(change.head);
    return true;
  }

  async function locked<T>(work: (isTakenOver: boolean, isTight: boolean) => T): Promise<T> {
    try {
      mkdirDurable(root);
      return await withReserve(root, (isTight) =>
        exclusively(root, options, (isTakenOver) => work(isTakenOver, isTight)),
      );
    } catch (error) {
      throw diskFailure(error, "written");
    }
  }

  return {
    label: dir,
    async read(file) {
      invariant(
        file === "HEAD.json" || file === "state.json" || runOfFile(file) !== undefined || isContentFile(file),
        `no ledger file: ${file}`,
      );
      return guarded("read", () => readText(root, file));
    },
    async list(folder) {
      return guarded("read", () => {
        const files = listFiles(root, folder);
        return folder === "content" ? files : inOrder(root, files, firstSeqs);
      });
    },
    append: (change) => locked((isTakenOver, isTight) => appendLocked(change, isTakenOver, isTight)),
    cutTorn: () =>
      locked(() => {
        for (const torn of findEnd(root, readText(root, "HEAD.json"), firstSeqs).torn) cutTorn(root, torn);
      }),
  };
}

function guarded<T>(doing: "read" | "written", work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFailure(error, doing);
  }
}

function isSameHead(left: Head | undefined, right: Head | undefined): boolean {
  return left?.seq === right?.seq && left?.hash === right?.hash;
}

/** Makes the ledger folder and what leads to it; each new folder's entry is synced in its parent (RELIABILITY §1). */
function mkdirDurable(root: string): void {
  const first = mkdirSync(root, { recursive: true, mode: 0o755 });
  if (first === undefined) return;
  for (let made = root; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

/** Files by their first entry's seq; the ones without a readable one last. A file's first line never changes, so it is read once. */
function inOrder(root: string, files: readonly string[], firstSeqs: Map<string, number>): readonly string[] {
  const seqOf = (file: string): number => {
    const known = firstSeqs.get(file);
    if (known !== undefined) return known;
    const line = runOfFile(file) === undefined ? undefined : firstLine(root, file);
    const parsed = line === undefined ? undefined : parseLine(line);
    if (parsed === undefined || "problem" in parsed) return Number.POSITIVE_INFINITY;
    firstSeqs.set(file, parsed.entry.seq);
    return parsed.entry.seq;
  };
  const placed = files.map((file) => ({ file, seq: seqOf(file) }));
  placed.sort((left, right) => (left.seq === right.seq ? 0 : left.seq - right.seq));
  return placed.map(({ file }) => file);
}

interface End {
  readonly head: Head | undefined;
  /** Files with entries beyond HEAD.json. */
  readonly beyond: readonly string[];
  readonly torn: readonly { readonly file: string; readonly keptLines: number }[];
}

/** Where the chain ends: HEAD.json, or beyond it what a run wrote before it was cut off. Only the files that can lie beyond are read. */
function findEnd(root: string, headText: string | undefined, firstSeqs: Map<string, number>): End {
  const head = headText === undefined ? undefined : parseHead(headText);
  const files = inOrder(root, listFiles(root, "audit"), firstSeqs).filter((file) => runOfFile(file) !== undefined);
  const texts: AuditText[] = [];
  for (const file of files) {
    const first = firstSeqs.get(file) ?? Number.POSITIVE_INFINITY;
    if (head !== undefined && file === head.file) {
      texts.push(beyond(splitText(file, readText(root, file) ?? ""), head, first));
    } else if (head === undefined || first > head.seq) {
      texts.push(splitText(file, readText(root, file) ?? ""));
    }
  }
  if (head !== undefined && !texts.some((text) => text.file === head.file)) throw lost(head);
  const own = texts.find((text) => text.file === head?.file);
  const ordered = own === undefined ? texts : [own, ...texts.filter((text) => text !== own)];
  const walked = walk(
    ordered.filter((text) => text !== own || text.lines.length > 0 || text.rest !== ""),
    head,
    head?.seq ?? 0,
  );
  const last = walked.entries.at(-1);
  const sealedLines = (file: string): number =>
    head !== undefined && file === head.file ? head.seq - (firstSeqs.get(file) as number) + 1 : 0;
  return {
    head: last === undefined ? head : headOf(last),
    beyond: [...new Set(walked.entries.map((entry) => auditFile(entry.run)))],
    torn: walked.torn.map(({ file, keptLines }) => ({ file, keptLines: keptLines + sealedLines(file) })),
  };
}

/** The part of HEAD's own file that lies beyond HEAD. */
function beyond(text: AuditText, head: Head, first: number): AuditText {
  const index = head.seq - first;
  const line = text.lines[index];
  const parsed = line === undefined ? undefined : parseLine(line);
  if (parsed === undefined || "problem" in parsed || parsed.entry.hash !== head.hash || parsed.entry.seq !== head.seq) {
    throw lost(head);
  }
  return { ...text, lines: text.lines.slice(index + 1) };
}

function lost(head: Head): BrokenChain {
  return new BrokenChain(`entry ${head.seq}: HEAD.json names it, its file does not hold it`, head.seq, restoreHint);
}

function cutTorn(root: string, torn: { readonly file: string; readonly keptLines: number }): void {
  if (torn.keptLines === 0) {
    unlinkSync(join(root, torn.file));
    syncFolder(dirname(join(root, torn.file)));
  } else {
    cutFile(root, torn.file, torn.keptLines);
  }
}

/** Room for results is kept free before the first intent: no intent, no send; and a full disk must not swallow an answer (RELIABILITY §2.3 S4, S6). */
function prepare(root: string, change: LedgerAppend, isTight: boolean): void {
  const has = (phase: string): boolean => change.lines.some((line) => line.includes(`"phase":"${phase}"`));
  // What was given up for a result is not taken again before it is written.
  if (change.lines.length === 0 || (isTight && (has("result") || !has("intent")))) return;
  try {
    reserve(root);
  } catch (error) {
    if (has("intent")) throw error;
  }
}

/** On a full disk the reserved room is given up and the work done again, which is told so; the lock file, too, needs room. */
async function withReserve<T>(root: string, work: (isTight: boolean) => Promise<T>): Promise<T> {
  try {
    return await work(false);
  } catch (error) {
    const isFull = errorCode(error) === "ENOSPC" || errorCode(error) === "EDQUOT";
    if (!isFull || !isThere(root, ".reserve")) throw error;
    unreserve(root);
    return await work(true);
  }
}

function write(root: string, change: LedgerAppend, hasLines: boolean): void {
  for (const { digest, content } of change.contents) {
    const file = contentFile(digest);
    const text = canonical(content);
    makeFolder(root, "content");
    if (readText(root, file) === text) syncFile(root, file);
    else replaceFile(root, file, text);
  }
  const headText = documentText(change.head);
  const undo = hasLines ? undefined : writeLines(root, change);
  try {
    if (readText(root, "HEAD.json") !== headText) replaceFile(root, "HEAD.json", headText);
  } catch (error) {
    if (readText(root, "HEAD.json") !== headText) undo?.();
    throw error;
  }
  if (change.state !== undefined) {
    replaceFile(root, "state.json", documentText(change.state));
    unreserve(root);
  }
}

/** Answers how to take the lines back, for when HEAD.json cannot be written: then nothing has happened. */
function writeLines(root: string, change: LedgerAppend): () => void {
  makeFolder(root, dirname(change.head.file));
  const text = change.lines.map((line) => `${line}\n`).join("");
  return appendText(root, change.head.file, text);
}
