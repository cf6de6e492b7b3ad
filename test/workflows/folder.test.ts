// A project in a folder of its repository, and files with owners: from the pull request to what is applied, with paths as the repository has them.
import assert from "node:assert/strict";
import test from "node:test";
import { ledgerOf } from "./ledger.ts";
import { place, sms, template } from "./place.ts";
import { artifactText } from "./runner.ts";

const parcel = "messaging/templates/whatsapp/parcel.yaml";
const code = "messaging/templates/sms/code.yaml";

test("a project in messaging/ is planned with links, annotations and owners of the repository's paths, and applied by its owner's word", async (context) => {
  const here = await place(context, {}, { folder: "messaging" });
  const { double, simulator } = here;
  here.push({ ".github/CODEOWNERS": "/templates/ @nobody\n/messaging/templates/whatsapp/ @grace\n" });
  const pull = here.open({ [parcel]: template("your parcel left") });
  const planned = await here.plan(pull);
  for (const job of ["validate", "plan (production)", "comment", "cxform"])
    assert.equal(planned.jobs[job]?.result, "success", `${job}\n${planned.log}`);
  const [comment = ""] = here.comments(pull, "cxform:plan");
  assert.match(comment, new RegExp(`/blob/${pull.head}/${parcel}`), "links name the file where the repository has it");
  assert.match(comment, /grace/);
  assert.doesNotMatch(comment, /nobody/);
  const artifact = double.state.artifacts.find(({ name }) => name === `cxform-plan-production-${pull.head}`);
  assert.ok(artifact, "the artifact is named as ever");
  const plan = JSON.parse(artifactText(artifact.bytes, "plan.json"));
  assert.equal(plan.steps[0].source.file, "templates/whatsapp/parcel.yaml", "a plan is of the project");

  const merged = here.merge(pull);
  const applied = await here.apply(merged);
  assert.equal(applied.jobs["apply-production"]?.result, "success", applied.log);
  assert.equal(simulator.world.list("whatsapp").length, 1);
  const claim = (await ledgerOf(here)).findLast(({ phase }) => phase === "claim");
  assert.deepEqual([claim?.commit, claim?.operator], [merged, "grace"]);
  assert.equal(here.comments(pull, "cxform:apply").length, 1);
});

test("in messaging/ the base's config is the policy, and what is wrong is annotated where the repository has it", async (context) => {
  const here = await place(context, {}, { folder: "messaging" });
  const pull = here.open({
    "messaging/cxform.yaml": here.config({ protected: false }),
    [parcel]: template("your parcel left").replace("category: UTILITY", "category: LETTERS"),
  });
  const planned = await here.plan(pull);
  assert.equal(planned.jobs["validate"]?.result, "failure", planned.log);
  assert.match(planned.log, new RegExp(`::error file=${parcel},line=\\d+`));
  const [comment = ""] = here.comments(pull, "cxform:plan");
  assert.match(comment, /protected/, "the change of the policy is told");
});

test("a step whose file has an owner that has not approved is left, with file and owner; the others go, and it follows with the owner's word", async (context) => {
  const here = await place(context, {}, { folder: "messaging" });
  const { simulator } = here;
  here.push({ ".github/CODEOWNERS": "/messaging/templates/sms/ @olga\n/messaging/templates/whatsapp/ @grace\n" });
  const pull = here.open({ [parcel]: template("your parcel left"), [code]: sms("your code is {{code}}") });
  const run = await here.apply(here.merge(pull));
  assert.equal(run.jobs["apply-production"]?.result, "failure", run.log);
  assert.match(run.log, /create SmsTemplate\/code: .*messaging\/templates\/sms\/code\.yaml.*@olga/);
  assert.equal(simulator.world.list("sms").length, 0);
  assert.equal(simulator.world.list("whatsapp").length, 1, "what its owner approved went");
  const [comment = ""] = here.comments(pull, "cxform:apply");
  assert.match(comment, /@olga|olga/);

  // Olga reviews late; a run of the same commit asks GitHub anew.
  pull.reviews.push({ login: "olga", state: "APPROVED", submittedAt: "2026-11-20T10:00:00Z", commit: pull.head });
  const again = await here.apply(here.main);
  assert.equal(again.jobs["apply-production"]?.result, "success", again.log);
  assert.equal(simulator.world.list("sms").length, 1);
});
