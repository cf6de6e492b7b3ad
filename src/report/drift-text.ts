// Drift as a table. It judges nothing.
import { harmless } from "./harmless.ts";
import { timeText } from "./phrase.ts";
import { columns } from "./table.ts";

export interface DriftView {
  readonly environment: string;
  readonly drift: readonly {
    readonly address: string;
    readonly direction: string;
    readonly detail: string;
    readonly since?: string;
  }[];
}

export function driftText({ environment, drift }: DriftView): string {
  if (drift.length === 0) return `No drift: CXone holds what the ledger of ${harmless(environment)} says.\n`;
  return columns(
    ["DIRECTION", "ADDRESS", "SINCE", "WHAT"],
    drift.map(({ address, direction, detail, since }) => [
      harmless(direction),
      harmless(address),
      since === undefined ? "" : timeText(since),
      harmless(detail),
    ]),
  );
}
