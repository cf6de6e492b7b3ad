// Runs the one suite over every kind of the list; it names no kind, so that a new one is held to the same without a line here.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Unexpected } from "../../src/base/failure.ts";
import { families, type ReadApi } from "../../src/contract/api.ts";
import type { Manifests } from "../../src/contract/declared.ts";
import { familyProfiles } from "../../src/cxone/families.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/manifest/config.ts";
import { readManifests } from "../../src/manifest/read.ts";
import { casesDir, now } from "../cases/story.ts";
import { holdKind } from "./suite.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

let reading: Promise<Manifests> | undefined;

/** The repository's own manifests, read once for all kinds. */
function content(): Promise<Manifests> {
  reading ??= readContent();
  return reading;
}

function readContent(): Promise<Manifests> {
  const { config } = loadConfig({
    file: join(root, "cxform.yaml"),
    cwd: root,
    defaults: familyProfiles,
    toolVersion: "0.1.0",
  });
  const environment = config?.environments["local"];
  assert.ok(config !== undefined && environment !== undefined);
  return readManifests({ config, environment, kinds, now, secret: () => undefined });
}

for (const kind of kinds) {
  holdKind(kind, {
    kinds,
    sourceDir: join(root, "src/kinds", kind.slug),
    schemasDir: join(root, "schemas"),
    casesDir,
    examples: async () => (await content()).declared.filter((one) => one.kind === kind.name),
  });
}

test("the example content of every kind validates without an error", async () => {
  const { diagnostics } = await content();
  assert.deepEqual(
    diagnostics.filter((one) => one.severity === "error"),
    [],
  );
});

test("the list of kinds names each folder of src/kinds once, under names and folders of their own", () => {
  const folders = readdirSync(join(root, "src/kinds"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "_shared")
    .map((entry) => entry.name);
  assert.deepEqual(kinds.map((kind) => kind.slug).sort(), folders.sort());
  for (const facts of [kinds.map((kind) => kind.name), kinds.map((kind) => kind.folder)]) {
    assert.equal(new Set(facts).size, kinds.length);
  }
  const names = new Set(kinds.map((kind) => kind.name));
  for (const kind of kinds) {
    assert.ok(families.includes(kind.family));
    for (const name of [...kind.refersTo, ...kind.follows]) assert.ok(names.has(name), `${kind.name} names ${name}`);
  }
});

test("an answer that lacks a required field is told with family, path and field", async () => {
  for (const kind of kinds) {
    if (kind.lifecycle === "records" || kind.lifecycle === "once") continue;
    const api = { family: kind.family, capabilities: { list: true }, list: async () => [{}] } as unknown as ReadApi;
    const paths = Object.values(familyProfiles[kind.family].paths);
    await assert.rejects(kind.observe(api, []) as Promise<unknown>, (error: unknown) => {
      assert.ok(error instanceof Unexpected, `${kind.name}: ${String(error)}`);
      assert.ok(error.message.startsWith(`${kind.family} `), error.message);
      assert.ok(
        paths.some((path) => error.message.includes(` ${path} `)),
        error.message,
      );
      assert.match(error.message, /"\w+"/);
      return true;
    });
  }
});
