// How a message names one character, even one that cannot be seen; knows no alphabet.

/** `"’" (U+2019)`, or `U+200B` alone for what cannot be seen. */
export function namedCharacter(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /[\p{C}\p{Z}\p{M}]/u.test(character) ? code : `"${character}" (${code})`;
}
