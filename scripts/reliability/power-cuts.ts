// A writer on a disk whose power is cut again and again: what it had acknowledged must be on the disk each time. Knows nothing of how often.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { aftermath } from "./aftermath.ts";
import { atExit } from "./at-exit.ts";
import { loopDisk } from "./loop-disk.ts";
import { prepareStore, type StoreForm } from "./proof-store.ts";

export interface CutsAsked {
  readonly form: StoreForm;
  readonly cuts: number;
  /** Without: every fsync reaches the disk. `all`: none of the writer's own does; `folders`: those of folders do not. */
  readonly noSync?: "all" | "folders";
  /** 0 ≤ x < 1. */
  fraction(): number;
}

export interface CutsEnd {
  readonly cuts: number;
  /** Cuts after which an acknowledged entry was not on the disk. */
  readonly losing: number;
  readonly acknowledged: number;
  /** What each losing cut lost. */
  readonly losses: readonly string[];
  readonly wrongs: readonly string[];
}

/** A writer starts on a fresh disk after so many cuts, so that its ledger stays short. */
const cutsPerDisk = 20;

/**
 * How long it writes on after an acknowledgement before a cut at most, and what each call to CXone takes. Git's processes take as long as an append
 * of theirs, and the first of them syncs what the append before left: without calls that take time nearly no cut would come before that.
 */
const pace: Readonly<Record<StoreForm, { readonly longestMs: number; readonly callMs: number }>> = {
  folder: { longestMs: 150, callMs: 0 },
  git: { longestMs: 300, callMs: 150 },
};
const longestWaitMs = 30_000;

export async function powerCuts(program: string, asked: CutsAsked): Promise<CutsEnd> {
  let [cuts, acknowledged] = [0, 0];
  const losses: string[] = [];
  const wrongs: string[] = [];
  while (cuts < asked.cuts) {
    const disk = loopDisk();
    prepareStore(asked.form, join(disk.dir, "ledger"));
    // The repository was there long before.
    spawnSync("sync", ["-f", disk.dir]);
    const writer = startWriter(program, join(disk.dir, "ledger"), asked);
    try {
      await writer.ready;
      for (let at = 0; at < cutsPerDisk && cuts < asked.cuts && !writer.hasEnded(); at += 1) {
        await writer.acknowledgement();
        await pause(asked.fraction() * pace[asked.form].longestMs);
        writer.signal("SIGSTOP");
        // What was said before the stop may still be in the pipe.
        await pause(15);
        const said = writer.said();
        const after = await disk.cut((dir) => judge(join(dir, "ledger"), said, asked.form));
        cuts += 1;
        acknowledged += writer.countNew();
        if (after.lost > 0) losses.push(`${after.lost} of ${after.acknowledged} lost ${after.refusal ?? ""}`);
        wrongs.push(...after.wrongs);
        writer.signal("SIGCONT");
      }
    } finally {
      writer.kill();
      await writer.ended;
      disk.remove();
    }
  }
  return { cuts, losing: losses.length, acknowledged, losses, wrongs };
}

/** Judged on a copy outside the cut disk, whose free space a full journal may have taken. */
async function judge(dir: string, said: { readonly output: string; readonly wire: string }, form: StoreForm) {
  const copy = `${dirname(dir)}-judged`;
  // A disk that lost the folder itself holds an empty ledger.
  if (existsSync(dir)) cpSync(dir, copy, { recursive: true });
  try {
    return await aftermath(copy, said, { wasRebooted: true, form });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function startWriter(program: string, dir: string, { form, noSync }: CutsAsked) {
  const wireFile = `${dir.replace(/disk\/ledger$/, "")}wire`;
  writeFileSync(wireFile, "");
  const env = {
    ...process.env,
    CALL_MS: String(pace[form].callMs),
    ...(noSync === undefined ? {} : { NO_SYNC: noSync }),
  };
  const child: ChildProcess = spawn(process.execPath, [program, dir, wireFile, "100000", "3", form], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
    // A group of its own, so that what it runs stops with it: git writes, too.
    detached: true,
  });
  const signal = (name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void => {
    try {
      process.kill(-(child.pid as number), name);
    } catch {
      // It has ended, which its own events tell.
    }
  };
  let output = "";
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    child.on("close", () => {
      hasEnded = true;
      resolve();
    }),
  );
  const ready = new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("\n")) resolve();
    });
  });
  const said = () => output.slice(0, output.lastIndexOf("\n") + 1);
  let counted = 0;
  return {
    signal,
    kill: atExit(() => signal("SIGKILL")),
    ended,
    ready: Promise.race([ready, ended]),
    hasEnded: () => hasEnded,
    said: () => ({ output: said(), wire: readFileSync(wireFile, "utf8") }),
    /** Waits for one since the last count: a cut before it could lose nothing new. */
    async acknowledgement(): Promise<void> {
      const deadline = performance.now() + longestWaitMs;
      while (acknowledgements(said()) === counted && !hasEnded && performance.now() < deadline) await pause(1);
    },
    /** How many there are since the last count. */
    countNew(): number {
      const before = counted;
      counted = acknowledgements(said());
      return counted - before;
    },
  };
}

function acknowledgements(output: string): number {
  return output.split("\nack ").length - 1;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
