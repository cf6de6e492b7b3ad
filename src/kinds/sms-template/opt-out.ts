// Whether a text tells people how to stop the messages, judged by words and not by substrings; knows no sender and no rule.

interface Word {
  /** Lower case, with a plain apostrophe. */
  readonly text: string;
  readonly isCapitals: boolean;
  /** What stands between the word before and this one. */
  readonly gap: "start" | "sentence" | "clause" | "hyphen" | "none";
  /** True when a colon or an equals sign introduces the word. */
  readonly isIntroduced: boolean;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

/** FCC 47 CFR 64.1200(a)(10) and CTIA: stop, quit, end, revoke, opt out, cancel, unsubscribe. */
const keywords = set("stop end cancel unsubscribe quit revoke optout");

/** English first; the Spanish, French, German, Portuguese and Italian forms are those of US and European messages. */
const verbs = set(
  "reply replying rply text texting txt send sending respond responding answer answering type msg message sms return use using responde responda responder envía envia envíe envie enviar manda répondez repondez réponds reponds envoyez envoie antworte antworten sende senden schreibe rispondi invia",
);

/** What may stand between "reply" and "STOP". Words in capitals (YES, HELP) and numbers may as well. */
const fillers = set(
  "with w back the word words keyword us at any time anytime or and help info for more either just simply now mit la palabra o ou oder le mot das wort avec con a",
);

const negators = set(
  "not never don't dont no cannot can't cant won't wont doesn't doesnt didn't didnt shouldn't needn't mustn't isn't without nor",
);

/** What may stand between "not" and "reply" without ending the negation: "you do not need to reply". */
const carriers = set(
  "need have to ever please just simply be able required must should can you we do want wish try directly yet",
);

/** What "STOP to …" promises. */
const actions = set(
  "opt optout unsubscribe unsub end cancel quit stop leave revoke remove removed exit decline discontinue withdraw",
);

/** What may follow a keyword that is not in capitals; "reply stop sign" is no instruction. */
const followers = set("to 2 for at any anytime or and if when whenever now via in para pour zum um per anytime");

/** Words that a text with a link or a number uses for leaving, in the languages that senders by name write in. */
const leaving =
  /\b(?:stop|opt[ -]?out|optout|end|cancel|quit|revoke|unsub\w*|remove)\b|abmeld|abbestell|widerruf|désabonn|desabonn|désinscri|desinscri|\bbaja\b|cancelar|cancell|disiscri|annull|afmeld|uitschrijv|avregistr|avprenum|avmeld|peruut|wypis|rezygn|odhlás|leirat|dezabon|απεγγραφ|отпис|отказ|\bsair\b|descadastr|退订|退訂|配信停止|수신거부|إلغاء/iu;

/** True when the text has an instruction such as "reply STOP", "text STOP to unsubscribe" or "STOP to opt out". */
export function hasOptOut(text: string): boolean {
  const words = wordsOf(text);
  return words.some((_, index) => {
    const length = keywordLength(words, index);
    if (length === 0 || isDenied(words, index + length)) return false;
    return isReplied(words, index, length) || isPromised(words, index, length) || isLabelled(words, index);
  });
}

/** True when the text has a link or a number that people can use where they cannot reply. */
export function hasLinkOrNumber(text: string): boolean {
  return (
    pieces(text).some(isLink) || /\d(?:[ ().\-/]?\d){4,}/.test(text) || /\{\{ ?\w*(?:url|link)\w* ?\}\}/i.test(text)
  );
}

/** True when a word for leaving stands in the text, in any form and in several languages. */
export function namesLeaving(text: string): boolean {
  return leaving.test(text);
}

/** The host names and links of a text, blank by blank. */
export function pieces(text: string): readonly string[] {
  return text.split(/\s+/);
}

function isLink(piece: string): boolean {
  return /:\/\/|^\W*www\./i.test(piece) || /[a-z0-9-]\.[a-z]{2,24}(?:\/|\W*$)/i.test(piece);
}

function wordsOf(text: string): readonly Word[] {
  // An all-capitals text shouts every word, so capitals then single out none.
  const shouts = !/\p{Ll}/u.test(text);
  const plain = text
    .replace(/\{\{[^{}]*\}\}/g, " . ")
    .split(/(\s+)/)
    .map((piece) => (/:\/\/|^\W*www\.|\.[a-z]{2,24}\//i.test(piece) ? " . " : piece))
    .join("")
    .replace(/[’ʼ]/g, "'");
  let end = 0;
  return [...plain.matchAll(/[\p{L}\p{N}]+(?:'\p{L}+)?/gu)].map((match, index) => {
    const between = plain.slice(end, match.index);
    end = match.index + match[0].length;
    return {
      text: match[0].toLowerCase(),
      isCapitals: !shouts && /^(?=.*\p{Lu})[\p{Lu}\p{N}]+$/u.test(match[0]),
      gap: index === 0 ? "start" : gapOf(between),
      isIntroduced: /[:=]/.test(between),
    };
  });
}

function gapOf(between: string): Word["gap"] {
  if (between === "-") return "hyphen";
  if (/[.!?;\n]/.test(between)) return "sentence";
  return /^[\s"'“”„‘*_-]*$/.test(between) ? "none" : "clause";
}

/** How many words the keyword at `index` has: 2 for "opt out", 0 when there is none. */
function keywordLength(words: readonly Word[], index: number): number {
  const word = words[index];
  const next = words[index + 1];
  if (word === undefined || word.gap === "hyphen") return 0;
  if (word.text === "opt") return next?.text === "out" && (next.gap === "none" || next.gap === "hyphen") ? 2 : 0;
  return keywords.has(word.text) && next?.gap !== "hyphen" ? 1 : 0;
}

const isNumber = (word: Word | undefined): boolean => word !== undefined && /^\d+$/.test(word.text);
const isBreak = (word: Word | undefined): boolean =>
  word === undefined || word.gap === "sentence" || word.gap === "clause" || word.gap === "start";

/** "reply STOP", "text the word STOP", "send YES or STOP". */
function isReplied(words: readonly Word[], index: number, length: number): boolean {
  const next = words[index + length];
  const fits = words[index]?.isCapitals === true || isBreak(next) || followers.has(next?.text ?? "") || isNumber(next);
  if (!fits) return false;
  for (let at = index - 1; at >= 0 && at >= index - 9; at--) {
    const word = words[at] as Word;
    if (words[at + 1]?.gap === "sentence") return false;
    if (verbs.has(word.text)) return !isNegated(words, at);
    const isFiller =
      fillers.has(word.text) ||
      word.isCapitals ||
      isNumber(word) ||
      (["to", "an", "au", "al"].includes(word.text) && isNumber(words[at + 1]));
    if (!isFiller) return false;
  }
  return false;
}

/** "STOP to opt out", "STOP=end", "STOP para cancelar", "STOP au 36105". */
function isPromised(words: readonly Word[], index: number, length: number): boolean {
  const word = words[index] as Word;
  if (!(word.isCapitals || isBreak(word)) || isNegated(words, index)) return false;
  const next = words[index + length];
  const after = words[index + length + 1];
  if (next === undefined || next.gap === "sentence") return false;
  if (next.isIntroduced) return actions.has(next.text);
  if (next.text === "to" || next.text === "2") return after !== undefined && actions.has(after.text);
  if (!word.isCapitals) return false;
  if (["para", "pour", "zum", "per"].includes(next.text)) return true;
  return ["au", "an", "al"].includes(next.text) && isNumber(after);
}

/** "Opt out: STOP", "unsubscribe=STOP". */
function isLabelled(words: readonly Word[], index: number): boolean {
  const word = words[index] as Word;
  if (!word.isCapitals || !word.isIntroduced) return false;
  const before = words.slice(Math.max(0, index - 2), index);
  return (
    before.some(({ text }) => text !== "stop" && (actions.has(text) || namesLeaving(text))) &&
    !isNegated(words, index - 1)
  );
}

/** "do not reply", "no need to text"; a comma or a full stop ends the negation. */
function isNegated(words: readonly Word[], index: number): boolean {
  for (let at = index; at > 0; at--) {
    if (isBreak(words[at])) return false;
    const before = words[at - 1] as Word;
    if (negators.has(before.text)) return true;
    if (!carriers.has(before.text)) return false;
  }
  return false;
}

/** "replying STOP does not work", "STOP won't end it". */
function isDenied(words: readonly Word[], index: number): boolean {
  const [first, second] = [words[index], words[index + 1]];
  if (first === undefined || isBreak(first)) return false;
  if (set("won't wont doesn't doesnt cannot can't cant isn't isnt").has(first.text)) return true;
  return set("is does will can").has(first.text) && (second?.text === "not" || second?.text === "no");
}
