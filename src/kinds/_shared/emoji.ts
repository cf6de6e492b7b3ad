// Finds emoji in a text; knows no channel.

// Pictographs from U+2600 on are drawn as emoji by messengers even without a selector; ©, ™ and arrows before it are text,
// and so are the wavy dash, part alternation mark and circled ideographs of Japanese (Unicode 15, emoji-data.txt).
const emoji =
  /(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{FE0F}|(?![\u{3030}\u{303D}\u{3297}\u{3299}])(?=[\u{2600}-\u{10FFFF}])\p{Extended_Pictographic}|[#*0-9]\u{FE0F}?\u{20E3})(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\u{FE0F}|\u{200D})*/u;

export interface FoundText {
  readonly text: string;
  /** UTF-16 units. */
  readonly offset: number;
}

/** The first emoji, or run of emoji, of a text. */
export function firstEmoji(text: string): FoundText | undefined {
  const match = emoji.exec(text);
  return match === null ? undefined : { text: match[0], offset: match.index };
}
