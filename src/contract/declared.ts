// Resources that passed schema and rules, as plan and apply take them; knows no file format.
import type { Diagnostic, Place, RuleSubject } from "./diagnostic.ts";
import type { JsonObject } from "./json.ts";
import type { Kind, Reference } from "./kind.ts";

/** Counts and digests of a batch's records; the records themselves are streamed again when they are sent. */
export interface RecordsSummary {
  /** Hex SHA-256 over the chunk digests in order. */
  readonly contentDigest: string;
  readonly total: number;
  readonly optIns: number;
  readonly optOuts: number;
  /** Rows with an error: neither sent nor in the counts above. */
  readonly invalid: number;
  readonly chunks: readonly ChunkSummary[];
}

/** At most 100 records of one answer (all opt-outs or all opt-ins), opt-outs first, in file order. */
export interface ChunkSummary {
  readonly digest: string;
  readonly optOut: boolean;
  readonly count: number;
}

export interface Chunk extends ChunkSummary {
  readonly records: readonly JsonObject[];
}

export interface RecordsContent {
  readonly summary: RecordsSummary;
  /** Streams the chunks whose digest `wanted` accepts, opt-outs first. Throws when the source changed since it was summed up. */
  chunks(wanted: (chunk: ChunkSummary) => boolean): AsyncIterable<Chunk>;
}

export interface Declared extends RuleSubject {
  readonly kindDefinition: Kind;
  readonly labels: Readonly<Record<string, string>>;
  readonly renamedFrom?: string;
  /** The normalised state. */
  readonly state: JsonObject;
  readonly references: readonly Reference[];
  readonly source: Place;
  /** The place of a pointer in the manifest, for what CXone says of a field. */
  place(pointer: string): Place;
  readonly records?: RecordsContent;
}

/** Everything that the manifests of an environment say. */
export interface Manifests {
  /** Resources without an error of their own. */
  readonly declared: readonly Declared[];
  /** Batches that have an error, kept for the valid opt-outs in them. */
  readonly damagedBatches: readonly Declared[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every resource that has an address, valid or not. */
  readonly resources: readonly ResourceLine[];
  readonly isValid: boolean;
  /** Source text by file, for the caret under a diagnostic. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface ResourceLine {
  readonly address: string;
  readonly file: string;
  readonly line: number;
  readonly counts?: JsonObject;
}
