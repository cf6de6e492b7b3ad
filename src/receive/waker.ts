// Brings events to their consequence: waits a moment for more of them, then calls once, never twice at a time, and again later where that failed or where CXone does not show yet what they claim. It knows no settle and no GitHub.
import type { ReceiverRoute } from "../contract/config.ts";
import type { Json } from "../contract/json.ts";
import type { Clock } from "../contract/world.ts";
import type { Database } from "./database.ts";
import { readEvent, type Wakes } from "./event.ts";
import { type ClaimingEvent, foldClaims } from "./fold.ts";
import { createLooks, type Looks } from "./looks.ts";
import { inPieces } from "./pieces.ts";

export interface WakerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly wakes: Wakes;
  /** What the events start: it must be harmless to repeat. Answers the claims that CXone does not show yet; it is called again for them. */
  readonly act: (woken: Woken) => Promise<readonly ClaimingEvent[]>;
  readonly onFailure?: (error: unknown, nextTryMs: number) => void;
  /** Ends it: what is under way is finished. */
  readonly signal: AbortSignal;
  /** How long it waits for more events, milliseconds. */
  readonly debounceMs?: number;
}

export interface Woken {
  /** 0 where it only looks again. */
  readonly events: number;
  /** What they say of templates and registrations, which proves nothing. */
  readonly claims: readonly ClaimingEvent[];
  /** What callbacks of the CMS are about, each once. */
  readonly names: readonly string[];
}

export interface Waker {
  /** There is something new. */
  nudge(): void;
  /** Resolves when the signal has ended it. Rejects with a mistake of ours alone. */
  readonly ended: Promise<void>;
}

const routesOf: Readonly<Record<Wakes, readonly ReceiverRoute[]>> = {
  settle: ["cxone-template-status", "cxone-events"],
  cms: ["cms"],
};
const defaultDebounceMs = 2_000;
/** How often what another instance has left behind is looked for. */
const pollMs = 30_000;
/** So long an event is its own instance's. */
const ownMs = 60_000;
/** How long it sleeps at most while something is to be looked at again: a clock may jump. */
const lookMs = 1_000;
const firstRetryMs = 5_000;
const longestRetryMs = 300_000;
const mostAtOnce = 1_000;

export function startWaker(options: WakerOptions): Waker {
  const { clock, signal, debounceMs = defaultDebounceMs } = options;
  // What an earlier process left is anybody's from the start.
  let isNudged = true;
  let pause = new AbortController();
  const nudge = (): void => {
    isNudged = true;
    pause.abort();
  };
  signal.addEventListener("abort", () => pause.abort(), { once: true });

  const looks = createLooks();
  /** Until there may be something to do. */
  const idleMs = (): number => {
    const { nextAt } = looks;
    return nextAt === undefined ? pollMs : Math.min(lookMs, Math.max(0, nextAt - clock.now()));
  };
  const wait = async (ms: number): Promise<void> => {
    pause = new AbortController();
    if (signal.aborted) return;
    await clock.sleep(ms, pause.signal);
  };

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      if (!isNudged) await wait(idleMs());
      const isOwn = isNudged;
      isNudged = false;
      if (isOwn) await clock.sleep(debounceMs, signal);
      if (signal.aborted) return;
      try {
        while ((await once(options, looks, isOwn ? 0 : ownMs)) === mostAtOnce && !signal.aborted);
        if (!signal.aborted) await lookAgain(options, looks);
        failures = 0;
      } catch (error) {
        failures += 1;
        const nextTryMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
        options.onFailure?.(error, nextTryMs);
        await clock.sleep(nextTryMs, signal);
        isNudged = true;
      }
    }
  }

  return { nudge, ended: run() };
}

/** Acts once for all events that wait; answers how many there were. */
async function once({ database, clock, wakes, act }: WakerOptions, looks: Looks, atLeastMs: number): Promise<number> {
  const rows = await database.run((sql) =>
    sql
      .selectFrom("events")
      .select(["id", "route", "sent_at", "body"])
      .where("status", "=", "new")
      .where("route", "in", routesOf[wakes])
      .where("received_at", "<=", clock.now() - atLeastMs)
      .orderBy("received_at")
      .orderBy("id")
      .limit(mostAtOnce)
      .execute(),
  );
  if (rows.length === 0) return 0;
  const woken = wokenBy(rows);
  looks.note(woken.claims, await act(woken), clock.now());
  await inPieces({ database, clock }, rows, (piece) =>
    database.run((sql) =>
      sql
        .updateTable("events")
        .set({ status: "done" })
        .where(
          "id",
          "in",
          piece.map(({ id }) => id),
        )
        .execute(),
    ),
  );
  return rows.length;
}

async function lookAgain({ clock, act }: WakerOptions, looks: Looks): Promise<void> {
  const claims = looks.due(clock.now());
  if (claims.length === 0) return;
  looks.note(claims, await act({ events: 0, claims, names: [] }), clock.now());
}

interface WakingRow {
  readonly id: string;
  readonly route: string;
  readonly sent_at: number;
  readonly body: string | null;
}

function wokenBy(rows: readonly WakingRow[]): Woken {
  const claims: ClaimingEvent[] = [];
  const names = new Set<string>();
  for (const { id, route, sent_at, body } of rows) {
    if (body === null) continue;
    const { claim, happenedAt, name } = readEvent(route as ReceiverRoute, JSON.parse(body) as Json);
    if (claim !== undefined) claims.push({ id, ...claim, at: happenedAt ?? sent_at });
    if (name !== undefined) names.add(name);
  }
  return { events: rows.length, claims: foldClaims(claims), names: [...names].sort() };
}
