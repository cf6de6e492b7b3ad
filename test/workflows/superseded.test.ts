// A run of an old commit, after a newer one was applied: it ends well and does nothing, whenever and however it is started.
import assert from "node:assert/strict";
import test from "node:test";
import { ledgerOf } from "./ledger.ts";
import { batch, type Place, place, sms, template } from "./place.ts";

const file = "templates/whatsapp/parcel.yaml";

/** What CXone, the ledger's branch and the pull requests hold. */
const everything = ({ double, simulator }: Place): string =>
  JSON.stringify([
    simulator.world.list("whatsapp"),
    simulator.world.list("sms"),
    double.bare.resolve("refs/heads/cxform-ledger/production"),
    double.state.comments.map(({ item, body }) => [item, body]),
  ]);

test("an old run that was approved late, one whose failed jobs run again, and a whole old one do nothing", async (context) => {
  const here = await place(context);
  const old = here.merge(here.open({ [file]: template("your parcel left") }));
  here.approver = undefined;
  const failed = await here.apply(old);
  assert.equal(failed.jobs["apply-production"]?.result, "failure", failed.log);

  here.approver = "grace";
  const newer = here.merge(here.open({ "templates/sms/code.yaml": sms("your code is {{code}}") }));
  let between = "";
  const late = await here.apply(old, {
    before: async (job) => {
      // The older run waits for its approver while the newer one goes.
      if (job !== "approve-production") return;
      const run = await here.apply(newer);
      assert.equal(run.jobs["apply-production"]?.result, "success", run.log);
      between = everything(here);
    },
  });
  const words = new RegExp(`superseded, nothing done: ${newer.slice(0, 12)} has been applied`);
  assert.equal(late.jobs["approve-production"]?.result, "success", late.log);
  assert.equal(late.jobs["apply-production"]?.result, "success", late.log);
  const told = late.jobs["apply-production"]?.steps.find(({ name }) => name === "apply");
  assert.match(told?.stdout ?? "", words);
  assert.match(told?.summary ?? "", /Superseded, nothing done/);
  assert.equal(told?.outputs["superseded"], "true");
  assert.equal(everything(here), between);
  const claims = (await ledgerOf(here)).filter(({ phase }) => phase === "claim");
  assert.deepEqual([...new Set(claims.map(({ commit }) => commit))], [newer]);

  const again = await here.apply(old, { again: failed });
  assert.equal(again.jobs["apply-production"]?.result, "success", again.log);
  assert.match(again.log, words);
  assert.equal(everything(here), between);

  const whole = await here.apply(old, {
    before: (job) => assert.notEqual(job, "approve-production", "nobody is asked"),
  });
  assert.equal(whole.jobs["opt-outs-production"]?.result, "success", whole.log);
  assert.match(whole.jobs["opt-outs-production"]?.steps.map(({ stdout }) => stdout).join("") ?? "", words);
  assert.equal(whole.jobs["replan-production"]?.outputs["has-changes"], "false");
  assert.equal(whole.jobs["apply-production"]?.result, "skipped");
  assert.equal(everything(here), between);
});

test("a newer commit whose opt-outs alone went, and a settle at it, leave the older run its turn", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left") });
  const old = here.merge(pull);
  const files = { "preferences/may.yaml": batch(1, 0), "templates/sms/code.yaml": sms("your code is {{code}}") };
  const newer = here.merge(here.open(files));
  here.approver = undefined;
  const refused = await here.apply(newer);
  assert.equal(refused.jobs["apply-production"]?.result, "failure", refused.log);
  assert.equal(here.simulator.world.list("preferences").length, 1);
  here.approver = "grace";
  const run = await here.apply(old);
  assert.equal(run.jobs["apply-production"]?.result, "success", run.log);
  assert.doesNotMatch(run.log, /superseded/);
  assert.equal(here.simulator.world.list("whatsapp").length, 1);
  here.now += 2 * 3_600_000;
  await here.followUp();
  const claims = (await ledgerOf(here)).filter(({ phase }) => phase === "claim");
  assert.deepEqual(
    claims.map(({ action, commit }) => [action, commit]),
    [
      ["optOuts", newer],
      [undefined, old],
      ["settle", newer],
    ],
  );

  const later = await here.apply(newer);
  assert.equal(later.jobs["apply-production"]?.result, "success", later.log);
  const comment = here.comments(pull, "cxform:apply");
  assert.equal(comment.length, 1);
  const again = await here.apply(old, { again: run, redo: ["apply-production"] });
  assert.match(again.jobs["apply-production"]?.steps.find(({ name }) => name === "apply")?.stdout ?? "", /superseded/);
  assert.deepEqual(here.comments(pull, "cxform:apply"), comment, "what it said of the old commit stays");
});
