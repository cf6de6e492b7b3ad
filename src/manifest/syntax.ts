// What the YAML package says of a broken document, in words an author can act on; knows no manifest.
import type { YAMLError } from "yaml";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Lines } from "./lines.ts";
import { diagnosticAt } from "./problem.ts";

const codes: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "CX1006",
  DUPLICATE_KEY: "CX1013",
  TAG_RESOLVE_FAILED: "CX1014",
  BAD_ALIAS: "CX1019",
};

/** The errors of one document: all with a code of their own, and the first of the others (the rest follow from it). */
export function syntaxDiagnostics(errors: readonly YAMLError[], lines: Lines): readonly Diagnostic[] {
  const seen = new Set<string>();
  return errors
    .filter((error) => {
      const key = codes[error.code] === undefined ? "CX1012" : `${error.code} ${error.pos[0]}`;
      return !seen.has(key) && seen.add(key);
    })
    .map((error) => syntaxDiagnostic(error, lines));
}

function syntaxDiagnostic(error: YAMLError, lines: Lines): Diagnostic {
  const place = lines.place(error.pos[0]);
  return diagnosticAt(place, { code: codes[error.code] ?? "CX1012", ...wordsFor(error, lines, place.line) });
}

function wordsFor(error: YAMLError, lines: Lines, line: number): { readonly message: string; readonly hint: string } {
  const text = lines.lineText(line);
  const key = /^[^\s:,{}[\]]{1,60}/.exec(lines.text.slice(error.pos[0]))?.[0] ?? "";
  if (error.code === "DUPLICATE_KEY") {
    return { message: `the key ${JSON.stringify(key)} is there twice`, hint: "Remove one of the two." };
  }
  if (error.code === "TAG_RESOLVE_FAILED") {
    return {
      message: `the tag ${JSON.stringify(key)} is unknown`,
      hint: "Remove the tag; quote the value if it begins with !.",
    };
  }
  if (/(?:^|[:-])\s+\{\{/.test(text)) {
    return {
      message: "an unquoted {{ opens a map in YAML",
      hint: 'Quote the text: "{{1}} …".',
    };
  }
  const begin = error.code === "BAD_SCALAR_START" ? lines.text[error.pos[0]] : undefined;
  if (begin !== undefined) {
    return { message: `unquoted text cannot begin with ${begin} in YAML`, hint: "Quote the text." };
  }
  if (error.code === "BLOCK_AS_IMPLICIT_KEY" || (error.code === "UNEXPECTED_TOKEN" && /: .*: /.test(text))) {
    return {
      message: "a second colon and space on one line begins a map where none can be",
      hint: "Quote the text, or indent the line below its key.",
    };
  }
  return {
    message: lowerFirst(error.message),
    hint: hints[error.code] ?? "Correct the YAML; an editor with a YAML mode shows where it ends.",
  };
}

const hints: Readonly<Record<string, string>> = {
  BAD_INDENT: "Indent the line like its neighbours, with spaces.",
  MISSING_CHAR: "Add the missing character: a closing quote or bracket, or the colon after a key.",
  BAD_DQ_ESCAPE: "Write a backslash as \\\\ in double quotes, or use single quotes.",
  UNEXPECTED_TOKEN: "Quote the text if it holds one of : # { } [ ] , or correct the indentation.",
  MULTIPLE_ANCHORS: "Keep one anchor.",
  MULTIPLE_TAGS: "Keep one tag.",
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}
