// Long writes in short pieces with pauses, so that whoever stores events never waits for more than one piece. It knows no table.
import type { Clock } from "../contract/world.ts";
import type { Database } from "./database.ts";

/** A few milliseconds for the embedded engine, the sync of the disk included. */
export const mostRowsAPiece = 200;
/**
 * Who waits for the embedded engine asks again after 1, 2, 5, 10, 15 … ms and stands in no line (SQLite's busy handler): without a pause
 * as long as some of these, the next piece would begin before it asks, and it would wait for all of them.
 */
const pauseMs = 20;

type Written = { readonly database: Database; readonly clock: Pick<Clock, "sleep"> };

/** Writes the items piece by piece, in their order. */
export async function inPieces<Item>(
  written: Written,
  items: readonly Item[],
  write: (piece: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < items.length; at += mostRowsAPiece) {
    if (at > 0) await pause(written);
    await write(items.slice(at, at + mostRowsAPiece));
  }
}

/** Writes at most `mostRowsAPiece` rows at a time until a piece is not full; answers how many there were. */
export async function untilDone(written: Written, write: () => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await write();
    total += count;
    if (count < mostRowsAPiece) return total;
    await pause(written);
  }
}

/** PostgreSQL locks rows and lets everything else be written. */
async function pause({ database, clock }: Written): Promise<void> {
  if (database.engine === "embedded") await clock.sleep(pauseMs);
}
