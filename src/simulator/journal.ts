// A folder that keeps a store durable: `state.json` (a snapshot, replaced atomically) and a file of the changes since, one
// line a turn, fsynced before the turn is answered (RELIABILITY §1: without file and folder fsync a power cut loses data).
// Several processes may share the folder, as `plan` beside `apply` do in the environment `local`. It knows no resource.
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { exclusively } from "./lock.ts";
import type { Journal, RowChange } from "./store.ts";

interface Snapshot {
  readonly formatVersion: 1;
  /** The file of the changes since this snapshot. */
  readonly changes: string;
  readonly rows: readonly RowChange[];
}

/** A snapshot is begun anew when the changes outgrow it; below this many bytes never. */
const SMALLEST_REWRITE_BYTES = 1 << 20;

/** Opens or creates the folder. Throws when it holds something that is not a simulator's state. */
export function openJournal(dir: string): Journal {
  return new FolderJournal(dir);
}

/** Tells one snapshot from the next. */
function markOf(snapshot: Stats): string {
  return `${snapshot.ino}:${snapshot.mtimeMs}:${snapshot.size}`;
}

class FolderJournal implements Journal {
  readonly #dir: string;
  #snapshotMark = "";
  #snapshotBytes = 0;
  #changesFile = "";
  #offset = 0;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.exclusively(() => {
      if (!existsSync(this.#path("state.json"))) this.#writeSnapshot(1, []);
    });
    // Whoever looks first reads the snapshot, with somebody to tell.
    this.#snapshotMark = "";
  }

  exclusively<T>(work: () => T): T {
    return exclusively(this.#path("lock"), work);
  }

  follow(apply: (change: RowChange) => void, restart: () => void): void {
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.#followOnce(apply, restart);
        return;
      } catch (error) {
        // Another process put a new snapshot between our two looks: the file of changes is gone, so look again.
        if (attempt >= 5 || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        this.#snapshotMark = "";
      }
    }
  }

  append(changes: readonly RowChange[], everything: () => Iterable<RowChange>): void {
    const line = Buffer.from(`${JSON.stringify(changes)}\n`);
    const file = openSync(this.#path(this.#changesFile), "r+");
    try {
      let written = 0;
      while (written < line.length) {
        written += writeSync(file, line, written, line.length - written, this.#offset + written);
      }
      // What a dead process left half-written behind our offset was never answered: it goes with this.
      ftruncateSync(file, this.#offset + line.length);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#offset += line.length;
    if (this.#offset > Math.max(SMALLEST_REWRITE_BYTES, this.#snapshotBytes)) {
      const last = this.#changesFile;
      this.#writeSnapshot(Number(/\d+/.exec(last)?.[0] ?? 0) + 1, [...everything()]);
      unlinkSync(this.#path(last));
    }
  }

  #followOnce(apply: (change: RowChange) => void, restart: () => void): void {
    if (markOf(statSync(this.#path("state.json"))) !== this.#snapshotMark) {
      restart();
      for (const change of this.#readSnapshot().rows) apply(change);
    }
    const path = this.#path(this.#changesFile);
    const size = statSync(path).size;
    if (size <= this.#offset) return;
    const bytes = Buffer.alloc(size - this.#offset);
    const file = openSync(path, "r");
    try {
      readSync(file, bytes, 0, bytes.length, this.#offset);
    } finally {
      closeSync(file);
    }
    // A power cut may keep the end of a last line without its beginning, which then reads as zeros.
    const hole = bytes.indexOf(0);
    const readable = hole < 0 ? bytes : bytes.subarray(0, hole);
    const whole = readable.subarray(0, readable.lastIndexOf(10) + 1);
    for (const line of whole.toString("utf8").split("\n")) {
      if (line !== "") for (const change of this.#parse(path, line) as readonly RowChange[]) apply(change);
    }
    this.#offset += whole.length;
  }

  #readSnapshot(): Snapshot {
    const path = this.#path("state.json");
    const stat = statSync(path);
    const snapshot = this.#parse(path, readFileSync(path, "utf8")) as Partial<Snapshot>;
    if (snapshot.formatVersion !== 1 || typeof snapshot.changes !== "string" || !Array.isArray(snapshot.rows)) {
      throw new Error(`${path} is not a simulator's state of format 1`);
    }
    this.#standOn(stat, snapshot.changes);
    return snapshot as Snapshot;
  }

  /** From now on this process stands at the beginning of the changes after that snapshot. */
  #standOn(snapshot: Stats, changes: string): void {
    this.#snapshotMark = markOf(snapshot);
    this.#snapshotBytes = snapshot.size;
    this.#changesFile = changes;
    this.#offset = 0;
  }

  #writeSnapshot(number: number, rows: readonly RowChange[]): void {
    const changes = `changes-${number}.ndjson`;
    const snapshot: Snapshot = { formatVersion: 1, changes, rows };
    this.#writeDurably(changes, "");
    this.#writeDurably("state.json.next", JSON.stringify(snapshot));
    renameSync(this.#path("state.json.next"), this.#path("state.json"));
    this.#syncFolder();
    this.#standOn(statSync(this.#path("state.json")), changes);
  }

  #writeDurably(name: string, text: string): void {
    const file = openSync(this.#path(name), "w", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  #syncFolder(): void {
    const folder = openSync(this.#dir, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`${path} is damaged: remove its folder to begin with an empty simulator`, { cause: error });
    }
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }
}
