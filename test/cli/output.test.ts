// Where results go: a stdout that takes nothing more, and files that are none.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { bundled } from "../_world/bundled.ts";
import { config, type Project, parcel, project } from "./program.ts";

/** The program under a shell, with what stands around it there. */
async function shell(at: Project, line: string): Promise<{ readonly exit: number | null; readonly err: string }> {
  const command = line.replace("cxform", `"${process.execPath}" "${await bundled()}"`);
  const env = { PATH: process.env["PATH"], USER: "kim", GIT_CEILING_DIRECTORIES: dirname(at.dir) };
  const { status, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-o", "pipefail", "-c", command], {
    cwd: at.dir,
    env,
    encoding: "utf8",
  });
  return { exit: status, err: stderr };
}

const files = { "cxform.yaml": config, "templates/parcel.yaml": parcel };

async function isApplied(at: Project): Promise<void> {
  const status = await at.run(["status", "--format", "json"]);
  const { claim, resources } = JSON.parse(status.out) as { readonly claim?: unknown; readonly resources: object[] };
  assert.deepEqual([claim, resources.length], [undefined, 1]);
}

test("a stdout that is full is told on stderr, and the exit code says whether something may have been done", async (t) => {
  const at = project(t, files);
  const planned = await shell(at, "cxform plan > /dev/full");
  assert.equal(planned.exit, 4, planned.err);
  const applied = await shell(at, "cxform apply --yes --format json > /dev/full");
  assert.equal(applied.exit, 5, applied.err);
  for (const { err } of [planned, applied]) {
    assert.match(err, /the result cannot be written to stdout: no space is left\n {2}hint: /);
    assert.doesNotMatch(err, /^ {4}at /m);
  }
  await isApplied(at);
});

test("a reader that has seen enough stops neither the run nor its exit code", async (t) => {
  const at = project(t, files);
  const read = await shell(at, "cxform apply --yes --quiet | true");
  assert.deepEqual([read.exit, read.err], [0, ""]);
  await isApplied(at);
});

test("a result that is written to a link goes to the file behind it, and to a device or pipe as it is", async (t) => {
  const at = project(t, files);
  const [file, link, pipe] = ["real.json", "link.json", "pipe"].map((name) => join(at.dir, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, "old");
  symlinkSync(file, link);
  assert.equal((await at.run(["plan", "--out", "link.json"])).exit, 0);
  assert.ok(lstatSync(link).isSymbolicLink());
  const { digest } = JSON.parse(readFileSync(file, "utf8")) as { readonly digest: string };
  assert.match(digest, /^sha256:/);
  const read = await shell(at, "mkfifo pipe && { cat pipe > got.json & cxform plan --quiet --out pipe; wait; }");
  assert.equal(read.exit, 0, read.err);
  assert.ok(statSync(pipe).isFIFO());
  assert.match(readFileSync(join(at.dir, "got.json"), "utf8"), new RegExp(digest));
});
