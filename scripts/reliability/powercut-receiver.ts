// `npm run powercut:receiver [-- --cuts 100] [--control 10] [--seed 1]`: power cuts of a disk on which events are stored, and the control that does not sync, which must lose. Needs root.
import { seededChance } from "../../test/_world/world.ts";
import { bundle } from "./bundle.ts";
import { count, skip } from "./flags.ts";
import { loopObstacle } from "./loop-disk.ts";
import { receiverCuts } from "./receiver-cuts.ts";

const cuts = count("cuts", 100);
const control = count("control", 10);
const { fraction } = seededChance(count("seed", 1));
const obstacle = loopObstacle();
if (obstacle !== undefined) skip(obstacle);
const program = await bundle("scripts/reliability/inbox-writer.ts");
try {
  const end = await receiverCuts(program.file, { cuts, fraction });
  console.log(`${end.cuts} power cuts, ${end.acknowledged} acknowledged events: ${end.lost} lost`);
  const without = await receiverCuts(program.file, { cuts: control, fraction, isUnsynced: true });
  console.log(
    `control without syncs: ${without.cuts} cuts, ${without.acknowledged} events: ${without.lost} lost (must be more than 0)`,
  );
  const isProven = end.lost === 0 && end.acknowledged > 0 && without.lost > 0;
  console.log(isProven ? "proven" : "NOT proven");
  process.exitCode = isProven ? 0 : 1;
} finally {
  program.remove();
}
