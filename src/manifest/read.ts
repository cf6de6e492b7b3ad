// All manifests of an environment: files, documents, schema, rules, records, in one run with all its diagnostics. It names no kind.
import type { Config, Environment } from "../contract/config.ts";
import type { Declared, Manifests, ResourceLine } from "../contract/declared.ts";
import type { Diagnostic, RuleSubject } from "../contract/diagnostic.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Kind } from "../contract/kind.ts";
import { readBatch } from "./batch.ts";
import { readDocuments } from "./document.ts";
import { type FoundFile, findFiles, readBytes } from "./files.ts";
import { decodeUtf8, tooLarge } from "./guard.ts";
import { Lines } from "./lines.ts";
import { masked } from "./mask.ts";
import { below, isObject } from "./pointer.ts";
import { diagnosticAt, hasError, type Problem, sortDiagnostics } from "./problem.ts";
import { AcrossBatches, type SummedUp } from "./records.ts";
import { isPrivate, placeOf, type Resource, readResource } from "./resource.ts";
import { ruleProblems } from "./rules.ts";
import { schemasOf } from "./schema.ts";

export interface ManifestQuery {
  readonly config: Config;
  readonly environment: Environment;
  readonly kinds: readonly Kind[];
  /** Absolute paths or globs that narrow what is reported; all else is read only for references to it. */
  readonly paths?: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** The value of an environment variable that a manifest names. */
  readonly secret: (variable: string) => string | undefined;
  /** True for `validate`: a records file that an unset variable names is a warning then. */
  readonly selectValidateOnly?: boolean;
  /** Another folder of schemas than the package's. */
  readonly schemasDir?: string;
}

/** Reads, checks and sums up. Never throws for what an author did wrong. */
export async function readManifests(query: ManifestQuery): Promise<Manifests> {
  const { config, environment, kinds } = query;
  const schemas = schemasOf(query.schemasDir);
  const found = findFiles({
    root: config.root,
    manifests: environment.manifests,
    except: [config.file],
    ...(query.paths === undefined ? {} : { paths: query.paths }),
  });
  const scope = {
    kinds,
    schemas,
    variables: environment.variables,
    environment: environment.name,
    severities: config.ruleSeverities,
  };
  const read = found.files.map((file) => readFile(file, kinds));
  const resources = read.flatMap(({ file, documents }) =>
    documents.map((document) => readResource(document, file.isSelected, scope)),
  );
  const ruled = ruleProblems(resources, {
    now: query.now,
    secret: query.secret,
    extraLanguages: config.extraLanguages,
    severities: config.ruleSeverities,
  });
  const repeated = repeatedAddresses(resources);
  const across = new AcrossBatches();
  const judged: Judged[] = [];
  for (const resource of resources) {
    if (!resource.isSelected) continue;
    const problems = [...resource.problems, ...(ruled.get(resource) ?? []), ...(repeated.get(resource) ?? [])];
    const { kind, subject } = resource;
    const batch =
      kind?.lifecycle === "records" && subject !== undefined
        ? await readBatch(resource, subject, kind, {
            root: config.root,
            now: query.now,
            environment: query.secret,
            isValidateOnly: query.selectValidateOnly === true,
            schemas,
            across,
          })
        : undefined;
    judged.push(judge(resource, problems, batch));
  }
  const own = read.filter(({ file }) => file.isSelected).flatMap(({ diagnostics }) => diagnostics);
  const diagnostics = sortDiagnostics([...found.diagnostics, ...own, ...judged.flatMap((each) => each.diagnostics)]);
  return {
    declared: judged.flatMap(({ declared, hasErrors }) => (declared === undefined || hasErrors ? [] : [declared])),
    damagedBatches: judged.flatMap(({ declared, hasErrors }) =>
      declared?.records !== undefined && hasErrors ? [declared] : [],
    ),
    diagnostics,
    resources: judged.flatMap(({ line }) => (line === undefined ? [] : [line])),
    isValid: !hasError(diagnostics),
    sources: sourcesOf(read, judged),
  };
}

interface ReadFile {
  readonly file: FoundFile;
  readonly lines?: Lines;
  readonly documents: ReturnType<typeof readDocuments>["documents"];
  readonly diagnostics: readonly Diagnostic[];
  /** False: the text may hold consent records that could not be told apart. */
  readonly isShowable: boolean;
}

function readFile(file: FoundFile, kinds: readonly Kind[]): ReadFile {
  const start = { file: file.file, line: 1, column: 1 };
  const failed = (diagnostic: Diagnostic): ReadFile => ({
    file,
    documents: [],
    diagnostics: [diagnostic],
    isShowable: false,
  });
  const { bytes, sizeBytes, problem } = readBytes(file.path);
  if (sizeBytes !== undefined) return failed(tooLarge({ place: () => start }, sizeBytes));
  if (bytes === undefined) {
    const hint = "Check the file and its permissions.";
    return failed(diagnosticAt(start, { code: "CX1001", message: `${file.file} ${problem}`, hint }));
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    const line = lineOfBadByte(bytes);
    return failed(
      diagnosticAt(
        { ...start, line },
        { code: "CX1003", message: "the file is no UTF-8 text", hint: "Save the file as UTF-8." },
      ),
    );
  }
  const lines = new Lines(file.file, text);
  const { documents, diagnostics } = readDocuments(lines);
  const isBroken = diagnostics.length > 0;
  const mayHoldRecords = kinds.some((kind) => kind.lifecycle === "records" && text.includes(kind.name));
  return { file, lines, documents, diagnostics, isShowable: !(isBroken && mayHoldRecords) };
}

/** The first line that is no UTF-8 by itself. */
function lineOfBadByte(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const stop = end === -1 ? bytes.length : end;
    if (decodeUtf8(bytes.subarray(start, stop)) === undefined) return line;
    start = stop + 1;
  }
  return line;
}

/** CX1028 at every later resource of an address, and at the first when only that one is looked at. */
function repeatedAddresses(resources: readonly Resource[]): ReadonlyMap<Resource, readonly Problem[]> {
  const first = new Map<string, Resource>();
  const problems = new Map<Resource, readonly Problem[]>();
  for (const resource of resources) {
    if (resource.address === undefined) continue;
    const other = first.get(resource.address);
    if (other === undefined) {
      first.set(resource.address, resource);
      continue;
    }
    const [told, elsewhere] = resource.isSelected ? [resource, other] : [other, resource];
    const place = elsewhere.document.place("/metadata/name");
    problems.set(told, [
      {
        code: "CX1028",
        severity: "error",
        pointer: "/metadata/name",
        message: `${resource.address} is declared at ${place.file}:${place.line} already`,
        hint: "Rename one of the two, or remove it.",
      },
    ]);
  }
  return problems;
}

interface Judged {
  readonly resource: Resource;
  readonly diagnostics: readonly Diagnostic[];
  readonly hasErrors: boolean;
  readonly declared?: Declared;
  readonly line?: ResourceLine;
}

function judge(resource: Resource, problems: readonly Problem[], batch: SummedUp | undefined): Judged {
  const { address, subject, kind, document } = resource;
  const diagnostics = [
    ...problems.map((problem) => diagnosticAt(placeOf(resource, problem), { ...problem, address })),
    ...(batch?.diagnostics ?? []),
  ];
  const hasErrors = hasError(diagnostics);
  const isValid = !hasError(resource.problems);
  const start = document.place("");
  const counts = subject !== undefined && isValid ? kind?.counts?.(subject) : undefined;
  const line: ResourceLine | undefined =
    address === undefined
      ? undefined
      : { address, file: document.file, line: start.line, ...(counts === undefined ? {} : { counts }) };
  const isDeclared =
    subject !== undefined && kind !== undefined && (!hasErrors || (resource.isSound && batch?.content !== undefined));
  const declared = isDeclared ? declare(resource, subject, kind, batch) : undefined;
  return {
    resource,
    diagnostics,
    hasErrors,
    ...(declared === undefined ? {} : { declared }),
    ...(line === undefined ? {} : { line }),
  };
}

function declare(resource: Resource, subject: RuleSubject, kind: Kind, batch: SummedUp | undefined): Declared {
  const { metadata } = subject;
  const labels = isObject(metadata["labels"]) ? (metadata["labels"] as Readonly<Record<string, string>>) : {};
  const renamedFrom = metadata["renamedFrom"];
  return {
    ...subject,
    kindDefinition: kind,
    labels,
    ...(typeof renamedFrom === "string" ? { renamedFrom } : {}),
    state: kind.normalise(subject) as JsonObject,
    references: kind.references(subject.spec),
    source: resource.document.place(""),
    place: (pointer) => resource.document.place(pointer),
    ...(batch?.content === undefined ? {} : { records: batch.content }),
  };
}

/** Source texts without consent records and without what stands where a secret should be named. */
function sourcesOf(read: readonly ReadFile[], judged: readonly Judged[]): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const { file, lines, isShowable } of read) {
    if (lines !== undefined && file.isSelected && isShowable) sources.set(file.file, lines.text);
  }
  for (const { resource, diagnostics } of judged) {
    const { document, kind } = resource;
    const text = sources.get(document.file);
    if (text === undefined || kind === undefined) continue;
    const pointers = diagnostics.flatMap(({ pointer }) =>
      pointer !== undefined && isPrivate(kind, pointer) ? [pointer] : [],
    );
    const spec = isObject(document.value) ? document.value["spec"] : undefined;
    if (kind.lifecycle === "records" && isObject(spec)) {
      for (const key of Object.keys(spec)) if (Array.isArray(spec[key])) pointers.push(below("/spec", key));
    }
    if (pointers.length > 0)
      sources.set(
        document.file,
        masked(
          text,
          pointers.map((pointer) => ({ document, pointer })),
        ),
      );
  }
  return sources;
}
