// Runs seeds of the deterministic simulation: npm run simulate -- --seeds 1000 --seed 1 [--trace]. It decides nothing; the oracle does.
import { parseArgs } from "node:util";
import { derive, simulate } from "../test/simulation/simulation.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    trace: { type: "boolean", default: false },
    most: { type: "string", default: "10" },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const most = Number(values.most);
const began = performance.now();
const found = new Map<string, number[]>();
const sums = { runs: 0, crashes: 0, requests: 0, virtualMs: 0, held: 0 };
let shown = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const report = await simulate(derive(seed));
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
  `${count} seeds in ${seconds.toFixed(1)} s (${Math.round((count / seconds) * 60)} a minute): ${runs} runs, ${crashes} killed, ${requests} requests, ${(virtualMs / 86_400_000).toFixed(1)} days; ${held} seeds end with rows that wait or are blocked\n`,
);
for (const [name, seeds] of found)
  process.stdout.write(`${name}: ${seeds.length} seeds, such as ${seeds.slice(0, 12).join(", ")}\n`);
process.exitCode = found.size > 0 ? 1 : 0;
