// The figures of a session's metadata, for `validate --format json`; judges nothing.
import type { JsonObject } from "../../contract/json.ts";
import { countBytes } from "../_shared/measure.ts";
import type { GuestSpec } from "./spec.ts";

/** UTF-8 bytes of the metadata as JSON without blanks, as it is sent. */
export function metadataBytes(metadata: GuestSpec["metadata"]): number {
  return countBytes(JSON.stringify(metadata));
}

/** Keys and bytes of the metadata. */
export function counts(subject: { readonly spec: unknown }): JsonObject {
  const { metadata } = subject.spec as GuestSpec;
  return { metadata: { keys: Object.keys(metadata).length, bytes: metadataBytes(metadata) } };
}
