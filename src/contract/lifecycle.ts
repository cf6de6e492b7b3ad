// The four constructors of kinds: by type, each demands the operations of its lifecycle and a policy for every field of the state.
import type { FieldPolicies, MutableKind, OnceKind, RecordsKind, VersionedKind } from "./kind.ts";

type Definition<K, State> = Omit<K, "lifecycle" | "fields" | "normalise"> & {
  /** A field of the state without a policy does not compile. */
  readonly fields: FieldPolicies<State>;
  normalise(subject: { readonly name: string; readonly spec: never }): State;
};

function define<K extends { readonly lifecycle: string }>(lifecycle: K["lifecycle"], definition: object): K {
  return Object.freeze({ ...definition, lifecycle }) as unknown as K;
}

export const versioned = <State>(definition: Definition<VersionedKind, State>): VersionedKind =>
  define<VersionedKind>("versioned", definition);
export const mutable = <State>(definition: Definition<MutableKind, State>): MutableKind =>
  define<MutableKind>("mutable", definition);
export const once = <State>(definition: Definition<OnceKind, State>): OnceKind => define<OnceKind>("once", definition);
export const records = <State>(definition: Definition<RecordsKind, State>): RecordsKind =>
  define<RecordsKind>("records", definition);
