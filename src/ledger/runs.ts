// The runs of a ledger, each with who, from which commit, and what became of its writes. Pure; formats nothing.
import type { Approval, Entry } from "../contract/entry.ts";

export interface RunSummary {
  readonly run: string;
  readonly startedAt: string;
  /** Absent while the run is at work, or when it died and nobody has recovered it. */
  readonly endedAt?: string;
  readonly actor?: string;
  readonly operator?: string;
  readonly approvals: readonly Approval[];
  readonly commit?: string;
  readonly planDigest?: string;
  /** Announced writes, and what became of them; what is announced and not answered is in none of the three. */
  readonly writes: number;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  /** What was learned or decided without a write. */
  readonly events: number;
}

/** In the order in which they began. An entry before any claim of its run counts for no run. */
export function runsOf(entries: readonly Entry[]): readonly RunSummary[] {
  const runs = new Map<string, RunSummary>();
  for (const entry of entries) {
    const before = runs.get(entry.run);
    if (before === undefined && entry.phase !== "claim") continue;
    runs.set(entry.run, before === undefined ? begun(entry) : continued(before, entry));
  }
  return [...runs.values()];
}

function begun(claim: Entry): RunSummary {
  const { run, at, actor, operator, approvals, commit, planDigest } = claim;
  return {
    run,
    startedAt: at,
    ...(actor === undefined ? {} : { actor }),
    ...(operator === undefined ? {} : { operator }),
    approvals: approvals ?? [],
    ...(commit === undefined ? {} : { commit }),
    ...(planDigest === undefined ? {} : { planDigest }),
    writes: 0,
    ok: 0,
    failed: 0,
    unknown: 0,
    events: 0,
  };
}

function continued(run: RunSummary, entry: Entry): RunSummary {
  if (entry.phase === "release") return { ...run, endedAt: entry.at };
  if (entry.phase === "intent") return { ...run, writes: run.writes + 1 };
  if (entry.phase === "event") return { ...run, events: run.events + 1 };
  if (entry.phase !== "result" || entry.outcome === undefined) return run;
  return { ...run, [entry.outcome]: run[entry.outcome] + 1 };
}
