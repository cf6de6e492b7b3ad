// A process of its own that appends three entries to the branch of a repository without a remote and says so after each.
import { writeSync } from "node:fs";
import { openLedger } from "../../src/ledger/ledger.ts";
import { branchStore } from "./git-scene.ts";
import { environment, facts, firstContent, intent, result } from "./scene.ts";

const [folder = ""] = process.argv.slice(2);
const ledger = await openLedger(branchStore(folder), { environment });
const run = ledger.begin(facts(1));
for (const append of [
  () => run.append([intent(1, firstContent)]),
  () => run.append([result(1)]),
  () => run.release(),
]) {
  await append();
  writeSync(1, "ack\n");
}
