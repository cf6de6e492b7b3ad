// Sizes of a text in code points and UTF-8 bytes, and the place where a limit is passed; knows no rule.

/** Unicode code points: what Meta counts as characters. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** UTF-8 bytes. */
export function countBytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** The UTF-16 offset of the first character after `limit` code points; the text's length when it is shorter. */
export function offsetAfterCodePoints(text: string, limit: number): number {
  let offset = 0;
  let count = 0;
  for (const character of text) {
    if (count === limit) return offset;
    offset += character.length;
    count++;
  }
  return offset;
}

/** The UTF-16 offset of the first character that does not fit in `limit` UTF-8 bytes; the text's length when all do. */
export function offsetAfterBytes(text: string, limit: number): number {
  let offset = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += countBytes(character);
    if (bytes > limit) return offset;
    offset += character.length;
  }
  return offset;
}

/** Line and column of an offset inside a text, both from 1, columns in UTF-16 units. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
