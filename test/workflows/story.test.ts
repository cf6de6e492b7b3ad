// The whole story in one test: a pull request is planned, merged, approved, applied and settled by the workflows as a user has them.
import assert from "node:assert/strict";
import test from "node:test";
import { ledgerOf } from "./ledger.ts";
import { batch, place, template } from "./place.ts";

test("from pull request to merge to approval to apply to settle", async (context) => {
  const here = await place(context, {}, { isBundled: true });
  const { double, simulator } = here;
  const pull = here.open({
    "templates/whatsapp/parcel.yaml": template("your parcel left"),
    "preferences/may.yaml": batch(2, 1),
  });

  const planned = await here.plan(pull);
  for (const [job, { result }] of Object.entries(planned.jobs)) {
    const expected = ["offline", "queue"].includes(job) ? "skipped" : "success";
    assert.equal(result, expected, `${job}\n${planned.log}`);
  }
  const [comment, ...others] = here.comments(pull, "cxform:plan");
  assert.equal(others.length, 0);
  assert.match(comment ?? "", /2 people|2 opt-outs/);
  const digest = /sha256:[0-9a-f]{64}/.exec(planned.jobs["plan (production)"]?.steps[1]?.outputs["digest"] ?? "")?.[0];
  assert.ok(digest, "the plan has a digest");
  assert.deepEqual(
    double.state.statuses.map(({ context: name, state, sha }) => [name, state, sha]),
    [["cxform/plan", "success", pull.head]],
  );
  assert.equal(simulator.world.list("whatsapp").length, 0, "a plan writes nothing");

  const merged = here.merge(pull);
  const applied = await here.apply(merged, {
    before: (job) => {
      // The opt-outs are not at any gate: they are sent when the first person is asked.
      if (job === "approve-production") assert.equal(simulator.world.list("preferences").length, 2);
    },
  });
  for (const job of ["opt-outs-production", "replan-production", "approve-production", "apply-production"])
    assert.equal(applied.jobs[job]?.result, "success", `${job}\n${applied.log}`);
  assert.equal(applied.jobs["break-glass-production"]?.result, "skipped");
  assert.equal(simulator.world.list("whatsapp").length, 1);
  assert.equal(simulator.world.list("preferences").length, 3);
  const [first] = here.comments(pull, "cxform:apply");
  assert.match(first ?? "", /waiting/i);
  const claims = (await ledgerOf(here)).filter(({ phase }) => phase === "claim");
  assert.deepEqual(
    claims.map(({ operator, commit }) => [operator, commit]),
    [
      [undefined, merged],
      ["grace", merged],
    ],
  );
  assert.deepEqual(
    claims[1]?.approvals?.map(({ login }) => login),
    ["grace"],
  );

  here.now += 2 * 3_600_000;
  const followed = await here.followUp();
  assert.equal(followed.jobs["follow-up (production)"]?.result, "success", followed.log);
  const [second, ...more] = here.comments(pull, "cxform:apply");
  assert.equal(more.length, 0);
  assert.match(second ?? "", /all done/i);
  const decided = (await ledgerOf(here)).filter(({ action }) => action === "decided");
  assert.equal(decided[0]?.status, "active");

  const again = await here.followUp();
  assert.equal(again.jobs["follow-up (production)"]?.result, "success", again.log);
  assert.equal(double.state.issues.length, 0, "nothing drifts");
  assert.deepEqual(simulator.violations, []);
  // Kept beside the ledger, which might not have taken them; the second settle had nothing to keep.
  const kept = double.state.artifacts.map(({ name }) => name).filter((name) => name.startsWith("cxform-audit-"));
  assert.deepEqual(kept, [
    "cxform-audit-production-opt-outs-1",
    "cxform-audit-production-1",
    "cxform-audit-production-settle-1",
  ]);
  const logged = [planned.log, applied.log, followed.log, again.log].join("");
  const masked = [...logged.matchAll(/^::add-mask::(sim_[\w-]+)$/gm)].map(([, token]) => token);
  const given = Object.values(simulator.tokenCounts).reduce((sum, { requests }) => sum + requests, 0);
  assert.ok(given > 0);
  assert.equal(new Set(masked).size, given, "each token of CXone is hidden");
  const logs = logged.replace(/^::add-mask::.*$/gm, "");
  const everything = JSON.stringify([double.state.comments, double.state.statuses, logs, await ledgerOf(here)]);
  for (const secret of ["00000000-0000-4000-8000-0000000000", simulator.client.secret, "ghs_job", "sim_"])
    assert.ok(!everything.includes(secret), secret);
});
