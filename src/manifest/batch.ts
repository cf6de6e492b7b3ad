// From a schema-valid batch to its records' source: in the manifest, in a file of the project, or in one that a variable names.
import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Diagnostic, Place, RuleSubject } from "../contract/diagnostic.ts";
import type { Json } from "../contract/json.ts";
import type { RecordsFile, RecordsKind } from "../contract/kind.ts";
import { realInside } from "./files.ts";
import { below } from "./pointer.ts";
import { diagnosticAt } from "./problem.ts";
import { type AcrossBatches, type Batch, type RowSource, type SummedUp, sumUp } from "./records.ts";
import { type Resource, recordsPointer } from "./resource.ts";
import { fileRows, NoRegularFile, type Row } from "./rows.ts";
import type { RecordSchema, Schemas } from "./schema.ts";

export interface BatchQuery {
  readonly root: string;
  readonly now: number;
  readonly environment: (variable: string) => string | undefined;
  /** True: a file that a variable names may be out of reach. */
  readonly isValidateOnly: boolean;
  readonly schemas: Schemas;
  readonly across: AcrossBatches;
}

/** Reads a batch's records once. */
export async function readBatch(
  resource: Resource,
  subject: RuleSubject,
  kind: RecordsKind,
  query: BatchQuery,
): Promise<SummedUp> {
  const { document } = resource;
  const source = kind.source(subject.spec);
  const schema = query.schemas.record(kind.slug);
  const core = {
    kind,
    address: subject.address,
    spec: subject.spec,
    now: query.now,
    schema,
    across: query.across,
  };
  if ("inline" in source) {
    const pointer = recordsPointer(subject.spec, source.inline);
    const batch: Batch = {
      ...core,
      source: inlineRows(resource, source.inline, pointer),
      place: document.place(pointer),
    };
    return await sumUp(batch);
  }
  const pointer = "/spec/recordsFile";
  // A file that is not described as it should be is not looked for.
  if (resource.problems.some((problem) => problem.pointer.startsWith(`${pointer}/`))) return { diagnostics: [] };
  const found = locate(source.file, document.file, query);
  if ("message" in found) {
    const { code, severity, field, message, hint } = found;
    const at = below(pointer, field);
    const facts = { code, severity, message, hint, address: subject.address, pointer: at };
    return { diagnostics: [diagnosticAt(document.place(at), facts)] };
  }
  const rows = rowsOfFile(found.path, found.shown, source.file.format, schema);
  const place = document.place(pointer);
  const sha256 = { value: source.file.sha256, place: document.place(below(pointer, "sha256")) };
  try {
    return await sumUp({ ...core, source: rows, place, sha256 });
  } catch (error) {
    const at = below(pointer, source.file.path === undefined ? "fromEnv" : "path");
    if (error instanceof NoRegularFile) {
      const message = `the records file ${found.shown} is no regular file`;
      const facts = { code: error.code, message, hint: error.hint, address: subject.address, pointer: at };
      return { diagnostics: [diagnosticAt(document.place(at), facts)] };
    }
    const code = (error as NodeJS.ErrnoException).code;
    if (typeof code !== "string" || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return { diagnostics: [unreadable(place, subject.address, `the records file cannot be read (${code})`)] };
  }
}

function unreadable(place: Place, address: string, message: string): Diagnostic {
  return diagnosticAt(place, { code: "CX3619", message, hint: "Correct the path or the file's permissions.", address });
}

function inlineRows(resource: Resource, records: readonly Json[], pointer: string): RowSource {
  return {
    async *rows(isWanted) {
      yield records.map((record, index): Row => ({ index, line: index + 1, ...(isWanted(index) ? { record } : {}) }));
    },
    place: (row, inner) => resource.document.place(below(pointer, row.index) + inner),
    name: (row) => `record ${row.line}`,
  };
}

function rowsOfFile(
  path: string,
  shown: string,
  format: "ndjson" | "csv",
  schema: RecordSchema | undefined,
): RowSource {
  return {
    rows: (isWanted, ended) => fileRows({ path, format, schema }, isWanted, ended),
    place: (row) => ({ file: shown, line: row.line, column: 1 }),
    name: (row) => `line ${row.line}`,
  };
}

interface Located {
  /** The real path. */
  readonly path: string;
  /** As shown to people: relative to the project, or the variable's name. */
  readonly shown: string;
}

interface NotLocated {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly field: "path" | "fromEnv";
  readonly message: string;
  readonly hint: string;
}

function locate(file: RecordsFile, manifest: string, query: BatchQuery): Located | NotLocated {
  if (file.path !== undefined) {
    const folder = join(query.root, dirname(manifest));
    const { real, problem, isOutside } = realInside(query.root, folder, file.path);
    if (real !== undefined) {
      return { path: real, shown: relative(query.root, resolve(folder, file.path)).split(sep).join("/") };
    }
    const hint = "Write a path relative to this manifest and inside the project, or use fromEnv.";
    return {
      code: isOutside === true ? "CX3615" : "CX3619",
      severity: "error",
      field: "path",
      message: `the records file ${file.path} ${problem}`,
      hint,
    };
  }
  const variable = file.fromEnv ?? "";
  const path = query.environment(variable);
  if (path === undefined || path === "") {
    const hint = `Set ${variable} to the path of the records file.`;
    return query.isValidateOnly
      ? {
          code: "CX3695",
          severity: "warning",
          field: "fromEnv",
          message: `${variable} is not set, so the records were not checked`,
          hint,
        }
      : {
          code: "CX8015",
          severity: "error",
          field: "fromEnv",
          message: `the environment variable ${variable} is not set`,
          hint,
        };
  }
  // A relative path is read from the project, wherever the program was started.
  const absolute = resolve(query.root, path);
  if (!existsSync(absolute)) {
    const message = `the file that ${variable} names does not exist`;
    return { code: "CX3619", severity: "error", field: "fromEnv", message, hint: `Correct ${variable}.` };
  }
  return { path: realpathSync(absolute), shown: `$${variable}` };
}
