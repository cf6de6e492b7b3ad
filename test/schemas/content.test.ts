// Holds the promises of the repository's own content: it obeys the schemas and hangs together; knows no rule.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import test from "node:test";
import {
  asObject,
  at,
  type Content,
  contentFiles,
  type Json,
  readContent,
  readSchema,
  root,
  strictAjv,
  validator,
} from "./documents.ts";

const content = readContent();

function ofSlug(slug: string): readonly Content[] {
  return content.filter((item) => item.slug === slug);
}

test("every document of the repository obeys its schema", () => {
  const wrong = content.flatMap(({ file, slug, value }) => {
    const obeys = validator(slug);
    return obeys(value) ? [] : [`${file}: ${strictAjv().errorsText(obeys.errors)}`];
  });
  assert.deepEqual(wrong, []);
});

test("the first line of every YAML file leads an editor to the schema of its documents", () => {
  for (const file of contentFiles()) {
    const firstLine = readFileSync(join(root, file), "utf8").split("\n", 1)[0] ?? "";
    const path = /^# yaml-language-server: \$schema=(\S+)$/.exec(firstLine)?.[1];
    assert.ok(path !== undefined, `${file} begins with a modeline`);
    const named = resolve(root, dirname(file), path);
    for (const item of content.filter((candidate) => candidate.file === file)) {
      assert.equal(named, join(root, "schemas", `${item.slug}.schema.json`), file);
    }
  }
});

test("the shop declares enough of every kind to show it at work", () => {
  const least = {
    config: 1,
    "whatsapp-template": 12,
    "digital-template": 4,
    "sms-template": 4,
    "a2p-registration": 2,
    "webhook-subscription": 1,
    "guest-session": 2,
    "preference-batch": 3,
  };
  for (const [slug, count] of Object.entries(least)) {
    assert.ok(ofSlug(slug).length >= count, `${slug}: ${ofSlug(slug).length} of ${count}`);
  }
  const categories = new Set(ofSlug("whatsapp-template").map(({ value }) => at(value, "spec", "category")));
  assert.deepEqual([...categories].map(String).toSorted(), ["AUTHENTICATION", "MARKETING", "UTILITY"]);
  const languages = new Set(ofSlug("whatsapp-template").map(({ value }) => at(value, "spec", "language")));
  for (const language of ["en", "en_US", "es", "pt_BR", "de", "fr", "fil"])
    assert.ok(languages.has(language), language);
});

test("no two documents of the shop share an address", () => {
  const addresses = content.map(({ slug, value }) =>
    [slug, at(value, "metadata", "name"), at(value, "spec", "language") ?? at(value, "spec", "locale")].join("/"),
  );
  assert.deepEqual(addresses.toSorted(), [...new Set(addresses)].toSorted());
});

test("every A2P registration names an approved SMS template, and every 10DLC template has one", () => {
  const registered = ofSlug("a2p-registration").map(({ value }) => at(value, "spec", "template"));
  const tenDigit = ofSlug("sms-template").filter(({ value }) =>
    String(at(value, "spec", "fromAddress")).startsWith("+1"),
  );
  assert.deepEqual(
    registered.map(String).toSorted(),
    tenDigit.map(({ value }) => String(at(value, "metadata", "name"))).toSorted(),
  );
  for (const { file, value } of tenDigit) assert.equal(at(value, "spec", "approved"), true, file);
});

test("every variable that a manifest uses is defined in every environment", () => {
  const used = new Set(
    content
      .filter(({ slug }) => slug !== "config")
      .flatMap(({ value }) =>
        [...JSON.stringify(value).matchAll(/(?<!\$)\$\{([^}]*)\}/g)].map((match) => match[1] ?? ""),
      ),
  );
  assert.ok(used.size >= 2, `${used.size} variables are used`);
  const environments = asObject(at(ofSlug("config")[0]?.value, "environments"), "environments");
  for (const [name, environment] of Object.entries(environments)) {
    const defined = Object.keys(asObject(at(environment, "variables"), `variables of ${name}`));
    assert.deepEqual(defined.toSorted(), [...used].toSorted(), name);
  }
});

test("the checksum of every records file is that of its bytes, and each of its lines obeys the record's schema", () => {
  const schema = readSchema("preference-batch");
  const isRecord = strictAjv().compile({ $ref: "#/$defs/record", $defs: schema["$defs"] ?? {} });
  const files = ofSlug("preference-batch").filter(({ value }) => at(value, "spec", "recordsFile") !== undefined);
  assert.ok(files.length >= 1);
  for (const { file, value } of files) {
    const path = join(root, dirname(file), String(at(value, "spec", "recordsFile", "path")));
    const bytes = readFileSync(path);
    assert.equal(at(value, "spec", "recordsFile", "sha256"), createHash("sha256").update(bytes).digest("hex"), file);
    const lines = bytes.toString("utf8").trimEnd().split("\n");
    assert.ok(lines.length >= 10, `${path} holds ${lines.length} records`);
    lines.forEach((line, index) => {
      assert.ok(isRecord(JSON.parse(line)), `line ${index + 1} of ${path}`);
    });
  }
});

test("no contact gives two answers for one channel, in one batch or across batches", () => {
  const keys = ofSlug("preference-batch").flatMap(({ file, value }) => {
    const path = at(value, "spec", "recordsFile", "path");
    const records =
      path === undefined
        ? at(value, "spec", "records")
        : readFileSync(join(root, dirname(file), String(path)), "utf8")
            .trimEnd()
            .split("\n")
            .map((line): Json => JSON.parse(line));
    assert.ok(Array.isArray(records), file);
    return records.map((record: Json) => `${String(at(record, "contactId"))} ${String(at(record, "channel"))}`);
  });
  assert.ok(keys.length >= 40, `${keys.length} records`);
  assert.equal(new Set(keys).size, keys.length);
});
