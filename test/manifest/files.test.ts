// The path guard: what is expanded, what is refused, and that nothing outside the project is ever read.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FileQuery, findFiles, isInside, openRegular, readBytes, realInside } from "../../src/manifest/files.ts";
import { limits } from "../../src/manifest/guard.ts";

/** `<temp>/project` with the files named, beside `<temp>/outside/secret.yaml` and `<temp>/project-two/near.yaml`. */
function tree(context: TestContext, ...files: readonly string[]): string {
  const temp = realpathSync(mkdtempSync(join(tmpdir(), "cxform-files-")));
  context.after(() => rmSync(temp, { recursive: true, force: true }));
  for (const file of ["outside/secret.yaml", "project-two/near.yaml", ...files.map((file) => `project/${file}`)]) {
    mkdirSync(dirname(join(temp, file)), { recursive: true });
    writeFileSync(join(temp, file), "");
  }
  mkdirSync(join(temp, "project"), { recursive: true });
  return join(temp, "project");
}

const inside = (root: string, ...paths: readonly string[]): readonly string[] => paths.map((path) => join(root, path));

/** The files, those not selected in brackets, and the diagnostics as `CODE file`. */
function seen(query: FileQuery): { readonly files: readonly string[]; readonly told: readonly string[] } {
  const { files, diagnostics } = findFiles(query);
  return {
    files: files.map(({ file, isSelected }) => (isSelected ? file : `(${file})`)),
    told: diagnostics.map(({ code, file, severity }) => `${code} ${file}${severity === "error" ? "" : ` ${severity}`}`),
  };
}

test("a folder yields its *.yaml and *.yml files, sorted, without hidden ones and node_modules", (context) => {
  const root = tree(
    context,
    "m/b.yaml",
    "m/a.yml",
    "m/sub/c.yaml",
    "m/readme.md",
    "m/x.yaml.bak",
    "m/.hidden.yaml",
    "m/.git/d.yaml",
    "m/node_modules/e.yaml",
    "m/node_modules_of_ours/f.yaml",
    "other/g.yaml",
  );
  const expected = ["m/a.yml", "m/b.yaml", "m/node_modules_of_ours/f.yaml", "m/sub/c.yaml"];
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }), { files: expected, told: [] });
  const [first] = findFiles({ root, manifests: inside(root, "m") }).files;
  assert.deepEqual(first, { file: "m/a.yml", path: join(root, "m/a.yml"), isSelected: true });
});

test("the project itself, a file, and what is not there", (context) => {
  const root = tree(context, "a.yaml", "m/b.yaml");
  assert.deepEqual(seen({ root, manifests: [root] }), { files: ["a.yaml", "m/b.yaml"], told: [] });
  assert.deepEqual(seen({ root, manifests: inside(root, "a.yaml") }), { files: ["a.yaml"], told: [] });
  assert.deepEqual(seen({ root, manifests: inside(root, "none") }), { files: [], told: [] });
  assert.deepEqual(seen({ root, manifests: inside(root, "none/*.yaml") }), { files: [], told: [] });
  assert.deepEqual(seen({ root, manifests: inside(root, "m", "m/b.yaml", "m/../m") }), {
    files: ["m/b.yaml"],
    told: [],
  });
});

test("globs match whole segments, and a pattern that ends early selects what is below", (context) => {
  const root = tree(context, "m/a.yaml", "m/x/a.yaml", "m/x/y/a.yaml", "m/x/y/b.yaml", "mm/a.yaml");
  const cases: readonly (readonly [pattern: string, files: readonly string[]])[] = [
    ["m/*.yaml", ["m/a.yaml"]],
    ["m/*/a.yaml", ["m/x/a.yaml"]],
    ["m/*/*/a.yaml", ["m/x/y/a.yaml"]],
    ["m/**/a.yaml", ["m/a.yaml", "m/x/a.yaml", "m/x/y/a.yaml"]],
    ["m/**/y/*.yaml", ["m/x/y/a.yaml", "m/x/y/b.yaml"]],
    ["m/**/x/**/b.yaml", ["m/x/y/b.yaml"]],
    ["m/**", ["m/a.yaml", "m/x/a.yaml", "m/x/y/a.yaml", "m/x/y/b.yaml"]],
    ["m/x/y/?.yaml", ["m/x/y/a.yaml", "m/x/y/b.yaml"]],
    ["m/?", ["m/x/a.yaml", "m/x/y/a.yaml", "m/x/y/b.yaml"]],
    ["m*/a.yaml", ["m/a.yaml", "mm/a.yaml"]],
    ["*/a.yaml", ["m/a.yaml", "mm/a.yaml"]],
    ["**/b.yaml", ["m/x/y/b.yaml"]],
    ["m/*/*/*/a.yaml", []],
    ["m/*.yml", []],
    ["m/**/z/a.yaml", []],
    ["m/a.yaml/**", ["m/a.yaml"]],
  ];
  for (const [pattern, files] of cases)
    assert.deepEqual(seen({ root, manifests: inside(root, pattern) }), { files, told: [] }, pattern);
});

test("what a user names is selected, must exist, and leaves the rest for reference", (context) => {
  const root = tree(context, "m/a.yaml", "m/b.yaml", "m/notes.txt");
  const manifests = inside(root, "m");
  const named = (...paths: readonly string[]) => seen({ root, manifests, paths: inside(root, ...paths) });
  assert.deepEqual(named("m/b.yaml"), { files: ["(m/a.yaml)", "m/b.yaml"], told: [] });
  assert.deepEqual(named("m/?.yaml"), { files: ["m/a.yaml", "m/b.yaml"], told: [] });
  assert.deepEqual(named("m/c.yaml").told, ["CX1021 m/c.yaml"]);
  assert.deepEqual(named("m/*.yml").told, ["CX1021 m/*.yml"]);
  assert.deepEqual(named("none/*.yml").told, ["CX1021 none"]);
  assert.deepEqual(named("m/notes.txt").told, ["CX1022 m/notes.txt"]);
  assert.deepEqual(named("m/notes.*").told, ["CX1021 m/notes.*"]);
  assert.deepEqual(named("m/notes.txt/*").told, ["CX1021 m/notes.txt/*"], "a pattern below a file is no file");
  mkdirSync(join(root, "empty"));
  assert.deepEqual(named("empty").told, [], "a folder is there, whatever is in it");
  // A pattern that matches what another word has found already has matched.
  assert.deepEqual(named("m/?.yaml", "m/a.*", "m/a.yaml").told, []);
  assert.deepEqual(named("m/?.yaml", "m/?.yml").told, ["CX1021 m/?.yml"]);
  assert.deepEqual(named("m").files, ["m/a.yaml", "m/b.yaml"]);
});

test("the config is no manifest, also by another name", (context) => {
  const root = tree(context, "cxform.yaml", "a.yaml");
  symlinkSync(join(root, "cxform.yaml"), join(root, "again.yaml"));
  const except = inside(root, "cxform.yaml", "none.yaml");
  assert.deepEqual(seen({ root, manifests: [root], except }), { files: ["a.yaml"], told: [] });
});

test("a path outside is refused by its text, before it is touched", (context) => {
  const root = tree(context);
  const outside = ["../outside", "../outside/secret.yaml", "../outside/*.yaml", "../project-two", "..", "../none"];
  for (const path of outside) {
    const { files, told } = seen({ root, manifests: [join(root, path)] });
    assert.deepEqual([files, told.map((line) => line.slice(0, 6))], [[], ["CX1020"]], path);
  }
  const toTheTop = root.split("/").slice(1).fill("..").join("/");
  assert.deepEqual(seen({ root, manifests: ["/*.yaml"] }).told, [`CX1020 ${toTheTop}`]);
});

test("links that lead out are refused, links within are followed once", (context) => {
  const root = tree(context, "m/a.yaml", "real/b.yaml");
  const link = (target: string, name: string): void => symlinkSync(target, join(root, name));
  link("../../outside/secret.yaml", "m/secret.yaml");
  link("../../outside", "m/folder");
  link("../../outside/none.yaml", "m/nowhere.yaml");
  link("none", "m/nowhere");
  link("../../outside/secret.yaml", "m/secret.txt");
  link("../real", "m/within");
  link("..", "m/up");
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }), {
    files: ["m/a.yaml", "m/up/real/b.yaml"],
    told: ["CX1020 m/folder", "CX1001 m/nowhere.yaml", "CX1020 m/secret.yaml"],
  });
});

test("of several links to one file the first by name is shown", (context) => {
  const root = tree(context, "real/b.yaml");
  mkdirSync(join(root, "m"));
  for (const name of ["c", "a", "b"]) symlinkSync("../real/b.yaml", join(root, `m/${name}.yaml`));
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }), { files: ["m/a.yaml"], told: [] });
});

test("a link to a sibling whose name begins alike leads out", (context) => {
  const root = tree(context, "m/a.yaml");
  symlinkSync("../../project-two/near.yaml", join(root, "m/near.yaml"));
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }).told, ["CX1020 m/near.yaml"]);
});

test("a project reached by a link is the folder that it leads to", (context) => {
  const root = tree(context, "m/a.yaml");
  const alias = join(dirname(root), "alias");
  symlinkSync(root, alias);
  const { files, diagnostics } = findFiles({ root: alias, manifests: [join(alias, "m")] });
  assert.deepEqual([files, diagnostics], [[{ file: "m/a.yaml", path: join(root, "m/a.yaml"), isSelected: true }], []]);
});

test("what a pattern matched and could not take is told once", (context) => {
  const root = tree(context, "m/notes.txt");
  symlinkSync("../../outside/secret.yaml", join(root, "m/a.yaml"));
  const query = { root, manifests: [], paths: inside(root, "m/*.yaml") };
  assert.deepEqual(seen(query), { files: [], told: ["CX1020 m/a.yaml"] });
});

test("the config is no manifest where the project is reached by a link", (context) => {
  const root = tree(context, "cxform.yaml", "a.yaml");
  const alias = join(dirname(root), "alias");
  symlinkSync(root, alias);
  const query = { root: alias, manifests: [alias], except: [join(alias, "cxform.yaml")] };
  assert.deepEqual(seen(query), { files: ["a.yaml"], told: [] });
});

test("pipes are no manifests and nobody waits for them", (context) => {
  const root = tree(context, "m/a.yaml");
  execFileSync("mkfifo", [join(root, "m/pipe.yaml")]);
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }), { files: ["m/a.yaml"], told: ["CX1022 m/pipe.yaml"] });
  assert.equal(openRegular(join(root, "m/pipe.yaml")), undefined);
  assert.deepEqual(readBytes(join(root, "m/pipe.yaml")), { problem: "is no regular file" });
});

test("names that the system refuses are reported", (context) => {
  const root = tree(context, "m/a.yaml");
  const long = "n".repeat(300);
  assert.deepEqual(seen({ root, manifests: inside(root, `${long}.yaml`) }).told, [`CX1001 ${long}.yaml`]);
});

test("a folder without permission is reported, the rest is read", {
  skip: process.getuid?.() === 0 && "root reads everything",
}, (context) => {
  const root = tree(context, "m/a.yaml", "m/closed/b.yaml");
  chmodSync(join(root, "m/closed"), 0);
  context.after(() => chmodSync(join(root, "m/closed"), 0o700));
  assert.deepEqual(seen({ root, manifests: inside(root, "m") }), { files: ["m/a.yaml"], told: ["CX1001 m/closed"] });
});

test("names that are one on other disks are told, once for each further one", (context) => {
  const root = tree(
    context,
    "m/Note.yaml",
    "m/note.yaml",
    "m/NOTE.yaml",
    "m/caf\u00e9.yaml",
    "m/cafe\u0301.yaml",
    "m/other.yaml",
    // Other names on every disk: their letters have one capital form, but no common small one.
    "m/strasse.yaml",
    "m/stra\u00dfe.yaml",
  );
  const { files, told } = seen({ root, manifests: inside(root, "m") });
  assert.equal(files.length, 8);
  assert.deepEqual(told, [
    "CX1023 m/Note.yaml warning",
    "CX1023 m/caf\u00e9.yaml warning",
    "CX1023 m/note.yaml warning",
  ]);
});

test("a manifest is read up to the limit, and not through a link", (context) => {
  const root = tree(context, "a.yaml", "exact.yaml", "big.yaml");
  writeFileSync(join(root, "a.yaml"), "a: 1\n");
  writeFileSync(join(root, "exact.yaml"), "x".repeat(limits.fileBytes));
  writeFileSync(join(root, "big.yaml"), "x".repeat(limits.fileBytes + 1));
  symlinkSync("a.yaml", join(root, "link.yaml"));
  assert.equal(readBytes(join(root, "a.yaml")).bytes?.toString(), "a: 1\n");
  assert.equal(readBytes(join(root, "exact.yaml")).bytes?.length, limits.fileBytes);
  assert.deepEqual(readBytes(join(root, "big.yaml")), { sizeBytes: limits.fileBytes + 1 });
  assert.deepEqual(readBytes(join(root, "link.yaml")), { problem: "cannot be read (ELOOP)" });
  assert.deepEqual(readBytes(join(root, "none.yaml")), { problem: "cannot be read (ENOENT)" });
  assert.deepEqual(readBytes(root), { problem: "is no regular file" });
  const descriptor = openRegular(join(root, "a.yaml"));
  assert.equal(typeof descriptor, "number");
  closeSync(descriptor as number);
});

test("no descriptor stays open, whatever was read", (context) => {
  const root = tree(context, "a.yaml", "big.yaml");
  writeFileSync(join(root, "big.yaml"), "x".repeat(limits.fileBytes + 1));
  // The system gives the lowest free number: the same one before and after says that none was kept.
  const free = (): number => {
    const descriptor = openRegular(join(root, "a.yaml")) as number;
    closeSync(descriptor);
    return descriptor;
  };
  const before = free();
  for (const path of [join(root, "a.yaml"), join(root, "big.yaml"), root, join(root, "none")]) readBytes(path);
  openRegular(root);
  assert.equal(free(), before);
});

test("inside is by whole segments", () => {
  const cases: readonly (readonly [folder: string, path: string, is: boolean])[] = [
    ["/a/b", "/a/b", true],
    ["/a/b", "/a/b/c", true],
    ["/a/b", "/a/bc", false],
    ["/a/b", "/a", false],
    ["/a/b/", "/a/b/c", true],
    ["/", "/a", true],
    ["/", "/", true],
  ];
  for (const [folder, path, is] of cases) assert.equal(isInside(folder, path), is, `${path} in ${folder}`);
});

test("a file that a manifest names is inside the project, by text and in truth", (context) => {
  const root = tree(context, "m/rows.csv", "rows.csv");
  symlinkSync("../../outside/secret.yaml", join(root, "m/out.csv"));
  symlinkSync("rows.csv", join(root, "m/alias.csv"));
  const folder = join(root, "m");
  const at = (path: string) => realInside(root, folder, path);
  assert.deepEqual(at("rows.csv"), { real: join(root, "m/rows.csv") });
  assert.deepEqual(at("alias.csv"), { real: join(root, "m/rows.csv") });
  assert.deepEqual(at("../rows.csv"), { real: join(root, "rows.csv") });
  assert.deepEqual(at("none.csv"), { problem: "does not exist" });
  const outside = { problem: "lies outside the project", isOutside: true };
  for (const path of ["../../outside/secret.yaml", join(root, "m/rows.csv"), "..\\rows.csv", "a\\b"])
    assert.deepEqual(at(path), outside, path);
  assert.deepEqual(at("out.csv"), { problem: "leads out of the project by a symbolic link", isOutside: true });
});

test("a sharp s and two of them are two names on every disk", (context) => {
  const root = tree(context, "stra\u00dfe.yaml", "strasse.yaml");
  assert.deepEqual(seen({ root, manifests: [root] }).told, []);
});
