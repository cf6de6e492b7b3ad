// What is known of one address of a versioned kind when it is decided.
import type { Declared } from "../contract/declared.ts";
import type { Observed, VersionedKind } from "../contract/kind.ts";
import type { PlanInput } from "./input.ts";
import type { KnownVersion, Predecessor } from "./ownership.ts";

export interface VersionedCase {
  readonly kind: VersionedKind;
  readonly input: PlanInput;
  readonly address: string;
  readonly declared: Declared | undefined;
  readonly versions: readonly KnownVersion[];
  /** Versions of the addresses that this one was before: retired once this one is active. */
  readonly predecessors: readonly Predecessor[];
  /** Every observed object of the kind: names that are taken, content that would repeat. */
  readonly objects: readonly Observed[];
  readonly after: readonly string[];
}
