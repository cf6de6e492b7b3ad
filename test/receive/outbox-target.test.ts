// Sending to one target: which addresses are never called, what a target sees, and how its answer is judged.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";
import { realWorld } from "../../src/cli/world.ts";
import { isPublic } from "../../src/receive/address-check.ts";
import { keyOf, verify } from "../../src/receive/signature.ts";
import { type Attempt, createSender, type Resolve } from "../../src/receive/target.ts";
import { startTarget } from "./target-server.ts";

const { clock } = realWorld();
const message = { id: "4a4d5a4e-0000-5000-8000-000000000001", body: '{"status":"APPROVED"}' };
const send = (url: string, resolve?: Resolve, key?: Uint8Array): Promise<Attempt> =>
  createSender({ clock, ...(resolve === undefined ? {} : { resolve }) })(
    { name: "cms", url, timeoutMs: 2_000, ...(key === undefined ? {} : { key }) },
    message,
  );

test("no spelling of a private or local address is called, unless the config says this machine in so many words", async (t) => {
  const target = await startTarget(t);
  const { port } = target;
  const hosts = [
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "①②⑦.0.0.1",
    "0",
    "0.0.0.0",
    "127.0.0.2",
    "localhost.",
    "LOCALHOST",
    "[::]",
    "[::ffff:7f00:1]",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::7f00:1]",
    "[fd00::1]",
    "[fe80::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00:ec2::254]",
  ];
  const urls = hosts.flatMap((host) => [`https://${host}:${port}/`, `http://${host}:${port}/`]);
  const others = [
    `http:\\\\127.0.0.1:${port}/`,
    `https:\\\\127.0.0.1:${port}`,
    `http://127.0.0.1@evil.example:${port}/`,
  ];
  for (const url of [...urls, ...others, `http://user:pass@127.0.0.1:${port}/`, "ftp://127.0.0.1/", "not a url"]) {
    const attempt = await send(url);
    assert.equal(attempt.kind, "failed", url);
    assert.ok(attempt.kind === "failed" && !attempt.reason.includes(String(port)), url);
  }
  assert.deepEqual(target.calls, []);
  for (const url of [`http://127.0.0.1:${port}/hook`, `http://localhost:${port}/hook`])
    assert.equal((await send(url)).kind, "delivered", url);
  assert.equal(target.calls.length, 2);
});

test("a name is called only when every one of its addresses is public, and asked once", async (t) => {
  const target = await startTarget(t);
  const lists: readonly (readonly string[])[] = [
    ["127.0.0.1"],
    ["93.184.215.14", "127.0.0.1"],
    ["93.184.215.14", "::ffff:10.0.0.1"],
    ["2606:2800:21f:cb07::1", "fd00::1"],
    ["169.254.169.254"],
    ["0.0.0.0"],
    [],
  ];
  for (const list of lists) {
    const attempt = await send(`https://hooks.acme.example:${target.port}/`, async () => list);
    const why = list.length === 0 ? "its name has no address" : "its name leads to an address that is not public";
    assert.deepEqual(attempt, { kind: "failed", verdict: "later", reason: why }, list.join());
  }
  // Literal loopback must lead to loopback: a hosts file that says otherwise is not followed.
  assert.equal((await send(`http://localhost:${target.port}/`, async () => ["93.184.215.14"])).kind, "failed");
  assert.deepEqual(target.calls, []);
  // The second answer of a rebinding name is never asked for: the connection goes to what was checked.
  let asked = 0;
  const rebinding: Resolve = async () => (asked++ === 0 ? ["127.0.0.1"] : ["10.9.9.9"]);
  assert.equal((await send(`http://localhost:${target.port}/`, rebinding)).kind, "delivered");
  assert.deepEqual([asked, target.calls.length], [1, 1]);
});

test("public and closed addresses are told apart", () => {
  for (const address of ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001:80b::200e"])
    assert.equal(isPublic(address), true, address);
  const closed = ["::1", "::", "::ffff:8.8.8.8", "2002:7f00:1::", "2001:db8::1", "2001::1", "fec0::1", "ff02::1"];
  for (const address of [...closed, "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "fe80::1%eth0", "x", ""])
    assert.equal(isPublic(address), false, address);
});

test("a redirect is a failure: it is not followed, and its target sees no header", async (t) => {
  const inner = await startTarget(t);
  const outer = await startTarget(t);
  for (const status of [301, 302, 303, 307, 308]) {
    outer.answer = () => ({ status, headers: { location: `${inner.url}/metadata` } });
    const attempt = await send(`${outer.url}/hook`, undefined, keyOf("a-secret-of-the-tests-of-some-length"));
    assert.deepEqual(attempt, {
      kind: "failed",
      status,
      reason: `answered ${status}, and redirects are not followed`,
      verdict: "refused",
    });
  }
  assert.equal(outer.calls.length, 5);
  assert.deepEqual(inner.calls, []);
});

test("what is sent is signed over its very bytes, and carries no header but its own", async (t) => {
  const target = await startTarget(t);
  const key = keyOf("a-secret-of-the-tests-of-some-length") as Uint8Array;
  assert.deepEqual(await send(`${target.url}/hook?token=x`, undefined, key), { kind: "delivered", status: 204 });
  const [call] = target.calls;
  assert.ok(call !== undefined);
  assert.deepEqual([call.method, call.path, call.text], ["POST", "/hook?token=x", message.body]);
  const header = (name: string) => call.headers[name] as string;
  const signed = {
    id: header("webhook-id"),
    timestamp: header("webhook-timestamp"),
    signature: header("webhook-signature"),
  };
  assert.equal(verify([key], signed, Buffer.from(call.text), clock.now()).isValid, true);
  assert.equal(signed.id, message.id);
  assert.deepEqual(Object.keys(call.headers).sort(), [
    "connection",
    "content-length",
    "content-type",
    "host",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
  ]);
  await send(target.url);
  assert.equal(target.calls[1]?.headers["webhook-signature"], undefined, "unsigned without a secret");
});

test("an answer is judged: 2xx delivers, 410 ends, other 4xx refuse, the rest may come again later", async (t) => {
  const target = await startTarget(t);
  const verdictOf = async (status: number, headers: Record<string, string> = {}) => {
    target.answer = () => ({ status, headers });
    return send(target.url);
  };
  for (const status of [200, 201, 202, 204]) assert.equal((await verdictOf(status)).kind, "delivered");
  const failed = async (status: number, headers: Record<string, string> = {}) => {
    const attempt = await verdictOf(status, headers);
    assert.ok(attempt.kind === "failed");
    return [attempt.verdict, attempt.retryAfterMs];
  };
  assert.deepEqual(await failed(410), ["gone", undefined]);
  for (const status of [400, 401, 403, 404, 405, 413, 422])
    assert.deepEqual(await failed(status), ["refused", undefined], String(status));
  for (const status of [408, 425, 429, 500, 502, 503]) assert.deepEqual(await failed(status), ["later", undefined]);
  assert.deepEqual(await failed(429, { "retry-after": "7" }), ["later", 7_000]);
  const [, wait] = await failed(503, { "retry-after": new Date(clock.now() + 20_000).toUTCString() });
  assert.ok(typeof wait === "number" && wait > 15_000 && wait <= 20_000, String(wait));
  // By the target's clock, which may be hours off ours.
  const theirs = { "retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", date: "Fri, 20 Nov 2026 10:00:00 GMT" };
  assert.deepEqual(await failed(503, theirs), ["later", 30_000]);
});

test("a target that is down, breaks off, is silent or never ends its answer holds nothing up for long", async (t) => {
  const target = await startTarget(t);
  target.answer = () => undefined;
  const broken = await send(target.url);
  assert.deepEqual(broken, { kind: "failed", verdict: "later", reason: "broke the connection" });
  const silent = createServer((socket) => {
    socket.on("error", () => undefined).resume();
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const quick = createSender({ clock });
  const at = (text: string) => quick({ name: "cms", url: text, timeoutMs: 150 }, message);
  assert.deepEqual(await at(`http://127.0.0.1:${port}/`), {
    kind: "failed",
    verdict: "later",
    reason: "no answer within 0.15 s",
  });
  const endless = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\nx");
  });
  await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
  const open = endless.address() as { port: number };
  assert.deepEqual(await at(`http://127.0.0.1:${open.port}/`), { kind: "delivered", status: 200 });
  await Promise.all([silent, endless].map((server) => new Promise((resolve) => server.close(resolve))));
  assert.deepEqual(await at(`http://127.0.0.1:${port}/`), {
    kind: "failed",
    verdict: "later",
    reason: "refused the connection",
  });
});
