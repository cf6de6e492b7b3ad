// A ledger store on a branch of commits, wherever the branch is: the folder's files at its root, each append one commit. Knows neither git nor an API.
import { canonical } from "../base/canonical.ts";
import { BrokenChain, LedgerUnusable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Head, LedgerAppend, LedgerStore } from "../contract/entry.ts";
import { contentFile, documentText, headOf, isContentFile, parseHead, restoreHint, runOfFile } from "./chain.ts";
import { decode } from "./folder.ts";
import { type AuditText, inChainOrder, splitText, walk } from "./read.ts";

export interface TreeFile {
  readonly mode: string;
  readonly id: string;
  /** Where it is known without reading. */
  readonly sizeBytes?: number;
}

/** Every file of a commit by path. */
export type Tree = ReadonlyMap<string, TreeFile>;

export interface Snapshot {
  readonly commit: string | undefined;
  readonly tree: Tree;
}

/** What an append puts on the commit that it was judged by. */
export interface BranchChange {
  readonly base: Snapshot;
  /** What is new or changed, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly message: string;
}

/** A branch as the store needs it. */
export interface CommitBranch {
  /** The commit at its head now; undefined when there is no such branch. */
  head(): Promise<string | undefined>;
  tree(commit: string): Promise<Tree>;
  blobs(files: readonly TreeFile[]): Promise<ReadonlyMap<string, Uint8Array>>;
  /** One commit and one move. Undefined when the branch was moved, or when it is not known whether it was: the store looks. */
  commit(change: BranchChange): Promise<Snapshot | undefined>;
  /** Makes durable what the branch holds at that commit, which another process may have written. Undefined where its host does. */
  keep?(commit: string): Promise<void>;
}

export interface BranchStoreOptions {
  readonly label: string;
  /** The branch's name, for messages. */
  readonly branch: string;
  open(): Promise<CommitBranch>;
  /** Before a further try of an append, counted from 1. */
  pause?(tried: number): Promise<void>;
}

/** Other commits on the branch (a README) may come between, as often as this. */
const moveTries = 5;

export function branchStore(options: BranchStoreOptions): LedgerStore {
  const files = snapshots(options);
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: a read sees the ledger before or after an append. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    label: options.label,
    read(file) {
      invariant(
        file === "HEAD.json" || file === "state.json" || runOfFile(file) !== undefined || isContentFile(file),
        `no ledger file: ${file}`,
      );
      return inTurn(async () => {
        await files.open(file);
        return files.text(file);
      });
    },
    list: (folder) =>
      inTurn(async () => {
        await files.open(folder);
        if (folder === "content") return files.names(folder).sort();
        return (await auditTexts(files)).map(({ file }) => file);
      }),
    append: (change) => inTurn(() => append(files, change, options)),
    // A commit is whole or is not there.
    cutTorn: async () => undefined,
  };
}

type Snapshots = ReturnType<typeof snapshots>;

/** The branch as it was read last. A snapshot serves each name once: who asks again wants news. */
function snapshots(options: BranchStoreOptions) {
  let opened: Promise<CommitBranch> | undefined;
  let snapshot: Snapshot | undefined;
  let asked: Set<string> | undefined;
  let blobs = new Map<string, Uint8Array>();

  const branch = (): Promise<CommitBranch> => {
    opened ??= options.open();
    // What was wrong may be put right: the next call looks again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };

  async function refresh(): Promise<Snapshot> {
    const at = await branch();
    const commit = await at.head();
    if (snapshot === undefined || snapshot.commit !== commit) {
      snapshot = { commit, tree: commit === undefined ? new Map() : await at.tree(commit) };
      const kept = new Set([...snapshot.tree.values()].map(({ id }) => id));
      blobs = new Map([...blobs].filter(([id]) => kept.has(id)));
    }
    asked = new Set();
    return snapshot;
  }

  /** Reads all files of its sort together: whoever reads one reads the others, and each process of git costs milliseconds. */
  async function load(isContent: boolean): Promise<void> {
    const wanted = [...(snapshot?.tree ?? [])].filter(
      ([path, each]) =>
        isPlain(each) &&
        !blobs.has(each.id) &&
        (isContent ? isContentFile(path) : path === "HEAD.json" || path === "state.json" || path.startsWith("audit/")),
    );
    const files = [...new Map(wanted.map(([, file]) => [file.id, file])).values()];
    const read = await (await branch()).blobs(files);
    for (const [id, bytes] of read) blobs.set(id, bytes);
  }

  return {
    branch,
    refresh,
    async open(name: string): Promise<void> {
      // A content file never changes, so that it needs no newer snapshot than the entry that names it.
      if (snapshot === undefined || (!isContentFile(name) && (asked === undefined || asked.has(name)))) await refresh();
      asked?.add(name);
    },
    current: async (): Promise<Snapshot> => snapshot ?? (await refresh()),
    names: (folder: string): string[] =>
      [...(snapshot?.tree.keys() ?? [])].filter((path) => path.startsWith(`${folder}/`)),
    async text(file: string): Promise<string | undefined> {
      const found = snapshot?.tree.get(file);
      if (found === undefined) return undefined;
      if (!isPlain(found)) throw notPlain(file);
      if (!blobs.has(found.id)) await load(isContentFile(file));
      const bytes = blobs.get(found.id);
      invariant(bytes !== undefined, "what was listed was read");
      return decode(bytes);
    },
    /** Takes over what was just written. */
    replace(next: Snapshot, texts: ReadonlyMap<string, string>): void {
      snapshot = next;
      asked = undefined;
      for (const [path, text] of texts) blobs.set((next.tree.get(path) as TreeFile).id, Buffer.from(text));
    },
    forget(): void {
      snapshot = undefined;
    },
  };
}

async function append(files: Snapshots, change: LedgerAppend, options: BranchStoreOptions): Promise<boolean> {
  for (let tried = 1; tried <= moveTries; tried++) {
    let base = await files.current();
    let head = await headIn(files);
    if (!isSameHead(head, change.expectedHead)) {
      base = await files.refresh();
      head = await headIn(files);
    }
    // A first try may have got through although its answer was lost: a commit holds all of an append.
    if (!isSameHead(head, change.expectedHead)) return isSameHead(head, change.head) && isKept(files, base);
    const texts = await changedTexts(files, change);
    if (texts.size === 0) return isKept(files, base);
    const branch = await files.branch();
    const next = await branch.commit({ base, texts, message: messageOf(change) });
    if (next !== undefined) {
      files.replace(next, texts);
      return true;
    }
    // Moved by another run, which the head tells, or by a commit that is none of the ledger's.
    files.forget();
    if (tried < moveTries) await options.pause?.(tried);
  }
  throw new LedgerUnusable(`the branch ${options.branch} was moved ${moveTries} times by commits that are no entries`, {
    hint: "Stop what pushes to that branch: it belongs to cxform alone.",
  });
}

/** What is there already is acknowledged like what is written now: whoever wrote it may not have come to sync it. */
async function isKept(files: Snapshots, { commit }: Snapshot): Promise<true> {
  if (commit !== undefined) await (await files.branch()).keep?.(commit);
  return true;
}

/** The audit files in chain order. */
async function auditTexts(files: Snapshots): Promise<readonly AuditText[]> {
  const texts: AuditText[] = [];
  for (const file of files.names("audit").sort()) texts.push(splitText(file, (await files.text(file)) ?? ""));
  return inChainOrder(texts);
}

/** HEAD.json, or where somebody has taken it away the last entry that is there: a rebuild writes it anew. */
async function headIn(files: Snapshots): Promise<Head | undefined> {
  const text = await files.text("HEAD.json");
  if (text !== undefined) return parseHead(text);
  const last = walk(await auditTexts(files), undefined, 0).entries.at(-1);
  return last === undefined ? undefined : headOf(last);
}

function isSameHead(left: Head | undefined, right: Head | undefined): boolean {
  return left?.seq === right?.seq && left?.hash === right?.hash;
}

/** The files of an append, without those that are so already. */
async function changedTexts(files: Snapshots, change: LedgerAppend): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { digest, content } of change.contents) texts.set(contentFile(digest), canonical(content));
  if (change.lines.length > 0) {
    const before = (await files.text(change.head.file)) ?? "";
    // Nothing tears here: a commit is whole, so that somebody else has cut it.
    if (before !== "" && !before.endsWith("\n")) {
      throw new BrokenChain(
        `entry ${change.head.seq}: ${change.head.file} ends within a line`,
        change.head.seq,
        restoreHint,
      );
    }
    texts.set(change.head.file, before + change.lines.map((line) => `${line}\n`).join(""));
  }
  texts.set("HEAD.json", documentText(change.head));
  if (change.state !== undefined) texts.set("state.json", documentText(change.state));
  for (const [file, text] of [...texts]) {
    if ((await files.text(file)) === text) texts.delete(file);
  }
  return texts;
}

function messageOf(change: LedgerAppend): string {
  const { seq, run, hash } = change.head;
  const first = seq - change.lines.length + 1;
  const what = change.lines.length === 0 ? "state" : first === seq ? `entry ${seq}` : `entries ${first} to ${seq}`;
  return `ledger: ${what}\n\nRun: ${run}\nHead: ${hash}\n`;
}

function isPlain(file: TreeFile): boolean {
  return file.mode === "100644" || file.mode === "100755";
}

function notPlain(file: string): LedgerUnusable {
  return new LedgerUnusable(`${file} on the ledger's branch is not a plain file`, {
    hint: "Find out who put it there, remove it and run `cxform audit verify`.",
  });
}
