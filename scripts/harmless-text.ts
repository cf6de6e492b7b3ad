// Three times 20,000 hostile strings through comments, annotations and logs, and every known naughty string in every field. Usage: npm run harmless [-- COUNT [SEED]]
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { facesOf } from "../test/report/faces.ts";
import { assertAnnotations, assertFaces, assertLogs, inTurn, nasty } from "../test/report/inert.ts";

const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
/** How many strings share the fields of one round: each meets several sorts of field. */
const share = 40;

console.log(`seed ${seed}`);
const naughty = (JSON.parse(readFileSync("test/data/naughty-strings.json", "utf8")) as readonly string[]).filter(
  (text) => text !== "",
);
run("naughty strings in every field", naughty, 1);
run("generated strings", fc.sample(nasty, { numRuns: count, seed }), share);

function run(name: string, texts: readonly string[], together: number): void {
  for (const [sort, check] of [
    ["comment", assertFaces],
    ["annotation", assertAnnotations],
    ["log", assertLogs],
  ] as const) {
    const startedMs = performance.now();
    for (let at = 0; at < texts.length; at += together) check(inTurn(texts.slice(at, at + together)), `${at} on`);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`${name}: ${texts.length} through ${sort}, ${seconds} s`);
  }
}

console.log(
  `faces: ${facesOf(() => "plain")
    .map(([name]) => name)
    .join(", ")}`,
);
