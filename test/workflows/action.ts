// The action as the tests start it: as the bundle in a process of its own, or from the sources in this one, on a machine of its own whose sleeps cost no time.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCommand } from "../../src/cli/action/commands.ts";
import { openRunner } from "../../src/cli/action/runner.ts";
import { worldOf } from "../../src/cli/world.ts";
import { testWorld } from "../_world/world.ts";
import { type RunAction, started } from "./runner.ts";

let built: string | undefined;

/** Built once a process into a folder of its own. */
export const bundledAction: RunAction = (env, cwd) => {
  if (built === undefined) {
    const folder = `dist/action-test-${process.pid}`;
    execFileSync(process.execPath, ["scripts/build-action.mjs", folder], { stdio: "inherit" });
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    built = resolve(join(folder, "index.js"));
  }
  return started(process.execPath, [built], cwd, env);
};

export interface Machine {
  /** Epoch milliseconds at the start of a step. */
  now(): number;
  /** Told where the step's clock stood at its end. */
  ended(now: number): void;
  /** Whether the machine is switched off before this request leaves it. */
  isCut(request: string): boolean;
  /** Whether somebody cancels the job as this request leaves: the runner interrupts the step. */
  isCancelled(request: string): boolean;
}

let machines = 0;

/** What is cut off neither answers nor goes on: the step is over, and its claim stays. */
export function ownAction(machine: Machine): RunAction {
  return async (env) => {
    machines += 1;
    let cut: () => void = () => undefined;
    const isCutOff = new Promise<number>((resolve) => {
      cut = () => resolve(1);
    });
    let isOff = false;
    const stop = new AbortController();
    const never = new Promise<never>(() => undefined);
    const inner = testWorld({
      now: machine.now(),
      seed: machines,
      env,
      fetch: (input, init) => {
        const { method, url } =
          input instanceof Request ? input : { method: init?.method ?? "GET", url: String(input) };
        isOff ||= machine.isCut(`${method} ${url}`);
        if (machine.isCancelled(`${method} ${url}`)) stop.abort();
        if (!isOff) return globalThis.fetch(input, init);
        cut();
        return never;
      },
    });
    const { chance, fetch } = inner;
    const clock = {
      now: () => inner.clock.now(),
      elapsed: () => inner.clock.elapsed(),
      sleep: (ms: number, signal?: AbortSignal) => (isOff ? never : inner.clock.sleep(ms, signal)),
    };
    const me = { host: `machine-${machines}`, bootId: `boot-${machines}`, pid: 7, startedAt: "1" };
    const world = worldOf({ clock, chance, fetch, env: (name) => env[name] }, me);
    let stdout = "";
    const write = (text: string): void => {
      stdout += text;
    };
    const exit = await Promise.race([
      runCommand(openRunner({ world, write, stopGently: () => stop.signal })),
      isCutOff,
    ]);
    machine.ended(inner.clock.now());
    return { code: exit === 0 ? 0 : 1, stdout };
  };
}
