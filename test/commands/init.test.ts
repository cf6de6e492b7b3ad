// init: what is scaffolded validates without a warning, and nothing is overwritten.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { NotAllowed } from "../../src/base/failure.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { loadConfig } from "../../src/library/config.ts";
import { formatText } from "../../src/library/format.ts";
import { init } from "../../src/library/init.ts";
import { validate } from "../../src/library/validate.ts";
import { bundled } from "../_world/bundled.ts";
import { testWorld } from "../_world/world.ts";

test("a new project has an example of each kind, which validates without a warning", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-init-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, ".gitignore"), "node_modules/");
  const { written } = init(dir);
  assert.equal(written.length, kinds.length + 2);
  assert.equal(readFileSync(join(dir, ".gitignore"), "utf8"), "node_modules/\n.cxform/\n");
  const { config, warnings } = loadConfig({ cwd: dir });
  const checked = await validate({ config, world: testWorld({ now: "2026-11-20T12:00:00Z" }) });
  assert.deepEqual([checked.diagnostics, warnings], [[], []]);
  assert.equal(checked.resources.length, kinds.length);
  for (const file of written.filter((one) => one.endsWith(".yaml"))) {
    const text = readFileSync(join(dir, file), "utf8");
    assert.equal(formatText(text), text, file);
  }
  assert.throws(() => init(dir), /there already/);
  assert.deepEqual(readFileSync(join(dir, ".gitignore"), "utf8"), "node_modules/\n.cxform/\n");
});

test("with the workflows asked for, a project that is there gets these alone, and a new one both", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "cxform-init-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const github = { environments: ["production", "eu.staging"], branch: "trunk" };
  const workflows = [".github/workflows/plan.yml", ".github/workflows/apply.yml", ".github/workflows/follow-up.yml"];
  writeFileSync(join(dir, "cxform.yaml"), "kind: Config\n");
  assert.deepEqual(init(dir, { github }).written, [...workflows, ".gitignore"]);
  const apply = readFileSync(join(dir, ".github/workflows/apply.yml"), "utf8");
  assert.match(apply, /^ {2}apply-eu_staging:$/m);
  assert.match(apply, /branches: \[trunk\]/);
  assert.match(apply, /uses: cxform\/cxform@v\d/);
  assert.throws(() => init(dir, { github }), /there already/);
  const fresh = init(join(dir, "fresh"), { github }).written;
  assert.ok(fresh.includes("cxform.yaml") && workflows.every((file) => fresh.includes(file)));
});

test("a project in a folder of a repository gets its workflows at the root, which name the folder", async (t) => {
  const top = mkdtempSync(join(tmpdir(), "cxform-init-"));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  execFileSync("git", ["init", "-q", "-b", "trunk", top]);
  const words = [await bundled(), "init", join(top, "teams/messaging"), "--github"];
  const said = execFileSync(process.execPath, words, { encoding: "utf8" });
  assert.match(said, /^\+ \.\.\/\.\.\/\.github\/workflows\/plan\.yml$/m);
  for (const name of ["plan", "apply", "follow-up"]) {
    const text = readFileSync(join(top, `.github/workflows/${name}.yml`), "utf8");
    const uses = text.match(/uses: cxform\/cxform@/g)?.length;
    assert.equal(text.match(/working-directory: "teams\/messaging"/g)?.length, uses, name);
  }
  assert.ok(existsSync(join(top, "teams/messaging/cxform.yaml")));
  // A second project would have the first one's names on GitHub.
  const second = join(top, "teams/voice");
  const github = { environments: ["production"], branch: "trunk", folder: "teams/voice" };
  assert.throws(
    () => init(second, { github }),
    (error) => {
      assert.ok(error instanceof NotAllowed);
      assert.match(error.message, /^\.\.\/\.\.\/\.github\/workflows\/plan\.yml, .* are there already$/);
      assert.match(error.hint, /of two projects in one repository GitHub applies one/);
      return true;
    },
  );
  assert.ok(!existsSync(second), "nothing is written");
});
