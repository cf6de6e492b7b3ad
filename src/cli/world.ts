// The real world behind the ports: wall clock, randomness, network, environment, and which process this is.
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Holder, World } from "../contract/world.ts";
import { type GitHubAccess, githubAccess } from "../library/github-access.ts";

/** Linux tells the boot and each process's start; elsewhere a holder can never be proven dead, and is not taken over. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** The fields of /proc/<pid>/stat from the third on: the state first, and as field 22 the start in clock ticks since boot. The name before them may hold spaces and brackets. */
function statOf(pid: number): readonly string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

const startOf = (pid: number): string | undefined => statOf(pid)?.[19];

/** Whether a process of this boot and pid namespace has ended; what the machine does not show of others' processes is no proof. */
function hasEndedHere({ pid, startedAt }: Holder): boolean {
  const stat = statOf(pid);
  if (stat === undefined) return !isThere(pid);
  return stat[19] !== startedAt || isUnreaped(pid, stat[0]);
}

/** By a signal that does nothing: also of a process that /proc hides (`hidepid`). */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** It has ended and nobody has asked how (a container without an init). With threads left its first one alone has ended. */
function isUnreaped(pid: number, state: string | undefined): boolean {
  if (state !== "Z" && state !== "X") return false;
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

/** Digits only: what a runner sets, and nothing that a claim of another form would hold. */
function workflowRunOf(env: World["env"]): Holder["workflowRun"] {
  const [repository, id, attempt] = ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"].map(env);
  if (env("GITHUB_ACTIONS") !== "true" || repository === undefined) return undefined;
  if (!/^\d{1,15}$/.test(id ?? "") || !/^\d{1,9}$/.test(attempt ?? "")) return undefined;
  return { repository, id: Number(id), attempt: Number(attempt) };
}

/** The boot, and among whose processes our pid counts: a container that shares name and boot with its host has pids of its own. */
function bootId(): string {
  const boot = readProc("/proc/sys/kernel/random/boot_id");
  try {
    const space = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    return boot === undefined || space === undefined ? "unknown" : `${boot}/${space}`;
  } catch {
    return "unknown";
  }
}

function thisProcess(): Process {
  return {
    host: hostname(),
    bootId: bootId(),
    pid: process.pid,
    startedAt: startOf(process.pid) ?? "unknown",
  };
}

/** What this machine knows of its own processes goes before what GitHub says; a holder that nobody knows is not dead. */
function deaths(me: Holder, world: Ports): World["isDead"] {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<boolean> }>();
  return async (holder) => {
    const isHere = holder.bootId === me.bootId && me.bootId !== "unknown" && holder.host === me.host;
    if (isHere) return hasEndedHere(holder);
    const { workflowRun } = holder;
    const access = githubAccess(world);
    // A lock file may hold anything.
    if (typeof workflowRun?.repository !== "string" || access?.repository !== workflowRun.repository) return false;
    const key = `${workflowRun.id}/${workflowRun.attempt}`;
    const known = asked.get(key);
    const now = world.clock.elapsed();
    // Who waits for a lock asks many times a second.
    if (known !== undefined && now - known.at < askAgainMs) return known.answer;
    const answer = hasEnded(workflowRun, access, world);
    asked.set(key, { at: now, answer });
    return answer;
  };
}

const askAgainMs = 30_000;

/** Only who has such a claim before it pays for loading what talks to GitHub. */
async function hasEnded(
  run: NonNullable<Holder["workflowRun"]>,
  access: GitHubAccess,
  world: Pick<World, "clock" | "chance" | "fetch">,
): Promise<boolean> {
  const [{ openGitHub }, { isRunFinished }] = await Promise.all([
    import("../github/client.ts"),
    import("../github/workflow-run.ts"),
  ]);
  return isRunFinished(openGitHub({ ...access, world }), run);
}

type Ports = Pick<World, "clock" | "chance" | "fetch" | "env">;
type Process = Omit<Holder, "workflowRun">;

/** Of all worlds of this process: a library's caller may get a new one with each call. */
const unreleased = new Set<string>();

/** Whoever's clock, chance, network and variables: who holds, and who is dead, follows from them and from the process. */
export function worldOf(ports: Ports, me: Process): World {
  const workflowRun = workflowRunOf(ports.env);
  const holder: Holder = { ...me, ...(workflowRun === undefined ? {} : { workflowRun }) };
  return { ...ports, holder, isDead: deaths(holder, ports), unreleased };
}

/** The world of a real process. */
export function realWorld(): World {
  const env = (name: string): string | undefined => process.env[name];
  const ports: Ports = {
    clock: {
      now: () => Date.now(),
      elapsed: () => Math.floor(performance.now()),
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
    env,
  };
  return worldOf(ports, thisProcess());
}
