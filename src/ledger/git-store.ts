// The ledger as a git branch (INTERFACE §6): the folder's files at its root, each append one commit and one atomic move of the branch. Knows no kind.
import { canonical } from "../base/canonical.ts";
import { BrokenChain, LedgerUnusable } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Head, LedgerAppend, LedgerStore } from "../contract/entry.ts";
import type { Clock } from "../contract/world.ts";
import { contentFile, documentText, isContentFile, parseHead, restoreHint, runOfFile } from "./chain.ts";
import { decode } from "./folder.ts";
import type { Env } from "./git.ts";
import { type Branch, openBranch } from "./git-branch.ts";
import { isPlain, readBlobs, readTree, type Signature, type Tree, type TreeFile, writeCommit } from "./git-tree.ts";
import { inChainOrder, splitText } from "./read.ts";

export interface GitStoreOptions {
  /** A folder inside a working clone; its work tree and index are never touched. */
  readonly repository: string;
  readonly branch: string;
  /**
   * The remote that holds the branch, which is then the truth; `auto`: origin where there is one. Undefined: the branch is in this
   * repository alone.
   */
  readonly remote?: string | undefined;
  /** Of the commits; default cxform. */
  readonly author?: Signature | undefined;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** For git: PATH, HOME, proxies, GIT_SSH_COMMAND, GIT_ASKPASS. */
  readonly env: Env;
}

const defaultAuthor: Signature = { name: "cxform", email: "cxform@localhost" };
/** Other commits on the branch (a README) may come between, as often as this. */
const moveTries = 5;

interface Snapshot {
  readonly commit: string | undefined;
  readonly tree: Tree;
}

/** A store on a branch, which is made by the first append. What git or the network refuse is LedgerUnusable; a rewritten branch BrokenChain. */
export function gitStore(options: GitStoreOptions): LedgerStore {
  const files = snapshots(options);
  let last: Promise<unknown> = Promise.resolve();
  /** One at a time: a read sees the ledger before or after an append. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    label:
      options.remote === undefined
        ? `branch ${options.branch}`
        : `branch ${options.branch} of ${options.remote === "auto" ? "origin" : options.remote}`,
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
        const names = files.names(folder).sort();
        if (folder === "content") return names;
        const texts = [];
        for (const file of names) texts.push(splitText(file, (await files.text(file)) ?? ""));
        return inChainOrder(texts).map(({ file }) => file);
      }),
    append: (change) => inTurn(() => append(files, change, options)),
  };
}

type Snapshots = ReturnType<typeof snapshots>;

/** The branch as it was read last. A snapshot serves each name once: who asks again wants news. */
function snapshots(options: GitStoreOptions) {
  let opened: Promise<Branch> | undefined;
  let snapshot: Snapshot | undefined;
  let asked: Set<string> | undefined;
  let blobs = new Map<string, Buffer>();

  const branch = (): Promise<Branch> => {
    opened ??= openBranch({ ...options, remote: options.remote });
    // What was wrong may be put right: the next call looks again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };

  async function refresh(): Promise<Snapshot> {
    const { git, head } = await branch();
    const commit = await head();
    if (snapshot === undefined || snapshot.commit !== commit) {
      snapshot = { commit, tree: commit === undefined ? new Map() : await readTree(git, commit) };
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
    const read = await readBlobs((await branch()).git, [...new Set(wanted.map(([, { id }]) => id))]);
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

async function append(files: Snapshots, change: LedgerAppend, options: GitStoreOptions): Promise<boolean> {
  for (let tried = 1; tried <= moveTries; tried++) {
    let base = await files.current();
    let head = await headIn(files);
    if (!isSameHead(head, change.expectedHead)) {
      base = await files.refresh();
      head = await headIn(files);
    }
    // A first try may have got through although its answer was lost: a commit holds all of an append.
    if (!isSameHead(head, change.expectedHead)) return isSameHead(head, change.head);
    const texts = await changedTexts(files, change);
    if (texts.size === 0) return true;
    const branch = await files.branch();
    const { id, tree } = await writeCommit(branch.git, {
      parent: base.commit,
      tree: base.tree,
      texts,
      message: messageOf(change),
      author: options.author ?? defaultAuthor,
      at: options.clock.now(),
    });
    if (await branch.move(base.commit, id)) {
      files.replace({ commit: id, tree }, texts);
      return true;
    }
    // Moved by another run, which the head tells, or by a commit that is none of the ledger's.
    files.forget();
  }
  throw new LedgerUnusable(`the branch ${options.branch} was moved ${moveTries} times by commits that are no entries`, {
    hint: "Stop what pushes to that branch: it belongs to cxform alone.",
  });
}

async function headIn(files: Snapshots): Promise<Head | undefined> {
  const text = await files.text("HEAD.json");
  return text === undefined ? undefined : parseHead(text);
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

function notPlain(file: string): LedgerUnusable {
  return new LedgerUnusable(`${file} on the ledger's branch is not a plain file`, {
    hint: "Find out who put it there, remove it and run `cxform audit verify`.",
  });
}
