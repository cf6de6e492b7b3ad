// The form in which rules can still judge a resource that the schema refuses: what is misspelt or misread is put right. It knows no rule.
import type { Json, JsonObject } from "../contract/json.ts";
import { isObject, parentOf, segmentsOf } from "./pointer.ts";
import type { Problem } from "./problem.ts";

/**
 * The value with every field under its name and every text as text, where nothing but values is wrong then; undefined where a
 * field is missing or of another type, because rules count on both. `check` answers what the schema says of a value.
 */
export function shapedBeside(
  problems: readonly Problem[],
  value: JsonObject,
  check: (value: JsonObject) => readonly Problem[],
): JsonObject | undefined {
  const mended = problems.reduce(mend, value);
  const left = mended === value ? problems : check(mended);
  return left.every((problem) => problem.keepsShape === true) ? mended : undefined;
}

/** Whether a finding only follows from what the schema has told of the same field, or of a part of it. */
export function followsFrom(pointer: string, told: readonly Problem[]): boolean {
  const isField = segmentsOf(pointer).length > 1;
  return told.some(({ pointer: own, meant }) =>
    [own, ...(meant !== undefined && "pointer" in meant ? [meant.pointer] : [])].some(
      (each) => isBelow(pointer, each) || (isField && isBelow(each, pointer)),
    ),
  );
}

function isBelow(pointer: string, above: string): boolean {
  return pointer === above || pointer.startsWith(`${above}/`);
}

function mend(whole: JsonObject, { pointer, meant }: Problem): JsonObject {
  if (meant === undefined) return whole;
  const path = segmentsOf(pointer);
  const changed =
    "text" in meant ? withChange(whole, path, () => meant.text) : withMoved(whole, pointer, meant.pointer);
  return isObject(changed) ? changed : whole;
}

/** A member under another name of the same map; nothing is moved over what stands there. */
function withMoved(whole: Json, from: string, to: string): Json {
  const [name, wanted] = [segmentsOf(from).at(-1), segmentsOf(to).at(-1)];
  if (name === undefined || wanted === undefined) return whole;
  return withChange(whole, segmentsOf(parentOf(from)), (map) => {
    if (!isObject(map) || !Object.hasOwn(map, name) || Object.hasOwn(map, wanted)) return map;
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key === name ? wanted : key, value]));
  });
}

function withChange(at: Json, path: readonly string[], change: (value: Json) => Json): Json {
  const [segment, ...rest] = path;
  if (segment === undefined) return change(at);
  if (Array.isArray(at)) {
    return (at as readonly Json[]).map((item, index) =>
      String(index) === segment ? withChange(item, rest, change) : item,
    );
  }
  if (!isObject(at) || !Object.hasOwn(at, segment)) return at;
  return Object.fromEntries(
    Object.entries(at).map(([key, value]) => [key, key === segment ? withChange(value, rest, change) : value]),
  );
}
