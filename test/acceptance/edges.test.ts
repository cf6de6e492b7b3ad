// Edges between two runs: renames of the other kinds, people in the console, late requests, narrowed plans.
import assert from "node:assert/strict";
import { NotFound } from "../../src/library/address-query.ts";
import { a2p, batch, digital, optIn, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { rows, scenario, stepLine } from "./project.ts";

for (const [name, before, after] of [
  [
    "digital template",
    digital("booking", "Hello {{customer.name}}, welcome."),
    digital("visit", "Hello {{customer.name}}, welcome."),
  ],
  ["SMS template", sms("otp"), sms("code")],
] as const)
  scenario(`a ${name} renamed without renamedFrom is blocked on both sides, exit 3`, {}, async (project) => {
    project.put(before);
    await project.applied(0);
    project.drop(before);
    project.put(after);
    const done = await project.applied(3);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      done.plan.blocked.map((row) => row.by),
      ["rename", "rename"],
      rows(done.plan),
    );
  });

scenario(
  "an SMS template renamed with renamedFrom is replaced: the old one goes once the new one is approved",
  {},
  async (project) => {
    project.put(sms("otp"));
    await project.applied(0);
    project.drop(sms("otp"));
    project.put(
      sms("code", { content: "Acme: here is your code {{code}}. Reply STOP to opt out." }, { renamedFrom: "otp" }),
    );
    project.double.watchers.push(() => {
      if (!project.double.sms.some((each) => each.status === "APPROVED"))
        project.double.wrongs.push("no approved SMS template");
    });
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(
      project.double.sms.map((each) => `${each.name} ${each.status}`),
      ["otp DEPRECATED", "code APPROVED"],
    );
  },
);

scenario(
  "a digital template renamed with renamedFrom keeps the old one until the new one is active",
  {},
  async (project) => {
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    await project.applied(0);
    project.double.watchers.push(() => {
      if (!project.double.digital.some((each) => each.status === "ACTIVE"))
        project.double.wrongs.push("no active digital template");
    });
    project.drop(digital("booking", "Hello {{customer.name}}, welcome."));
    project.put(digital("visit", "Hello {{customer.name}}, welcome.", {}, { renamedFrom: "booking" }));
    project.double.knobs.jobs = "RUNNING";
    await project.applied(0);
    assert.deepEqual(
      project.double.digital.map((each) => each.status),
      ["ACTIVE"],
    );
    project.double.knobs.jobs = "COMPLETED";
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(
      project.double.digital.map((each) => `${each.templateId} ${each.status}`),
      ["booking.en-US DEPRECATED", "visit.en-US ACTIVE"],
    );
  },
);

scenario("an approval taken back between the plan and the retirement keeps the old version", {}, async (project) => {
  project.put(whatsapp("order", "the first text of an order"));
  await project.applied(0);
  project.double.approve("order");
  await project.applied(0);
  project.put(whatsapp("order", "the second text of an order"));
  await project.applied(0);
  project.double.approve("order_v2");
  project.double.pause = async (phase, method, path) => {
    // CXone answers the list that the plan is made from; Meta pauses the new version right after it.
    if (phase === "executed" && method === "GET" && path.endsWith("/templates"))
      project.double.decide("order_v2", "PAUSED");
  };
  await project.apply();
  assert.equal(
    project.double.whatsapp.find((each) => each.name === "order")?.status,
    "APPROVED",
    "the last approved version was retired",
  );
  project.double.pause = null;
  project.double.approve("order_v2");
  await project.applied(0);
  assert.deepEqual(
    project.double.whatsapp.map((each) => `${each.name} ${each.status}`),
    ["order DEPRECATED", "order_v2 APPROVED"],
  );
});

scenario(
  "what is retired by hand in the console is reactivated as a step, and drift in a console edit is taken back",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(
      whatsapp("order", "text of an order"),
      sms("otp"),
      webhook("decisions"),
      digital("booking", "Hello {{customer.name}}, welcome."),
    );
    await project.applied(0);
    project.double.decide("order", "DEPRECATED");
    Object.assign(project.double.digital[0] ?? {}, { status: "DEPRECATED" });
    Object.assign(project.double.sms[0] ?? {}, { content: "by hand {{code}}. Reply STOP to opt out.", revision: 9 });
    Object.assign(project.double.webhooks[0] ?? {}, { events: [] });
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine).sort(), [
      "reactivate DigitalTemplate/booking/en-US",
      "reactivate WhatsAppTemplate/order/en_US",
      "update SmsTemplate/otp",
      "update WebhookSubscription/decisions",
    ]);
    await project.applied(0);
    assert.equal(project.double.whatsapp.length, 1);
  },
);

scenario("a pattern that selects nothing is told, with what may have been meant", {}, async (project) => {
  project.put(whatsapp("order", "text of an order"));
  for (const [options, message] of [
    [{ only: ["WhatsAppTemplate/ordr/en"] }, /^neither a manifest nor the ledger has WhatsAppTemplate\/ordr/],
    [{ adopt: ["WhatsAppTemplate/ordr/en"] }, /^no manifest declares WhatsAppTemplate\/ordr/],
  ] as const)
    await assert.rejects(project.plan(options), (error) => {
      assert.ok(error instanceof NotFound);
      assert.match(error.message, message);
      assert.match(error.hint, /Did you mean WhatsAppTemplate\/order\/en/);
      return true;
    });
  await project.applied(0);
});

scenario("plans narrowed by only leave the rest alone, and references are not pulled in", {}, async (project) => {
  project.put(sms("otp"), a2p("otp", "otp"), whatsapp("order", "text of an order"), batch("may", [optOut(1)]));
  await project.applied(0, { only: ["WhatsAppTemplate/*"] });
  assert.deepEqual(project.writes, ["POST /api/v2/omnichannel/messaging/templates"]);
  assert.deepEqual(
    project.double.exchanges.filter((each) => each.family !== "omnichannel"),
    [],
  );
  const alone = await project.apply({ only: ["A2pRegistration/otp"] });
  assert.deepEqual(project.writes, []);
  assert.equal(alone.exit, 3, rows(alone.plan));
  await project.applied(0);
});

scenario("a removed template that comes back is reactivated and keeps its number", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  const order = whatsapp("order", "text of an order");
  project.put(order, whatsapp("other", "another text"));
  await project.applied(0);
  project.drop(order);
  await project.applied(0);
  project.put(order);
  await project.applied(0);
  assert.equal(project.double.whatsapp.length, 2);
  assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active"]);
});

scenario("a removed SMS template and a removed subscription that come back are there once", {}, async (project) => {
  const both = [sms("otp"), webhook("decisions")];
  project.put(...both);
  await project.applied(0);
  project.drop(...both);
  await project.applied(0);
  project.put(...both);
  await project.applied(0);
  assert.deepEqual(
    project.double.sms.map((each) => each.status),
    ["APPROVED"],
  );
  assert.equal(project.double.webhooks.length, 1);
});

scenario(
  "an answer that says an opt-out is an opt-in does not count as its confirmation",
  { isOpenEnded: true },
  async (project) => {
    project.double.knobs.contradicts = true;
    project.put(batch("may", [optOut(1), optIn(2)]));
    const done = await project.apply();
    assert.ok(done.exit === 4 || done.exit === 5, `exit ${done.exit}`);
    project.double.knobs.contradicts = false;
    // Under the same key CXone repeats its answer for 24 h: CXONE-API §7.
    project.later(86_400_000);
    project.double.batches.clear();
    await project.applied(0);
    await project.isSettled();
  },
);

scenario("a category that Meta changes is reported and never fixed in silence", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  project.put(whatsapp("order", "text of an order"));
  await project.applied(0);
  Object.assign(project.double.whatsapp[0] ?? {}, { category: "MARKETING" });
  project.mark();
  const made = await project.plan();
  assert.deepEqual(made.steps.map(stepLine), []);
  assert.match(JSON.stringify(made), /MARKETING/);
});

scenario(
  "unknown fields in answers are ignored, a missing required one names family, path and field",
  { isOpenEnded: true },
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "text of an order"));
    await project.applied(0);
    const [template] = project.double.whatsapp;
    assert.ok(template);
    Object.assign(template, { isAdmin: true, __proto: 1 });
    await project.isSettled();
    Object.assign(template, { name: undefined });
    await assert.rejects(project.plan(), (error) => {
      assert.match(String(error), /omnichannel/);
      assert.match(String(error), /templates/);
      assert.match(String(error), /name/);
      return true;
    });
  },
);
