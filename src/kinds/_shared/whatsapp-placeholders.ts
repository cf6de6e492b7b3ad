// Meta's placeholders, positional `{{1}}` or named `{{first_name}}`, with their places; errors are values. Knows no manifest.
import { braces } from "./braces.ts";
import { looseError, type PlaceholderError, pairError, snakeCase } from "./placeholder-errors.ts";

/** Offsets and lengths in UTF-16 units, braces included. */
export interface WhatsAppPlaceholder {
  readonly kind: "positional" | "named";
  /** `1` or `first_name`. */
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

export interface WhatsAppText {
  readonly placeholders: readonly WhatsAppPlaceholder[];
  readonly errors: readonly PlaceholderError[];
}

const positional = /^[1-9][0-9]*$/;
const named = /^[a-z_][a-z0-9_]*$/;

/** How a placeholder is written, for messages. */
export const whatsAppGrammar = "{{1}}, {{2}} … or a name in lower case such as {{first_name}}";

/** Every placeholder and every wrong brace of a text, each in order of place. */
export function parseWhatsAppText(text: string): WhatsAppText {
  const { pairs, loose } = braces(text);
  const placeholders: WhatsAppPlaceholder[] = [];
  const errors = loose.map((run) => looseError(text, run));
  for (const pair of pairs) {
    const kind = kindOf(pair.content);
    if (kind === undefined || !pair.isExact) errors.push(pairError(text, pair, nearestName(pair.content)));
    else placeholders.push({ kind, name: pair.content, start: pair.start, length: pair.length });
  }
  return { placeholders, errors: errors.sort((left, right) => left.start - right.start) };
}

function kindOf(content: string): WhatsAppPlaceholder["kind"] | undefined {
  if (positional.test(content)) return "positional";
  return named.test(content) ? "named" : undefined;
}

function nearestName(content: string): string | undefined {
  const trimmed = content.trim();
  if (/^[0-9]+$/.test(trimmed)) return trimmed.replace(/^0+/, "") || "1";
  const name = snakeCase(trimmed).replaceAll(".", "_");
  return named.test(name) ? name : undefined;
}

/** The text with every placeholder, right or wrong, replaced by as many spaces: what Meta sees as its fixed words. */
export function withoutPlaceholders(text: string): string {
  let rest = "";
  let end = 0;
  for (const pair of braces(text).pairs) {
    rest += text.slice(end, pair.start) + " ".repeat(pair.length);
    end = pair.start + pair.length;
  }
  return rest + text.slice(end);
}
