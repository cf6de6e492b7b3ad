// The ledger's store in memory, with the semantics of a disk under a crash: what was acknowledged stays, what was not is lost, torn or there.
import { canonical } from "../../src/base/canonical.ts";
import { LedgerUnusable } from "../../src/base/failure.ts";
import type { Entry, Head, LedgerAppend, LedgerStore } from "../../src/contract/entry.ts";
import { contentFile, documentText } from "../../src/ledger/chain.ts";
import type { Ground } from "./facts.ts";
import type { Process } from "./process.ts";

export interface Disk {
  readonly files: ReadonlyMap<string, string>;
  /** Every entry that is durable, acknowledged or not, in chain order. */
  readonly entries: readonly Entry[];
  /** Durable intents by their idempotency key: the last one of each. */
  readonly intents: ReadonlyMap<string, Entry>;
  /** The run whose claim is open. */
  readonly claim: Entry | undefined;
  storeFor(process: Process): LedgerStore;
  /** Everything on it is gone. */
  lose(): void;
}

type Depth = "nothing" | "contents" | "torn" | "lines" | "head" | "all";
const depths: readonly Depth[] = ["nothing", "contents", "torn", "lines", "head", "all"];

const isSame = (left: Head | undefined, right: Head | undefined): boolean =>
  left?.seq === right?.seq && left?.hash === right?.hash;

export function createDisk(ground: Ground, onEntry: (entry: Entry) => void): Disk {
  const files = new Map<string, string>();
  const entries: Entry[] = [];
  const intents = new Map<string, Entry>();
  let claim: Entry | undefined;
  let end: Head | undefined;
  let torn: { readonly file: string; readonly kept: string } | undefined;
  let lock: Promise<void> = Promise.resolve();

  const note = (line: string): void => {
    const entry = JSON.parse(line) as Entry;
    entries.push(entry);
    onEntry(entry);
    if (entry.phase === "claim") claim = entry;
    if (entry.phase === "release") claim = undefined;
    if (entry.phase === "intent" && entry.idempotencyKey !== undefined) intents.set(entry.idempotencyKey, entry);
    end = {
      seq: entry.seq,
      hash: entry.hash,
      run: entry.run,
      file: `audit/${entry.run.slice(0, 4)}/${entry.run.slice(4, 6)}/${entry.run}.ndjson`,
    };
    ground.trace(
      `  ledger ${entry.seq} ${entry.phase} ${entry.action ?? ""} ${entry.address ?? ""} ${entry.version ?? ""} ${entry.outcome ?? ""} ${entry.status ?? ""} ${entry.reason ?? ""}`,
    );
  };

  const cut = (): void => {
    if (torn === undefined) return;
    if (torn.kept === "") files.delete(torn.file);
    else files.set(torn.file, torn.kept);
    torn = undefined;
  };

  /** Writes a change as far as `depth`; false when the head is another one. */
  const write = (change: LedgerAppend, depth: Depth): boolean => {
    const isRepeat = change.lines.length > 0 && isSame(end, change.head);
    if (!isRepeat && !isSame(end, change.expectedHead)) return false;
    if (depth === "nothing") return true;
    cut();
    for (const { digest, content } of change.contents) files.set(contentFile(digest), canonical(content));
    if (depth === "contents") return true;
    if (!isRepeat && change.lines.length > 0) {
      const { file } = change.head;
      const before = files.get(file) ?? "";
      let text = change.lines.map((line) => `${line}\n`).join("");
      if (depth === "torn") text = text.slice(0, 1 + Math.floor(ground.chance.fraction() * (text.length - 1)));
      files.set(file, before + text);
      const whole = text.lastIndexOf("\n") + 1;
      if (whole < text.length) torn = { file, kept: before + text.slice(0, whole) };
      for (const line of text.slice(0, whole).split("\n")) if (line !== "") note(line);
    }
    if (depth === "torn" || depth === "lines") return true;
    files.set("HEAD.json", documentText(change.head));
    if (depth === "all" && change.state !== undefined) files.set("state.json", documentText(change.state));
    return true;
  };

  const partly = (change: LedgerAppend): void => {
    const depth = depths[Math.floor(ground.chance.fraction() * depths.length)] as Depth;
    ground.trace(`  the append in flight is kept as ${depth}`);
    write(change, depth);
  };

  async function append(process: Process, change: LedgerAppend): Promise<boolean> {
    const kill = process.call(true);
    if (kill === "before") return process.die();
    const before = lock;
    let unlock = (): void => undefined;
    lock = new Promise((resolve) => {
      unlock = resolve;
    });
    const forget = process.onDeath(unlock);
    await before;
    forget();
    if (process.isDead) return process.never();
    const forgetPartly = process.onDeath(() => {
      partly(change);
      unlock();
    });
    if (kill === "during") return process.die();
    await process.wait(1 + ground.chance.fraction() * 4);
    forgetPartly();
    const share = ground.isQuiet ? 0 : (ground.options.faults.diskError ?? 0);
    if (ground.chance.fraction() < share) {
      ground.trace(`p${process.pid} the disk fails`);
      partly(change);
      unlock();
      throw new LedgerUnusable("the simulated disk failed", { hint: "Run again." });
    }
    const isWritten = write(change, "all");
    unlock();
    if (kill === "after") return process.die();
    await process.wait(ground.chance.fraction() * 2);
    return isWritten;
  }

  async function cutTorn(process: Process): Promise<void> {
    const kill = process.call(true);
    if (kill === "before") return process.die();
    await lock;
    if (process.isDead) return process.never();
    cut();
    if (kill !== undefined) return process.die();
  }

  return {
    files,
    entries,
    intents,
    get claim() {
      return claim;
    },
    lose() {
      files.clear();
      entries.length = 0;
      intents.clear();
      claim = undefined;
      end = undefined;
      torn = undefined;
    },
    storeFor: (process) => ({
      label: "simulated disk",
      read: async (file) => (process.isDead ? process.never() : files.get(file)),
      list: async (folder) =>
        process.isDead ? process.never() : [...files.keys()].filter((file) => file.startsWith(`${folder}/`)).sort(),
      append: (change) => (process.isDead ? process.never() : append(process, change)),
      cutTorn: () => (process.isDead ? process.never() : cutTorn(process)),
    }),
  };
}
