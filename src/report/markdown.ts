// The forms in which foreign text may stand in Markdown, none of which it can leave: a code span, a fence, text between HTML tags (GITHUB §2.4).
import { visible } from "./harmless.ts";
import type { Piece } from "./word-diff.ts";

/** Runs of backticks in a text; a fence must be longer than each. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Inline code for a line or a table cell. */
export function code(text: string): string {
  const line = visible(text.replace(/\r\n?|\n/g, "⏎").replaceAll("\t", "⇥"))
    // A backslash before a pipe or at the end would escape the cell's own border.
    .replace(/\\(?=\||$)/g, "\\\u2060")
    .replaceAll("|", "\\|")
    .replaceAll("##[", "##\u2060[");
  if (line === "") return "*(empty)*";
  const ticks = "`".repeat(longestRun(line) + 1);
  const pad = /^[`\s]|[`\s]$/.test(line) ? " " : "";
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** A fenced block; the text keeps its lines. */
export function fence(text: string, language = ""): string {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => visible(line).replaceAll("##[", "##\u2060["))
    .join("\n");
  const ticks = "`".repeat(Math.max(3, longestRun(lines) + 1));
  return `${ticks}${language}\n${lines}\n${ticks}`;
}

/** Text between HTML tags, such as a summary's, in one line. */
export function html(text: string): string {
  return escaped(text.replace(/\s+/g, " "));
}

function escaped(text: string): string {
  return visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("##[", "##\u2060[")
    .replace(/[@#:*_`~[\]()!\\|$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What no Markdown and no filter of GitHub's reads as anything but words: no address (`www.`, `a:b`), no mention, no number of an issue. */
const plainWords = /^(?!.*\bGH-)[A-Za-z0-9](?:[A-Za-z0-9 ,;()'"%+=→…-]|[.:](?= |$))*$/i;

/** A sentence's part: as it is where it is nothing but words, as code otherwise. Never at the start of a line. */
export function words(text: string): string {
  return plainWords.test(text) ? text : code(text);
}

/** The same between HTML tags. */
export function htmlWords(text: string): string {
  return plainWords.test(text) ? html(text) : `<code>${html(text)}</code>`;
}

/** A link whose address the caller has built (`github-links.ts`): text and address are inert. */
export function link(text: string, url: string | undefined): string {
  return url === undefined ? text : `[${text}](${url})`;
}

/** Foreign lines between the tags of an HTML block, where no Markdown is read: code, since GitHub looks for mentions everywhere else. */
export function htmlLines(text: string): string {
  return markedLines([{ is: "same", text }]);
}

const tags = { same: ["", ""], removed: ["<del>", "</del>"], added: ["<ins>", "</ins>"] } as const;

/** Two texts as one for an HTML block: what goes is struck out, what comes is underlined. */
export function markedLines(pieces: readonly Piece[]): string {
  const lines: string[] = [""];
  for (const { is, text } of pieces) {
    const [open, close] = tags[is];
    for (const [at, line] of text.split(/\r\n|\r|\n/).entries()) {
      if (at > 0) lines.push("");
      if (line !== "") lines[lines.length - 1] += `${open}${escaped(line.replaceAll("\t", "⇥"))}${close}`;
    }
  }
  return lines.map((line) => (line === "" ? "" : `<code>${line}</code>`)).join("<br>");
}
