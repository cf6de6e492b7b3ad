// One of several processes that write to one ledger folder as fast as they can. Arguments: folder, process number, tries. Prints its successes.
import { Claimed } from "../../src/base/failure.ts";
import type { Holder } from "../../src/contract/world.ts";
import { openLedger, recoverable } from "../../src/ledger/ledger.ts";
import { environment, facts, folderStore, holder, intent, result } from "./scene.ts";

const [dir = "", number = "", tries = ""] = process.argv.slice(2);
const own: Holder = { ...holder, pid: process.pid };
const isDead = async ({ pid }: Holder): Promise<boolean> => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
const unreleased = new Set<string>();
const store = folderStore(dir, { holder: own, isDead });
let successes = 0;
for (let at = 1; at <= Number(tries); at++) {
  const ledger = await openLedger(store, { environment });
  const open = ledger.openClaim;
  try {
    if (open !== undefined && (await recoverable(open, { holder: own, isDead, unreleased })) === "dead") {
      const dead = ledger.recover(facts(0));
      const lost = open.openIntents.flatMap(({ version }) => (typeof version === "number" ? [version] : []));
      await dead?.append(lost.map((version) => result(version, { action: "newVersion" })));
      await dead?.release();
    }
    const run = ledger.begin(facts(Number(number) * 1000 + at, { holder: own }));
    const version = ledger.entries.length + 2;
    const content = { version };
    const draft = intent(version, content);
    await run.append([draft], [{ digest: draft.digest as string, content }]);
    await run.append([result(version)]);
    await run.release();
    successes++;
  } catch (error) {
    if (!(error instanceof Claimed)) throw error;
  }
}
process.stdout.write(String(successes));
