// One process of the engine: its clock, its chance, and its death, after which none of its ports ever answers again.
import type { Clock, Holder } from "../../src/contract/world.ts";
import type { Ground } from "./facts.ts";
import type { Kill } from "./options.ts";

export interface Process {
  readonly pid: number;
  readonly isDead: boolean;
  /** Killed, not ended by itself. */
  readonly wasKilled: boolean;
  readonly clock: Clock;
  readonly holder: Holder;
  /** How many calls of ports it has made. */
  readonly calls: number;
  /** Those of them, by number, that change something outside of it. */
  readonly changing: readonly number[];
  /** Counts a call of a port; says when in it the process must die. */
  call(isChange: boolean): Kill["when"] | undefined;
  kill(): void;
  end(): void;
  /** Kills it and never answers. */
  die(): Promise<never>;
  never(): Promise<never>;
  /** Passes virtual time; never answers a dead process. */
  wait(ms: number): Promise<void>;
  /** Called at its death; the answer takes it back. */
  onDeath(work: () => void): () => void;
  /** Somebody interrupts it: it ends what is under way. */
  readonly stop: AbortController;
  /** Moves its wall clock. */
  jump(ms: number): void;
}

/** Processes go to the machines in turn. */
const hostOf = (pid: number, machines: number): string => `sim-${pid % machines}`;

/** One of its own for each wait: a shared one would keep everything that ever waited for it. */
const forever = (): Promise<never> => new Promise(() => undefined);

export function startProcess(ground: Ground, pid: number, kills: readonly Kill[], onKill: () => void): Process {
  const { timeline } = ground;
  const hooks = new Set<() => void>();
  const bornAt = timeline.now;
  let skewMs = 0;
  let calls = 0;
  const changing: number[] = [];
  let isDead = false;
  let wasKilled = false;

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (isDead) return;
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        signal?.removeEventListener("abort", cut);
        if (!isDead) resolve();
      };
      const cancel = timeline.after(ms, wake);
      const cut = (): void => {
        cancel();
        if (!isDead) resolve();
      };
      signal?.addEventListener("abort", cut, { once: true });
    });

  const process: Process = {
    pid,
    get isDead() {
      return isDead;
    },
    get wasKilled() {
      return wasKilled;
    },
    get calls() {
      return calls;
    },
    holder: { host: hostOf(pid, ground.options.machines), bootId: "boot", pid, startedAt: String(pid) },
    clock: { now: () => Math.floor(timeline.now) + skewMs, elapsed: () => Math.floor(timeline.now - bornAt), sleep },
    changing,
    call(isChange) {
      const number = calls++;
      if (isChange) changing.push(number);
      return kills.find((kill) => kill.call === number)?.when;
    },
    kill() {
      if (isDead) return;
      ground.trace(`p${pid} is killed`);
      isDead = true;
      wasKilled = true;
      for (const hook of [...hooks]) hook();
      onKill();
    },
    end() {
      isDead = true;
    },
    die() {
      process.kill();
      return forever();
    },
    never: forever,
    wait: (ms) => sleep(ms),
    onDeath(work) {
      hooks.add(work);
      return () => {
        hooks.delete(work);
      };
    },
    stop: new AbortController(),
    jump(ms) {
      skewMs += ms;
    },
  };
  return process;
}
