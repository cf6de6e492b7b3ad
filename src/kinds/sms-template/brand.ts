// Whether a message says who sends it; a guess that would rather miss a nameless message than blame a named one. Knows no rule.
import { pieces } from "./opt-out.ts";

/** Words that begin sentences of ordinary messages, or are written in capitals there, and name nobody. */
const ordinary = new Set(
  `a about account act added after again alert all almost already also always an and another any appointment are arriving as at attention be because before below big book bring buy by call can check click code come complete confirm confirmed congratulations dear delivery deliver did do does don't don't due during earn enjoy enter every everything exclusive exciting final find first follow for free friday from get give go good got great happy has have hello help here hey hi hot how hurry i i'm if important in is it it's items join just keep last late learn let let's limited log login look make manage may maybe meet message messages missed monday msg my need never new news next no not note notice now of offer on once one only open or order our out over package parcel pay payment pick please purchase quick ready receive remember reminder reply respond reserve sale saturday save schedule see send shop show sign since so some someone soon sorry spend start stay still sunday sure take tap text thank thanks that that's the their there there's they this thursday tickets till time to today tomorrow tonight track tuesday txt until up update upcoming upgrade urgent use using valid verification verify view visit wait want warning watch we we'll we're we've wednesday welcome what when where which while who why will wish with won would yes yesterday you you'll you're you've your
  stop end cancel unsubscribe quit revoke opt sms mms otp pin id ok asap faq eta pm am tv usa us uk eu usd eur gbp q1 q2 q3 q4 y n january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun english spanish mr mrs ms dr data rates std msgs info`.split(
    /\s+/,
  ),
);

/** True when something in the text may be the name of the sender. */
export function namesSender(content: string, labels: { readonly [key: string]: unknown } | undefined): boolean {
  const brand = labels?.["brand"];
  if (typeof brand === "string" && brand !== "") return content.toLowerCase().includes(brand.toLowerCase());
  return (
    hasPrefix(content) ||
    hasNamePlaceholder(content) ||
    pieces(content).some((piece) => /:\/\/|^\W*www\.|[a-z0-9-]\.[a-z]{2,24}\//i.test(piece)) ||
    hasProperName(content)
  );
}

/** "[Juniper]", "Juniper & Pine:", "JP -" at the beginning. */
function hasPrefix(content: string): boolean {
  const prefix = /^\s*(?:[[(<*]([^\])>*]{2,40})[\])>*]|([^:.!?{}]{2,40}?)(?::| [-–—|] ))/.exec(content);
  const name = prefix?.[1] ?? prefix?.[2];
  if (name === undefined) return false;
  return name.split(/[\s,]+/).some((word) => /\p{L}/u.test(word) && !ordinary.has(plain(word)));
}

function hasNamePlaceholder(content: string): boolean {
  return /\{\{ ?\w{0,40}(?:brand|company|store|shop|sender|business|merchant)\w{0,40} ?\}\}/i.test(content);
}

/** A word with a capital that is no ordinary word. Scripts without capitals are taken to name somebody. */
function hasProperName(content: string): boolean {
  const words = content.replace(/\{\{[^{}]*\}\}/g, " ").match(/[\p{L}\p{N}][\p{L}\p{N}'’&.-]*/gu) ?? [];
  return words.some((word) => (/\p{Lu}/u.test(word) || /\p{Lo}/u.test(word)) && !ordinary.has(plain(word)));
}

function plain(word: string): string {
  return word
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}']+/gu, "");
}
