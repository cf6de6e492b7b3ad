// Manifests of a whole project: files, schema, variables, rules, addresses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { listHead, noteHead, project, told } from "./project.ts";

test("valid notes are declared with state, references, labels, counts and source", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml":
      "# first\napiVersion: cxform/v1\nkind: Note\nmetadata:\n  name: a\n  labels: { team: post }\n  renamedFrom: z\nspec: { text: hello, after: b }\n",
    "notes/deep/b.yml": `${noteHead("b")}  text: hi\n---\n${noteHead("c")}  text: there\n`,
  });
  const { declared, resources, isValid, diagnostics } = await read();
  assert.deepEqual(diagnostics, []);
  assert.equal(isValid, true);
  assert.deepEqual(
    declared.map(({ address }) => address),
    ["Note/a", "Note/b", "Note/c"],
  );
  const [first] = declared;
  assert.deepEqual(first?.labels, { team: "post" });
  assert.equal(first?.renamedFrom, "z");
  assert.deepEqual(first?.state, { text: "hello" });
  assert.deepEqual(first?.references, [{ address: "Note/b", pointer: "/spec/after" }]);
  assert.deepEqual(first?.source, { file: "notes/a.yaml", line: 2, column: 1 });
  assert.deepEqual(first?.place("/spec/after"), { file: "notes/a.yaml", line: 8, column: 29 });
  assert.deepEqual(resources[2], { address: "Note/c", file: "notes/deep/b.yml", line: 7, counts: { characters: 5 } });
});

test("every sort of schema violation has its code, place, message and hint", async (t) => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["  colour: red\n", "4:1 CX2001", "`spec.text` is missing", "Add `text` to `spec`."],
    ["  texd: a\n", "5:3 CX2002", "`spec.texd` is unknown; did you mean `text`?", "Rename it to text."],
    [
      "  text: a\n  zzz: 1\n",
      "6:3 CX2002",
      "`spec.zzz` is unknown",
      "Remove it; known here: text, colour, size, urgent, after, free, secret, head.",
    ],
    [
      "  text: +15551234567\n",
      "5:9 CX2003",
      "`spec.text` is read as the number 15551234567 and lost its plus",
      'Quote it: "+15551234567".',
    ],
    [
      "  text: 1.10\n",
      "5:9 CX2003",
      "`spec.text` must be text, but 1.10 is read as the number 1.1",
      'Quote it: "1.10".',
    ],
    [
      "  text: 12345678901234567890\n",
      "5:9 CX2003",
      "`spec.text` must be text, but 12345678901234567890 is read as the number 12345678901234567168",
      'Quote it: "12345678901234567890".',
    ],
    ["  text: true\n", "5:9 CX2003", "`spec.text` must be text, but true is read as true", 'Quote it: "true".'],
    [
      "  text: a\n  urgent: yes\n",
      "6:11 CX2003",
      "`spec.urgent` must be true or false, but yes is text in YAML 1.2",
      "Write true.",
    ],
    [
      "  text: a\n  size: '3'\n",
      "6:9 CX2003",
      "`spec.size` must be a whole number, but is text",
      "Write 3 without quotes.",
    ],
    [
      "  text: a\n  free: { id: 12345678901234567890 }\n",
      "6:15 CX1018",
      "`spec.free.id` is read as the number 12345678901234567168, not 12345678901234567890",
      'Quote it: "12345678901234567890".',
    ],
    [
      "  text: a\n  free: { id: +15551234567 }\n",
      "6:15 CX1018",
      "`spec.free.id` is read as the number 15551234567 and lost its plus",
      'Quote it: "+15551234567".',
    ],
    ["  text: a\n  colour: gren\n", "6:11 CX3902", "the colour gren does not exist", "Write red or green."],
    [
      "  text: a\n  colour: 3.10\n",
      "6:11 CX3902",
      "`spec.colour` must be text, but 3.10 is read as the number 3.1",
      'Quote it: "3.10".',
    ],
    ["  text: ''\n", "5:9 CX2005", "`spec.text` is empty", "Write a value, or remove the field."],
    ["  text: a\n  size: 0\n", "6:9 CX2005", "`spec.size` is 0; it must be >= 1", "Write a number within the limit."],
    [
      "  text: a\n  head: 3\n",
      "6:9 CX2003",
      "`spec.head` must be text or a map, but 3 is read as a number",
      'Quote it: "3".',
    ],
    [
      "  text: a\n  head: { format: PLACE }\n",
      "6:3 CX2001",
      "`spec.head.place` is missing",
      "Add `place` to `spec.head`.",
    ],
    [
      "  text: a\n  head: { format: IMAGES }\n",
      "6:19 CX2004",
      '`spec.head.format` is "IMAGES", which is not one of IMAGE, PLACE',
      "Write IMAGE.",
    ],
  ];
  const { read, write } = project(t);
  for (const [spec, place, message, hint] of cases) {
    write("notes/a.yaml", noteHead("a") + spec);
    const { diagnostics, isValid } = await read();
    assert.deepEqual(told(diagnostics), [`notes/a.yaml:${place}`], spec);
    assert.equal(diagnostics[0]?.message, message);
    assert.equal(diagnostics[0]?.hint, hint);
    assert.equal(diagnostics[0]?.address, "Note/a");
    assert.equal(isValid, false);
  }
});

test("the envelope's mistakes are told once each", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml": "kind: Note\nmetadata: { name: a }\nspec: { text: a }\n",
    "notes/b.yaml": "apiVersion: v1\nkind: Noet\nmetadata: { name: a }\nspec: { text: a }\n",
    "notes/c.yaml": "- a\n",
    "notes/d.yaml": "apiVersion: cxform/v1\nmetadata: { name: a }\n",
    "notes/e.yaml": "apiVersion: cxform/v1\nkind: Config\n",
  });
  const { diagnostics, resources } = await read();
  assert.deepEqual(told(diagnostics), [
    "notes/a.yaml:1:1 CX2006",
    "notes/b.yaml:1:13 CX2006",
    "notes/b.yaml:2:7 CX2007",
    "notes/c.yaml:1:1 CX2003",
    "notes/d.yaml:1:1 CX2001",
    "notes/e.yaml:2:7 CX2007",
  ]);
  assert.equal(diagnostics[2]?.message, 'the kind "Noet" is unknown; did you mean Note?');
  assert.deepEqual(
    resources.map(({ file }) => file),
    ["notes/a.yaml"],
  );
});

test("a rule's finding inside a text is shown at its character, also behind a variable", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml": `${noteHead("a")}  text: |\n    all is well\n    and damn fine\n`,
    "notes/b.yaml": `${noteHead("b")}  text: "\${long} $\${x} damn"\n`,
  });
  const { diagnostics } = await read();
  assert.deepEqual(told(diagnostics), ["notes/a.yaml:7:9 CX3901", "notes/b.yaml:5:24 CX3901"]);
  assert.equal(diagnostics[0]?.length, 4);
});

test("variables fill every string of a spec, a doubled dollar is literal, placeholders stay", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml": `${noteHead("a")}  text: "\${town} $\${town} {{1}} {{town}} $5 $\${long}\${long}"\n`,
  });
  const { declared } = await read();
  assert.equal(declared[0]?.spec["text"], "Oslo ${town} {{1}} {{town}} $5 ${long}aaaaaaaaaa");
});

test("an unknown variable is one error at its dollar sign", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml": `${noteHead("a")}  text: damn in \${twon}\n  colour: \${colour}\n  after: "\${"\n`,
  });
  const { diagnostics } = await read();
  assert.deepEqual(told(diagnostics), [
    "notes/a.yaml:5:17 CX1026",
    "notes/a.yaml:6:11 CX1026",
    "notes/a.yaml:7:11 CX1027",
  ]);
  assert.equal(diagnostics[0]?.message, "the variable twon is unknown in environment local; did you mean town?");
});

test("an address declared twice names the other place, and the later one is not declared", async (t) => {
  const { read } = project(t, {
    "notes/a.yaml": `${noteHead("x")}  text: a\n`,
    "notes/b.yaml": `${noteHead("y")}  text: b\n---\n${noteHead("x")}  text: c\n`,
  });
  const { diagnostics, declared } = await read();
  assert.deepEqual(told(diagnostics), ["notes/b.yaml:9:19 CX1028"]);
  assert.equal(diagnostics[0]?.message, "Note/x is declared at notes/a.yaml:3 already");
  assert.deepEqual(
    declared.map(({ address, source }) => `${address} ${source.file}`),
    ["Note/x notes/a.yaml", "Note/y notes/b.yaml"],
  );
});

test("the config's severities and a resource's allowances change what a rule says", async (t) => {
  const damn = (name: string, note: string): string =>
    `apiVersion: cxform/v1\nkind: Note\nmetadata:\n  name: ${name}\n  annotations:\n    ${note}\nspec: { text: damn }\n`;
  const { read, write } = project(t, {
    "notes/a.yaml": damn("a", 'cxform.dev/allow-CX3901: "quoted from a customer"'),
    "notes/b.yaml": damn("b", 'cxform.dev/allow-CX3901: " "'),
    "notes/c.yaml": damn("c", "cxform.dev/allow-CX3999: why"),
    "notes/d.yaml": damn("d", "cxform.dev/alow: why"),
    "notes/e.yaml": damn("e", "example.com/x: y"),
  });
  assert.deepEqual(told((await read()).diagnostics), [
    "notes/b.yaml:6:30 CX1029",
    "notes/b.yaml:7:15 CX3901",
    "notes/c.yaml:6:5 CX1029",
    "notes/c.yaml:7:15 CX3901",
    "notes/d.yaml:6:5 CX1029",
    "notes/d.yaml:7:15 CX3901",
    "notes/e.yaml:7:15 CX3901",
  ]);
  const config =
    "apiVersion: cxform/v1\nkind: Config\nmanifests: [notes/e.yaml]\nenvironments: { local: { simulator: {} } }\n";
  write("cxform.yaml", `${config}rules: { CX3901: warning }\n`);
  const lowered = await read();
  assert.deepEqual(
    lowered.diagnostics.map(({ severity }) => severity),
    ["warning"],
  );
  assert.equal(lowered.isValid, true);
  assert.equal(lowered.declared.length, 1);
  write("cxform.yaml", `${config}rules: { CX3901: off }\n`);
  assert.deepEqual((await read()).diagnostics, []);
});

test("named paths narrow what is reported and keep what is referred to", async (t) => {
  const { read, root, write } = project(t, {
    "notes/a.yaml": `${noteHead("a")}  text: a\n  after: b\n`,
    "notes/b.yaml": `${noteHead("b")}  text: damn\n`,
    "other/c.yaml": `${noteHead("c")}  text: damn\n`,
    "notes/readme.md": "x",
  });
  const at = (...paths: string[]) => read({ paths: paths.map((path) => join(root, path)) });
  const narrowed = await at("notes/a.yaml");
  assert.deepEqual(narrowed.diagnostics, []);
  assert.deepEqual(
    narrowed.resources.map(({ address }) => address),
    ["Note/a"],
  );
  assert.deepEqual(told((await at("other", "notes/b*")).diagnostics), [
    "notes/b.yaml:5:9 CX3901",
    "other/c.yaml:5:9 CX3901",
  ]);
  assert.deepEqual(told((await at("notes/nowhere.yaml")).diagnostics), ["notes/nowhere.yaml:1:1 CX1021"]);
  assert.deepEqual(told((await at("notes/*.yml")).diagnostics), ["notes/*.yml:1:1 CX1021"]);
  assert.deepEqual(told((await at("notes/readme.md")).diagnostics), ["notes/readme.md:1:1 CX1022"]);
  assert.deepEqual(told((await at("../x.yaml")).diagnostics), ["../x.yaml:1:1 CX1020"]);
  write("notes/d.yaml", `${noteHead("a")}  text: again\n`);
  assert.deepEqual(told((await at("notes/a.yaml")).diagnostics), ["notes/a.yaml:3:19 CX1028"]);
});

test("globs select whole segments, and folders below what they match", async (t) => {
  const files = ["notes/a.yaml", "notes/x/b.yaml", "notes/x/y/c.yaml", "more/x/d.yaml"];
  const { read, write } = project(
    t,
    Object.fromEntries(files.map((file) => [file, `${noteHead(file.replace(/\W/g, "-"))}  text: a\n`])),
  );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["notes/*.yaml", ["notes/a.yaml"]],
    ["notes/**/*.yaml", ["notes/a.yaml", "notes/x/b.yaml", "notes/x/y/c.yaml"]],
    ["**/x", ["more/x/d.yaml", "notes/x/b.yaml", "notes/x/y/c.yaml"]],
    ["*/x/*.yaml", ["more/x/d.yaml", "notes/x/b.yaml"]],
    ["notes/**", ["notes/a.yaml", "notes/x/b.yaml", "notes/x/y/c.yaml"]],
    [".", ["more/x/d.yaml", "notes/a.yaml", "notes/x/b.yaml", "notes/x/y/c.yaml"]],
    ["nowhere", []],
  ];
  for (const [pattern, expected] of cases) {
    write(
      "cxform.yaml",
      `apiVersion: cxform/v1\nkind: Config\nmanifests: ["${pattern}"]\nenvironments: { local: { simulator: {} } }\n`,
    );
    const { resources, diagnostics } = await read();
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(resources.map(({ file }) => file).sort(), expected, pattern);
  }
});

test("nothing outside the project is read, and nothing that is no regular file", async (t) => {
  const { read, root, write } = project(t, {
    "notes/a.yaml": `${noteHead("a")}  text: a\n`,
    "notes/.hidden/b.yaml": "broken: [",
    "notes/node_modules/c.yaml": "broken: [",
    "notes/text.txt": "broken: [",
  });
  const outside = join(root, "..", "outside");
  mkdirSync(outside);
  write("../outside/secret.yaml", `${noteHead("secret")}  text: a\n`);
  symlinkSync(join(outside, "secret.yaml"), join(root, "notes", "b.yaml"));
  symlinkSync(outside, join(root, "notes", "folder"));
  symlinkSync(join(root, "notes", "a.yaml"), join(root, "notes", "z.yaml"));
  symlinkSync(join(root, "notes"), join(root, "notes", "loop"));
  symlinkSync(join(root, "nowhere"), join(root, "notes", "dangling.yaml"));
  execFileSync("mkfifo", [join(root, "notes", "pipe.yaml")]);
  const { diagnostics, declared } = await read();
  assert.deepEqual(told(diagnostics), [
    "notes/b.yaml:1:1 CX1020",
    "notes/dangling.yaml:1:1 CX1001",
    "notes/folder:1:1 CX1020",
    "notes/pipe.yaml:1:1 CX1022",
  ]);
  assert.deepEqual(
    declared.map(({ address }) => address),
    ["Note/a"],
  );
});

test("files whose names are twins on another disk are a warning, and a file that is no UTF-8 an error with its line", async (t) => {
  const { read } = project(t, {
    "notes/A.yaml": `${noteHead("a")}  text: a\n`,
    "notes/a.yaml": `${noteHead("b")}  text: a\n`,
    "notes/e\u0301.yaml": `${noteHead("c")}  text: a\n`,
    "notes/\u00e9.yaml": `${noteHead("d")}  text: a\n`,
    "notes/latin.yaml": Buffer.from("a: 1\nb: caf\xe9\n", "latin1"),
    "notes/large.yaml": `# ${"x".repeat(1024 * 1024)}`,
  });
  const { diagnostics } = await read();
  assert.deepEqual(told(diagnostics), [
    "notes/a.yaml:1:1 CX1023",
    "notes/large.yaml:1:1 CX1002",
    "notes/latin.yaml:2:1 CX1003",
    "notes/\u00e9.yaml:1:1 CX1023",
  ]);
  assert.deepEqual(
    diagnostics.map(({ severity }) => severity),
    ["warning", "error", "error", "warning"],
  );
});

test("what stands where a secret should be named is neither told nor shown", async (t) => {
  const { read } = project(t, { "notes/a.yaml": `${noteHead("a")}  text: a\n  secret: hunter2-hunter2\n` });
  const { diagnostics, sources } = await read();
  assert.deepEqual(told(diagnostics), ["notes/a.yaml:6:11 CX2003"]);
  assert.doesNotMatch(JSON.stringify([diagnostics, [...sources]]), /hunter2/);
  assert.match(sources.get("notes/a.yaml") ?? "", /secret: \*{15}/);
});

test("consent records in a manifest are shown under no caret", async (t) => {
  const { read } = project(t, {
    "lists/a.yaml": `${listHead("a")}  records:\n    - { who: pablo@example.com, yes: true }\n`,
    "lists/b.yaml": `${listHead("b")}  records: [\n    { who: ana@example.com, yes: true }\n`,
  });
  const { diagnostics, sources } = await read();
  assert.deepEqual(told(diagnostics), ["lists/a.yaml:6:14 CX3911", "lists/b.yaml:7:1 CX1012"]);
  assert.doesNotMatch(JSON.stringify([diagnostics, [...sources]]), /example\.com/);
  assert.equal(sources.has("lists/b.yaml"), false);
});
