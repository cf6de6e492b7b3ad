// What stops an apply: everything that was not reviewed, and everything that only looks like a review. Each says why, and what to do.
import assert from "node:assert/strict";
import test from "node:test";
import { batch, type Place, place, sms, template } from "./place.ts";
import { type RunResult, withFile } from "./runner.ts";

const file = "templates/whatsapp/parcel.yaml";

/** The apply ended red with these words, and CXone holds no template. */
function stopped(run: RunResult, here: Place, words: readonly RegExp[]): void {
  assert.equal(run.jobs["apply-production"]?.result, "failure", run.log);
  for (const one of words) assert.match(run.log, one);
  assert.deepEqual(here.simulator.world.list("whatsapp"), []);
}

test("an environment that nobody protects is no approval; opt-outs go all the same", async (context) => {
  const here = await place(context);
  here.approver = undefined;
  const pull = here.open({ [file]: template("your parcel left"), "preferences/may.yaml": batch(1, 1) });
  const run = await here.apply(here.merge(pull));
  stopped(run, here, [/CX4006/, /nobody approved run \d+/, /production-approval required reviewers/]);
  assert.equal(here.simulator.world.list("preferences").length, 1);
});

test("the author's own approval is none", async (context) => {
  const here = await place(context);
  here.approver = "Ada";
  const run = await here.apply(here.merge(here.open({ [file]: template("your parcel left") })));
  stopped(run, here, [/CX4006/, /only the author ada has approved/, /Let somebody else approve/]);
});

test("a manifest changed after the review, a plan of another head and a forged comment let nothing pass", async (context) => {
  const here = await place(context, { protected: false });
  here.approver = undefined;
  const { state } = here.double;
  const pull = here.open({ [file]: template("your parcel left") });
  const forged = `<!-- cxform:plan -->\nApproved: sha256:${"0".repeat(64)}`;
  state.comments.push({
    id: 900,
    nodeId: "IC_900",
    item: pull.number,
    body: forged,
    login: "mallory",
    minimised: undefined,
    createdAt: "2026-11-20T09:00:00Z",
    updatedAt: "2026-11-20T09:00:00Z",
  });
  const planned = await here.plan(pull);
  assert.equal(planned.jobs["comment"]?.result, "success", planned.log);
  const comments = here.comments(pull, "cxform:plan");
  assert.equal(comments.length, 2);
  assert.ok(comments.includes(forged), "another's comment is left as it is");

  const changed = await here.apply(here.merge(pull, { [file]: template("your parcel was lost") }));
  stopped(changed, here, [
    /create WhatsAppTemplate\/parcel\/en_US: differs from what was reviewed/,
    /Run the workflow by hand/,
  ]);

  // The same plan under the right name, of a run on another head.
  for (const artifact of state.artifacts) Object.assign(artifact, { headSha: "b".repeat(40) });
  const other = await here.apply(here.main);
  stopped(other, here, [/CX7021/, /was made by a run of commit bbbbbbbbbbbb/, /let somebody else approve it/]);
});

test("a console edit after the review leaves what it touches, and the rest goes", async (context) => {
  const here = await place(context, { protected: false });
  here.approver = undefined;
  const { world } = here.simulator;
  const first = here.open({ "templates/sms/code.yaml": sms("your code is {{code}}") });
  await here.plan(first);
  const created = await here.apply(here.merge(first));
  assert.equal(created.jobs["apply-production"]?.result, "success", created.log);

  const second = here.open({
    "templates/sms/code.yaml": sms("here is your code {{code}}"),
    [file]: template("your parcel left"),
  });
  await here.plan(second);
  const [stored] = world.list("sms");
  world.edit("sms", String(stored?.["id"]), { content: "Edited by hand {{code}}. Reply STOP to opt out." });
  const run = await here.apply(here.merge(second));
  assert.equal(run.jobs["apply-production"]?.result, "failure", run.log);
  assert.match(run.log, /update SmsTemplate\/code: differs from what was reviewed/);
  assert.match(run.log, /Run the workflow by hand/);
  assert.equal(world.list("whatsapp").length, 1, "the step that is still the same went");
  assert.match(String(world.list("sms")[0]?.["content"]), /Edited by hand/);
});

test("a refusal is told on the merged pull request with its hint, and the run that is approved takes its place", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left") });
  const commit = here.merge(pull);
  here.approver = undefined;
  stopped(await here.apply(commit), here, [/CX4006/]);
  const [nobody, ...others] = here.comments(pull, "cxform:apply");
  assert.deepEqual(others, []);
  assert.match(nobody ?? "", /environment production is protected, and nobody approved run \d+/);
  assert.match(nobody ?? "", /production-approval required reviewers/);

  here.approver = "ada";
  stopped(await here.apply(commit), here, [/CX4006/]);
  const [author, ...more] = here.comments(pull, "cxform:apply");
  assert.deepEqual(more, []);
  assert.match(author ?? "", /only the author ada has approved run \d+[\s\S]*Let somebody else approve/);

  here.approver = "grace";
  const run = await here.apply(commit);
  assert.equal(run.jobs["apply-production"]?.result, "success", run.log);
  const [applied, ...again] = here.comments(pull, "cxform:apply");
  assert.deepEqual(again, []);
  assert.doesNotMatch(applied ?? "", /only the author|protected/);
});

test("a plan that is not the one the approver saw is refused, and the pull request says so", async (context) => {
  const here = await place(context);
  const pull = here.open({ [file]: template("your parcel left") });
  const run = await here.apply(here.merge(pull), {
    before: (job) => {
      if (job !== "apply-production") return;
      const artifact = here.double.state.artifacts.find(({ name }) => name.startsWith("cxform-plan-production"));
      assert.ok(artifact, "the replan has uploaded");
      Object.assign(artifact, { bytes: withFile(artifact.bytes, "plan.json", "{}") });
    },
  });
  stopped(run, here, [/CX7022/]);
  const [told = ""] = here.comments(pull, "cxform:apply");
  assert.match(told, /there is no plan of environment production[\s\S]*Run the whole workflow again/);
});

test("what nobody has reviewed is refused, and the pull request says why", async (context) => {
  const here = await place(context, { protected: false });
  const pull = here.open({ [file]: template("your parcel left") });
  here.approver = "ada";
  stopped(await here.apply(here.merge(pull)), here, [/CX7021/]);
  const [told = ""] = here.comments(pull, "cxform:apply");
  assert.match(told, /nobody has reviewed this plan[\s\S]*workflow_dispatch/);
});
