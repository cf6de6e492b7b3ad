// The writer of one run: links drafts to the chain and commits them in groups. Knows no file system; the store's append is its only effect.
import { canonical } from "../base/canonical.ts";
import { sha256 } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import { Claimed } from "../base/failure.ts";
import { invariant } from "../base/invariant.ts";
import type { Approval, Entry, EntryDraft, LedgerAppend, LedgerStore, OpenClaim } from "../contract/entry.ts";
import type { Json, JsonObject } from "../contract/json.ts";
import type { Clock, Holder, World } from "../contract/world.ts";
import { auditFile, formProblem, genesis, headOf, lineOf, link, parseHead, parseLine, runId } from "./chain.ts";
import type { Fold } from "./derive.ts";
import type { Tally } from "./tally.ts";

/** Who runs, for the claim. */
export interface RunFacts {
  readonly run: string;
  readonly clock: Pick<Clock, "now">;
  readonly actor?: string;
  readonly operator?: string;
  readonly approvals?: readonly Approval[];
  readonly commit?: string;
  readonly planDigest?: string;
  readonly steps?: readonly string[];
  readonly holder?: Holder;
  /** What makes this run another than a plain one, and why. */
  readonly action?: string;
  readonly reason?: string;
  /** Told when the run has ended and the ledger did not take its release. */
  readonly onUnreleased?: () => void;
}

/** The normalised, masked content that a digest names. */
export interface Content {
  readonly digest: string;
  readonly content: Json;
}

export interface Run {
  readonly id: string;
  /** Whether anything of it is in the ledger. */
  readonly hasClaimed: boolean;
  /** Writes the claim now instead of with the first entry; `draft` adds to what the facts say. */
  claim(draft?: Omit<EntryDraft, "phase">): Promise<void>;
  /** Resolves when the entries are durable. Callers that wait while a write is under way go out together in the next one. Throws Claimed when another run has written. */
  append(drafts: readonly EntryDraft[], contents?: readonly Content[]): Promise<readonly Entry[]>;
  /** Ends the run: the release and state.json, after all that waits. Writes nothing when the run wrote nothing. */
  release(draft?: Omit<EntryDraft, "phase">): Promise<void>;
}

/** What a run and its ledger share: the run adds to it what the store has taken. */
export interface Memory {
  fold: Fold;
  readonly tally: Tally;
  readonly entries: Entry[];
}

interface Waiting {
  readonly drafts: readonly EntryDraft[];
  readonly contents: readonly Content[];
  readonly isEnd: boolean;
  resolve(entries: readonly Entry[]): void;
  reject(error: unknown): void;
}

export interface RunStart {
  readonly store: LedgerStore;
  readonly environment: string;
  readonly memory: Memory;
  readonly facts: RunFacts;
  /** The dead run's claim that this writer ends. */
  readonly adopts: OpenClaim | undefined;
}

export function startRun(start: RunStart): Run {
  const { facts } = start;
  let queue: Waiting[] = [];
  let isWriting = false;
  let hasClaimed = start.adopts !== undefined;
  let isOver = false;
  let stopped: { readonly error: unknown } | undefined;

  async function pump(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    // One turn of the microtask queue lets callers of the same moment join the group.
    await Promise.resolve();
    while (queue.length > 0) {
      const group = queue;
      queue = [];
      try {
        if (stopped !== undefined) throw stopped.error;
        const written = await commit(start, group, hasClaimed);
        hasClaimed = true;
        for (const { waiting, entries } of written) waiting.resolve(entries);
      } catch (error) {
        // After a failed append it is not known what is durable: this run writes no more, the next one reads (RELIABILITY §2.3 S4).
        stopped ??= { error };
        for (const waiting of group) waiting.reject(error);
      }
    }
    isWriting = false;
  }

  function enqueue(
    drafts: readonly EntryDraft[],
    contents: readonly Content[],
    isEnd: boolean,
  ): Promise<readonly Entry[]> {
    invariant(!isOver, "the run was released");
    isOver = isEnd;
    return new Promise((resolve, reject) => {
      queue.push({ drafts, contents, isEnd, resolve, reject });
      void pump();
    });
  }

  return {
    id: facts.run,
    get hasClaimed() {
      return hasClaimed;
    },
    async claim(draft = {}) {
      invariant(!hasClaimed && queue.length === 0 && !isWriting, "the run has claimed already");
      await enqueue([{ ...claimOf(facts), ...draft, phase: "claim" }], [], false);
    },
    append(drafts, contents = []) {
      if (drafts.length === 0) return Promise.resolve([]);
      return enqueue(drafts, contents, false);
    },
    async release(draft = {}) {
      if (!hasClaimed && !isWriting && queue.length === 0) {
        isOver = true;
        // An append that failed may have left the claim.
        if (stopped !== undefined) facts.onUnreleased?.();
        return;
      }
      const actor = start.adopts === undefined || facts.actor === undefined ? {} : { actor: facts.actor };
      try {
        await enqueue([{ ...actor, ...draft, phase: "release" }], [], true);
      } catch (error) {
        facts.onUnreleased?.();
        throw error;
      }
    },
  };
}

/** Who a new run of this process is. */
export function ownRun({ clock, chance, holder, unreleased }: OwnWorld): RunFacts {
  const run = runId(clock, chance);
  return { run, clock, holder, onUnreleased: () => unreleased.add(run) };
}

type OwnWorld = Pick<World, "clock" | "chance" | "holder" | "unreleased">;

/** Does the work of a run. One that was cut off still says that it ended, if the ledger can be written; the first error is the one to tell. */
export async function released<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await run.release().catch(() => undefined);
    throw error;
  }
}

interface Committed {
  readonly waiting: Waiting;
  readonly entries: readonly Entry[];
}

/** Writes a group in one append and takes it into the memory. Throws Claimed when the head is another one. */
async function commit(start: RunStart, group: readonly Waiting[], hasClaimed: boolean): Promise<readonly Committed[]> {
  const { store, memory, facts } = start;
  const open = memory.tally.openClaim();
  if (open !== undefined && open.entry.run !== facts.run) throw heldBy(open.entry, start.environment);
  const before = memory.entries.at(-1);
  const drafts = group.flatMap((waiting) => waiting.drafts);
  const needsClaim = !hasClaimed && drafts[0]?.phase !== "claim";
  const contents = group.flatMap((waiting) => waiting.contents);
  const linked = linkAll(start, named(memory, needsClaim ? [claimOf(facts), ...drafts] : drafts, contents), before);
  const last = linked.at(-1) as Entry;
  const isEnd = group.some((waiting) => waiting.isEnd);
  // A copy, so that a failed append leaves the memory as the ledger is.
  const fold = isEnd ? memory.fold.copy() : memory.fold;
  if (isEnd) for (const entry of linked) fold.add(entry);
  const change: LedgerAppend = {
    expectedHead: before === undefined ? undefined : headOf(before),
    head: headOf(last),
    lines: linked.map(lineOf),
    contents: fresh(memory, contents),
    ...(isEnd ? { state: fold.state() } : {}),
  };
  if (!(await store.append(change))) throw await overtaken(store, start.environment);
  if (!isEnd) for (const entry of linked) fold.add(entry);
  memory.fold = fold;
  for (const entry of linked) {
    memory.tally.add(entry);
    memory.entries.push(entry);
  }
  let at = needsClaim ? 1 : 0;
  return group.map((waiting) => {
    const entries = linked.slice(at, at + waiting.drafts.length);
    at += waiting.drafts.length;
    return { waiting, entries };
  });
}

function claimOf(facts: RunFacts): EntryDraft {
  const { run: _run, clock: _clock, onUnreleased: _onUnreleased, ...said } = facts;
  return { ...said, phase: "claim" };
}

function linkAll(start: RunStart, drafts: readonly EntryDraft[], before: Entry | undefined): readonly Entry[] {
  const { environment, facts } = start;
  const at = isoTime(facts.clock.now());
  let seq = before?.seq ?? 0;
  let prev = before?.hash ?? genesis;
  return drafts.map((draft) => {
    const entry = link(draft, { seq: ++seq, at, run: facts.run, environment, prev });
    const problem = formProblem(entry as unknown as JsonObject);
    invariant(problem === undefined, `an entry that no run could read again: ${problem}`);
    prev = entry.hash;
    return entry;
  });
}

/** Sets each draft's contentHash to the hash of the file that its digest names: the first writer of a content decides its masking. */
function named(memory: Memory, drafts: readonly EntryDraft[], contents: readonly Content[]): readonly EntryDraft[] {
  const hashes = new Map(contents.map(({ digest, content }) => [digest, sha256(canonical(content))]));
  return drafts.map((draft) => {
    if (draft.digest === undefined || draft.contentDigest !== undefined) return draft;
    const hash = memory.tally.contents.get(draft.digest)?.hash ?? hashes.get(draft.digest);
    if (hash === undefined) return draft;
    const { contentHash: _contentHash, ...plain } = draft;
    return hash === draft.digest ? plain : { ...plain, contentHash: hash };
  });
}

function fresh(memory: Memory, contents: readonly Content[]): readonly Content[] {
  const seen = new Set<string>();
  return contents.filter(({ digest }) => {
    if (memory.tally.contents.has(digest) || seen.has(digest)) return false;
    seen.add(digest);
    return true;
  });
}

function heldBy(claim: Entry, environment: string): Claimed {
  const actor = claim.actor === undefined ? "" : ` of ${claim.actor}`;
  const host = claim.holder === undefined ? "" : ` ${whereOf(claim.holder)}`;
  return new Claimed(`environment ${environment} is claimed by run ${claim.run}${actor}${host} since ${claim.at}`, {
    hint: "Wait until that run has ended; when it is known to be dead, run `cxform unlock`.",
  });
}

function whereOf({ host, pid, workflowRun }: Holder): string {
  if (workflowRun === undefined) return `on ${host} (process ${pid})`;
  return `in workflow run ${workflowRun.id} of ${workflowRun.repository} (attempt ${workflowRun.attempt})`;
}

/** The head moved: reads whose run moved it, for the message. */
async function overtaken(store: LedgerStore, environment: string): Promise<Claimed> {
  const headText = await store.read("HEAD.json");
  const head = headText === undefined ? undefined : parseHead(headText);
  const text = head === undefined ? undefined : await store.read(auditFile(head.run));
  const entries: Entry[] = [];
  for (const line of text?.split("\n") ?? []) {
    const parsed = parseLine(line);
    if ("entry" in parsed) entries.push(parsed.entry);
  }
  const claim = entries.find((entry) => entry.phase === "claim");
  const isReleased = entries.at(-1)?.phase === "release";
  if (claim !== undefined && !isReleased) return heldBy(claim, environment);
  const whose = claim === undefined ? "another run" : `run ${claim.run}${claim.actor ? ` of ${claim.actor}` : ""}`;
  return new Claimed(`${whose} wrote to the ledger of environment ${environment} after this run had read it`, {
    hint: "Run the command again: it plans from what that run has left.",
  });
}
