// Tries hostile inputs in child processes: npm run fuzz -- --inputs 100000 --seed 1 [--workers 2] [--keep FOLDER] [--record]; --record writes docs/hostile-input.md.
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { limits, run } from "../test/hostile/campaign.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    keep: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
const keepIn = values.keep ?? mkdtempSync(join(tmpdir(), "cxform-fuzz-"));
const number = (value: number): string => Math.round(value).toLocaleString("en-US");

const started = performance.now();
let shown = 0;
const sum = await run({
  inputs,
  seed,
  workers: Number(values.workers),
  keepIn,
  progress: (done) => {
    if (done - shown < inputs / 20) return;
    shown = done;
    console.log(`${number(done)} of ${number(inputs)}`);
  },
});
const seconds = (performance.now() - started) / 1000;

for (const finding of sum.findings.slice(0, 50)) console.error(finding);
console.log(
  `${number(sum.tried)} inputs in ${number(seconds)} s, ${number(sum.diagnostics)} diagnostics, slowest ${number(sum.worstMs)} ms (input ${sum.worstInput}), ${number(sum.rssMb)} MB, ${sum.findings.length} findings`,
);
if (sum.findings.length > 0) console.log(`failing inputs are in ${keepIn}`);
if (values.record) {
  const row = `| ${number(sum.tried)} | ${seed} | ${number(seconds)} | ${number(sum.diagnostics)} | ${number(sum.worstMs)} (input ${sum.worstInput}) | ${number(sum.rssMb)} | ${sum.findings.length} |`;
  const page = readFileSync("docs/hostile-input.md", "utf8");
  const marker = /(<!-- fuzz -->\n)[\s\S]*?(<!-- \/fuzz -->)/;
  const table = `| inputs | seed | seconds | diagnostics | slowest, ms | memory, MB | findings |\n|---|---|---|---|---|---|---|\n${row}`;
  writeFileSync("docs/hostile-input.md", page.replace(marker, `$1${table}\n$2`));
}
process.exitCode = sum.findings.length === 0 && sum.worstMs <= limits.inputMs ? 0 : 1;
