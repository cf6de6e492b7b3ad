// Four countings of one SMS: ours, a reference from the table of 3GPP TS 23.038, and two published packages; every difference has a named reason.
import calculator from "sms-segments-calculator";
import split from "split-sms";
import { segment } from "../../src/kinds/_shared/segments.ts";

export interface Counted {
  readonly encoding: "GSM-7" | "UCS-2";
  readonly units: number;
  readonly segments: number;
}

/** TS 23.038 §6.2.1, codes 00 to 7F in order; 1B is the escape and no character. */
export const gsmTable: readonly (string | undefined)[] = [
  ..."@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ",
  undefined,
  ..."ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
];

/** TS 23.038 §6.2.1.1: the code after the escape, and its character. */
export const gsmExtension: ReadonlyMap<number, string> = new Map([
  [0x0a, "\f"],
  [0x14, "^"],
  [0x28, "{"],
  [0x29, "}"],
  [0x2f, "\\"],
  [0x3c, "["],
  [0x3d, "~"],
  [0x3e, "]"],
  [0x40, "|"],
  [0x65, "€"],
]);

const septets = new Map<string, number>([
  ...gsmTable.flatMap((character) => (character === undefined ? [] : [[character, 1] as const])),
  ...[...gsmExtension.values()].map((character) => [character, 2] as const),
]);

/** Packs widths that may not be broken into parts of a size. */
function packed(widths: readonly number[], single: number, joined: number): number {
  const total = widths.reduce((sum, width) => sum + width, 0);
  if (total <= single) return 1;
  const parts: number[] = [0];
  for (const width of widths) {
    const last = parts.at(-1) as number;
    if (last + width > joined) parts.push(width);
    else parts[parts.length - 1] = last + width;
  }
  return parts.length;
}

/** Counted from the table alone: nothing of the product's sets or sizes is used. */
export function reference(text: string): Counted {
  const characters = [...text];
  const isGsm = characters.every((character) => septets.has(character));
  const widths = characters.map((character) => (isGsm ? (septets.get(character) as number) : character.length));
  const [single, joined] = isGsm ? [160, 153] : [70, 67];
  return {
    encoding: isGsm ? "GSM-7" : "UCS-2",
    units: widths.reduce((sum, width) => sum + width, 0),
    segments: packed(widths, single, joined),
  };
}

export function ours(text: string): Counted {
  const { encoding, units, segments } = segment(text);
  return { encoding, units, segments };
}

export interface CalculatorOpinion extends Counted {
  /** What that package keeps together. */
  readonly graphemes: readonly string[];
}

export function calculatorOpinion(text: string): CalculatorOpinion {
  const message = new calculator.SegmentedMessage(text);
  const encoding = message.encodingName;
  const units = message.messageSize / (encoding === "GSM-7" ? 7 : 16);
  return { encoding, units, segments: message.segmentsCount, graphemes: message.graphemes };
}

export function splitOpinion(text: string): Counted {
  const { characterSet, parts } = split.split(text, { summary: true });
  const octets = parts.reduce((sum, part) => sum + part.bytes, 0);
  return characterSet === "GSM"
    ? { encoding: "GSM-7", units: octets, segments: parts.length }
    : { encoding: "UCS-2", units: octets / 2, segments: parts.length };
}

export const isEqual = (left: Counted, right: Counted): boolean =>
  left.encoding === right.encoding && left.units === right.units && left.segments === right.segments;

export interface Reason<Opinion extends Counted> {
  readonly name: string;
  /** Why ours holds. */
  readonly because: string;
  explains(text: string, mine: Counted, theirs: Opinion): boolean;
}

export const calculatorReasons: readonly Reason<CalculatorOpinion>[] = [
  {
    name: "a grapheme of several characters is kept in one part",
    because:
      "TS 23.040 keeps escape pairs together and UTF-16 keeps surrogate pairs; joined emoji and accents may be parted.",
    explains: (_text, mine, theirs) =>
      mine.encoding === "UCS-2" &&
      theirs.encoding === "UCS-2" &&
      mine.units === theirs.units &&
      theirs.graphemes.some((grapheme) => [...grapheme].length > 1) &&
      graphemeParts(theirs.graphemes) === theirs.segments,
  },
];

export const splitReasons: readonly Reason<Counted>[] = [
  {
    name: "half of a surrogate pair swallows the character after it",
    because: "A lone half is one UTF-16 unit. No manifest can hold one (CX1016), so this never reaches CXone.",
    explains: (text, mine, theirs) => !text.isWellFormed() && mine.encoding === "UCS-2" && theirs.encoding === "UCS-2",
  },
];

/** The parts when each grapheme must stay whole: the calculator's way, replayed. */
function graphemeParts(graphemes: readonly string[]): number {
  return packed(
    graphemes.map(({ length }) => length),
    70,
    67,
  );
}

export interface Comparison {
  readonly messages: number;
  readonly encodings: Readonly<Record<Counted["encoding"], number>>;
  /** Messages that ours and the reference count differently. */
  readonly wrong: readonly string[];
  readonly calculator: Tally;
  readonly split: Tally;
}

export interface Tally {
  readonly equal: number;
  readonly explained: ReadonlyMap<string, number>;
  readonly unexplained: readonly string[];
}

class Tallying implements Tally {
  equal = 0;
  readonly explained = new Map<string, number>();
  readonly unexplained: string[] = [];

  add<Opinion extends Counted>(
    text: string,
    mine: Counted,
    theirs: Opinion,
    reasons: readonly Reason<Opinion>[],
  ): void {
    if (isEqual(mine, theirs)) {
      this.equal++;
      return;
    }
    const reason = reasons.find((each) => each.explains(text, mine, theirs));
    if (reason === undefined) this.unexplained.push(`${JSON.stringify(text)}: ${brief(mine)}, theirs ${brief(theirs)}`);
    else this.explained.set(reason.name, (this.explained.get(reason.name) ?? 0) + 1);
  }
}

const brief = ({ encoding, units, segments }: Counted): string => `${encoding} ${units}/${segments}`;

/** Counts every message four times. */
export function compare(texts: Iterable<string>): Comparison {
  const encodings = { "GSM-7": 0, "UCS-2": 0 };
  const wrong: string[] = [];
  const byCalculator = new Tallying();
  const bySplit = new Tallying();
  let messages = 0;
  for (const text of texts) {
    messages++;
    const mine = ours(text);
    encodings[mine.encoding]++;
    const truth = reference(text);
    if (!isEqual(mine, truth)) wrong.push(`${JSON.stringify(text)}: ${brief(mine)}, by the table ${brief(truth)}`);
    byCalculator.add(text, mine, calculatorOpinion(text), calculatorReasons);
    bySplit.add(text, mine, splitOpinion(text), splitReasons);
  }
  return { messages, encodings, wrong, calculator: byCalculator, split: bySplit };
}

/** mulberry32: the same numbers for the same seed, on every machine. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const plain = gsmTable.filter((character): character is string => character !== undefined && character !== "\r");
const alphabets: readonly (readonly string[])[] = [
  plain,
  [..."abcdefghijklmnopqrstuvwxyz "],
  [...gsmExtension.values()],
  ["\r\n", "\n", "\r", " "],
  [..."ç`\t“”–…áêőŁ×™\u00a0\u200b"],
  [..."Ваше замовлення готове"],
  [..."配送中のお荷物テスト한국어ไทย"],
  ["😀", "🎉", "𝒳", "🧭", "\u{20000}"],
  ["👩‍👩‍👧", "🇩🇪", "👍🏽", "e\u0301", "❤️", "1️⃣", "각", "नि"],
  ["\ud83d", "\udc00"],
];
/** Which alphabets are mixed, and how often (of 100): mostly what people write, the rest at the edges. */
const mixtures: readonly (readonly [weight: number, ...alphabets: number[]])[] = [
  [20, 0],
  [14, 0, 2],
  [8, 1, 1, 1, 2],
  [8, 2],
  [6, 0, 3],
  [8, 1, 1, 4],
  [10, 0, 5],
  [6, 5, 6],
  [8, 5, 7],
  [4, 7],
  [6, 5, 8],
  [2, 5, 9],
];
/** The alphabets of the mixture that a number under 100 falls to. */
function mixtureAt(percent: number): readonly number[] {
  let sum = 0;
  for (const [weight, ...chosen] of mixtures) {
    sum += weight;
    if (percent < sum) return chosen;
  }
  return [0];
}

/** Lengths in units around which the count of parts changes. */
const edges = [0, 1, 35, 67, 70, 80, 134, 153, 160, 201, 268, 306, 459, 612];

/** Messages of all alphabets, half of them close to a length where the count of parts changes. */
export function* messages(count: number, seed: number): Generator<string> {
  const roll = dice(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(roll() * list.length)] as T;
  for (let made = 0; made < count; made++) {
    const chosen = mixtureAt(roll() * 100).map((at) => alphabets[at] as readonly string[]);
    // Mostly one alphabet with a few characters of the next, as when one emoji ends a text.
    const share = roll() < 0.5 ? 0.98 : 0.5;
    const length = roll() < 0.5 ? pick(edges) + Math.floor(roll() * 7) - 3 : Math.floor(roll() * 500);
    let text = "";
    for (let units = 0; units < length; ) {
      const next = pick(roll() < share ? (chosen[0] as readonly string[]) : pick(chosen));
      text += next;
      units += septets.get(next) ?? next.length;
    }
    yield text;
  }
}
