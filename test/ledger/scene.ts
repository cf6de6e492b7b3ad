// What the ledger's tests share: a folder that vanishes, a store in memory, fixed ports, and a small ledger with something of everything.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { canonical } from "../../src/base/canonical.ts";
import { digest } from "../../src/base/digest.ts";
import type { EntryDraft, Head, LedgerAppend, LedgerStore } from "../../src/contract/entry.ts";
import type { Json } from "../../src/contract/json.ts";
import type { Holder } from "../../src/contract/world.ts";
import { contentFile, documentText, parseHead } from "../../src/ledger/chain.ts";
import { type FileStoreOptions, fileStore } from "../../src/ledger/file-store.ts";
import { decode } from "../../src/ledger/folder.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { readChain } from "../../src/ledger/read.ts";
import type { RunFacts } from "../../src/ledger/run.ts";

export const environment = "harbour";

export const holder: Holder = { host: "quay", bootId: "b1", pid: 4711, startedAt: "100" };

/** Each call is a second later. */
export function tickingClock(startMs = Date.UTC(2026, 10, 20, 10, 0, 0)): { now(): number } {
  let nowMs = startMs;
  return {
    now() {
      nowMs += 1000;
      return nowMs;
    },
  };
}

export function runName(number: number): string {
  return `20261120T${100_000 + number}Z-${number.toString(16).padStart(8, "0")}`;
}

export function facts(number: number, more: Partial<RunFacts> = {}): RunFacts {
  return { run: runName(number), clock: tickingClock(), actor: "ada", commit: "c0ffee", holder, ...more };
}

export const storeOptions: FileStoreOptions = {
  holder,
  isDead: async () => false,
  clock: { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
};

export function temporaryFolder(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "cxform-ledger-"));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function folderStore(dir: string, more: Partial<FileStoreOptions> = {}): LedgerStore {
  return fileStore(dir, { ...storeOptions, ...more });
}

export interface MemoryStore extends LedgerStore {
  readonly files: Map<string, Uint8Array>;
  readonly appends: LedgerAppend[];
}

export function memoryStore(files = new Map<string, Uint8Array>()): MemoryStore {
  const appends: LedgerAppend[] = [];
  const text = (file: string): string | undefined => {
    const bytes = files.get(file);
    return bytes === undefined ? undefined : decode(bytes);
  };
  const put = (file: string, content: string): unknown => files.set(file, Buffer.from(content));
  const store: MemoryStore = {
    files,
    appends,
    label: "memory",
    read: async (file) => text(file),
    list: async (folder) => [...files.keys()].filter((file) => file.startsWith(`${folder}/`)).sort(),
    cutTorn: async () => undefined,
    async append(change) {
      const headText = text("HEAD.json");
      const head: Head | undefined =
        headText === undefined ? (await readChain(store, { isHeadLost: true })).head : parseHead(headText);
      if (head?.hash !== change.expectedHead?.hash) return false;
      appends.push(change);
      for (const { digest: name, content } of change.contents) put(contentFile(name), canonical(content));
      if (change.lines.length > 0) {
        put(change.head.file, (text(change.head.file) ?? "") + change.lines.map((line) => `${line}\n`).join(""));
      }
      put("HEAD.json", documentText(change.head));
      if (change.state !== undefined) put("state.json", documentText(change.state));
      return true;
    },
  };
  return store;
}

export const address = "WhatsAppTemplate/parcel/en";
export const firstContent: Json = { body: "your parcel is here ✓" };
export const secondContent: Json = { body: "your parcel waits at {{1}}" };

export function intent(version: number, content: Json, more: Partial<EntryDraft> = {}): EntryDraft {
  return {
    phase: "intent",
    action: version === 1 ? "create" : "newVersion",
    address,
    version,
    remoteName: version === 1 ? "parcel" : `parcel_v${version}`,
    digest: digest(content),
    idempotencyKey: `key-${version}`,
    generation: 0,
    ...more,
  };
}

export function result(version: number, more: Partial<EntryDraft> = {}): EntryDraft {
  return {
    phase: "result",
    action: version === 1 ? "create" : "newVersion",
    address,
    version,
    remoteId: `id-${version}`,
    idempotencyKey: `key-${version}`,
    outcome: "ok",
    status: "pending",
    ...more,
  };
}

/** Two released runs in two files: version 1 submitted and approved, version 2 submitted. */
export async function fillLedger(store: LedgerStore): Promise<void> {
  const first = await openLedger(store, { environment });
  const one = first.begin(facts(1, { steps: ["sha256:s1"], planDigest: "sha256:p1" }));
  await one.append([intent(1, firstContent)], [{ digest: digest(firstContent), content: firstContent }]);
  await one.append([result(1)]);
  await one.append([
    { phase: "event", action: "decided", address, version: 1, status: "active", decidedAt: "2026-11-20T10:30:00.000Z" },
  ]);
  await one.release();
  const second = await openLedger(store, { environment });
  const two = second.begin(facts(2, { actor: "grace", steps: ["sha256:s2"] }));
  // Masked: the file's hash is not the digest.
  const masked = { body: "(sensitive)" };
  await two.append([intent(2, secondContent)], [{ digest: digest(secondContent), content: masked }]);
  await two.append([result(2)]);
  await two.release();
}
