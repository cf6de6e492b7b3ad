// What can be wrong with a file of records, in words; who reads the file finds it and adds line and place.
import { sha256 } from "../../base/digest.ts";
import type { Rule } from "../../contract/diagnostic.ts";
import type { Json, JsonObject } from "../../contract/json.ts";
import type { RecordFinding } from "../../contract/kind.ts";
import { counted, listed } from "../_shared/wording.ts";
import { codes } from "./codes.ts";
import { fileBatch, kim } from "./example.ts";
import { recordFields, requiredFields } from "./spec.ts";

/** Findings about records beyond these are counted and not listed. */
export const listedFindings = 100;

/** A rule that the reader of the file checks; `files` holds the files that its examples name. */
export interface FileRule extends Omit<Rule, "check"> {
  readonly files: Readonly<Record<string, string>>;
}

const row = `{"contactId":"${kim}","channel":"email","optIn":true,"consentTimestamp":"2026-10-11T19:19:17Z"}`;
const good = `${row}\n`;
const torn = `${row}\n${row.slice(0, 40)}\n`;
const goodCsv = `contactId,channel,optIn,consentTimestamp\n${kim},email,true,2026-10-11T19:19:17Z\n`;
const wrongCsv = goodCsv.replace("channel", "chanel");
const right = fileBatch("records/newsletter.ndjson", sha256(good));
const atPath = { line: 8, column: 11 };
const source = "INTERFACE §3 (November 2026)";

export const fileRules: readonly FileRule[] = [
  {
    code: codes.fileOutside,
    title: "A file of records lies in the project folder",
    severity: "error",
    reason:
      "A manifest must not make the tool read what lies elsewhere on the machine. A file that must not enter git is named by an environment variable.",
    source,
    hint: "Move the file into the project, or name it by recordsFile.fromEnv.",
    examples: { wrong: fileBatch("../../exports/newsletter.ndjson", sha256(good)), right, at: atPath },
    files: { "records/newsletter.ndjson": good },
  },
  {
    code: codes.fileDigest,
    title: "The SHA-256 of a file of records is the declared one",
    severity: "error",
    reason: "The checksum ties what was reviewed to what is sent.",
    source,
    hint: "Review the file, then write its SHA-256 into the manifest.",
    examples: { wrong: fileBatch("records/newsletter.ndjson", sha256("")), right, at: { line: 10, column: 13 } },
    files: { "records/newsletter.ndjson": good },
  },
  {
    code: codes.fileColumns,
    title: "A CSV file of records has the documented columns",
    severity: "error",
    reason:
      "The header names the fields of a record; a column that is missing or misspelt would change the answers of people.",
    source,
    hint: "Begin the file with a header of the record's field names.",
    examples: {
      wrong: fileBatch("records/wrong.csv", sha256(wrongCsv), "csv"),
      right: fileBatch("records/right.csv", sha256(goodCsv), "csv"),
      at: { line: 1, column: 1 },
    },
    files: { "records/wrong.csv": wrongCsv, "records/right.csv": goodCsv },
  },
  {
    code: codes.fileLine,
    title: "Every line of a file of records can be read",
    severity: "error",
    reason: "A line that cannot be read may hide an opt-out.",
    source,
    hint: "Write one JSON object a line, or one CSV row with as many fields as the header.",
    examples: { wrong: fileBatch("records/torn.ndjson", sha256(torn)), right, at: { line: 2, column: 1 } },
    files: { "records/newsletter.ndjson": good, "records/torn.ndjson": torn },
  },
  {
    code: codes.fileMissing,
    title: "A file of records can be opened",
    severity: "error",
    reason: "Without the file nobody knows which opt-outs it holds.",
    source,
    hint: "Add the file, or correct its path; it is relative to the manifest.",
    examples: { wrong: fileBatch("records/lost.ndjson", sha256(good)), right, at: atPath },
    files: { "records/newsletter.ndjson": good },
  },
];

const outsideHint = "Move the file into the project folder, or name it by recordsFile.fromEnv.";

/** The path leads out of the project folder, by itself or through a link. */
export function fileOutside(path: string): RecordFinding {
  const message = `the file ${JSON.stringify(path)} is outside of the project folder`;
  return { code: codes.fileOutside, message, hint: outsideHint, pointer: "/spec/recordsFile/path" };
}

/** Both digests in lower-case hexadecimal. */
export function fileDigestDiffers(declared: string, computed: string): RecordFinding {
  return {
    code: codes.fileDigest,
    message: `the file has the SHA-256 ${computed}; the manifest says ${declared}`,
    hint: `Review what changed in the file, then set sha256: ${computed}.`,
    pointer: "/spec/recordsFile/sha256",
  };
}

/** What is wrong with the header of a CSV file, or undefined. Unknown names are counted only: a file without a header has data there. */
export function columnsFinding(header: readonly string[]): RecordFinding | undefined {
  const missing = requiredFields.filter((field) => !header.includes(field));
  const unknown = header.filter((column) => !recordFields.includes(column)).length;
  const repeated = recordFields.filter((field) => header.filter((column) => column === field).length > 1);
  const problems = [
    ...(missing.length > 0 ? [`lacks ${listed(missing, "and")}`] : []),
    ...(unknown > 0 ? [`has ${counted(unknown, "column")} that no record has`] : []),
    ...(repeated.length > 0 ? [`repeats ${listed(repeated, "and")}`] : []),
  ];
  if (problems.length === 0) return undefined;
  return {
    code: codes.fileColumns,
    message: `the header ${listed(problems, "and")}`,
    hint: `Begin the file with a header of ${recordFields.join(",")}; ${listed(requiredFields, "and")} are required.`,
    pointer: "/spec/recordsFile/path",
  };
}

/** A line that cannot be read; `why` must not quote it. */
export function unreadableLine(why: string): RecordFinding {
  return {
    code: codes.fileLine,
    message: `the line cannot be read: ${why}`,
    hint: "Write one JSON object a line, or one CSV row with as many fields as the header.",
    pointer: "/spec/recordsFile/path",
  };
}

/** The file named by `path` or by the variable cannot be opened; `why` such as `no such file`. */
export function fileMissing(
  name: { readonly path: string } | { readonly variable: string },
  why: string,
): RecordFinding {
  const isPath = "path" in name;
  return {
    code: codes.fileMissing,
    message: `the file ${isPath ? JSON.stringify(name.path) : `named by ${name.variable}`} cannot be opened: ${why}`,
    hint: isPath
      ? "Add the file, or correct its path; it is relative to the manifest."
      : `Set ${name.variable} to the path of the file.`,
    pointer: isPath ? "/spec/recordsFile/path" : "/spec/recordsFile/fromEnv",
  };
}

/** The finding in place of those that are not listed. */
export function unlistedFindings(count: number): string {
  return `${counted(count, "more finding")} in this file; the first ${listedFindings} are listed`;
}

/** A CSV row as a record: an empty field is null, optIn becomes true or false, everything else stays text. */
export function csvRecord(header: readonly string[], fields: readonly string[]): JsonObject {
  const entries = header.map((column, index): readonly [string, Json] => {
    const text = fields[index] ?? "";
    if (text === "") return [column, null];
    const isAnswer = column === "optIn" && /^(?:true|false)$/i.test(text);
    return [column, isAnswer ? text.toLowerCase() === "true" : text];
  });
  return Object.fromEntries(entries);
}
