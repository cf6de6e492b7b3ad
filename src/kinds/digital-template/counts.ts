// Sizes of a digital template's blocks for `validate --format json` (INTERFACE §5); decides nothing.
import type { JsonObject } from "../../contract/json.ts";
import { countBytes, countCodePoints } from "../_shared/measure.ts";
import { segment } from "../_shared/segments.ts";
import { composed } from "./message.ts";
import type { DigitalSpec } from "./spec.ts";

/**
 * `{contentBlocks: {<id>: {characters, bytes}}}` in code points and UTF-8 bytes; with sms among the channels also
 * `sms: {encoding, septets | units, segments}` of the composed message, placeholders as written.
 */
export function counts(subject: { readonly spec: JsonObject }): JsonObject {
  const { channels, contentBlocks } = subject.spec as unknown as DigitalSpec;
  const blocks = contentBlocks.map(({ id, content }) => [
    id,
    { characters: countCodePoints(content), bytes: countBytes(content) },
  ]);
  const sizes = { contentBlocks: Object.fromEntries(blocks) as JsonObject };
  if (!channels.includes("sms")) return sizes;
  const { encoding, units, segments } = segment(composed(contentBlocks));
  return { ...sizes, sms: { encoding, [encoding === "GSM-7" ? "septets" : "units"]: units, segments } };
}
