// Every place at which a process can die in a reference scenario: each call of a port, before, during and after it, alone and in pairs.
import { seededChance } from "../_world/world.ts";
import { calm, type Kill, type Options } from "./options.ts";
import { simulate } from "./simulation.ts";

/** Three references: all kinds created and changed under kept keys; the same without keys or ETags; a rename and a second session. */
export const references: Readonly<Record<string, Options>> = {
  keys: { ...calm, seed: 1, revisions: [0, 1] },
  noKeys: { ...calm, seed: 2, keys: "none", etags: false, revisions: [0, 1] },
  rename: { ...calm, seed: 3, keys: "expiring", revisions: [0, 3, 2] },
};

const whens = ["before", "during", "after"] as const;

/** One kill at each call of each run. */
export async function singles(reference: Options): Promise<readonly (readonly Kill[])[]> {
  const { calls, violations } = await simulate(reference);
  if (violations.length > 0) throw new Error(`the reference scenario itself fails: ${violations[0]?.message}`);
  return calls.flatMap((count, run) =>
    Array.from({ length: count }, (_, call) => whens.map((when): readonly Kill[] => [{ run, call, when }])).flat(),
  );
}

/** Pairs of kills in two runs of the scenario, drawn by the seed. */
export async function pairs(reference: Options, count: number): Promise<readonly (readonly Kill[])[]> {
  const all = await singles(reference);
  const chance = seededChance(reference.seed);
  const draw = (of: readonly (readonly Kill[])[]): Kill | undefined =>
    of[Math.floor(chance.fraction() * of.length)]?.[0];
  const first = all.filter(([kill]) => kill?.run === 0);
  const later = all.filter(([kill]) => kill?.run !== 0);
  return Array.from({ length: count }, () => [draw(first), draw(later)].filter((kill) => kill !== undefined));
}

/** In a run: before everything, and in and after each call that changes something. Between two changes all deaths leave the same behind. */
const distinct = (changing: readonly number[], run: number): readonly Kill[] => [
  { run, call: 0, when: "before" },
  ...changing.flatMap((call): readonly Kill[] => [
    { run, call, when: "during" },
    { run, call, when: "after" },
  ]),
];

/** Each pair of deaths in two runs of the scenario that leave different things behind: the second one among the calls that the first one left. */
export async function* everyPair(reference: Options): AsyncGenerator<readonly Kill[]> {
  const { changing } = await simulate(reference);
  for (const [run, own] of changing.entries()) {
    for (const first of run === changing.length - 1 ? [] : distinct(own, run)) {
      const broken = await simulate({ ...reference, kills: [first] });
      for (const [later, left] of broken.changing.entries())
        for (const second of later > run ? distinct(left, later) : []) yield [first, second];
    }
  }
}

/** What goes wrong with these kills, in words; empty when nothing does. */
export async function dieAt(reference: Options, kills: readonly Kill[]): Promise<readonly string[]> {
  const { violations } = await simulate({ ...reference, kills });
  const place = kills.map(({ run, call, when }) => `run ${run}, call ${call}, ${when}`).join(" and ");
  return violations.map(({ invariant, message }) => `${place}: ${invariant} ${message}`);
}
