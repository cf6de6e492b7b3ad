// Writes state.json, and a HEAD.json that is lost or fell behind, anew from the entries. Never writes or changes an entry.
import { BrokenChain, Claimed, LedgerUnusable } from "../base/failure.ts";
import type { Entry, LedgerState, LedgerStore } from "../contract/entry.ts";
import { genesis, parseObject, restoreHint } from "./chain.ts";
import { derive } from "./derive.ts";
import { refuseNewer } from "./ledger.ts";
import { readChain } from "./read.ts";

export interface Rebuilt {
  readonly entries: number;
  readonly state: LedgerState;
  /** True when HEAD.json was behind, or a torn line was cut. */
  readonly isRepaired: boolean;
}

/**
 * Throws LedgerUnusable for a newer format; BrokenChain unless the chain is whole, its hashes match and it extends HEAD.json, or where that is
 * lost the head of state.json; Claimed when a run writes meanwhile.
 */
export async function rebuildLedger(store: LedgerStore, environment: string): Promise<Rebuilt> {
  const stateText = await store.read("state.json");
  refuseNewer(stateText);
  const chain = await readChain(store, { isHeadLost: true });
  if (chain.stored === undefined) checkStateHead(chain.entries, stateText);
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

/** Without HEAD.json a cut tail still shows where state.json was written after it. */
function checkStateHead(entries: readonly Entry[], stateText: string | undefined): void {
  const head = stateText === undefined ? undefined : parseObject(stateText)?.["head"];
  if (typeof head !== "string" || head === genesis || entries.some(({ hash }) => hash === head)) return;
  throw new BrokenChain(
    `HEAD.json is missing, and state.json was made of entries beyond ${entries.length}`,
    entries.length + 1,
    restoreHint,
  );
}

function checkEntry(entry: Entry, environment: string): void {
  if (entry.environment !== environment) {
    throw new LedgerUnusable(`the ledger belongs to environment ${entry.environment}, not to ${environment}`, {
      hint: `Name the ledger's own environment: --env ${entry.environment}.`,
    });
  }
}
