// What CXone says of a field (`errors[].field` of a 400 or 422), at the place in the manifest that the field came from.
import { CallFailure } from "../base/failure.ts";
import type { Diagnostic } from "../contract/diagnostic.ts";
import type { Kind } from "../contract/kind.ts";
import type { Assignment } from "../plan/input.ts";

/** One diagnostic for each field that CXone refuses; none where the failure names no field or nothing declares the resource. */
export function refusalsOf(error: unknown, assignment: Assignment | undefined): readonly Diagnostic[] {
  const declared = assignment?.declared;
  if (!(error instanceof CallFailure) || assignment === undefined || declared === undefined) return [];
  return (error.call.fieldErrors ?? []).map((fieldError): Diagnostic => {
    const pointer = pointerOf(fieldError.field, assignment.kind);
    return {
      code: error.code,
      severity: "error",
      message: `CXone refuses this: ${fieldError.message}`,
      hint: "Change the manifest as CXone says, then run apply again.",
      ...declared.place(pointer),
      address: declared.address,
      pointer,
    };
  });
}

/** Where a field stands in the manifest, whether CXone names it `/body`, `body` or `contentBlocks[1].content`. */
function pointerOf(field: string, kind: Kind): string {
  const isPointer = field.startsWith("/");
  const path = field.replace(/\[(\w+)\]/g, "/$1");
  const asked = isPointer ? path : `/${path.replaceAll(".", "/")}`;
  // Every kind's own name is its metadata's.
  return asked === "/name" ? "/metadata/name" : (kind.pointerOf?.(asked) ?? "/spec");
}
