// What a sender needs now, as text, as environment variables and as TypeScript. It reads nothing.
import type { Version } from "../contract/kind.ts";
import { harmless, harmlessJson } from "./harmless.ts";
import { timeText, versionText } from "./phrase.ts";
import { columns } from "./table.ts";

export interface ResolvedRow {
  readonly address: string;
  readonly remoteName: string;
  readonly remoteId?: string;
  readonly version: Version;
  readonly parameters: readonly string[];
  readonly since?: string;
  readonly retiring: readonly { readonly version: Version; readonly remoteName: string; readonly at: string }[];
}

export function resolvedText(rows: readonly ResolvedRow[]): string {
  if (rows.length === 0) return "Nothing is active yet.\n";
  return columns(
    ["ADDRESS", "NAME", "VERSION", "ID", "PARAMETERS", "SINCE", "RETIRING"],
    rows.map((row) => [
      harmless(row.address),
      harmless(row.remoteName),
      versionText(row.version),
      harmless(row.remoteId ?? ""),
      harmless(row.parameters.join(", ")),
      row.since === undefined ? "" : timeText(row.since),
      row.retiring
        .map((one) => `${harmless(one.remoteName)} (${versionText(one.version)}) at ${timeText(one.at)}`)
        .join(", "),
    ]),
  );
}

/** `CXFORM_<ADDRESS>_NAME=…`, quoted for a POSIX shell where that is needed. Two addresses with one variable get a number. */
export function resolvedEnv(rows: readonly ResolvedRow[]): string {
  const seen = new Map<string, number>();
  return rows
    .flatMap((row) => {
      const stem = snake(row.address);
      const times = (seen.get(stem) ?? 0) + 1;
      seen.set(stem, times);
      const prefix = `CXFORM_${stem}${times === 1 ? "" : `_${times}`}`;
      return [
        `${prefix}_NAME=${shell(row.remoteName)}`,
        ...(row.remoteId === undefined ? [] : [`${prefix}_ID=${shell(row.remoteId)}`]),
        `${prefix}_VERSION=${shell(String(row.version))}`,
        `${prefix}_PARAMETERS=${shell(row.parameters.join(","))}`,
      ];
    })
    .map((line) => `${line}\n`)
    .join("");
}

function snake(address: string): string {
  return address
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

function shell(value: string): string {
  const text = harmless(value);
  return /^[\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A module of one constant; its types follow from it. */
export function resolvedTypeScript(rows: readonly ResolvedRow[], environment: string): string {
  const entries = rows.map(({ address, ...facts }) => [address, facts] as const);
  return [
    `// What senders use in ${harmless(environment)}; written by cxform resolve --format ts.`,
    `export const templates = ${harmlessJson(Object.fromEntries(entries))} as const;`,
    "",
    "export type TemplateAddress = keyof typeof templates;",
    "",
  ].join("\n");
}
