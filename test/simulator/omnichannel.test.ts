import assert from "node:assert/strict";
import test from "node:test";
import { type Caller, START, start, WHATSAPP, whatsApp } from "./caller.ts";

const submit = (caller: Caller, name: string, more: Record<string, unknown> = {}) =>
  caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp(name, more) });
const statusOf = async (caller: Caller, id: string) => (await caller.call("omnichannel", `${WHATSAPP}/${id}`)).body;
const put = (caller: Caller, id: string, body: unknown) =>
  caller.call("omnichannel", `${WHATSAPP}/${id}`, { method: "PUT", body });

test("a template goes from PENDING over IN_REVIEW to APPROVED as time passes", async (context) => {
  const caller = await start(context, { reviewDelayMs: 1000 });
  const { status, body } = await submit(caller, "order");
  assert.equal(status, 201);
  assert.equal(body.status, "PENDING");
  assert.equal(body.channel, "whatsapp");
  assert.equal(body.rejectionReason, null);
  caller.clock.at = START + 500;
  assert.equal((await statusOf(caller, body.id)).status, "IN_REVIEW");
  caller.clock.at = START + 1000;
  const decided = await statusOf(caller, body.id);
  assert.equal(decided.status, "APPROVED");
  assert.equal(decided.updatedAt, new Date(START + 1000).toISOString());
});

test("name and language together are unique", async (context) => {
  const caller = await start(context);
  assert.equal((await submit(caller, "order")).status, 201);
  const again = await submit(caller, "order", { body: "Other words {{1}} here." });
  assert.equal(again.status, 409);
  assert.equal((await submit(caller, "order", { language: "de" })).status, 201);
});

test("every wrong field is named by its pointer", async (context) => {
  const caller = await start(context);
  const wrong: [Record<string, unknown>, string][] = [
    [{ name: "Order" }, "/name"],
    [{ name: undefined }, "/name"],
    [{ channel: "sms" }, "/channel"],
    [{ language: "en-US" }, "/language"],
    [{ category: "NEWS" }, "/category"],
    [{ body: "" }, "/body"],
    [{ body: "x".repeat(1025) }, "/body"],
    [{ header: "x".repeat(61) }, "/header"],
    [{ header: { format: "SOUND" } }, "/header/format"],
    [{ footer: "x".repeat(61) }, "/footer"],
    [{ buttons: [{ type: "QUICK_REPLY", text: "x".repeat(26) }] }, "/buttons/0/text"],
    [{ buttons: [{ type: "URL", text: "go" }] }, "/buttons/0/url"],
    [{ buttons: Array.from({ length: 11 }, () => ({ type: "QUICK_REPLY", text: "a" })) }, "/buttons"],
    [{ examples: { "1": 5 } }, "/examples/1"],
    [{ status: "APPROVED" }, "/status"],
  ];
  for (const [more, field] of wrong) {
    const { status, body } = await submit(caller, "order", more);
    assert.equal(status, 400, field);
    assert.deepEqual(
      body.errors.map((error: { field: string }) => error.field),
      [field],
    );
  }
  assert.equal((await submit(caller, "order", { body: "😀".repeat(1024) })).status, 201);
});

test("only APPROVED, PAUSED or REJECTED templates are deprecated, and only approved ones come back", async (context) => {
  const caller = await start(context, { decisions: [{ match: "bad*", decision: "reject", reason: "PROMOTIONAL" }] });
  const good = (await submit(caller, "good")).body.id;
  const bad = (await submit(caller, "bad")).body.id;
  assert.equal((await put(caller, good, { status: "DEPRECATED" })).status, 409);
  assert.equal((await put(caller, good, { status: "APPROVED" })).status, 409);
  caller.clock.at += 2000;
  assert.equal((await put(caller, good, { status: "APPROVED" })).status, 409);
  assert.equal((await put(caller, good, { status: "PAUSED" })).status, 400);
  assert.equal((await put(caller, good, { status: "DEPRECATED", body: "new" })).status, 400);
  const retired = await put(caller, good, { status: "DEPRECATED" });
  assert.deepEqual([retired.status, retired.body.status], [200, "DEPRECATED"]);
  assert.equal((await put(caller, good, { status: "DEPRECATED" })).status, 409);
  assert.equal((await put(caller, good, { status: "APPROVED" })).body.status, "APPROVED");
  const rejected = await statusOf(caller, bad);
  assert.deepEqual([rejected.status, rejected.rejectionReason], ["REJECTED", "PROMOTIONAL"]);
  assert.equal((await put(caller, bad, { status: "DEPRECATED" })).status, 200);
  assert.equal((await put(caller, bad, { status: "APPROVED" })).status, 409);
  caller.simulator.world.decide(good, "PAUSED");
  assert.equal((await put(caller, good, { status: "DEPRECATED" })).status, 200);
  assert.equal((await put(caller, good, { status: "APPROVED" })).status, 200);
  assert.equal((await put(caller, "nothing", { status: "DEPRECATED" })).status, 404);
});

test("a tenant may lack deprecate and reactivate", async (context) => {
  const caller = await start(context, { reviewDelayMs: 0, capabilities: { deprecate: false, reactivate: false } });
  const { body } = await submit(caller, "order");
  assert.equal(body.status, "APPROVED");
  assert.equal((await put(caller, body.id, { status: "DEPRECATED" })).status, 405);
  caller.simulator.world.decide(body.id, "DEPRECATED");
  assert.equal((await put(caller, body.id, { status: "APPROVED" })).status, 405);
});

test("the list is paged, filtered, and refuses more than 100 a page", async (context) => {
  const caller = await start(context, { decisions: [{ match: "t1*", decision: "never" }] });
  for (let index = 0; index < 15; index += 1) {
    caller.simulator.world.createTemplate({ name: `t${index}`, language: "en", body: `words ${index}` });
  }
  const list = (query: string) => caller.call("omnichannel", `${WHATSAPP}${query}`);
  const second = (await list("?page=2&pageSize=10")).body;
  assert.deepEqual([second.page, second.pageSize, second.total, second.items.length], [2, 10, 15, 5]);
  assert.equal(second.items[0].name, "t10");
  assert.equal((await list("?name=t3")).body.total, 1);
  caller.clock.at += 2000;
  assert.equal((await list("?status=APPROVED")).body.total, 9);
  assert.equal((await list("?status=IN_REVIEW")).body.total, 6);
  for (const query of ["?pageSize=101", "?pageSize=0", "?page=0", "?page=x", "?page=1.5"]) {
    assert.equal((await list(query)).status, 400, query);
  }
  assert.deepEqual(
    caller.simulator.violations.map(({ kind }) => kind),
    ["pageTooLarge"],
  );
  assert.equal((await caller.call("omnichannel", `${WHATSAPP}/none`)).status, 404);
});

test("a repeated body and footer is rejected as Meta does, but not for AUTHENTICATION", async (context) => {
  const caller = await start(context, { reviewDelayMs: 0 });
  const words = { body: "The very same words." };
  const first = await submit(caller, "first", words);
  assert.equal(first.body.status, "APPROVED");
  const twin = (await submit(caller, "twin", words)).body;
  assert.equal(twin.status, "REJECTED");
  assert.match(twin.rejectionReason, /same body and footer as first \(en_US\)/);
  assert.equal((await submit(caller, "other_footer", { ...words, footer: "bye" })).body.status, "APPROVED");
  assert.equal((await submit(caller, "other_language", { ...words, language: "de" })).body.status, "APPROVED");
  assert.equal((await submit(caller, "code", { ...words, category: "AUTHENTICATION" })).body.status, "APPROVED");
  caller.simulator.world.decide(first.body.id, "REJECTED", "SCAM");
  assert.equal((await submit(caller, "third", words)).body.status, "APPROVED");
});

test("decision rules choose by name, language and time; chance rejects by seed", async (context) => {
  const decisions = [
    { match: "slow_*", language: "de", decision: "never" },
    { match: "slow_*", decision: "approve", afterMs: 50_000 },
  ] as const;
  const caller = await start(context, { decisions, rejectPercent: 50 });
  const german = (await submit(caller, "slow_a", { language: "de" })).body.id;
  const english = (await submit(caller, "slow_a")).body.id;
  const ids: string[] = [];
  for (let index = 0; index < 40; index += 1) ids.push((await submit(caller, `c${index}`)).body.id);
  caller.clock.at += 49_999;
  assert.equal((await statusOf(caller, english)).status, "IN_REVIEW");
  caller.clock.at += 1;
  assert.equal((await statusOf(caller, english)).status, "APPROVED");
  caller.clock.at += 10_000_000;
  caller.simulator.world.get("whatsapp", german);
  const shown = caller.simulator.world;
  assert.equal(shown.get("whatsapp", german)?.["status"], "IN_REVIEW");
  const rejected = ids.filter((id) => shown.get("whatsapp", id)?.["status"] === "REJECTED").length;
  assert.ok(rejected > 8 && rejected < 32, String(rejected));
});
