// The rows of a records file, streamed: NDJSON or CSV; knows the fields of a record and no kind. No fault repeats a value.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { Failure } from "../base/failure.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import { openRegular } from "./files.ts";
import { nearest } from "./nearest.ts";
import { isObject } from "./pointer.ts";
import type { RecordSchema } from "./schema.ts";

const rowBytes = 64 * 1024;
const blockRows = 1000;

export interface Row {
  /** Counts from 0 over all rows that are not blank. */
  readonly index: number;
  /** Line in the file, from 1; the number of the record, from 1, for records in the manifest. */
  readonly line: number;
  /** Undefined for a row with a fault, and for one that was not wanted. */
  readonly record?: Json;
  readonly fault?: Fault;
}

/** Codes of RULES, PreferenceBatch: header and columns, a line that cannot be read, a file that cannot be opened, a record's form. */
const codes = { columns: "CX3617", line: "CX3618", form: "CX3620" } as const;

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** True: nothing after it could be read. */
  readonly isFatal?: boolean;
}

export interface RowsFile {
  readonly path: string;
  readonly format: "ndjson" | "csv";
  readonly schema: RecordSchema | undefined;
}

/** A folder, a device or a pipe stands where the file should be. */
export class NoRegularFile extends Failure {
  readonly code = "CX3619";

  constructor(path: string) {
    super(`${path} is no regular file`, { hint: "Replace it by a regular file." });
  }
}

export type Wanted = (index: number) => boolean;

/** Streams a file in blocks of rows. Rows that `isWanted` refuses are counted and not parsed. `ended` gets the hex SHA-256 of all bytes. */
export async function* fileRows(
  file: RowsFile,
  isWanted: Wanted,
  ended: (sha256: string) => void,
): AsyncGenerator<readonly Row[]> {
  const descriptor = openRegular(file.path);
  if (descriptor === undefined) throw new NoRegularFile(file.path);
  const stream = createReadStream("", { fd: descriptor, highWaterMark: 256 * 1024 });
  const hash = createHash("sha256");
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of stream) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  }
  try {
    const chunks = hashed();
    yield* file.format === "csv" ? csvRows(chunks, file.schema, isWanted) : ndjsonRows(chunks, isWanted);
    // A fault may have stopped the reading early; the digest is over the whole file all the same.
    for await (const _rest of chunks);
    ended(hash.digest("hex"));
  } finally {
    stream.destroy();
  }
}

async function* ndjsonRows(chunks: AsyncIterable<Buffer>, isWanted: Wanted): AsyncGenerator<readonly Row[]> {
  const counter = { index: 0, line: 0 };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of whole(chunks)) {
    const joined = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = joined.lastIndexOf(10);
    rest = joined.subarray(end + 1);
    if (end !== -1) yield linesOf(joined.subarray(0, end), counter, isWanted);
    if (rest.length > rowBytes) {
      yield [{ index: counter.index, line: counter.line + 1, fault: tooLong }];
      return;
    }
  }
  if (rest.length > 0) yield linesOf(rest, counter, isWanted);
}

/** The same chunks, without closing their source when the reader stops early. */
function whole(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) };
}

const tooLong: Fault = {
  code: codes.line,
  message: `the line is longer than ${rowBytes} bytes`,
  hint: "Write one record a line.",
  isFatal: true,
};

const notUtf8: Fault = { code: codes.line, message: "the line is no UTF-8 text", hint: "Save the file as UTF-8." };

function linesOf(bytes: Buffer, counter: { index: number; line: number }, isWanted: Wanted): readonly Row[] {
  const rows: Row[] = [];
  for (const raw of bytes.toString("utf8").split("\n")) {
    const line = ++counter.line;
    const text = (line === 1 ? raw.replace(/^\uFEFF/, "") : raw).trim();
    if (text === "") continue;
    const index = counter.index++;
    if (!isWanted(index)) rows.push({ index, line });
    else if (text.length > rowBytes) rows.push({ index, line, fault: { ...tooLong, isFatal: false } });
    else if (text.includes("\uFFFD")) rows.push({ index, line, fault: notUtf8 });
    else rows.push({ index, line, ...parseLine(text) });
  }
  return rows;
}

function parseLine(text: string): { readonly record: Json } | { readonly fault: Fault } {
  let record: Json;
  try {
    record = JSON.parse(text) as Json;
  } catch {
    return {
      fault: { code: codes.line, message: "the line is no JSON", hint: "Write one record a line as a JSON object." },
    };
  }
  if (!isObject(record)) {
    return {
      fault: {
        code: codes.line,
        message: "the line is no JSON object",
        hint: "Write one record a line as a JSON object.",
      },
    };
  }
  // JSON.parse lets the last of two equal keys win: an opt-out could be lost that way.
  const keys = text.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g)?.filter((word) => word.endsWith(":")).length ?? 0;
  if (keys !== Object.keys(record).length) {
    return {
      fault: {
        code: codes.form,
        message: "the record has a field twice, or a field within a field",
        hint: "Write each field once, with a plain value.",
      },
    };
  }
  return { record };
}

async function* csvRows(
  chunks: AsyncIterable<Buffer>,
  schema: RecordSchema | undefined,
  isWanted: Wanted,
): AsyncGenerator<readonly Row[]> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: rowBytes,
  });
  // Errors of either end arrive at the parser, whose iteration throws them.
  pipeline(whole(chunks), parser, () => undefined);
  let header: readonly string[] | undefined;
  let index = 0;
  let block: Row[] = [];
  // csv-parse takes a \r\n inside quotes for two line breaks.
  let miscounted = 0;
  let lastLine = 0;
  try {
    for await (const item of parser) {
      const { record: cells, info } = item as {
        readonly record: readonly string[];
        readonly info: { readonly lines: number };
      };
      miscounted += breaksIn(cells, /\r\n/g);
      lastLine = info.lines - miscounted;
      const line = lastLine - breaksIn(cells, /\r\n|\n|\r/g);
      if (header === undefined) {
        const fault = headerFault(cells, schema);
        if (fault !== undefined) {
          yield [{ index: 0, line, fault }];
          return;
        }
        header = cells;
        continue;
      }
      const at = index++;
      block.push(isWanted(at) ? { index: at, line, ...csvRecord(header, cells, schema) } : { index: at, line });
      if (block.length >= blockRows) {
        yield block;
        block = [];
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // A quote that is never closed is noticed far behind; it stands in the row after the last that was read.
    const isOpen = error.code === "CSV_QUOTE_NOT_CLOSED" || error.code === "CSV_MAX_RECORD_SIZE";
    const line = isOpen ? lastLine + 1 : Number((error as { lines?: unknown }).lines ?? 1) - miscounted;
    const fault = {
      code: codes.line,
      message: `the CSV cannot be read from here on (${error.code})`,
      hint: "Correct the quotes of this row.",
      isFatal: true,
    };
    block.push({ index, line, fault });
  }
  if (header === undefined && block.length === 0) {
    yield [
      {
        index: 0,
        line: 1,
        fault: {
          code: codes.columns,
          message: "the CSV has no header",
          hint: "Write the record's field names in the first row.",
          isFatal: true,
        },
      },
    ];
  } else yield block;
}

function breaksIn(cells: readonly string[], lineBreak: RegExp): number {
  return cells.reduce((sum, cell) => sum + (cell.match(lineBreak)?.length ?? 0), 0);
}

function headerFault(header: readonly string[], schema: RecordSchema | undefined): Fault | undefined {
  if (schema === undefined) return undefined;
  const known = [...schema.fields.keys()];
  const hint = `Use the record's field names: ${known.join(", ")}.`;
  const fatal = (message: string): Fault => ({ code: codes.columns, message, hint, isFatal: true });
  for (const [at, name] of header.entries()) {
    if (header.indexOf(name) !== at) return fatal(`column ${at + 1} repeats column ${header.indexOf(name) + 1}`);
    if (schema.fields.has(name)) continue;
    const meant = nearest(name, known);
    return fatal(`column ${at + 1} is no field of a record${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  const missing = schema.required.filter((name) => !header.includes(name));
  return missing.length === 0 ? undefined : fatal(`the header lacks ${missing.join(", ")}`);
}

function csvRecord(
  header: readonly string[],
  cells: readonly string[],
  schema: RecordSchema | undefined,
): { readonly record: Json } | { readonly fault: Fault } {
  if (cells.length !== header.length) {
    return {
      fault: {
        code: codes.line,
        message: `the row has ${cells.length} columns; the header has ${header.length}`,
        hint: "Write every column, an empty one for null.",
      },
    };
  }
  if (cells.some((cell) => cell.includes("\uFFFD"))) return { fault: notUtf8 };
  const record: Record<string, Json> = {};
  for (const [at, name] of header.entries()) {
    const cell = cells[at] as string;
    const types = schema?.fields.get(name)?.types ?? [];
    if (cell === "") {
      // An empty cell of a field that cannot be null is a field that is not there.
      if (types.length === 0 || types.includes("null")) record[name] = null;
    } else if (types.includes("boolean") && /^(?:true|false)$/i.test(cell))
      record[name] = cell.toLowerCase() === "true";
    else record[name] = cell;
  }
  return { record: record as JsonObject };
}
