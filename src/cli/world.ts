// The real world behind the ports: wall clock, randomness, network, environment, and which process this is.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Holder, World } from "../contract/world.ts";

/** Linux tells the boot and each process's start; elsewhere a holder can never be proven dead, and is not taken over. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/<pid>/stat: the start in clock ticks since boot. The name before it may hold spaces and brackets. */
function startOf(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function thisHolder(): Holder {
  return {
    host: hostname(),
    bootId: readProc("/proc/sys/kernel/random/boot_id") ?? "unknown",
    pid: process.pid,
    startedAt: startOf(process.pid) ?? "unknown",
  };
}

function isDead(me: Holder, holder: Holder): boolean {
  const isHere = holder.bootId === me.bootId && me.bootId !== "unknown" && holder.host === me.host;
  return isHere && startOf(holder.pid) !== holder.startedAt;
}

/** The world of a real process. */
export function realWorld(): World {
  const holder = thisHolder();
  return {
    clock: {
      now: () => Date.now(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve();
          const timer = setTimeout(done, ms);
          signal?.addEventListener("abort", done, { once: true });
          function done(): void {
            clearTimeout(timer);
            signal?.removeEventListener("abort", done);
            resolve();
          }
        }),
    },
    chance: { uuid: () => randomUUID(), fraction: () => Math.random() },
    fetch: (input, init) => globalThis.fetch(input, init),
    env: (name) => process.env[name],
    holder,
    isDead: async (other) => isDead(holder, other),
  };
}
