// Every object that a schema describes: the fields in it, and YAML in which an editor can ask about them. It starts no server.
import type { Json, JsonObject } from "../../src/contract/json.ts";

export interface Field {
  readonly name: string;
  readonly description: string;
  /** A value that the schema allows, as JSON, which is YAML. */
  readonly value: string;
}

/** `[]` for an item of a list, `*` for a key of the author's choice. */
export interface Place {
  readonly path: readonly string[];
  /** Where one of several forms is meant, each is a place of its own. */
  readonly fields: readonly Field[];
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function placesOf(schema: JsonObject): readonly Place[] {
  const found: Place[] = [];
  visit(schema, [], schema, found);
  return found;
}

function visit(node: Json | undefined, path: readonly string[], root: JsonObject, found: Place[]): void {
  const schema = resolved(node, root);
  if (schema === undefined) return;
  for (const word of ["oneOf", "anyOf", "allOf"] as const) {
    const branches = schema[word];
    if (Array.isArray(branches)) for (const branch of branches as readonly Json[]) visit(branch, path, root, found);
  }
  visit(schema["then"], path, root, found);
  visit(schema["else"], path, root, found);
  const properties = schema["properties"];
  if (isObject(properties)) {
    const fields = Object.entries(properties).map(([name, property]) => fieldOf(name, property, root));
    // A branch that only narrows the fields of its parent explains nothing anew.
    if (fields.some(({ description }) => description !== "")) found.push({ path, fields });
    for (const [name, property] of Object.entries(properties)) visit(property, [...path, name], root, found);
  }
  visit(schema["items"], [...path, "[]"], root, found);
  visit(schema["additionalProperties"], [...path, "*"], root, found);
}

function resolved(node: Json | undefined, root: JsonObject): JsonObject | undefined {
  if (!isObject(node)) return undefined;
  const reference = node["$ref"];
  if (typeof reference !== "string") return node;
  const { $ref: _, ...own } = node;
  const target = reference
    .replace(/^#\//, "")
    .split("/")
    .reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), root);
  return isObject(target) ? { ...target, ...own } : undefined;
}

function fieldOf(name: string, property: Json, root: JsonObject): Field {
  const schema = resolved(property, root) ?? {};
  return {
    name,
    description: typeof schema["description"] === "string" ? schema["description"] : "",
    value: JSON.stringify(sampleOf(schema, root)),
  };
}

function sampleOf(schema: JsonObject, root: JsonObject): Json {
  const first = (list: Json | undefined): Json | undefined =>
    Array.isArray(list) ? (list as readonly Json[])[0] : undefined;
  const given = schema["const"] ?? first(schema["examples"]) ?? first(schema["enum"]) ?? schema["default"];
  if (given !== undefined) return given;
  const branch = resolved(first(schema["oneOf"] ?? schema["anyOf"]), root);
  if (branch !== undefined) return sampleOf(branch, root);
  const type = Array.isArray(schema["type"]) ? (schema["type"] as readonly Json[])[0] : schema["type"];
  return type === "object" ? {} : type === "array" ? [] : type === "boolean" ? true : type === "string" ? "x" : 1;
}

export interface Asked {
  readonly text: string;
  /** Where the first field of the place stands, or may be typed; lines and characters count from 0. */
  readonly line: number;
  readonly character: number;
}

/** A document that leads to a place and has these lines of fields there; none: an empty line where one may be typed. */
export function documentAt(modeline: string, path: readonly string[], fieldLines: readonly string[]): Asked {
  const lines = [modeline];
  let indent = "";
  let lead = "";
  for (const segment of path) {
    if (segment === "[]") {
      lead = `${indent}- `;
      indent += "  ";
    } else {
      lines.push(`${lead === "" ? indent : lead}${segment === "*" ? "sample" : segment}:`);
      indent += "  ";
      lead = "";
    }
  }
  const line = lines.length;
  const [first = "", ...others] = fieldLines;
  lines.push(`${lead === "" ? indent : lead}${first}`, ...others.map((each) => indent + each));
  return { text: `${lines.join("\n")}\n`, line, character: indent.length };
}
