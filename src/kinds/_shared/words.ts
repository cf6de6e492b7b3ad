// Counts the words of a text in any script; knows no channel.

// Scripts that put no spaces between words: there the words come from Intl's dictionaries.
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Words: runs between spaces that hold a letter or a digit. */
export function countWords(text: string): number {
  let count = 0;
  if (unspaced.test(text)) {
    for (const part of new Intl.Segmenter("en", { granularity: "word" }).segment(text)) if (part.isWordLike) count++;
    return count;
  }
  for (const [run] of text.matchAll(/\S+/g)) if (/[\p{L}\p{N}]/u.test(run)) count++;
  return count;
}
