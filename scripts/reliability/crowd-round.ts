// One round: several applies of all seven kinds run at once on one ledger, some of them are killed, then the next run must mend everything. Knows nothing of how many rounds there are.
import { setTimeout } from "node:timers/promises";
import type { Edition } from "./shop.ts";
import { type ChildEnd, inScene, type Kill, mend, type RoundEnd, runChild } from "./shop-round.ts";

export interface Crowd {
  readonly edition: Edition;
  readonly processes: readonly Member[];
}

export interface Member {
  /** After the round's begin, so that claims are taken, released and found dead while others look. */
  readonly startsAfterMs: number;
  readonly kill?: Kill;
}

export interface CrowdEnd extends RoundEnd {
  /** Processes that applied everything, and those that stopped since another one had the claim. */
  readonly applied: number;
  readonly stopped: number;
}

export function crowdRound(program: string, { edition, processes }: Crowd): Promise<CrowdEnd> {
  return inScene(edition, async (scene) => {
    const ends = await Promise.all(
      processes.map(async ({ startsAfterMs, kill }) => {
        await setTimeout(startsAfterMs);
        return runChild(program, scene, kill);
      }),
    );
    const words = ends.filter(({ wasKilled }) => !wasKilled).map(endOf);
    const killed = ends.length - words.length;
    const applied = words.filter((word) => word === "0").length;
    const stopped = words.filter((word) => word === "claimed").length;
    const odd = words.filter((word) => word !== "0" && word !== "claimed");
    const { mendMs, wrongs } = await mend(scene, edition);
    return {
      killed,
      applied,
      stopped,
      mendMs,
      wrongs: [
        ...odd.map((word) => `a process ended with ${word}`),
        ...(killed === 0 && applied === 0 ? ["nobody was killed, and nobody applied anything"] : []),
        ...wrongs,
      ],
    };
  });
}

/** What the driver printed last; undefined when it did not come to its end. */
function endOf({ output }: ChildEnd): string | undefined {
  return /^\d+ (\w+)$/m.exec(output)?.[1];
}
