// A run of an old commit, after a newer one was applied: it ends well and does nothing, whenever and however it is started.
import assert from "node:assert/strict";
import test from "node:test";
import { ledgerOf } from "./ledger.ts";
import { batch, type Place, place, sms, template } from "./place.ts";
import type { RunResult } from "./runner.ts";

const file = "templates/whatsapp/parcel.yaml";

/** What CXone, the ledger's branch and the pull requests hold. */
const everything = ({ double, simulator }: Place): string =>
  JSON.stringify([
    simulator.world.list("whatsapp"),
    simulator.world.list("sms"),
    double.bare.resolve("refs/heads/cxform-ledger/production"),
    double.state.comments.map(({ item, body }) => [item, body]),
  ]);

/** What the step of the action logged in a job. */
const saidBy = ({ jobs }: RunResult, job: string): string =>
  jobs[job]?.steps.find(({ name }) => name === "apply")?.stdout ?? "";

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
  assert.match(saidBy(whole, "opt-outs-production"), words);
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

test("a revert whose run had nothing to do supersedes what it reverts: the late approval sends and claims nothing", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left") });
  const old = here.merge(pull);
  let reverted = "";
  const late = await here.apply(old, {
    before: async (job) => {
      if (job !== "approve-production") return;
      reverted = here.merge(here.open({ [file]: null }));
      const run = await here.apply(reverted);
      assert.equal(run.jobs["replan-production"]?.outputs["has-changes"], "false", run.log);
      assert.equal(run.jobs["apply-production"]?.result, "skipped");
    },
  });
  assert.equal(late.jobs["apply-production"]?.result, "success", late.log);
  const told = late.jobs["apply-production"]?.steps.find(({ name }) => name === "apply");
  const words = new RegExp(`superseded, nothing done: run 2 has ended well at ${reverted.slice(0, 12)}`);
  assert.match(told?.stdout ?? "", words);
  assert.match(told?.summary ?? "", /Superseded, nothing done.*\/actions\/runs\/\d+/);
  assert.equal(told?.outputs["superseded"], "true");
  assert.deepEqual(here.simulator.world.list("whatsapp"), []);
  assert.equal(here.double.bare.resolve("refs/heads/cxform-ledger/production"), undefined, "nothing is claimed");
  assert.deepEqual(here.comments(pull, "cxform:apply"), []);

  const again = await here.apply(old, { again: late, redo: ["opt-outs-production", "replan-production"] });
  assert.match(saidBy(again, "opt-outs-production"), words, "nor does a part of it");
  assert.equal(again.jobs["replan-production"]?.outputs["needs-approval"], "false", "nobody is asked");
});

test("a newer run that failed, is under way, was started by hand or is of another line supersedes nothing", async (context) => {
  const here = await place(context);
  const old = here.merge(here.open({ [file]: template("your parcel left") }));
  const before = here.double.bare.git(["rev-parse", `${old}^`]).trim();
  const run = await here.apply(old, {
    before: (job) => {
      if (job !== "approve-production") return;
      const newer = here.merge(here.open({ "README.md": "words" }));
      const one = { attempt: 1, path: ".github/workflows/apply.yml", branch: "main", event: "push" } as const;
      const ended = { status: "completed", conclusion: "success" } as const;
      here.double.state.runs.push(
        { ...one, id: 9_001, number: 2, headSha: newer, status: "completed", conclusion: "failure" },
        { ...one, id: 9_002, number: 3, headSha: newer, status: "in_progress", conclusion: null },
        { ...one, ...ended, id: 9_003, number: 4, headSha: newer, event: "workflow_dispatch" },
        { ...one, ...ended, id: 9_004, number: 5, headSha: newer, branch: "topic" },
        { ...one, ...ended, id: 9_005, number: 6, headSha: newer, path: ".github/workflows/plan.yml" },
        { ...one, ...ended, id: 9_006, number: 7, headSha: before },
        { ...one, ...ended, id: 9_007, number: 0, headSha: newer },
      );
    },
  });
  assert.equal(run.jobs["apply-production"]?.result, "success", run.log);
  assert.doesNotMatch(run.log, /superseded/);
  assert.equal(here.simulator.world.list("whatsapp").length, 1);
});

test("where GitHub does not tell of newer runs, opt-outs go and the rest waits for an answer", async (context) => {
  const here = await place(context);
  const files = { [file]: template("your parcel left"), "preferences/may.yaml": batch(1, 0) };
  const old = here.merge(here.open(files));
  here.double.fault("actions/list-workflow-runs", { kind: "status", status: 403 }, 2);
  const run = await here.apply(old);
  assert.equal(run.jobs["opt-outs-production"]?.result, "success", run.log);
  assert.equal(here.simulator.world.list("preferences").length, 1);
  assert.equal(run.jobs["replan-production"]?.result, "failure", run.log);
  assert.match(run.log, /actions: read/);
  assert.deepEqual(here.simulator.world.list("whatsapp"), []);
});
