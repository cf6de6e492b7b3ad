// What a recovery has written into a new ledger, and what it could not, as text. It decides nothing.
import { harmless } from "./harmless.ts";
import { count } from "./phrase.ts";

export interface RecoveredView {
  readonly environment: string;
  readonly ledger: string;
  readonly run?: string;
  readonly resources: readonly { readonly address: string }[];
  readonly blocked: readonly { readonly address: string; readonly reason: string }[];
  readonly unmanaged: readonly { readonly address: string }[];
  readonly absent: readonly string[];
  readonly sessions: readonly string[];
  readonly batches: readonly string[];
}

export function recoveredText(view: RecoveredView): string {
  const wrote = view.run === undefined ? "Nothing was written to" : `Run ${harmless(view.run)} wrote`;
  const lines = [
    `${wrote} ${harmless(view.ledger)}: ${count(view.resources.length, "resource")} owned again.`,
    ...view.resources.map(({ address }) => `  ${harmless(address)}`),
    ...view.blocked.map(({ address, reason }) => `left: ${harmless(address)}: ${harmless(reason)}`),
    ...view.absent.map((address) => `not in CXone, the next apply creates it: ${harmless(address)}`),
    ...view.sessions.map((address) => `opened by none of its keys, the next apply sends it: ${harmless(address)}`),
    ...view.batches.map((address) => `the next apply sends its records again: ${harmless(address)}`),
    ...(view.unmanaged.length === 0 ? [] : [`${count(view.unmanaged.length, "object")} of CXone unmanaged.`]),
  ];
  return `${lines.join("\n")}\n`;
}
