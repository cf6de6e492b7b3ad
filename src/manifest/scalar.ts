// From an index in a scalar's value back to its offset in the source, for all five YAML styles; knows no document.
import type { CST } from "yaml";

/**
 * The source offset of the value's UTF-16 index `index` (the end of the value may be asked for, too).
 * The decoding is replayed with positions; where the replay differs from `value`, the scalar's own start is answered.
 */
export function sourceOffset(token: CST.FlowScalar | CST.BlockScalar, value: string, index: number): number {
  const replay = new Replay();
  if (token.type === "block-scalar") replayBlock(token, replay);
  else if (token.type === "double-quoted-scalar") replayDouble(token, replay);
  else if (token.type === "single-quoted-scalar") replayUnfolded(token, 1, token.source.length - 1, true, replay);
  else if (token.type === "scalar") replayUnfolded(token, 0, token.source.length, false, replay);
  if (replay.text !== value) return token.offset;
  return replay.offsets[index] ?? replay.end;
}

class Replay {
  text = "";
  readonly offsets: number[] = [];
  end = 0;

  /** Appends text of which unit n came from `offset + n` (or all from `offset`, for an escape). */
  add(text: string, offset: number, isVerbatim = true): void {
    this.text += text;
    for (let at = 0; at < text.length; at++) this.offsets.push(isVerbatim ? offset + at : offset);
    this.end = isVerbatim ? offset + text.length : offset + 1;
  }
}

function replayUnfolded(token: CST.FlowScalar, from: number, to: number, isQuoted: boolean, replay: Replay): void {
  const source = token.source.slice(from, to);
  const base = token.offset + from;
  const parts = source.split("\n");
  let offset = base;
  let pendingBreaks: number[] = [];
  parts.forEach((part, at) => {
    const isLast = at === parts.length - 1;
    const line = isLast ? part : part.replace(/\r$/, "");
    const start = at === 0 ? 0 : line.length - line.replace(/^[ \t]+/, "").length;
    const kept = isLast ? line.slice(start) : trimEnd(line.slice(start));
    if (at > 0 && (kept !== "" || isLast)) {
      // YAML 1.2 §6.5: one break folds to a space, n breaks to n - 1 line feeds.
      if (pendingBreaks.length === 1) replay.add(" ", pendingBreaks[0] as number, false);
      else for (const place of pendingBreaks.slice(1)) replay.add("\n", place, false);
      pendingBreaks = [];
    }
    addQuoted(kept, offset + start, isQuoted, replay);
    pendingBreaks.push(offset + line.length);
    offset += part.length + 1;
  });
  replay.end = token.offset + to;
}

function addQuoted(text: string, offset: number, isQuoted: boolean, replay: Replay): void {
  if (!isQuoted) {
    replay.add(text, offset);
    return;
  }
  for (let at = 0; at < text.length; at++) {
    replay.add(text[at] as string, offset + at);
    if (text[at] === "'" && text[at + 1] === "'") at++;
  }
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  return text.slice(0, end);
}

const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  "\t": "\t",
};

const escapeLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function replayDouble(token: CST.FlowScalar, replay: Replay): void {
  const { source, offset } = token;
  const end = source.length - 1;
  for (let at = 1; at < end; ) {
    const character = source[at] as string;
    if (character === "\\") at = replayEscape(source, at, offset, replay);
    else if (character === "\n" || character === "\r") at = replayFold(source, at, offset, replay);
    else if (character === " " || character === "\t") {
      let next = at;
      while (source[next] === " " || source[next] === "\t") next++;
      if (source[next] !== "\n" && source[next] !== "\r") replay.add(source.slice(at, next), offset + at);
      at = next;
    } else {
      replay.add(character, offset + at);
      at++;
    }
  }
  replay.end = offset + end;
}

/** Returns where reading goes on after the escape at `at`. */
function replayEscape(source: string, at: number, offset: number, replay: Replay): number {
  const letter = source[at + 1] ?? "";
  const length = escapeLengths[letter];
  if (length !== undefined) {
    const code = Number.parseInt(source.slice(at + 2, at + 2 + length), 16);
    if (code <= 0x10ffff) replay.add(String.fromCodePoint(code), offset + at, false);
    return at + 2 + length;
  }
  const simple = escapes[letter];
  if (simple !== undefined) {
    replay.add(simple, offset + at, false);
    return at + 2;
  }
  // An escaped line break joins the lines; the indentation of the next one is dropped.
  let next = letter === "\r" ? at + 3 : at + 2;
  while (source[next] === " " || source[next] === "\t") next++;
  return next;
}

function replayFold(source: string, at: number, offset: number, replay: Replay): number {
  const breaks: number[] = [];
  let next = at;
  while (next < source.length && " \t\r\n".includes(source[next] as string)) {
    if (source[next] === "\n") breaks.push(next);
    next++;
  }
  if (breaks.length === 1) replay.add(" ", offset + (breaks[0] as number), false);
  else for (const place of breaks.slice(1)) replay.add("\n", offset + place, false);
  return next;
}

interface BlockLine {
  readonly offset: number;
  readonly indent: number;
  readonly content: string;
}

function blockLines(source: string, offset: number): readonly BlockLine[] {
  let at = offset;
  return source.split("\n").map((raw) => {
    const content = raw.replace(/^ +/, "");
    const line = { offset: at, indent: raw.length - content.length, content: content.replace(/\r$/, "") };
    at += raw.length + 1;
    return line;
  });
}

/** YAML 1.2 §8.1, in the reading of the yaml package, whose value this must reproduce. */
function replayBlock(token: CST.BlockScalar, replay: Replay): void {
  const header = token.props[0];
  if (header?.type !== "block-scalar-header") return;
  const headerLength = token.props.reduce((sum, prop) => sum + ("source" in prop ? prop.source.length : 0), 0);
  const explicit = Number(/\d/.exec(header.source)?.[0] ?? 0);
  const chomp = /[+-]/.exec(header.source)?.[0] ?? "";
  const lines = blockLines(token.source, token.offset + headerLength);
  const contentStart = lines.findIndex((line) => line.content !== "");
  if (contentStart === -1) {
    replay.end = token.offset + headerLength;
    if (chomp === "+")
      for (const line of lines.slice(0, Math.max(1, lines.length - 1))) replay.add("\n", line.offset, false);
    return;
  }
  const trim = explicit > 0 ? token.indent + explicit : (lines[contentStart] as BlockLine).indent;
  let chompStart = lines.findLastIndex((line) => line.content !== "") + 1;
  for (let at = lines.length - 1; at >= chompStart; at--) {
    if ((lines[at] as BlockLine).indent > trim) chompStart = at + 1;
  }
  for (const line of lines.slice(0, contentStart)) addLine(line, trim, true, replay);
  replayBlockContent(lines.slice(contentStart, chompStart), trim, header.source[0] === ">", replay);
  const last = lines[chompStart - 1] as BlockLine;
  const lastEnd = last.offset + last.indent + last.content.length;
  if (chomp === "-") return;
  if (chomp === "+") {
    let breakAt = lastEnd;
    for (const line of lines.slice(chompStart)) {
      replay.add("\n", breakAt, false);
      addLine(line, trim, false, replay);
      breakAt = line.offset + line.indent;
    }
    if (replay.text.endsWith("\n")) return;
  }
  replay.add("\n", lastEnd, false);
}

function addLine(line: BlockLine, trim: number, withBreak: boolean, replay: Replay): void {
  const spaces = Math.max(0, line.indent - trim);
  replay.add(" ".repeat(spaces) + line.content, line.offset + line.indent - spaces);
  if (withBreak) replay.add("\n", line.offset + line.indent + line.content.length, false);
}

function replayBlockContent(lines: readonly BlockLine[], trim: number, isFolded: boolean, replay: Replay): void {
  let separator = "";
  let wasMoreIndented = false;
  let breakAt = 0;
  for (const line of lines) {
    const isMoreIndented = line.indent > trim || line.content.startsWith("\t");
    if (!isFolded) {
      replay.add(separator, breakAt, false);
      addLine(line, trim, false, replay);
      separator = "\n";
    } else if (isMoreIndented) {
      if (separator === " ") separator = "\n";
      else if (!wasMoreIndented && separator === "\n") separator = "\n\n";
      replay.add(separator, breakAt, false);
      addLine(line, trim, false, replay);
      separator = "\n";
      wasMoreIndented = true;
    } else if (line.content === "") {
      if (separator === "\n") replay.add("\n", breakAt, false);
      else separator = "\n";
    } else {
      replay.add(separator, breakAt, false);
      addLine(line, trim, false, replay);
      separator = " ";
      wasMoreIndented = false;
    }
    breakAt = line.offset + line.indent + line.content.length;
  }
}
