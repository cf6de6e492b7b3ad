// Starts the receiver's work in a thread of its own and speaks with it, so that no settle and no long ledger keeps an event from its answer. What is done there it does not know.
import { Worker } from "node:worker_threads";
import type { Config } from "../contract/config.ts";
import type { Attribution } from "../library/attribution.ts";
import type { OpenWork } from "../library/serve.ts";
import type { Gauge } from "../receive/counters.ts";
import { StoreUnusable } from "../receive/database.ts";
import type { Wakes } from "../receive/event.ts";
import { BrokenElsewhere, type Told } from "./failure.ts";

/** What the thread is given: the config as it was read, so that a file changed meanwhile cannot make two receivers of one. Secrets it reads by itself, from the same variables. */
export interface Project {
  readonly config: Config;
  readonly environment: string | undefined;
  readonly attribution: Attribution;
  readonly databaseUrl: string | undefined;
  /** How the environment is named on a command line. */
  readonly flag: string;
}

/** To the thread. */
export type Order =
  | { readonly do: "begin" | "stop" | "finish" }
  | { readonly do: "nudge"; readonly wakes: Wakes }
  | { readonly do: "gauges"; readonly question: number };

/** From the thread. */
export type Notice =
  | { readonly is: "open" | "finished" }
  /** Something in it broke: it is to be finished. Broken: and nothing of it goes on. */
  | { readonly is: "failed" | "broken"; readonly told: Told }
  | { readonly is: "woken"; readonly outcome: "ok" | "failed" }
  | { readonly is: "trouble"; readonly line: string }
  | { readonly is: "gauges"; readonly question: number; readonly gauges: readonly Gauge[] | undefined };

export interface ThreadOptions {
  readonly project: Project;
  /** Told of what failed and is tried again, in a line. */
  readonly onTrouble: (line: string) => void;
  /** The program of the thread; a test has another one. */
  readonly entry?: URL;
}

/** Beside this file in dist/, whichever chunk this has become a part of; from the sources it is one itself. */
const ownEntry = (): URL =>
  new URL(import.meta.url.endsWith(".ts") ? "./work-program.ts" : "./work-program.js", import.meta.url);

/** The work of `serve` in a thread. What broke there is thrown as BrokenElsewhere; an Error where the thread itself has ended. */
export function workInThread({ project, onTrouble, entry = ownEntry() }: ThreadOptions): OpenWork {
  return async (onWoken) => {
    const worker = new Worker(entry, { workerData: project });
    const order = (one: Order): void => worker.postMessage(one);
    const open = promised<void>();
    const failed = promised<never>();
    const over = promised<void>();
    const questions = new Map<number, (gauges: readonly Gauge[] | undefined) => void>();
    const breakWith = (error: unknown): void => {
      for (const one of [open, failed, over]) one.reject(error);
      for (const answer of questions.values()) answer(undefined);
    };
    const hear = (notice: Notice): void => {
      if (notice.is === "open") open.resolve();
      else if (notice.is === "finished") over.resolve();
      else if (notice.is === "failed") failed.reject(new BrokenElsewhere(notice.told));
      else if (notice.is === "broken") breakWith(new BrokenElsewhere(notice.told));
      else if (notice.is === "woken") onWoken(notice.outcome);
      else if (notice.is === "gauges") questions.get(notice.question)?.(notice.gauges);
      else if (notice.is === "trouble") onTrouble(notice.line);
    };
    worker.on("message", hear);
    worker.on("error", breakWith);
    worker.on("messageerror", breakWith);
    worker.on("exit", () => breakWith(new Error("the thread that settles, records and delivers has ended by itself")));
    try {
      await open.promise;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
    let asked = 0;
    return {
      failed: failed.promise,
      begin: () => order({ do: "begin" }),
      nudge: (wakes) => order({ do: "nudge", wakes }),
      stop: () => order({ do: "stop" }),
      async gauges() {
        const question = ++asked;
        const answered = new Promise<readonly Gauge[] | undefined>((resolve) => questions.set(question, resolve));
        order({ do: "gauges", question });
        const gauges = await Promise.race([answered, failed.promise]);
        questions.delete(question);
        if (gauges !== undefined) return gauges;
        const hint = "Check that the database can be reached; the receiver's own lines tell what failed.";
        throw new StoreUnusable("the database cannot be asked what waits", { hint });
      },
      async finish() {
        order({ do: "finish" });
        try {
          await over.promise;
        } finally {
          // Nothing of it is left to be done; an idle connection would keep the process.
          await worker.terminate();
        }
      },
    };
  };
}

interface Promised<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: unknown): void;
}

function promised<Value>(): Promised<Value> {
  let settle: Omit<Promised<Value>, "promise"> = { resolve: () => undefined, reject: () => undefined };
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever waits for it is told; nobody may be waiting yet.
  promise.catch(() => undefined);
  return { promise, ...settle };
}
