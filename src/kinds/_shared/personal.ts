// Whether a text looks like an address, a phone number or a card number of a person; keeps and repeats no text.

export type Personal = "an e-mail address" | "a phone number" | "a card number";

const email = /(?:^|[^\w.%+-])[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z]{2,24}(?![a-z0-9-])/i;
/** International form: a plus, then 7 to 15 digits (E.164) with the usual marks between them. */
const international = /(?:^|[^\w+])\+ ?\(?[1-9](?:[ ().\-/]{0,2}\d){6,14}(?!\d)/;
/** North American form: (415) 555-0100, 415-555-0100, 415.555.0100, with or without a leading 1. */
const american = /(?:^|[^\w+\-.])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4}(?![\w-])/;
/** What YAML makes of an unquoted +14155550100. */
const bareAmerican = /^1[2-9]\d{2}[2-9]\d{6}$/;
const cardLike = /(?:^|[^\w-])([2-6]\d{3}(?:[ -]?\d){9,15})(?![\w-])/;

/** What personal thing a text looks like, or undefined. UUIDs, dates and counters look like none. */
export function looksPersonal(text: string): Personal | undefined {
  if (email.test(text)) return "an e-mail address";
  const card = cardLike.exec(text)?.[1]?.replace(/[ -]/g, "");
  if (card !== undefined && card.length >= 13 && card.length <= 19 && passesLuhn(card)) return "a card number";
  if (international.test(text) || american.test(text) || bareAmerican.test(text)) return "a phone number";
  return undefined;
}

/** ISO/IEC 7812-1 annex B: doubled from the right, the digits add up to a multiple of ten. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
