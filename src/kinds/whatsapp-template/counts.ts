// Sizes of a WhatsApp template's texts for `validate --format json` (INTERFACE §5); decides nothing.
import type { JsonObject } from "../../contract/json.ts";
import { countBytes, countCodePoints } from "../_shared/measure.ts";
import { texts } from "./texts.ts";

/** `{body: {characters, bytes}, …}`: code points and UTF-8 bytes by field; a header only when it is a text. */
export function counts(subject: { readonly spec: JsonObject }): JsonObject {
  const sizes = texts(subject.spec).map(({ field, text }) => [
    field,
    { characters: countCodePoints(text), bytes: countBytes(text) },
  ]);
  return Object.fromEntries(sizes);
}
