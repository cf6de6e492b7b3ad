import assert from "node:assert/strict";
import test from "node:test";
import { type Caller, DIGITAL, digital, requestToken, start } from "./caller.ts";

const submit = (caller: Caller, more: Record<string, unknown> = {}) =>
  caller.call("digital", DIGITAL, { method: "POST", body: digital("booking.en-US", more) });
const job = async (caller: Caller, id: string) => (await caller.call("digital", `/api/v1/jobs/${id}`)).body;
const version = (caller: Caller, name = "v1.0") => caller.call("digital", `${DIGITAL}/booking.en-US/versions/${name}`);

test("a version appears when its job has gone from QUEUED over RUNNING to COMPLETED", async (context) => {
  const caller = await start(context, { jobMs: 150 });
  const { status, body } = await submit(caller);
  assert.equal(status, 202);
  assert.deepEqual(await job(caller, body.jobId), { jobId: body.jobId, status: "QUEUED" });
  assert.equal((await version(caller)).status, 404);
  caller.clock.at += 50;
  assert.equal((await job(caller, body.jobId)).status, "RUNNING");
  caller.clock.at += 100;
  assert.equal((await job(caller, body.jobId)).status, "COMPLETED");
  assert.deepEqual((await version(caller)).body, { ...digital("booking.en-US"), status: "ACTIVE" });
  assert.equal((await caller.call("digital", DIGITAL)).body.total, 1);
  assert.equal((await caller.call("digital", "/api/v1/jobs/none")).status, 404);
});

test("a version is immutable: the same content is accepted again, other content is 409", async (context) => {
  const caller = await start(context, { jobMs: 0 });
  await submit(caller);
  const again = await submit(caller, { metadata: { createdBy: "someone", timestamp: 1_800_000_000 } });
  assert.equal(again.status, 202);
  assert.equal((await job(caller, again.body.jobId)).status, "COMPLETED");
  const other = await submit(caller, { contentBlocks: [{ id: "main", type: "text", content: "Other" }] });
  assert.equal(other.status, 409);
  assert.equal((await submit(caller, { version: "v1.1" })).status, 202);
  assert.equal((await caller.call("digital", DIGITAL)).body.total, 2);
});

test("every wrong field is named by its pointer", async (context) => {
  const caller = await start(context);
  const wrong: [Record<string, unknown>, string][] = [
    [{ templateId: "" }, "/templateId"],
    [{ version: "2.3" }, "/version"],
    [{ version: "v1.01" }, "/version"],
    [{ channels: [] }, "/channels"],
    [{ channels: ["sms", "sms"] }, "/channels/1"],
    [{ locale: "english language" }, "/locale"],
    [{ contentBlocks: [] }, "/contentBlocks"],
    [{ contentBlocks: [{ id: "a", type: "image", content: "x" }] }, "/contentBlocks/0/type"],
    [{ contentBlocks: [{ id: "a", type: "text", content: "" }] }, "/contentBlocks/0/content"],
    [{ variables: "none" }, "/variables"],
    [{ metadata: undefined }, "/metadata"],
    [{ metadata: { createdBy: "cxform", timestamp: 1_700_000_000_000 } }, "/metadata/timestamp"],
  ];
  for (const [more, field] of wrong) {
    const { status, body } = await submit(caller, more);
    assert.equal(status, 400, field);
    assert.ok(
      body.errors.some((error: { field: string }) => error.field === field),
      `${field} in ${JSON.stringify(body)}`,
    );
  }
});

test("a version is deprecated and made active again", async (context) => {
  const caller = await start(context, { jobMs: 0 });
  await submit(caller);
  const put = (status: string, name = "v1.0") =>
    caller.call("digital", `${DIGITAL}/booking.en-US/versions/${name}`, { method: "PUT", body: { status } });
  assert.equal((await put("DEPRECATED")).body.status, "DEPRECATED");
  assert.equal((await put("ACTIVE")).body.status, "ACTIVE");
  assert.equal((await put("GONE")).status, 400);
  assert.equal((await put("ACTIVE", "v9.9")).status, 404);
});

test("a job fails by script, with or without its version, and by rule", async (context) => {
  const caller = await start(context, {
    jobMs: 10,
    faults: [
      { kind: "jobFails", nth: 1 },
      { kind: "jobFails", nth: 3, method: "POST", path: DIGITAL, persisted: true },
    ],
    decisions: [
      { match: "booking.*", language: "fr-FR", kind: "DigitalTemplate", decision: "reject", reason: "no such locale" },
      { match: "booking.*", language: "it-IT", kind: "DigitalTemplate", decision: "never" },
    ],
  });
  const failed = (await submit(caller)).body.jobId;
  caller.clock.at += 10;
  const seen = await job(caller, failed);
  assert.equal(seen.status, "FAILED");
  assert.equal(typeof seen.errorMessage, "string");
  assert.equal((await version(caller)).status, 404);
  assert.equal((await submit(caller, { version: "v1.1" })).status, 202);
  const persisted = (await submit(caller, { version: "v1.2" })).body.jobId;
  const ruled = (await submit(caller, { version: "v1.3", locale: "fr-FR" })).body.jobId;
  const endless = (await submit(caller, { version: "v1.4", locale: "it-IT" })).body.jobId;
  caller.clock.at += 10;
  assert.equal((await job(caller, persisted)).status, "FAILED");
  assert.equal((await version(caller, "v1.2")).status, 200);
  assert.equal((await job(caller, ruled)).errorMessage, "no such locale");
  caller.clock.at += 1e9;
  assert.equal(caller.simulator.world.list("digital").length, 2);
  const token = (await requestToken(caller.simulator, "digital")).body.access_token;
  const unended = await caller.call("digital", `/api/v1/jobs/${endless}`, { token });
  assert.equal(unended.body.status, "RUNNING");
});
