// `npm run crowd -- --rounds 200 [--seed 1] [--jobs 2]`: two to eight whole applies at once on one ledger, four of ten killed on their way, against a CXone that ignores idempotency keys.
import { seededChance } from "../../test/_world/world.ts";
import { bundle } from "./bundle.ts";
import { type Crowd, crowdRound } from "./crowd-round.ts";
import { count } from "./flags.ts";

const rounds = count("rounds", 200);
const seed = count("seed", 1);
const jobs = count("jobs", 2);
const program = await bundle("scripts/reliability/driver.ts");
const startedAt = performance.now();
const sums = { processes: 0, killed: 0, applied: 0, stopped: 0, wrongRounds: 0, longestMendMs: 0 };
let begun = 0;

async function work(): Promise<void> {
  while (begun < rounds) {
    const crowd = crowdOf(begun++);
    const end = await crowdRound(program.file, crowd);
    sums.processes += crowd.processes.length;
    sums.killed += end.killed;
    sums.applied += end.applied;
    sums.stopped += end.stopped;
    sums.longestMendMs = Math.max(sums.longestMendMs, end.mendMs);
    if (end.wrongs.length === 0) continue;
    sums.wrongRounds += 1;
    console.log(`${JSON.stringify(crowd)}:\n  ${end.wrongs.join("\n  ")}`);
  }
}

try {
  await Promise.all(Array.from({ length: jobs }, work));
} finally {
  program.remove();
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${rounds} rounds, ${sums.processes} processes in ${seconds.toFixed(0)} s: ${sums.applied} applied, ${sums.stopped} stopped at the claim, ${sums.killed} killed; ${sums.wrongRounds} rounds with a violation, longest recovery ${(sums.longestMendMs / 1000).toFixed(1)} s`,
);
process.exitCode = sums.wrongRounds === 0 ? 0 : 1;

function crowdOf(number: number): Crowd {
  const chance = seededChance(seed * 1_000_003 + number);
  const size = 2 + Math.floor(chance.fraction() * 7);
  return {
    edition: number % 2 === 0 ? "first" : "second",
    processes: Array.from({ length: size }, () => ({
      // A third of them in the same instant.
      startsAfterMs: Math.max(0, Math.floor(chance.fraction() * 1_500) - 500),
      ...(chance.fraction() < 0.4 ? { kill: { point: 1 + Math.floor(chance.fraction() * 300) } } : {}),
    })),
  };
}
