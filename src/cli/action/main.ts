// The action: what `uses:` runs, on the real world of its process.
import { openInterrupts } from "../interrupts.ts";
import { realWorld } from "../world.ts";
import { runCommand } from "./commands.ts";
import { openRunner } from "./runner.ts";

const write = (text: string): void => void process.stdout.write(text);
const { stopGently } = openInterrupts(write);
const runner = openRunner({ world: realWorld(), write, stopGently });
process.exitCode = (await runCommand(runner)) === 0 ? 0 : 1;
