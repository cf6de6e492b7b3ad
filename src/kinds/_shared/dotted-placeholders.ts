// The placeholders of digital templates, `{{customer.first_name}}`, with their places; errors are values. Knows no manifest.
import { braces } from "./braces.ts";
import { looseError, type PlaceholderError, pairError, snakeCase } from "./placeholder-errors.ts";

/** Offset and length in UTF-16 units, braces included. */
export interface DottedPlaceholder {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

export interface DottedText {
  readonly placeholders: readonly DottedPlaceholder[];
  readonly errors: readonly PlaceholderError[];
}

const dotted = /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*$/;

/** How a placeholder is written, for messages. */
export const dottedGrammar = "lower-case words joined by dots, without spaces, such as {{customer.first_name}}";

/** Whether a text may be the name of a variable. */
export function isDottedName(text: string): boolean {
  return dotted.test(text);
}

/** Every placeholder and every wrong brace of a text, each in order of place. */
export function parseDottedText(text: string): DottedText {
  const { pairs, loose } = braces(text);
  const placeholders: DottedPlaceholder[] = [];
  const errors = loose.map((run) => looseError(text, run));
  for (const pair of pairs) {
    if (pair.isExact && dotted.test(pair.content)) {
      placeholders.push({ name: pair.content, start: pair.start, length: pair.length });
    } else {
      errors.push(pairError(text, pair, nearestDottedName(pair.content)));
    }
  }
  return { placeholders, errors: errors.sort((left, right) => left.start - right.start) };
}

/** The name that was probably meant, when one can be told. */
export function nearestDottedName(content: string): string | undefined {
  const name = content.split(".").map(snakeCase).join(".");
  return dotted.test(name) ? name : undefined;
}
