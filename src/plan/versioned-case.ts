// What is known of one address of a versioned kind when it is decided.
import type { Declared } from "../contract/declared.ts";
import type { Observed, VersionedKind } from "../contract/kind.ts";
import type { PlanInput } from "./input.ts";
import type { KnownVersion } from "./ownership.ts";

export interface VersionedCase {
  readonly kind: VersionedKind;
  readonly input: PlanInput;
  readonly address: string;
  readonly declared: Declared | undefined;
  readonly versions: readonly KnownVersion[];
  /** Versions of the address that `metadata.renamedFrom` names: retired once this one is active. */
  readonly predecessors: readonly { readonly address: string; readonly version: KnownVersion }[];
  /** Every observed object of the kind: names that are taken, content that would repeat. */
  readonly objects: readonly Observed[];
  readonly after: readonly string[];
}
