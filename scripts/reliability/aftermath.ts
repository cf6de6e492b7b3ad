// What must hold of a ledger after anything that happened to its writer: nothing acknowledged is lost, nothing was sent unannounced, the next run goes on. Knows no fault.
import { releaseClaim } from "../../src/apply/recover.ts";
import { Failure } from "../../src/base/failure.ts";
import { realWorld } from "../../src/cli/world.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import { rebuildLedger } from "../../src/ledger/rebuild.ts";
import { verifyLedger } from "../../src/ledger/verify.ts";
import { appended, environment, holder, runName } from "./appended.ts";
import { historyProblems, proofStore, removeLocks, type StoreForm } from "./proof-store.ts";

/** What the appender said and sent. */
export interface Said {
  readonly output: string;
  readonly wire: string;
}

export interface Aftermath {
  /** Acknowledged entries that the ledger does not hold. */
  readonly lost: number;
  readonly acknowledged: number;
  readonly wrongs: readonly string[];
  /** The typed failure with which the next open refused. */
  readonly refusal?: string;
}

export interface AftermathOptions {
  /** Default: a folder. */
  readonly form?: StoreForm;
  /** The machine went down: what its lock file says of the holder may be lost with it, and a person deletes it, as the failure's hint says. */
  readonly wasRebooted?: boolean;
}

/** Opens the ledger as the next run would, recovers, writes on, verifies. */
export async function aftermath(dir: string, said: Said, options: AftermathOptions = {}): Promise<Aftermath> {
  const { clock } = realWorld();
  const form = options.form ?? "folder";
  if (options.wasRebooted === true) removeLocks(form, dir);
  const store = proofStore(form, dir, { holder: { ...holder, pid: holder.pid + 1 }, isDead: async () => true, clock });
  const acks = [...said.output.matchAll(/^ack (\d+) ([0-9a-f]{64})$/gm)].map(([, seq, hash]) => ({
    seq: Number(seq),
    hash,
  }));
  const wrongs: string[] = [];
  let ledger: Ledger;
  try {
    ledger = await openLedger(store, { environment });
  } catch (error) {
    if (!(error instanceof Failure))
      return { lost: 0, acknowledged: acks.length, wrongs: [`the next open failed by ${String(error)}`] };
    return { lost: acks.length, acknowledged: acks.length, wrongs, refusal: `${error.code}: ${error.message}` };
  }
  const lost = acks.filter(({ seq, hash }) => ledger.entries[seq - 1]?.hash !== hash).length;
  const announced = new Set(
    ledger.entries.filter((entry) => entry.phase === "intent").map((entry) => entry.idempotencyKey),
  );
  for (const key of said.wire.split("\n").slice(0, -1))
    if (!announced.has(key)) wrongs.push(`${key} was sent without an intent`);
  try {
    await goOn(ledger, store);
    wrongs.push(...(await verifyLedger(store, environment)).problems.map(({ file, message }) => `${file}: ${message}`));
    wrongs.push(...(await historyProblems(form, dir)));
  } catch (error) {
    wrongs.push(`the next run failed by ${String(error)}`);
  }
  return { lost, acknowledged: acks.length, wrongs };
}

/** Numbers a run that the appender never comes to. */
const next = 700_000;

async function goOn(ledger: Ledger, store: LedgerStore): Promise<void> {
  const { clock } = realWorld();
  await releaseClaim(ledger, { clock }, "proof", "its process ended without a release");
  const fresh = await openLedger(store, { environment });
  if (fresh.isUnfinished) await rebuildLedger(store, environment);
  const again = await openLedger(store, { environment });
  const run = again.begin({ run: runName(next), clock, actor: "proof", holder });
  const { intent, contents, result } = appended(next, 1);
  await run.append([intent], contents);
  await run.append([result]);
  await run.release();
}
