import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { matchesGlob } from "../../src/simulator/glob.ts";
import { createLimiter } from "../../src/simulator/limiter.ts";
import { SMS, start, WHATSAPP, whatsApp } from "./caller.ts";

test("the bucket lets one second's requests pass and then fills evenly", () => {
  const limiter = createLimiter(100);
  const passed = (at: number, count: number) =>
    Array.from({ length: count }, () => limiter.take(at)).filter((seconds) => seconds === 0).length;
  assert.equal(passed(0, 150), 100);
  assert.equal(passed(100, 50), 10);
  assert.equal(limiter.take(100), 1);
  assert.equal(passed(5000, 150), 100);
  assert.equal(passed(4000, 1), 0);
  assert.equal(createLimiter(Number.POSITIVE_INFINITY).take(0), 0);
  const slow = createLimiter(0.1);
  assert.equal(slow.take(0), 0);
  assert.equal(slow.take(0), 10);
});

test("calls over the limit are 429 with Retry-After, over all families together", async (context) => {
  const { simulator, call, token, clock } = await start(context, { requestsPerSecond: 4 });
  await token("messaging");
  await token("omnichannel");
  assert.equal((await call("messaging", SMS)).status, 200);
  assert.equal((await call("omnichannel", WHATSAPP)).status, 200);
  const limited = await call("messaging", SMS);
  assert.deepEqual([limited.status, limited.headers.get("retry-after")], [429, "1"]);
  clock.at += 1000;
  assert.equal((await call("messaging", SMS)).status, 200);
  assert.deepEqual(simulator.violations, []);
});

test("coming back before Retry-After is a violation, once it has passed it is none", async (context) => {
  const { simulator, call, clock } = await start(context, {
    faults: [
      { kind: "status", status: 429, retryAfter: 3, nth: 1 },
      { kind: "status", status: 503, retryAfter: 3, retryAfterAs: "http-date", nth: 3 },
    ],
  });
  await call("messaging", SMS);
  clock.at += 2500;
  assert.equal((await call("messaging", `${SMS}?page=2`)).status, 200);
  assert.deepEqual(simulator.violations, []);
  await call("messaging", SMS);
  assert.deepEqual(
    simulator.violations.map(({ kind, detail }) => [kind, detail]),
    [["retryAfterUndercut", "490 ms too early"]],
  );
  clock.at += 4000;
  await call("messaging", SMS);
  assert.equal(simulator.violations.length, 1);
});

test("missing headers and keys, and repeated request ids, are violations that refuse nothing", async (context) => {
  const { simulator, call } = await start(context);
  const without = { "user-agent": "curl/8", accept: "text/html", "x-request-id": undefined };
  const made = await call("omnichannel", WHATSAPP, {
    method: "POST",
    body: whatsApp("a"),
    key: null,
    headers: without,
  });
  assert.equal(made.status, 201);
  const headers = { "x-request-id": randomUUID() };
  await call("messaging", SMS, { headers });
  await call("messaging", SMS, { headers });
  await call("messaging", `${SMS}?access_token=abc`);
  assert.deepEqual(
    simulator.violations.map(({ kind, detail }) => `${kind} ${detail}`),
    [
      "headerMissing user-agent",
      "headerMissing accept",
      "headerMissing x-request-id",
      "writeWithoutKey X-Idempotency-Key is missing",
      "requestIdRepeated X-Request-Id was used before",
      "credentialsInQuery credentials stand in a URL",
    ],
  );
});

test("unknown routes are 404 in JSON and a violation; lists that a tenant lacks too", async (context) => {
  const { simulator, call } = await start(context, { capabilities: { list: { omnichannel: false } } });
  for (const path of ["/api/v1/nothing", "/", SMS.replace("v1", "v9")]) {
    const { status, body } = await call("messaging", path);
    assert.deepEqual([status, typeof body.message], [404, "string"]);
  }
  assert.equal((await call("messaging", SMS, { method: "DELETE" })).status, 404);
  assert.equal((await call("omnichannel", WHATSAPP)).status, 404);
  assert.equal((await fetch(`${simulator.url}/other`)).status, 404);
  assert.deepEqual(new Set(simulator.violations.map(({ kind }) => kind)), new Set(["unknownRoute"]));
  assert.equal(simulator.violations.length, 6);
});

test("bodies that are no JSON, too large or of another type are refused", async (context) => {
  const { simulator, call } = await start(context);
  const post = (text: string, headers = {}) => call("messaging", SMS, { method: "POST", text, headers });
  assert.equal((await post("{")).status, 400);
  assert.equal((await post("")).status, 400);
  assert.equal((await post("[".repeat(100_000))).status, 400);
  assert.equal((await post("{}", { "content-type": "text/plain" })).status, 415);
  assert.equal((await post(JSON.stringify("x".repeat(1 << 20)))).status, 413);
  assert.equal((await post("[]")).body.errors[0].message, "must be an object");
  assert.equal(simulator.requests.at(-2)?.status, 413);
});

test("prototype names are ordinary ids and keys", async (context) => {
  const { simulator, call } = await start(context);
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.equal((await call("messaging", `${SMS}/${name}`)).status, 404, name);
    const body = { ...whatsApp("a"), name: name.toLowerCase(), body: `words of ${name}` };
    assert.equal((await call("omnichannel", WHATSAPP, { method: "POST", body, key: name })).status, 201, name);
  }
  const text = JSON.stringify(whatsApp("polluted")).replace("{", '{"__proto__":{"polluted":true},');
  assert.equal((await call("omnichannel", WHATSAPP, { method: "POST", text })).status, 201);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(simulator.world.list("whatsapp").length, 4);
});

test("the same key with the same body answers again, with another body or path it is 422", async (context) => {
  const { simulator, call } = await start(context);
  const sent = { method: "POST", body: whatsApp("a"), key: "k" };
  const first = await call("omnichannel", WHATSAPP, sent);
  const second = await call("omnichannel", WHATSAPP, sent);
  assert.deepEqual([second.status, second.body], [201, first.body]);
  assert.equal((await call("omnichannel", WHATSAPP, { ...sent, body: whatsApp("b") })).status, 422);
  const put = await call("omnichannel", `${WHATSAPP}/${first.body.id}`, { method: "PUT", body: {}, key: "k" });
  assert.equal(put.status, 422);
  const taken = { method: "POST", body: whatsApp("a", { body: "Other words." }), key: "k2" };
  assert.equal((await call("omnichannel", WHATSAPP, taken)).status, 409);
  simulator.world.remove("whatsapp", first.body.id);
  assert.equal((await call("omnichannel", WHATSAPP, taken)).status, 409);
  assert.equal((await call("omnichannel", WHATSAPP, { ...taken, key: "k3" })).status, 201);
});

test("globs match without being compiled", () => {
  const cases: [string, string, boolean][] = [
    ["*", "", true],
    ["a*c", "abbbc", true],
    ["a*c", "abbb", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["*.json", "a.json", true],
    ["a.c", "abc", false],
    ["*ab*ab", "xababyab", true],
    ["", "a", false],
  ];
  for (const [pattern, text, expected] of cases)
    assert.equal(matchesGlob(pattern, text), expected, `${pattern} ${text}`);
  assert.equal(matchesGlob(`${"*a".repeat(30)}b`, "a".repeat(5000)), false);
});
