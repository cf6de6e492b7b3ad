import assert from "node:assert/strict";
import test from "node:test";
import { parseDecisions, parseFaults } from "../../src/simulator/simulator.ts";
import { BATCH, consent, GUESTS, requestToken, SMS, START, start, WHATSAPP, whatsApp } from "./caller.ts";

const submission = (name: string, key: string) => ({ method: "POST", body: whatsApp(name), key });

test("a status fault answers without executing, with Retry-After in seconds or as a date", async (context) => {
  const { simulator, call } = await start(context, {
    faults: [
      { kind: "status", status: 503, retryAfter: 7, nth: 1 },
      {
        kind: "status",
        status: 429,
        retryAfter: 90,
        retryAfterAs: "http-date",
        nth: 2,
        body: { message: "slow down" },
      },
    ],
  });
  const first = await call("omnichannel", WHATSAPP, submission("a", "k1"));
  assert.deepEqual([first.status, first.headers.get("retry-after")], [503, "7"]);
  const second = await call("omnichannel", WHATSAPP, submission("a", "k2"));
  assert.deepEqual([second.status, second.body.message], [429, "slow down"]);
  assert.equal(second.headers.get("retry-after"), new Date(START + 90_000).toUTCString());
  assert.equal(simulator.world.list("whatsapp").length, 0);
  assert.equal((await call("omnichannel", WHATSAPP, submission("a", "k3"))).status, 201);
});

test("after a lost answer and a reset the socket is gone; only the first was executed", async (context) => {
  const { simulator, call } = await start(context, {
    faults: [
      { kind: "lostAnswer", nth: 1 },
      { kind: "reset", nth: 2 },
    ],
  });
  await assert.rejects(call("omnichannel", WHATSAPP, submission("lost", "k1")));
  await assert.rejects(call("omnichannel", WHATSAPP, submission("reset", "k2")));
  assert.deepEqual(
    simulator.world.list("whatsapp").map(({ name }) => name),
    ["lost"],
  );
  const again = await call("omnichannel", WHATSAPP, submission("lost", "k1"));
  assert.equal(again.status, 201);
  assert.equal(again.body.id, simulator.world.list("whatsapp")[0]?.["id"]);
  assert.deepEqual(
    simulator.requests.slice(1).map(({ status, fault, isReplay }) => [status, fault, isReplay]),
    [
      [0, "lostAnswer", false],
      [0, "reset", false],
      [201, null, true],
    ],
  );
});

test("executeThen500 and truncated execute; html does not", async (context) => {
  const { simulator, call } = await start(context, {
    faults: [
      { kind: "executeThen500", nth: 1 },
      { kind: "truncated", nth: 2 },
      { kind: "html", nth: 3 },
    ],
  });
  assert.equal((await call("omnichannel", WHATSAPP, submission("a", "k1"))).status, 500);
  const truncated = await call("omnichannel", WHATSAPP, submission("b", "k2"));
  assert.equal(truncated.status, 201);
  assert.throws(() => JSON.parse(truncated.text), SyntaxError);
  const page = await call("omnichannel", WHATSAPP, submission("c", "k3"));
  assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assert.deepEqual(
    simulator.world.list("whatsapp").map(({ name }) => name),
    ["a", "b"],
  );
});

test("a slow request lands although its sender has gone", async (context) => {
  const { simulator, token } = await start(context, { faults: [{ kind: "slow", ms: 1_500, path: GUESTS }] });
  const body = {
    channelId: "web_a",
    queueId: "q_a",
    language: ["en"],
    metadata: {},
    callbackUrl: "https://crm.example.com/guest",
  };
  const sent = fetch(simulator.families.engage.baseUrl + GUESTS, {
    method: "POST",
    headers: { authorization: `Bearer ${await token("engage")}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    // Long after it has arrived, long before it lands.
    signal: AbortSignal.timeout(500),
  });
  await assert.rejects(sent);
  assert.equal(simulator.world.list("guests").length, 0);
  for (let waited = 0; simulator.world.list("guests").length === 0 && waited < 10_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(simulator.world.list("guests").length, 1);
});

test("an expired token is 401 once; token requests fail only where the path says so", async (context) => {
  const { simulator, call } = await start(context, { faults: [{ kind: "expireToken", family: "messaging", nth: 2 }] });
  assert.equal((await call("messaging", SMS)).status, 200);
  assert.equal((await call("messaging", SMS)).status, 401);
  const fresh = (await requestToken(simulator, "messaging")).body.access_token;
  assert.equal((await call("messaging", SMS, { token: fresh })).status, 200);
  simulator.addFault({ kind: "status", status: 500 });
  assert.equal((await requestToken(simulator, "messaging")).status, 200);
  simulator.addFault({ kind: "status", status: 500, path: "/oauth/*" });
  assert.equal((await requestToken(simulator, "messaging")).status, 500);
  simulator.clearFaults();
  assert.equal((await requestToken(simulator, "messaging")).status, 200);
});

test("pages shift: an item comes twice, or is missed", async (context) => {
  const { simulator, call } = await start(context);
  for (const name of ["a", "b", "c", "d"]) simulator.world.createTemplate({ name, language: "en", body: name });
  const names = async () => {
    const seen: string[] = [];
    for (const page of [1, 2]) {
      const { items } = (await call("omnichannel", `${WHATSAPP}?page=${page}&pageSize=2`)).body;
      seen.push(...items.map((item: { name: string }) => item.name));
    }
    return seen;
  };
  assert.deepEqual(await names(), ["a", "b", "c", "d"]);
  simulator.addFault({ kind: "shiftPage", nth: 2 });
  assert.deepEqual(await names(), ["a", "b", "b", "c"]);
  simulator.clearFaults();
  simulator.addFault({ kind: "shiftPage", shift: "drop", nth: 2 });
  assert.deepEqual(await names(), ["a", "b", "d"]);
});

test("some records of a batch fail by seed", async (context) => {
  const { call } = await start(context, { faults: [{ kind: "recordsFail", percent: 50 }] });
  const records = Array.from({ length: 40 }, (_, index) =>
    consent({ contactId: `a1b2c3d4-e5f6-4890-abcd-${String(index).padStart(12, "0")}` }),
  );
  const headers = { "x-conflict-resolution": "timestamp-wins" };
  const { body } = await call("preferences", BATCH, { method: "POST", body: records, headers });
  const failed = body.filter((item: { status: string }) => item.status === "rejected").length;
  assert.ok(failed > 8 && failed < 32, String(failed));
});

test("a redirect leads to another host, where credentials are a violation", async (context) => {
  const { simulator, call } = await start(context, { faults: [{ kind: "redirect", nth: 1 }] });
  const { status, headers } = await call("messaging", SMS);
  assert.equal(status, 307);
  const location = new URL(headers.get("location") ?? "");
  assert.notEqual(location.host, new URL(simulator.url).host);
  await fetch(`${simulator.url}${location.pathname}`);
  assert.deepEqual(simulator.violations, []);
  await fetch(`${simulator.url}${location.pathname}`, { headers: { authorization: "Bearer x" } });
  assert.deepEqual(
    simulator.violations.map(({ kind }) => kind),
    ["credentialsElsewhere"],
  );
});

test("nth, every, times and percent choose the calls", async (context) => {
  const { simulator, call } = await start(context);
  const statuses = async (count: number) => {
    const seen: number[] = [];
    for (let index = 0; index < count; index += 1) seen.push((await call("messaging", SMS)).status);
    return seen;
  };
  simulator.addFault({ kind: "status", status: 500, every: 3, times: 2 });
  assert.deepEqual(await statuses(10), [200, 200, 500, 200, 200, 500, 200, 200, 200, 200]);
  simulator.clearFaults();
  simulator.addFault({ kind: "status", status: 503, nth: 2, times: 2 });
  assert.deepEqual(await statuses(5), [200, 503, 503, 200, 200]);
  simulator.clearFaults();
  simulator.addFault({ kind: "status", status: 500, family: "digital" });
  simulator.addFault({ kind: "status", status: 500, method: "post" });
  simulator.addFault({ kind: "status", status: 500, path: "/api/*/jobs/*" });
  assert.deepEqual(await statuses(2), [200, 200]);
  simulator.clearFaults();
  simulator.addFault({ kind: "status", status: 502, percent: 50 });
  const failed = (await statuses(40)).filter((status) => status === 502).length;
  assert.ok(failed > 8 && failed < 32, String(failed));
});

test("a fault script is read with the place of what is wrong", () => {
  const rules = [
    { kind: "status", status: 500, family: "digital", nth: 3 },
    { kind: "slow", ms: 10 },
  ];
  assert.deepEqual(parseFaults(rules), rules);
  assert.deepEqual(parseFaults({ faults: rules }), rules);
  const wrong: [unknown, RegExp][] = [
    ["reset", /list of rules/],
    [[1], /^faults\[0\] must be an object/],
    [[{}], /^faults\[0\]\.kind is required/],
    [[{ kind: "reset" }, { kind: "explode" }], /^faults\[1\]\.kind must be one of status, /],
    [[{ kind: "reset", when2: 1 }], /^faults\[0\]\.when2 is not known/],
    [[{ kind: "reset", nth: 0 }], /^faults\[0\]\.nth must be a whole number of at least 1, not 0/],
    [[{ kind: "reset", percent: 101 }], /percent must be a number from 0 to 100/],
    [[{ kind: "reset", family: "sms" }], /family must be one of omnichannel/],
    [[{ kind: "status" }], /^faults\[0\]\.status is required for the kind status/],
    [[{ kind: "slow" }], /^faults\[0\]\.ms is required for the kind slow/],
    [[JSON.parse('{"kind":"reset","__proto__":1}')], /__proto__ is not known/],
  ];
  for (const [script, message] of wrong) assert.throws(() => parseFaults(script), { message });
});

test("decision rules are read with the place of what is wrong", () => {
  const rules = [{ match: "promo_*", decision: "reject", reason: "PROMOTIONAL", afterMs: 5, kind: "SmsTemplate" }];
  assert.deepEqual(parseDecisions(rules), rules);
  const wrong: [unknown, RegExp][] = [
    [{}, /must be a list/],
    [[1], /^decisions\[0\] must be an object/],
    [[{ decision: "approve" }], /\.match must be a glob/],
    [[{ match: "*", decision: "maybe" }], /\.decision must be one of approve, reject, never/],
    [[{ match: "*", decision: "approve", kind: "Webhook" }], /\.kind must be one of/],
    [[{ match: "*", decision: "approve", afterMs: "2s" }], /\.afterMs must be a number/],
    [[{ match: "*", decision: "approve", delay: 1 }], /\.delay is not known/],
  ];
  for (const [json, message] of wrong) assert.throws(() => parseDecisions(json), { message });
});
