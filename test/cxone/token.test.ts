// How tokens are asked for, kept, dropped and hidden. Knows no kind.
import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { Forbidden, Limited, Unauthorised, Unexpected, Unreachable } from "../../src/base/failure.ts";
import { type Family, families } from "../../src/contract/api.ts";
import { Token } from "../../src/cxone/token.ts";
import { clientId, clientSecret, type Reply, tenant } from "./tenant.ts";

const read = { path: "templates" };
const pathOf: Readonly<Record<Family, string>> = {
  omnichannel: "templates",
  digital: "templates",
  messaging: "templates",
  engage: "guests",
  preferences: "preferences",
};

test("omnichannel asks for a token with a form and no scope", async (t) => {
  const { client, tokens } = await tenant(t, { answers: [{ body: {} }] });
  await client.reader("omnichannel").get(read);
  const [seen] = tokens;
  assert.deepEqual([seen?.method, seen?.path, seen?.query.size], ["POST", "/omnichannel/api/v2/oauth/token", 0]);
  assert.equal(seen?.headers["content-type"], "application/x-www-form-urlencoded");
  assert.equal(seen?.headers["authorization"], undefined);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(seen?.body)), {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
  });
});

test("messaging asks with a form and its scopes, percent-encoded", async (t) => {
  const { client, tokens } = await tenant(t, { answers: [{ body: {} }] });
  await client.reader("messaging").get(read);
  assert.match(tokens[0]?.body ?? "", /&scope=messaging%3Aread%20messaging%3Awrite%20a2p%3Awrite%20webhooks%3Awrite$/);
  assert.equal(new URLSearchParams(tokens[0]?.body).get("client_secret"), clientSecret);
});

test("engage asks with a query and an empty body", async (t) => {
  const { client, tokens } = await tenant(t, { answers: [{ body: {} }] });
  await client.reader("engage").get({ path: "guests" });
  const [seen] = tokens;
  assert.deepEqual([seen?.method, seen?.body, seen?.headers["content-type"]], ["POST", "", undefined]);
  assert.deepEqual(Object.fromEntries(seen?.query ?? []), {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: "digital:guest:write digital:channel:read",
  });
});

test("preferences asks with basic authentication and the grant type alone", async (t) => {
  const { client, tokens } = await tenant(t, { answers: [{ body: [] }] });
  await client.reader("preferences").get({ path: "preferences" });
  assert.equal(tokens[0]?.body, "grant_type=client_credentials");
  const [scheme, pair] = (tokens[0]?.headers["authorization"] ?? "").split(" ");
  assert.deepEqual([scheme, Buffer.from(pair ?? "", "base64").toString()], ["Basic", `${clientId}:${clientSecret}`]);
});

test("scopes of the config replace the family's; the read-only pair asks for the read scopes", async (t) => {
  const scoped = await tenant(t, {
    answers: [{ body: {} }],
    settings: { omnichannel: { scopes: ["custom:one", "two"] } },
  });
  await scoped.client.reader("omnichannel").get(read);
  assert.equal(new URLSearchParams(scoped.tokens[0]?.body).get("scope"), "custom:one two");
  const reading = await tenant(t, { answers: [{ body: {} }], connect: { readOnly: true } });
  await reading.client.reader("messaging").get(read);
  assert.equal(new URLSearchParams(reading.tokens[0]?.body).get("scope"), "messaging:read");
});

test("a token URL is absolute, or a path on the base URL with its prefix", async (t) => {
  const other = await tenant(t, { answers: [] });
  const { client, tokens } = await tenant(t, {
    answers: () => ({ body: {} }),
    settings: { digital: { tokenUrl: "/deep/token" }, messaging: { tokenUrl: `${other.origin}/elsewhere/token` } },
  });
  await client.reader("digital").get(read);
  await client.reader("messaging").get(read);
  assert.deepEqual(
    tokens.map((seen) => seen.path),
    ["/digital/deep/token"],
  );
  assert.deepEqual(
    other.tokens.map((seen) => seen.path),
    ["/elsewhere/token"],
  );
});

test("twenty calls at once wait for one token request", async (t) => {
  const { client, tokens, calls } = await tenant(t, { answers: () => ({ body: {} }) });
  const reader = client.reader("digital");
  await Promise.all(Array.from({ length: 20 }, () => reader.get(read)));
  assert.deepEqual([tokens.length, calls.length], [1, 20]);
});

test("each family has a token of its own, even from one token URL, and reader and writer share it", async (t) => {
  const { client, tokens, calls, origin } = await tenant(t, {
    answers: () => ({ body: {} }),
    settings: Object.fromEntries(families.map((family) => [family, { tokenUrl: "/token", scopes: ["all"] }])),
  });
  for (const family of families) {
    await client.reader(family).get({ path: pathOf[family] });
    await client.writer(family).send({ method: "POST", path: pathOf[family], body: {}, idempotencyKey: "k" });
  }
  assert.equal(tokens.length, families.length);
  assert.equal(new Set(calls.map((seen) => seen.headers["authorization"])).size, families.length);
  assert.ok(origin.startsWith("http://127.0.0.1:"));
});

const lives = [
  { expiresIn: 3_600, validMs: 3_540_000 },
  { expiresIn: 120, validMs: 60_000 },
  { expiresIn: 100, validMs: 50_000 },
  { expiresIn: 10, validMs: 5_000 },
  { expiresIn: undefined, validMs: 3_540_000 },
];

for (const { expiresIn, validMs } of lives) {
  test(`a token that lives ${expiresIn ?? "for an unstated number of"} s is used for ${validMs / 1_000} s`, async (t) => {
    const { client, tokens, world } = await tenant(t, {
      answers: () => ({ body: {} }),
      tokenAnswers: (_seen, index) => ({
        body: { access_token: `t${index}`, ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) },
      }),
    });
    await client.reader("digital").get(read);
    await world.clock.sleep(validMs - 1);
    await client.reader("digital").get(read);
    assert.equal(tokens.length, 1);
    await world.clock.sleep(1);
    await client.reader("digital").get(read);
    assert.equal(tokens.length, 2);
  });
}

test("a token that ends while its call waits for the pace is replaced before the call", async (t) => {
  const { client, calls } = await tenant(t, {
    answers: (_seen, index) => (index === 0 ? { status: 503, headers: { "retry-after": "300" } } : { body: {} }),
    tokenAnswers: (_seen, index) => ({ body: { access_token: `t${index}`, expires_in: 120 } }),
  });
  const reader = client.reader("digital");
  const first = reader.get(read);
  await first;
  assert.deepEqual(
    calls.map((seen) => seen.headers["authorization"]),
    ["Bearer t0", "Bearer t1"],
  );
});

test("a 401 drops the token, fetches one and repeats the same bytes once under a new request id", async (t) => {
  const { client, calls, tokens } = await tenant(t, { answers: [{ status: 401 }, { status: 201, body: { id: "1" } }] });
  const body = { name: "otp", content: "code é" };
  const answer = await client
    .writer("messaging")
    .send({ method: "POST", path: "templates", body, idempotencyKey: "key-1" });
  assert.deepEqual(
    calls.map((seen) => seen.headers["authorization"]),
    ["Bearer canary-token-1", "Bearer canary-token-2"],
  );
  assert.deepEqual(
    calls.map((seen) => seen.headers["x-idempotency-key"]),
    ["key-1", "key-1"],
  );
  assert.equal(calls[0]?.body, calls[1]?.body);
  assert.notEqual(calls[0]?.headers["x-request-id"], calls[1]?.headers["x-request-id"]);
  assert.equal(answer.requestId, calls[1]?.headers["x-request-id"]);
  assert.equal(tokens.length, 2);
});

test("twenty calls whose token was revoked fetch one new token between them", async (t) => {
  const { client, calls, tokens } = await tenant(t, {
    answers: (seen) => (seen.headers["authorization"] === "Bearer canary-token-1" ? { status: 401 } : { body: {} }),
  });
  const reader = client.reader("digital");
  await Promise.all(Array.from({ length: 20 }, () => reader.get(read)));
  assert.equal(tokens.length, 2);
  assert.ok(calls.length <= 40);
});

test("a late 401 for the old token does not drop the new one", async (t) => {
  let replayed = (): void => undefined;
  const replay = new Promise<void>((resolve) => {
    replayed = resolve;
  });
  const { client, calls, tokens } = await tenant(t, {
    answers: async (seen, index) => {
      if (seen.headers["authorization"] === "Bearer canary-token-2") {
        replayed();
        return { body: {} };
      }
      if (index > 0) await replay;
      return { status: 401 };
    },
  });
  const reader = client.reader("digital");
  await Promise.all([reader.get(read), reader.get(read)]);
  assert.deepEqual([calls.length, tokens.length], [4, 2]);
});

for (const status of [400, 401]) {
  test(`${status} from the token endpoint is Unauthorised, names the variables and is not asked again at once`, async (t) => {
    const { client, calls, tokens, world } = await tenant(t, {
      answers: [],
      tokenAnswers: (seen) => ({ status, body: { message: `bad ${seen.query.get("client_secret")} ${seen.body}` } }),
    });
    for (let count = 0; count < 3; count += 1) {
      await assert.rejects(client.reader("engage").get({ path: "guests" }), (error) => {
        assert.ok(error instanceof Unauthorised);
        assert.match(error.message, /CXONE_CLIENT_ID and CXONE_CLIENT_SECRET/);
        assert.doesNotMatch(inspect(error, { depth: 10 }), /canary|juniper-and-pine/);
        return true;
      });
    }
    assert.deepEqual([calls.length, tokens.length], [0, 1]);
    await world.clock.sleep(60_000);
    await assert.rejects(client.reader("engage").get({ path: "guests" }), Unauthorised);
    assert.equal(tokens.length, 2);
  });
}

test("the token endpoint is asked again after 429, 503, 500 and a lost answer", async (t) => {
  const { client, tokens, calls, world } = await tenant(t, {
    answers: [{ body: {} }],
    tokenAnswers: [
      { status: 429, headers: { "retry-after": "7" } },
      { status: 503 },
      { status: 500 },
      "reset",
      { body: { access_token: "t" } },
    ],
  });
  const start = world.clock.now();
  await client.reader("digital").get(read);
  assert.deepEqual([tokens.length, calls.length], [5, 1]);
  assert.equal(tokens[1]?.at, start + 7_000);
  assert.deepEqual(client.tally, { requests: 1, tokens: 5, retries: 4, writes: 0 });
});

const tokenFailures: readonly (readonly [string, Reply, abstract new (...parts: never[]) => Error])[] = [
  ["always 429", { status: 429 }, Limited],
  ["always 502", { status: 502 }, Unreachable],
  ["403", { status: 403 }, Forbidden],
  ["404", { status: 404 }, Unexpected],
  ["HTML", { text: "<html>" }, Unexpected],
  ["no token", { body: { token: "canary" } }, Unexpected],
  ["a token that is a number", { body: { access_token: 7 } }, Unexpected],
  ["a token that would break a header", { body: { access_token: "canary\r\nX: y" } }, Unexpected],
  ["another type", { body: { access_token: "canary", token_type: "mac" } }, Unexpected],
  ["a life that is text", { body: { access_token: "canary", expires_in: "3600" } }, Unexpected],
  ["no life at all", { body: { access_token: "canary", expires_in: 0 } }, Unexpected],
  ["a list", { body: [] }, Unexpected],
];

for (const [what, answer, failure] of tokenFailures) {
  test(`a token endpoint that answers ${what} ends in ${failure.name}, which quotes nothing`, async (t) => {
    const { client, calls } = await tenant(t, { answers: [], tokenAnswers: () => answer });
    await assert.rejects(client.reader("engage").get({ path: "guests" }), (error) => {
      assert.ok(error instanceof failure);
      assert.doesNotMatch(inspect(error, { depth: 10 }), /canary|juniper|client_secret|\?/);
      return true;
    });
    assert.equal(calls.length, 0);
  });
}

test("a wrong field of the token answer is named with its family and path", async (t) => {
  const { client } = await tenant(t, { answers: [], tokenAnswers: () => ({ body: { expires_in: 1 } }) });
  await assert.rejects(
    client.reader("digital").get(read),
    /^Unexpected: digital: POST \/digital\/oauth\/token .*\/access_token$/,
  );
});

test("a token request ends after 10 s and is asked again", async (t) => {
  const { client, tokens, world } = await tenant(t, {
    answers: [{ body: {} }],
    tokenAnswers: ["silent", { body: { access_token: "t" } }],
    world: { patienceMs: 1_000 },
  });
  const start = world.clock.now();
  await client.reader("digital").get(read);
  assert.equal(tokens.length, 2);
  const waited = (tokens[1]?.at ?? 0) - start;
  assert.ok(waited >= 10_000 && waited <= 11_000, `${waited} ms`);
});

test("what the credentials throw is passed on, and nothing is asked before the first call", async (t) => {
  const unset = new Error("CXONE_CLIENT_ID is not set");
  let asked = 0;
  const { client, tokens } = await tenant(t, {
    answers: [],
    connect: {
      credentials() {
        asked += 1;
        throw unset;
      },
    },
  });
  const reader = client.reader("digital");
  assert.equal(asked, 0);
  await assert.rejects(reader.get(read), (error) => error === unset);
  assert.equal(tokens.length, 0);
});

test("the token reaches its own family's host alone, and no other request", async (t) => {
  const other = await tenant(t, { answers: () => ({ body: {} }) });
  const { client, tokens, calls } = await tenant(t, {
    answers: () => ({ body: {} }),
    settings: { digital: { tokenUrl: `${other.origin}/token` } },
  });
  await client.reader("digital").get(read);
  await client.reader("digital").get(read);
  assert.deepEqual([other.tokens.length, other.calls.length, tokens.length, calls.length], [1, 0, 0, 2]);
  assert.equal(other.tokens[0]?.headers["authorization"], undefined);
});

test("no error, event or printed object shows a secret, a token or a value of the request", async (t) => {
  const contact = "6f1c1f7e-3f0e-4d0c-9d0d-0f6b2f6d9a01";
  const echo: Reply = { status: 422 };
  const seen: string[] = [];
  for (const status of [400, 403, 404, 409, 422, 429, 500, 503, 401, 302]) {
    const { client, events } = await tenant(t, {
      answers: (request) => ({
        ...echo,
        status,
        headers: { location: "/x?canary=1", "www-authenticate": 'Bearer scope="canary-token-1"' },
        body: {
          message: `${request.headers["authorization"]} ${clientSecret} ${encodeURIComponent(clientSecret)} ${clientId} ${request.query} ${request.body} +15551234567 canary-name@example.com\r\n::error::x`,
          errors: [
            { field: `/0/${contact}`, message: `${request.body === "" ? "it" : "canary-name"} is not ${contact}` },
          ],
        },
      }),
    });
    const body = [{ contactId: contact, name: "canary-name" }];
    const send = { method: "POST", path: "batch", body, idempotencyKey: "k" } as const;
    for (const attempt of [
      () => client.writer("preferences").send(send),
      () => client.reader("preferences").get({ path: "preferences", query: { contactId: contact } }),
    ]) {
      const error = await attempt().then(
        () => assert.fail("it was answered"),
        (failure: Error) => failure,
      );
      seen.push(
        inspect(error, { depth: 10 }),
        JSON.stringify(error),
        error.message,
        JSON.stringify(events),
        inspect(client, { depth: 10 }),
      );
      assert.doesNotMatch(error.message, /[\r\n]/);
    }
  }
  const text = seen.join("\n");
  assert.doesNotMatch(text, /canary|juniper-and-pine|15551234567|6f1c1f7e/i);
  assert.match(text, /\(hidden\)/);
  assert.doesNotMatch(inspect(new Token("canary", 1), { depth: 10, showHidden: true }), /canary/);
});

test("whoever hides secrets is told of each token before a call carries it", async (t) => {
  const told: [secret: string, calls: number][] = [];
  const tokenAnswers: readonly Reply[] = ["first-token", "second-token"].map((access_token) => ({
    body: { access_token, token_type: "Bearer", expires_in: 3_600 },
  }));
  const { client, world, calls } = await tenant(t, {
    answers: [{ status: 401 }, { body: {} }, { body: {} }],
    tokenAnswers,
  });
  Object.assign(world, { onSecret: (secret: string) => told.push([secret, calls.length]) });
  await client.reader("omnichannel").get(read);
  await client.reader("omnichannel").get(read);
  assert.deepEqual(told, [
    ["first-token", 0],
    ["second-token", 1],
  ]);
});

test("an answer that was done repeats neither the token nor the client secret, wherever it says them", async (t) => {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const body = {
    status: "FAILED",
    errorMessage: `upstream refused: Authorization: Bearer canary-token-1, then Basic ${basic}`,
    errors: [{ field: "body", message: `of ${clientId} with ${clientSecret}` }],
    attempts: 2,
    next: null,
  };
  const { client } = await tenant(t, { answers: [{ body }] });
  assert.deepEqual((await client.reader("digital").get({ path: "templates" })).body, {
    status: "FAILED",
    errorMessage: "upstream refused: Authorization: Bearer (hidden), then Basic (hidden)",
    errors: [{ field: "body", message: `of ${clientId} with (hidden)` }],
    attempts: 2,
    next: null,
  });
});
