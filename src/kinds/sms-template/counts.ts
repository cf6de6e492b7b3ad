// The figures of a template's longest message, for `validate --format json`; judges nothing.

import type { JsonObject } from "../../contract/json.ts";
import { countBytes, countCodePoints } from "../_shared/measure.ts";
import { segment } from "../_shared/segments.ts";
import { longestMessage, placeholdersOf, variableOf } from "./longest.ts";
import type { SmsSpec } from "./spec.ts";

/**
 * Characters (code points), bytes (UTF-8), encoding, septets or units, and segments of the longest message, by field.
 * `worstCase` is false where a placeholder has no maxLength, so that the figures are a lower bound.
 */
export function counts(subject: { readonly spec: unknown }): JsonObject {
  const spec = subject.spec as SmsSpec;
  const { text } = longestMessage(spec);
  const { encoding, units, segments } = segment(text);
  const isBounded = placeholdersOf(spec.content).every(({ name }) => variableOf(spec, name)?.maxLength !== undefined);
  return {
    content: {
      characters: countCodePoints(text),
      bytes: countBytes(text),
      encoding,
      ...(encoding === "GSM-7" ? { septets: units } : { units }),
      segments,
      worstCase: isBounded,
    },
  };
}
