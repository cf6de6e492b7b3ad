// The forms that wrong double braces take, and how an author is told; knows no grammar of names.
import type { BracePair, LooseBraces } from "./braces.ts";

/** One wrong pair or run of braces; offsets and lengths in UTF-16 units. */
export interface PlaceholderError {
  readonly reason: "unclosed" | "unopened" | "empty" | "braces" | "space" | "name";
  /** The text as written, braces included. */
  readonly text: string;
  readonly start: number;
  readonly length: number;
  /** The whole placeholder as it should read, when that can be told. */
  readonly suggestion?: string;
}

/** The error for braces without a partner. */
export function looseError(text: string, loose: LooseBraces): PlaceholderError {
  return {
    reason: loose.side === "open" ? "unclosed" : "unopened",
    text: text.slice(loose.start, loose.start + loose.length),
    start: loose.start,
    length: loose.length,
  };
}

/** The error for a pair whose content is no name; `name` is the nearest one that would be. */
export function pairError(text: string, pair: BracePair, name: string | undefined): PlaceholderError {
  return {
    reason: reasonOf(pair),
    text: text.slice(pair.start, pair.start + pair.length),
    start: pair.start,
    length: pair.length,
    ...(name === undefined ? {} : { suggestion: `{{${name}}}` }),
  };
}

function reasonOf(pair: BracePair): PlaceholderError["reason"] {
  const trimmed = pair.content.trim();
  if (trimmed === "") return "empty";
  if (!pair.isExact) return "braces";
  return trimmed !== pair.content ? "space" : "name";
}

/** lower_case from what people write: `Order-ID`, `firstName`, ` first name `. Whether it is a name is for the grammar to say. */
export function snakeCase(content: string): string {
  return content
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[\s-]+/g, "_");
}

/** What is wrong, in words; `grammar` says how a name is written. */
export function describeError(error: PlaceholderError, grammar: string): { message: string; hint: string } {
  const shown = clip(error.text);
  const fix = error.suggestion === undefined ? undefined : `Write ${error.suggestion}.`;
  switch (error.reason) {
    case "unclosed":
      return {
        message: `${shown} opens a placeholder that is never closed`,
        hint: "Close the placeholder with }}, or delete the braces.",
      };
    case "unopened":
      return {
        message: `${shown} closes a placeholder that was never opened`,
        hint: "Open the placeholder with {{, or delete the braces.",
      };
    case "empty":
      return { message: `${shown} is a placeholder without a name`, hint: `Name the placeholder: ${grammar}.` };
    case "braces":
      return {
        message: `${shown} has more than two braces on one side`,
        hint: fix ?? `Use exactly two braces on either side; a placeholder reads ${grammar}.`,
      };
    case "space":
      return {
        message: `${shown} has spaces inside the braces`,
        hint: fix ?? `Remove the spaces; a placeholder reads ${grammar}.`,
      };
    case "name":
      return { message: `${shown} is not a placeholder: it reads ${grammar}`, hint: fix ?? `Rename it: ${grammar}.` };
  }
}

function clip(text: string): string {
  const oneLine = text.replace(/\s+/g, " ");
  return oneLine.length > 60 ? `${oneLine.slice(0, 40)}…}}` : oneLine;
}
