// How many SMS parts a text takes, as carriers count (3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24); knows no placeholder and no limit of ours.

export type Encoding = "GSM-7" | "UCS-2";

/** The first character that is not in the GSM alphabet: it turns the whole message into UCS-2. */
export interface Offender {
  readonly character: string;
  /** UTF-16 index into the text. */
  readonly offset: number;
  /** What the GSM alphabet has instead. */
  readonly substitute?: string;
}

export interface Segmented {
  readonly encoding: Encoding;
  /** Septets in GSM-7, UTF-16 units in UCS-2. */
  readonly units: number;
  readonly segments: number;
  readonly offender?: Offender;
}

/** TS 23.040: the count of parts is one octet of the header that joins them. */
export const maxParts = 255;

/** Units of a message of one part, and of each part where there are more (the header takes 6 octets). */
export const partSizes = {
  "GSM-7": { single: 160, joined: 153 },
  "UCS-2": { single: 70, joined: 67 },
} as const;

/** TS 23.038 §6.2.1, code by code without 1B, the escape. Capital Ç is code 09; small ç, the backtick and the tab are not there. */
const basic = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);

/** TS 23.038 §6.2.1.1: reached by the escape, so two septets each. */
const extension = new Set("\f^{}\\[~]|€");

/** What reads the same in GSM; only what word processors and phones put in unasked, and letters whose accent may go. */
const substitutes: ReadonlyMap<string, string> = new Map([
  ...pairs("“”„‟«»″", '"'),
  ...pairs("‘’‚‛`´′ʼ", "'"),
  ...pairs("‐‑‒–—―−", "-"),
  ...pairs("\u00a0\u2002\u2003\u2009\u200a\u202f\t", " "),
  ...pairs("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f", ""),
  ...pairs("•·●▪", "*"),
  ...pairs("áâãā", "a"),
  ...pairs("ÀÁÂÃĀ", "A"),
  ...pairs("êëēę", "e"),
  ...pairs("ÈÊËĒĘ", "E"),
  ...pairs("íîïī", "i"),
  ...pairs("ÌÍÎÏĪ", "I"),
  ...pairs("óôõō", "o"),
  ...pairs("ÒÓÔÕŌ", "O"),
  ...pairs("úûū", "u"),
  ...pairs("ÙÚÛŪ", "U"),
  ["…", "..."],
  ["ç", "c"],
  ["×", "x"],
  ["™", "(TM)"],
  ["®", "(R)"],
  ["©", "(C)"],
]);

function pairs(characters: string, substitute: string): readonly (readonly [string, string])[] {
  return [...characters].map((character) => [character, substitute] as const);
}

/** Encoding, length and parts of a text. An empty text takes one part. */
export function segment(text: string): Segmented {
  const offender = firstOffender(text);
  const encoding = offender === undefined ? "GSM-7" : "UCS-2";
  const widthOf = offender === undefined ? septets : (character: string) => character.length;
  const { single, joined } = partSizes[encoding];
  let units = 0;
  let parts = 1;
  let filled = 0;
  for (const character of text) {
    const width = widthOf(character);
    units += width;
    // An escape pair or a surrogate pair that does not fit goes into the next part as a whole (TS 23.040 §9.2.3.24.1).
    if (filled + width > joined) {
      parts += 1;
      filled = 0;
    }
    filled += width;
  }
  const segments = units <= single ? 1 : parts;
  return { encoding, units, segments, ...(offender === undefined ? {} : { offender }) };
}

function septets(character: string): number {
  return extension.has(character) ? 2 : 1;
}

function firstOffender(text: string): Offender | undefined {
  let offset = 0;
  for (const character of text) {
    if (!basic.has(character) && !extension.has(character)) {
      const substitute = substitutes.get(character);
      return { character, offset, ...(substitute === undefined ? {} : { substitute }) };
    }
    offset += character.length;
  }
  return undefined;
}
