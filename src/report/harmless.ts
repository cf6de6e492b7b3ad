// Makes foreign text harmless before it reaches a terminal, a log or a workflow run: what is invisible or acts is shown instead. It knows no layout.
import type { Json } from "../contract/json.ts";

/**
 * What acts on a terminal or hides from a reader: control characters, zero-width and bidirectional marks, variation selectors,
 * tag characters, lone surrogates (RELIABILITY §7 M1, M2). Line feed and tab are left to the callers.
 */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|\u034f|[\u115f-\u1160]|[\u17b4-\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0e]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** Each such character as `\u{202e}`; everything else as it is, line feeds and tabs included. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}

/** Foreign text for one line of a terminal or a log: nothing in it acts, hides or breaks the line. */
export function harmless(text: string): string {
  return visible(text.replace(/\r\n?|\n/g, "⏎").replaceAll("\t", "⇥")).replaceAll("##[", "##\u200b[");
}

/** Foreign text of several lines, line by line. */
export function harmlessLines(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).map(harmless);
}

/**
 * The last guard of everything that is printed: no line is a workflow command (GITHUB §2.3: `::` after white space, `##[` anywhere),
 * and no control character but line feed and our own colours is left.
 */
export function guarded(text: string): string {
  return text
    .replace(/\u001b(?!\[[0-9;]*m)|[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]/g, (character) =>
      character === "\t" ? character : visible(character),
    )
    .replaceAll("##[", "##\u200b[")
    .replace(/^((?:[^\S\n\r\u2028\u2029]|\u001b\[[0-9;]*m)*):(?=:)/gm, "$1:\u200b");
}

/** JSON for standard output: the same value, with every character that acts written as an escape. */
export function harmlessJson(value: unknown): string {
  const text = JSON.stringify(value as Json, null, 2) ?? "null";
  return text.replace(unseen, (character) => escapes(character)).replaceAll("##[", "#\\u0023[");
}

function escapes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}
