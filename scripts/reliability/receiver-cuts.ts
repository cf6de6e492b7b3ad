// An inbox on a disk whose power is cut again and again: every event that was acknowledged must be on the disk. It knows nothing of how often.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/receive/database.ts";
import { atExit } from "./at-exit.ts";
import { loopDisk } from "./loop-disk.ts";

export interface ReceiverCuts {
  readonly cuts: number;
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** True: the engine is told not to sync, which must lose. */
  readonly isUnsynced?: boolean;
}

export interface CutEvents {
  readonly cuts: number;
  readonly acknowledged: number;
  readonly lost: number;
}

const cutsPerDisk = 10;

export async function receiverCuts(program: string, asked: ReceiverCuts): Promise<CutEvents> {
  let [cuts, acknowledged, lost] = [0, 0, 0];
  while (cuts < asked.cuts) {
    const disk = loopDisk();
    const writer = startWriter(program, join(disk.dir, "receiver.db"), asked.isUnsynced === true);
    const missing = new Set<string>();
    try {
      await writer.ready;
      for (let at = 0; at < cutsPerDisk && cuts < asked.cuts; at += 1) {
        await pause(20 + asked.fraction() * 200);
        writer.child.kill("SIGSTOP");
        // What was said before the stop may still be in the pipe.
        await pause(15);
        const said = writer.said();
        const found = await disk.cut((dir) => eventsOn(dir));
        cuts += 1;
        acknowledged = acknowledged + said.length - writer.counted;
        writer.counted = said.length;
        for (const id of said) if (!found.has(id)) missing.add(id);
        writer.child.kill("SIGCONT");
      }
    } finally {
      lost += missing.size;
      writer.kill();
      await writer.ended;
      disk.remove();
    }
  }
  return { cuts, acknowledged, lost };
}

/** Read as the next start reads it: the log beside the file is part of it. */
async function eventsOn(dir: string): Promise<ReadonlySet<string>> {
  const copy = `${dir}-copy`;
  cpSync(dir, copy, { recursive: true, filter: (path) => !path.endsWith("lost+found") });
  try {
    const database = await openDatabase({ file: join(copy, "receiver.db") });
    const rows = await database.run((sql) => sql.selectFrom("events").select("id").execute());
    await database.close();
    return new Set(rows.map(({ id }) => id));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function startWriter(program: string, file: string, isUnsynced: boolean) {
  const child: ChildProcess = spawn(process.execPath, [program, file, ...(isUnsynced ? ["unsynced"] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const ready = new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("\n")) resolve();
    });
  });
  return {
    child,
    // A stopped process outlives a signal to this one, and would hold the disk.
    kill: atExit(() => child.kill("SIGKILL")),
    ended,
    ready: Promise.race([ready, ended]),
    counted: 0,
    said: () => output.split("\n").slice(0, -1),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
