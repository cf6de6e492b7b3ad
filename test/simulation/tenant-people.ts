// The tenant's guest sessions and consent records, written from CXONE-API §6 and §7. It knows nothing of the engine.
import { type Arrived, type Effect, type Ground, iso, type Reply, refusal } from "./facts.ts";
import type { Log } from "./tenant-templates.ts";

interface Session {
  readonly id: string;
  readonly key: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export function openGuests(ground: Ground, log: Log) {
  const sessions: Session[] = [];
  const show = ({ id, body }: Session) => ({ ...body, sessionId: id, status: "ACTIVE" });
  return {
    sessions,
    serve(request: Arrived, [id]: readonly string[]): Reply {
      if (request.method === "POST") {
        const made = {
          id: ground.chance.uuid(),
          key: request.headers.get("x-idempotency-key"),
          body: JSON.parse(request.body) as Session["body"],
        };
        sessions.push(made);
        log({ by: "run", kind: "GuestSession", what: "created", id: made.id, request });
        return { status: 201, body: { sessionId: made.id, channelUrl: `https://engage.sim.example/${made.id}` } };
      }
      if (id !== undefined) {
        const found = sessions.find((each) => each.id === id);
        return found === undefined ? refusal(404, "there is no such session") : { status: 200, body: show(found) };
      }
      const key = request.url.searchParams.get("idempotencyKey");
      return { status: 200, body: { items: sessions.filter((each) => each.key === key).map(show) } };
    },
  };
}

interface Stored {
  readonly id: string;
  readonly contactId: string;
  readonly channel: string;
  readonly optIn: boolean;
  readonly at: number;
}

type Sent = Readonly<Record<"contactId" | "channel" | "consentTimestamp" | "withdrawalTimestamp", string>> & {
  readonly optIn: boolean;
};

export function openConsents(ground: Ground, log: Log) {
  const { timeline, chance } = ground;
  const records = new Map<string, Stored>();
  const keyOf = (contactId: string, channel: string): string => `${contactId} ${channel}`;
  const show = (each: Stored) => ({
    id: each.id,
    contactId: each.contactId,
    channel: each.channel,
    optIn: each.optIn,
    consentTimestamp: each.optIn ? iso(each.at) : null,
    withdrawalTimestamp: each.optIn ? null : iso(each.at),
    regulatoryRegion: "GDPR",
    source: "sim",
    idempotencyKey: each.id,
    updatedAt: iso(timeline.now),
  });

  /** The later effective time wins; a tie goes to the opt-out. */
  const put = (said: Omit<Stored, "id">, by: Effect["by"], request?: Arrived): string => {
    const key = keyOf(said.contactId, said.channel);
    const known = records.get(key);
    if (known !== undefined && known.at === said.at && known.optIn === said.optIn) return "unchanged";
    const wins = known === undefined || said.at > known.at || (said.at === known.at && !said.optIn);
    if (!wins) return "skipped";
    records.set(key, { ...said, id: known?.id ?? chance.uuid() });
    log({
      by,
      kind: "PreferenceBatch",
      what: "recorded",
      id: key,
      consent: said,
      ...(request === undefined ? {} : { request }),
    });
    return known === undefined ? "created" : "updated";
  };

  const share = (name: "partialBatch" | "refusedBatch"): boolean =>
    !ground.isQuiet && chance.fraction() < (ground.options.faults[name] ?? 0);

  /** How many records of a batch are executed before CXone leaves off; the rest has no answer. */
  const executed = (count: number): number => {
    const { halfBatches } = ground.options;
    if (ground.isQuiet || halfBatches === 0 || chance.fraction() >= halfBatches) return count;
    return Math.floor(chance.fraction() * count);
  };

  const batch = (request: Arrived): Reply => {
    const sent = JSON.parse(request.body) as readonly Sent[];
    if (sent.length > 100) return refusal(400, "at most 100 records");
    if (share("refusedBatch")) return refusal(422, "a rule was broken");
    const answers = sent.slice(0, executed(sent.length)).map((each) => {
      const time = each.optIn ? each.consentTimestamp : each.withdrawalTimestamp;
      const { contactId, channel, optIn } = each;
      const at = Date.parse(time);
      const line = { id: chance.uuid(), contactId, channel, optIn, conflictResolved: false };
      if (at > timeline.now + 300_000) return { ...line, status: "rejected", error: "in the future" };
      const status = put({ contactId, channel, optIn, at }, "run", request);
      return { ...line, status, optIn: records.get(keyOf(contactId, channel))?.optIn ?? optIn };
    });
    // `put` answers what the store holds: an equal or newer record of the other answer reads as it is.
    if (!share("partialBatch") || answers.length === 0) return { status: 200, body: answers };
    const at = Math.floor(chance.fraction() * answers.length);
    const way = Math.floor(chance.fraction() * 3);
    const kept: Reply = { status: 200, body: answers };
    const spoilt = (change: object): unknown =>
      answers.map((each, index) => (index === at ? { ...each, ...change } : each));
    if (way === 0) return { status: 200, body: answers.slice(0, at), kept };
    if (way === 1) return { status: 200, body: spoilt({ optIn: answers[at]?.optIn !== true }), kept };
    // A refusal is kept like any answer: the same key is refused again.
    return { status: 200, body: spoilt({ status: "rejected", error: "try again" }) };
  };

  return {
    records,
    serve(request: Arrived, [what]: readonly string[]): Reply {
      if (what === "batch") return batch(request);
      const { searchParams } = request.url;
      const [contact, channel] = [searchParams.get("contactId"), searchParams.get("channel")];
      if (contact === null) return { status: 200, body: { items: [...records.values()].map(show), nextCursor: null } };
      const found = records.get(keyOf(contact, channel ?? ""));
      return { status: 200, body: found === undefined ? [] : [show(found)] };
    },
    /** A person texts STOP: the newest word there is. */
    stop(contact: string): void {
      ground.trace(`${iso(timeline.now)} a person texts STOP`);
      put({ contactId: contact, channel: "email", optIn: false, at: Math.floor(timeline.now) }, "person");
    },
  };
}
