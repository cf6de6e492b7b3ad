// Holds the promises of schemas/: complete for editors, strict in shape, silent where a rule has its own message; knows no rule.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  asObject,
  at,
  isObject,
  type Json,
  type JsonObject,
  readSchema,
  root,
  slugByKind,
  slugs,
  strictAjv,
  validator,
} from "./documents.ts";

type Place = { readonly pointer: string; readonly schema: JsonObject };

/** Every subschema below `schema`, itself included, with its JSON pointer. Values of const, enum and examples are not schemas. */
function subschemas(schema: JsonObject, pointer = ""): readonly Place[] {
  const inner: Place[] = [{ pointer, schema }];
  const visit = (value: Json | undefined, path: string): void => {
    if (isObject(value)) inner.push(...subschemas(value, path));
  };
  for (const keyword of ["properties", "patternProperties", "$defs"]) {
    for (const [key, value] of Object.entries(at(schema, keyword) ?? {})) visit(value, `${pointer}/${keyword}/${key}`);
  }
  for (const keyword of ["additionalProperties", "propertyNames", "items", "if", "then", "else", "not"]) {
    visit(schema[keyword], `${pointer}/${keyword}`);
  }
  for (const keyword of ["oneOf", "anyOf", "allOf"]) {
    const branches = schema[keyword];
    if (Array.isArray(branches))
      branches.forEach((branch, index) => void visit(branch, `${pointer}/${keyword}/${index}`));
  }
  return inner;
}

/** Every place that an author can hover over: each property, each value of a free map. */
function hoverable(schema: JsonObject): readonly Place[] {
  return subschemas(schema).filter(
    ({ pointer, schema: found }) =>
      /\/(properties|patternProperties)\/[^/]+$/.test(pointer) ||
      (/\/(additionalProperties|items)$/.test(pointer) && found["$ref"] === undefined),
  );
}

function assertRefused(slug: string, value: Json, what: string): void {
  assert.equal(validator(slug)(value), false, `${slug} refuses ${what}`);
}

/** The first example of a schema with one field of its spec replaced, or removed when `value` is undefined. */
function exampleWith(slug: string, field: string, value: Json | undefined): Json {
  const examples = readSchema(slug)["examples"];
  const example = asObject(Array.isArray(examples) ? examples[0] : undefined, `the example of ${slug}`);
  const { [field]: _, ...rest } = asObject(example["spec"], "spec");
  return { ...example, spec: value === undefined ? rest : { ...rest, [field]: value } };
}

test("the folder of schemas holds exactly one schema for each kind and one for the configuration", () => {
  const files = readdirSync(join(root, "schemas"));
  assert.deepEqual(files.toSorted(), slugs.map((slug) => `${slug}.schema.json`).toSorted());
});

for (const [kind, slug] of Object.entries(slugByKind)) {
  test(`the schema ${slug} compiles under strict ajv and says what it is`, () => {
    const schema = readSchema(slug);
    assert.equal(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert.equal(schema["$id"], `https://cxform.dev/schemas/${slug}.schema.json`);
    assert.ok(String(schema["title"] ?? "").length > 0 && String(schema["description"] ?? "").length > 0);
    assert.equal(at(schema, "properties", "kind", "const"), kind);
    assert.equal(at(schema, "properties", "apiVersion", "const"), "cxform/v1");
    assert.equal(typeof strictAjv().compile(schema), "function");
  });

  test(`every property of ${slug} has a description and examples`, () => {
    const places = hoverable(readSchema(slug));
    assert.ok(places.length >= 10, `only ${places.length} properties were found`);
    const bare = places.filter(({ schema }) => {
      const { description, examples } = schema;
      const described = typeof description === "string" && /^[A-Za-z].*\.$/s.test(description);
      return !described || !Array.isArray(examples) || examples.length === 0;
    });
    assert.deepEqual(
      bare.map((place) => place.pointer),
      [],
    );
  });

  test(`every example in ${slug} obeys the subschema that it stands in`, () => {
    const schema = readSchema(slug);
    const ajv = strictAjv();
    const wrong: string[] = [];
    let count = 0;
    for (const place of subschemas(schema)) {
      const { $id: _, ...anonymous } = place.schema;
      const examples = anonymous["examples"];
      if (!Array.isArray(examples)) continue;
      const obeys = ajv.compile({ ...anonymous, $defs: schema["$defs"] ?? {} });
      for (const example of examples) {
        count += 1;
        if (!obeys(example)) wrong.push(`${place.pointer}: ${ajv.errorsText(obeys.errors)}`);
      }
    }
    assert.ok(count >= 10, `only ${count} examples were found`);
    assert.deepEqual(wrong, []);
  });

  test(`${slug} refuses unknown keys everywhere but in free maps, and refers to nothing outside itself`, () => {
    const schema = readSchema(slug);
    // A branch of oneOf only chooses between keys; the object around it is the closed one.
    const open = subschemas(schema).filter(
      (place) =>
        isObject(place.schema["properties"]) &&
        place.schema["additionalProperties"] !== false &&
        !/\/oneOf\/\d+$/.test(place.pointer),
    );
    assert.deepEqual(
      open.map((place) => place.pointer),
      [],
    );
    for (const { pointer, schema: found } of subschemas(schema)) {
      const target = found["$ref"];
      if (target === undefined) continue;
      assert.match(String(target), /^#\/\$defs\/[A-Za-z]+$/, pointer);
      assert.ok(
        at(schema, "$defs", String(target).slice("#/$defs/".length)) !== undefined,
        `${pointer} leads somewhere`,
      );
    }
  });
}

test("values that YAML reads as something other than a string are refused where a string is meant", () => {
  assertRefused("sms-template", exampleWith("sms-template", "fromAddress", 15035550142), "an unquoted phone number");
  assertRefused(
    "whatsapp-template",
    exampleWith("whatsapp-template", "body", { "[object Object]": null }),
    "an unquoted {{1}}",
  );
  assertRefused("whatsapp-template", exampleWith("whatsapp-template", "examples", { "1": 482913 }), "an unquoted code");
  assertRefused("whatsapp-template", exampleWith("whatsapp-template", "header", 2026), "a header that is a number");
  assertRefused("preference-batch", exampleWith("preference-batch", "source", 42), "a source that is a number");
});

test("a batch holds its records or names a file, not both and not neither", () => {
  const recordsFile = { path: "records/2026-10-newsletter.ndjson", format: "ndjson", sha256: "00" };
  assertRefused("preference-batch", exampleWith("preference-batch", "recordsFile", recordsFile), "both");
  assertRefused("preference-batch", exampleWith("preference-batch", "records", undefined), "neither");
  const twice = { ...recordsFile, fromEnv: "PREFERENCES_EXPORT" };
  const withFile = asObject(exampleWith("preference-batch", "records", undefined), "batch");
  const spec = { ...asObject(withFile["spec"], "spec"), recordsFile };
  assert.equal(validator("preference-batch")({ ...withFile, spec }), true);
  assertRefused("preference-batch", { ...withFile, spec: { ...spec, recordsFile: twice } }, "a path beside a variable");
});

test("domain limits are left to the rules, so that their own codes and messages are seen", () => {
  const accepted: readonly (readonly [string, string, Json])[] = [
    ["whatsapp-template", "body", "x".repeat(1025)],
    ["whatsapp-template", "body", ""],
    ["whatsapp-template", "language", "klingon"],
    ["whatsapp-template", "header", { format: "IMAGE" }],
    ["whatsapp-template", "buttons", Array.from({ length: 11 }, () => ({ type: "QUICK_REPLY", text: "Yes" }))],
    ["digital-template", "locale", "english"],
    ["digital-template", "channels", []],
    ["sms-template", "fromAddress", "123"],
    ["a2p-registration", "optInLanguage", "too short"],
    ["webhook-subscription", "url", "http://localhost"],
    ["guest-session", "language", []],
    ["guest-session", "generation", 0],
    ["guest-session", "metadata", { nested: { too: "deep" } }],
    ["preference-batch", "records", [{ contactId: "not a uuid", channel: "email", optIn: false }]],
  ];
  for (const [slug, field, value] of accepted) {
    const obeys = validator(slug);
    assert.ok(obeys(exampleWith(slug, field, value)), `${slug}.${field}: ${strictAjv().errorsText(obeys.errors)}`);
  }
});

test("a literal secret, a misspelt key and a duration without a unit are refused in the configuration", () => {
  const withEnvironment = (production: Json): Json => ({
    apiVersion: "cxform/v1",
    kind: "Config",
    environments: { production },
  });
  assert.equal(validator("config")(withEnvironment({ tenant: "acme", retireAfter: "36h" })), true);
  assertRefused(
    "config",
    withEnvironment({ credentials: { clientId: "abc", clientSecret: "def" } }),
    "literal credentials",
  );
  assertRefused("config", withEnvironment({ tennant: "acme" }), "a misspelt key");
  assertRefused("config", withEnvironment({ retireAfter: "7" }), "a duration without a unit");
  assertRefused("config", withEnvironment({ rateLimit: { requestsPerSecond: 0 } }), "a pace of nothing");
});
