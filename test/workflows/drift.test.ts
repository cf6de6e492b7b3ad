// The issue for drift: one for an environment, silent while nothing changes, closed and opened again.
import assert from "node:assert/strict";
import test from "node:test";
import { type Place, place, sms, template } from "./place.ts";

/** Answers what was written for people, by the calls that did it. */
async function followed(here: Place): Promise<readonly string[]> {
  const before = here.double.calls.length;
  const run = await here.followUp();
  for (const [name, { result }] of Object.entries(run.jobs)) assert.equal(result, "success", `${name}\n${run.log}`);
  return here.double.calls.slice(before).filter((call) => /^issues\/(?:create|update)/.test(call));
}

const opened = "issues/create 201";
const spoken = "issues/create-comment 201";
const edited = "issues/update 200";

test("drift has one issue: opened, spoken on when something else drifts, closed when it is gone, opened again", async (context) => {
  const here = await place(context);
  const { state } = here.double;
  const { world } = here.simulator;
  const pull = here.open({
    "templates/code.yaml": sms("your code is {{code}}"),
    "templates/parcel.yaml": template("your parcel left"),
  });
  await here.apply(here.merge(pull));
  here.now += 2 * 3_600_000;
  assert.deepEqual(
    (await followed(here)).filter((call) => call.startsWith("issues/create 2")),
    [],
  );
  const text = String(world.list("sms")[0]?.["content"]);
  const code = String(world.list("sms")[0]?.["id"]);
  const parcel = String(world.list("whatsapp")[0]?.["id"]);
  world.edit("sms", code, { content: "Edited by hand {{code}}. Reply STOP to opt out." });
  const words = (): readonly string[] =>
    state.comments.filter(({ item }) => item === state.issues[0]?.number).map(({ body }) => body.split("\n")[0] ?? "");

  here.double.fault("issues/create", { kind: "status", status: 403, message: "no issues here" });
  assert.deepEqual(await followed(here), ["issues/create 403"], "told as a warning; the follow-up has done its work");
  assert.deepEqual(await followed(here), [opened]);
  const [issue] = state.issues;
  assert.deepEqual(
    [state.issues.length, issue?.labels, issue?.title],
    [1, ["cxform-drift"], "CXone drift in production"],
  );
  assert.match(issue?.body ?? "", /### Changed in CXone\n\nDeclare the change if it should stay/);
  assert.match(issue?.body ?? "", /- `SmsTemplate\/code`: content of version 1 changed in CXone/);
  assert.match(issue?.body ?? "", /drift `sha256:[0-9a-f]{64}`/);
  assert.deepEqual(await followed(here), [], "the same drift");

  world.decide(parcel, "PAUSED", "LOW_QUALITY");
  here.double.fault("issues/update", { kind: "status", status: 502 }, 1);
  assert.deepEqual(await followed(here), [spoken, "issues/update 502"]);
  assert.deepEqual(await followed(here), [edited], "said once, although the description was late");
  assert.equal(state.issues.length, 1);
  assert.match(issue?.body ?? "", /### Stopped by CXone or Meta[\s\S]*parcel[\s\S]*### Changed in CXone[\s\S]*code/);
  assert.deepEqual(words(), ["What drifts has changed: the description has it as it is now."]);

  world.edit("sms", code, { content: text });
  world.decide(parcel, "APPROVED");
  assert.deepEqual(await followed(here), [spoken, edited]);
  assert.deepEqual([issue?.state, words().length], ["closed", 2]);
  assert.match(words()[1] ?? "", /CXone holds again what the manifests and the ledger say/);
  assert.deepEqual(await followed(here), []);

  world.edit("sms", code, { content: "Edited by hand {{code}}. Reply STOP to opt out." });
  assert.deepEqual(await followed(here), [spoken, edited]);
  assert.deepEqual([state.issues.length, issue?.state, words().length], [1, "open", 3]);
});

test("each environment has an issue of its own", async (context) => {
  const here = await place(context, {}, { environments: ["production", "staging"] });
  here.push({ "templates/parcel.yaml": template("your parcel left") });
  here.simulator.world.createTemplate({ name: "by_hand", language: "en_US", body: "Made at the console." });
  assert.deepEqual(await followed(here), [opened, opened]);
  assert.deepEqual(
    here.double.state.issues.map(({ title }) => title),
    ["CXone drift in production", "CXone drift in staging"],
  );
  assert.deepEqual(await followed(here), []);
});
