// The regular expressions of source files, found by a small reader of TypeScript's lexical grammar; runs none of them.

export interface Pattern {
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}

/** After these a slash divides; after anything else it begins a pattern. */
const beforeDivision = /(?:[\w$)\]}"'`]|\+\+|--)$/;
const beforePattern = /(?:^|[^\w$.])(?:return|typeof|case|in|of|yield|await|else|do|void|delete)$/;

/** Every literal of a file, in order. */
export function patternsOf(text: string): readonly Pattern[] {
  const found: Pattern[] = [];
  let code = "";
  let at = 0;
  /** For each open template expression, how many braces are open in it. */
  const templates: number[] = [];
  while (at < text.length) {
    const next = text.slice(at, at + 2);
    const character = text[at] as string;
    if (next === "//" || (at === 0 && next === "#!")) at = endOf(text, "\n", at);
    else if (next === "/*") at = endOf(text, "*/", at) + 2;
    else if (character === '"' || character === "'") {
      at = quotedEnd(text, at);
      code += '"';
    } else if (character === "`" || (character === "}" && templates.at(-1) === 0)) {
      if (character === "}") templates.pop();
      at = templateEnd(text, at + 1);
      if (text[at - 1] === "{") templates.push(0);
      code += text[at - 1] === "{" ? "(" : '"';
    } else if (character === "/" && isPatternHere(code)) {
      const end = patternEnd(text, at);
      const flags = /^[a-z]*/.exec(text.slice(end + 1))?.[0] ?? "";
      found.push({ line: text.slice(0, at).split("\n").length, source: text.slice(at + 1, end), flags });
      at = end + 1 + flags.length;
      code += '"';
    } else {
      const open = templates.length - 1;
      if (open >= 0 && character === "{") templates[open] = (templates[open] as number) + 1;
      if (open >= 0 && character === "}") templates[open] = (templates[open] as number) - 1;
      code += character;
      at++;
    }
  }
  return found;
}

function isPatternHere(code: string): boolean {
  const before = code.slice(-60).trimEnd();
  return !beforeDivision.test(before) || beforePattern.test(before);
}

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end === -1 ? text.length : end;
}

function quotedEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== text[from]) at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Past the closing backtick, or past the brace that opens an expression. */
function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "`") {
    if (text.startsWith("${", at)) return at + 2;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at + 1;
}

function patternEnd(text: string, from: number): number {
  let isInClass = false;
  for (let at = from + 1; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "[") isInClass = true;
    else if (character === "]") isInClass = false;
    else if (character === "/" && !isInClass) return at;
  }
  return text.length;
}
