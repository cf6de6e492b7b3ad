// Runs the deterministic simulation: npm run simulate -- --seeds 1000 --seed 1 [--trace], or --crashes [--pairs 300|all] [--reference rename] for every crash point. The oracle decides.
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { dieAt, everyPair, pairs, references, singles } from "../test/simulation/crash-points.ts";
import type { Kill, Options } from "../test/simulation/options.ts";
import { derive, simulate } from "../test/simulation/simulation.ts";

async function* killsOf(reference: Options, count: number | "all"): AsyncGenerator<readonly Kill[]> {
  yield* await singles(reference);
  if (count === "all") yield* everyPair(reference);
  else yield* await pairs(reference, count);
}

/** Every single crash point of the reference scenarios, or of the one that is named, and so many pairs of each, or all; 1 when one is not survived. */
async function everyCrash(count: number | "all", only: string | undefined): Promise<number> {
  const chosen = Object.entries(references).filter(([name]) => only === undefined || name === only);
  if (chosen.length === 0) {
    process.stderr.write(`no reference scenario ${only}; there are ${Object.keys(references).join(", ")}\n`);
    return 2;
  }
  let failed = 0;
  for (const [name, reference] of chosen) {
    const sums = { single: 0, pairs: 0 };
    const began = performance.now();
    for await (const kills of killsOf(reference, count)) {
      sums[kills.length === 1 ? "single" : "pairs"] += 1;
      const problems = await dieAt(reference, kills);
      if (problems.length > 0) failed += 1;
      for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`);
    }
    const seconds = (performance.now() - began) / 1000;
    process.stdout.write(`${name}: ${sums.single} crash points and ${sums.pairs} pairs in ${seconds.toFixed(1)} s\n`);
  }
  return failed > 0 ? 1 : 0;
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    crashes: { type: "boolean", default: false },
    pairs: { type: "string", default: "100" },
    reference: { type: "string" },
    most: { type: "string", default: "10" },
  },
});
if (values.crashes)
  process.exit(await everyCrash(values.pairs === "all" ? "all" : Number(values.pairs), values.reference));
const first = Number(values.seed);
const count = Number(values.seeds);
const most = Number(values.most);
const began = performance.now();
/** Of all traces: equal wherever the same seeds run the same engine. */
const traces = createHash("sha256");
const found = new Map<string, number[]>();
const sums = { runs: 0, crashes: 0, requests: 0, virtualMs: 0, held: 0 };
let shown = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const report = await simulate(derive(seed));
  traces.update(report.hash);
  sums.runs += report.runs;
  sums.crashes += report.crashes;
  sums.requests += report.requests;
  sums.virtualMs += report.virtualMs;
  sums.held += report.held.length > 0 ? 1 : 0;
  if (values.trace) process.stdout.write(`${report.trace.join("\n")}\n${report.hash}\n`);
  if (report.violations.length === 0) continue;
  for (const name of new Set(report.violations.map((each) => each.invariant)))
    found.set(name, [...(found.get(name) ?? []), seed]);
  if (shown++ < most) {
    const lines = report.violations.map((each) => `  ${each.invariant}: ${each.message}`);
    process.stdout.write(`seed ${seed}\n${lines.join("\n")}\n  ${JSON.stringify(report.options)}\n`);
  }
}
const seconds = (performance.now() - began) / 1000;
const { runs, crashes, requests, virtualMs, held } = sums;
process.stdout.write(
  `${count} seeds in ${seconds.toFixed(1)} s (${Math.round((count / seconds) * 60)} a minute): ${runs} runs, ${crashes} killed, ${requests} requests, ${(virtualMs / 86_400_000).toFixed(1)} days; ${held} seeds end with rows that wait or are blocked; traces ${traces.digest("hex").slice(0, 16)}\n`,
);
for (const [name, seeds] of found)
  process.stdout.write(`${name}: ${seeds.length} seeds, such as ${seeds.slice(0, 12).join(", ")}\n`);
process.exitCode = found.size > 0 ? 1 : 0;
