// The inbox: an event is durable before `accept` resolves, and its id decides for good whether it was there before. It knows neither HTTP nor CXone.
import { nameUuid } from "../base/digest.ts";
import { isoTime } from "../base/duration.ts";
import { compareText } from "../base/order.ts";
import type { ReceiverRoute } from "../contract/config.ts";
import type { Clock } from "../contract/world.ts";
import type { Database, EventRow } from "./database.ts";
import type { Guest, Reading } from "./event.ts";
import { enqueue, type Outgoing } from "./outbox.ts";

export interface Incoming {
  readonly id: string;
  readonly route: ReceiverRoute;
  /** Epoch milliseconds by the sender's clock. */
  readonly sentAt: number;
  /** The raw body: JSON, as it came. */
  readonly body: string;
  /** SHA-256 of the raw body, hex. */
  readonly digest: string;
  readonly reading: Reading;
}

/** `repeated`: an event of this id was there before, and nothing else follows from this one. */
export type Acceptance = "accepted" | "repeated";

export interface InboxOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Whether guests' events are forwarded. */
  readonly hasCrm: boolean;
  /** Events of these sorts wait for their consequence; others have none and are done at once. */
  readonly wakes: ReadonlySet<Reading["wakes"]>;
  /** Told of each event that is new and durable. */
  readonly onAccepted?: (event: Incoming) => void;
}

export interface Inbox {
  /** Callers that wait while a transaction is under way share the next one. Throws StoreUnusable, and then it is not known to be stored. */
  accept(event: Incoming): Promise<Acceptance>;
}

interface Waiting {
  readonly event: Incoming;
  resolve(acceptance: Acceptance): void;
  reject(error: unknown): void;
}

const mostAtOnce = 200;
/**
 * How long the first of a group waits for others. The embedded engine works without letting anything else run: without a pause
 * each request that lies in its socket would have a sync of its own.
 */
const gatherMs = 2;

export function openInbox(options: InboxOptions): Inbox {
  let queue: Waiting[] = [];
  let isWriting = false;

  async function pump(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (queue.length > 0) {
      if (queue.length < mostAtOnce) await options.clock.sleep(gatherMs);
      const group = queue.slice(0, mostAtOnce);
      queue = queue.slice(mostAtOnce);
      try {
        const fresh = await store(options, firstOfEach(group));
        for (const { event, resolve } of group) {
          // Of the copies in one group the first is the new one.
          const isNew = fresh.get(event.id) === event;
          if (isNew) options.onAccepted?.(event);
          resolve(isNew ? "accepted" : "repeated");
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    isWriting = false;
  }

  return {
    accept: (event) =>
      new Promise((resolve, reject) => {
        queue.push({ event, resolve, reject });
        void pump();
      }),
  };
}

/** In the order of their arrival, one of each id. */
function firstOfEach(group: readonly Waiting[]): readonly Incoming[] {
  const events = new Map<string, Incoming>();
  for (const { event } of group) if (!events.has(event.id)) events.set(event.id, event);
  return [...events.values()];
}

/** Writes what is new, with what is to be forwarded of it, in one transaction; answers what was new. */
async function store(options: InboxOptions, events: readonly Incoming[]): Promise<ReadonlyMap<string, Incoming>> {
  const { database, clock, hasCrm } = options;
  const now = clock.now();
  // In one order everywhere: two instances that store the same events do not wait for each other in a circle.
  const rows = events.map((event) => rowOf(options, event, now)).sort((left, right) => compareText(left.id, right.id));
  const fresh = await database.transaction(async (sql) => {
    const inserted = await sql
      .insertInto("events")
      .values(rows)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returning("id")
      .execute();
    const ids = new Set(inserted.map(({ id }) => id));
    const isNew = events.filter(({ id }) => ids.has(id));
    if (hasCrm)
      await enqueue(
        sql,
        isNew.flatMap((event) => forwarded(event, now)),
        now,
      );
    return isNew;
  });
  return new Map(fresh.map((event) => [event.id, event]));
}

function rowOf({ wakes }: InboxOptions, event: Incoming, now: number): EventRow {
  const { id, route, sentAt, body, digest, reading } = event;
  return {
    id,
    route,
    received_at: now,
    sent_at: sentAt,
    body,
    status: reading.wakes !== undefined && wakes.has(reading.wakes) ? "new" : "done",
    session: reading.guest?.sessionId ?? null,
    digest,
    recorded_at: null,
  };
}

function forwarded(event: Incoming, now: number): readonly Outgoing[] {
  const { guest } = event.reading;
  if (guest === undefined) return [];
  return [
    {
      // By the event: whichever instance forwards it, the CRM can tell a repetition.
      id: nameUuid(["crm", event.id]),
      target: "crm",
      orderKey: guest.sessionId,
      address: null,
      body: crmBody(guest, now),
      eventId: event.id,
    },
  ];
}

/** CXONE-API §9: the documented fields and no other. */
function crmBody({ sessionId, eventType, channelState, metadata }: Guest, now: number): Outgoing["body"] {
  return { cxoneSessionId: sessionId, eventType, channelState, metadata, syncedAt: isoTime(now) };
}
