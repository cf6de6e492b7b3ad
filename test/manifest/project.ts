// A temporary project with two small kinds of its own, for the tests of this folder; knows no real kind.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { nameUuid } from "../../src/base/digest.ts";
import type { Manifests } from "../../src/contract/declared.ts";
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import type { Json, JsonObject } from "../../src/contract/json.ts";
import type { Kind, RecordFinding, RecordsFile } from "../../src/contract/kind.ts";
import { mutable, records } from "../../src/contract/lifecycle.ts";
import { loadConfig } from "../../src/manifest/config.ts";
import type { FamilyDefaults } from "../../src/manifest/environment.ts";
import { type ManifestQuery, readManifests } from "../../src/manifest/read.ts";

export const now = Date.UTC(2026, 10, 20);

const family = { tokenUrl: "/oauth/token", clientAuth: "form", paths: { things: "/api/v1/things" } } as const;

export const familyDefaults: FamilyDefaults = {
  omnichannel: family,
  digital: { ...family, baseUrl: "https://api.example.com" },
  messaging: { ...family, baseUrl: "https://{org}.example.com" },
  engage: {
    ...family,
    baseUrl: "https://{tenant}.engage.example.com",
    tokenUrl: "https://{tenant}.example.com/token",
    clientAuth: "query",
  },
  preferences: { ...family, clientAuth: "basic" },
};

const never = async (): Promise<never> => {
  throw new Error("not asked in these tests");
};

/** A short text with a colour: enough for every sort of schema violation and for a rule with an offset. */
export const noteKind: Kind = mutable<{ readonly text: string }>({
  name: "Note",
  slug: "note",
  folder: "notes",
  family: "messaging",
  refersTo: ["Note"],
  follows: [],
  schemaCodes: [
    {
      pointer: "/spec/colour",
      code: "CX3902",
      message: (value) => `the colour ${String(value)} does not exist`,
      hint: "Write red or green.",
    },
  ],
  rules: [
    {
      code: "CX3901",
      title: "no swearing",
      severity: "error",
      reason: "Manners.",
      source: "our own",
      hint: "Write heck.",
      examples: { wrong: "", right: "", at: { line: 1, column: 1 } },
      *check(subject) {
        const text = String(subject.spec["text"]);
        const at = text.indexOf("damn");
        if (at !== -1)
          yield {
            message: "damn is no word for a note",
            hint: "Write heck.",
            pointer: "/spec/text",
            offset: at,
            length: 4,
          };
      },
    },
    {
      code: "CX3903",
      title: "what it follows exists",
      severity: "warning",
      reason: "Order.",
      source: "our own",
      hint: "Declare it.",
      examples: { wrong: "", right: "", at: { line: 1, column: 1 } },
      *check(subject, scope) {
        const after = subject.spec["after"];
        const isKnown = scope.ofKind("Note").some((other) => other.name === after);
        if (typeof after === "string" && !isKnown)
          yield { message: `the note ${after} is not declared`, hint: "Declare it.", pointer: "/spec/after" };
      },
    },
  ],
  sensitive: [],
  address: (name) => `Note/${name}`,
  references: (spec) =>
    typeof spec["after"] === "string" ? [{ address: `Note/${spec["after"]}`, pointer: "/spec/after" }] : [],
  normalise: (subject: { readonly spec: { readonly text: string } }) => ({ text: subject.spec.text }),
  fields: { text: { change: "update" } },
  counts: ({ spec }) => ({ characters: String(spec["text"]).length }),
  observe: never,
  read: never,
  links: {},
  keyOf: (name) => name,
  need: () => ({ do: "nothing" }),
  removal: "none",
  operations: { create: never },
});

/** People's answers, as PreferenceBatch has them. */
export const listKind: Kind = records<{ readonly source: string }>({
  name: "List",
  slug: "list",
  folder: "lists",
  family: "preferences",
  refersTo: [],
  follows: [],
  schemaCodes: [],
  rules: [],
  sensitive: [],
  address: (name) => `List/${name}`,
  references: () => [],
  normalise: () => ({ source: "x" }),
  fields: { source: { change: "ignore", why: "only said" } },
  source: (spec) =>
    spec["recordsFile"] === undefined
      ? { inline: spec["records"] as readonly Json[] }
      : { file: spec["recordsFile"] as unknown as RecordsFile },
  checkRecord: (record): readonly RecordFinding[] => {
    const who = (record as JsonObject | null)?.["who"];
    if (typeof who === "string" && /^[a-z0-9-]+$/.test(who)) return [];
    return [{ code: "CX3911", message: "who has not the form of an id", hint: "Write an id.", pointer: "/who" }];
  },
  normaliseRecord: (record) => ({ note: null, ...(record as JsonObject) }),
  recordKey: (record) => String(record["who"]),
  recordId: (record) => nameUuid(record),
  recordContent: (record) => nameUuid(record),
  isOptOut: (record) => record["yes"] === false,
  effectiveAt: (record) => Number(record["at"] ?? 0),
  observeRecord: never,
  observeAll: () => {
    throw new Error("not asked in these tests");
  },
  call: () => {
    throw new Error("not asked in these tests");
  },
  answers: () => [],
});

const metadata = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 1 },
    labels: { type: "object", additionalProperties: { type: "string" } },
    annotations: { type: "object", additionalProperties: { type: "string" } },
    renamedFrom: { type: "string" },
  },
};

function envelope(kind: string, spec: JsonObject, definitions: JsonObject = {}): JsonObject {
  const properties = { apiVersion: { const: "cxform/v1" }, kind: { const: kind }, metadata, spec };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://cxform.dev/test/${kind}.json`,
    type: "object",
    required: ["apiVersion", "kind", "metadata", "spec"],
    additionalProperties: false,
    properties,
    $defs: definitions,
  };
}

const schemas: Readonly<Record<string, JsonObject>> = {
  note: envelope("Note", {
    type: "object",
    required: ["text"],
    additionalProperties: false,
    properties: {
      text: { type: "string", minLength: 1, maxLength: 100 },
      colour: { type: "string", enum: ["red", "green"] },
      size: { type: "integer", minimum: 1 },
      urgent: { type: "boolean" },
      after: { type: "string" },
      free: { type: "object", additionalProperties: { type: ["string", "number"] } },
      secret: { type: "object", required: ["fromEnv"], properties: { fromEnv: { type: "string" } } },
      head: {
        oneOf: [
          { type: "string" },
          {
            type: "object",
            required: ["format"],
            additionalProperties: false,
            properties: { format: { const: "IMAGE" }, example: { type: "string" } },
          },
          {
            type: "object",
            required: ["format", "place"],
            additionalProperties: false,
            properties: { format: { const: "PLACE" }, place: { type: "string" } },
          },
        ],
      },
    },
  }),
  list: envelope(
    "List",
    {
      type: "object",
      additionalProperties: false,
      properties: {
        source: { type: "string" },
        records: { type: "array", items: { $ref: "#/$defs/record" } },
        recordsFile: {
          type: "object",
          required: ["format", "sha256"],
          properties: {
            path: { type: "string" },
            fromEnv: { type: "string" },
            format: { enum: ["ndjson", "csv"] },
            sha256: { type: "string" },
          },
        },
      },
      oneOf: [{ required: ["records"] }, { required: ["recordsFile"] }],
    },
    {
      record: {
        type: "object",
        required: ["who", "yes"],
        additionalProperties: false,
        properties: {
          who: { type: "string" },
          yes: { type: "boolean" },
          at: { type: "integer" },
          note: { type: ["string", "null"] },
          area: { type: "string" },
        },
      },
    },
  ),
};

export interface Project {
  readonly root: string;
  write(file: string, content: string | Uint8Array): string;
  read(options?: Partial<ManifestQuery>): Promise<Manifests>;
}

export const noteHead = (name: string): string =>
  `apiVersion: cxform/v1\nkind: Note\nmetadata: { name: ${name} }\nspec:\n`;
export const listHead = (name: string): string =>
  `apiVersion: cxform/v1\nkind: List\nmetadata: { name: ${name} }\nspec:\n`;

/** A project folder that is removed after the test. */
export function project(t: TestContext, files: Readonly<Record<string, string | Uint8Array>> = {}): Project {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "cxform-manifest-")));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const root = join(base, "project");
  const schemasDir = join(base, "schemas");
  mkdirSync(schemasDir);
  for (const [slug, schema] of Object.entries(schemas))
    writeFileSync(join(schemasDir, `${slug}.schema.json`), JSON.stringify(schema));
  const write = (file: string, content: string | Uint8Array): string => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  write(
    "cxform.yaml",
    "apiVersion: cxform/v1\nkind: Config\nmanifests: [notes, lists]\nenvironments:\n  local:\n    simulator: {}\n    variables: { town: Oslo, long: aaaaaaaaaa }\n",
  );
  for (const [file, content] of Object.entries(files)) write(file, content);
  return {
    root,
    write,
    read: async (options) => {
      const { config, diagnostics } = loadConfig({ cwd: root, defaults: familyDefaults, toolVersion: "0.1.0" });
      const environment = config?.environments["local"];
      if (config === undefined || environment === undefined) throw new Error(JSON.stringify(diagnostics));
      return await readManifests({
        config,
        environment,
        kinds: [noteKind, listKind],
        now,
        secret: () => undefined,
        schemasDir,
        ...options,
      });
    },
  };
}

/** `notes/a.yaml:5:9 CX2003` for each. */
export function told(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}
