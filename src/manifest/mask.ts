// Source text for the caret under a diagnostic, with what must not be shown blotted out; knows no renderer.
import type { SourceDocument } from "./document.ts";

/** The text with every scalar at or below the pointers replaced by asterisks; lines and columns stay. */
export function masked(
  text: string,
  hidden: readonly { readonly document: SourceDocument; readonly pointer: string }[],
): string {
  let shown = text;
  for (const { document, pointer } of hidden) {
    for (const [start, end] of document.scalarRanges(pointer)) {
      shown = shown.slice(0, start) + shown.slice(start, end).replace(/[^\s]/g, "*") + shown.slice(end);
    }
  }
  return shown;
}
