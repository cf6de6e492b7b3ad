// A run of many hostile inputs in child processes of 500: restarts what aborts, finds the input that did it, sums up.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bundledModule } from "../_world/bundled.ts";
import { inputOf } from "./inputs.ts";

export const limits = { inputMs: 1_000, rssMb: 512, childInputs: 500, together: 20 } as const;

export interface Campaign {
  readonly inputs: number;
  readonly seed: number;
  /** Child processes at a time. */
  readonly workers: number;
  /** Where failing inputs are kept. */
  readonly keepIn: string;
  readonly progress?: (done: number) => void;
}

export interface Summary {
  readonly tried: number;
  readonly worstMs: number;
  readonly worstInput: number;
  readonly rssMb: number;
  readonly diagnostics: number;
  /** One line each: uncaught errors, aborts, slow inputs, touched prototypes. */
  readonly findings: readonly string[];
}

interface Told {
  readonly starts?: number;
  readonly count?: number;
  readonly number?: number;
  readonly together?: number;
  readonly faults?: readonly string[];
  readonly worst?: { readonly number: number; readonly ms: number };
  readonly diagnostics?: number;
  readonly rssMb?: number;
  readonly ended?: boolean;
}

class Sum implements Summary {
  tried = 0;
  worstMs = 0;
  worstInput = 0;
  rssMb = 0;
  diagnostics = 0;
  readonly findings: string[] = [];
}

/** How a child ended: undefined when it tried its whole range, else what it was at. */
interface Broken {
  readonly starts: number;
  readonly count: number;
  readonly how: string;
}

/** Tries inputs 0 to `inputs`. Resolves with what happened; throws only when no child can be started. */
export async function run(campaign: Campaign): Promise<Summary> {
  const sum = new Sum();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < campaign.inputs) {
      const from = next;
      next = Math.min(campaign.inputs, from + limits.childInputs);
      await range(campaign, from, next, sum);
      campaign.progress?.(sum.tried);
    }
  };
  await Promise.all(Array.from({ length: campaign.workers }, work));
  return sum;
}

async function range(campaign: Campaign, from: number, to: number, sum: Sum): Promise<void> {
  for (let at = from; at < to; ) {
    const broken = await child(campaign, at, to, limits.together, sum);
    if (broken === undefined) {
      sum.tried += to - at;
      return;
    }
    // The group that broke the child is tried input by input, each in a child of its own.
    for (let number = broken.starts; number < broken.starts + broken.count; number++) {
      const alone = await child(campaign, number, number + 1, 1, sum);
      if (alone !== undefined) keep(campaign, number, alone.how, sum);
    }
    sum.tried += broken.starts + broken.count - at;
    at = broken.starts + broken.count;
    if (sum.findings.length === 0) sum.findings.push(`inputs ${broken.starts} to ${at - 1} together: ${broken.how}`);
  }
}

async function child(
  { seed, keepIn }: Campaign,
  from: number,
  to: number,
  together: number,
  sum: Sum,
): Promise<Broken | undefined> {
  const args = [await bundledModule("test/hostile/child.ts"), seed, from, to, together].map(String);
  const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [starts, count, hasEnded, stderr] = [from, Math.min(together, to - from), false, ""];
  running.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000);
  });
  // An endless input would hold the run for ever.
  const timer = setTimeout(() => running.kill("SIGKILL"), 30_000);
  const exit = new Promise<string>((resolve) =>
    running.on("close", (code, signal) => resolve(signal ?? `exit ${code}`)),
  );
  for await (const line of createInterface({ input: running.stdout })) {
    timer.refresh();
    const told = JSON.parse(line) as Told;
    if (told.starts !== undefined) [starts, count] = [told.starts, told.count ?? 1];
    if (told.faults !== undefined) keep({ seed, keepIn }, told.number ?? starts, told.faults.join("; "), sum);
    if (told.worst !== undefined && told.worst.ms > sum.worstMs)
      [sum.worstMs, sum.worstInput] = [told.worst.ms, told.worst.number];
    if (told.worst !== undefined && told.worst.ms > limits.inputMs)
      keep({ seed, keepIn }, told.worst.number, `took ${Math.round(told.worst.ms)} ms`, sum);
    if (told.rssMb !== undefined) {
      if (told.rssMb > limits.rssMb && sum.rssMb <= limits.rssMb)
        sum.findings.push(`${Math.round(told.rssMb)} MB were used near input ${starts}`);
      sum.rssMb = Math.max(sum.rssMb, told.rssMb);
    }
    sum.diagnostics += told.diagnostics ?? 0;
    hasEnded ||= told.ended === true;
  }
  const how = await exit;
  clearTimeout(timer);
  return hasEnded && how === "exit 0" ? undefined : { starts, count, how: `${how}: ${stderr.trim().slice(0, 600)}` };
}

function keep({ seed, keepIn }: Pick<Campaign, "seed" | "keepIn">, number: number, how: string, sum: Sum): void {
  const { kind, bytes } = inputOf(seed, number);
  mkdirSync(keepIn, { recursive: true });
  writeFileSync(join(keepIn, `${seed}-${number}-${kind}.txt`), bytes);
  sum.findings.push(`input ${number} (${kind}): ${how}`);
}
