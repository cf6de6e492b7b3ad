// The program of the thread in which `serve` settles, delivers and records: it does as it is told by messages, which hold no secret, and tells how that goes. It takes no events.
import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "../base/invariant.ts";
import { openWork, type Work } from "../library/work.ts";
import { type Told, tell } from "./failure.ts";
import { troubleText } from "./trouble.ts";
import type { Notice, Order, Project } from "./work-thread.ts";
import { realWorld } from "./world.ts";

invariant(parentPort !== null, "serve starts it as a thread");
const port = parentPort;
const { flag, ...project } = workerData as Project;
const say = (notice: Notice): void => port.postMessage(notice);
/** Told here, where the failure still has its sort and its fields. */
const toldOf = (error: unknown): Told => tell(error, { command: "serve", stepsDone: 0, flag });
const breakWith = (error: unknown): void => say({ is: "broken", told: toldOf(error) });

async function obey(work: Work, order: Order): Promise<void> {
  if (order.do === "nudge") work.nudge(order.wakes);
  else if (order.do === "gauges") {
    const { question } = order;
    const gauges = await work.gauges().catch(() => undefined);
    say({ is: "gauges", question, gauges });
  } else if (order.do === "finish") {
    await work.finish();
    say({ is: "finished" });
  } else work[order.do]();
}

try {
  const work = await openWork({
    ...project,
    world: realWorld(),
    onWoken: (outcome) => say({ is: "woken", outcome }),
    onTrouble: (trouble) => say({ is: "trouble", line: troubleText(trouble) }),
  });
  work.failed.catch((error: unknown) => say({ is: "failed", told: toldOf(error) }));
  port.on("message", (order: Order) => void obey(work, order).catch(breakWith));
  say({ is: "open" });
} catch (error) {
  breakWith(error);
}
