// The short form of the simulation: some seeds, their replay, the seeds that once failed, a sample of crash points. The long form is `npm run simulate`.
import assert from "node:assert/strict";
import test from "node:test";
import { dieAt, pairs, references, singles } from "./crash-points.ts";
import { later, latest, lossless, newest, type Options } from "./options.ts";
import { type Before, regressions } from "./regressions.ts";
import { derive, type Report, simulate } from "./simulation.ts";

const told = (report: Report): string =>
  report.violations.map((one) => `${one.invariant}: ${one.message} (${JSON.stringify(report.options)})`).join("\n");

test("seeds of faults, people and crashes break no invariant, and replay to the same trace", async () => {
  const sums = { crashes: 0, runs: 0 };
  for (let seed = 1; seed <= 24; seed += 1) {
    const report = await simulate(derive(seed));
    assert.equal(told(report), "", `seed ${seed}`);
    if (seed <= 20) assert.equal((await simulate(derive(seed))).hash, report.hash, `seed ${seed} replays otherwise`);
    sums.crashes += report.crashes;
    sums.runs += report.runs;
  }
  assert.ok(sums.crashes > 10 && sums.runs > 120, `only ${sums.crashes} of ${sums.runs} runs were killed`);
});

const missingBefore: Readonly<Record<Before, Partial<Options>>> = {
  "plan files": later,
  waits: latest,
  "odd answers": newest,
  losses: lossless,
  now: {},
};

test("the seeds that once failed hold", async () => {
  for (const [before, seeds] of Object.entries(regressions)) {
    for (const [seed, story] of Object.entries(seeds)) {
      const report = await simulate({ ...derive(Number(seed)), ...missingBefore[before as Before] });
      assert.equal(told(report), "", `seed ${seed}: ${story}`);
    }
  }
});

test("a chain of renames under faults, people and crashes loses no name", async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    // Where nothing can be listed, a webhook that keeps its url is refused as taken (docs/simulation.md).
    const report = await simulate({ ...derive(seed), lists: true, revisions: [0], isRenamedTwice: true });
    assert.equal(told(report), "", `seed ${seed}`);
  }
});

test("a process that dies at any call of a port leaves what the next runs complete", async () => {
  for (const reference of Object.values(references)) {
    const kills = [
      ...(await singles(reference)).filter((_, index) => index % 31 === 7),
      ...(await pairs(reference, 4)),
    ];
    assert.ok(kills.length > 4, `only ${kills.length} places`);
    for (const each of kills) assert.deepEqual(await dieAt(reference, each), []);
  }
});

test("what a seed derives covers every mode, fault and kind", () => {
  const all: readonly Options[] = Array.from({ length: 300 }, (_, seed) => derive(seed));
  assert.deepEqual([...new Set(all.map((each) => each.keys))].sort(), ["expiring", "honoured", "none"]);
  for (const name of ["zombie", "lostAnswer", "diskError", "storm", "partialBatch"] as const)
    assert.ok(
      all.some((each) => each.faults[name] !== undefined) && all.some((each) => each.faults[name] === undefined),
    );
  assert.equal(new Set(all.flatMap((each) => each.kinds)).size, 7);
  for (const name of Object.keys(later) as (keyof typeof later)[])
    assert.ok(new Set(all.map((each) => each[name])).size > 1, `${name} is never another`);
});
