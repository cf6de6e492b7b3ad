import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { signatureOf } from "../../src/simulator/simulator.ts";
import { A2P, type Caller, GUESTS, SMS, start, WEBHOOKS, WHATSAPP, whatsApp } from "./caller.ts";

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every form
  readonly body: any;
}

const SECRET = "a secret of more than 24 bytes";

/** A receiver that answers with the statuses given, then 202. */
async function receive(context: TestContext, statuses: number[] = []): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      received.push({ path: request.url ?? "", headers: request.headers, text, body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

const subscribe = (caller: Caller, url: string, events: string[]) =>
  caller.call("messaging", WEBHOOKS, { method: "POST", body: { url, events, secret: SECRET } });

async function approveSms(caller: Caller, name: string): Promise<string> {
  const text = { name, content: "Acme code {{code}}", from_address: "12345" };
  const { body, headers } = await caller.call("messaging", SMS, { method: "POST", body: text });
  await caller.call("messaging", `${SMS}/${body.id}`, {
    method: "PUT",
    body: { ...text, status: "APPROVED" },
    headers: { "if-match": headers.get("etag") ?? "" },
  });
  return body.id;
}

test("the status webhook tells of each step of a review, signed as Standard Webhooks", async (context) => {
  const { url, received } = await receive(context);
  const caller = await start(context, { statusWebhook: { url, secret: SECRET }, reviewDelayMs: 1000 });
  const { body } = await caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("order") });
  await caller.simulator.deliverDue();
  assert.equal(received.length, 0);
  caller.clock.at += 1000;
  await caller.simulator.deliverDue();
  caller.simulator.world.decide(body.id, "PAUSED", "LOW_QUALITY");
  await caller.simulator.deliverDue();
  const seen = received.map((one) => [one.path, one.body.templateId, one.body.status, one.body.rejectionReason]);
  const path = "/webhooks/cxone-template-status";
  assert.deepEqual(seen, [
    [path, body.id, "IN_REVIEW", null],
    [path, body.id, "APPROVED", null],
    [path, body.id, "PAUSED", "LOW_QUALITY"],
  ]);
  for (const { headers, text } of received) {
    const id = String(headers["webhook-id"]);
    const time = String(headers["webhook-timestamp"]);
    assert.equal(time, String(Math.floor(caller.clock.at / 1000)));
    const expected = createHmac("sha256", SECRET).update(`${id}.${time}.${text}`).digest("base64");
    assert.equal(headers["webhook-signature"], `v1,${expected}`);
    assert.match(id, /^[A-Za-z0-9_-]{1,128}$/);
  }
  assert.equal(new Set(received.map(({ headers }) => headers["webhook-id"])).size, 3);
});

test("the published vector of Standard Webhooks is met", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const signature = signatureOf(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}');
  assert.equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("subscriptions hear of what happens after them, and only of what they asked for", async (context) => {
  const { url, received } = await receive(context);
  const caller = await start(context, { reviewDelayMs: 1000 });
  await approveSms(caller, "before");
  caller.clock.at += 1;
  await subscribe(caller, `${url}/approved`, ["template.approved"]);
  await subscribe(caller, `${url}/registered`, ["a2p.registered", "template.rejected"]);
  caller.clock.at += 1;
  const id = await approveSms(caller, "after");
  await caller.call("messaging", A2P, {
    method: "POST",
    body: { template_id: id, campaign_name: "c", message_class: "OTP", opt_in_language: "asked on the page" },
  });
  caller.clock.at += 1000;
  caller.simulator.world.decide(id, "REJECTED", "carrier");
  await caller.simulator.deliverDue();
  assert.deepEqual(received.map(({ path, body }) => `${path} ${body.type} ${body.data.template_id === id}`).sort(), [
    "/approved template.approved true",
    "/registered a2p.registered true",
    "/registered template.rejected true",
  ]);
});

test("a decision that came before the subscription is not told to it", async (context) => {
  const { url, received } = await receive(context);
  const caller = await start(context, {
    decisions: [{ match: "*", kind: "SmsTemplate", decision: "approve", afterMs: 1000 }],
  });
  await approveSms(caller, "early");
  caller.clock.at += 1500;
  await subscribe(caller, url, ["template.approved"]);
  const late = await approveSms(caller, "late");
  caller.clock.at += 1000;
  await caller.simulator.deliverDue();
  assert.deepEqual(
    received.map(({ body }) => body.data.template_id),
    [late],
  );
});

test("a failed delivery is tried three times with one id, then dropped", async (context) => {
  const { url, received } = await receive(context, [500, 500, 202, 500, 500, 500]);
  const caller = await start(context, {
    statusWebhook: { url },
    reviewDelayMs: 0,
    deliveries: { retryMs: 5 },
  });
  const submit = (name: string) => caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp(name) });
  await submit("first");
  await caller.simulator.deliverDue();
  await submit("second");
  await caller.simulator.deliverDue();
  assert.deepEqual(
    caller.simulator.deliveries.map(({ outcome, tries }) => [outcome, tries]),
    [
      ["delivered", 3],
      ["dropped", 3],
    ],
  );
  assert.equal(received.length, 6);
  assert.equal(received[0]?.headers["webhook-signature"], undefined);
});

test("nothing leaves this machine unless it may", async (context) => {
  const caller = await start(context, { statusWebhook: { url: "https://hooks.example.invalid" }, reviewDelayMs: 0 });
  await caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("order") });
  await caller.simulator.deliverDue();
  assert.deepEqual(
    caller.simulator.deliveries.map(({ outcome }) => outcome),
    ["withheld"],
  );
});

test("deliveries repeat and change order by seed", async (context) => {
  const { url, received } = await receive(context);
  const caller = await start(context, {
    statusWebhook: { url, secret: SECRET },
    reviewDelayMs: 0,
    deliveries: { repeatPercent: 100, reorderPercent: 50 },
  });
  const ids: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    ids.push((await caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp(`t${index}`) })).body.id);
  }
  await caller.simulator.deliverDue();
  const order = received.map(({ body }) => body.templateId);
  assert.deepEqual(new Set(order), new Set(ids));
  assert.ok(order.length > ids.length);
  assert.notDeepEqual([...new Set(order)], ids);
  assert.equal(new Set(received.map(({ headers }) => headers["webhook-id"])).size, ids.length);
});

test("guest callbacks go to the session's own loopback URL, or to the one that is set", async (context) => {
  const own = await receive(context);
  const set = await receive(context);
  const guest = (callbackUrl: string) => ({
    method: "POST",
    headers: { "x-cxone-client": "cxform" },
    body: { channelId: "web_a", queueId: "q_a", language: ["en"], metadata: { tier: "gold" }, callbackUrl },
  });
  const plain = await start(context);
  const { sessionId } = (await plain.call("engage", GUESTS, guest(`${own.url}/mine`))).body;
  plain.simulator.world.endSession(sessionId);
  await plain.simulator.deliverDue();
  assert.deepEqual(own.received.map(({ path, body }) => [path, body.type]).sort(), [
    ["/mine", "session.created"],
    ["/mine", "session.ended"],
  ]);
  assert.match(String(own.received[0]?.headers["x-request-id"]), /^[0-9a-f-]{36}$/);
  const directed = await start(context, { guestWebhook: { url: set.url, secret: SECRET } });
  const made = (await directed.call("engage", GUESTS, guest("https://crm.example.com/guest"))).body;
  await directed.simulator.deliverDue();
  const [only] = set.received;
  assert.equal(only?.path, "/webhook/cxone-guest");
  assert.deepEqual(only?.body, {
    sessionId: made.sessionId,
    type: "session.created",
    channelState: "ACTIVE",
    metadata: { tier: "gold" },
  });
  assert.match(String(only?.headers["webhook-signature"]), /^v1,/);
});

test("webhooks go out by themselves when their time comes", async (context) => {
  const { url, received } = await receive(context);
  const caller = await start(context, { statusWebhook: { url }, reviewDelayMs: 40, now: Date.now });
  await caller.call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("order") });
  const deadline = Date.now() + 3000;
  while (received.length < 2 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(received.map(({ body }) => body.status).sort(), ["APPROVED", "IN_REVIEW"]);
});
