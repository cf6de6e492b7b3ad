// Every whole manifest and config that a page shows passes as it stands. It judges no wording.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/library/config.ts";
import { readManifests } from "../../src/manifest/read.ts";

const pages = ["README.md", ...readdirSync("docs").map((name) => join("docs", name))].filter(
  // The rules' page shows wrong manifests on purpose; its own test holds it.
  (page) => page.endsWith(".md") && page !== join("docs", "rules.md"),
);

/** The YAML blocks of all pages that are whole documents. */
function wholeDocuments(): readonly { readonly page: string; readonly text: string }[] {
  return pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
      .map((match) => ({ page, text: match[1] as string }))
      .filter(({ text }) => /^apiVersion: /m.test(text)),
  );
}

const isConfig = (text: string): boolean => /^kind: Config$/m.test(text);

test("every manifest that a page shows is valid, one of each kind at least", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-docs-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "cxform.yaml"), readFileSync("cxform.yaml"));
  const { config } = loadConfig({ cwd: dir });
  const environment = config.environments["local"];
  assert.ok(environment !== undefined);
  const shown = wholeDocuments().filter(({ text }) => !isConfig(text));
  // Each page by itself: two pages may show one resource. What one page shows twice is written once.
  const seen = new Set<string>();
  for (const page of new Set(shown.map((one) => one.page))) {
    for (const folder of ["templates", "webhooks", "sessions", "preferences"]) {
      rmSync(join(dir, folder), { recursive: true, force: true });
      mkdirSync(join(dir, folder));
    }
    const byName = new Map(shown.filter((one) => one.page === page).map(({ text }) => [keyOf(text), text]));
    for (const [key, text] of byName) writeFileSync(join(dir, "templates", `${key}.yaml`), text);
    const read = await readManifests({
      config,
      environment,
      kinds,
      now: Date.UTC(2026, 10, 20),
      secret: () => undefined,
    });
    assert.deepEqual(
      read.diagnostics
        .filter(({ severity }) => severity === "error")
        .map((one) => `${page} ${one.file}: ${one.message}`),
      [],
    );
    for (const { kind } of read.declared) seen.add(kind);
  }
  assert.deepEqual([...seen].sort(), kinds.map((kind) => kind.name).sort());
});

function keyOf(text: string): string {
  const kind = /^kind: (\w+)$/m.exec(text)?.[1] ?? "";
  const name = /^ {2}name: (\S+)$/m.exec(text)?.[1] ?? "";
  return `${kind}-${name}`.toLowerCase();
}

test("every config that a page shows is read without an error or a warning", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-docs-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const shown = wholeDocuments().filter(({ text }) => isConfig(text));
  assert.ok(shown.length > 0);
  for (const { page, text } of shown) {
    writeFileSync(join(dir, "cxform.yaml"), text);
    assert.deepEqual(loadConfig({ cwd: dir }).warnings, [], page);
  }
});

test("parts of a config that a page shows fit into one", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-docs-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const indented = (text: string): string => text.replace(/^(?=.)/gm, "    ");
  let count = 0;
  for (const page of pages) {
    for (const [, block] of readFileSync(page, "utf8").matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
      const text = block as string;
      const head = "apiVersion: cxform/v1\nkind: Config\n";
      const whole = /^(?:environments|rules):/.test(text)
        ? `${head}${text}`
        : /^apis:/.test(text)
          ? `${head}environments:\n  production:\n${indented(text)}`
          : undefined;
      if (whole === undefined) continue;
      count++;
      writeFileSync(join(dir, "cxform.yaml"), whole);
      // Throws Invalid, with the place, for what the schema does not know.
      assert.ok(Object.keys(loadConfig({ cwd: dir }).config.environments).length > 0, page);
    }
  }
  assert.ok(count >= 4);
});
