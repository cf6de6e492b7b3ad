// `npm run kill -- --points 2000 [--seed 1] [--jobs 2]`: kills of an apply of all seven kinds, three in a row each round, against a CXone that ignores idempotency keys.
import { seededChance } from "../../test/_world/world.ts";
import { bundle } from "./bundle.ts";
import { count } from "./flags.ts";
import { countPointsOf, killRound, type Round } from "./kill-round.ts";
import type { Edition } from "./shop.ts";
import type { Kill } from "./shop-round.ts";

const kills = count("points", 2000);
const seed = count("seed", 1);
const jobs = count("jobs", 2);
const program = await bundle("scripts/reliability/driver.ts");
const startedAt = performance.now();
let wrongRounds = 0;
let killed = 0;
let rounds = 0;
let longestMendMs = 0;
try {
  const points = {
    first: await countPointsOf(program.file, "first"),
    second: await countPointsOf(program.file, "second"),
  };
  console.log(`points of input and output: ${points.first} of a first apply, ${points.second} of one that changes it`);
  const worker = async (): Promise<void> => {
    while (killed < kills) {
      const round = roundOf(rounds++, points);
      const end = await killRound(program.file, round);
      killed += end.killed;
      longestMendMs = Math.max(longestMendMs, end.mendMs);
      if (rounds % 50 === 0) console.log(`${rounds} rounds, ${killed} kills`);
      if (end.wrongs.length === 0) continue;
      wrongRounds += 1;
      console.log(`${JSON.stringify(round)}:\n  ${end.wrongs.join("\n  ")}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
} finally {
  program.remove();
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `${rounds} rounds, ${killed} kills in ${seconds.toFixed(0)} s, ${wrongRounds} rounds with a violation, longest recovery ${(longestMendMs / 1000).toFixed(1)} s`,
);
process.exitCode = wrongRounds === 0 ? 0 : 1;

/** The first kill goes through all points of both editions in turn; the others are drawn, a fifth of them by time. */
function roundOf(number: number, points: Readonly<Record<Edition, number>>): Round {
  const chance = seededChance(seed * 1_000_003 + number);
  const edition: Edition = number % 2 === 0 ? "first" : "second";
  const drawn = (): Kill =>
    chance.fraction() < 0.2
      ? { afterMs: Math.floor(chance.fraction() * 400) }
      : { point: 1 + Math.floor(chance.fraction() * points[edition]) };
  return { edition, kills: [{ point: 1 + (Math.floor(number / 2) % points[edition]) }, drawn(), drawn()] };
}
