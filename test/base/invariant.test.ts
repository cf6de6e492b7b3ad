// Holds the third sort of wrong: a broken invariant is a Bug, never a failure of the world.
import assert from "node:assert/strict";
import test from "node:test";
import { Failure, Missing, StalePlan } from "../../src/base/failure.ts";
import { Bug, invariant, unreachable } from "../../src/base/invariant.ts";

test("an invariant that does not hold is a Bug with its message", () => {
  invariant(true, "holds");
  assert.throws(() => invariant(false, "the batch has no records"), {
    name: "Bug",
    message: "the batch has no records",
  });
  assert.throws(() => unreachable("sideways" as never), Bug);
});

test("a failure of the world carries its facts, its cause and a hint, and is no Bug", () => {
  const cause = new Error("socket closed");
  const call = { family: "messaging", method: "GET", path: "/api/v1/webhooks", status: 404 };
  const missing = new Missing("messaging holds no such webhook", call, { hint: "Plan again.", cause });
  assert.ok(missing instanceof Failure && !((missing as Error) instanceof Bug));
  assert.deepEqual([missing.name, missing.code, missing.hint], ["Missing", "CX5003", "Plan again."]);
  assert.equal(missing.cause, cause);
  assert.equal(missing.call, call);
  const stale = new StalePlan("the plan moved", ["SmsTemplate/otp"], "Review it again.");
  assert.deepEqual([stale.name, stale.code, stale.moved], ["StalePlan", "CX4001", ["SmsTemplate/otp"]]);
});
