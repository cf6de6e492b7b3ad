// Batches of records: findings, counts, chunks, files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { digest, nameUuid } from "../../src/base/digest.ts";
import { RecordsChanged } from "../../src/base/failure.ts";
import type { Chunk, Declared } from "../../src/contract/declared.ts";
import { listHead, project, told } from "./project.ts";

const sha = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

const fileList = (name: string, path: string, content: string | Uint8Array, format = "ndjson"): string =>
  `${listHead(name)}  recordsFile:\n    path: ${path}\n    format: ${format}\n    sha256: ${sha(content)}\n`;

async function chunksOf(
  declared: Declared | undefined,
  wanted: (chunk: { optOut: boolean }) => boolean = () => true,
): Promise<readonly Chunk[]> {
  assert.ok(declared?.records);
  const chunks: Chunk[] = [];
  for await (const chunk of declared.records.chunks(wanted)) chunks.push(chunk);
  return chunks;
}

test("inline records become chunks, opt-outs first, with digests over the record ids", async (t) => {
  const { read } = project(t, {
    "lists/a.yaml": `${listHead("a")}  records:\n    - { who: a, yes: true }\n    - { who: b, yes: false }\n    - { who: c, yes: true }\n`,
  });
  const { declared, diagnostics } = await read();
  assert.deepEqual(diagnostics, []);
  const id = (who: string, yes: boolean) => nameUuid({ note: null, who, yes });
  const outs = digest([id("b", false)]);
  const ins = digest([id("a", true), id("c", true)]);
  assert.deepEqual(declared[0]?.records?.summary, {
    contentDigest: digest([outs, ins]),
    total: 3,
    optIns: 2,
    optOuts: 1,
    invalid: 0,
    chunks: [
      { digest: outs, optOut: true, count: 1 },
      { digest: ins, optOut: false, count: 2 },
    ],
  });
  const chunks = await chunksOf(declared[0]);
  assert.deepEqual(
    chunks.map(({ records }) => records.map(({ who }) => who)),
    [["b"], ["a", "c"]],
  );
  assert.deepEqual(
    (await chunksOf(declared[0], ({ optOut }) => !optOut)).map(({ optOut }) => optOut),
    [false],
  );
});

test("a bad record blocks the batch and keeps its valid opt-outs, without a word of its value", async (t) => {
  const { read } = project(t, {
    "lists/a.yaml": `${listHead("a")}  records:\n    - { who: pablo@example.com, yes: true }\n    - { who: b, yes: false }\n    - { who: c, yes: maybe-pablo }\n    - { who: 34600111222, yes: false }\n    - pablo\n    - { who: d, yes: true, nick: pablo }\n`,
  });
  const { declared, damagedBatches, diagnostics, isValid } = await read();
  assert.equal(isValid, false);
  assert.deepEqual(declared, []);
  assert.deepEqual(told(diagnostics), [
    "lists/a.yaml:6:14 CX3911",
    "lists/a.yaml:8:22 CX3620",
    "lists/a.yaml:9:14 CX3911",
    "lists/a.yaml:10:7 CX3911",
    "lists/a.yaml:11:7 CX3620",
  ]);
  assert.doesNotMatch(JSON.stringify(diagnostics), /pablo|34600111222/);
  const summary = damagedBatches[0]?.records?.summary;
  assert.deepEqual([summary?.total, summary?.optOuts, summary?.invalid], [1, 1, 5]);
});

test("an opt-out is kept whatever it repeats, and only an equal answer is dropped", async (t) => {
  const content =
    '{"who":"a","yes":true}\n{"who":"a","yes":false}\n\n{"who":"a","yes":false}\n{"who":"b","yes":true}\n{"who":"b","yes":true}\n';
  const { read } = project(t, { "lists/a.ndjson": content, "lists/a.yaml": fileList("a", "a.ndjson", content) });
  const { damagedBatches, diagnostics } = await read();
  assert.deepEqual(told(diagnostics), [
    "lists/a.ndjson:2:1 CX3613",
    "lists/a.ndjson:4:1 CX3613",
    "lists/a.ndjson:6:1 CX3613",
  ]);
  assert.match(diagnostics[2]?.message ?? "", /line 5/);
  const summary = damagedBatches[0]?.records?.summary;
  assert.deepEqual([summary?.optIns, summary?.optOuts, summary?.invalid], [2, 1, 2]);
});

test("two batches that contradict each other at one time are an error in the later one", async (t) => {
  const { read } = project(t, {
    "lists/a.yaml": `${listHead("a")}  records: [{ who: a, yes: true, at: 5 }, { who: b, yes: true, at: 5 }, { who: c, yes: true, at: 5 }]\n`,
    "lists/b.yaml": `${listHead("b")}  records:\n    - { who: a, yes: false, at: 5 }\n    - { who: b, yes: false, at: 6 }\n    - { who: c, yes: true, at: 5 }\n`,
  });
  const { diagnostics, damagedBatches } = await read();
  assert.deepEqual(told(diagnostics), ["lists/b.yaml:6:7 CX3614"]);
  assert.match(diagnostics[0]?.message ?? "", /^List\/a gives another answer/);
  assert.equal(damagedBatches[0]?.records?.summary.optOuts, 2);
});

test("a line that cannot be read is named, and the others still count", async (t) => {
  const content =
    '{"who":"a","yes":false}\n{"who":"b"\n[1]\n{"who":"c","yes":false,"yes":true}\n{"who":"d","yes":false}';
  const { read } = project(t, { "lists/x/a.ndjson": content, "lists/a.yaml": fileList("a", "x/a.ndjson", content) });
  const { diagnostics, damagedBatches } = await read();
  assert.deepEqual(told(diagnostics), [
    "lists/x/a.ndjson:2:1 CX3618",
    "lists/x/a.ndjson:3:1 CX3618",
    "lists/x/a.ndjson:4:1 CX3620",
  ]);
  assert.equal(damagedBatches[0]?.records?.summary.optOuts, 2);
});

test("a hundred findings are listed and all are counted", async (t) => {
  const content = Array.from({ length: 130 }, () => '{"who":"@"}').join("\n");
  const { read } = project(t, { "lists/a.ndjson": content, "lists/a.yaml": fileList("a", "a.ndjson", content) });
  const { diagnostics, damagedBatches } = await read();
  assert.equal(diagnostics.length, 101);
  const [more] = diagnostics.filter(({ code }) => code === "CX3694");
  assert.equal(more?.message, "30 more findings in this batch (30 errors)");
  assert.equal(more?.file, "lists/a.yaml");
  assert.equal(damagedBatches[0]?.records?.summary.invalid, 130);
});

test("a file of another SHA-256 is not used at all", async (t) => {
  const { read } = project(t, {
    "lists/a.ndjson": '{"who":"b","yes":false}\n',
    "lists/a.yaml": fileList("a", "a.ndjson", "else"),
  });
  const { diagnostics, declared, damagedBatches } = await read();
  assert.deepEqual(told(diagnostics), ["lists/a.yaml:8:13 CX3616"]);
  assert.match(diagnostics[0]?.hint ?? "", new RegExp(sha('{"who":"b","yes":false}\n')));
  assert.deepEqual([...declared, ...damagedBatches], []);
});

test("records files stay inside the project and are regular files", async (t) => {
  const content = '{"who":"a","yes":true}\n';
  const { read, root, write } = project(t, { "lists/a.ndjson": content, "../outside.ndjson": content });
  symlinkSync(join(root, "..", "outside.ndjson"), join(root, "lists", "link.ndjson"));
  execFileSync("mkfifo", [join(root, "lists", "pipe.ndjson")]);
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["a.ndjson", []],
    ["../lists/a.ndjson", []],
    ["../../outside.ndjson", ["lists/a.yaml:6:11 CX3615"]],
    [join(root, "lists/a.ndjson"), ["lists/a.yaml:6:11 CX3615"]],
    ["link.ndjson", ["lists/a.yaml:6:11 CX3615"]],
    ["lost.ndjson", ["lists/a.yaml:6:11 CX3619"]],
    ["pipe.ndjson", ["lists/a.yaml:6:11 CX3619"]],
    [".", ["lists/a.yaml:6:11 CX3619"]],
  ];
  for (const [path, expected] of cases) {
    write("lists/a.yaml", fileList("a", path, content));
    assert.deepEqual(told((await read()).diagnostics), expected, path);
  }
});

test("a file that a variable names may lie outside; unset it is a warning for validate and an error for a plan", async (t) => {
  const content = '{"who":"a","yes":true}\n{"who":"@","yes":true}\n';
  const { read, root } = project(t, {
    "../outside.ndjson": content,
    "lists/a.yaml": `${listHead("a")}  recordsFile:\n    fromEnv: EXPORT\n    format: ndjson\n    sha256: ${sha(content)}\n`,
  });
  const given = await read({ secret: (name) => (name === "EXPORT" ? join(root, "..", "outside.ndjson") : undefined) });
  assert.deepEqual(told(given.diagnostics), ["$EXPORT:2:1 CX3911"]);
  assert.equal(given.damagedBatches[0]?.records?.summary.optIns, 1);
  const validated = await read({ selectValidateOnly: true });
  assert.deepEqual(told(validated.diagnostics), ["lists/a.yaml:6:14 CX3695"]);
  assert.equal(validated.isValid, true);
  const planned = await read();
  assert.deepEqual(told(planned.diagnostics), ["lists/a.yaml:6:14 CX8015"]);
  assert.equal(planned.isValid, false);
  const lost = await read({ secret: () => "/nowhere/at/all" });
  assert.deepEqual(told(lost.diagnostics), ["lists/a.yaml:6:14 CX3619"]);
  assert.doesNotMatch(JSON.stringify(lost.diagnostics), /nowhere/);
});

test("CSV has a header of field names, an empty cell is null or absent, and quotes work", async (t) => {
  const content = '\uFEFFwho,yes,note,area\r\na,true,"one, ""two""\nthree",north\r\nb,FALSE,,\r\n';
  const { read } = project(t, { "lists/a.csv": content, "lists/a.yaml": fileList("a", "a.csv", content, "csv") });
  const { declared, diagnostics } = await read();
  assert.deepEqual(diagnostics, []);
  const chunks = await chunksOf(declared[0]);
  assert.deepEqual(
    chunks.map(({ records }) => records),
    [[{ note: null, who: "b", yes: false }], [{ note: 'one, "two"\nthree', who: "a", yes: true, area: "north" }]],
  );
});

test("a CSV that is not as documented names the line and repeats no cell", async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["who,yse\npablo,true\n", ["lists/a.csv:1:1 CX3617"]],
    ["who,who,yes\npablo,a,true\n", ["lists/a.csv:1:1 CX3617"]],
    ["who\npablo\n", ["lists/a.csv:1:1 CX3617"]],
    ["", ["lists/a.csv:1:1 CX3617"]],
    ["who,yes\npablo,true\npablo2\npablo3,perhaps\n", ["lists/a.csv:3:1 CX3618", "lists/a.csv:4:1 CX3620"]],
    ['who,yes\npablo,true\n"pab"lo,true\npablo4,false\n', ["lists/a.csv:3:1 CX3618"]],
    // Of a row of several lines the first is named.
    [
      'who,yes,note\r\npablo,perhaps,"a\r\nb\r\nc"\r\npablo2,perhaps,\r\n',
      ["lists/a.csv:2:1 CX3620", "lists/a.csv:5:1 CX3620"],
    ],
    ['who,yes\npablo,true\n"pablo2,true\npablo3,true\npablo4,false\n', ["lists/a.csv:3:1 CX3618"]],
  ];
  const { read, write } = project(t);
  for (const [content, expected] of cases) {
    write("lists/a.csv", content);
    write("lists/a.yaml", fileList("a", "a.csv", content, "csv"));
    const { diagnostics } = await read();
    assert.deepEqual(told(diagnostics), expected, content);
    assert.doesNotMatch(JSON.stringify(diagnostics), /pablo/);
  }
});

test("records that change after they were summed up are not sent", async (t) => {
  const content = '{"who":"a","yes":false}\n{"who":"b","yes":true}\n';
  const { read, root } = project(t, { "lists/a.ndjson": content, "lists/a.yaml": fileList("a", "a.ndjson", content) });
  const { declared } = await read();
  for (const changed of [
    content.replace('"b"', '"c"'),
    `${content}{"who":"d","yes":true}\n`,
    '{"who":"a","yes":false}\n',
    "broken\n",
  ]) {
    writeFileSync(join(root, "lists/a.ndjson"), changed);
    await assert.rejects(chunksOf(declared[0]), RecordsChanged);
  }
  writeFileSync(join(root, "lists/a.ndjson"), content);
  assert.equal((await chunksOf(declared[0])).length, 2);
});

test("the batch's opt-outs survive an unknown field beside them, not a broken envelope", async (t) => {
  const { read } = project(t, {
    "lists/a.yaml": `${listHead("a")}  sauce: x\n  records: [{ who: a, yes: false }]\n`,
    "lists/b.yaml": `${listHead("b")}  source: 3\n  records: [{ who: b, yes: false }]\n`,
    "lists/c.yaml": `${listHead("c")}  source: x\n`,
  });
  const { diagnostics, damagedBatches } = await read();
  assert.deepEqual(told(diagnostics), [
    "lists/a.yaml:5:3 CX2002",
    "lists/b.yaml:5:11 CX2003",
    "lists/c.yaml:4:1 CX2001",
  ]);
  assert.deepEqual(
    damagedBatches.map(({ address }) => address),
    ["List/a"],
  );
});

test("a hundred thousand records are summed up and streamed in flat memory", async (t) => {
  const { read, root, write } = project(t);
  const path = join(root, "big.ndjson");
  const hash = createHash("sha256");
  const out = createWriteStream(path);
  for (let at = 0; at < 100_000; at++) {
    const line = `{"who":"contact-${at}","yes":${at % 3 !== 0},"at":${at}}\n`;
    hash.update(line);
    if (!out.write(line)) await once(out, "drain");
  }
  out.end();
  await once(out, "close");
  write(
    "lists/a.yaml",
    `${listHead("a")}  recordsFile: { path: ../big.ndjson, format: ndjson, sha256: ${hash.digest("hex")} }\n`,
  );
  const before = process.memoryUsage().rss;
  const { declared, diagnostics } = await read();
  assert.deepEqual(diagnostics, []);
  const summary = declared[0]?.records?.summary;
  assert.deepEqual([summary?.total, summary?.optOuts, summary?.chunks.length], [100_000, 33_334, 334 + 667]);
  const last = summary?.chunks.at(-1);
  const [chunk] = await chunksOf(declared[0], (each) => each === last);
  assert.equal(chunk?.count, last?.count);
  assert.equal(chunk?.records.at(-1)?.["who"], "contact-99998");
  assert.ok(process.memoryUsage().rss - before < 250 * 1024 * 1024);
});
