// Source text for the caret under a diagnostic, with what must not be shown blotted out; knows no renderer.
import type { SourceDocument } from "./document.ts";

/** The text with every scalar at or below the pointers replaced by asterisks; lines and columns stay. */
export function masked(
  text: string,
  hidden: readonly { readonly document: SourceDocument; readonly pointer: string }[],
): string {
  const ranges = hidden
    .flatMap(({ document, pointer }) => document.scalarRanges(pointer))
    .sort(([one], [other]) => one - other);
  // Pieces, joined once: a batch that lists its records has tens of thousands of ranges.
  const pieces: string[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    pieces.push(text.slice(at, from), text.slice(from, end).replace(/[^\s]/g, "*"));
    at = end;
  }
  return pieces.join("") + text.slice(at);
}
