// JSON pointers (RFC 6901) and how they are shown to people; knows no document.
import type { Json, JsonObject } from "../contract/json.ts";

/** The unescaped segments of a pointer; none for the root. */
export function segmentsOf(pointer: string): readonly string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function escapeSegment(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** A pointer one level deeper. */
export function below(pointer: string, segment: string | number): string {
  return `${pointer}/${escapeSegment(String(segment))}`;
}

/** The pointer of the parent; the root's is the root. */
export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
}

/** `/spec/buttons/0/text` → `spec.buttons[0].text`. */
export function humanPath(pointer: string): string {
  let path = "";
  for (const segment of segmentsOf(pointer)) {
    if (/^\d+$/.test(segment)) path += `[${segment}]`;
    else path += path === "" ? segment : `.${segment}`;
  }
  return path === "" ? "the document" : path;
}

/** The value at a pointer, own members only; undefined where there is none. */
export function valueAt(value: Json | undefined, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const segment of segmentsOf(pointer)) {
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(segment)];
    else if (isObject(at) && Object.hasOwn(at, segment)) at = at[segment];
    else return undefined;
  }
  return at;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a pointer matches a pattern in which `*` stands for one segment. */
export function matchesPointer(pattern: string, pointer: string): boolean {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(pointer);
  return wanted.length === given.length && wanted.every((segment, at) => segment === "*" || segment === given[at]);
}
