// A writer on a disk whose power is cut again and again: what it had acknowledged must be on the disk each time. Knows nothing of how often.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aftermath } from "./aftermath.ts";
import { loopDisk } from "./loop-disk.ts";

export interface CutsAsked {
  readonly cuts: number;
  /** Without: every fsync reaches the disk. `all`: none does; `folders`: those of folders do not. */
  readonly noSync?: "all" | "folders";
  /** 0 ≤ x < 1. */
  fraction(): number;
}

export interface CutsEnd {
  readonly cuts: number;
  /** Cuts after which an acknowledged entry was not on the disk. */
  readonly losing: number;
  readonly acknowledged: number;
  readonly wrongs: readonly string[];
}

/** A writer starts on a fresh disk after so many cuts, so that its ledger stays short. */
const cutsPerDisk = 20;

export async function powerCuts(program: string, asked: CutsAsked): Promise<CutsEnd> {
  let [cuts, losing, acknowledged] = [0, 0, 0];
  const wrongs: string[] = [];
  while (cuts < asked.cuts) {
    const disk = loopDisk();
    const writer = startWriter(program, join(disk.dir, "ledger"), asked.noSync);
    try {
      await writer.ready;
      for (let at = 0; at < cutsPerDisk && cuts < asked.cuts && !writer.hasEnded(); at += 1) {
        await pause(5 + asked.fraction() * 150);
        writer.child.kill("SIGSTOP");
        // What was said before the stop may still be in the pipe.
        await pause(15);
        const said = writer.said();
        const after = await disk.cut((dir) => judge(join(dir, "ledger"), said));
        cuts += 1;
        acknowledged += countNew(said, writer);
        if (after.lost > 0) losing += 1;
        wrongs.push(...after.wrongs);
        writer.child.kill("SIGCONT");
      }
    } finally {
      writer.child.kill("SIGKILL");
      await writer.ended;
      disk.remove();
    }
  }
  return { cuts, losing, acknowledged, wrongs };
}

/** Judged on a copy outside the cut disk, whose free space a full journal may have taken. */
async function judge(dir: string, said: { readonly output: string; readonly wire: string }) {
  const copy = `${dir}-copy`;
  // A disk that lost the folder itself holds an empty ledger.
  if (existsSync(dir)) cpSync(dir, copy, { recursive: true });
  return aftermath(copy, said, { wasRebooted: true });
}

function startWriter(program: string, dir: string, noSync: CutsAsked["noSync"]) {
  const wireFile = `${dir.replace(/disk\/ledger$/, "")}wire`;
  writeFileSync(wireFile, "");
  const env = noSync === undefined ? process.env : { ...process.env, NO_SYNC: noSync };
  const child: ChildProcess = spawn(process.execPath, [program, dir, wireFile, "100000", "3"], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
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
  return {
    child,
    ended,
    ready: Promise.race([ready, ended]),
    counted: 0,
    hasEnded: () => hasEnded,
    said: () => ({ output: output.slice(0, output.lastIndexOf("\n") + 1), wire: readFileSync(wireFile, "utf8") }),
    remove: () => rmSync(wireFile, { force: true }),
  };
}

function countNew(said: { readonly output: string }, writer: { counted: number }): number {
  const all = said.output.split("\nack ").length - 1;
  const fresh = all - writer.counted;
  writer.counted = all;
  return fresh;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
