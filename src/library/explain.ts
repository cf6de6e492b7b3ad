// Looks up what a code, a kind or a field means: in the rules, the tables of codes and the JSON Schemas.
import type { Rule } from "../contract/diagnostic.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { FieldPolicy } from "../contract/kind.ts";
import { kinds } from "../kinds/kinds.ts";
import { fileRules } from "../kinds/preference-batch/records-file.ts";
import { recordRules } from "../kinds/preference-batch/rules.ts";
import { manifestCodes } from "../manifest/codes.ts";
import { nearest } from "../manifest/nearest.ts";
import { isObject } from "../manifest/pointer.ts";
import { Schemas } from "../manifest/schema.ts";
import { knownCodes } from "../report/codes.ts";
import type { CodeExplanation, Explanation, FieldExplanation } from "../report/explanation-text.ts";
import { NotFound } from "./address-query.ts";

/** Explains `CX3201`, `SmsTemplate`, `SmsTemplate.fromAddress` or `Config.environments`. Throws NotFound with a suggestion. */
export function explain(topic: string): Explanation {
  if (/^CX\d/i.test(topic)) return explainCode(topic.toUpperCase());
  const [name = "", ...path] = topic.split(".");
  const names = [...kinds.map((kind) => kind.name), "Config"];
  const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw unknown(`there is no kind ${name}`, nearest(name, names), names);
  return explainField(known, path);
}

/** Every code that is documented, sorted. */
export function everyCode(): readonly CodeExplanation[] {
  const rules = kinds.flatMap((kind) => kind.rules.map((rule) => ofRule(rule, kind.name)));
  const records = [...recordRules, ...fileRules].map((rule) => ofRule(rule, "PreferenceBatch"));
  const schema = kinds.flatMap((kind) =>
    kind.schemaCodes.map(
      ({ code, pointer, hint }): CodeExplanation => ({
        is: "code",
        code,
        title: `${pointer} is not as the schema says`,
        kind: kind.name,
        reason: "The value is none that CXone accepts here.",
        hint: typeof hint === "string" ? hint : hint(null),
      }),
    ),
  );
  const manifest = manifestCodes.map(
    ({ code, title, explanation, hint }): CodeExplanation => ({ is: "code", code, title, reason: explanation, hint }),
  );
  const outside = knownCodes.map((one): CodeExplanation => ({ is: "code", ...one }));
  const byCode = new Map<string, CodeExplanation>();
  // A rule says more than the line of a table, and a table more than a schema's code.
  for (const one of [...rules, ...records, ...manifest, ...outside, ...schema])
    if (!byCode.has(one.code)) byCode.set(one.code, one);
  return [...byCode.values()].sort((left, right) => (left.code < right.code ? -1 : 1));
}

function ofRule(
  {
    code,
    title,
    severity,
    reason,
    source,
    hint,
    examples,
  }: Omit<Rule, "check"> | Omit<(typeof recordRules)[number], "check">,
  kind: string,
): CodeExplanation {
  return {
    is: "code",
    code,
    title,
    severity,
    kind,
    reason,
    source,
    hint,
    wrong: examples.wrong,
    right: examples.right,
  };
}

function explainCode(code: string): CodeExplanation {
  const all = everyCode();
  const found = all.find((one) => one.code === code);
  if (found === undefined)
    throw unknown(
      `there is no code ${code}`,
      nearest(
        code,
        all.map((one) => one.code),
      ),
      [],
    );
  return found;
}

function unknown(message: string, meant: string | undefined, names: readonly string[]): NotFound {
  const hint =
    meant === undefined
      ? names.length === 0
        ? "Copy the code from the message that shows it."
        : `Name one of ${names.join(", ")}.`
      : `Did you mean ${meant}?`;
  return new NotFound("CX4062", message, hint);
}

/** The schema of a kind, or of the config. Throws NotFound. */
export function schemaOf(name: string): JsonObject {
  const names = [...kinds.map((kind) => kind.name), "Config"];
  const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw unknown(`there is no kind ${name}`, nearest(name, names), names);
  return new Schemas().source(kinds.find((kind) => kind.name === known)?.slug ?? "config");
}

/** One schema that takes a manifest of any kind. */
export function schemaOfAll(): JsonObject {
  const sources = kinds.map((kind) => [kind.name, schemaOf(kind.name)] as const);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://cxform.dev/schemas/manifest.schema.json",
    title: "A manifest of cxform, of any kind",
    oneOf: sources.map(([name]) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(sources),
  };
}

function explainField(name: string, path: readonly string[]): FieldExplanation {
  const kind = kinds.find((one) => one.name === name);
  const root = schemaOf(name);
  const inSpec =
    path[0] === "spec" || path[0] === "metadata" || kind === undefined
      ? path
      : path.length === 0
        ? []
        : ["spec", ...path];
  let node: JsonObject = root;
  let isRequired: boolean | undefined;
  for (const [at, segment] of inSpec.entries()) {
    const members = membersOf(node, root);
    const next = members.get(segment);
    if (next === undefined) {
      const names = [...members.keys()];
      const meant = nearest(segment, names);
      const place = [name, ...inSpec.slice(0, at)].join(".").replace(".spec", "");
      throw unknown(
        `${place} has no field ${segment}`,
        meant === undefined ? undefined : `${place}.${meant}`,
        names.length === 0 ? [place] : names,
      );
    }
    isRequired = requiredOf(node, root).has(segment);
    node = next;
  }
  const shown = path.length === 0 && kind !== undefined ? (membersOf(root, root).get("spec") ?? root) : node;
  const field = inSpec[0] === "spec" ? inSpec[1] : undefined;
  const policy = field === undefined || inSpec.length !== 2 ? undefined : kind?.fields[field];
  const required = requiredOf(shown, root);
  const allowed = allowedOf(resolved(node, root));
  return {
    is: "field",
    path: [name, ...path].join("."),
    description: textOf(resolved(node, root)["description"]) || textOf(node["description"]),
    type: typeOf(resolved(node, root)),
    ...(isRequired === undefined ? {} : { isRequired }),
    ...(allowed === undefined ? {} : { allowed }),
    examples: examplesOf(node, root),
    ...(policy === undefined ? {} : { change: changeWords(policy) }),
    ...(path.length === 0 && kind !== undefined ? { folder: kind.folder } : {}),
    fields: [...membersOf(shown, root)].map(([member, schema]) => ({
      name: member,
      isRequired: required.has(member),
      description: textOf(schema["description"]) || textOf(resolved(schema, root)["description"]),
    })),
    rules:
      path.length === 0 && kind !== undefined
        ? everyCode()
            .filter((code) => code.kind === name)
            .map(({ code, title }) => ({ code, title }))
        : [],
  };
}

const changes: Readonly<Record<FieldPolicy["change"], string>> = {
  newVersion:
    "a new version is submitted; the one before stays active until the new one is, and retireAfter has passed",
  update: "the object is updated in place",
  forbid: "it is refused",
  ignore: "nothing is done",
};

function changeWords(policy: FieldPolicy): string {
  const why = policy.change === "forbid" || policy.change === "ignore" ? `: ${policy.why}` : "";
  return `${changes[policy.change]}${why}${policy.setBy === "cxone" ? "; CXone may also change it by itself" : ""}`;
}

/** A schema node with its reference into the same file followed. */
function resolved(node: JsonObject, root: JsonObject): JsonObject {
  const reference = node["$ref"];
  if (typeof reference !== "string" || !reference.startsWith("#/")) return node;
  let found: Json | undefined = root;
  for (const segment of reference.slice(2).split("/")) found = isObject(found) ? found[segment] : undefined;
  return isObject(found)
    ? { ...resolved(found, root), ...(node["description"] === undefined ? {} : { description: node["description"] }) }
    : node;
}

/** The fields below a node: its own, its branches', and those of a list's items or a map's values. */
function membersOf(node: JsonObject, root: JsonObject): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  const one = resolved(node, root);
  const properties = one["properties"];
  for (const [name, member] of Object.entries(isObject(properties) ? properties : {}))
    if (isObject(member)) found.set(name, member);
  const branches = ["oneOf", "anyOf", "allOf"].flatMap((key) =>
    Array.isArray(one[key]) ? (one[key] as readonly Json[]) : [],
  );
  for (const below of [...branches, one["items"], one["additionalProperties"]]) {
    if (!isObject(below)) continue;
    for (const [name, member] of membersOf(below, root)) if (!found.has(name)) found.set(name, member);
  }
  return found;
}

function requiredOf(node: JsonObject, root: JsonObject): ReadonlySet<string> {
  const required = resolved(node, root)["required"];
  return new Set(Array.isArray(required) ? (required as readonly string[]) : []);
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function typeOf(node: JsonObject): string {
  const { type } = node;
  if (typeof type === "string") return type;
  if (Array.isArray(type)) return type.join(" or ");
  const branches = (["oneOf", "anyOf"] as const).flatMap((key) =>
    Array.isArray(node[key]) ? (node[key] as readonly Json[]) : [],
  );
  const types = [
    ...new Set(
      branches.flatMap((branch) => (isObject(branch) && typeof branch["type"] === "string" ? [branch["type"]] : [])),
    ),
  ];
  return types.length > 0 ? types.join(" or ") : allowedOf(node) === undefined ? "any" : "string";
}

function allowedOf(node: JsonObject): readonly string[] | undefined {
  if (node["const"] !== undefined) return [String(node["const"])];
  return Array.isArray(node["enum"]) ? (node["enum"] as readonly Json[]).map(String) : undefined;
}

function examplesOf(node: JsonObject, root: JsonObject): readonly string[] {
  const own = node["examples"] ?? resolved(node, root)["examples"];
  return Array.isArray(own) ? (own as readonly Json[]).map((example) => JSON.stringify(example, null, 2)) : [];
}
