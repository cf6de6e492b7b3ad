// Ends the claim of a run that died: what it announced and never answered becomes unknown, so that CXone is read before anything is sent again.
import { Claimed, NotAllowed } from "../base/failure.ts";
import type { Entry } from "../contract/entry.ts";
import type { World } from "../contract/world.ts";
import { type Ledger, recoverable } from "../ledger/ledger.ts";
import { recoveredAction } from "../ledger/recover.ts";

/** Who holds the environment, for people. */
export function holderWords(claim: Entry): string {
  const where = claim.holder === undefined ? "" : ` on ${claim.holder.host}, process ${claim.holder.pid}`;
  return `run ${claim.run}${claim.actor === undefined ? "" : ` of ${claim.actor}`}${where}, since ${claim.at}`;
}

/** Does nothing without an open claim; releases a dead holder's; throws Claimed when the holder lives or may live. */
export async function releaseDeadClaim(
  ledger: Ledger,
  world: Pick<World, "clock" | "holder" | "isDead" | "unreleased">,
  actor: string,
): Promise<boolean> {
  const claim = ledger.openClaim;
  if (claim === undefined) return false;
  const verdict = await recoverable(claim, world);
  if (verdict !== "dead") {
    throw new Claimed(`the environment ${ledger.environment} is claimed by ${holderWords(claim.entry)}`, {
      hint:
        verdict === "alive"
          ? "Wait until that run has ended, then run the command again."
          : "Wait until that run has ended; if it is known to be dead, run cxform unlock.",
    });
  }
  const who = world.unreleased.has(claim.entry.run) ? "it" : "its process";
  await releaseClaim(ledger, world, actor, `${who} ended without a release`);
  return true;
}

/**
 * Answers the claim's open intents with `unknown` and releases it. Throws NotAllowed (CX6004) where the run that died was recovering a lost
 * ledger: with a part of it a session whose entry is missing would be sent again.
 */
export async function releaseClaim(
  ledger: Ledger,
  world: Pick<World, "clock">,
  actor: string,
  reason: string,
): Promise<void> {
  if (ledger.openClaim?.entry.action === recoveredAction) {
    throw new NotAllowed(
      "CX6004",
      `the recovery of the ledger of environment ${ledger.environment} was cut off: a part of it is missing`,
      "Move what is there away, keep it, and run cxform audit recover again.",
    );
  }
  const open = ledger.openClaim?.openIntents ?? [];
  const run = ledger.recover({ clock: world.clock, actor });
  if (run === undefined) return;
  const results = open.map(
    ({ seq: _seq, at: _at, run: _run, environment: _environment, prev: _prev, hash: _hash, ...facts }) => ({
      ...facts,
      phase: "result" as const,
      outcome: "unknown" as const,
      reason: "the run died before the answer was recorded",
    }),
  );
  await run.append(results);
  await run.release({ reason: `recovered: ${reason}` });
}
