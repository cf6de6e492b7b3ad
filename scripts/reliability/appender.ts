// Writes runs to a ledger folder as an apply does: intent, send, result, release. Arguments: folder, wire file, runs, operations a run.
// Prints each acknowledged entry; with NO_SYNC=all or NO_SYNC=folders no fsync (of folders) reaches the disk: the control that must fail.
import fs, { openSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Failure } from "../../src/base/failure.ts";
import { realWorld } from "../../src/cli/world.ts";
import type { Holder } from "../../src/contract/world.ts";
import { fileStore } from "../../src/ledger/file-store.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { appended, environment, holder, runName } from "./appended.ts";

const [dir = "", wireFile = "", runs = "1", operations = "1"] = process.argv.slice(2);
const noSync = process.env["NO_SYNC"];
if (noSync !== undefined) {
  const { fsyncSync, fstatSync } = fs;
  fs.fsyncSync = (file) => {
    if (noSync === "folders" && !fstatSync(file).isDirectory()) fsyncSync(file);
  };
  syncBuiltinESMExports();
}
const { clock } = realWorld();
const isDead = async (other: Holder): Promise<boolean> => other.pid === holder.pid;
// What CXone has received: opened before the first fault, so that none of them hits it.
const wire = openSync(wireFile, "a");
const say = (words: string): void => {
  writeSync(1, `${words}\n`);
};

async function work(): Promise<void> {
  const store = fileStore(dir, { holder, isDead, clock });
  const ledger = await openLedger(store, { environment });
  say("ready");
  for (let number = 1; number <= Number(runs); number += 1) {
    const run = ledger.begin({ run: runName(number), clock, actor: "proof", holder });
    try {
      for (let at = 1; at <= Number(operations); at += 1) {
        const { intent, contents, result } = appended(number, at);
        for (const entry of await run.append([intent], contents)) say(`ack ${entry.seq} ${entry.hash}`);
        writeSync(wire, `${intent.idempotencyKey}\n`);
        for (const entry of await run.append([result])) say(`ack ${entry.seq} ${entry.hash}`);
      }
      await run.release();
      say(`ack ${ledger.entries.length} ${ledger.entries.at(-1)?.hash}`);
    } catch (error) {
      await run.release().catch(() => undefined);
      throw error;
    }
  }
}

try {
  await work();
  say("done");
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(`refused ${error.code} ${error.message}`);
}
