// One apply of a project, run as a process of its own that may be killed. Arguments: folder, lethal point. Prints how many points it passed, and its exit code, or `claimed` where another run had the claim.
import { Claimed } from "../../src/base/failure.ts";
import { countPoints } from "./lethal.ts";
import { applyShop, shopWorld } from "./reconcile.ts";

const [dir = "", lethal = "0"] = process.argv.slice(2);
const points = countPoints(Number(lethal));
process.stdout.write("started\n");
const end = await ended();
process.stdout.write(`${points.passed()} ${end}\n`);

async function ended(): Promise<string> {
  try {
    const { exit } = await applyShop(dir, { ...shopWorld(), fetch: points.fetch });
    return String(exit);
  } catch (error) {
    if (error instanceof Claimed) return "claimed";
    throw error;
  }
}
