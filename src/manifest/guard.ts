// Limits of a YAML text, checked with yaml's own iterative lexer and parser before anything is composed; knows no manifest.
// RELIABILITY §1: composing 1,000 nested `[` twice aborts V8, and maps of 40,000 keys take seconds.
import { type CST, Lexer, Parser } from "yaml";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Lines } from "./lines.ts";
import { diagnosticAt } from "./problem.ts";

export const limits = {
  fileBytes: 1024 * 1024,
  depth: 64,
  keysPerMap: 1000,
  aliases: 100,
  documents: 1000,
  lexemes: 500_000,
} as const;

export interface Guarded {
  /** Empty when a limit was passed: there is nothing safe to compose. */
  readonly tokens: readonly CST.Token[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Decodes bytes as UTF-8; undefined when they are no UTF-8 (an encoded surrogate is none either). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Lexes and parses within the limits. The tokens are those that a Composer takes, so nothing is lexed twice. */
export function guard(lines: Lines): Guarded {
  const refused = refuseCharacters(lines);
  if (refused !== undefined) return { tokens: [], diagnostics: [refused] };
  const counter = new Counter(lines);
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(lines.text)) {
    const offset = parser.offset;
    let stopped: Diagnostic | undefined;
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      stopped ??= counter.token(token);
    }
    stopped ??= counter.lexeme(lexeme, offset, parser.stack);
    if (stopped !== undefined) return { tokens: [], diagnostics: [...counter.diagnostics, stopped] };
  }
  for (const token of parser.end()) {
    tokens.push(token);
    const stopped = counter.token(token);
    if (stopped !== undefined) return { tokens: [], diagnostics: [...counter.diagnostics, stopped] };
  }
  return { tokens: counter.diagnostics.length > 0 ? [] : tokens, diagnostics: counter.diagnostics };
}

/** Characters that YAML 1.2 §5.1 does not allow (the lexer also uses three of them as its own marks). */
function refuseCharacters(lines: Lines): Diagnostic | undefined {
  const { text } = lines;
  if (Buffer.byteLength(text) > limits.fileBytes) return tooLarge(lines, Buffer.byteLength(text));
  const mark = text.indexOf("\uFEFF");
  if (mark === 0) {
    return diagnosticAt(lines.place(0), {
      code: "CX1004",
      message: "the file begins with a byte order mark (U+FEFF)",
      hint: "Save the file as UTF-8 without a byte order mark.",
    });
  }
  const match = /[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]|\r(?!\n)/.exec(text);
  if (match !== null) {
    const isReturn = match[0] === "\r";
    return diagnosticAt(lines.place(match.index), {
      code: "CX1005",
      message: isReturn
        ? "a carriage return without a line feed"
        : `the control character ${codePoint(match[0])} is not allowed in YAML`,
      hint: isReturn
        ? "Save the file with LF or CRLF line ends."
        : "Remove it, or write it as an escape in a double-quoted string where it is allowed.",
    });
  }
  if (!text.isWellFormed()) {
    const at = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(text)?.index ?? 0;
    return diagnosticAt(lines.place(at), {
      code: "CX1016",
      message: "half of a surrogate pair stands alone",
      hint: "Write the whole character, or remove it.",
    });
  }
  return undefined;
}

/** The diagnostic of a file over the size limit, also for callers that did not read it. */
export function tooLarge(lines: Pick<Lines, "place">, sizeBytes: number): Diagnostic {
  return diagnosticAt(lines.place(0), {
    code: "CX1002",
    message: `the file has ${sizeBytes} bytes; at most ${limits.fileBytes} are read`,
    hint: "Split the file; put many consent records into a recordsFile.",
  });
}

export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Counts while the text is lexed, so that a deep or wide structure is refused before it is built. */
class Counter {
  readonly diagnostics: Diagnostic[] = [];
  readonly #lines: Lines;
  #flowDepth = 0;
  #aliases = 0;
  #documents = 0;
  #lexemes = 0;
  #isScalarNext = false;
  #hasVersion = false;

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** A diagnostic when the document just ended is one too many. */
  token(token: CST.Token): Diagnostic | undefined {
    if (token.type !== "document") return undefined;
    this.#hasVersion = false;
    if (++this.#documents <= limits.documents) return undefined;
    return this.#stop("CX1010", token.offset);
  }

  /** A diagnostic when reading must stop here. */
  lexeme(lexeme: string, offset: number, stack: readonly CST.Token[]): Diagnostic | undefined {
    if (++this.#lexemes > limits.lexemes) return this.#stop("CX1024", offset);
    if (this.#isScalarNext) {
      this.#isScalarNext = false;
      return this.#collections(offset, stack);
    }
    switch (lexeme[0]) {
      case "\x1F":
        this.#isScalarNext = true;
        return undefined;
      case "[":
      case "{":
        if (++this.#flowDepth > limits.depth) return this.#stop("CX1007", offset);
        break;
      case "]":
      case "}":
        this.#flowDepth--;
        break;
      case "*":
        if (++this.#aliases > limits.aliases) return this.#stop("CX1009", offset);
        break;
      case "%":
        this.#directive(lexeme, offset);
        break;
      case "\t":
      case " ":
        this.#space(lexeme, offset);
        break;
      case "\uFEFF":
        this.#report("CX1004", offset, "a byte order mark (U+FEFF) stands inside the file", "Remove it.");
        break;
    }
    return this.#collections(offset, stack);
  }

  #collections(offset: number, stack: readonly CST.Token[]): Diagnostic | undefined {
    let depth = 0;
    for (const token of stack) {
      if (token.type === "block-map" || token.type === "block-seq" || token.type === "flow-collection") {
        if (++depth > limits.depth) return this.#stop("CX1007", offset);
        const isMap = token.type === "block-map" || (token.type === "flow-collection" && token.start.source === "{");
        // The last item may still be empty: it is counted once it has a key.
        if (isMap && token.items.length > limits.keysPerMap) {
          const last = token.items.at(-1);
          if (token.items.length > limits.keysPerMap + 1 || last?.key !== undefined)
            return this.#stop("CX1008", offset);
        }
      }
    }
    return undefined;
  }

  #directive(lexeme: string, offset: number): void {
    if (/^%YAML\s+1\.2\s*$/.test(lexeme)) {
      // YAML 1.2 §6.8.1: at most one a document.
      if (this.#hasVersion)
        this.#report("CX1015", offset, "a second %YAML directive for one document", "Remove the line.");
      this.#hasVersion = true;
      return;
    }
    this.#report(
      "CX1015",
      offset,
      `the directive ${JSON.stringify(lexeme.slice(0, 40))} is not supported`,
      "Remove the line: manifests are YAML 1.2 without tag directives.",
    );
  }

  #space(lexeme: string, offset: number): void {
    const tab = lexeme.indexOf("\t");
    if (tab === -1) return;
    this.#report("CX1006", offset + tab, "a tab stands where YAML wants spaces", "Replace the tab by spaces.");
  }

  #report(code: string, offset: number, message: string, hint: string): void {
    if (this.diagnostics.length >= 20) return;
    this.diagnostics.push(diagnosticAt(this.#lines.place(offset), { code, message, hint }));
  }

  #stop(code: keyof typeof stops, offset: number): Diagnostic {
    return diagnosticAt(this.#lines.place(offset), { code, ...stops[code] });
  }
}

const stops = {
  CX1007: {
    message: `the nesting is deeper than ${limits.depth} levels`,
    hint: "Flatten the structure, or close the bracket that was left open.",
  },
  CX1008: {
    message: `a map has more than ${limits.keysPerMap} keys`,
    hint: "Split the map, or move its content into several documents.",
  },
  CX1009: {
    message: `the file has more than ${limits.aliases} aliases`,
    hint: "Write the repeated content out.",
  },
  CX1010: {
    message: `the file has more than ${limits.documents} documents`,
    hint: "Split the file.",
  },
  CX1024: {
    message: `the file has more than ${limits.lexemes} words and signs of YAML`,
    hint: "Split the file; put many consent records into a recordsFile.",
  },
} as const;
