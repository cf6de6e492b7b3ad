import assert from "node:assert/strict";
import test from "node:test";
import { type Caller, GUESTS, start } from "./caller.ts";

const CHANNEL = "a1b2c3d4-e5f6-4890-8bcd-ef1234567890";
const GUEST = {
  channelId: CHANNEL,
  queueId: "b2c3d4e5-f6a7-4901-8cde-f12345678901",
  language: ["en-US"],
  metadata: { campaign: "winter", tier: 2, vip: true },
  callbackUrl: "https://crm.example.com/guest",
};
const create = (caller: Caller, more: Record<string, unknown> = {}, key?: string) =>
  caller.call("engage", GUESTS, {
    method: "POST",
    body: { ...GUEST, ...more },
    headers: { "x-cxone-client": "cxform" },
    ...(key === undefined ? {} : { key }),
  });

test("a session is made once per key and found by it", async (context) => {
  const caller = await start(context);
  const first = await create(caller, {}, "key-1");
  assert.equal(first.status, 201);
  assert.deepEqual(Object.keys(first.body), ["sessionId", "channelUrl"]);
  assert.deepEqual((await create(caller, {}, "key-1")).body, first.body);
  assert.equal((await create(caller, { queueId: CHANNEL }, "key-1")).status, 422);
  const found = await caller.call("engage", `${GUESTS}?idempotencyKey=key-1`);
  assert.deepEqual(
    found.body.items.map((item: { sessionId: string }) => item.sessionId),
    [first.body.sessionId],
  );
  assert.deepEqual((await caller.call("engage", `${GUESTS}?idempotencyKey=key-2`)).body, { items: [] });
  assert.equal((await caller.call("engage", GUESTS)).status, 400);
  assert.equal(caller.simulator.world.list("guests").length, 1);
  assert.deepEqual(caller.simulator.requests.filter(({ isReplay }) => isReplay).length, 1);
});

test("without keys a repeated request makes a second session, and both are found", async (context) => {
  const caller = await start(context, { capabilities: { idempotencyKeys: false } });
  await create(caller, {}, "key-1");
  await create(caller, {}, "key-1");
  assert.equal((await caller.call("engage", `${GUESTS}?idempotencyKey=key-1`)).body.items.length, 2);
});

test("a key counts for its time to live only", async (context) => {
  const caller = await start(context, { capabilities: { keyTtlMs: 1000 } });
  const first = await create(caller, {}, "key-1");
  caller.clock.at += 999;
  assert.equal((await create(caller, {}, "key-1")).body.sessionId, first.body.sessionId);
  caller.clock.at += 1;
  assert.notEqual((await create(caller, {}, "key-1")).body.sessionId, first.body.sessionId);
});

test("wrong fields are 400 by pointer", async (context) => {
  const caller = await start(context);
  const many = Object.fromEntries(Array.from({ length: 251 }, (_, index) => [`k${index}`, 1]));
  const wrong: [Record<string, unknown>, string][] = [
    [{ channelId: "web" }, "/channelId"],
    [{ queueId: undefined }, "/queueId"],
    [{ language: [] }, "/language"],
    [{ language: ["a", "b", "c", "d", "e", "f"] }, "/language"],
    [{ language: ["en", "en"] }, "/language/1"],
    [{ language: ["english language"] }, "/language/0"],
    [{ metadata: many }, "/metadata"],
    [{ metadata: { nested: {} } }, "/metadata"],
    [{ metadata: { text: "ü".repeat(4096) } }, "/metadata"],
    [{ callbackUrl: "http://crm.example.com" }, "/callbackUrl"],
  ];
  for (const [more, field] of wrong) {
    const { status, body } = await create(caller, more);
    assert.equal(status, 400, field);
    assert.equal(body.errors[0].field, field);
    assert.equal(typeof body.message, "string");
  }
});

test("channels and queues that are not allowed are 403; a channel can be read", async (context) => {
  const channels = [
    { id: "web_unknown", isKnown: false },
    { id: "web_closed", programmaticGuests: false },
    { id: "web_off", status: "INACTIVE" },
  ];
  const caller = await start(context, { channels, deniedQueues: ["q_denied"] });
  for (const { id } of channels) assert.equal((await create(caller, { channelId: id })).status, 403, id);
  assert.equal((await create(caller, { queueId: "q_denied" })).status, 403);
  const channel = async (id: string) => caller.call("engage", `/api/v1/channels/${id}`);
  assert.deepEqual((await channel(CHANNEL)).body, { id: CHANNEL, status: "ACTIVE", programmaticGuests: true });
  assert.equal((await channel("web_closed")).body.programmaticGuests, false);
  assert.equal((await channel("web_off")).body.status, "INACTIVE");
  assert.equal((await channel("web_unknown")).status, 404);
  assert.equal((await channel("nonsense")).status, 404);
  const without = await start(context, { capabilities: { channels: false } });
  assert.equal((await without.call("engage", `/api/v1/channels/${CHANNEL}`)).status, 404);
});

test("a session ends with its life", async (context) => {
  const caller = await start(context, { sessionLifeMs: 1000 });
  const { sessionId } = (await create(caller)).body;
  const read = async (id: string) => caller.call("engage", `${GUESTS}/${id}`);
  const { channelId, queueId, metadata } = GUEST;
  assert.deepEqual((await read(sessionId)).body, { sessionId, status: "ACTIVE", channelId, queueId, metadata });
  caller.clock.at += 1000;
  assert.equal((await read(sessionId)).body.status, "ENDED");
  assert.equal((await read("none")).status, 404);
});
