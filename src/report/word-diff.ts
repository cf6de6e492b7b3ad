// What changed between two texts, word by word. It marks nothing by itself.

export interface Piece {
  readonly is: "same" | "removed" | "added";
  readonly text: string;
}

/** More words than this are compared as a whole: the comparison takes memory that grows with their product. */
const mostWords = 1_000;

/** The pieces of both texts in order; `same` and `removed` together are `before`, `same` and `added` are `after`. */
export function wordDiff(before: string, after: string): readonly Piece[] {
  const [left, right] = [wordsOf(before), wordsOf(after)];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const inner = between(left.slice(start, left.length - end), right.slice(start, right.length - end));
  return merged([
    { is: "same", text: left.slice(0, start).join("") },
    ...whole(inner),
    { is: "same", text: left.slice(left.length - end).join("") },
  ]);
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** The longest common subsequence, by dynamic programming. */
function between(left: readonly string[], right: readonly string[]): readonly Piece[] {
  if (left.length > mostWords || right.length > mostWords) {
    return [
      { is: "removed", text: left.join("") },
      { is: "added", text: right.join("") },
    ];
  }
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] as number;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      const isSame = left[row] === right[column];
      lengths[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pieces: Piece[] = [];
  let [row, column] = [0, 0];
  while (row < left.length || column < right.length) {
    const [removed, added] = [left[row], right[column]];
    if (removed !== undefined && removed === added) {
      pieces.push({ is: "same", text: removed });
      row++;
      column++;
    } else if (removed !== undefined && (added === undefined || at(row + 1, column) >= at(row, column + 1))) {
      pieces.push({ is: "removed", text: removed });
      row++;
    } else {
      pieces.push({ is: "added", text: added as string });
      column++;
    }
  }
  return pieces;
}

/** Blanks between two changed words belong to the change: a phrase that became another one reads as such. */
function whole(pieces: readonly Piece[]): readonly Piece[] {
  const runs: { removed: string; added: string; same: string }[] = [{ removed: "", added: "", same: "" }];
  for (const { is, text } of pieces) {
    const last = runs.at(-1) as (typeof runs)[number];
    if (is === "same") last.same += text;
    else if (last.same === "") last[is] += text;
    else if (/^[^\S\n]+$/.test(last.same) && last.removed + last.added !== "") {
      const between = last.same;
      last.removed += between;
      last.added += between;
      last.same = "";
      last[is] += text;
    } else runs.push({ removed: "", added: "", same: "", [is]: text });
  }
  return runs.flatMap(({ removed, added, same }): readonly Piece[] => [
    { is: "removed", text: removed },
    { is: "added", text: added },
    { is: "same", text: same },
  ]);
}

/** Neighbours of one sort become one piece; empty ones go. */
function merged(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.text === "") continue;
    if (last?.is === piece.is) joined[joined.length - 1] = { is: piece.is, text: last.text + piece.text };
    else joined.push(piece);
  }
  return joined;
}
