// The words for one schema violation: what is wrong, with the value and the limit, and what to write; knows no kind.
import type { ErrorObject } from "ajv/dist/2020.js";
import type { SchemaCode } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import { nearest } from "./nearest.ts";
import { below, humanPath, isObject, matchesPointer } from "./pointer.ts";
import type { Problem } from "./problem.ts";
import type { Schemas } from "./schema.ts";

export interface ViolationScope {
  readonly schemas: Schemas;
  readonly slug: string;
  readonly schemaCodes: readonly SchemaCode[];
  /** How an unquoted scalar was written, when it was. */
  written(pointer: string): string | undefined;
  /** Values below this pointer stand in no message (contact ids, secrets). */
  isPrivate(pointer: string): boolean;
}

/** A field that the schema does not have, and the field that was meant, when one is near. */
export function unknownField(
  error: ErrorObject,
  base: string,
  scope: ViolationScope,
  errors: readonly ErrorObject[],
): { readonly problem: Problem; readonly meant: string | undefined } {
  const name = String(error.params["additionalProperty"]);
  const parent = base + error.instancePath;
  const pointer = below(parent, name);
  const parentSchema = error.parentSchema as JsonObject | undefined;
  const properties = parentSchema?.["properties"];
  const known = isObject(properties) ? Object.keys(properties) : [];
  const given = isObject(error.data) ? error.data : {};
  const missing = errors
    .filter((each) => each.keyword === "required" && each.instancePath === error.instancePath)
    .map((each) => String(each.params["missingProperty"]));
  const free = known.filter((field) => !Object.hasOwn(given, field));
  const meant = nearest(name, missing) ?? nearest(name, free);
  const isShown = !scope.isPrivate(pointer) || /^[A-Za-z_]{1,40}$/.test(name);
  const shown = isShown ? `\`${humanPath(pointer)}\`` : `a field of \`${humanPath(parent)}\``;
  const problem: Problem = {
    code: "CX2002",
    severity: "error",
    pointer,
    atKey: true,
    message: `${shown} is unknown${meant === undefined ? "" : `; did you mean \`${meant}\`?`}`,
    hint: meant === undefined ? removal(known) : `Rename it to ${meant}.`,
    keepsShape: true,
    ...(meant === undefined ? {} : { meant: { pointer: below(parent, meant) } }),
    ...(isShown ? { length: name.length } : {}),
  };
  return { problem, meant };
}

const removal = (known: readonly string[]): string =>
  known.length === 0 ? "Remove it." : `Remove it; known here: ${known.join(", ")}.`;

/** Every other violation of one keyword. */
export function problemOf(error: ErrorObject, pointer: string, scope: ViolationScope): Problem {
  if (error.keyword === "required") {
    const missing = below(pointer, String(error.params["missingProperty"]));
    const parent = pointer === "" ? "" : ` to \`${humanPath(pointer)}\``;
    const hint = `Add \`${error.params["missingProperty"]}\`${parent}.`;
    return {
      code: "CX2001",
      severity: "error",
      pointer: missing,
      message: `\`${humanPath(missing)}\` is missing`,
      hint,
    };
  }
  const data = error.data as Json;
  if (error.keyword === "type") return wrongType(error, pointer, data, scope);
  const own = ownCode(pointer, scope);
  if (own !== undefined) {
    const words = ownWords(own, data);
    return { code: own.code, severity: "error", pointer, ...words, keepsShape: true };
  }
  if (error.keyword === "enum" || error.keyword === "const") return notOneOf(error, pointer, data, scope);
  return { code: "CX2005", severity: "error", pointer, ...otherWords(error, pointer, data), keepsShape: true };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  null: "null",
};

export function typeName(value: Json): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return value ? "true" : "false";
  return typeNames[typeof value] ?? typeof value;
}

/** With the code of the rule that names the field, and its words where YAML did not misread what was written. */
function wrongType(error: ErrorObject, pointer: string, data: Json, scope: ViolationScope): Problem {
  const types = ([] as string[]).concat(error.params["type"] as string | string[]);
  const words = wrongTypeWords(types, pointer, data, scope);
  const own = ownCode(pointer, scope);
  const meant = misreadText(types, pointer, data, scope);
  const at = {
    severity: "error",
    pointer,
    isFixed: true,
    ...(meant === undefined ? {} : { meant: { text: meant } }),
  } as const;
  if (own === undefined) return { ...at, code: "CX2003", ...words };
  const isMisread = /^(?:Quote|Write \S+ without quotes)/.test(words.hint);
  return { ...at, code: own.code, ...(isMisread ? words : ownWords(own, data)) };
}

function ownWords({ message, hint }: SchemaCode, data: Json): { readonly message: string; readonly hint: string } {
  return { message: message(data), hint: typeof hint === "string" ? hint : hint(data) };
}

function ownCode(pointer: string, scope: ViolationScope): SchemaCode | undefined {
  return scope.schemaCodes.find((each) => matchesPointer(each.pointer, pointer));
}

/** How a text was written that YAML reads as a number or as true or false. */
function misreadText(types: readonly string[], pointer: string, data: Json, scope: ViolationScope): string | undefined {
  const isMisread = types.includes("string") && (typeof data === "number" || typeof data === "boolean");
  return isMisread && !scope.isPrivate(pointer) ? scope.written(pointer) : undefined;
}

/** "`spec.body` must be text, but is a number", and how to quote what YAML reads as something else. */
export function wrongTypeWords(
  types: readonly string[],
  pointer: string,
  data: Json,
  scope: ViolationScope,
): { readonly message: string; readonly hint: string } {
  const path = humanPath(pointer);
  const wanted = types.map((type) => typeNames[type] ?? type).join(" or ");
  const misread = misreadText(types, pointer, data, scope);
  if (misread !== undefined) {
    const hint = `Quote it: "${misread}".`;
    if (misread.startsWith("+") && typeof data === "number") {
      return { message: `\`${path}\` is read as the number ${plainNumber(data)} and lost its plus`, hint };
    }
    if (typeof data === "number" && plainNumber(data) !== misread) {
      return {
        message: `\`${path}\` must be ${wanted}, but ${misread} is read as the number ${plainNumber(data)}`,
        hint,
      };
    }
    return { message: `\`${path}\` must be ${wanted}, but ${misread} is read as ${typeName(data)}`, hint };
  }
  const written = scope.written(pointer);
  const isYesNo = types.includes("boolean") && typeof data === "string" && /^(?:y|yes|n|no|on|off)$/i.test(data);
  if (isYesNo && written !== undefined) {
    const meant = /^(?:y|yes|on)$/i.test(data) ? "true" : "false";
    return { message: `\`${path}\` must be ${wanted}, but ${data} is text in YAML 1.2`, hint: `Write ${meant}.` };
  }
  const isNumberText = typeof data === "string" && /^-?\d+(?:\.\d+)?$/.test(data) && !scope.isPrivate(pointer);
  const wantsNumber = types.includes("integer") || types.includes("number");
  const hint = wantsNumber && isNumberText ? `Write ${data} without quotes.` : `Write ${wanted} here.`;
  return { message: `\`${path}\` must be ${wanted}, but is ${typeName(data)}`, hint };
}

/** A number in full digits, as far as it has them. */
export function plainNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value);
}

function notOneOf(error: ErrorObject, pointer: string, data: Json, scope: ViolationScope): Problem {
  const allowed = (
    error.keyword === "const" ? [error.params["allowedValue"]] : error.params["allowedValues"]
  ) as Json[];
  return notAllowed(allowed, pointer, data, scope);
}

/** A value outside a list of allowed ones, with the nearest of them. */
export function notAllowed(allowed: readonly Json[], pointer: string, data: Json, scope: ViolationScope): Problem {
  const words = allowed.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const list = words.length > 12 ? `${words.slice(0, 12).join(", ")}, …` : words.join(", ");
  const given = scope.isPrivate(pointer) ? "has a value that" : `is ${shorten(data)}, which`;
  const meant = typeof data === "string" ? nearest(data, words) : undefined;
  return {
    code: "CX2004",
    severity: "error",
    pointer,
    message: `\`${humanPath(pointer)}\` ${given} is ${words.length === 1 ? `not ${list}` : `not one of ${list}`}`,
    hint: meant !== undefined || words.length === 1 ? `Write ${meant ?? words[0]}.` : `Write one of ${list}.`,
    keepsShape: true,
  };
}

function shorten(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** All other keywords; the value's size is told, never the value. */
function otherWords(
  error: ErrorObject,
  pointer: string,
  data: Json,
): { readonly message: string; readonly hint: string } {
  const path = `\`${humanPath(pointer)}\``;
  const limit = error.params["limit"] as number | undefined;
  switch (error.keyword) {
    case "minLength":
      if (data === "") return { message: `${path} is empty`, hint: "Write a value, or remove the field." };
      return {
        message: `${path} has ${[...String(data)].length} characters; at least ${limit} are needed`,
        hint: "Lengthen it.",
      };
    case "maxLength":
      return {
        message: `${path} has ${[...String(data)].length} characters; at most ${limit} are allowed`,
        hint: "Shorten it.",
      };
    case "minItems":
    case "maxItems":
    case "minProperties":
    case "maxProperties": {
      const count = Array.isArray(data) ? data.length : Object.keys(data ?? {}).length;
      const isMin = error.keyword.startsWith("min");
      const message = `${path} has ${count} ${count === 1 ? "entry" : "entries"}; at ${isMin ? "least" : "most"} ${limit} ${limit === 1 ? "is" : "are"} ${isMin ? "needed" : "allowed"}`;
      return { message, hint: isMin ? "Add entries." : "Remove entries." };
    }
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return {
        message: `${path} is ${data}; it must be ${error.params["comparison"]} ${limit}`,
        hint: "Write a number within the limit.",
      };
    case "uniqueItems":
      return {
        message: `${path} holds an entry twice (${error.params["j"]} and ${error.params["i"]}, from 0)`,
        hint: "Remove one of the two.",
      };
    case "propertyNames":
      return {
        message: `${path} has the key ${JSON.stringify(String(error.params["propertyName"]).slice(0, 60))}, which is no valid name`,
        hint: "Rename the key.",
      };
    case "pattern":
      return { message: `${path} does not have the form ${error.params["pattern"]}`, hint: describe(error) };
    case "format":
      return { message: `${path} is no valid ${error.params["format"]}`, hint: describe(error) };
    default:
      return { message: `${path} ${error.message ?? "is not valid"}`, hint: describe(error) };
  }
}

function describe(error: ErrorObject): string {
  const schema = error.parentSchema as JsonObject | undefined;
  const examples = schema?.["examples"];
  const example = Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined;
  if (typeof example === "string" || typeof example === "number") return `Write it like ${JSON.stringify(example)}.`;
  const description = schema?.["description"];
  return typeof description === "string"
    ? `Correct it: ${description.charAt(0).toLowerCase()}${description.slice(1)}`
    : "Correct the value.";
}
