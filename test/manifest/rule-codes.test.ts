// What cxform.yaml may name: a rule code or a folder that is misspelt is told, not read and ignored.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { loadConfig } from "../../src/library/config.ts";
import { Invalid } from "../../src/library/invalid.ts";

function diagnosticsOf(rules: string): readonly string[] {
  const cwd = mkdtempSync(join(tmpdir(), "cxform-rules-"));
  try {
    writeFileSync(join(cwd, "cxform.yaml"), `apiVersion: cxform/v1\nkind: Config\nrules: ${rules}\n`);
    return loadConfig({ cwd }).warnings.map(({ code }) => code);
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return error.diagnostics.map(({ code, line, column, message }) => `${line}:${column} ${code} ${message}`);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

test("a severity for a rule that exists is taken", () => {
  assert.deepEqual(diagnosticsOf("{ CX3011: warning }"), []);
});

test("a severity for a code that no rule has is told with the nearest code", () => {
  const [only, ...rest] = diagnosticsOf("{ CX3999: off }");
  assert.deepEqual(rest, []);
  assert.match(only ?? "", /^3:10 CX8023 there is no rule CX3999; did you mean CX3\d{3}\?$/);
});

test("a key under rules that is no code is refused without a list of nothing", () => {
  const cwd = mkdtempSync(join(tmpdir(), "cxform-rules-"));
  try {
    writeFileSync(join(cwd, "cxform.yaml"), "apiVersion: cxform/v1\nkind: Config\nrules: { CX9: off }\n");
    assert.throws(
      () => loadConfig({ cwd }),
      (error) => {
        assert.ok(error instanceof Invalid);
        assert.deepEqual(
          error.diagnostics.map(({ message, hint }) => [message, hint]),
          [["`rules.CX9` is unknown", "Remove it."]],
        );
        return true;
      },
    );
  } finally {
    rmSync(cwd, { recursive: true });
  }
});

test("a severity for a rule of consent records is told to be fixed", () => {
  const [only] = diagnosticsOf("{ CX3608: warning }");
  assert.match(only ?? "", /^3:10 CX8024 the severity of CX3608 cannot be changed/);
});

test("a folder of manifests that is almost called like one that is there is told; an absent one is not", () => {
  const cwd = mkdtempSync(join(tmpdir(), "cxform-folders-"));
  try {
    mkdirSync(join(cwd, "templates"));
    writeFileSync(join(cwd, "cxform.yaml"), "apiVersion: cxform/v1\nkind: Config\nmanifests: [tempaltes, sessions]\n");
    const { warnings } = loadConfig({ cwd });
    assert.deepEqual(
      warnings.map(({ code, line, column, message }) => `${line}:${column} ${code} ${message}`),
      ["3:13 CX8025 there is no tempaltes; did you mean templates?"],
    );
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
