// `npm run powercut [-- --store folder|git --cuts 500 --control 20 --seed 1]`: power cuts of a disk on which a ledger is written, and the control without fsync, which must lose. Needs root.
import { seededChance } from "../../test/_world/world.ts";
import { bundle } from "./bundle.ts";
import { count, skip, word } from "./flags.ts";
import { loopObstacle } from "./loop-disk.ts";
import { type CutsAsked, type CutsEnd, powerCuts } from "./power-cuts.ts";
import { storeForms } from "./proof-store.ts";

const cuts = count("cuts", 500);
const control = count("control", 20);
const named = word("store") ?? "folder";
const form = storeForms.find((each) => each === named);
if (form === undefined) throw new Error(`--store must be one of ${storeForms.join(", ")}, not ${named}`);
const { fraction } = seededChance(count("seed", 1));
const obstacle = loopObstacle();
if (obstacle !== undefined) skip(obstacle);
const program = await bundle("scripts/reliability/appender.ts");
const controlled = async (noSync: NonNullable<CutsAsked["noSync"]>, what: string): Promise<CutsEnd> => {
  const end = await powerCuts(program.file, { form, cuts: control, fraction, noSync });
  console.log(`${what}: ${end.losing} of ${end.cuts} cuts lost an acknowledged entry`);
  return end;
};
try {
  const startedAt = performance.now();
  const end = await powerCuts(program.file, { form, cuts, fraction });
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `${end.cuts} power cuts in ${seconds.toFixed(0)} s, ${end.acknowledged} acknowledged entries: ${end.losing} cuts lost one`,
  );
  for (const wrong of [...end.losses, ...end.wrongs]) console.log(`  ${wrong}`);
  // Of a branch only the folders are ours to sync: git syncs the files, and nothing switches that off.
  const must = form === "git" ? "folders" : "all";
  const without = await controlled(must, `control without fsync of ${must} (must be more than 0)`);
  if (must === "all") await controlled("folders", "for comparison, without fsync of folders");
  const isProven = end.losing === 0 && end.wrongs.length === 0 && without.losing > 0;
  console.log(isProven ? "proven" : "NOT proven");
  process.exitCode = isProven ? 0 : 1;
} finally {
  program.remove();
}
