// The child process that tries a range of inputs and tells each step on stdout; an abort ends it alone.
import { inputOf } from "./inputs.ts";
import { Trial } from "./trial.ts";

const [seed, from, to, together] = process.argv.slice(2).map(Number) as [number, number, number, number];
/** Over this, the inputs of a group are timed one by one. */
const suspiciousMs = 300;

const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const trial = new Trial();
try {
  // Schemas and code are warmed up, so that the first input is not timed with them.
  await trial.run([]);
  for (let start = from; start < to; start += together) {
    const numbers = Array.from({ length: Math.min(together, to - start) }, (_, at) => start + at);
    tell({ starts: start, count: numbers.length });
    const group = await trial.run(numbers.map((number) => inputOf(seed, number)));
    const isFine = group.faults.length === 0 && group.ms < suspiciousMs;
    let worst = { number: start, ms: isFine ? group.ms / numbers.length : 0 };
    if (!isFine) {
      let isFoundAlone = false;
      for (const number of numbers) {
        tell({ starts: number, count: 1 });
        const alone = await trial.run([inputOf(seed, number)]);
        if (alone.ms > worst.ms) worst = { number, ms: alone.ms };
        if (alone.faults.length === 0) continue;
        isFoundAlone = true;
        tell({ number, faults: alone.faults });
      }
      if (group.faults.length > 0 && !isFoundAlone) tell({ number: start, together, faults: group.faults });
    }
    tell({ worst, diagnostics: group.diagnostics, rssMb: process.memoryUsage().rss / 1024 / 1024 });
  }
  tell({ ended: true });
} finally {
  trial.remove();
}
