// Which guarantee a creation has, by the kind and what its tenant can do, and that a plan says where it is only "at least once".

import assert from "node:assert/strict";
import test from "node:test";
import type { Capabilities } from "../../src/contract/api.ts";
import { kinds } from "../../src/kinds/kinds.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import { guaranteeOf } from "../../src/plan/guarantee.ts";
import { without } from "../_world/capabilities.ts";
import { declare, scene, sms, specs, stands, told, webhook } from "./scene.ts";

const { code, hook } = specs;
const of = (name: string, capabilities: Capabilities): string => {
  const kind = kinds.find((one) => one.name === name);
  assert.ok(kind !== undefined);
  const { holds, why } = guaranteeOf(kind, capabilities);
  return `${holds}: ${why}`;
};

test("where CXone honours keys everything is created at most once, with lists and without", () => {
  for (const { name } of kinds)
    for (const capabilities of [without(), without("list")])
      assert.equal(of(name, capabilities), "at most once: CXone honours the idempotency key", name);
});

test("without keys it hangs on what CXone makes of a second copy, and on whether a first one is looked for and waited out", () => {
  const refused = /^at most once: CXone refuses what it holds already$/;
  const same = /^at most once: the same content a second time changes nothing$/;
  const table: readonly (readonly [string, RegExp, RegExp])[] = [
    ["WhatsAppTemplate", refused, refused],
    ["DigitalTemplate", same, same],
    ["SmsTemplate", refused, refused],
    ["A2pRegistration", refused, refused],
    [
      "WebhookSubscription",
      /^at least once: .* is looked for before it is sent again, and makes a second one where it arrives after that$/,
      /^at least once: nothing shows whether a lost request has arrived/,
    ],
    ["GuestSession", /^at most once: .* waits 30s .* looks for it again/, /^at most once: .* waits 30s/],
    ["PreferenceBatch", same, same],
  ];
  assert.deepEqual(table.map(([name]) => name).sort(), kinds.map(({ name }) => name).sort());
  for (const [name, listed, unlisted] of table) {
    assert.match(of(name, without("idempotencyKeys")), listed, name);
    assert.match(of(name, without("idempotencyKeys", "list")), unlisted, name);
  }
});

test("a session whose lost request has no life to be waited out is sent at least once", () => {
  const hasty = { ...without("idempotencyKeys"), requestLifeMs: 0 };
  assert.match(of("GuestSession", hasty), /^at least once: /);
});

test("a plan warns of each creation that is only at least once, at its manifest, and of nothing else", () => {
  const input = { capabilities: () => without("idempotencyKeys", "list") };
  const declared = [declare(sms, "otp", code), declare(webhook, "decisions", hook)];
  const { plan } = makePlan(scene({ declared, input }));
  assert.equal(plan.steps.length, 2);
  const [warning, ...others] = plan.diagnostics.filter((one) => one.code === "CX4043");
  assert.deepEqual(others, []);
  assert.deepEqual([warning?.severity, warning?.address], ["warning", "WebhookSubscription/decisions"]);
  assert.equal(warning?.file, declared[1]?.source.file);
  assert.match(warning?.message ?? "", /^WebhookSubscription\/decisions is created at least once: nothing shows/);
  const standing = [stands(webhook, "decisions", { version: 1, spec: hook, status: "active" })];
  const rotated = declare(webhook, "decisions", { ...hook, secret: { ...hook.secret, rotation: 2 } });
  const update = makePlan(scene({ declared: [rotated], standing, input })).plan;
  assert.deepEqual(told(update), ["update WebhookSubscription/decisions 1→2"]);
  assert.deepEqual(update.diagnostics, [], "a change that is sent twice changes nothing more");
  assert.deepEqual(makePlan(scene({ declared })).plan.diagnostics, [], "keys are honoured");
});
