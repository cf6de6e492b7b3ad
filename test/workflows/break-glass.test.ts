// An apply past its protection: what it may do, what the ledger keeps of it, and the issue that asks for a review.
import assert from "node:assert/strict";
import test from "node:test";
import { ledgerOf } from "./ledger.ts";
import { batch, place, sms, template } from "./place.ts";

const reason = "the sale ended early and the code must go";

test("broken glass retires and opts out, says why in the ledger, and asks for one review of each plan", async (context) => {
  const here = await place(context);
  const { state } = here.double;
  const { world } = here.simulator;
  await here.apply(here.merge(here.open({ "templates/code.yaml": sms("your code is {{code}}") })));
  assert.equal(world.list("sms")[0]?.["status"], "APPROVED");
  const change = here.open({
    "templates/code.yaml": null,
    "templates/parcel.yaml": template("your parcel left"),
    "preferences/may.yaml": batch(2, 1),
  });
  const commit = here.merge(change);

  // The first run is cut off before it changes anything: its claim is all that is left of it.
  here.cut = (request) => /^(?:POST|PATCH|PUT|DELETE) .*\/(?:messaging|preferences)\/(?!.*token)/.test(request);
  const first = await here.dispatch("ada", { "break-glass": reason });
  assert.deepEqual([state.issues.length, world.list("preferences").length], [0, 0], first.log);
  here.double.fault("issues/create-comment", { kind: "status", status: 502 });
  const second = await here.dispatch("grace", { "break-glass": `${reason}, again` });
  assert.equal(second.jobs["break-glass-production"]?.steps[1]?.outcome, "failure", "something was left");
  assert.match(second.log, /create WhatsAppTemplate\/parcel\/en_US: needs an approval/);
  assert.match(second.log, /that grace broke the glass in production was not told/);
  assert.equal(world.list("preferences").length, 2, second.log);
  assert.deepEqual(world.list("whatsapp"), []);
  assert.notEqual(world.list("sms")[0]?.["status"], "APPROVED");
  const claims = (await ledgerOf(here)).filter(({ action }) => action === "breakGlass");
  assert.deepEqual(
    claims.map((claim) => [claim.actor, claim.reason, claim.commit]),
    [
      ["ada", reason, commit],
      ["grace", `${reason}, again`, commit],
    ],
  );

  const [issue] = state.issues;
  assert.deepEqual([state.issues.length, issue?.labels], [1, ["cxform-review"]]);
  assert.match(issue?.body ?? "", /`ada` changed CXone in `production`/);
  assert.ok(issue?.body.includes(`The reason given: \`${reason}\``) && issue.body.includes(commit.slice(0, 12)));
  const spoken = (): readonly string[] =>
    state.comments.filter(({ item }) => item === issue?.number).map(({ body }) => body);
  assert.deepEqual(spoken(), []);
  await here.followUp();
  assert.equal(spoken().length, 1);
  assert.match(spoken()[0] ?? "", /The same plan went past the approval again\.[\s\S]*`grace`[\s\S]*, again/);
  assert.match(
    spoken()[0] ?? "",
    /- `SmsTemplate\/code` [\s\S]*- `PreferenceBatch\/may`|- `PreferenceBatch\/may`[\s\S]*- `SmsTemplate\/code`/,
  );
  const before = here.writes;
  await here.followUp();
  assert.deepEqual([here.writes, state.issues.length, spoken().length], [before, 1, 1]);
});
