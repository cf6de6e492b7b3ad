// The short form of npm run fuzz, the YAML test suite's wrong cases, and that the harness sees what it is for.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { configText, openShop } from "../rules/shop.ts";
import { limits, run } from "./campaign.ts";
import { inputOf } from "./inputs.ts";
import { naughtyStrings, suiteCases } from "./seeds.ts";

const keepIn = mkdtempSync(join(tmpdir(), "cxform-fuzz-"));
test.after(() => rmSync(keepIn, { recursive: true, force: true }));

test("600 hostile inputs crash nothing, touch no prototype and take neither long nor much memory", async () => {
  const sum = await run({ inputs: 600, seed: 20_260, workers: 2, keepIn });
  assert.deepEqual(sum.findings, []);
  assert.equal(sum.tried, 600);
  // They are hostile: most of them have something to be told.
  assert.ok(sum.diagnostics > 1_000, String(sum.diagnostics));
  assert.ok(sum.rssMb > 0 && sum.rssMb < limits.rssMb, `${sum.rssMb} MB`);
});

test("the same seed and number give the same input, of every sort", () => {
  const sorts = new Map<string, number>();
  for (let number = 0; number < 200; number++) {
    const { kind, bytes } = inputOf(7, number);
    assert.ok(bytes.equals(inputOf(7, number).bytes));
    sorts.set(kind, (sorts.get(kind) ?? 0) + 1);
  }
  assert.deepEqual([...sorts].sort(), [
    ["config", 30],
    ["csv", 10],
    ["field", 30],
    ["manifest", 100],
    ["ndjson", 20],
    ["suite", 10],
  ]);
});

test("each of the 94 cases of the YAML test suite that must fail is refused with a line", async () => {
  const wrong = suiteCases.filter(({ mustFail }) => mustFail);
  assert.equal(wrong.length, 94);
  const shop = openShop();
  try {
    shop.fill(Object.fromEntries(wrong.map(({ id, yaml }) => [`declared/${id}.yaml`, yaml])));
    const { diagnostics, declared } = await shop.read();
    assert.deepEqual(declared, []);
    for (const { id, yaml } of wrong) {
      const told = diagnostics.filter(({ file, code }) => file === `declared/${id}.yaml` && code.startsWith("CX1"));
      assert.ok(told.length > 0, `${id} is refused as YAML`);
      const lines = yaml.split("\n").length;
      for (const { line } of told) assert.ok(line >= 1 && line <= lines, `${id}: line ${line} of ${lines}`);
    }
  } finally {
    shop.remove();
  }
});

test("a naughty string in a text that people read is at most refused, and its file keeps its place in the list", async () => {
  const shop = openShop();
  try {
    const files = naughtyStrings.map((naughty, at) => {
      const spec = `spec:\n  content: ${JSON.stringify(`${naughty} Acme: reply STOP to end`)}\n  fromAddress: "12345"\n  maxSegments: 9\n`;
      return [
        `declared/n${at}.yaml`,
        `apiVersion: cxform/v1\nkind: SmsTemplate\nmetadata: { name: n${at} }\n${spec}`,
      ] as const;
    });
    shop.fill(Object.fromEntries(files));
    const { resources, diagnostics } = await shop.read();
    const withoutAddress = files.map(([file]) => file).filter((file) => !resources.some((each) => each.file === file));
    for (const file of withoutAddress)
      assert.ok(
        diagnostics.some((each) => each.file === file && each.code.startsWith("CX1")),
        file,
      );
    assert.ok(resources.length > naughtyStrings.length * 0.95, String(resources.length));
  } finally {
    shop.remove();
  }
});

test("a path that the system refuses is a diagnostic, in the config and in a manifest", async () => {
  const shop = openShop();
  try {
    const long = "é".repeat(300);
    for (const path of [long, `${long}/*.yaml`]) {
      shop.fill({ "cxform.yaml": configText.replace("[declared]", `[${JSON.stringify(path)}]`) });
      const { diagnostics } = await shop.read();
      assert.deepEqual(
        diagnostics.map(({ code, severity }) => `${code} ${severity}`),
        ["CX1001 error"],
        JSON.stringify(path),
      );
      shop.fill({
        "declared/a.yaml": `apiVersion: cxform/v1\nkind: PreferenceBatch\nmetadata: { name: a }\nspec:\n  source: web\n  recordsFile: { path: ${JSON.stringify(path)}, format: csv, sha256: "${"0".repeat(64)}" }\n`,
      });
      const batch = await shop.read();
      assert.deepEqual(
        batch.diagnostics.map(({ code, line }) => `${code} ${line}`),
        ["CX3619 6"],
        JSON.stringify(path),
      );
    }
  } finally {
    shop.remove();
  }
});
