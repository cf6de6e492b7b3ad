// Holds what the tests of schemas and content read: schemas, validators, the repository's own documents; asserts nothing about them but their form.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { isMap, parseAllDocuments } from "yaml";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type Content = { readonly file: string; readonly slug: string; readonly value: JsonObject };

export const root = fileURLToPath(new URL("../..", import.meta.url));

export const slugByKind: Readonly<Record<string, string>> = {
  Config: "config",
  WhatsAppTemplate: "whatsapp-template",
  DigitalTemplate: "digital-template",
  SmsTemplate: "sms-template",
  A2pRegistration: "a2p-registration",
  WebhookSubscription: "webhook-subscription",
  GuestSession: "guest-session",
  PreferenceBatch: "preference-batch",
};
export const slugs = Object.values(slugByKind);

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: Json | undefined, what: string): JsonObject {
  assert.ok(isObject(value), `${what} is an object`);
  return value;
}

export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

export function readSchema(slug: string): JsonObject {
  return JSON.parse(readFileSync(join(root, "schemas", `${slug}.schema.json`), "utf8"));
}

export function strictAjv(): Ajv2020 {
  return new Ajv2020({
    strict: true,
    // As the product does: a hook is a map or its address.
    allowUnionTypes: true,
    allErrors: true,
  });
}

const validators = new Map<string, ValidateFunction>();
export function validator(slug: string): ValidateFunction {
  const compiled = validators.get(slug) ?? strictAjv().compile(readSchema(slug));
  validators.set(slug, compiled);
  return compiled;
}

export function contentFiles(): readonly string[] {
  const folders = ["templates", "webhooks", "sessions", "preferences"];
  const manifests = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => join(folder, name)),
  );
  return ["cxform.yaml", ...manifests.sort()];
}

function readDocuments(file: string): readonly JsonObject[] {
  const text = readFileSync(join(root, file), "utf8");
  const documents = parseAllDocuments(text, { version: "1.2", schema: "core" });
  assert.ok(Array.isArray(documents), `${file} is not empty`);
  return documents.map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings].map(String), [], file);
    assert.ok(isMap(document.contents), `every document of ${file} is a map`);
    return document.toJS() as JsonObject;
  });
}

export function readContent(): readonly Content[] {
  return contentFiles().flatMap((file) =>
    readDocuments(file).map((value) => {
      const slug = slugByKind[String(value["kind"])];
      assert.ok(slug !== undefined, `${file} holds a known kind, not ${String(value["kind"])}`);
      return { file, slug, value };
    }),
  );
}
