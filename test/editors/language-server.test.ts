// The schemas in an editor: yaml-language-server completes, explains and underlines every field of every kind, in a project made elsewhere.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import type { JsonObject } from "../../src/contract/json.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { documentAt, type Place, placesOf } from "./places.ts";
import { LanguageServer, type Underlined } from "./server.ts";

// A project as `cxform init` leaves it, with the schemas of the installed package, far away from this repository.
const root = realpathSync(mkdtempSync(join(tmpdir(), "cxform-editor-")));
const schemas = join(root, "node_modules", "cxform", "schemas");
mkdirSync(join(root, "templates"), { recursive: true });
cpSync("schemas", schemas, { recursive: true });
/** Each text is another file: closing one clears its marks late. */
let opening = 0;
const nextFile = (): string => join(root, "templates", `open-${++opening}.yaml`);

const server = new LanguageServer();
test.before(async () => await server.start(root));
test.after(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const slugs = [...kinds.map(({ slug }) => slug), "config"];
const schemaOf = (slug: string): JsonObject =>
  JSON.parse(readFileSync(join(schemas, `${slug}.schema.json`), "utf8")) as JsonObject;
/** By a path relative to the file, as the packaged examples have it. */
const modeline = (slug: string): string =>
  `# yaml-language-server: $schema=../node_modules/cxform/schemas/${slug}.schema.json`;

async function opened<T>(text: string, ask: (file: string) => Promise<T>): Promise<T> {
  const file = nextFile();
  await server.open(file, text);
  try {
    return await ask(file);
  } finally {
    server.close(file);
  }
}

async function underlinedIn(text: string): Promise<readonly Underlined[]> {
  const file = nextFile();
  const underlined = await server.open(file, text);
  server.close(file);
  return underlined;
}

/** The server waits before it underlines, so places are asked about side by side. */
async function forAll(places: readonly Place[], ask: (place: Place) => Promise<void>): Promise<void> {
  await Promise.all(places.map(ask));
}

/** The five families of the config have the same fields; one of them is asked about in depth. */
const isAsked = ({ path }: Place): boolean => !/^(?:digital|messaging|engage|preferences)$/.test(path[3] ?? "");
const shown = (path: readonly string[]): string => path.join(".") || "the root";

/** Without Markdown's escapes and line ends. */
const plain = (text: string): string => text.replace(/\\(.)/g, "$1").replace(/\s+/g, " ").replaceAll("&emsp;", " ");

test("there is a schema for every kind and for the config, and no other", () => {
  assert.deepEqual(readdirSync(schemas).sort(), slugs.map((slug) => `${slug}.schema.json`).sort());
});

for (const slug of slugs) {
  const places = placesOf(schemaOf(slug)).filter(isAsked);

  test(`${slug}: every field is offered where it may stand`, async () => {
    assert.ok(places.length >= 3);
    await forAll(places, async ({ path, fields }) => {
      const { text, line, character } = documentAt(modeline(slug), path, []);
      const offered = await opened(text, async (file) => await server.complete(file, { line, character }));
      const labels = new Set(offered.map(({ label }) => label));
      const lacking = fields.filter(({ name }) => !labels.has(name)).map(({ name }) => name);
      assert.deepEqual(lacking, [], `at ${shown(path)} of\n${text}`);
    });
  });

  test(`${slug}: every field is explained`, async () => {
    await forAll(places, async ({ path, fields }) => {
      const lines = fields.map(({ name, value }) => `${name}: ${value}`);
      const { text, line, character } = documentAt(modeline(slug), path, lines);
      await opened(text, async (file) => {
        for (const [at, { name, description }] of fields.entries()) {
          assert.ok(description.length > 10, `${shown(path)}.${name} has a description`);
          const explained = plain(await server.hover(file, { line: line + at, character: character + 1 }));
          assert.ok(explained.includes(plain(description)), `${shown(path)}.${name}: ${explained}`);
        }
      });
    });
  });

  test(`${slug}: a misspelt field and a value of a wrong type are underlined where they stand`, async () => {
    await forAll(places, async ({ path, fields }) => {
      assert.ok(fields.length > 0);
      const wrong = documentAt(modeline(slug), path, ["misspelt_field: 1"]);
      if (slug !== "config" || path.length > 0) {
        const told = await underlinedIn(wrong.text);
        const at = told.find(({ message }) => message.includes("misspelt_field"));
        assert.deepEqual(
          at?.range.start,
          { line: wrong.line, character: wrong.character },
          `${shown(path)}: ${JSON.stringify(told)}`,
        );
      }
      const lines = fields.map(({ name }) => `${name}: [[wrong]]`);
      const typed = documentAt(modeline(slug), path, lines);
      const underlined = await underlinedIn(typed.text);
      for (const [at, { name }] of fields.entries()) {
        const line = typed.line + at;
        assert.ok(
          underlined.some(({ range }) => range.start.line === line && range.start.character > typed.character),
          `${shown(path)}.${name} is underlined: ${JSON.stringify(underlined)}`,
        );
      }
    });
  });

  test(`${slug}: the schema's own example is complete, and nothing in it is underlined`, async () => {
    const examples = (schemaOf(slug)["examples"] ?? []) as readonly JsonObject[];
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const text = `${modeline(slug)}\n${JSON.stringify(example, null, 2)}\n`;
      assert.deepEqual(await underlinedIn(text), [], text);
    }
  });
}

test("the modeline may also name the schema by its address on the disk", async () => {
  const url = pathToFileURL(join(schemas, "sms-template.schema.json")).href;
  const text = `# yaml-language-server: $schema=${url}\napiVersion: cxform/v1\nkind: SmsTemplate\nmetadata: { name: a }\nspec: { content: 5, fromAddress: "12345" }\n`;
  const told = await underlinedIn(text);
  assert.deepEqual(
    told.map(({ range }) => range.start),
    [{ line: 4, character: 17 }],
  );
});

test("a file without a modeline is left alone, so the modeline is what works", async () => {
  const text = "apiVersion: cxform/v1\nkind: SmsTemplate\nmisspelt_field: 1\n";
  assert.deepEqual(await underlinedIn(text), []);
});
