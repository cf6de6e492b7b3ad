// The two forms in which foreign text may stand in Markdown: a code span or a fence that it cannot leave (GITHUB §2.4).
import { visible } from "./harmless.ts";

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

/** Text between HTML tags, such as a summary's. */
export function html(text: string): string {
  return visible(text.replace(/\s+/g, " "))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("##[", "##\u2060[")
    .replace(/[@#:*_`~[\]()!\\|$]/g, (character) => `&#${character.charCodeAt(0)};`);
}
