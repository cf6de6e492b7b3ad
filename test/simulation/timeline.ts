// Virtual time: one queue of events, ties broken by the seed. It knows nothing of what happens in it.
import type { Chance } from "../../src/contract/world.ts";

interface Item {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  work: (() => void) | undefined;
}

export interface Timeline {
  readonly now: number;
  /** Calls `work` after `delayMs`; the answer takes it back. */
  after(delayMs: number, work: () => void): () => void;
  /** Lets events happen until the condition holds. Throws Stuck when nothing is left to happen or `mostMs` pass first. */
  run(until: () => boolean, mostMs?: number): Promise<void>;
  /** Lets everything of the next `ms` happen. */
  pass(ms: number): Promise<void>;
  readonly events: number;
}

export class Stuck extends Error {
  override readonly name = "Stuck";
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const longestMs = 14 * 86_400_000;

const before = (left: Item, right: Item): boolean =>
  left.at !== right.at ? left.at < right.at : left.tie !== right.tie ? left.tie < right.tie : left.order < right.order;

function push(heap: Item[], item: Item): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (before(heap[parent] as Item, item)) break;
    heap[at] = heap[parent] as Item;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Item[]): Item | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Item, heap[child] as Item)) child += 1;
    if (before(last, heap[child] as Item)) break;
    heap[at] = heap[child] as Item;
    at = child;
  }
  heap[at] = last;
  return top;
}

export function startTimeline(startMs: number, chance: Pick<Chance, "fraction">): Timeline {
  const heap: Item[] = [];
  let now = startMs;
  let order = 0;
  let events = 0;

  const next = (): Item | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (top.work !== undefined) return top;
      pop(heap);
    }
    return undefined;
  };

  const step = (item: Item): void => {
    pop(heap);
    now = Math.max(now, item.at);
    events += 1;
    const { work } = item;
    item.work = undefined;
    work?.();
  };

  const timeline: Timeline = {
    get now() {
      return now;
    },
    get events() {
      return events;
    },
    after(delayMs, work) {
      const item: Item = { at: now + Math.max(0, delayMs), tie: chance.fraction(), order: order++, work };
      push(heap, item);
      return () => {
        item.work = undefined;
      };
    },
    async run(until, mostMs = longestMs) {
      const end = now + mostMs;
      for (;;) {
        // A turn of the real loop lets every continuation of the last event come to rest before the next one.
        await turn();
        if (until()) return;
        const item = next();
        if (item === undefined) throw new Stuck("nothing is left to happen");
        if (item.at > end) throw new Stuck(`not so after ${mostMs} ms`);
        step(item);
      }
    },
    async pass(ms) {
      let isOver = false;
      timeline.after(ms, () => {
        isOver = true;
      });
      await timeline.run(() => isOver);
    },
  };
  return timeline;
}
