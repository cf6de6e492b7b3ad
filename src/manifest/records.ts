// A batch's records: one pass that judges and sums them up, and streams of chunks for sending; they never stand in memory together.
import { digest } from "../base/digest.ts";
import { RecordsChanged } from "../base/failure.ts";
import { SeenKeys } from "../base/seen.ts";
import type { Chunk, ChunkSummary, RecordsContent, RecordsSummary } from "../contract/declared.ts";
import type { Diagnostic, Place } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { RecordsKind } from "../contract/kind.ts";
import { diagnosticAt, hasError } from "./problem.ts";
import { NoRegularFile, type Row, type Wanted } from "./rows.ts";
import type { RecordSchema } from "./schema.ts";

/** CXONE-API §7: a call takes at most 100 records. */
const chunkRecords = 100;
/** RULES: at most 100 findings are listed, all are counted. */
const listedFindings = 100;

/** Where a batch's rows come from; may be read several times. */
export interface RowSource {
  /** `ended` is told the SHA-256 of what was read, when there is a file. */
  rows(isWanted: Wanted, ended: (sha256: string) => void): AsyncIterable<readonly Row[]>;
  /** The place of a finding in a row. */
  place(row: Row, pointer: string): Place;
  /** How a row is called: "line 12", "record 3". */
  name(row: Pick<Row, "line">): string;
}

export interface Batch {
  readonly kind: RecordsKind;
  readonly address: string;
  readonly spec: JsonObject;
  readonly now: number;
  readonly source: RowSource;
  readonly schema: RecordSchema | undefined;
  /** The manifest's place, for what concerns the batch as a whole. */
  readonly place: Place;
  /** Declared SHA-256 of the file, with the place where it stands. */
  readonly sha256?: { readonly value: string; readonly place: Place };
  /** Answers of all batches of the run, to find contradictions between two of them. */
  readonly across: AcrossBatches;
}

export interface SummedUp {
  readonly diagnostics: readonly Diagnostic[];
  /** Undefined when the file is not the one that was declared, or cannot be read. */
  readonly content?: RecordsContent;
}

/** Who else said what of a contact, channel and time. */
export class AcrossBatches {
  readonly #seen = new SeenKeys();
  readonly #addresses: string[] = [];

  /** The number of a batch; keep it while the batch is read. */
  enter(address: string): number {
    return this.#addresses.push(address);
  }

  /** The other batch that gives another answer for the same key and time, if one does. */
  contradiction(key: string, isOptOut: boolean, batch: number): string | undefined {
    const before = this.#seen.add(key, batch * 2 + (isOptOut ? 1 : 0));
    if (before === 0 || (before & 1) === (isOptOut ? 1 : 0) || before >>> 1 === batch) return undefined;
    return this.#addresses[(before >>> 1) - 1];
  }
}

/** `again`: a further opt-out of a contact and channel; a call of its own, since no call may name them twice (CXONE-API §7). */
const lanes = { none: 0, optOut: 1, again: 2, optIn: 3 } as const;
type Lane = (typeof lanes)[keyof typeof lanes];

/** The order in which they are sent. */
const laneOrder = [lanes.optOut, lanes.again, lanes.optIn] as const;

const sizeOf = (lane: Lane): number => (lane === lanes.again ? 1 : chunkRecords);

/** Reads every record once: findings, counts and chunk digests. Rows with an error are in no chunk. */
export async function sumUp(batch: Batch): Promise<SummedUp> {
  const judge = new Judge(batch);
  const builders = new Map(laneOrder.map((lane) => [lane as Lane, new ChunkBuilder(lane)]));
  const laneOfRow: Lane[] = [];
  let sha256: string | undefined;
  let isCut = false;
  const blocks = batch.source.rows(
    () => true,
    (hex) => {
      sha256 = hex;
    },
  );
  for await (const rows of blocks) {
    for (const row of rows) {
      if (row.fault?.isFatal === true) isCut = true;
      const judged = judge.judge(row);
      laneOfRow[row.index] = judged?.lane ?? lanes.none;
      if (judged !== undefined) builders.get(judged.lane)?.add(batch.kind.recordContent(judged.normal));
    }
  }
  const changed = sha256 === undefined ? undefined : digestProblem(batch, sha256);
  const diagnostics = [...judge.diagnostics(), ...(changed === undefined ? [] : [changed])];
  if (changed !== undefined) return { diagnostics };
  const chunksOf = new Map([...builders].map(([lane, builder]) => [lane, builder.end()]));
  const summary = summaryOf([...chunksOf.values()].flat(), judge.invalid);
  if (isCut && summary.total === 0) return { diagnostics };
  return { diagnostics, content: new StreamedRecords(batch, summary, chunksOf, Uint8Array.from(laneOfRow), sha256) };
}

function summaryOf(chunks: readonly ChunkSummary[], invalid: number): RecordsSummary {
  const total = (some: readonly ChunkSummary[]): number => some.reduce((sum, chunk) => sum + chunk.count, 0);
  const optOuts = total(chunks.filter((chunk) => chunk.optOut));
  return {
    contentDigest: digest(chunks.map((chunk) => chunk.digest)),
    total: total(chunks),
    optIns: total(chunks) - optOuts,
    optOuts,
    invalid,
    chunks,
  };
}

/** The records of one address that stand in several files; an error elsewhere, but no reason to send the opt-outs of one of them only. */
export function mergeRecords(contents: readonly RecordsContent[]): RecordsContent {
  const chunks = new Map(contents.flatMap(({ summary }) => summary.chunks).map((chunk) => [chunk.digest, chunk]));
  const invalid = contents.reduce((sum, { summary }) => sum + summary.invalid, 0);
  return {
    summary: summaryOf([...chunks.values()], invalid),
    async *chunks(wanted) {
      const given = new Set<string>();
      for (const optOut of [true, false]) {
        for (const content of contents) {
          const fresh = (chunk: ChunkSummary): boolean =>
            chunk.optOut === optOut && !given.has(chunk.digest) && wanted(chunk);
          for await (const chunk of content.chunks(fresh)) {
            given.add(chunk.digest);
            yield chunk;
          }
        }
      }
    },
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function digestProblem(batch: Batch, sha256: string): Diagnostic | undefined {
  if (batch.sha256 === undefined || batch.sha256.value.toLowerCase() === sha256) return undefined;
  return diagnosticAt(batch.sha256.place, {
    code: "CX3616",
    message: `the records file has the SHA-256 ${sha256}, not the declared one`,
    hint: `Review the file and write its sha256: ${sha256}.`,
    address: batch.address,
    pointer: "/spec/recordsFile/sha256",
  });
}

class ChunkBuilder {
  readonly #lane: Lane;
  readonly #chunks: ChunkSummary[] = [];
  #ids: string[] = [];

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  add(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length === sizeOf(this.#lane)) this.#close();
  }

  end(): readonly ChunkSummary[] {
    if (this.#ids.length > 0) this.#close();
    return this.#chunks;
  }

  #close(): void {
    const optOut = this.#lane !== lanes.optIn;
    this.#chunks.push({ digest: digest(this.#ids), optOut, count: this.#ids.length });
    this.#ids = [];
  }
}

interface Judged {
  /** The normalised record. */
  readonly normal: JsonObject;
  readonly lane: Lane;
}

/** Judges rows one by one; remembers who was there already. */
class Judge {
  invalid = 0;
  readonly #batch: Batch;
  readonly #seen = new SeenKeys();
  /** The first opt-out of each contact and channel, with the mark of its time. */
  readonly #optOuts = new SeenKeys();
  /** Further ones, by contact, channel and time. */
  readonly #again = new SeenKeys();
  readonly #number: number;
  readonly #listed: Diagnostic[] = [];
  #hiddenErrors = 0;
  #hiddenWarnings = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
    this.#number = batch.across.enter(batch.address);
  }

  /** Undefined for a record that must not be sent. */
  judge(row: Row): Judged | undefined {
    const record = this.#sound(row);
    if (record === undefined) {
      this.invalid++;
      return undefined;
    }
    const { kind, spec } = this.#batch;
    const normal = kind.normaliseRecord(record, spec);
    const isRepeat = this.#isRepeat(row, kind.recordKey(normal), kind.isOptOut(normal), kind.effectiveAt(normal));
    const lane = kind.isOptOut(normal)
      ? this.#optOutLane(kind.recordKey(normal), kind.effectiveAt(normal))
      : isRepeat
        ? lanes.none
        : lanes.optIn;
    if (lane !== lanes.none) return { normal, lane };
    this.invalid++;
    return undefined;
  }

  /** An opt-out is kept beside whatever it repeats: in doubt = OUT (RELIABILITY I1). Only a second one of the same time is dropped. */
  #optOutLane(key: string, effectiveAt: number): Lane {
    const mark = markOf(effectiveAt);
    const first = this.#optOuts.add(key, mark);
    if (first === 0) return lanes.optOut;
    return first === mark || this.#again.add(`${key} ${effectiveAt}`, 1) !== 0 ? lanes.none : lanes.again;
  }

  diagnostics(): readonly Diagnostic[] {
    const hidden = this.#hiddenErrors + this.#hiddenWarnings;
    if (hidden === 0) return this.#listed;
    const more = diagnosticAt(this.#batch.place, {
      code: "CX3694",
      severity: this.#hiddenErrors > 0 ? "error" : "warning",
      message: `${counted(hidden, "more finding")} in this batch (${counted(this.#hiddenErrors, "error")})`,
      hint: "Correct those that are listed and validate again.",
      address: this.#batch.address,
    });
    return [...this.#listed, more];
  }

  #sound(row: Row): Json | undefined {
    const { kind, spec, now, schema } = this.#batch;
    if (row.fault !== undefined) {
      this.#report(row, { severity: "error", pointer: "", ...row.fault });
      return undefined;
    }
    const record = row.record as Json;
    const findings = kind.checkRecord(record, spec, now);
    for (const finding of findings) this.#report(row, { ...finding, severity: finding.severity ?? "error" });
    if (hasError(findings.map((finding) => ({ severity: finding.severity ?? "error" })))) return undefined;
    const violation = schema?.validate(record)[0];
    if (violation === undefined) return record;
    // The value may be a contact's: ajv's own words hold only the schema's.
    const field = /^\/[A-Za-z]+/.exec(violation.instancePath)?.[0] ?? "";
    const message = `the record${field === "" ? "" : `'s ${field.slice(1)}`} ${violation.message ?? "is not valid"}`;
    const hint = "Write the record as the schema of the batch says.";
    this.#report(row, { code: "CX3620", severity: "error", pointer: field, message, hint });
    return undefined;
  }

  #isRepeat(row: Row, key: string, isOptOut: boolean, effectiveAt: number): boolean {
    const before = this.#seen.add(key, row.line);
    const other = this.#batch.across.contradiction(`${key} ${effectiveAt}`, isOptOut, this.#number);
    if (before !== 0) {
      const message = `the contact and channel were there in ${this.#batch.source.name({ line: before })} already`;
      this.#report(row, { code: "CX3613", severity: "error", pointer: "", message, hint: "Keep the one that holds." });
    } else if (other !== undefined) {
      const message = `${other} gives another answer for the same contact, channel and time`;
      this.#report(row, { code: "CX3614", severity: "error", pointer: "", message, hint: "Keep the one that holds." });
    }
    return before !== 0 || (other !== undefined && !isOptOut);
  }

  #report(
    row: Row,
    finding: {
      code: string;
      severity: "error" | "warning";
      pointer: string;
      message: string;
      hint: string;
      place?: Place;
    },
  ): void {
    if (this.#listed.length >= listedFindings) {
      if (finding.severity === "error") this.#hiddenErrors++;
      else this.#hiddenWarnings++;
      return;
    }
    const place = finding.place ?? this.#batch.source.place(row, finding.pointer);
    const { code, severity, message, hint } = finding;
    this.#listed.push(diagnosticAt(place, { code, severity, message, hint, address: this.#batch.address }));
  }
}

/** A time as a number that fits a slot of SeenKeys; two of one mark are equal, or 49 days apart to the millisecond. */
const markOf = (ms: number): number => (((ms % 0xffff_fffe) + 0xffff_fffe) % 0xffff_fffe) + 1;

class StreamedRecords implements RecordsContent {
  readonly summary: RecordsSummary;
  readonly #batch: Batch;
  readonly #chunksOf: ReadonlyMap<Lane, readonly ChunkSummary[]>;
  readonly #laneOfRow: Uint8Array;
  readonly #sha256: string | undefined;

  constructor(
    batch: Batch,
    summary: RecordsSummary,
    chunksOf: ReadonlyMap<Lane, readonly ChunkSummary[]>,
    laneOfRow: Uint8Array,
    sha256: string | undefined,
  ) {
    this.#batch = batch;
    this.summary = summary;
    this.#chunksOf = chunksOf;
    this.#laneOfRow = laneOfRow;
    this.#sha256 = sha256;
  }

  async *chunks(wanted: (chunk: ChunkSummary) => boolean): AsyncGenerator<Chunk> {
    try {
      for (const lane of laneOrder) yield* this.#lane(lane, wanted);
    } catch (error) {
      throw isOfDisk(error) ? this.#changed(error) : error;
    }
  }

  async *#lane(lane: Lane, wanted: (chunk: ChunkSummary) => boolean): AsyncGenerator<Chunk> {
    const chunks = this.#chunksOf.get(lane) ?? [];
    const isWanted = chunks.map(wanted);
    if (!isWanted.includes(true)) return;
    const { kind, spec, now, source } = this.#batch;
    let position = 0;
    let sha256: string | undefined;
    const select = (index: number): boolean =>
      this.#laneOfRow[index] === lane && isWanted[Math.floor(position++ / sizeOf(lane))] === true;
    let records: JsonObject[] = [];
    let at = isWanted.indexOf(true);
    const blocks = source.rows(select, (hex) => {
      sha256 = hex;
    });
    for await (const rows of blocks) {
      for (const row of rows) {
        if (row.fault?.isFatal !== true && row.index >= this.#laneOfRow.length) throw this.#changed();
        if (row.fault !== undefined && this.#laneOfRow[row.index] === lane) throw this.#changed();
        if (row.record === undefined) continue;
        if (kind.checkRecord(row.record, spec, now).some((finding) => (finding.severity ?? "error") === "error")) {
          throw this.#changed();
        }
        records.push(kind.normaliseRecord(row.record, spec));
        const chunk = chunks[at];
        if (chunk === undefined) throw this.#changed();
        if (records.length < chunk.count) continue;
        // Checked before it is handed out: what was reviewed is what is sent.
        if (digest(records.map((record) => kind.recordContent(record))) !== chunk.digest) throw this.#changed();
        yield { ...chunk, records };
        records = [];
        at = isWanted.indexOf(true, at + 1);
        if (at === -1) at = chunks.length;
      }
    }
    if (at < chunks.length || sha256 !== this.#sha256) throw this.#changed();
  }

  #changed(cause?: unknown): RecordsChanged {
    return new RecordsChanged(`the records of ${this.#batch.address} changed while they were read`, {
      hint: "Leave the file alone while cxform runs, then plan again.",
      cause,
    });
  }
}

/** The file has gone, or is none any more. */
const isOfDisk = (error: unknown): boolean =>
  error instanceof NoRegularFile || (error instanceof Error && "syscall" in error);
