// Writes runs to a ledger as an apply does: intent, send, result, release. Arguments: folder, wire file, runs, operations a run, form of the store, number of the first run.
// Prints each acknowledged entry; with NO_SYNC=all or NO_SYNC=folders no fsync (of folders) of this process reaches the disk, while git does its own: the control that must fail. CALL_MS: what each call to CXone takes.
import fs, { openSync, writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Failure } from "../../src/base/failure.ts";
import { realWorld } from "../../src/cli/world.ts";
import type { Holder } from "../../src/contract/world.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { appended, environment, holder, runName } from "./appended.ts";
import { proofStore, type StoreForm } from "./proof-store.ts";

const [dir = "", wireFile = "", runs = "1", operations = "1", form = "folder", first = "1"] = process.argv.slice(2);
const noSync = process.env["NO_SYNC"];
if (noSync !== undefined) {
  const { fsyncSync, fstatSync } = fs;
  fs.fsyncSync = (file) => {
    if (noSync === "folders" && !fstatSync(file).isDirectory()) fsyncSync(file);
  };
  syncBuiltinESMExports();
}
const callMs = Number(process.env["CALL_MS"] ?? 0);
const { clock } = realWorld();
const isDead = async (other: Holder): Promise<boolean> => other.pid === holder.pid;
// What CXone has received: opened before the first fault, so that none of them hits it.
const wire = openSync(wireFile, "a");
const say = (words: string): void => {
  writeSync(1, `${words}\n`);
};

async function work(): Promise<void> {
  const store = proofStore(form as StoreForm, dir, { holder, isDead, clock });
  const ledger = await openLedger(store, { environment });
  say("ready");
  for (let number = Number(first); number < Number(first) + Number(runs); number += 1) {
    const run = ledger.begin({ run: runName(number), clock, actor: "proof", holder });
    try {
      for (let at = 1; at <= Number(operations); at += 1) {
        const { intent, contents, result } = appended(number, at);
        for (const entry of await run.append([intent], contents)) say(`ack ${entry.seq} ${entry.hash}`);
        writeSync(wire, `${intent.idempotencyKey}\n`);
        if (callMs > 0) await clock.sleep(callMs);
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
