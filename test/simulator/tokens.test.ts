import assert from "node:assert/strict";
import test from "node:test";
import { FAMILY_NAMES } from "../../src/simulator/simulator.ts";
import { got, requestToken, SMS, START, start, WHATSAPP, whatsApp } from "./caller.ts";

test("each family gives a token in its own style", async (context) => {
  const { simulator } = await start(context);
  for (const family of FAMILY_NAMES) {
    const { status, body } = await requestToken(simulator, family);
    assert.equal(status, 200, family);
    assert.equal(body.token_type, "Bearer");
    assert.equal(body.expires_in, 3600);
    assert.ok(body.scope.length > 0);
    assert.deepEqual(simulator.tokenCounts[family], { requests: 1, needless: 0 });
  }
  await requestToken(simulator, "messaging");
  assert.deepEqual(simulator.tokenCounts.messaging, { requests: 2, needless: 1 });
});

test("a token request in the wrong style is refused with a JSON error", async (context) => {
  const { simulator } = await start(context);
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: "local",
    client_secret: "local-secret",
  });
  const basic = { authorization: `Basic ${Buffer.from("local:local-secret").toString("base64")}` };
  const grant = new URLSearchParams({ grant_type: "client_credentials" });
  const wrong: [string, Parameters<typeof fetch>[1] & object, string][] = [
    ["omnichannel", { body: new URLSearchParams([...form, ["scope", "omnichannel:messaging:templates:read"]]) }, ""],
    ["omnichannel", { body: grant, headers: basic }, ""],
    ["omnichannel", { body: JSON.stringify(Object.fromEntries(form)) }, ""],
    ["digital", { body: form }, ""],
    ["messaging", {}, `?${form}&scope=messaging:read`],
    ["engage", { body: new URLSearchParams([...form, ["scope", "digital:guest:write"]]) }, ""],
    ["engage", {}, `?${form}`],
    ["preferences", { body: form }, ""],
    ["preferences", { body: form, headers: basic }, ""],
    ["preferences", { headers: basic }, ""],
  ];
  for (const [family, init, query] of wrong) {
    const { tokenUrl } = simulator.families[family as "digital"];
    const answer = await got(await fetch(tokenUrl + query, { method: "POST", ...init }));
    assert.ok([400, 401].includes(answer.status), `${family}: ${answer.status} ${answer.text}`);
    assert.equal(typeof answer.body.message, "string");
    assert.doesNotMatch(answer.text, /local-secret/);
  }
  assert.ok(simulator.violations.some(({ kind }) => kind === "credentialsInQuery"));
  assert.doesNotMatch(JSON.stringify(simulator.requests), /local-secret|bG9jYWw6/);
});

test("wrong credentials are 401 and an unknown scope is 400", async (context) => {
  const { simulator } = await start(context);
  for (const family of FAMILY_NAMES) {
    assert.equal((await requestToken(simulator, family, undefined, { secret: "other" })).status, 401, family);
  }
  assert.equal((await requestToken(simulator, "messaging", "messaging:admin")).status, 400);
});

test("a call without a scope is 403 and names the scope", async (context) => {
  const clients = [{ id: "reader", secret: "s", scopes: ["messaging:read", "omnichannel:messaging:templates:read"] }];
  const { simulator, call } = await start(context, { clients });
  const reader = { id: "reader", secret: "s" };
  const token = (await requestToken(simulator, "messaging", undefined, reader)).body;
  assert.equal(token.scope, "messaging:read");
  const read = await call("messaging", SMS, { token: token.access_token });
  assert.equal(read.status, 200);
  const write = await call("messaging", SMS, { method: "POST", body: {}, token: token.access_token });
  assert.equal(write.status, 403);
  assert.match(write.body.message, /messaging:write/);
  const other = (await requestToken(simulator, "omnichannel", undefined, reader)).body.access_token;
  const submitted = await call("omnichannel", WHATSAPP, { method: "POST", body: whatsApp("x"), token: other });
  assert.equal(submitted.status, 403);
});

test("a token of another family is 401 and a violation", async (context) => {
  const { simulator, call, token } = await start(context);
  const answer = await call("omnichannel", WHATSAPP, { token: await token("messaging") });
  assert.equal(answer.status, 401);
  assert.deepEqual(
    simulator.violations.map(({ kind, family }) => [kind, family]),
    [["foreignToken", "omnichannel"]],
  );
});

test("a token is good until it expires, and no token is 401", async (context) => {
  const { call, clock, simulator } = await start(context, { tokenLifeSeconds: 60 });
  assert.equal((await call("messaging", SMS)).status, 200);
  clock.at = START + 59_999;
  assert.equal((await call("messaging", SMS)).status, 200);
  clock.at = START + 60_000;
  assert.equal((await call("messaging", SMS)).status, 401);
  assert.equal((await call("messaging", SMS, { headers: { authorization: undefined } })).status, 401);
  assert.equal((await call("messaging", SMS, { token: "guess" })).status, 401);
  assert.deepEqual(simulator.violations, []);
});

test("expires_in can be left out", async (context) => {
  const { simulator } = await start(context, { capabilities: { expiresIn: false } });
  const { body } = await requestToken(simulator, "preferences");
  assert.deepEqual(Object.keys(body).sort(), ["access_token", "scope", "token_type"]);
});
