// A process that appends one claim to the ledger's branch of a clone. Argument: the clone. Which `git` it runs is up to its PATH.
import { openLedger } from "../../src/ledger/ledger.ts";
import { branchStore } from "./git-scene.ts";
import { environment, facts } from "./scene.ts";

const [folder = ""] = process.argv.slice(2);
const ledger = await openLedger(branchStore(folder), { environment });
await ledger.begin(facts(7)).claim();
