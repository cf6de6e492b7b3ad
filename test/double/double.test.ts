// That the double notices what a client must not do: a strictness that never complains would prove nothing. It must not know the product.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { client, type Double, startDouble } from "./double.ts";
import type { Family } from "./wire.ts";

async function tokenOf(double: Double, family: Family): Promise<string> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: client.id,
    client_secret: client.secret,
  });
  if (family !== "omnichannel") form.set("scope", "messaging:read messaging:write");
  const answer = await fetch(double.tokenUrl(family), { method: "POST", body: form });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const manners = (token: string) => ({
  authorization: `Bearer ${token}`,
  accept: "application/json",
  "user-agent": "cxform/0.1.0",
  "x-request-id": randomUUID(),
});

async function withDouble(work: (double: Double) => Promise<void>): Promise<void> {
  const double = await startDouble();
  try {
    await work(double);
  } finally {
    await double.close();
  }
}

test("a call without manners is noted, header by header", () =>
  withDouble(async (double) => {
    const url = `${double.baseUrl("messaging")}/api/v1/messaging/templates`;
    const answer = await fetch(url, { method: "POST", body: "{}" });
    assert.equal(answer.status, 401);
    const told = double.wrongs.join("\n");
    for (const word of ["X-Request-Id", "Accept", "User-Agent", "X-Idempotency-Key", "bearer", "announced as JSON"])
      assert.match(told, new RegExp(word));
  }));

test("a repeated request id, an unknown parameter and an unknown route are noted", () =>
  withDouble(async (double) => {
    const headers = manners(await tokenOf(double, "messaging"));
    const base = double.baseUrl("messaging");
    await fetch(`${base}/api/v1/messaging/templates?page=1`, { headers });
    assert.deepEqual(double.wrongs, []);
    await fetch(`${base}/api/v1/messaging/templates?size=1`, { headers });
    await fetch(`${base}/api/v1/other`, { headers: { ...headers, "x-request-id": randomUUID() } });
    const told = double.wrongs.join("\n");
    for (const word of ["is not new", "unknown parameter size", "no such route"]) assert.match(told, new RegExp(word));
  }));

test("a token of another family is refused and noted", () =>
  withDouble(async (double) => {
    const headers = manners(await tokenOf(double, "omnichannel"));
    const answer = await fetch(`${double.baseUrl("messaging")}/api/v1/messaging/templates`, { headers });
    assert.equal(answer.status, 401);
    assert.match(double.wrongs.join(), /a token of omnichannel came to messaging/);
  }));

test("wrong credentials get no token, and credentials in a query are noted", () =>
  withDouble(async (double) => {
    const form = new URLSearchParams({ grant_type: "client_credentials", client_id: client.id, client_secret: "no" });
    assert.equal((await fetch(double.tokenUrl("omnichannel"), { method: "POST", body: form })).status, 401);
    await fetch(`${double.tokenUrl("omnichannel")}?client_secret=no`, { method: "POST", body: form });
    assert.match(double.wrongs.join(), /has a query/);
  }));

test("one idempotency key for two bodies is noted, and a PUT without If-Match is answered 428", () =>
  withDouble(async (double) => {
    const token = await tokenOf(double, "messaging");
    const key = "c1b1e0a2-0000-5000-8000-000000000001";
    const send = (method: string, path: string, body: unknown) =>
      fetch(double.baseUrl("messaging") + path, {
        method,
        body: JSON.stringify(body),
        headers: { ...manners(token), "content-type": "application/json", "x-idempotency-key": key },
      });
    const created = (await (
      await send("POST", "/api/v1/messaging/templates", { name: "otp", content: "hello", from_address: "12345" })
    ).json()) as { id: string };
    assert.deepEqual(double.wrongs, []);
    const put = await send("PUT", `/api/v1/messaging/templates/${created.id}`, { ...created, status: "APPROVED" });
    assert.equal(put.status, 428);
    assert.match(double.wrongs.join(), /used for other bytes/);
  }));
