// A text with its placeholders filled by examples, for readers of a plan; nothing that looks like a person's is shown.
import { looksPersonal } from "./personal.ts";

/** What stands for an example that looks like somebody's (INTERFACE §5). */
const masked = "(sensitive)";

export function shownExample(example: string): string {
  return looksPersonal(example) === undefined ? example : masked;
}

/** Every `{{name}}` becomes its example; one without an example stays as it is. */
export function filled(text: string, exampleOf: (name: string) => string | undefined): string {
  return text.replace(/\{\{ ?([^{}\s]{1,255}) ?\}\}/g, (placeholder, name: string) => {
    const example = exampleOf(name);
    return example === undefined ? placeholder : shownExample(example);
  });
}
