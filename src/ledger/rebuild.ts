// Writes state.json, and a HEAD.json that fell behind, anew from the entries. Never writes or changes an entry.
import { Claimed, LedgerUnusable } from "../base/failure.ts";
import type { Entry, LedgerState, LedgerStore } from "../contract/entry.ts";
import { derive } from "./derive.ts";
import { refuseNewer } from "./ledger.ts";
import { readChain } from "./read.ts";

export interface Rebuilt {
  readonly entries: number;
  readonly state: LedgerState;
  /** True when HEAD.json was behind, or a torn line was cut. */
  readonly isRepaired: boolean;
}

/** Throws LedgerUnusable for a newer format; BrokenChain unless the chain is whole, its hashes match and it extends HEAD.json; Claimed when a run writes meanwhile. */
export async function rebuildLedger(store: LedgerStore, environment: string): Promise<Rebuilt> {
  refuseNewer(await store.read("state.json"));
  const chain = await readChain(store);
  for (const entry of chain.entries) checkEntry(entry, environment);
  const state = derive(chain.entries, environment);
  const isRepaired = chain.torn.length > 0 || chain.head?.hash !== chain.stored?.hash;
  const head = chain.head;
  if (head === undefined) {
    // Without an entry there is nothing to derive, but a run that was cut off may have left the remains of a first line.
    if (isRepaired) await store.cutTorn();
    return { entries: 0, state, isRepaired };
  }
  const isWritten = await store.append({ expectedHead: head, head, lines: [], contents: [], state });
  if (!isWritten) {
    throw new Claimed("another run wrote to the ledger meanwhile", {
      hint: "Wait until that run has ended, then run `cxform audit rebuild` again.",
    });
  }
  return { entries: chain.entries.length, state, isRepaired };
}

function checkEntry(entry: Entry, environment: string): void {
  if (entry.environment !== environment) {
    throw new LedgerUnusable(`the ledger belongs to environment ${entry.environment}, not to ${environment}`, {
      hint: `Name the ledger's own environment: --env ${entry.environment}.`,
    });
  }
}
