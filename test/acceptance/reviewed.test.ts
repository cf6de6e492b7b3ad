// That nothing is done which was not reviewed: digests, plan files, guards, ownership.
import assert from "node:assert/strict";
import { NotAllowed, StalePlan } from "../../src/base/failure.ts";
import { sealed } from "../../src/library/review.ts";
import { a2p, batch, digital, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { type Project, scenario, stepLine } from "./project.ts";

const isRefusal = (error: unknown) => error instanceof StalePlan || error instanceof NotAllowed;
const text = (plan: unknown) => JSON.stringify(plan, null, 2);
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, reversed(inner)]),
        )
      : value;

async function refuses(project: Project, planText: string, why: string): Promise<void> {
  await assert.rejects(project.apply({ planText }), isRefusal, why);
  assert.deepEqual(project.writes, [], why);
}

scenario("two plans of one state have one digest, whatever the order of files and of keys", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  const all = [
    whatsapp("order", "one text of an order", { header: "Order", footer: "Acme" }),
    sms("otp"),
    webhook("decisions"),
    digital("booking", "Hello {{customer.name}}, welcome."),
    batch("may", [optOut(1)]),
  ];
  project.put(...all);
  const first = await project.plan();
  project.later(3_600_000);
  const second = await project.plan();
  project.drop(...all);
  project.file(
    "manifests/zz/a.yaml",
    all
      .map((each) => JSON.stringify(reversed(each)))
      .reverse()
      .join("\n---\n"),
  );
  const third = await project.plan();
  assert.equal(second.digest, first.digest);
  assert.equal(third.digest, first.digest);
  assert.notDeepEqual(
    third.steps.map((step) => step.source?.file),
    first.steps.map((step) => step.source?.file),
  );
  await project.applied(0, { expectDigest: first.digest });
});

scenario("a plan file is performed when nothing has moved", {}, async (project) => {
  project.put(whatsapp("order", "one text of an order"), sms("otp"));
  const made = await project.plan();
  project.later(3_600_000);
  const done = await project.applied(0, { planText: text(made) });
  assert.equal(done.digest, made.digest);
  assert.equal(done.outcomes.length, 2);
});

scenario(
  "a plan file is refused after any change that alters a step, and --partial performs the same steps and leaves the rest",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "one text of an order"), whatsapp("other", "another text of an order"));
    const made = text(await project.plan());
    project.put(whatsapp("other", "yet another text of an order"));
    await refuses(project, made, "a changed manifest");
    const more = whatsapp("third", "a third text of an order");
    project.put(more);
    await refuses(project, made, "a changed and an added manifest");
    const done = await project.applied(3, { planText: made, partial: true });
    assert.deepEqual(
      done.outcomes.map((each) => each.address),
      ["WhatsAppTemplate/order/en_US"],
    );
    assert.ok(done.left.length >= 2);
    assert.deepEqual(
      project.double.whatsapp.map((each) => each.name),
      ["order"],
    );
    await refuses(project, made, "steps that were performed meanwhile");
    await project.applied(0);
  },
);

scenario(
  "a step that is withheld is left with what comes after it, settle does not finish it, and a later apply does",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "one text of an order"), sms("otp"), a2p("otp", "otp"));
    const withhold = ({ address }: { readonly address: string }) =>
      address === "SmsTemplate/otp" ? "nobody who owns it has approved" : undefined;
    const done = await project.applied(3, { planText: text(await project.plan()), partial: true, withhold });
    assert.deepEqual(
      done.outcomes.map((each) => each.address),
      ["WhatsAppTemplate/order/en_US"],
    );
    assert.deepEqual(done.left, [
      "create SmsTemplate/otp: nobody who owns it has approved",
      "create A2pRegistration/otp: comes after SmsTemplate/otp, which is left",
    ]);
    await project.settle();
    assert.deepEqual(project.double.sms, []);
    await project.applied(0);
    assert.equal(project.double.sms.length, 1);
  },
);

scenario("a plan file is refused when CXone moved: a template edited in the console since", {}, async (project) => {
  project.put(sms("otp"));
  await project.applied(0);
  project.put(sms("otp", { content: "Acme: here is your code {{code}}. Reply STOP to opt out." }));
  const made = text(await project.plan());
  const [stored] = project.double.sms;
  assert.ok(stored);
  stored.content = "Edited by hand {{code}}. Reply STOP to opt out.";
  stored.revision += 1;
  await refuses(project, made, "the revision moved");
  await project.applied(0);
});

scenario("a plan file in which any character that is read was altered is refused", {}, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  const made = text(sealed(await project.plan()));
  // Between its tokens JSON takes white space; every 41st character, and all of what only a reviewer reads.
  const [words, seal] = ['"changes"', '"seal"'].map((key) => made.indexOf(key)) as [number, number];
  const isRead = (at: number): boolean => /\S/.test(made[at] ?? "") && (at < seal || at > seal + '"seal": '.length);
  const isChosen = (at: number): boolean => at % 41 === 3 || (at > words && at < words + 200);
  const places = [...made].map((_, at) => at).filter((at) => isRead(at) && isChosen(at));
  for (const at of places) {
    const flipped = made.slice(0, at) + (made[at] === "x" ? "y" : "x") + made.slice(at + 1);
    await refuses(project, flipped, `character ${at}`);
  }
  assert.ok(places.length > 150, `${places.length}`);
  await project.applied(0, { planText: made });
});

scenario("a plan without its seal is held against its digests alone", {}, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  const made = text(await project.plan());
  const { digest } = JSON.parse(made) as { digest: string };
  for (let at = 3; at < made.length; at += 41) {
    const other = made[at] === "x" ? "y" : "x";
    const flipped = made.slice(0, at) + other + made.slice(at + 1);
    const before = project.double.whatsapp.length;
    try {
      const done = await project.apply({ planText: flipped, confirm: async () => false });
      assert.equal(done.digest, digest, `character ${at}`);
    } catch (error) {
      assert.ok(isRefusal(error), `character ${at}: ${String(error)}`);
    }
    assert.equal(project.double.whatsapp.length, before);
  }
  await project.applied(0);
});

scenario("an expected digest other than the plan's is refused, exit 3", {}, async (project) => {
  project.put(whatsapp("order", "one text of an order"));
  await assert.rejects(project.apply({ expectDigest: `sha256:${"0".repeat(64)}` }), StalePlan);
  assert.deepEqual(project.writes, []);
  await project.applied(0);
});

scenario(
  "retiring 8 of 12 templates is refused with all numbers, and goes with the acknowledged digest",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    const all = Array.from({ length: 12 }, (_, index) => whatsapp(`order_${index}`, `text ${index} of an order`));
    project.put(...all);
    await project.applied(0);
    project.drop(...all.slice(0, 8));
    const made = await project.plan();
    assert.equal(made.steps.length, 8, "steps stay in the plan when a guard refuses them");
    const guard = made.diagnostics.find(
      (diagnostic) => diagnostic.code.startsWith("CX4") && diagnostic.severity === "error",
    );
    assert.ok(guard);
    for (const number of ["8", "12", "5", "30"])
      assert.match(guard.message, new RegExp(`\\b${number}\\b`), guard.message);
    await assert.rejects(project.apply(), NotAllowed);
    assert.deepEqual(project.writes, []);
    await assert.rejects(project.apply({ acknowledge: `sha256:${"0".repeat(64)}` }), NotAllowed);
    assert.deepEqual(project.writes, []);
    await project.applied(0, { acknowledge: made.digest });
    assert.equal(project.double.whatsapp.filter((each) => each.status === "DEPRECATED").length, 8);
  },
);

scenario("five of twelve go without a word, and a predecessor counts for nothing", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  const all = Array.from({ length: 12 }, (_, index) => whatsapp(`order_${index}`, `text ${index} of an order`));
  project.put(...all);
  await project.applied(0);
  project.drop(...all.slice(0, 5));
  project.put(...all.slice(5).map((each, index) => whatsapp(each.metadata.name, `new text ${index} of an order`)));
  await project.applied(0);
  await project.applied(0);
  assert.equal(project.double.whatsapp.filter((each) => each.status === "DEPRECATED").length, 12);
});

scenario(
  "a template made in the console is reported as unmanaged and never touched",
  { environment: { ignoreUnmanaged: ["WhatsAppTemplate/legacy_*"] } },
  async (project) => {
    const made = (name: string) => ({
      id: `console-${name}`,
      name,
      channel: "whatsapp",
      language: "en_US",
      category: "UTILITY",
      body: `by hand ${name}`,
      header: null,
      footer: null,
      buttons: [],
      examples: {},
      status: "APPROVED",
      rejectionReason: null,
      createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z",
      wasApproved: true,
    });
    project.double.whatsapp.push(made("by_hand"), made("legacy_one"));
    project.put(whatsapp("order", "one text of an order"));
    const done = await project.applied(0);
    assert.deepEqual(
      done.plan.unmanaged.map((row) => row.remoteId),
      ["console-by_hand"],
    );
    assert.deepEqual(project.writes, ["POST /api/v2/omnichannel/messaging/templates"]);
  },
);

scenario(
  "an object of the same name and other content is blocked as unowned, exit 3, and taken over with adopt",
  {},
  async (project) => {
    const template = whatsapp("order", "one text of an order");
    project.double.whatsapp.push({
      id: "console-1",
      name: "order",
      channel: "whatsapp",
      language: "en_US",
      category: "UTILITY",
      body: "Somebody wrote this by hand.",
      header: null,
      footer: null,
      buttons: [],
      examples: {},
      status: "APPROVED",
      rejectionReason: null,
      createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z",
      wasApproved: true,
    });
    project.put(template);
    const blocked = await project.applied(3);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      blocked.plan.blocked.map((row) => [row.address, row.by, row.remoteId]),
      [["WhatsAppTemplate/order/en_US", "unowned", "console-1"]],
    );
    await project.applied(0, { adopt: ["WhatsAppTemplate/order/en_US"] });
    await project.applied(0);
    project.double.approve("order_v2");
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(
      project.double.whatsapp.map((each) => `${each.name} ${each.status}`),
      ["order DEPRECATED", "order_v2 APPROVED"],
    );
  },
);

scenario("an object of the same content is an adopt step that writes nothing", {}, async (project) => {
  const template = whatsapp("order", "one text of an order");
  const { body, category, examples } = template.spec as unknown as Record<string, unknown>;
  project.double.whatsapp.push({
    id: "console-1",
    name: "order",
    channel: "whatsapp",
    language: "en_US",
    category,
    body,
    header: null,
    footer: null,
    buttons: [],
    examples,
    status: "APPROVED",
    rejectionReason: null,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    wasApproved: true,
  });
  project.put(template);
  const done = await project.applied(0);
  assert.deepEqual(done.plan.steps.map(stepLine), ["adopt WhatsAppTemplate/order/en_US"]);
  assert.deepEqual(project.writes, []);
  assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active"]);
});

scenario(
  "a readOnly environment plans and refuses to apply, exit 3",
  { environment: { readOnly: true }, isOpenEnded: true },
  async (project) => {
    project.put(whatsapp("order", "one text of an order"));
    assert.equal((await project.plan()).steps.length, 1);
    await assert.rejects(project.apply(), NotAllowed);
    assert.deepEqual(project.writes, []);
  },
);
