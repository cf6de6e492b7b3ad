// `npm run syscalls [-- --first 50] [--jobs 2]`: each error on each of the first calls of each name that the ledger makes. Needs strace and the right to trace.
import { bundle } from "./bundle.ts";
import { count, skip, word } from "./flags.ts";
import { injectionRound, straceObstacle } from "./syscall-round.ts";

const first = count("first", 50);
const jobs = count("jobs", 2);
const errors = word("errors")?.split(",") ?? ["EIO", "ENOSPC", "EINTR", "EMFILE"];
const calls = word("calls")?.split(",") ?? [
  "write",
  "pwrite64",
  "fsync",
  "fdatasync",
  "rename",
  "openat",
  // Beyond RELIABILITY §4: what the lock, the cut of a torn tail and the reserve need.
  "link",
  "unlink",
  "mkdir",
];
/** On a ledger with a torn tail, which the first append cuts: nothing else makes the first of these calls, unless a fault came before. */
const tornCalls = word("calls")?.split(",") ?? ["ftruncate", "fsync"];
const named = ({ call, error, isTorn }: { readonly call: string; readonly error: string; readonly isTorn: boolean }) =>
  `${call} ${error}${isTorn ? " with a torn tail" : ""}`;
const obstacle = straceObstacle();
if (obstacle !== undefined) skip(obstacle);
const program = await bundle("scripts/reliability/appender.ts");
const startedAt = performance.now();
let injected = 0;
let wrong = 0;
try {
  const pairs = [
    ...calls.flatMap((call) => errors.map((error) => ({ call, error, isTorn: false }))),
    ...tornCalls.flatMap((call) => errors.map((error) => ({ call, error, isTorn: true }))),
  ];
  const worker = async (): Promise<void> => {
    for (let pair = pairs.shift(); pair !== undefined; pair = pairs.shift()) {
      let hits = 0;
      let survived = 0;
      for (let nth = 1; nth <= first; nth += 1) {
        const end = await injectionRound(program.file, { ...pair, nth });
        if (!end.wasInjected) break;
        hits += 1;
        if (end.wasSurvived) survived += 1;
        if (end.wrongs.length > 0) {
          wrong += 1;
          console.log(`${named(pair)} number ${nth}:\n  ${end.wrongs.join("\n  ")}`);
        }
      }
      injected += hits;
      console.log(
        `${named(pair)}: ${hits} (INJECTED), ${survived} survived by the writer, ${hits - survived} ended it with a typed failure`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
} finally {
  program.remove();
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(`${injected} injected errors in ${seconds.toFixed(0)} s, ${wrong} violations`);
process.exitCode = wrong === 0 && injected > 0 ? 0 : 1;
