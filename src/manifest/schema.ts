// JSON Schemas of the package, compiled when first needed; knows of each only its file name.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { Bug, invariant } from "../base/invariant.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import { isObject } from "./pointer.ts";

/** The package's `schemas` folder: beside `src` in a clone, beside `dist` in the bundle. */
export function packagedSchemasDir(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "schemas", "config.schema.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Bug("the package has lost its schemas folder");
    folder = parent;
  }
  return join(folder, "schemas");
}

const folders = new Map<string, Schemas>();

/** The schemas of a folder, by default the package's: compiled once a process, however often a config or manifests are read. */
export function schemasOf(dir: string | undefined): Schemas {
  const known = folders.get(dir ?? "");
  if (known !== undefined) return known;
  const schemas = new Schemas(dir);
  folders.set(dir ?? "", schemas);
  return schemas;
}

/** What one record of a batch looks like: `$defs/record` of its kind's schema. */
export interface RecordSchema {
  readonly fields: ReadonlyMap<string, { readonly types: readonly string[] }>;
  readonly required: readonly string[];
  validate(record: Json): readonly ErrorObject[];
}

/** The schemas of a folder. Each is read and compiled once, on first use, since start-up counts. */
export class Schemas {
  readonly #dir: string;
  readonly #compiled = new Map<string, ValidateFunction>();
  readonly #sources = new Map<string, JsonObject>();
  readonly #branches = new WeakMap<object, ValidateFunction>();
  #ajv: Ajv2020 | undefined;

  constructor(dir: string = packagedSchemasDir()) {
    this.#dir = dir;
  }

  /** The schema `<slug>.schema.json` as JSON. */
  source(slug: string): JsonObject {
    let source = this.#sources.get(slug);
    if (source === undefined) {
      const parsed: unknown = JSON.parse(readFileSync(join(this.#dir, `${slug}.schema.json`), "utf8"));
      invariant(isObject(parsed), `the schema of ${slug} is no object`);
      source = parsed;
      this.#sources.set(slug, source);
    }
    return source;
  }

  /** Violations of a value; none when it is valid. */
  validate(slug: string, value: Json): readonly ErrorObject[] {
    let compiled = this.#compiled.get(slug);
    if (compiled === undefined) {
      compiled = this.#engine().compile(this.source(slug));
      this.#compiled.set(slug, compiled);
    }
    return compiled(value) ? [] : (compiled.errors ?? []);
  }

  /** Violations of a value against one branch of a oneOf or anyOf in that schema. */
  validateBranch(slug: string, branch: JsonObject | boolean, value: Json): readonly ErrorObject[] {
    if (typeof branch === "boolean") return [];
    let compiled = this.#branches.get(branch);
    if (compiled === undefined) {
      const definitions = this.source(slug)["$defs"];
      // Branches lean on types that their parents state, so strictTypes would refuse them alone.
      const engine = newEngine(false);
      compiled = engine.compile(definitions === undefined ? branch : { ...branch, $defs: definitions });
      this.#branches.set(branch, compiled);
    }
    return compiled(value) ? [] : (compiled.errors ?? []);
  }

  /** The schema of one record, where the kind's schema has `$defs/record`. */
  record(slug: string): RecordSchema | undefined {
    const source = this.source(slug);
    const definitions = source["$defs"];
    const record = isObject(definitions) ? definitions["record"] : undefined;
    if (!isObject(record)) return undefined;
    const properties = isObject(record["properties"]) ? record["properties"] : {};
    const fields = new Map(
      Object.entries(properties).map(([name, field]) => [name, { types: typesOf(field) }] as const),
    );
    const required = Array.isArray(record["required"]) ? (record["required"] as readonly string[]) : [];
    return { fields, required, validate: (value) => this.validateBranch(slug, record, value) };
  }

  #engine(): Ajv2020 {
    this.#ajv ??= newEngine(true);
    return this.#ajv;
  }
}

function newEngine(strictTypes: boolean): Ajv2020 {
  const engine = new Ajv2020({
    allErrors: true,
    ownProperties: true,
    strict: true,
    strictTypes,
    // `oneOf: [{required: [a]}, {required: [b]}]` names fields that its parent defines.
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
    // Schemas are ours and tested; compiling a check of them each run would only cost time.
    validateSchema: false,
  });
  ajvFormats.default(engine);
  return engine;
}

function typesOf(field: Json): readonly string[] {
  const type = isObject(field) ? field["type"] : undefined;
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? (type as readonly string[]) : [];
}
