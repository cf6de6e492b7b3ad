// What an author is told about a file, and the rules that find it; knows no kind and no renderer.
import type { Json, JsonObject } from "./json.ts";

export type Severity = "error" | "warning";

/** A place in a file; lines and columns count from 1, columns in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** INTERFACE §5. Collected, sorted by place and code, never thrown. */
export interface Diagnostic extends Place {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly address?: string;
  readonly pointer?: string;
  /** How many UTF-16 units of the source line the caret underlines (default 1). */
  readonly length?: number;
}

/** What a rule answers: where in the document's value, not yet where in the file. */
export interface Finding {
  readonly message: string;
  readonly hint: string;
  /** RFC 6901, from the document's root, e.g. `/spec/body`. A missing field may be named: the nearest parent is shown. */
  readonly pointer: string;
  /** UTF-16 index into the string at `pointer`, when the finding is inside the text. */
  readonly offset?: number;
  readonly length?: number;
  /** Only when this clause of the rule has another severity than the rule itself. */
  readonly severity?: Severity;
  /** Where the finding is in a file of records rather than in the manifest. */
  readonly place?: Place;
}

/** A resource as a rule sees it: every field with its type, though a value may be one that the schema refuses; variables filled in. */
export interface RuleSubject<Spec = JsonObject> {
  readonly address: string;
  readonly kind: string;
  readonly name: string;
  readonly metadata: JsonObject;
  readonly spec: Spec;
}

/** A resource that lacks a field or has one of another type, so that no rule judges it: its spec may be anything. */
export interface RefusedResource {
  readonly name: string;
  readonly spec: Json;
}

/** What surrounds the resource under test. Rules are pure: nothing here reads or waits. */
export interface RuleScope {
  /** Every resource of that kind that rules judge, the one under test included. */
  ofKind<Spec = JsonObject>(kind: string): readonly RuleSubject<Spec>[];
  /** The other resources of that kind: what they declare is there, whatever is wrong with them. */
  refused(kind: string): readonly RefusedResource[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** The value of an environment variable that holds a manifest secret, when it is at hand (validate has none). */
  readonly secret: (variable: string) => string | undefined;
  /** Meta languages allowed beside the built-in list, from the config. */
  readonly extraLanguages: readonly string[];
}

export interface RuleExample {
  /** A whole manifest (or several documents); `wrong` gives exactly this rule's code, `right` gives nothing. */
  readonly wrong: string;
  readonly right: string;
  /** Where `wrong` is reported. */
  readonly at: { readonly line: number; readonly column: number };
}

export interface Rule<Spec = JsonObject> {
  /** Permanent: CX3 and three digits. */
  readonly code: string;
  readonly title: string;
  readonly severity: Severity;
  /** Why, in a sentence or two. */
  readonly reason: string;
  /** Where it comes from, with the date on which it was last true. */
  readonly source: string;
  readonly hint: string;
  readonly examples: RuleExample;
  check(subject: RuleSubject<Spec>, scope: RuleScope): Iterable<Finding>;
}

/** A schema violation that bears a rule's CX3 code rather than a CX2 one (INTERFACE §5). */
export interface SchemaCode {
  /** Matches the instance pointer, `*` for one segment: `/spec/category`. */
  readonly pointer: string;
  readonly code: string;
  message(value: Json): string;
  /** One for all values, or the fix of this one. */
  readonly hint: string | ((value: Json) => string);
}
