// A ledger as it stood at one instant, read once while a run may be writing: a store that only reads, for readers that look several times. Knows no kind.
import { invariant } from "../base/invariant.ts";
import type { Head, LedgerStore } from "../contract/entry.ts";
import type { Clock } from "../contract/world.ts";
import { parseHead, parseLine } from "./chain.ts";
import { type Ledger, openLedger } from "./ledger.ts";

export interface StillLedger {
  readonly ledger: Ledger;
  /** The ledger's files as `ledger` was read from them. Contents never change and are read on demand. */
  readonly store: LedgerStore;
}

/** An append that is between its lines and HEAD.json is soon through; what is still unfinished then was cut off, and is shown so. */
const mostTries = 5;
const pauseMs = 100;

/** Throws as openLedger. */
export async function readStill(
  store: LedgerStore,
  options: { readonly environment: string; readonly clock: Pick<Clock, "sleep"> },
): Promise<StillLedger> {
  for (let tried = 1; ; tried++) {
    const { texts, isSettled } = await take(store);
    const still = storeOf(store, texts);
    const ledger = await openLedger(still, options);
    if ((isSettled && !ledger.isUnfinished) || tried === mostTries) return { ledger, store: still };
    await options.clock.sleep(pauseMs);
  }
}

/** Every file but the contents by its name, the audit files in chain order. */
type Texts = ReadonlyMap<string, string>;

async function take(store: LedgerStore): Promise<{ readonly texts: Texts; readonly isSettled: boolean }> {
  // A run writes HEAD.json before state.json: read the other way round, and the same after it, the two belong together.
  const stateText = await store.read("state.json");
  const headText = await store.read("HEAD.json");
  const isPair = (await store.read("state.json")) === stateText;
  const audit: [file: string, text: string][] = [];
  for (const file of await store.list("audit")) {
    const text = await store.read(file);
    if (text !== undefined) audit.push([file, text]);
  }
  const hasMoved = (await store.read("HEAD.json")) !== headText;
  const isSettled = isPair && !(hasMoved && headText === undefined);
  // Who writes only adds: without what was added meanwhile it is the ledger of the first look. A tail that nobody adds to stays, and is told.
  const kept = hasMoved && headText !== undefined ? upTo(parseHead(headText), audit) : audit;
  const named = [
    ["state.json", stateText],
    ["HEAD.json", headText],
  ] as const;
  const texts = new Map(kept);
  for (const [file, text] of named) if (text !== undefined) texts.set(file, text);
  return { texts, isSettled };
}

function upTo(head: Head, audit: readonly (readonly [file: string, text: string])[]) {
  return audit.flatMap(([file, text]): [string, string][] => {
    const kept = withoutNewer(text, head.seq);
    return kept === "" && text !== "" ? [] : [[file, kept]];
  });
}

/** Cuts the entries after `seq` from the end, and a line that is being written; what is no entry is left where it stands. */
function withoutNewer(text: string, seq: number): string {
  let end = text.lastIndexOf("\n") + 1;
  while (end > 0) {
    const start = text.lastIndexOf("\n", end - 2) + 1;
    const parsed = parseLine(text.slice(start, end - 1));
    if ("problem" in parsed || parsed.entry.seq <= seq) break;
    end = start;
  }
  return text.slice(0, end);
}

function storeOf(store: LedgerStore, texts: Texts): LedgerStore {
  const refuse = async (): Promise<never> => {
    invariant(false, "a ledger that stands still is not written to");
  };
  const audit = [...texts.keys()].filter((file) => file.startsWith("audit/"));
  return {
    label: store.label,
    read: async (file) => (file.startsWith("content/") ? store.read(file) : texts.get(file)),
    list: async (folder) => (folder === "content" ? store.list(folder) : audit),
    append: refuse,
    cutTorn: refuse,
  };
}
