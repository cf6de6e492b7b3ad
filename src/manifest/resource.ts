// From one document to a resource: envelope, variables, schema. It knows the list of kinds that it is given, and none by name.
import type { Place, RuleSubject } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Kind } from "../contract/kind.ts";
import type { SourceDocument } from "./document.ts";
import { nearest } from "./nearest.ts";
import { below, humanPath, isObject, segmentsOf } from "./pointer.ts";
import { hasError, type Problem } from "./problem.ts";
import type { Schemas } from "./schema.ts";
import { type Severities, withSeverities } from "./severity.ts";
import { shapedBeside } from "./shape.ts";
import { type Filled, fillVariables } from "./variables.ts";
import { schemaProblems } from "./violation.ts";
import { plainNumber, typeName } from "./wording.ts";

export const apiVersion = "cxform/v1";

export interface Resource {
  readonly document: SourceDocument;
  /** False: read for what others refer to; nothing is reported of it. */
  readonly isSelected: boolean;
  readonly kind?: Kind;
  readonly address?: string;
  readonly name?: string;
  /** What rules judge: every field that they count on is there with its type, in a batch but for the records. */
  readonly subject?: RuleSubject;
  /** Valid as it is written, but for records and, in a batch, unknown fields: its content can be told. */
  readonly isSound: boolean;
  readonly problems: readonly Problem[];
  readonly filled?: Filled;
}

export interface ResourceScope {
  readonly kinds: readonly Kind[];
  readonly schemas: Schemas;
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: string;
  readonly severities: Severities;
}

/** Reads one document. What is wrong with it stands in `problems`. */
export function readResource(document: SourceDocument, isSelected: boolean, scope: ResourceScope): Resource {
  const { value } = document;
  if (!isObject(value)) {
    const message = `a manifest must be a map, but this document is ${typeName(value)}`;
    const hint = "Begin it with apiVersion, kind, metadata and spec.";
    const problem: Problem = { code: "CX2003", severity: "error", pointer: "", message, hint };
    return { document, isSelected, isSound: false, problems: [problem] };
  }
  const envelope = [...apiVersionProblems(value), ...kindProblems(value, scope.kinds)];
  const kind = scope.kinds.find((each) => each.name === value["kind"]);
  if (kind === undefined) return { document, isSelected, isSound: false, problems: envelope };
  const filled = fillVariables(value["spec"] ?? null, "/spec", scope.variables, scope.environment);
  const spec = filled.value;
  const whole: JsonObject = value["spec"] === undefined ? value : { ...value, spec };
  const unfilled = new Set(filled.problems.map((problem) => problem.pointer));
  const check = (each: JsonObject): readonly Problem[] =>
    schemaProblems(each, {
      schemas: scope.schemas,
      slug: kind.slug,
      schemaCodes: kind.schemaCodes,
      written: (pointer) => document.written(pointer),
      isPrivate: (pointer) => isPrivate(kind, pointer),
      // A record is judged alone, with the same codes in a manifest as in a file: checkRecord says what is wrong with it.
    }).filter(({ pointer }) => !isEnvelope(pointer) && !isRecord(kind, spec, pointer));
  const violations = check(whole);
  const metadata = isObject(value["metadata"]) ? value["metadata"] : {};
  const judged = withSeverities(
    violations.filter(({ pointer }) => !unfilled.has(pointer)),
    scope.severities,
    metadata,
    kind,
  );
  const told = [...envelope, ...filled.problems, ...judged];
  const problems = [...told, ...alteredNumbers(document, told, kind)];
  const name = metadata["name"];
  const address = typeof name === "string" && isObject(spec) ? addressOf(kind, name, spec) : undefined;
  const core = { document, isSelected, kind, problems, filled, isSound: false };
  if (address === undefined || typeof name !== "string") return core;
  const mended = shapedBeside(violations, whole, check)?.["spec"];
  if (!isObject(mended)) return { ...core, address, name };
  const subject: RuleSubject = { address, kind: kind.name, name, metadata, spec: mended };
  const isSound =
    !hasError(problems) || (kind.lifecycle === "records" && isReadable(problems) && !hasMoved(spec, mended));
  return { ...core, address, name, subject, isSound };
}

/** Whether what may hold the records stands under another name than it was written. */
function hasMoved(spec: Json, mended: JsonObject): boolean {
  if (!isObject(spec)) return true;
  return Object.entries(mended).some(([key, value]) => !Object.hasOwn(spec, key) && typeof value === "object");
}

/** An unknown field hides no record: the batch's opt-outs can still be told. */
function isReadable(problems: readonly Problem[]): boolean {
  return problems.every((problem) => problem.severity !== "error" || problem.code === "CX2002");
}

function isRecord(kind: Kind, spec: Json, pointer: string): boolean {
  if (kind.lifecycle !== "records" || !isObject(spec)) return false;
  const [first, list, index] = segmentsOf(pointer);
  return first === "spec" && index !== undefined && Array.isArray(spec[list ?? ""]);
}

function isEnvelope(pointer: string): boolean {
  return pointer === "/apiVersion" || pointer === "/kind";
}

function apiVersionProblems(value: JsonObject): readonly Problem[] {
  const given = value["apiVersion"];
  if (given === apiVersion) return [];
  const message =
    given === undefined
      ? "`apiVersion` is missing"
      : `\`apiVersion\` is ${JSON.stringify(given).slice(0, 60)}; this tool reads ${apiVersion}`;
  return [
    { code: "CX2006", severity: "error", pointer: "/apiVersion", message, hint: `Write apiVersion: ${apiVersion}.` },
  ];
}

function kindProblems(value: JsonObject, kinds: readonly Kind[]): readonly Problem[] {
  const given = value["kind"];
  if (kinds.some((kind) => kind.name === given)) return [];
  const names = kinds.map((kind) => kind.name).sort();
  const hint = `Write one of ${names.join(", ")}.`;
  const at = { severity: "error", pointer: "/kind" } as const;
  if (given === undefined) return [{ ...at, code: "CX2001", message: "`kind` is missing", hint }];
  if (typeof given !== "string")
    return [{ ...at, code: "CX2003", message: `\`kind\` must be text, but is ${typeName(given)}`, hint }];
  if (given === "Config") {
    return [
      {
        ...at,
        code: "CX2007",
        message: "a Config stands among the manifests",
        hint: "Keep one config, cxform.yaml, at the root of the project.",
      },
    ];
  }
  const meant = nearest(given, names);
  const message = `the kind ${JSON.stringify(given.slice(0, 60))} is unknown${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  return [{ ...at, code: "CX2007", message, hint: meant === undefined ? hint : `Write kind: ${meant}.` }];
}

/** Consent records and secrets stand in no message and under no caret (RELIABILITY L1, L2). */
export function isPrivate(kind: Kind, pointer: string): boolean {
  const segments = segmentsOf(pointer);
  if (segments.some((segment) => /secret|password|token/i.test(segment))) return true;
  return kind.lifecycle === "records" && segments[0] === "spec" && segments.length >= 3;
}

/** The address; undefined when what it is made of is missing or of another type. */
function addressOf(kind: Kind, name: string, spec: JsonObject): string | undefined {
  let address: string;
  try {
    address = kind.address(name, spec);
  } catch {
    // A kind reads its address from a valid spec; of an invalid one it may find nothing to read.
    return undefined;
  }
  return /undefined|null|\[object/.test(address) && !/undefined|null/.test(name) ? undefined : address;
}

/** RELIABILITY Y3: a long id or a phone number that YAML read as a number, where a number is allowed. */
function alteredNumbers(document: SourceDocument, problems: readonly Problem[], kind: Kind): readonly Problem[] {
  const told = new Set(problems.map((problem) => problem.pointer));
  return document.altered
    .filter(({ written }) => !written.startsWith("+") || /^\+\d{5,}$/.test(written))
    .filter(({ pointer }) => !told.has(pointer) && !isPrivate(kind, pointer))
    .map(({ pointer, written, read }) => ({
      code: "CX1018",
      severity: "error",
      pointer,
      message: `\`${humanPath(pointer)}\` is read as the number ${plainNumber(read)}${written.startsWith("+") ? " and lost its plus" : `, not ${written}`}`,
      hint: `Quote it: "${written}".`,
    }));
}

/** The pointer of the list of records in a manifest. */
export function recordsPointer(spec: JsonObject, inline: readonly Json[]): string {
  const key = Object.keys(spec).find((each) => spec[each] === inline) ?? "records";
  return below("/spec", key);
}

/** Where a problem stands in the file. */
export function placeOf(resource: Resource, problem: Problem): Place {
  if (problem.place !== undefined) return problem.place;
  const { document, filled } = resource;
  if (problem.atKey === true) return document.keyPlace(problem.pointer);
  if (problem.offset === undefined) return document.place(problem.pointer);
  // Variables' own problems are found in the written text, everybody else's in the filled one.
  const isWritten = problem.code === "CX1026" || problem.code === "CX1027";
  const offset = isWritten
    ? problem.offset
    : (filled?.writtenOffset(problem.pointer, problem.offset) ?? problem.offset);
  return document.place(problem.pointer, offset);
}
