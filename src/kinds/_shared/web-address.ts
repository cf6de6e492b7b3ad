// Finds web addresses in running text, with or without a scheme; knows no channel.
import type { FoundText } from "./emoji.ts";

const topLevels: ReadonlySet<string> = new Set(
  "app biz co com de dev edu es eu example fr gov info io it ly link me mobi net nl online org page shop site store tv uk us xyz".split(
    " ",
  ),
);

/** The first address of a text: `https://…`, `www.…`, or a host such as `acme.com/code`. */
export function firstWebAddress(text: string): FoundText | undefined {
  for (const match of text.matchAll(/[^\s()<>[\]"'“”«»,;]+/g)) {
    const word = match[0];
    if (isWebAddress(word)) return { text: word, offset: match.index };
  }
  return undefined;
}

function isWebAddress(word: string): boolean {
  const lower = word.toLowerCase();
  if (/^[a-z][a-z0-9+.-]*:\/\/./.test(lower) || /^www\../.test(lower)) return true;
  const host = (lower.split(/[/?#:]/, 1)[0] as string).replace(/\.$/, "");
  // A mail address is no web address.
  if (host.includes("@")) return false;
  const labels = host.split(".");
  const last = labels.at(-1) as string;
  return labels.length > 1 && topLevels.has(last) && labels.every((label) => /^[a-z0-9-]+$/.test(label));
}
