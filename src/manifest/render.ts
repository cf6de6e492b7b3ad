// One manifest as YAML text, in the form that fmt keeps. It knows the envelope and no kind.
import { Document, isMap, isPair, isScalar } from "yaml";
import type { Json, JsonObject } from "../contract/json.ts";

export interface Rendering {
  readonly kind: string;
  readonly slug: string;
  readonly name: string;
  readonly spec: JsonObject;
  /** Above a top-level field of the spec. */
  readonly comments?: Readonly<Record<string, string>>;
}

/** How all YAML of this program is written; the same as fmt's. */
export const yamlStyle = { flowCollectionPadding: false, lineWidth: 0 } as const;

/** The text of a manifest whose spec says exactly this: `${` is written as `$${`, so that nothing of it is taken for a variable. */
export function renderManifest({ kind, slug, name, spec, comments = {} }: Rendering): string {
  const document = new Document(
    { apiVersion: "cxform/v1", kind, metadata: { name }, spec: literal(spec) },
    { version: "1.2" },
  );
  const contents = document.get("spec");
  for (const pair of isMap(contents) ? contents.items : []) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const comment = comments[String(pair.key.value)];
    if (comment !== undefined) pair.key.commentBefore = comment;
  }
  return `# yaml-language-server: $schema=https://cxform.dev/schemas/${slug}.schema.json\n${document.toString(yamlStyle)}`;
}

/** Strings as they must be written to be read back the same. */
export function literal(value: Json): Json {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return (value as readonly Json[]).map(literal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, member]) => [key, literal(member)]));
}
