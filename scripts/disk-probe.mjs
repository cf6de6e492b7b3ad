// How long a plain 4 KiB write with its sync takes in a folder, ten times a second until standard input ends; then the milliseconds of each as one line of JSON.
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const everyMs = 100;
const file = join(process.argv[2] ?? ".", `disk-probe-${process.pid}`);
const block = Buffer.alloc(4_096, 1);
let isOver = false;
process.stdin.resume().on("end", () => {
  isOver = true;
});
const took = [];
const handle = openSync(file, "w");
while (!isOver) {
  const startedAt = performance.now();
  writeSync(handle, block);
  fsyncSync(handle);
  took.push(performance.now() - startedAt);
  await sleep(everyMs);
}
closeSync(handle);
rmSync(file);
console.log(JSON.stringify(took));
