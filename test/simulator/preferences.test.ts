import assert from "node:assert/strict";
import test from "node:test";
import { BATCH, type Caller, consent, START, start } from "./caller.ts";

const CONTACT = "a1b2c3d4-e5f6-4890-abcd-ef1234567890";
const contact = (index: number) => `a1b2c3d4-e5f6-4890-abcd-${String(index).padStart(12, "0")}`;
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const send = (caller: Caller, records: unknown, more: Parameters<Caller["call"]>[2] = {}) =>
  caller.call("preferences", BATCH, {
    method: "POST",
    body: records,
    headers: { "x-conflict-resolution": "timestamp-wins" },
    ...more,
  });
const sendOne = async (caller: Caller, record: Record<string, unknown>) =>
  (await send(caller, [consent(record)])).body[0];
const optOut = (time: string) => ({ optIn: false, consentTimestamp: null, withdrawalTimestamp: time });

test("the later effective time wins and a tie goes to the opt-out", async (context) => {
  const caller = await start(context);
  const steps: [Record<string, unknown>, string, boolean, boolean][] = [
    [{ consentTimestamp: at(-60) }, "created", true, false],
    [{ consentTimestamp: at(-60) }, "unchanged", true, false],
    [{ consentTimestamp: at(-90) }, "skipped", true, false],
    [optOut(at(-60)), "updated", false, true],
    [{ consentTimestamp: at(-60) }, "skipped", false, true],
    [{ consentTimestamp: at(-61) }, "skipped", false, true],
    [optOut(at(-60)), "unchanged", false, false],
    [{ consentTimestamp: at(-30) }, "updated", true, true],
    [{ consentTimestamp: at(-20) }, "updated", true, false],
  ];
  for (const [record, status, optIn, conflictResolved] of steps) {
    const { id, ...answer } = await sendOne(caller, record);
    assert.match(id, /^pref-/);
    assert.deepEqual(answer, { contactId: CONTACT, channel: "email", status, conflictResolved, optIn });
  }
});

test("a record without an effective time is older than any", async (context) => {
  const caller = await start(context);
  const never = { regulatoryRegion: "NONE", consentTimestamp: null };
  assert.equal((await sendOne(caller, never)).status, "created");
  assert.equal((await sendOne(caller, never)).status, "unchanged");
  assert.equal((await sendOne(caller, optOut(at(-9999)))).status, "updated");
  assert.equal((await sendOne(caller, never)).status, "skipped");
});

test("a time more than five minutes ahead is rejected for its record alone", async (context) => {
  const caller = await start(context);
  const { status, body } = await send(caller, [
    consent({ contactId: contact(1), consentTimestamp: at(5) }),
    consent({ contactId: contact(2), consentTimestamp: new Date(START + 300_001).toISOString() }),
  ]);
  assert.equal(status, 200);
  assert.deepEqual(
    body.map((item: { status: string }) => item.status),
    ["created", "rejected"],
  );
  assert.match(body[1].error, /future/);
  assert.equal(caller.simulator.world.list("preferences").length, 1);
});

test("a batch with a broken rule is 422 as a whole and repeats no contact", async (context) => {
  const caller = await start(context);
  const wrong: [Record<string, unknown>, string][] = [
    [{ contactId: "ada@example.com" }, "/1/contactId"],
    [{ channel: "pigeon" }, "/1/channel"],
    [{ optIn: "yes" }, "/1/optIn"],
    [{ consentTimestamp: "15.01.2026" }, "/1/consentTimestamp"],
    [{ consentTimestamp: "2026-13-45T10:00:00Z" }, "/1/consentTimestamp"],
    [{ consentTimestamp: null }, "/1/consentTimestamp"],
    [{ consentTimestamp: null, regulatoryRegion: "TCPA", channel: "sms" }, "/1/consentTimestamp"],
    [{ withdrawalTimestamp: at(-1) }, "/1/withdrawalTimestamp"],
    [{ ...optOut(at(-1)), withdrawalTimestamp: null }, "/1/withdrawalTimestamp"],
    [{ regulatoryRegion: "EU" }, "/1/regulatoryRegion"],
    [{ source: "x".repeat(51) }, "/1/source"],
    [{ idempotencyKey: "1" }, "/1/idempotencyKey"],
    [{ contactId: contact(1).toUpperCase() }, "/1"],
  ];
  for (const [more, field] of wrong) {
    const { status, body, text } = await send(caller, [
      consent({ contactId: contact(1) }),
      consent({ contactId: contact(2), ...more }),
    ]);
    assert.equal(status, 422, `${field} ${text}`);
    assert.ok(
      body.errors.some((error: { field: string }) => error.field === field),
      `${field} ${text}`,
    );
    assert.doesNotMatch(text, /ada@|4890/);
  }
  assert.equal((await send(caller, [])).status, 422);
  assert.equal((await send(caller, {})).status, 400);
  assert.deepEqual(caller.simulator.world.list("preferences"), []);
});

test("timestamps that contradict each other are 409", async (context) => {
  const caller = await start(context);
  const { status } = await send(caller, [consent({ ...optOut(at(-60)), consentTimestamp: at(-30) })]);
  assert.equal(status, 409);
  assert.equal((await sendOne(caller, { ...optOut(at(-60)), consentTimestamp: at(-90) })).status, "created");
});

test("100 records pass; 101 are 422 and a violation", async (context) => {
  const caller = await start(context);
  const records = Array.from({ length: 101 }, (_, index) => consent({ contactId: contact(index) }));
  assert.equal((await send(caller, records)).status, 422);
  assert.equal((await send(caller, records.slice(1))).body.length, 100);
  assert.deepEqual(
    caller.simulator.violations.map(({ kind }) => kind),
    ["tooManyRecords"],
  );
});

test("a batch needs its conflict rule", async (context) => {
  const caller = await start(context);
  assert.equal((await send(caller, [consent()], { headers: {} })).status, 400);
  assert.equal((await send(caller, [consent()], { headers: { "x-conflict-resolution": "last-wins" } })).status, 400);
});

test("the same key and body answers again for 24 hours; another body is 422 and a violation", async (context) => {
  const caller = await start(context, { tokenLifeSeconds: 1_000_000 });
  const records = [consent({ consentTimestamp: at(-60) })];
  const first = await send(caller, records, { key: "batch-1" });
  caller.simulator.world.textStop(CONTACT, "email");
  assert.deepEqual((await send(caller, records, { key: "batch-1" })).body, first.body);
  assert.equal((await send(caller, [consent()], { key: "batch-1" })).status, 422);
  assert.deepEqual(
    caller.simulator.violations.map(({ kind }) => kind),
    ["keyReused"],
  );
  caller.clock.at += 24 * 3_600_000;
  const [late] = (await send(caller, records, { key: "batch-1" })).body;
  assert.deepEqual([late.status, late.optIn], ["skipped", false]);
});

test("a key that is in flight is 409", async (context) => {
  const caller = await start(context, { faults: [{ kind: "slow", ms: 60, path: BATCH }] });
  await caller.token("preferences");
  const records = [consent()];
  const answers = await Promise.all([0, 1].map(() => send(caller, records, { key: "batch-1" })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
  assert.match(answers.find(({ status }) => status === 409)?.body.message, /in flight/);
});

test("records are read by contact and channel, and by cursor", async (context) => {
  const caller = await start(context, { requestsPerSecond: Number.POSITIVE_INFINITY });
  for (let page = 0; page < 3; page += 1) {
    await send(
      caller,
      Array.from({ length: 50 }, (_, index) => consent({ contactId: contact(page * 50 + index) })),
    );
  }
  const get = (query: string) => caller.call("preferences", `/api/v2/preferences${query}`);
  const one = (await get(`?contactId=${contact(7)}&channel=email`)).body;
  assert.equal(one.length, 1);
  assert.equal(one[0].contactId, contact(7));
  assert.equal(one[0].updatedAt, new Date(START).toISOString());
  assert.deepEqual((await get(`?contactId=${contact(7)}&channel=sms`)).body, []);
  assert.equal((await get(`?contactId=${contact(7)}`)).status, 400);
  const seen = new Set<string>();
  let cursor = "";
  do {
    const { items, nextCursor } = (await get(`?limit=60&cursor=${cursor}`)).body;
    for (const item of items) seen.add(item.contactId);
    cursor = nextCursor ?? "";
  } while (cursor !== "");
  assert.equal(seen.size, 150);
  for (const query of ["?limit=0", "?limit=1001", "?cursor=x"]) assert.equal((await get(query)).status, 400, query);
});

test("a tenant that cannot list still answers for one contact", async (context) => {
  const caller = await start(context, { capabilities: { list: { preferences: false } } });
  await send(caller, [consent()]);
  assert.equal((await caller.call("preferences", "/api/v2/preferences?limit=10")).status, 404);
  const one = await caller.call("preferences", `/api/v2/preferences?contactId=${CONTACT}&channel=email`);
  assert.equal(one.body.length, 1);
});
