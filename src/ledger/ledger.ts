// The ledger of one environment as a run sees it: what is in it, and the way to begin a run. Knows no file system and no kind.
import { sha256 } from "../base/digest.ts";
import { BrokenChain, LedgerUnusable } from "../base/failure.ts";
import type { Entry, Head, LedgerState, LedgerStore, OpenClaim } from "../contract/entry.ts";
import type { Json } from "../contract/json.ts";
import type { Version } from "../contract/kind.ts";
import type { World } from "../contract/world.ts";
import { contentFile, headOf, parseObject, restoreHint } from "./chain.ts";
import { type Fold, startFold } from "./derive.ts";
import { type ReadChain, readChain } from "./read.ts";
import { type Memory, type Run, type RunFacts, startRun } from "./run.ts";
import { startTally, type Tally } from "./tally.ts";

export interface Ledger {
  readonly environment: string;
  readonly state: LedgerState;
  readonly entries: readonly Entry[];
  readonly head: Head | undefined;
  /** The last claim without a release: another run is at work, or died. */
  readonly openClaim: OpenClaim | undefined;
  /** Intents of any run that have no result. */
  readonly openIntents: readonly Entry[];
  /** The digests of steps that a claim named and no release has called done: what `settle` may finish. */
  readonly claimedSteps: ReadonlySet<string>;
  /** True when a run was cut off while it wrote: HEAD.json or state.json is behind, or a line is torn. `rebuildLedger` repairs it, and so does the next append. */
  readonly isUnfinished: boolean;
  /** Definite results (ok or failed) so far of an operation on a version; for records `of` is the chunk's digest. */
  generation(operation: string, address: string, of: Version): number;
  /** Whether a call of it ever ended without success; for records `of` is the chunk's digest. */
  hasFailed(operation: string, address: string, of: Version): boolean;
  /** When a write was first announced under this idempotency key, as long as no result has said ok or failed: it may still arrive. */
  openSince(idempotencyKey: string): string | undefined;
  /** The content that a digest names; undefined when no entry names one. Throws BrokenChain when its file was changed or is missing. */
  content(contentDigest: string): Promise<Json | undefined>;
  /** The writer of a new run. Nothing is written before its first entry, which fails with Claimed while another claim is open. */
  begin(facts: RunFacts): Run;
  /** The writer that ends the open claim in its own name: for a dead holder's open intents, and for `unlock`. Undefined without an open claim. */
  recover(facts: Pick<RunFacts, "clock" | "actor">): Run | undefined;
}

export const formatVersion = 1;

/** Reads the ledger. Throws BrokenChain for damage, LedgerUnusable for another environment's or a newer tool's ledger. */
export async function openLedger(store: LedgerStore, options: { readonly environment: string }): Promise<Ledger> {
  const { environment } = options;
  const stateText = await store.read("state.json");
  checkFormat(stateText, environment);
  const chain = await readChain(store);
  const stranger = chain.entries.find((entry) => entry.environment !== environment);
  if (stranger !== undefined) throw foreign(stranger.environment, environment);
  const fold = startFold(environment);
  const tally = startTally();
  for (const entry of chain.entries) {
    fold.add(entry);
    tally.add(entry);
  }
  return makeLedger(store, environment, chain, { fold, tally }, isBehind(chain, stateText, tally));
}

function makeLedger(
  store: LedgerStore,
  environment: string,
  chain: ReadChain,
  derived: { readonly fold: Fold; readonly tally: Tally },
  isUnfinished: boolean,
): Ledger {
  const memory: Memory = { ...derived, entries: [...chain.entries] };
  return {
    environment,
    isUnfinished,
    get state() {
      return memory.fold.state();
    },
    get entries() {
      return memory.entries;
    },
    get head() {
      const last = memory.entries.at(-1);
      return last === undefined ? undefined : headOf(last);
    },
    get openClaim() {
      return memory.tally.openClaim();
    },
    get openIntents() {
      return memory.tally.openIntents();
    },
    get claimedSteps() {
      return memory.tally.claimedSteps;
    },
    generation: (operation, address, of) => memory.tally.generation(operation, address, of),
    hasFailed: (operation, address, of) => memory.tally.hasFailed(operation, address, of),
    openSince: (idempotencyKey) => memory.tally.openSince(idempotencyKey),
    content: (contentDigest) => readContent(store, memory.tally, contentDigest),
    begin: (facts) => startRun({ store, environment, memory, facts, adopts: undefined }),
    recover(facts) {
      const open = memory.tally.openClaim();
      if (open === undefined) return undefined;
      return startRun({ store, environment, memory, facts: { ...facts, run: open.entry.run }, adopts: open });
    },
  };
}

/** Whether the holder of an open claim is known to have ended (DESIGN §5): only `dead` is recovered without asking. */
export async function recoverable(
  claim: OpenClaim,
  world: Pick<World, "holder" | "isDead" | "unreleased">,
): Promise<"dead" | "alive" | "unknown"> {
  if (world.unreleased.has(claim.entry.run)) return "dead";
  const holder = claim.entry.holder;
  if (holder === undefined) return "unknown";
  if (await world.isDead(holder)) return "dead";
  const isHere = holder.host === world.holder.host && holder.bootId === world.holder.bootId;
  return isHere ? "alive" : "unknown";
}

/** A format that only a newer cxform reads, as state.json says it; undefined otherwise. */
export function newerFormat(stateText: string | undefined): number | undefined {
  const state = stateText === undefined ? undefined : parseObject(stateText);
  return typeof state?.formatVersion === "number" && state.formatVersion > formatVersion
    ? state.formatVersion
    : undefined;
}

/** Throws LedgerUnusable for a ledger of a newer format (INTERFACE §6). */
export function refuseNewer(stateText: string | undefined): void {
  const format = newerFormat(stateText);
  if (format === undefined) return;
  throw new LedgerUnusable(`the ledger has format ${format}; this version of cxform reads up to ${formatVersion}`, {
    hint: "Install the version of cxform that wrote this ledger, or a newer one.",
  });
}

function checkFormat(stateText: string | undefined, environment: string): void {
  refuseNewer(stateText);
  const state = stateText === undefined ? undefined : parseObject(stateText);
  if (typeof state?.environment === "string" && state.environment !== environment) {
    throw foreign(state.environment, environment);
  }
}

function foreign(found: string, wanted: string): LedgerUnusable {
  return new LedgerUnusable(`the ledger belongs to environment ${found}, not to ${wanted}`, {
    hint: `Give environment ${wanted} a ledger of its own in cxform.yaml (ledger.dir or ledger.branch).`,
  });
}

function isBehind(chain: ReadChain, stateText: string | undefined, tally: Tally): boolean {
  if (chain.torn.length > 0 || chain.head?.hash !== chain.stored?.hash) return true;
  if (chain.head === undefined || tally.openClaim() !== undefined) return false;
  return stateText === undefined || parseObject(stateText)?.head !== chain.head.hash;
}

async function readContent(store: LedgerStore, tally: Tally, contentDigest: string): Promise<Json | undefined> {
  const named = tally.contents.get(contentDigest);
  if (named === undefined) return undefined;
  const text = await store.read(contentFile(contentDigest));
  if (text === undefined)
    throw new BrokenChain(`entry ${named.seq}: its content file is missing`, named.seq, restoreHint);
  if (sha256(text) !== named.hash) {
    throw new BrokenChain(`entry ${named.seq}: its content file was changed`, named.seq, restoreHint);
  }
  return JSON.parse(text) as Json;
}
