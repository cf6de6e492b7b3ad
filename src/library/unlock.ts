// Ends the claim of a run that is known to be dead; what it announced becomes unknown, so that CXone is read before anything is sent again.

import { holderWords, releaseClaim } from "../apply/recover.ts";
import { Claimed } from "../base/failure.ts";
import type { Environment } from "../contract/config.ts";
import { clearLock, leftLock } from "../ledger/file-lock.ts";
import { recoverable } from "../ledger/ledger.ts";
import { type LedgerOptions, readLedger } from "./open-ledger.ts";

export interface UnlockOptions extends LedgerOptions {
  readonly actor: string;
  /** Asked unless the holder is known to be dead; false leaves the claim. Absent: yes. */
  readonly confirm?: (holder: string) => Promise<boolean>;
}

export interface Unlocked {
  readonly environment: string;
  readonly wasReleased: boolean;
  /** Who held the environment; absent when nobody did. */
  readonly holder?: string;
  readonly openIntents: number;
}

/** Throws Claimed while the holder is at work on this machine. */
export async function unlock(options: UnlockOptions): Promise<Unlocked> {
  const { world, actor } = options;
  const { environment, ledger } = await readLedger(options);
  const claim = ledger.openClaim;
  if (claim === undefined) return unlockFolder(options, environment);
  const holder = holderWords(claim.entry);
  const verdict = await recoverable(claim, world);
  if (verdict === "alive") {
    throw new Claimed(`${holder} is at work`, {
      hint: "Wait until it has ended, or end that process, then run cxform unlock again.",
    });
  }
  const told = { environment: environment.name, holder, openIntents: claim.openIntents.length };
  const isMeant = verdict === "dead" || options.confirm === undefined || (await options.confirm(holder));
  if (!isMeant) return { ...told, wasReleased: false };
  // A power cut may leave the folder's own lock as well; the release would wait for it.
  if ((await leftLock(environment.ledgerDir, world)) !== undefined) clearLock(environment.ledgerDir);
  await releaseClaim(ledger, world, actor, `released by ${actor}`);
  return { ...told, wasReleased: true };
}

/** No claim, but perhaps a lock on the folder that a power cut left. */
async function unlockFolder(options: UnlockOptions, environment: Environment): Promise<Unlocked> {
  const none = { environment: environment.name, wasReleased: false, openIntents: 0 };
  const holder =
    environment.ledgerBranch === undefined ? await leftLock(environment.ledgerDir, options.world) : undefined;
  if (holder === undefined) return none;
  if (options.confirm !== undefined && !(await options.confirm(holder))) return { ...none, holder };
  clearLock(environment.ledgerDir);
  return { ...none, holder, wasReleased: true };
}
