// What each call of the client carries, where it goes, and what its answer becomes. Knows no kind.
import assert from "node:assert/strict";
import test from "node:test";
import {
  Conflict,
  Forbidden,
  Missing,
  Refused,
  Unauthorised,
  Unexpected,
  UnknownOutcome,
  Unreachable,
} from "../../src/base/failure.ts";
import { Bug } from "../../src/base/invariant.ts";
import type { SendCall } from "../../src/contract/api.ts";
import { connect } from "../../src/cxone/client.ts";
import { createTransport } from "../../src/cxone/transport.ts";
import { until } from "../_world/world.ts";
import { clientId, clientSecret, listen, settingsAt, shutPort, tenant, variables } from "./tenant.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const create: SendCall = {
  method: "POST",
  path: "templates",
  body: { name: "winter_sale", body: "Hello {{1}}, skis are 20 % off" },
  idempotencyKey: "0b7d7cf4-1f2e-5ad1-9c56-2f3a0f6f9b11",
};

test("a read carries the bearer token, the accepted type, a request id and the agent, and nothing of a write", async (t) => {
  const { client, calls } = await tenant(t, { answers: [{ body: { id: "1" }, headers: { etag: '"v7"' } }] });
  const answer = await client.reader("messaging").get({ path: "templates", segments: ["a b/c?"] });
  const [seen] = calls;
  assert.equal(seen?.method, "GET");
  assert.equal(seen?.path, "/messaging/api/v1/messaging/templates/a%20b%2Fc%3F");
  assert.equal(seen?.headers["authorization"], "Bearer canary-token-1");
  assert.equal(seen?.headers["accept"], "application/json");
  assert.equal(seen?.headers["user-agent"], "cxform/1.2.3");
  assert.match(seen?.headers["x-request-id"] ?? "", uuid);
  assert.equal(seen?.headers["x-idempotency-key"], undefined);
  assert.equal(seen?.headers["content-type"], undefined);
  assert.deepEqual(answer.body, { id: "1" });
  assert.equal(answer.etag, '"v7"');
  assert.equal(answer.requestId, seen?.headers["x-request-id"]);
  assert.equal(answer.status, 200);
});

test("a write carries its idempotency key, its own headers and JSON", async (t) => {
  const { client, calls } = await tenant(t, { answers: [{ status: 201, body: { id: "9" } }] });
  const answer = await client.writer("messaging").send({ ...create, headers: { "If-Match": '"v7"' } });
  assert.equal(calls[0]?.headers["x-idempotency-key"], create.idempotencyKey);
  assert.equal(calls[0]?.headers["if-match"], '"v7"');
  assert.equal(calls[0]?.headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(calls[0]?.body ?? ""), create.body);
  assert.deepEqual([answer.status, answer.body], [201, { id: "9" }]);
});

test("headers of the config are sent, and never in place of the client's own", async (t) => {
  const settings = { engage: { headers: { "X-Unit": "7", authorization: "Bearer forged", "user-agent": "forged" } } };
  const { client, calls } = await tenant(t, { answers: [{ body: {} }], settings });
  await client.reader("engage").get({ path: "guests", query: { idempotencyKey: "k" } });
  assert.equal(calls[0]?.headers["x-unit"], "7");
  assert.equal(calls[0]?.headers["authorization"], "Bearer canary-token-1");
  assert.equal(calls[0]?.headers["user-agent"], "cxform/1.2.3");
  assert.equal(calls[0]?.headers["x-cxone-client"], "cxform");
  assert.equal(calls[0]?.query.get("idempotencyKey"), "k");
});

test("an answer without a body is an answer: 204", async (t) => {
  const { client } = await tenant(t, { answers: [{ status: 204 }] });
  const answer = await client.writer("messaging").send({ ...create, method: "PUT", segments: ["9"] });
  assert.deepEqual([answer.status, answer.body], [204, undefined]);
});

test("paths of the config replace the default ones", async (t) => {
  const settings = { digital: { baseUrl: "", paths: { templates: "/v9/content" } } };
  const world = await tenant(t, {
    answers: [{ body: {} }],
    settings: { digital: { paths: { templates: "/v9/content" } } },
  });
  await world.client.reader("digital").get({ path: "templates" });
  assert.equal(world.calls[0]?.path, "/digital/v9/content");
  const without = await tenant(t, { answers: [], settings });
  await assert.rejects(without.client.reader("digital").get({ path: "templates" }), (error) => {
    assert.ok(error instanceof Unreachable);
    assert.match(error.hint, /apis\.digital\.baseUrl/);
    return true;
  });
});

test("segments that would climb or name another object are refused before anything is sent", async (t) => {
  const { client, calls, tokens } = await tenant(t, { answers: [] });
  for (const segment of [".", "..", "%2e%2E", "", "\ud800"]) {
    await assert.rejects(client.reader("digital").get({ path: "templates", segments: ["x", segment] }), Bug, segment);
  }
  assert.equal(calls.length + tokens.length, 0);
});

test("a base URL is https, or http to this machine", async (t) => {
  const { world } = await tenant(t, { answers: [] });
  for (const baseUrl of ["http://example.com", "ftp://127.0.0.1", "https://user:canary@example.com", "nonsense"]) {
    const settings = settingsAt("http://127.0.0.1:9", { digital: { baseUrl } });
    const client = connect({
      settings,
      credentials: () => ({ clientId, clientSecret, variables }),
      rateLimit: { requestsPerSecond: 50, burst: 10 },
      world,
      version: "1",
    });
    await assert.rejects(client.reader("digital").get({ path: "templates" }), (error) => {
      assert.ok(error instanceof Unreachable);
      assert.doesNotMatch(error.message + error.hint, /canary/);
      return true;
    });
    assert.equal(client.tally.tokens, 0);
  }
});

test("a reader has no way to write, and its transport refuses all but GET", async (t) => {
  const { client, world, origin, calls } = await tenant(t, { answers: [{ body: {} }] });
  const reader = client.reader("messaging");
  assert.deepEqual(Object.keys(reader).sort(), ["capabilities", "family", "get", "list"]);
  assert.throws(() => Object.assign(reader, { send: () => undefined }), TypeError);
  await reader.get({ ...create, path: "templates" } as never);
  assert.deepEqual(
    calls.map((seen) => seen.method),
    ["GET"],
  );
  const transport = createTransport({ world, origin, methods: ["GET"], timeoutMs: 1_000, mostBytes: 1_000 });
  await assert.rejects(transport({ method: "POST", url: new URL(origin), headers: {} }), Bug);
  assert.equal(calls.length, 1);
});

test("a client for planning, or with the read-only pair, has no writer", async (t) => {
  for (const mode of [{ planning: true }, { readOnly: true }]) {
    const { client } = await tenant(t, { answers: [], connect: mode });
    assert.throws(() => client.writer("messaging"), Bug);
  }
});

test("a transport never leaves its origin, not even for another port", async (t) => {
  let visits = 0;
  const other = await listen(t, (_request, response) => {
    visits += 1;
    response.end();
  });
  const { world, origin } = await tenant(t, { answers: [] });
  const transport = createTransport({ world, origin, methods: ["GET"], timeoutMs: 1_000, mostBytes: 1_000 });
  await assert.rejects(transport({ method: "GET", url: new URL(other), headers: { Authorization: "Bearer x" } }), Bug);
  assert.equal(visits, 0);
});

test("a redirect is refused and the place it points to sees nothing", async (t) => {
  let visits = 0;
  const other = await listen(t, (_request, response) => {
    visits += 1;
    response.end("{}");
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const { client, calls } = await tenant(t, {
      answers: () => ({ status, headers: { location: `${other}/elsewhere?token=canary` } }),
    });
    await assert.rejects(client.reader("digital").get({ path: "templates" }), Unexpected);
    await assert.rejects(client.writer("digital").send(create), Unexpected);
    assert.equal(calls.length, 2);
  }
  assert.equal(visits, 0);
});

test("a redirect of the token endpoint is refused too", async (t) => {
  let visits = 0;
  const other = await listen(t, (_request, response) => {
    visits += 1;
    response.end("{}");
  });
  const { client, calls } = await tenant(t, {
    answers: [],
    tokenAnswers: [{ status: 307, headers: { location: other } }],
  });
  await assert.rejects(client.reader("engage").get({ path: "guests" }), Unexpected);
  assert.deepEqual([visits, calls.length], [0, 0]);
});

const refusals = [
  [400, Refused],
  [422, Refused],
  [405, Refused],
  [403, Forbidden],
  [404, Missing],
  [409, Conflict],
  [412, Conflict],
  [428, Conflict],
] as const;

for (const [status, failure] of refusals) {
  test(`${status} is ${failure.name} at once, for reads and writes, with the facts of the call`, async (t) => {
    const body = { message: "it will not do.", errors: [{ field: "/body", message: "is too long" }] };
    const { client, calls, world } = await tenant(t, { answers: () => ({ status, body }) });
    for (const attempt of [
      () => client.writer("messaging").send(create),
      () => client.reader("messaging").get({ path: "templates", query: { name: "n" } }),
    ]) {
      await assert.rejects(attempt, (error) => {
        assert.ok(error instanceof failure);
        assert.equal(error.call.status, status);
        assert.equal(error.call.family, "messaging");
        assert.equal(error.call.path, "/api/v1/messaging/templates");
        assert.match(error.call.requestId ?? "", uuid);
        assert.deepEqual(error.call.fieldErrors, body.errors);
        assert.match(error.message, /it will not do/);
        assert.match(error.hint, /\.$/);
        return true;
      });
    }
    assert.equal(calls.length, 2);
    assert.deepEqual(
      world.sleeps.filter((ms) => ms !== 30_000 && ms !== 10_000),
      [],
    );
  });
}

test("an error repeats no value that was sent, in capitals or not; the contract's own names stay", async (t) => {
  const message = "WINTERCANARY and a canary of winter are PENDING";
  const { client } = await tenant(t, { answers: [{ status: 400, body: { message } }] });
  const body = { metadata: { code: "WINTERCANARY", words: "a canary of winter" }, status: "PENDING" };
  await assert.rejects(client.writer("engage").send({ ...create, path: "guests", body }), (error: Error) => {
    assert.match(error.message, /: \(hidden\) and \(hidden\) are PENDING$/);
    return true;
  });
});

test("403 names the scope of the answer, else the one that the call needs", async (t) => {
  const headers = { "www-authenticate": 'Bearer error="insufficient_scope", scope="a2p:manage"' };
  const { client } = await tenant(t, {
    answers: [
      { status: 403, body: {}, headers },
      { status: 403, body: { message: "missing scope webhooks:write." } },
      { status: 403, body: {} },
      { status: 403, text: "no" },
    ],
  });
  const { send, get } = client.writer("messaging");
  await assert.rejects(send(create), /scope a2p:manage/);
  await assert.rejects(send(create), /scope webhooks:write/);
  await assert.rejects(send({ ...create, path: "registrations" }), /scope a2p:write/);
  await assert.rejects(get({ path: "templates" }), /scope messaging:read/);
});

test("a 404 page that is not JSON does not pass for a missing object", async (t) => {
  const { client } = await tenant(t, { answers: [{ status: 404, text: "<h1>Not Found</h1>" }, { status: 404 }] });
  await assert.rejects(client.reader("digital").get({ path: "jobs", segments: ["1"] }), Unexpected);
  await assert.rejects(client.reader("digital").get({ path: "jobs", segments: ["1"] }), Missing);
});

for (const status of [408, 500, 501, 502, 504]) {
  test(`${status} leaves a write unknown after one try, and a read is asked five times`, async (t) => {
    const { client, calls } = await tenant(t, { answers: () => ({ status, body: {} }) });
    await assert.rejects(client.writer("digital").send(create), UnknownOutcome);
    assert.equal(calls.length, 1);
    await assert.rejects(client.reader("digital").get({ path: "templates" }), Unreachable);
    assert.equal(calls.length, 6);
  });
}

for (const broken of ["reset", "cut", { text: "{" }, { text: "<html>" }, { text: '{"n": NaN}' }] as const) {
  test(`an answer that is ${JSON.stringify(broken)} leaves a write unknown, and a read is asked again`, async (t) => {
    const { client, calls } = await tenant(t, { answers: [broken, broken, { body: { id: 1 } }] });
    await assert.rejects(client.writer("digital").send(create), UnknownOutcome);
    assert.equal(calls.length, 1);
    const answer = await client.reader("digital").get({ path: "templates" });
    assert.deepEqual(answer.body, { id: 1 });
    assert.equal(calls.length, 3);
  });
}

test("a read whose answers are never JSON ends as Unexpected", async (t) => {
  const { client, calls } = await tenant(t, { answers: () => ({ text: "<html>canary</html>" }) });
  await assert.rejects(client.reader("digital").get({ path: "templates" }), (error) => {
    assert.ok(error instanceof Unexpected);
    assert.doesNotMatch(error.message, /canary/);
    return true;
  });
  assert.equal(calls.length, 5);
});

test("an answer beyond 64 MiB or nested too deeply is refused without another try", async (t) => {
  const { client, calls } = await tenant(t, {
    answers: [
      { text: "{}", headers: { "content-length": `${65 * 1024 * 1024}` } },
      { text: "[".repeat(100_000) + "]".repeat(100_000) },
      { status: 201, text: "[".repeat(100_000) + "]".repeat(100_000) },
    ],
  });
  await assert.rejects(client.reader("digital").get({ path: "templates" }), /larger than 67108864 bytes/);
  await assert.rejects(client.reader("digital").get({ path: "templates" }), /deeper than 64/);
  await assert.rejects(client.writer("digital").send(create), UnknownOutcome);
  assert.equal(calls.length, 3);
});

test("a body without an announced length is cut at its limit", async (t) => {
  const origin = await listen(t, (_request, response) => {
    for (let part = 0; part < 8; part += 1) response.write("x".repeat(1_000));
    response.end();
  });
  const { world } = await tenant(t, { answers: [] });
  const transport = createTransport({ world, origin, methods: ["GET"], timeoutMs: 1_000, mostBytes: 5_000 });
  const exchange = await transport({ method: "GET", url: new URL(origin), headers: {} });
  assert.ok(exchange.kind === "answer");
  assert.deepEqual(exchange.body, { kind: "refused", reason: "is larger than 5000 bytes" });
});

test("prototype keys of an answer vanish, however they are spelled", async (t) => {
  const { client } = await tenant(t, {
    answers: [
      { text: '{"__proto__":{"isAdmin":true},"id":"1"}' },
      { text: '{"\\u005f_proto__":{"isAdmin":true},"id":"1"}' },
    ],
  });
  for (let count = 0; count < 2; count += 1) {
    const { body } = await client.reader("digital").get({ path: "templates" });
    assert.deepEqual(Object.keys(body as object), ["id"]);
    assert.equal((Object.assign({}, body) as { isAdmin?: boolean }).isAdmin, undefined);
  }
});

test("a call without an answer ends after 30 s: a write is unknown", async (t) => {
  const { client, world, calls } = await tenant(t, { answers: ["silent"], world: { auto: false } });
  const failed = assert.rejects(client.writer("digital").send(create), (error) => {
    assert.ok(error instanceof UnknownOutcome);
    assert.match(error.message, /no answer within 30 s/);
    return true;
  });
  await until(() => calls.length === 1);
  await world.advance(29_999);
  assert.equal(world.sleeping, 1);
  await world.advance(1);
  await failed;
});

test("a body that never ends is within the 30 s: a read is asked again", async (t) => {
  let visits = 0;
  const origin = await listen(t, (request, response) => {
    if (request.method === "POST") return void response.end('{"access_token":"t"}');
    visits += 1;
    if (visits > 1) return void response.end('{"id":1}');
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"id":');
  });
  const { client, world } = await tenant(t, {
    answers: [],
    world: { auto: false },
    connect: { settings: settingsAt(origin) },
  });
  const answer = client.reader("digital").get({ path: "templates" });
  await until(() => visits === 1);
  await world.advance(30_000);
  await world.advance(1_000);
  assert.deepEqual((await answer).body, { id: 1 });
});

test("a refused connection was certainly not sent: a write is tried five times, then Unreachable", async (t) => {
  const { world, origin, tokens } = await tenant(t, { answers: [] });
  const settings = settingsAt(await shutPort());
  const shut = connect({
    settings: { ...settings, digital: { ...settings.digital, tokenUrl: `${origin}/oauth/token` } },
    credentials: () => ({ clientId, clientSecret, variables }),
    rateLimit: { requestsPerSecond: 50, burst: 10 },
    world,
    version: "1",
  });
  await assert.rejects(shut.writer("digital").send(create), (error) => {
    assert.ok(error instanceof Unreachable);
    assert.match(error.message, /could not be sent \(ECONNREFUSED\)/);
    return true;
  });
  assert.deepEqual(shut.tally, { requests: 5, tokens: 1, retries: 4, writes: 5 });
  assert.equal(tokens.length, 1);
});

test("a second 401 is Unauthorised and names the variables", async (t) => {
  const { client, calls, tokens } = await tenant(t, { answers: () => ({ status: 401, body: {} }) });
  await assert.rejects(client.writer("digital").send(create), (error) => {
    assert.ok(error instanceof Unauthorised);
    assert.match(error.hint, /CXONE_CLIENT_ID and CXONE_CLIENT_SECRET/);
    return true;
  });
  assert.deepEqual([calls.length, tokens.length], [2, 2]);
});

test("an interrupted run finishes the call on its way and may look at what it did, but sits out no Retry-After", async (t) => {
  const stop = new AbortController();
  const { client, calls } = await tenant(t, {
    answers: (_seen, index) => {
      stop.abort();
      return index === 2
        ? { status: 429, headers: { "retry-after": "60" } }
        : { status: index === 0 ? 201 : 200, body: { id: "1" } };
    },
    connect: { signal: stop.signal },
  });
  assert.equal((await client.writer("digital").send(create)).status, 201);
  assert.equal((await client.reader("digital").get({ path: "templates" })).status, 200);
  await assert.rejects(client.reader("digital").get({ path: "templates" }), /and the run was interrupted/);
  await assert.rejects(client.reader("digital").get({ path: "templates" }), /was not sent: the run was interrupted/);
  assert.equal(calls.length, 3);
});

test("what a refusal says back of the request is hidden in every form that a server may give it", async (t) => {
  const secret = "whsec-Canary of a webhook";
  const bytes = Buffer.from(secret);
  const said = [
    ...[secret, secret.toUpperCase(), secret.toLowerCase(), encodeURIComponent(secret)],
    ...[
      bytes.toString("base64"),
      bytes.toString("base64url"),
      bytes.toString("hex"),
      bytes.toString("hex").toUpperCase(),
    ],
  ];
  const { client } = await tenant(t, {
    answers: said.map((form) => ({ status: 400, body: { message: `not ${form}!` } })),
  });
  for (const form of said)
    await assert.rejects(
      client.writer("digital").send({ method: "POST", path: "templates", body: { secret }, idempotencyKey: "k" }),
      (error: Error) => error.message.includes("not (hidden)!") && !error.message.includes(form),
      form,
    );
});
