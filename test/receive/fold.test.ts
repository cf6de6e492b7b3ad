// What events claim does not depend on their order or number, and reading them takes the documented fields alone.
import assert from "node:assert/strict";
import test from "node:test";
import type { Json } from "../../src/contract/json.ts";
import { readEvent } from "../../src/receive/event.ts";
import { type ClaimingEvent, foldClaims } from "../../src/receive/fold.ts";

const event = (id: string, at: number, status: string, subject = "tpl_1"): ClaimingEvent => ({
  id,
  at,
  status,
  subject,
});

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length === 0) yield [];
  for (const [at, item] of items.entries()) {
    for (const rest of permutations([...items.slice(0, at), ...items.slice(at + 1)])) yield [item, ...rest];
  }
}

test("all 720 orders of six events, each with a repetition, end in one state", () => {
  const events = [
    event("e1", 100, "PENDING"),
    event("e2", 200, "IN_REVIEW"),
    event("e3", 300, "REJECTED"),
    event("e4", 400, "APPROVED"),
    // The same second: the id decides.
    event("e5", 400, "PAUSED"),
    event("e6", 150, "APPROVED", "tpl_2"),
  ];
  let orders = 0;
  for (const order of permutations(events)) {
    const repeated = [...order, order[orders % 6] as ClaimingEvent];
    assert.deepEqual(foldClaims(repeated), [event("e5", 400, "PAUSED"), event("e6", 150, "APPROVED", "tpl_2")]);
    orders += 1;
  }
  assert.equal(orders, 720);
});

test("a copy with a later time does not make an event newer", () => {
  const first = event("e1", 100, "PENDING");
  const second = event("e2", 200, "APPROVED");
  const late = event("e1", 900, "PENDING");
  for (const order of permutations([first, second, late])) assert.deepEqual(foldClaims(order), [second]);
});

test("events are read by their documented fields", () => {
  const read = (route: Parameters<typeof readEvent>[0], body: Json) => readEvent(route, body);
  assert.deepEqual(read("cxone-template-status", { templateId: "t1", status: "REJECTED", rejectionReason: "x" }), {
    tenants: [],
    type: "template.status",
    wakes: "settle",
    claim: { subject: "t1", status: "REJECTED" },
  });
  const approved = { type: "template.approved", timestamp: "2026-06-01T09:00:00Z", data: { template_id: "s1" } };
  assert.deepEqual(read("cxone-events", approved), {
    tenants: [],
    type: "template.approved",
    wakes: "settle",
    claim: { subject: "s1", status: "APPROVED" },
    happenedAt: Date.parse("2026-06-01T09:00:00Z"),
  });
  assert.deepEqual(read("cms", { event: "entry.published", name: "order_confirmation" }), {
    tenants: [],
    type: "entry.published",
    wakes: "cms",
    name: "order_confirmation",
  });
});

test("what is no event of the contract has no consequence", () => {
  const bodies: readonly Json[] = [
    null,
    7,
    "text",
    [],
    {},
    { type: "constructor" },
    { type: "toString", data: {} },
    { templateId: { toString: 1 }, status: "APPROVED" },
    { templateId: "a\u0000b", status: "APPROVED" },
    { sessionId: "x".repeat(129), type: "session.created" },
    { sessionId: "s", type: "::set-output name=x::y" },
    JSON.parse('{"__proto__": {"type": "template.approved"}}') as Json,
  ];
  for (const body of bodies) {
    for (const route of ["cxone-template-status", "cxone-guest", "cxone-events"] as const) {
      const reading = readEvent(route, body);
      assert.equal(reading.wakes, undefined, JSON.stringify(body));
      assert.equal(reading.guest, undefined);
    }
  }
  assert.equal(readEvent("cms", { name: "$(curl evil)" }).name, undefined);
});

test("every tenant that an event names is told, and one that is no text is nobody's", () => {
  const body: Json = { tenant: "acme", data: { tenantId: 7, tenant: null } };
  assert.deepEqual(readEvent("cxone-events", body).tenants, ["acme", "7"]);
});
