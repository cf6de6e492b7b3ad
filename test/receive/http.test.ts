// The receiver at its port: what is taken, what is refused and with which answer, and that a hostile sender holds up nobody.
import assert from "node:assert/strict";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { keyOf } from "../../src/receive/signature.ts";
import { guest, metric, post, projectDir, routes, secret, served, signed } from "./served.ts";

const refused = (reason: string, route = "cxone-guest") =>
  `cxform_receiver_refused_total{route="${route}",reason="${reason}"}`;

/** Sends bytes as they are and answers what came back until the other side closed, or until `ms`. */
function raw(port: number, text: string | Uint8Array, ms = 5_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(said);
    };
    const timer = setTimeout(end, ms);
    socket.setEncoding("latin1").on("data", (piece: string) => {
      said += piece;
    });
    socket.on("close", end).on("error", () => undefined);
    socket.write(text);
  });
}

const head = (path: string, headers: Readonly<Record<string, string>>) =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

test("an event is taken once its signature is right, with an answer that says nothing", async (t) => {
  const { url } = await served(t, projectDir(t));
  const body = JSON.stringify(guest("s1"));
  const answer = await fetch(url + routes.guest, {
    method: "POST",
    headers: signed(body, { headers: { "x-request-id": "req-1" } }),
    body,
  });
  assert.equal(answer.status, 202);
  assert.equal(await answer.text(), "");
  assert.equal(answer.headers.get("x-request-id"), "req-1");
  assert.equal(await post(url + routes.events, { type: "meteor.impact" }), 202, "an unknown event is kept");
  assert.equal(await post(url + routes.cms, { event: "entry.published", name: "order" }), 202);
  assert.equal(await metric(url, 'cxform_receiver_events_total{route="cxone-guest",acceptance="accepted"}'), 1);
});

test("paths and methods that are not documented have no answer to give", async (t) => {
  const { url } = await served(t, projectDir(t));
  for (const path of [
    "/",
    "/webhooks",
    "/webhooks/cxone-guest",
    `${routes.guest}/`,
    `${routes.guest}/x`,
    "/metrics/",
    "/../etc/passwd",
    "/%2e%2e",
  ]) {
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await fetch(url + path, { method });
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal(await answer.text(), "");
    }
  }
  for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const answer = await fetch(url + routes.guest, { method });
    assert.equal(answer.status, 405, method);
    assert.equal(await answer.text(), "");
  }
  assert.equal((await fetch(`${url}/healthz`, { method: "POST" })).status, 405);
  for (const path of ["/healthz", "/readyz"]) {
    const answer = await fetch(url + path);
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
    assert.equal(answer.headers.get("server"), null);
    assert.equal(answer.headers.get("x-powered-by"), null);
  }
});

test("an unsigned, wrongly signed or late event is refused and leaves a counter alone", async (t) => {
  const receiver = await served(t, projectDir(t));
  const url = receiver.url + routes.guest;
  const body = JSON.stringify(guest("s1"));
  assert.equal((await fetch(url, { method: "POST", body })).status, 401);
  assert.equal(await post(url, body, { key: keyOf("another secret of a good length") as Uint8Array }), 401);
  assert.equal(await post(url, body, { at: Date.now() - 302_000 }), 401);
  assert.equal(await post(url, body, { at: Date.now() + 302_000 }), 401);
  // Verified before it is parsed: what is no JSON is not looked at.
  assert.equal((await fetch(url, { method: "POST", body: "[".repeat(200_000) })).status, 401);
  assert.equal(await metric(receiver.url, refused("unsigned")), 2);
  assert.equal(await metric(receiver.url, refused("wrong")), 1);
  assert.equal(await metric(receiver.url, refused("time")), 2);
  const database = await receiver.database();
  assert.deepEqual(await database.run((sql) => sql.selectFrom("events").selectAll().execute()), []);
});

test("both secrets are accepted while one replaces the other", async (t) => {
  const previous = "the previous secret, 24 bytes and more";
  const receiver = { secret: { fromEnv: "HOOK_SECRET" }, previousSecret: { fromEnv: "OLD_SECRET" } };
  const project = projectDir(t, { simulator: {}, receiver });
  const { url } = await served(t, project, { env: { OLD_SECRET: previous } });
  assert.equal(await post(url + routes.guest, guest("s1")), 202);
  assert.equal(await post(url + routes.guest, guest("s1"), { key: keyOf(previous) as Uint8Array }), 202);
});

test("a correctly signed body that is no JSON is refused, and hostile JSON is kept", async (t) => {
  const { url } = await served(t, projectDir(t));
  const post400 = async (body: string | Uint8Array) =>
    (
      await fetch(url + routes.events, {
        method: "POST",
        headers: signed(body),
        body: body as NonNullable<RequestInit["body"]>,
      })
    ).status;
  for (const bad of ["", " ", "{", "{'a':1}", '{"a":1}}', "NaN", "\ufeff{}", '"\u0000"', "[".repeat(100_000)]) {
    assert.equal(await post400(bad), 400, JSON.stringify(bad.slice(0, 20)));
  }
  assert.equal(await post400(Buffer.from('{"a":"\xff"}', "latin1")), 400, "no UTF-8");
  for (const odd of ["null", "1e999", '{"a":1,"a":2}', '{"__proto__":{"isAdmin":true}}', '"\\ud800"', "[[[[]]]]"]) {
    assert.equal(await post400(odd), 202, odd);
  }
  assert.equal(({} as Record<string, unknown>)["isAdmin"], undefined);
});

test("an event of another tenant is refused, however it is signed", async (t) => {
  const environment = {
    tenant: "acme",
    credentials: { clientId: { fromEnv: "ID" }, clientSecret: { fromEnv: "SECRET" } },
    apis: { omnichannel: { baseUrl: "https://acme.example" }, preferences: { baseUrl: "https://acme.example" } },
  };
  const { url } = await served(t, projectDir(t, environment));
  assert.equal(await post(url + routes.guest, { ...guest("s1"), tenantId: "umbrella" }), 403);
  assert.equal(await post(url + routes.events, { type: "x", data: { tenant: "umbrella" } }), 403);
  assert.equal(await post(url + routes.guest, { ...guest("s1"), tenantId: "acme" }), 202);
  assert.equal(await metric(url, refused("tenant")), 1);
});

test("a route without signatures takes each body once", async (t) => {
  const receiver = { secret: { fromEnv: "HOOK_SECRET" }, unsigned: ["cxone-guest"] };
  const { url } = await served(t, projectDir(t, { simulator: {}, receiver }));
  const plain = (path: string, body: unknown) => fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  assert.equal((await plain(routes.guest, guest("s1"))).status, 202);
  assert.equal((await plain(routes.guest, guest("s1"))).status, 202);
  assert.equal((await plain(routes.guest, guest("s2"))).status, 202);
  assert.equal((await plain(routes.events, {})).status, 401);
  assert.equal(await metric(url, 'cxform_receiver_events_total{route="cxone-guest",acceptance="accepted"}'), 2);
  assert.equal(await metric(url, 'cxform_receiver_events_total{route="cxone-guest",acceptance="repeated"}'), 1);
});

test("a body of 256 KiB is taken, and one byte more is not, told or chunked", async (t) => {
  const receiver = await served(t, projectDir(t));
  const fitting = JSON.stringify({ pad: "" }).length;
  const exact = JSON.stringify({ pad: "x".repeat(256 * 1024 - fitting) });
  assert.equal(exact.length, 256 * 1024);
  assert.equal(await post(receiver.url + routes.events, exact), 202);
  assert.equal(await post(receiver.url + routes.events, `${exact} `), 413);
  const chunked = await new Promise<number>((resolve, reject) => {
    const asked = request(receiver.url + routes.events, { method: "POST", headers: signed("") }, (answer) => {
      resolve(answer.statusCode ?? 0);
      asked.destroy();
    });
    asked.on("error", reject);
    asked.write(`${exact} `);
  });
  assert.equal(chunked, 413, "before the body ends");
  assert.equal(await post(receiver.url + routes.events, {}), 202);
});

test("an endless chunked body is cut off", async (t) => {
  const { port, url } = await served(t, projectDir(t));
  const socket = connect(port, "127.0.0.1");
  let said = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    said += piece;
  });
  const closed = new Promise<boolean>((resolve) => socket.on("close", () => resolve(true)));
  socket.on("error", () => undefined);
  socket.write(head(routes.guest, { "transfer-encoding": "chunked" }));
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const bomb = setInterval(() => socket.write(chunk), 5);
  t.after(() => clearInterval(bomb));
  assert.ok(await Promise.race([closed, sleep(20_000, false)]), "it was closed");
  clearInterval(bomb);
  assert.match(said, /^(?:HTTP\/1\.1 413 |$)/);
  assert.equal(await post(url + routes.guest, guest("s1")), 202);
});

test("a compressed body is not opened", async (t) => {
  const { url } = await served(t, projectDir(t));
  const bomb = gzipSync(Buffer.alloc(50 << 20));
  const headers = signed(bomb, { headers: { "content-encoding": "gzip" } });
  const answer = await fetch(url + routes.guest, {
    method: "POST",
    headers,
    body: bomb as NonNullable<RequestInit["body"]>,
  });
  assert.equal(answer.status, 415);
});

test("lengths that contradict each other and headers without end are refused by the protocol", async (t) => {
  const { port, url } = await served(t, projectDir(t));
  const lines = (text: string) => text.split("\r\n")[0] ?? "";
  const both = head(routes.guest, { "content-length": "2", "transfer-encoding": "chunked" });
  assert.match(lines(await raw(port, `${both}{}`)), / 400 /);
  const twice = `POST ${routes.guest} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`;
  assert.match(lines(await raw(port, twice)), / 400 /);
  for (const length of ["-1", "2e1", "0x10", "99999999999999999999999"]) {
    assert.match(
      lines(await raw(port, head(routes.guest, { "content-length": length }), 1_000)),
      / (?:400|413) /,
      length,
    );
  }
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`x-h${at}`, "1"]));
  assert.match(lines(await raw(port, head(routes.guest, many))), / 431 /);
  assert.match(lines(await raw(port, head(routes.guest, { "x-long": "x".repeat(17_000) }))), / 431 /);
  assert.match(lines(await raw(port, "\u0016\u0003\u0001 hello")), / 400 /);
  assert.equal(await post(url + routes.guest, guest("s1")), 202);
});

test("1,000 silent sockets and slow senders hold up nobody and are closed", async (t) => {
  const { port, url } = await served(t, projectDir(t), { limits: { headersMs: 2_000, requestMs: 3_000 } });
  const sockets: Socket[] = [];
  let closed = 0;
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  const open = async (text: string): Promise<void> => {
    const socket = connect(port, "127.0.0.1");
    socket
      .on("error", () => undefined)
      .on("close", () => {
        closed += 1;
      });
    socket.resume();
    sockets.push(socket);
    await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
    if (text !== "") socket.write(text);
  };
  for (let at = 0; at < 20; at += 1) await Promise.all(Array.from({ length: 50 }, () => open("")));
  // One byte of a header now and then, and a body that never ends.
  const lorises = Array.from({ length: 10 }, () => open(`POST ${routes.guest} HTTP/1.1\r\nhost: x\r\n`));
  const bodies = Array.from({ length: 10 }, () => open(`${head(routes.guest, { "content-length": "100" })}{`));
  await Promise.all([...lorises, ...bodies]);
  const drip = setInterval(() => sockets.slice(1_000).forEach((socket) => void socket.write("x")), 200);
  t.after(() => clearInterval(drip));
  assert.equal(await post(url + routes.guest, guest("s1")), 202);
  const end = Date.now() + 30_000;
  while (closed < sockets.length && Date.now() < end) await sleep(100);
  assert.equal(closed, sockets.length, "each was closed");
  clearInterval(drip);
  assert.equal(await post(url + routes.guest, guest("s2")), 202);
});

test("the secret, a body and a session stand in no answer", async (t) => {
  const { url } = await served(t, projectDir(t));
  await post(url + routes.guest, { ...guest("canary-session"), contactId: "canary-contact" });
  const texts = await Promise.all(
    ["/metrics", "/readyz", "/healthz"].map(async (path) => (await fetch(url + path)).text()),
  );
  assert.doesNotMatch(texts.join("\n"), /canary/);
  assert.ok(!texts.join("\n").includes(secret));
});
