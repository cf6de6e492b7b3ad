// The nearest of some words, for "did you mean"; knows nothing of what the words mean.
import { distance } from "fastest-levenshtein";

/** Longer texts are cut before they are compared, because the comparison is quadratic. */
const longestText = 64;

/** The candidate with the fewest edits, the first of equals; undefined when there is none within `mostEdits`. */
export function nearest(
  text: string,
  candidates: readonly string[],
  mostEdits = Number.POSITIVE_INFINITY,
): string | undefined {
  const wanted = text.slice(0, longestText).toLowerCase();
  let best: string | undefined;
  let fewest = mostEdits + 1;
  for (const candidate of candidates) {
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < fewest || (best === undefined && edits <= mostEdits)) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}
