// Finds, reads and checks cxform.yaml; the only reader of the config. It knows no kind and opens no connection.
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import semver from "semver";
import type { Config, Environment } from "../contract/config.ts";
import type { Diagnostic, Severity } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import { readDocuments, type SourceDocument } from "./document.ts";
import { environmentOf, type FamilyDefaults } from "./environment.ts";
import { isInside, readBytes } from "./files.ts";
import { decodeUtf8, tooLarge } from "./guard.ts";
import { Lines } from "./lines.ts";
import { masked } from "./mask.ts";
import { nearest } from "./nearest.ts";
import { below, humanPath, isObject, segmentsOf, valueAt } from "./pointer.ts";
import { diagnosticAt, hasError, type Problem, sortDiagnostics } from "./problem.ts";
import { type Schemas, schemasOf } from "./schema.ts";
import { sharedPlaces } from "./shared.ts";
import { schemaProblems } from "./violation.ts";

export const configName = "cxform.yaml";

/** The folders of manifests when the config names none. */
const defaultManifests: readonly string[] = ["templates", "webhooks", "sessions", "preferences"];

export interface ConfigQuery {
  /** The file to read; searched for upwards from `cwd` when absent. */
  readonly file?: string;
  /** In place of what the file holds: that of another commit. The file's place counts, whether it is there or not. */
  readonly text?: string;
  readonly cwd: string;
  readonly defaults: FamilyDefaults;
  /** The codes that `rules` may name; those of `fixed` cannot be changed. Absent: any, for who knows no kinds. */
  readonly ruleCodes?: { readonly free: ReadonlySet<string>; readonly fixed: ReadonlySet<string> };
  /** This tool's version, for `requiredVersion`. */
  readonly toolVersion: string;
  /** Another folder of schemas than the package's. */
  readonly schemasDir?: string;
}

export interface LoadedConfig {
  /** Undefined when there is an error. */
  readonly config?: Config;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

/** The nearest cxform.yaml in a folder or above it. */
export function findConfig(startDir: string): string | undefined {
  for (let folder = resolve(startDir); ; folder = dirname(folder)) {
    const file = join(folder, configName);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Reads the config with all defaults of INTERFACE §2. Never throws for what its author did wrong. */
export function loadConfig(query: ConfigQuery): LoadedConfig {
  const file = query.file === undefined ? findConfig(query.cwd) : resolve(query.cwd, query.file);
  const shown = file === undefined ? configName : basename(file);
  const start = { file: shown, line: 1, column: 1 };
  const failed = (diagnostics: readonly Diagnostic[]): LoadedConfig => ({ diagnostics, sources: new Map() });
  if (file !== undefined && query.text !== undefined) return readConfig(file, new Lines(shown, query.text), query);
  if (file === undefined || !existsSync(file)) {
    const message =
      file === undefined ? `there is no ${configName} in this folder or above it` : `${shown} does not exist`;
    return failed([
      diagnosticAt(start, {
        code: "CX8001",
        message,
        hint: "Create cxform.yaml here, or name the file with --config.",
      }),
    ]);
  }
  const { bytes, sizeBytes, problem } = readBytes(file);
  if (sizeBytes !== undefined) return failed([tooLarge({ place: () => start }, sizeBytes)]);
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  if (text === undefined) {
    const message = bytes === undefined ? `${shown} ${problem}` : `${shown} is no UTF-8 text`;
    const code = bytes === undefined ? "CX1001" : "CX1003";
    return failed([diagnosticAt(start, { code, message, hint: "Check the file and its permissions." })]);
  }
  return readConfig(file, new Lines(shown, text), query);
}

function readConfig(file: string, lines: Lines, query: ConfigQuery): LoadedConfig {
  const { documents, diagnostics } = readDocuments(lines);
  const document = documents[0];
  if (hasError(diagnostics))
    return { diagnostics: sortDiagnostics(diagnostics), sources: new Map([[lines.file, lines.text]]) };
  if (document === undefined || documents.length > 1 || !isObject(document.value)) {
    const message = documents.length > 1 ? "the config has more than one document" : "the config is empty or no map";
    const hint = "Write one document with apiVersion, kind: Config and environments.";
    const facts = { code: "CX8003", message, hint };
    return { diagnostics: [diagnosticAt(lines.place(0), facts)], sources: new Map([[lines.file, lines.text]]) };
  }
  const value = withDefaultEnvironments(document.value);
  const problems: Problem[] = [
    ...configProblems(document.value, document, schemasOf(query.schemasDir)),
    ...literalSecrets(value),
  ];
  const told = withoutEchoes(problems);
  let config: Config | undefined;
  if (!hasError(told)) config = build(file, value, document, query, told);
  const placed = told.map((problem) => {
    const place = problem.atKey === true ? document.keyPlace(problem.pointer) : document.place(problem.pointer);
    return diagnosticAt(place, problem);
  });
  const hidden = told
    .filter(({ code, pointer }) => code === "CX8007" || isPrivate(pointer))
    .map(({ pointer }) => ({ document, pointer }));
  return {
    ...(config === undefined || hasError(told) ? {} : { config }),
    diagnostics: sortDiagnostics(placed),
    sources: new Map([[lines.file, masked(lines.text, hidden)]]),
  };
}

function withDefaultEnvironments(value: JsonObject): JsonObject {
  return value["environments"] === undefined ? { ...value, environments: { local: { simulator: {} } } } : value;
}

/** What stands at or below these keys may be a secret that does not belong there. */
function isPrivate(pointer: string): boolean {
  return segmentsOf(pointer).some((segment) => /secret|credential|password|token$|headers/i.test(segment));
}

const codes: Readonly<Record<string, string>> = {
  CX2001: "CX8002",
  CX2002: "CX8004",
  CX2003: "CX8003",
  CX2004: "CX8005",
  CX2005: "CX8006",
};

function configProblems(value: JsonObject, document: SourceDocument, schemas: Schemas): readonly Problem[] {
  const violations = schemaProblems(value, {
    schemas,
    slug: "config",
    schemaCodes: [],
    written: (pointer) => document.written(pointer),
    isPrivate,
  });
  // Without environments there is one, `local` (INTERFACE §2).
  const told = violations.filter(({ code, pointer }) => code !== "CX2001" || pointer !== "/environments");
  return told.map((problem) => ({ ...problem, code: codes[problem.code] ?? "CX8006" }));
}

/** INTERFACE §2: a secret comes from the environment only. The value is in no message. */
function literalSecrets(value: JsonObject): readonly Problem[] {
  const found: Problem[] = [];
  const report = (pointer: string, message: string, hint: string): void => {
    found.push({ code: "CX8007", severity: "error", pointer, message, hint });
  };
  const visit = (each: Json, pointer: string): void => {
    const key = segmentsOf(pointer).at(-1) ?? "";
    const isScalar = typeof each === "string" || typeof each === "number";
    if (isScalar && /^(?:clientId|clientSecret|secret|previousSecret|password|token|apiKey)$/i.test(key)) {
      report(
        pointer,
        `\`${humanPath(pointer)}\` holds a literal where a variable must be named`,
        `Write ${key}: { fromEnv: VARIABLE } and take the value out of the file and its history.`,
      );
    } else if (
      isScalar &&
      pointer.includes("/headers/") &&
      /^(?:authorization|proxy-authorization|cookie|x-api-key)$/i.test(key)
    ) {
      report(
        pointer,
        `the header ${key} would hold a literal secret`,
        "Remove it: cxform sends the credentials itself.",
      );
    } else if (Array.isArray(each)) {
      for (const [at, item] of (each as readonly Json[]).entries()) visit(item, below(pointer, at));
    } else if (isObject(each)) for (const [name, member] of Object.entries(each)) visit(member, below(pointer, name));
  };
  const environments = value["environments"];
  if (isObject(environments)) {
    for (const [name, environment] of Object.entries(environments)) {
      if (!isObject(environment)) continue;
      // Variables and labels are free: a variable may well be called token.
      const { variables: _free, ...rest } = environment;
      visit(rest, below("/environments", name));
    }
  }
  return found;
}

/** One mistake, one problem: a literal secret is also of the wrong type. */
function withoutEchoes(problems: readonly Problem[]): Problem[] {
  const secrets = new Set(problems.filter((problem) => problem.code === "CX8007").map((problem) => problem.pointer));
  return problems.filter((problem) => problem.code === "CX8007" || !secrets.has(problem.pointer));
}

function build(
  file: string,
  value: JsonObject,
  document: SourceDocument,
  query: ConfigQuery,
  problems: Problem[],
): Config {
  const root = dirname(file);
  const names = Object.keys(value["environments"] as JsonObject);
  const manifests =
    manifestPaths(root, value["manifests"], "/manifests", problems) ?? defaultManifests.map((each) => join(root, each));
  const environments: Record<string, Environment> = {};
  for (const name of names) {
    const pointer = below("/environments", name);
    const settings = valueAt(value, pointer) as JsonObject;
    const own = manifestPaths(root, settings["manifests"], below(pointer, "manifests"), problems) ?? manifests;
    const scope = {
      name,
      pointer,
      root,
      document,
      defaults: query.defaults,
      manifests: own,
      others: value["environments"] as JsonObject,
    };
    environments[name] = environmentOf(settings, scope, problems);
  }
  problems.push(...ruleCodeProblems(value["rules"], query.ruleCodes));
  problems.push(...sharedPlaces(environments), ...versionProblems(value["requiredVersion"], query.toolVersion));
  return {
    file,
    root,
    defaultEnvironment: defaultEnvironment(value["defaultEnvironment"], names, problems),
    environments,
    ruleSeverities: (value["rules"] ?? {}) as Readonly<Record<string, Severity | "off">>,
    extraLanguages: (value["extraLanguages"] ?? []) as readonly string[],
    ...(typeof value["requiredVersion"] === "string" ? { requiredVersion: value["requiredVersion"] } : {}),
  };
}

/** A severity for a code that no rule has would be read and ignored. */
function ruleCodeProblems(rules: Json | undefined, codes: ConfigQuery["ruleCodes"]): readonly Problem[] {
  return Object.keys(isObject(rules) ? rules : {}).flatMap((code): readonly Problem[] => {
    if (codes === undefined || codes.free.has(code)) return [];
    const pointer = below("/rules", code);
    if (codes.fixed.has(code)) {
      const message = `the severity of ${code} cannot be changed: rules of consent records are fixed`;
      return [
        {
          code: "CX8024",
          severity: "error",
          pointer,
          atKey: true,
          message,
          hint: "Remove it, and correct the records.",
        },
      ];
    }
    const meant = nearest(code, codes.free);
    const message = `there is no rule ${code}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    return [
      {
        code: "CX8023",
        severity: "error",
        pointer,
        atKey: true,
        message,
        hint: "Name a rule of docs/rules.md, or remove it.",
      },
    ];
  });
}

function manifestPaths(
  root: string,
  given: Json | undefined,
  pointer: string,
  problems: Problem[],
): readonly string[] | undefined {
  if (given === undefined) return undefined;
  return (given as readonly string[]).map((each, at) => {
    const path = resolve(root, each);
    if (!isInside(root, path)) {
      const message = `\`${humanPath(below(pointer, at))}\` leads out of the project`;
      problems.push({
        code: "CX8016",
        severity: "error",
        pointer: below(pointer, at),
        message,
        hint: "Name a path below the folder of cxform.yaml.",
      });
    } else if (!/[*?]/.test(each) && !existsSync(path)) problems.push(...misspelt(path, each, below(pointer, at)));
    return path;
  });
}

/** A folder need not exist (git keeps no empty one); one that is called almost like one that does makes everything look removed. */
function misspelt(path: string, given: string, pointer: string): readonly Problem[] {
  const beside = existsSync(dirname(path)) ? readdirSync(dirname(path)) : [];
  const meant = nearest(basename(path), beside);
  if (meant === undefined) return [];
  const message = `there is no ${given}; did you mean ${meant}?`;
  const hint = `Write ${meant}, or remove the entry: what is declared there would be planned as removed.`;
  return [{ code: "CX8025", severity: "warning", pointer, message, hint }];
}

/** `local` when there is one, the only one otherwise; empty when a command must name it. */
function defaultEnvironment(given: Json | undefined, names: readonly string[], problems: Problem[]): string {
  if (typeof given !== "string")
    return names.includes("local") ? "local" : names.length === 1 ? (names[0] as string) : "";
  if (!names.includes(given)) {
    const meant = nearest(given, names);
    const message = `the default environment ${given} is not among environments${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    const hint = meant === undefined ? `Write one of ${names.join(", ")}.` : `Write ${meant}.`;
    problems.push({ code: "CX8010", severity: "error", pointer: "/defaultEnvironment", message, hint });
  }
  return given;
}

function versionProblems(required: Json | undefined, toolVersion: string): readonly Problem[] {
  if (typeof required !== "string") return [];
  const at = { severity: "error", pointer: "/requiredVersion" } as const;
  if (semver.validRange(required) === null) {
    return [
      {
        ...at,
        code: "CX8009",
        message: `requiredVersion ${JSON.stringify(required)} is no range of versions`,
        hint: "Write a semver range such as '>=0.1'.",
      },
    ];
  }
  if (semver.satisfies(toolVersion, required, { includePrerelease: true })) return [];
  const message = `this is cxform ${toolVersion}; the project wants ${required}`;
  return [{ ...at, code: "CX8008", message, hint: `Install a version of cxform within ${required}.` }];
}

/** The environment that a command works on: the named one, or the default. */
export function chooseEnvironment(
  config: Config,
  name: string | undefined,
): { readonly environment?: Environment; readonly diagnostics: readonly Diagnostic[] } {
  const wanted = name ?? config.defaultEnvironment;
  const environment = Object.hasOwn(config.environments, wanted) ? config.environments[wanted] : undefined;
  if (environment !== undefined) return { environment, diagnostics: [] };
  const names = Object.keys(config.environments);
  const meant = nearest(wanted, names);
  const message =
    wanted === ""
      ? "the config has several environments and no defaultEnvironment"
      : `the environment ${wanted} is unknown${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  const hint = `Name one with --env: ${names.join(", ")}.`;
  const place = { file: basename(config.file), line: 1, column: 1 };
  return { diagnostics: [diagnosticAt(place, { code: "CX8011", message, hint })] };
}
