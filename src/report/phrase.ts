// Phrases that several renderers share: counts, versions, places. It decides nothing.
import type { Place } from "../contract/diagnostic.ts";
import type { Version } from "../contract/kind.ts";
import { harmless } from "./harmless.ts";

/** `1 step`, `3 steps`; `0 batches` with the plural given. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Versions that count get a v; digital templates' have one already (INTERFACE §5). */
export function versionText(version: Version): string {
  return typeof version === "number" ? `v${version}` : harmless(version);
}

/** `v2 → v3`, `v1`, or nothing. */
export function versionsText(version: { readonly from: Version | null; readonly to: Version | null }): string {
  const { from, to } = version;
  if (to === null) return from === null ? "" : versionText(from);
  return from === null || from === to ? versionText(to) : `${versionText(from)} → ${versionText(to)}`;
}

export function placeText(place: Place): string {
  return `${harmless(place.file)}:${place.line}`;
}

/** An RFC 6901 pointer as people read it: `/buttons/0/text` → `buttons[0].text`. */
export function fieldText(pointer: string): string {
  const parts = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const text = parts.map((part, at) => (/^\d+$/.test(part) ? `[${part}]` : at === 0 ? part : `.${part}`)).join("");
  return harmless(text === "" ? "(all)" : text);
}

/** `12 Nov 2026 09:14 UTC` reads badly in logs that are sorted: times stay ISO, to the second. */
export function timeText(iso: string): string {
  return harmless(iso.replace(/\.\d{3}Z$/, "Z"));
}
