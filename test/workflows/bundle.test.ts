// The bundled action: two builds of one tree are the same bytes, with every dependency inside.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import test from "node:test";

test("two builds give the same bytes, and import nothing but modules of node", (context) => {
  const folders = ["one", "two"].map((name) => `dist/action-${name}-${process.pid}`);
  context.after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  const [first = "", second = ""] = folders.map((folder) => {
    execFileSync(process.execPath, ["scripts/build-action.mjs", folder], { stdio: "inherit" });
    return readFileSync(`${folder}/index.js`, "utf8");
  });
  assert.equal(first === second, true, "the bytes differ");
  const imported = [...first.matchAll(/^import [^\n]*? from "([^"]+)";$/gm)].map((match) => match[1] as string);
  assert.ok(imported.length > 5);
  assert.deepEqual(
    imported.filter((name) => !builtinModules.includes(name.replace(/^node:/, ""))),
    [],
  );
});
