// One apply of a project, run as a process of its own to be killed. Arguments: folder, lethal point. Prints how many points it passed, and its exit code.
import { countPoints } from "./lethal.ts";
import { applyShop, shopWorld } from "./reconcile.ts";

const [dir = "", lethal = "0"] = process.argv.slice(2);
const points = countPoints(Number(lethal));
process.stdout.write("started\n");
const { exit } = await applyShop(dir, { ...shopWorld(), fetch: points.fetch });
process.stdout.write(`${points.passed()} ${exit}\n`);
