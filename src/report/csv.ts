// Rows as CSV (RFC 4180) that no spreadsheet takes for formulas (RELIABILITY §7 M4). It knows no column's meaning.
import { visible } from "./harmless.ts";

/** Lines end with CR LF. */
export function csv(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(text: string): string {
  const shown = visible(text);
  if (/^[\s]*[=+\-@]|^[\t\r]/.test(shown)) return `"'${shown.replaceAll('"', '""')}"`;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
