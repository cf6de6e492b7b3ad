// The known word that a misspelt one is nearest to; knows no field.
import { distance } from "fastest-levenshtein";

/** The nearest of `words`, case aside, when it is near enough to be meant (a third of its letters, at least two). */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  if (word.length > 100) return undefined;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) > 8) continue;
    const apart = distance(word.toLowerCase(), candidate.toLowerCase());
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best !== undefined && bestDistance <= Math.max(2, Math.floor(best.length / 3)) && bestDistance < best.length
    ? best
    : undefined;
}
