// The outcome classes of RELIABILITY §2.2 as a table: what each answer means for a read and for a write, without a server.
import assert from "node:assert/strict";
import test from "node:test";
import { CallFailure } from "../../src/base/failure.ts";
import type { Body } from "../../src/cxone/body.ts";
import type { Exchange } from "../../src/cxone/transport.ts";
import { type Asked, judge } from "../../src/cxone/verdict.ts";

const asked: Asked = {
  family: "digital",
  method: "POST",
  path: "/templates",
  requestId: "request-1",
  isWrite: true,
  scopes: ["templates:write"],
  knownScopes: ["templates:read", "templates:write", "contacts:read"],
  variables: ["ID", "SECRET"],
  hidden: ["canary-value"],
};
const now = Date.parse("2026-06-01T09:00:00Z");
const json: Body = { kind: "json", value: { message: "no good" } };
const empty: Body = { kind: "empty" };
const page: Body = { kind: "unreadable", reason: "is not JSON" };
const huge: Body = { kind: "refused", reason: "is larger than 5 bytes" };

const answer = (status: number, body: Body = json, headers: Readonly<Record<string, string>> = {}): Exchange => ({
  kind: "answer",
  status,
  headers: new Headers(headers),
  body,
  latencyMs: 7,
});
const lost = (wasSent: boolean, isLasting = false): Exchange => ({
  kind: "lost",
  wasSent,
  isLasting,
  reason: "ECONNRESET",
});

/** `done`, `again` with the failure that it ends in, or the failure. */
function verdict(exchange: Exchange, isWrite: boolean): string {
  const trial = judge(exchange, { ...asked, isWrite }, now);
  if (trial.kind === "done") return "done";
  if (trial.kind === "failed") return trial.failure.name;
  return `again, else ${trial.failure("in 5 attempts").name}`;
}

const table: readonly (readonly [string, Exchange, string, string])[] = [
  ["200 with JSON", answer(200), "done", "done"],
  ["299 with JSON", answer(299), "done", "done"],
  ["200 without a body", answer(200, empty), "done", "again, else Unexpected"],
  ["204 without a body", answer(204, empty), "done", "done"],
  ["200 that is not JSON", answer(200, page), "UnknownOutcome", "again, else Unexpected"],
  ["200 beyond every limit", answer(200, huge), "UnknownOutcome", "Unexpected"],
  ["400", answer(400), "Refused", "Refused"],
  ["401", answer(401), "Unauthorised", "Unauthorised"],
  ["403", answer(403), "Forbidden", "Forbidden"],
  ["404 of the API", answer(404), "Missing", "Missing"],
  ["404 without a body", answer(404, empty), "Missing", "Missing"],
  ["404 of a proxy", answer(404, page), "Unexpected", "Unexpected"],
  ["404 of something huge", answer(404, huge), "Unexpected", "Unexpected"],
  ["408", answer(408), "UnknownOutcome", "again, else Unreachable"],
  ["409", answer(409), "Conflict", "Conflict"],
  ["412", answer(412), "Conflict", "Conflict"],
  ["428", answer(428), "Conflict", "Conflict"],
  ["422", answer(422), "Refused", "Refused"],
  ["429", answer(429), "again, else Limited", "again, else Limited"],
  ["499", answer(499), "Refused", "Refused"],
  ["500", answer(500), "UnknownOutcome", "again, else Unreachable"],
  ["503", answer(503), "again, else Limited", "again, else Limited"],
  ["599", answer(599), "UnknownOutcome", "again, else Unreachable"],
  ["600", answer(600), "Unexpected", "Unexpected"],
  ["199", answer(199), "Unexpected", "Unexpected"],
  ["300", answer(300), "Unexpected", "Unexpected"],
  ["307", answer(307), "Unexpected", "Unexpected"],
  ["399", answer(399), "Unexpected", "Unexpected"],
  ["no answer", lost(true), "UnknownOutcome", "again, else Unreachable"],
  ["never sent", lost(false), "again, else Unreachable", "again, else Unreachable"],
  ["never sent, nor ever", lost(false, true), "Unreachable", "Unreachable"],
  ["no answer, nor ever", lost(true, true), "UnknownOutcome", "again, else Unreachable"],
];

for (const [name, exchange, write, read] of table) {
  test(`${name} is to a write: ${write}; to a read: ${read}`, () => {
    assert.deepEqual([verdict(exchange, true), verdict(exchange, false)], [write, read]);
  });
}

/** The failure that an answer ends in. */
function failure(exchange: Exchange, changed: Partial<Asked> = {}): CallFailure {
  const trial = judge(exchange, { ...asked, ...changed }, now);
  assert.notEqual(trial.kind, "done");
  const found = trial.kind === "failed" ? trial.failure : trial.kind === "again" ? trial.failure("at last") : undefined;
  assert.ok(found instanceof CallFailure);
  return found;
}

test("what is done has status, headers, body and latency; no body is undefined", () => {
  const trial = judge(answer(201, json, { etag: '"1"' }), asked, now);
  assert.ok(trial.kind === "done");
  const { status, headers, body, latencyMs } = trial.value;
  assert.deepEqual([status, headers.get("etag"), body, latencyMs], [201, '"1"', { message: "no good" }, 7]);
  const nothing = judge(answer(204, empty), asked, now);
  assert.ok(nothing.kind === "done" && nothing.value.body === undefined && nothing.value.status === 204);
});

test("a failure has the facts of its call, an answered one its status and fields", () => {
  const facts = { family: "digital", method: "POST", path: "/templates", requestId: "request-1" };
  assert.deepEqual(failure(lost(true)).call, facts);
  assert.deepEqual(failure(answer(400)).call, { ...facts, status: 400 });
  const errors: Body = { kind: "json", value: { message: "no", errors: [{ field: "name", message: "is taken" }] } };
  assert.deepEqual(failure(answer(422, errors)).call, {
    ...facts,
    status: 422,
    fieldErrors: [{ field: "name", message: "is taken" }],
  });
});

test("CXone's words stand after ours, without their last dots and without what was sent", () => {
  const saying = (message: string): string => failure(answer(400, { kind: "json", value: { message } })).message;
  assert.equal(saying("no good. . ."), "digital: POST /templates was answered 400: no good");
  assert.equal(saying(""), "digital: POST /templates was answered 400");
  assert.equal(saying("..."), "digital: POST /templates was answered 400");
  assert.doesNotMatch(saying("canary-value is no name"), /canary/);
  assert.equal(failure(answer(400, empty)).message, "digital: POST /templates was answered 400");
});

test("a limit says how long to wait, by seconds, by date, or roughly", () => {
  const hint = (headers: Readonly<Record<string, string>>): string => failure(answer(429, json, headers)).hint;
  assert.match(hint({ "retry-after": "90" }), /^Run again in 90 s;/);
  assert.match(hint({ "retry-after": "0" }), /^Run again in 1 s;/);
  assert.match(hint({ "retry-after": "Mon, 01 Jun 2026 09:00:30 GMT" }), /^Run again in 30 s;/);
  assert.match(hint({}), /^Run again in a few minutes;/);
  const trial = judge(answer(503, json, { "retry-after": "7" }), asked, now);
  assert.ok(trial.kind === "again");
  assert.deepEqual([trial.retryAfterMs, trial.reason], [7_000, "503"]);
  assert.match(failure(answer(503)).message, /was answered 503 at last: no good$/);
});

test("what may be tried again says why, and at its end how it was left", () => {
  const read = { isWrite: false };
  const trial = judge(lost(false), asked, now);
  assert.ok(trial.kind === "again" && trial.reason === "ECONNRESET");
  assert.match(failure(lost(false)).message, /could not be sent \(ECONNRESET\) at last$/);
  assert.match(failure(lost(false, true)).message, /could not be sent \(ECONNRESET\)$/);
  assert.match(failure(lost(true), read).message, /got no answer \(ECONNRESET\) at last$/);
  assert.match(failure(answer(500), read).message, /answered 500 at last$/);
  assert.match(failure(answer(200, page), read).message, /answered 200 with a body that is not JSON at last$/);
  assert.match(failure(answer(200, empty), read).message, /answered 200 with a body that is empty at last$/);
  assert.match(failure(lost(true)).message, /got no answer \(ECONNRESET\); it may have taken effect$/);
});

test("a 403 names the scopes of the challenge, else those of the message, else those that the call needs", () => {
  const said = (message: string, challenge?: string): string =>
    failure(
      answer(
        403,
        { kind: "json", value: { message } },
        challenge === undefined ? {} : { "www-authenticate": challenge },
      ),
    ).hint;
  const named = (hint: string): string => /the (scopes? .*?);/.exec(hint)?.[1] ?? hint;
  assert.equal(named(said("no", 'Bearer scope="a:read b:write"')), "scopes a:read, b:write");
  assert.equal(named(said("no", 'Bearer scope="canary-value"')), "scope templates:write");
  assert.equal(named(said("no", 'Bearer error="insufficient_scope"')), "scope templates:write");
  assert.equal(named(said("this wants contacts:read.")), "scope contacts:read");
  assert.equal(named(said("this wants contacts:read.:")), "scope contacts:read");
  assert.equal(named(said("templates:read, contacts:read: both.")), "scopes templates:read, contacts:read");
  assert.equal(named(said("xcontacts:read")), "scope templates:write");
});

test("a redirect is not followed, and what is no answer of the API says so", () => {
  assert.match(failure(answer(300)).message, /was answered 300, a redirect; redirects are never followed$/);
  assert.match(failure(answer(199)).message, /was answered 199, which is no answer of the API$/);
  assert.match(failure(answer(600)).message, /which is no answer of the API$/);
});

test("each failure says what to do", () => {
  assert.match(failure(lost(false)).hint, /^Check the network and apis\.digital\.baseUrl in cxform\.yaml/);
  assert.match(failure(answer(302)).hint, /^Check that apis\.digital in cxform\.yaml points to CXone's API/);
  assert.match(failure(lost(true)).hint, /^Run apply again: it reads back what happened/);
});

test("refused credentials name their variables and no value", () => {
  const refused = failure(answer(401));
  assert.match(refused.message, /answered 401 with a new token too; the credentials came from ID and SECRET$/);
  assert.match(refused.hint, /^Check that ID and SECRET hold/);
});
