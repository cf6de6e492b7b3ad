// What entries leave open or used up beside the resources: claims, intents without a result, generations, content hashes. Pure.
import type { Entry, OpenClaim } from "../contract/entry.ts";
import type { Version } from "../contract/kind.ts";

/** Counts along the chain: entries go in, in chain order. */
export interface Tally {
  /** Why the entry does not fit what is open (a result without an intent); undefined when it does. */
  add(entry: Entry): string | undefined;
  openClaim(): OpenClaim | undefined;
  /** Intents of any run that have no result. */
  openIntents(): readonly Entry[];
  /** Results so far that an answer came for (ok, failed, or one that told nothing); `of` is the version, or for records the chunk. */
  generation(operation: string, address: string, of: Version): number;
  /** Whether a call of it ever ended without success, as its own run saw it: that a run was cut off says nothing of the call. */
  hasFailed(operation: string, address: string, of: Version): boolean;
  /** When a write was first announced under this idempotency key, as long as no result has said ok or failed: it may still arrive. */
  openSince(idempotencyKey: string): string | undefined;
  /** The digests of steps that a claim named and no release has called done: what `settle` may finish. */
  readonly claimedSteps: ReadonlySet<string>;
  /** For each digest that an entry names a content file by: the hash that the file must have, and the first entry that says so. */
  readonly contents: ReadonlyMap<string, { readonly hash: string; readonly seq: number }>;
}

export function startTally(): Tally {
  const claims = new Map<string, Entry>();
  const lastAt = new Map<string, string>();
  const intents = new Map<string, Entry[]>();
  const definite = new Map<string, number>();
  const failed = new Set<string>();
  const openKeys = new Map<string, string>();
  const claimedSteps = new Set<string>();
  const contents = new Map<string, { hash: string; seq: number }>();
  const openIntents = (): readonly Entry[] => [...intents.values()].flat().sort((left, right) => left.seq - right.seq);

  function addResult(entry: Entry): string | undefined {
    // An answer that came and told nothing is kept by the server under its key: only another key can ask again.
    const hasAnswered = entry.outcome === "unknown" && entry.responseDigest !== undefined;
    const counted = generationKey(entry.action, entry.address, entry.chunk ?? entry.version);
    if (entry.outcome === "ok" || entry.outcome === "failed" || hasAnswered) {
      definite.set(counted, (definite.get(counted) ?? 0) + 1);
    }
    // What answers for a dead run has no time of its own.
    if (entry.outcome !== "ok" && entry.latencyMs !== undefined) failed.add(counted);
    if (entry.outcome === "ok" || entry.outcome === "failed") openKeys.delete(entry.idempotencyKey ?? "");
    const key = intentKey(entry);
    const open = intents.get(key) ?? [];
    const left = open.filter((intent) => !isAnswered(intent, entry));
    if (left.length === 0) intents.delete(key);
    else intents.set(key, left);
    return left.length === open.length ? "the result answers no open intent" : undefined;
  }

  return {
    claimedSteps,
    contents,
    openIntents,
    add(entry) {
      lastAt.set(entry.run, entry.at);
      if (entry.digest !== undefined && entry.contentDigest === undefined && !contents.has(entry.digest)) {
        contents.set(entry.digest, { hash: entry.contentHash ?? entry.digest, seq: entry.seq });
      }
      if (entry.phase === "claim") {
        claims.set(entry.run, entry);
        for (const step of entry.steps ?? []) claimedSteps.add(step);
      } else if (entry.phase === "release") {
        // A release names what its run left; one without (of a dead run) leaves all that was claimed.
        const left = entry.steps;
        if (left !== undefined)
          for (const step of claims.get(entry.run)?.steps ?? []) if (!left.includes(step)) claimedSteps.delete(step);
        claims.delete(entry.run);
        lastAt.delete(entry.run);
      } else if (entry.phase === "intent") {
        const key = intentKey(entry);
        intents.set(key, [...(intents.get(key) ?? []), entry]);
        const { idempotencyKey, at } = entry;
        if (idempotencyKey !== undefined && !openKeys.has(idempotencyKey)) openKeys.set(idempotencyKey, at);
      } else if (entry.phase === "result") {
        return addResult(entry);
      }
      return undefined;
    },
    openClaim() {
      const entry = [...claims.values()].at(-1);
      if (entry === undefined) return undefined;
      return {
        entry,
        lastAt: lastAt.get(entry.run) ?? entry.at,
        openIntents: openIntents().filter((intent) => intent.run === entry.run),
      };
    },
    generation(operation, address, of) {
      return definite.get(generationKey(operation, address, of)) ?? 0;
    },
    hasFailed: (operation, address, of) => failed.has(generationKey(operation, address, of)),
    openSince: (idempotencyKey) => openKeys.get(idempotencyKey),
  };
}

function generationKey(operation: string | undefined, address: string | undefined, of: Version | undefined): string {
  return JSON.stringify([operation, address, of]);
}

function intentKey(entry: Entry): string {
  return JSON.stringify([entry.action, entry.address]);
}

/** One idempotency key is one write, however often it was announced: its result answers every open intent of that key. */
function isAnswered(intent: Entry, result: Entry): boolean {
  const agrees = (left: unknown, right: unknown): boolean =>
    left === undefined || right === undefined || left === right;
  return (
    agrees(intent.idempotencyKey, result.idempotencyKey) &&
    agrees(intent.version, result.version) &&
    agrees(intent.chunk, result.chunk)
  );
}
