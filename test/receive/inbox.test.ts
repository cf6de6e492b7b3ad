// The inbox over both engines: an id decides for good, copies have one effect, and what is kept is kept no longer than it may be.
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../src/base/digest.ts";
import type { Json } from "../../src/contract/json.ts";
import type { Clock } from "../../src/contract/world.ts";
import { type Database, openDatabase } from "../../src/receive/database.ts";
import { readEvent } from "../../src/receive/event.ts";
import { type Inbox, type Incoming, openInbox } from "../../src/receive/inbox.ts";
import { engines } from "./engines.ts";

const start = Date.parse("2026-06-01T09:00:00Z");

function guestEvent(
  id: string,
  session: string,
  type = "session.created",
  more: Readonly<Record<string, Json>> = {},
): Incoming {
  const body: Json = { sessionId: session, type, channelState: "ACTIVE", metadata: { campaign: "winter" }, ...more };
  const text = JSON.stringify(body);
  return {
    id,
    route: "cxone-guest",
    sentAt: start,
    body: text,
    digest: sha256(text),
    reading: readEvent("cxone-guest", body),
  };
}

interface Opened {
  readonly database: Database;
  readonly inbox: Inbox;
  readonly accepted: string[];
  readonly clock: Clock & { at: number };
}

function inboxOn(database: Database): Opened {
  const accepted: string[] = [];
  const clock = { at: start, now: () => clock.at, elapsed: () => clock.at - start, sleep: (ms: number) => sleep(ms) };
  const inbox = openInbox({
    database,
    clock,
    hasCrm: true,
    wakes: new Set(["settle"] as const),
    onAccepted: ({ id }) => void accepted.push(id),
  });
  return { database, inbox, accepted, clock };
}

const deliveriesOf = (database: Database) =>
  database.run((sql) => sql.selectFrom("deliveries").selectAll().orderBy("created_at").orderBy("id").execute());
const eventsOf = (database: Database) =>
  database.run((sql) => sql.selectFrom("events").selectAll().orderBy("id").execute());

for (const engine of engines) {
  const title = (text: string) => `${engine.name}: ${text}`;
  const opened = async (t: Parameters<typeof engine.place>[0]): Promise<Opened> => {
    const database = await openDatabase(await engine.place(t));
    t.after(() => database.close());
    return inboxOn(database);
  };

  test(title("100 copies at once are one event and one delivery"), engine.options, async (t) => {
    const { database, inbox, accepted } = await opened(t);
    const answers = await Promise.all(Array.from({ length: 100 }, () => inbox.accept(guestEvent("msg_1", "s1"))));
    assert.equal(answers.filter((answer) => answer === "accepted").length, 1);
    assert.equal(answers.filter((answer) => answer === "repeated").length, 99);
    assert.deepEqual(accepted, ["msg_1"]);
    assert.equal((await eventsOf(database)).length, 1);
    assert.equal((await deliveriesOf(database)).length, 1);
  });

  test(
    title("events that come one after the other from their sockets share a transaction"),
    engine.options,
    async (t) => {
      const database = await openDatabase(await engine.place(t));
      t.after(() => database.close());
      let transactions = 0;
      const counting: Database = {
        ...database,
        transaction: (work) => {
          transactions += 1;
          return database.transaction(work);
        },
      };
      const { inbox } = inboxOn(counting);
      const answers: Promise<unknown>[] = [];
      for (let at = 0; at < 40; at += 1) {
        // As the server does it: a turn of the event loop for each request.
        await new Promise((resolve) => setImmediate(resolve));
        answers.push(inbox.accept(guestEvent(`msg_${at}`, "s1")));
      }
      await Promise.all(answers);
      assert.ok(transactions < 20, `${transactions} transactions for 40 events`);
    },
  );

  test(title("two instances that take the same events at once store each once"), engine.options, async (t) => {
    const place = await engine.place(t);
    const [one, two] = [inboxOn(await openDatabase(place)), inboxOn(await openDatabase(place))];
    t.after(() => Promise.all([one.database.close(), two.database.close()]));
    const ids = Array.from({ length: 60 }, (_, at) => `msg_${at}`);
    const answers = await Promise.all(
      [...ids.map((id) => ({ id, inbox: one.inbox })), ...ids.toReversed().map((id) => ({ id, inbox: two.inbox }))].map(
        ({ id, inbox }) => inbox.accept(guestEvent(id, `s_${id}`)),
      ),
    );
    assert.equal(answers.filter((answer) => answer === "accepted").length, ids.length);
    assert.equal((await eventsOf(one.database)).length, ids.length);
    assert.equal((await deliveriesOf(two.database)).length, ids.length);
  });

  test(title("an id is known after 75 h and a new opening, whatever it brings then"), engine.options, async (t) => {
    const place = await engine.place(t);
    const before = inboxOn(await openDatabase(place));
    assert.equal(await before.inbox.accept(guestEvent("msg_1", "s1")), "accepted");
    await before.database.close();
    const after = inboxOn(await openDatabase(place));
    t.after(() => after.database.close());
    after.clock.at += 75 * 3_600_000;
    const again = { ...guestEvent("msg_1", "another", "session.ended"), sentAt: after.clock.at };
    assert.equal(await after.inbox.accept(again), "repeated");
    assert.deepEqual(after.accepted, []);
    assert.equal((await deliveriesOf(after.database)).length, 1);
  });

  test(
    title("what is forwarded has the documented fields, in order per session, and an id by its event"),
    engine.options,
    async (t) => {
      const { database, inbox } = await opened(t);
      const types = ["session.created", "message.received", "agent.joined", "session.ended"];
      const more = { isAdmin: true, contactId: "a-contact", cxoneSessionId: "forged" };
      await Promise.all(types.map((type, at) => inbox.accept(guestEvent(`msg_${9 - at}`, "s1", type, more))));
      const rows = await deliveriesOf(database);
      assert.deepEqual(
        rows.map(({ body }) => JSON.parse(body as string) as Json),
        types.map((eventType) => ({
          cxoneSessionId: "s1",
          eventType,
          channelState: "ACTIVE",
          metadata: { campaign: "winter" },
          syncedAt: "2026-06-01T09:00:00.000Z",
        })),
      );
      assert.equal(new Set(rows.map(({ created_at }) => created_at)).size, types.length, "no two have one time");
      assert.ok(rows.every(({ order_key, target }) => order_key === "s1" && target === "crm"));
      const other = inboxOn(database);
      assert.equal(await other.inbox.accept(guestEvent("msg_9", "s1")), "repeated");
      assert.deepEqual(await deliveriesOf(database), rows);
    },
  );

  test(title("events with a consequence wait for it, others are done at once"), engine.options, async (t) => {
    const { database, inbox } = await opened(t);
    const status: Json = { templateId: "tpl_1", status: "APPROVED", rejectionReason: null };
    const text = JSON.stringify(status);
    const template = { ...guestEvent("msg_a", "s1"), route: "cxone-template-status" as const, body: text };
    await inbox.accept({ ...template, reading: readEvent("cxone-template-status", status) });
    await inbox.accept(guestEvent("msg_b", "s1"));
    const unknown: Json = { type: "meteor.impact" };
    await inbox.accept({ ...template, id: "msg_c", reading: readEvent("cxone-events", unknown) });
    assert.deepEqual(
      (await eventsOf(database)).map(({ id, status: state }) => [id, state]),
      [
        ["msg_a", "new"],
        ["msg_b", "done"],
        ["msg_c", "done"],
      ],
    );
  });

  test(title("a text that looks hostile is kept as it came"), engine.options, async (t) => {
    const { database, inbox } = await opened(t);
    const hostile = { text: "\u0000'); drop table events; --", "\ud800": "\udfff", __proto__: null, deep: "\\u0000" };
    await inbox.accept(guestEvent("msg_1", "s1", "session.created", { metadata: hostile as Json }));
    const [event] = await eventsOf(database);
    assert.equal((JSON.parse(event?.body as string) as { metadata: { text: string } }).metadata.text, hostile.text);
    assert.equal((await deliveriesOf(database)).length, 1);
  });
}
