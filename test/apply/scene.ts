// What the tests of writes share: a ledger in memory, a scripted API, a clock that only moves when it is slept on. Knows no kind.

import type { Performing } from "../../src/apply/perform.ts";
import type { Answer, Capabilities, SendCall, WriteApi } from "../../src/contract/api.ts";
import type { Json } from "../../src/contract/json.ts";
import type { Observed } from "../../src/contract/kind.ts";
import type { Clock } from "../../src/contract/world.ts";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import type { Run } from "../../src/ledger/run.ts";
import { allCapabilities } from "../_world/capabilities.ts";
import { seededChance } from "../_world/world.ts";
import { environment, holder, type MemoryStore, memoryStore, runName } from "../ledger/scene.ts";

export const start = Date.parse("2026-06-01T09:00:00Z");

/** What is answered to one request: a body, or the error that the client throws. */
export type Reply = Json | Error;

export interface Scene {
  readonly store: MemoryStore;
  readonly ledger: Ledger;
  readonly run: Run;
  readonly world: {
    readonly clock: Clock;
    readonly chance: ReturnType<typeof seededChance>;
  };
  readonly api: WriteApi;
  readonly sent: SendCall[];
  readonly slept: number[];
  /** What was sent and how long was slept, in order. */
  readonly steps: string[];
}

export interface SceneOptions {
  readonly replies: readonly Reply[];
  readonly capabilities?: Partial<Capabilities>;
  readonly store?: MemoryStore;
  readonly number?: number;
  readonly startAt?: number;
}

/** An object that serves, as CXone shows it. */
export const serving = (name: string): Observed => ({
  remoteId: name,
  remoteName: name,
  status: "active",
  statusText: "ACTIVE",
  state: {},
  revision: "",
});

/** What `perform` is given of a scene, beside a plan: nobody is told, and no batch is declared. */
export const performingOf = (made: Scene): Performing => ({
  ...made,
  writer: () => made.api,
  secret: () => "",
  batches: [],
  withholdsOptIns: false,
  onOutcome: () => undefined,
});

/** A run that has begun on a ledger of its own, or on the given one. */
export async function scene(options: SceneOptions): Promise<Scene> {
  const store = options.store ?? memoryStore();
  const ledger = await openLedger(store, { environment });
  let now = options.startAt ?? start;
  const [sent, slept, steps]: [SendCall[], number[], string[]] = [[], [], []];
  const clock = {
    now: () => now,
    elapsed: () => now - start,
    sleep: async (ms: number) => {
      slept.push(ms);
      steps.push(`sleep ${ms}`);
      now += ms;
    },
  };
  const replies = [...options.replies];
  const api: WriteApi = {
    family: "messaging",
    capabilities: { ...allCapabilities, ...options.capabilities },
    get: async () => {
      throw new Error("nothing is read by get");
    },
    list: async () => [],
    async send({ hold, ...call }): Promise<Answer> {
      await hold?.();
      sent.push(call);
      steps.push("send");
      now += 40;
      const reply = replies.shift();
      if (reply === undefined) throw new Error(`no reply is scripted for request ${sent.length}`);
      if (reply instanceof Error) throw reply;
      return { status: 200, body: reply, requestId: `request-${sent.length}`, latencyMs: 40 };
    },
  };
  const run = ledger.begin({ run: runName(options.number ?? 1), clock, actor: "ada", holder });
  return { store, ledger, run, world: { clock, chance: seededChance(1) }, api, sent, slept, steps };
}
