// One round: an apply of all seven kinds is killed three times in a row, then the next run must mend everything. Knows nothing of how many rounds there are.
import type { Edition } from "./shop.ts";
import { inScene, type Kill, mend, type RoundEnd, runChild } from "./shop-round.ts";

export interface Round {
  /** `first`: everything is made; `second`: everything is changed, what is replaced is retired. */
  readonly edition: Edition;
  readonly kills: readonly Kill[];
}

export function killRound(program: string, { edition, kills }: Round): Promise<RoundEnd> {
  return inScene(edition, async (scene) => {
    let killed = 0;
    for (const kill of kills) {
      if ((await runChild(program, scene, kill)).wasKilled) killed += 1;
    }
    return { killed, ...(await mend(scene, edition)) };
  });
}

/** How many points an apply of an edition passes when nobody kills it. */
export function countPointsOf(program: string, edition: Edition): Promise<number> {
  return inScene(edition, async (scene) => {
    const { output } = await runChild(program, scene);
    const points = Number(/^(\d+) 0$/m.exec(output)?.[1]);
    if (!(points > 0)) throw new Error(`the driver did not come to its end: ${output}`);
    return points;
  });
}
