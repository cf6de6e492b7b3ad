// `npm run batch -- --records 1000000 --kills 100 [--seed 1]`: a big batch of consent, applied by processes that are killed at random places, then by one that ends.
import { seededChance } from "../../test/_world/world.ts";
import { applyBigBatch } from "./big-batch.ts";
import { bundle } from "./bundle.ts";
import { count } from "./flags.ts";

const records = count("records", 1_000_000);
const chance = seededChance(count("seed", 1));
const killsAt = Array.from({ length: count("kills", 100) }, () => chance.fraction()).sort(
  (left, right) => left - right,
);
const program = await bundle("src/cli/main.ts");
try {
  const { killed, repeated, mostRepeated, peakMiB, seconds, wrongs } = await applyBigBatch(program.file, {
    records,
    killsAt,
  });
  for (const wrong of wrongs) console.log(wrong);
  console.log(
    `${records} records, ${killed} kills in ${seconds.toFixed(0)} s: ${repeated} records went again, at most ${mostRepeated} after one kill; highest memory ${peakMiB.toFixed(0)} MiB`,
  );
  process.exitCode = wrongs.length === 0 ? 0 : 1;
} finally {
  program.remove();
}
