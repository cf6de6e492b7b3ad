// `npm run powercut [-- --cuts 500] [--control 20] [--seed 1]`: power cuts of a disk on which a ledger is written, and the control without fsync, which must lose. Needs root.
import { seededChance } from "../../test/_world/world.ts";
import { bundle } from "./bundle.ts";
import { count, skip } from "./flags.ts";
import { loopObstacle } from "./loop-disk.ts";
import { powerCuts } from "./power-cuts.ts";

const cuts = count("cuts", 500);
const control = count("control", 20);
const { fraction } = seededChance(count("seed", 1));
const obstacle = loopObstacle();
if (obstacle !== undefined) skip(obstacle);
const program = await bundle("scripts/reliability/appender.ts");
try {
  const startedAt = performance.now();
  const end = await powerCuts(program.file, { cuts, fraction });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${end.cuts} power cuts in ${seconds.toFixed(0)} s, ${end.acknowledged} acknowledged entries: ${end.losing} cuts lost one`,
  );
  for (const wrong of end.wrongs) console.log(`  ${wrong}`);
  const without = await powerCuts(program.file, { cuts: control, fraction, noSync: "all" });
  console.log(
    `control without fsync: ${without.losing} of ${without.cuts} cuts lost an acknowledged entry (must be more than 0)`,
  );
  const folders = await powerCuts(program.file, { cuts: control, fraction, noSync: "folders" });
  console.log(`for comparison, without fsync of folders: ${folders.losing} of ${folders.cuts} cuts lost one`);
  const isProven = end.losing === 0 && end.wrongs.length === 0 && without.losing > 0;
  console.log(isProven ? "proven" : "NOT proven");
  process.exitCode = isProven ? 0 : 1;
} finally {
  program.remove();
}
