// The risk of a changed text for senders: they fill placeholders by position or name, so a changed set or order breaks them.
import type { Json } from "../../contract/json.ts";

/** The placeholders of every text inside a value, in order of first use. */
export function placeholdersIn(value: Json): readonly string[] {
  const found = new Set<string>();
  const visit = (one: Json): void => {
    if (typeof one === "string")
      for (const match of one.matchAll(/\{\{([^{}]{1,100})\}\}/g)) found.add(match[1] as string);
    else if (Array.isArray(one)) one.forEach(visit);
    else if (typeof one === "object" && one !== null) Object.values(one).forEach(visit);
  };
  visit(value);
  return [...found];
}

/** "senders must change…" when the placeholders differ in set or order; undefined when a sender notices nothing. */
export function placeholderOrder(before: Json, after: Json): string | undefined {
  const left = placeholdersIn(before);
  const right = placeholdersIn(after);
  if (left.length === right.length && left.every((name, index) => name === right[index])) return undefined;
  const show = (names: readonly string[]) =>
    names.length === 0 ? "none" : names.map((name) => `{{${name}}}`).join(" ");
  return `senders must change: placeholders were ${show(left)} and become ${show(right)}`;
}
