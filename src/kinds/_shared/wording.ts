// Small turns of phrase that messages share; knows no rule.

/** `1 segment`, `2 segments`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A text of the author in double quotes, on one line, cut when it is long. */
export function quoted(text: string): string {
  const characters = [...text.replace(/\s+/g, " ")];
  return characters.length > 60 ? `"${characters.slice(0, 60).join("")}…"` : `"${characters.join("")}"`;
}

/** A list as a sentence holds it: `a, b or c`. */
export function listed(items: readonly string[], conjunction: "and" | "or"): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${conjunction} ${items.at(-1)}`;
}

/** A key as a segment of a JSON pointer (RFC 6901 §3). */
export function pointerSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
