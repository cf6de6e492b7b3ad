import assert from "node:assert/strict";
import test from "node:test";
import { A2P, type Caller, SMS, start, WEBHOOKS } from "./caller.ts";

const TEXT = { name: "otp", content: "Acme: your code is {{code}}", from_address: "+15551234567" };
const REGISTRATION = {
  campaign_name: "Codes",
  message_class: "OTP",
  opt_in_language: "Customers ask for the code on our sign-in page.",
};
const SECRET = "a secret of more than 24 bytes";

const create = (caller: Caller, more: Record<string, unknown> = {}) =>
  caller.call("messaging", SMS, { method: "POST", body: { ...TEXT, ...more } });
const put = (caller: Caller, id: string, body: unknown, etag?: string | null) =>
  caller.call("messaging", `${SMS}/${id}`, { method: "PUT", body, headers: { "if-match": etag ?? undefined } });

test("an SMS template is created as DRAFT and approved by its own ETag", async (context) => {
  const caller = await start(context);
  const made = await create(caller);
  assert.deepEqual([made.status, made.body.status], [201, "DRAFT"]);
  const read = await caller.call("messaging", `${SMS}/${made.body.id}`);
  const etag = read.headers.get("etag");
  assert.match(etag ?? "", /^"[0-9a-f]+"$/);
  const [item] = (await caller.call("messaging", SMS)).body.items;
  assert.equal(item.etag, etag);
  caller.clock.at += 1000;
  const approved = await put(caller, made.body.id, { ...read.body, status: "APPROVED" }, etag);
  assert.deepEqual([approved.status, approved.body.status], [200, "APPROVED"]);
  assert.notEqual(approved.headers.get("etag"), etag);
  assert.equal(approved.body.meta.created_at, made.body.meta.created_at);
  assert.notEqual(approved.body.meta.updated_at, made.body.meta.updated_at);
});

test("a PUT without If-Match is 428 and a violation, with a stale or weak one 412", async (context) => {
  const caller = await start(context);
  const { body, headers } = await create(caller);
  const etag = headers.get("etag") ?? "";
  const wanted = { ...body, status: "APPROVED" };
  assert.equal((await put(caller, body.id, wanted)).status, 428);
  assert.equal((await put(caller, body.id, wanted, '"other"')).status, 412);
  assert.equal((await put(caller, body.id, wanted, `W/${etag}`)).status, 412);
  caller.simulator.world.edit("sms", body.id, { content: "changed at the console" });
  assert.equal((await put(caller, body.id, wanted, etag)).status, 412);
  assert.deepEqual(
    caller.simulator.violations.map(({ kind }) => kind),
    ["putWithoutIfMatch"],
  );
});

test("a taken name, a second approval and a template under review are 409", async (context) => {
  const caller = await start(context, {
    decisions: [{ match: "reviewed", kind: "SmsTemplate", decision: "approve", afterMs: 1000 }],
  });
  const { body, headers } = await create(caller);
  assert.equal((await create(caller)).status, 409);
  const approved = await put(caller, body.id, { ...TEXT, status: "APPROVED" }, headers.get("etag"));
  const etag = approved.headers.get("etag");
  assert.equal((await put(caller, body.id, { ...TEXT, status: "APPROVED" }, etag)).status, 409);
  assert.equal((await put(caller, body.id, { ...TEXT, status: "DRAFT" }, etag)).status, 409);
  const other = await put(caller, body.id, { ...TEXT, content: "new words", status: "APPROVED" }, etag);
  assert.equal(other.status, 200);
  const retired = await put(caller, body.id, { ...TEXT, status: "DEPRECATED" }, other.headers.get("etag"));
  assert.equal(retired.body.status, "DEPRECATED");

  const reviewed = await create(caller, { name: "reviewed" });
  const wanted = { ...TEXT, name: "reviewed", status: "APPROVED" };
  const pending = await put(caller, reviewed.body.id, wanted, reviewed.headers.get("etag"));
  assert.deepEqual([pending.status, pending.body.status], [200, "PENDING_REVIEW"]);
  assert.equal((await put(caller, reviewed.body.id, wanted, pending.headers.get("etag"))).status, 409);
  caller.clock.at += 1000;
  const seen = await caller.call("messaging", `${SMS}/${reviewed.body.id}`);
  assert.equal(seen.body.status, "APPROVED");
  assert.notEqual(seen.headers.get("etag"), pending.headers.get("etag"));
});

test("wrong fields of an SMS template are 400 by pointer", async (context) => {
  const caller = await start(context);
  const wrong: [Record<string, unknown>, string][] = [
    [{ name: "" }, "/name"],
    [{ content: undefined }, "/content"],
    [{ from_address: 15551234567 }, "/from_address"],
    [{ from_address: "1234" }, "/from_address"],
    [{ from_address: "ALPHANUMERIC SENDER" }, "/from_address"],
  ];
  for (const [more, field] of wrong) {
    const { status, body } = await create(caller, more);
    assert.deepEqual([status, body.errors[0].field], [400, field]);
  }
  const { body, headers } = await create(caller);
  const answer = await put(caller, body.id, { ...TEXT, status: "GONE" }, headers.get("etag"));
  assert.deepEqual([answer.status, answer.body.errors[0].field], [400, "/status"]);
  assert.equal((await put(caller, "none", { ...TEXT, status: "APPROVED" }, '"x"')).status, 404);
});

test("a tenant may answer 204, and may have no ETags", async (context) => {
  const caller = await start(context, { capabilities: { etags: false, smsAnswerBody: false } });
  const { body, headers } = await create(caller);
  assert.equal(headers.get("etag"), null);
  const answer = await put(caller, body.id, { ...TEXT, status: "APPROVED" });
  assert.deepEqual([answer.status, answer.text], [204, ""]);
  const [item] = (await caller.call("messaging", SMS)).body.items;
  assert.deepEqual([item.status, "etag" in item], ["APPROVED", false]);
  assert.deepEqual(caller.simulator.violations, []);
});

test("an A2P registration needs an APPROVED template, once, and is REGISTERED after its delay", async (context) => {
  const caller = await start(context, { reviewDelayMs: 1000 });
  const { body, headers } = await create(caller);
  const register = (more: Record<string, unknown> = {}) =>
    caller.call("messaging", A2P, { method: "POST", body: { template_id: body.id, ...REGISTRATION, ...more } });
  assert.equal((await register()).status, 409);
  await put(caller, body.id, { ...TEXT, status: "APPROVED" }, headers.get("etag"));
  assert.equal((await register({ campaign_name: "" })).status, 400);
  assert.equal((await register({ template_id: "none" })).status, 400);
  const made = await register();
  assert.deepEqual([made.status, made.body.status], [201, "PENDING"]);
  assert.equal((await register()).status, 409);
  caller.clock.at += 1000;
  const { items, total } = (await caller.call("messaging", A2P)).body;
  assert.deepEqual([total, items[0].id, items[0].status], [1, made.body.id, "REGISTERED"]);
});

test("a webhook is made, listed, changed and deleted, and its secret never comes back", async (context) => {
  const caller = await start(context);
  const hook = { url: "https://hooks.example.com/cxone", events: ["template.approved"], secret: SECRET };
  const send = (method: string, path: string, body?: unknown) =>
    caller.call("messaging", path, { method, ...(body === undefined ? {} : { body }) });
  const made = await send("POST", WEBHOOKS, hook);
  assert.equal(made.status, 201);
  assert.deepEqual(made.body, { id: made.body.id, url: hook.url, events: hook.events });
  assert.equal((await send("POST", WEBHOOKS, hook)).status, 409);
  assert.equal((await send("POST", WEBHOOKS, { ...hook, url: "http://hooks.example.com" })).status, 400);
  assert.equal((await send("POST", WEBHOOKS, { ...hook, url: "https://b.example.com", secret: "short" })).status, 400);
  assert.equal((await send("POST", WEBHOOKS, { ...hook, url: "https://b.example.com", events: [] })).status, 400);
  const changed = await send("PUT", `${WEBHOOKS}/${made.body.id}`, { ...hook, events: ["a2p.registered"] });
  assert.deepEqual([changed.status, changed.body.events], [200, ["a2p.registered"]]);
  const listed = await send("GET", WEBHOOKS);
  assert.equal(listed.body.total, 1);
  assert.doesNotMatch(listed.text + made.text + changed.text, /a secret/);
  assert.equal((await send("DELETE", `${WEBHOOKS}/${made.body.id}`)).status, 204);
  assert.equal((await send("DELETE", `${WEBHOOKS}/${made.body.id}`)).status, 404);
  assert.equal((await send("PUT", `${WEBHOOKS}/${made.body.id}`, hook)).status, 404);
});

test("the audit sink takes whole records only", async (context) => {
  const caller = await start(context);
  const record = {
    timestamp: "2026-11-20T10:00:00Z",
    template_id: "t",
    action: "TEMPLATE_APPROVAL",
    status: "APPROVED",
    latency_ms: 12,
    operator_id: "ada",
    carrier_ready: true,
  };
  const send = (body: unknown) => caller.call("messaging", "/api/v1/audit/logs", { method: "POST", body });
  assert.equal((await send(record)).status, 201);
  assert.deepEqual(caller.simulator.world.list("audit"), [record]);
  for (const field of Object.keys(record)) {
    const { status, body } = await send({ ...record, [field]: undefined });
    assert.deepEqual([status, body.errors[0].field], [400, `/${field}`]);
  }
  assert.equal((await send({ ...record, timestamp: "yesterday" })).status, 400);
  assert.equal((await send({ ...record, latency_ms: -1 })).status, 400);
});
