// What a reader sees of a change (deep-diff) and the RFC 6902 patch that makes the before state the after state (fast-json-patch).
import type { Diff } from "deep-diff";
import deepDiff from "deep-diff";
import jsonPatch from "fast-json-patch";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Change, PatchOperation } from "../contract/plan.ts";

/** One change a path, in the order of the paths. Takes normalised states: arrays are compared by index. */
export function changesBetween(before: JsonObject, after: JsonObject): readonly Change[] {
  const found = (deepDiff.diff(before, after) ?? []).map(changeOf);
  // deep-diff 1.0.2 overlooks an added key that is empty, but not a removed one: seen from the other side nothing is missed.
  const paths = new Set(found.map((change) => change.path));
  const missed = (deepDiff.diff(after, before) ?? [])
    .map(changeOf)
    .filter((change) => !paths.has(change.path))
    .map(({ path, before: is, after: was }): Change => ({ path, before: was, after: is }));
  return [...found, ...missed].sort((left, right) => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0));
}

function changeOf(difference: Diff<unknown>): Change {
  const path = (difference.path ?? []) as readonly (string | number)[];
  switch (difference.kind) {
    case "N":
      return { path: pointer(path), before: null, after: (difference.rhs ?? null) as Json };
    case "D":
      return { path: pointer(path), before: (difference.lhs ?? null) as Json, after: null };
    case "E":
      return { path: pointer(path), before: (difference.lhs ?? null) as Json, after: (difference.rhs ?? null) as Json };
    case "A": {
      const inner = difference.item as { readonly lhs?: Json; readonly rhs?: Json };
      return { path: pointer([...path, difference.index]), before: inner.lhs ?? null, after: inner.rhs ?? null };
    }
  }
}

/** RFC 6901. */
function pointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** RFC 6902 operations; applied to `before` they give `after`. */
export function patchBetween(before: JsonObject, after: JsonObject): readonly PatchOperation[] {
  return jsonPatch.compare(before as object, after as object) as readonly PatchOperation[];
}

/** The state after a patch; `before` is not touched. Throws when the patch does not fit. */
export function patched(before: Json, patch: readonly PatchOperation[]): Json {
  const copy = structuredClone(before) as never;
  return jsonPatch.applyPatch(copy, structuredClone(patch) as never, true, true).newDocument as Json;
}
