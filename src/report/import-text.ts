// What an import has written and left out, as text. It decides nothing.
import { harmless } from "./harmless.ts";
import { type Paint, plain } from "./paint.ts";
import { count } from "./phrase.ts";

export interface ImportView {
  readonly written: readonly { readonly address: string; readonly file: string }[];
  readonly skipped: readonly { readonly kind: string; readonly object: string; readonly reason: string }[];
}

/** `next` is the command that shows the adoptions. */
export function importText(view: ImportView, next: string, paint: Paint = plain): string {
  const lines = [
    ...view.written.map(({ address, file }) => `${paint("added", "+")} ${harmless(file)}  ${harmless(address)}`),
    ...view.skipped.map(
      ({ kind, object, reason }) => `${paint("faint", "-")} ${harmless(kind)} ${harmless(object)}: ${harmless(reason)}`,
    ),
    `${count(view.written.length, "manifest")} written, ${view.skipped.length} left out.`,
    ...(view.written.length === 0 ? [] : [`Next: ${next} shows what is adopted.`]),
  ];
  return `${lines.join("\n")}\n`;
}
