// SMS templates, their A2P registrations and webhook subscriptions over many applies.
import assert from "node:assert/strict";
import { a2p, sms, webhook } from "./manifests.ts";
import { line, type Project, rows, scenario, stepLine } from "./project.ts";

const templates = "/api/v1/messaging/templates";
const changed = "Acme: here is your code {{code}}. Reply STOP to opt out.";
const calls = (project: Project) => project.requests.filter((each) => !each.token).map(line);
const writesOf = (project: Project) => project.requests.filter((each) => !each.token && each.method !== "GET");

scenario(
  "a new SMS template is POSTed, read, and PUT with its ETag, after the webhook subscription that shall report it and before its registration",
  {},
  async (project) => {
    project.put(a2p("aa", "otp"), sms("otp"), webhook("zz"));
    await project.applied(0);
    const [stored] = project.double.sms;
    assert.ok(stored);
    const writes = [
      "POST /api/v1/webhooks",
      `POST ${templates}`,
      `PUT ${templates}/${stored.id}`,
      "POST /api/v1/a2p/registrations",
    ];
    assert.deepEqual([...project.writes].sort(), [...writes].sort());
    const at = (call: string) => calls(project).indexOf(call);
    assert.ok(
      at("POST /api/v1/webhooks") < at(`PUT ${templates}/${stored.id}`),
      "the subscription comes after the approval",
    );
    assert.ok(at(`POST ${templates}`) < at(`GET ${templates}/${stored.id}`), "the ETag was not read");
    assert.ok(
      at(`GET ${templates}/${stored.id}`) < at(`PUT ${templates}/${stored.id}`),
      "the ETag was not read before the approval",
    );
    const put = project.requests.find((each) => each.method === "PUT");
    assert.equal(put?.headers["if-match"], '"rev-1"');
    assert.equal(stored.status, "APPROVED");
    const readBack = calls(project).lastIndexOf(`GET ${templates}/${stored.id}`);
    const listedBack = calls(project).lastIndexOf(`GET ${templates}`);
    assert.ok(
      Math.max(readBack, listedBack) > at(`PUT ${templates}/${stored.id}`),
      "the registration was sent before the template was read as approved",
    );
    assert.ok(at("POST /api/v1/a2p/registrations") > Math.max(readBack, -1));
  },
);

for (const answer of [200, 204] as const)
  scenario(`an approval answered ${answer} is an approval`, {}, async (project) => {
    project.double.knobs.smsPut = answer;
    project.put(sms("otp"));
    await project.applied(0);
    assert.deepEqual(project.versions("SmsTemplate/otp"), ["1 active"]);
  });

scenario(
  "an approval answered PENDING_REVIEW waits; the registration follows once the template is read as APPROVED",
  {},
  async (project) => {
    project.double.knobs.smsPut = "PENDING_REVIEW";
    project.put(sms("otp"), a2p("otp", "otp"));
    const done = await project.applied(0);
    assert.deepEqual(project.double.registrations, []);
    assert.ok(
      done.pending.some((row) => row.address === "SmsTemplate/otp"),
      JSON.stringify(done.pending),
    );
    await project.applied(0);
    assert.deepEqual(project.writes, [], "a template in review was sent again");
    const [stored] = project.double.sms;
    assert.ok(stored);
    stored.status = "APPROVED";
    stored.revision += 1;
    const settled = await project.settle();
    assert.equal(settled.exit, 0);
    assert.deepEqual(project.writes, ["POST /api/v1/a2p/registrations"]);
  },
);

scenario(
  "an update carries the ETag that was read; one edited in between is refused by 412 and the next run converges",
  {},
  async (project) => {
    project.put(sms("otp"));
    await project.applied(0);
    project.put(sms("otp", { content: changed }));
    const [stored] = project.double.sms;
    assert.ok(stored);
    let isEdited = false;
    project.double.pause = async (phase, method) => {
      if (phase !== "arrived" || method !== "PUT" || isEdited) return;
      isEdited = true;
      stored.content = "Edited by hand {{code}}. Reply STOP to opt out.";
      stored.revision += 1;
    };
    const failed = await project.apply();
    assert.ok(failed.exit === 4 || failed.exit === 5, `exit ${failed.exit}`);
    assert.deepEqual(
      failed.outcomes.map((each) => each.status),
      ["failed"],
    );
    assert.equal(writesOf(project).length, 1, "a 412 was repeated blindly");
    assert.equal(stored.content, "Edited by hand {{code}}. Reply STOP to opt out.");
    await project.applied(0);
    assert.equal(stored.content, changed);
    assert.deepEqual(
      writesOf(project).map((each) => each.headers["if-match"]),
      ['"rev-3"'],
    );
  },
);

scenario(
  "approved: false leaves the DRAFT; true approves it later; true to false is blocked as forbidden, exit 3",
  {},
  async (project) => {
    project.put(sms("otp", { approved: false }));
    await project.applied(0);
    assert.deepEqual(project.writes, [`POST ${templates}`]);
    assert.equal(project.double.sms[0]?.status, "DRAFT");
    await project.isSettled();
    project.put(sms("otp"));
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine), ["update SmsTemplate/otp"]);
    await project.applied(0);
    assert.equal(project.double.sms[0]?.status, "APPROVED");
    project.put(sms("otp", { approved: false }));
    const done = await project.applied(3);
    assert.deepEqual(
      done.plan.blocked.map((row) => [row.address, row.by]),
      [["SmsTemplate/otp", "forbid"]],
    );
    assert.deepEqual(project.writes, []);
  },
);

scenario(
  "removal deprecates the SMS template, calls nothing for the registration and deletes the subscription",
  {},
  async (project) => {
    const all = [
      sms("otp"),
      sms("sale", { content: "Acme: sale today only. Reply STOP to opt out.", variables: {} }),
      a2p("otp", "otp"),
      webhook("decisions"),
    ];
    project.put(...all);
    await project.applied(0);
    const id = project.double.sms.find((each) => each.name === "otp")?.id;
    const hook = project.double.webhooks[0]?.id;
    project.drop(...all.filter((each) => each.metadata.name !== "sale"));
    await project.applied(0);
    assert.deepEqual([...project.writes].sort(), [`DELETE /api/v1/webhooks/${hook}`, `PUT ${templates}/${id}`]);
    assert.equal(
      (writesOf(project).find((each) => each.method === "PUT")?.body as { status?: string })?.status,
      "DEPRECATED",
    );
    assert.equal(project.double.registrations.length, 1);
  },
);

scenario("a removed registration alone makes no call and no step", {}, async (project) => {
  const registration = a2p("otp", "otp");
  project.put(sms("otp"), registration);
  await project.applied(0);
  project.drop(registration);
  const made = await project.plan();
  assert.deepEqual(made.steps.map(stepLine), []);
  await project.applied(0);
  assert.deepEqual(project.writes, []);
  // What the ledger made is no stranger, though nothing declares it any more.
  assert.deepEqual((await project.plan()).unmanaged, []);
});

scenario("every field of a registration is forbidden to change", {}, async (project) => {
  project.put(sms("otp"), a2p("otp", "otp"));
  await project.applied(0);
  project.put(a2p("otp", "otp", { campaignName: "Another campaign" }));
  const done = await project.applied(3);
  assert.deepEqual(project.writes, []);
  assert.match(rows(done.plan), /forbid A2pRegistration\/otp/);
});

scenario(
  "a subscription is updated when its events change or its secret rotates, and not by another value of the secret",
  {},
  async (project) => {
    project.put(webhook("decisions"));
    await project.applied(0);
    project.env.HOOK_SECRET = "whsec-CANARY-webhook-secret-of-32-bytes-two";
    await project.isSettled();
    project.put(webhook("decisions", { secret: { fromEnv: "HOOK_SECRET", rotation: 2 } }));
    await project.applied(0);
    const id = project.double.webhooks[0]?.id;
    assert.deepEqual(project.writes, [`PUT /api/v1/webhooks/${id}`]);
    assert.equal(project.double.webhooks[0]?.secret, project.env.HOOK_SECRET);
    project.put(webhook("decisions", { events: ["a2p.registered"], secret: { fromEnv: "HOOK_SECRET", rotation: 2 } }));
    await project.applied(0);
    assert.deepEqual(
      project.double.webhooks.map((each) => each.events),
      [["a2p.registered"]],
    );
  },
);

scenario("the content of a registered SMS template may change, with a warning", {}, async (project) => {
  project.put(sms("otp"), a2p("otp", "otp"));
  await project.applied(0);
  project.put(sms("otp", { content: changed }));
  const done = await project.applied(0);
  assert.ok(
    done.plan.diagnostics.some(
      (diagnostic) =>
        diagnostic.severity === "warning" &&
        /SmsTemplate\/otp/.test(diagnostic.message) &&
        /a2p|regist/i.test(diagnostic.message),
    ),
    JSON.stringify(done.plan.diagnostics),
  );
  assert.deepEqual(project.versions("SmsTemplate/otp").at(-1), "2 active");
});

scenario(
  "an approved template is never taken back to a draft: approved true to false is blocked, exit 3",
  {},
  async (project) => {
    project.put(sms("otp"));
    await project.applied(0);
    project.put(sms("otp", { approved: false }));
    const done = await project.applied(3);
    assert.deepEqual(
      done.plan.blocked.map((row) => [row.address, row.by]),
      [["SmsTemplate/otp", "forbid"]],
    );
    assert.deepEqual(project.writes, []);
    assert.equal(project.double.sms[0]?.status, "APPROVED");
  },
);

/** A draft that the manifest leaves one, and that somebody approves in the console. */
async function approvedInConsole(project: Project) {
  project.put(sms("otp", { approved: false }));
  await project.applied(0);
  const [stored] = project.double.sms;
  assert.ok(stored);
  stored.status = "APPROVED";
  stored.revision += 1;
  return stored;
}

scenario(
  "what somebody approved in the console is not taken out of service by a change declared with approved: false",
  {},
  async (project) => {
    const stored = await approvedInConsole(project);
    await project.isSettled();
    project.put(sms("otp", { approved: false, content: changed }));
    const done = await project.applied(3);
    assert.match(rows(done.plan), /^forbid SmsTemplate\/otp: .*APPROVED.*approved: true/);
    assert.deepEqual([project.writes, stored.status], [[], "APPROVED"]);
    project.put(sms("otp", { content: changed }));
    await project.applied(0);
    assert.deepEqual([stored.content, stored.status], [changed, "APPROVED"]);
  },
);

scenario(
  "what somebody approved in the console and the manifest then declares approved is settled",
  {},
  async (project) => {
    await approvedInConsole(project);
    project.put(sms("otp"));
    await project.applied(0);
    await project.isSettled();
    assert.deepEqual(project.versions("SmsTemplate/otp"), ["1 deprecated", "2 active"]);
  },
);

scenario("a change of a draft that was lost and is taken back approves nothing", {}, async (project) => {
  project.put(sms("otp", { approved: false }));
  await project.applied(0);
  for (let tries = 0; tries < 3; tries += 1)
    project.double.fault({ family: "messaging", method: "PUT", path: /templates/, when: "before", how: 500 });
  project.put(sms("otp", { approved: false, content: changed }));
  await project.applied(5);
  project.put(sms("otp", { approved: false }));
  await project.applied(0);
  assert.equal(project.double.sms[0]?.status, "DRAFT");
});

for (const [deed, edit] of [
  ["edits", { content: "Acme: somebody else's words." }],
  ["deprecates", { status: "DEPRECATED" }],
] as const)
  scenario(
    `a draft that somebody ${deed} between its creation and its approval is not approved over that`,
    {},
    async (project) => {
      project.put(sms("otp"));
      project.double.pause = async (phase, method) => {
        const [stored] = project.double.sms;
        if (phase !== "executed" || method !== "POST" || stored === undefined || stored.revision > 1) return;
        Object.assign(stored, edit);
        stored.revision += 1;
      };
      const done = await project.apply();
      project.double.pause = null;
      assert.equal(done.outcomes[0]?.status, "failed");
      assert.match(done.outcomes[0]?.error ?? "", /is not as it was planned/);
      assert.deepEqual(project.writes, ["POST /api/v1/messaging/templates"], "it was overwritten");
      // The next plan shows what somebody did, and an apply of that plan is an answer to it.
      await project.applied(0);
    },
  );
