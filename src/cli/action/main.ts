// The action: what `uses:` runs, on the real world of its process.
import { realWorld } from "../world.ts";
import { runCommand } from "./commands.ts";
import { openRunner } from "./runner.ts";

const runner = openRunner({ world: realWorld(), write: (text) => process.stdout.write(text) });
process.exitCode = (await runCommand(runner)) === 0 ? 0 : 1;
