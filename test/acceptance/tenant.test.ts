// Tenants that differ: capabilities switched off, families off, credentials that are wrong or not set, tokens that expire.
import assert from "node:assert/strict";
import { Forbidden, Unauthorised } from "../../src/base/failure.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { client } from "../double/double.ts";
import { a2p, batch, digital, guest, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { type Project, rows, scenario, stepLine } from "./project.ts";

const off = (capability: string) => ({ capabilities: { [capability]: false } });

scenario(
  "a tenant without lists is planned from the ledger, and the plan says so",
  { apis: { omnichannel: off("list"), digital: off("list"), messaging: off("list"), preferences: off("list") } },
  async (project) => {
    Object.assign(project.double.knobs, { list: false, approveAtOnce: true });
    project.put(
      whatsapp("order", "text of an order"),
      digital("booking", "Hello {{customer.name}}, welcome."),
      sms("otp"),
      a2p("otp", "otp"),
      webhook("decisions"),
      guest("winter"),
      batch("may", [optOut(1)]),
    );
    const first = await project.plan();
    assert.ok(
      first.diagnostics.some((each) => each.message.includes("not observed: this tenant cannot list preferences")),
      "the plan does not say that preferences cannot be listed",
    );
    await project.applied(0);
    await project.applied(0);
    const made = await project.isSettled();
    const notes = made.diagnostics.map((diagnostic) => diagnostic.message).join("\n");
    for (const words of [/WhatsApp/i, /digital/i, /SMS/i]) assert.match(notes, words);
    assert.match(notes, /not observed|cannot list/);
    project.put(
      whatsapp("order", "new text of an order"),
      sms("otp", { content: "Acme: here is your code {{code}}. Reply STOP to opt out." }),
      digital("booking", "Hello {{customer.name}}, and welcome."),
      webhook("decisions", { events: ["template.approved"] }),
    );
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(
      project.double.whatsapp.map((each) => `${each.name} ${each.status}`),
      ["order DEPRECATED", "order_v2 APPROVED"],
    );
    assert.equal(project.double.sms.length, 1);
    assert.equal(project.double.webhooks.length, 1);
  },
);

scenario(
  "without lists an object that bears several versions of the ledger is read once and stays owned",
  { apis: { messaging: off("list") } },
  async (project) => {
    project.double.knobs.list = false;
    for (const words of ["your code is", "here is your code"]) {
      project.put(sms("otp", { content: `Acme: ${words} {{code}}. Reply STOP to opt out.` }));
      await project.applied(0);
    }
    project.mark();
    const made = await project.isSettled();
    assert.deepEqual(made.unmanaged, []);
    assert.equal(project.reads.length, 1, project.reads.join("\n"));
  },
);

/** A tenant without lists in which the subscription `decisions` was made. */
function subscribed(name: string, run: (project: Project) => Promise<void>): void {
  scenario(name, { apis: { messaging: off("list") } }, async (project) => {
    project.double.knobs.list = false;
    project.put(webhook("decisions"));
    await project.applied(0);
    await run(project);
  });
}

for (const when of ["before", "after"] as const) {
  subscribed(
    `without lists a removal whose answer is lost ${when} it took effect is asked again, never taken for done`,
    async (project) => {
      project.drop(webhook("decisions"));
      project.double.fault({ family: "messaging", method: "DELETE", path: /webhooks/, when, how: "lost" });
      await project.applied(0);
      assert.deepEqual(project.double.webhooks, []);
      await project.isSettled();
    },
  );
}

for (const when of ["before", "after"] as const) {
  subscribed(
    `without lists a subscription whose removal is unknown, lost ${when} it took effect, is there once it is declared again`,
    async (project) => {
      project.drop(webhook("decisions"));
      for (let tries = 0; tries < 3; tries += 1)
        project.double.fault({ family: "messaging", method: "DELETE", path: /webhooks/, when, how: "lost" });
      await project.applied(5);
      project.put(webhook("decisions"));
      await project.applied(0);
      assert.equal(project.double.webhooks.length, 1);
      await project.isSettled();
    },
  );
}

subscribed("without lists a subscription that somebody removed is made anew once it changes", async (project) => {
  project.double.webhooks.length = 0;
  project.put(webhook("decisions", { events: ["template.approved"] }));
  await project.applied(0);
  assert.equal(project.double.webhooks.length, 1);
  await project.isSettled();
});

subscribed("without lists a subscription that is renamed to another url ends the former one", async (project) => {
  project.drop(webhook("decisions"));
  const renamed = { ...webhook("news"), metadata: { name: "news", renamedFrom: "decisions" } };
  project.put(renamed);
  await project.applied(0);
  const done = await project.applied(0);
  assert.deepEqual(
    done.outcomes.map(({ action, status }) => `${action} ${status}`),
    ["remove ok"],
  );
  assert.deepEqual(
    project.double.webhooks.map(({ url }) => url),
    ["https://hooks.acme.example/news"],
  );
});

subscribed("a subscription that somebody removed before us is removed", async (project) => {
  project.double.webhooks.length = 0;
  project.drop(webhook("decisions"));
  await project.applied(0);
  await project.isSettled();
});

scenario(
  "without lists a pending template is still read, by its id",
  { apis: { omnichannel: off("list") } },
  async (project) => {
    project.double.knobs.list = false;
    project.put(whatsapp("order", "text of an order"));
    await project.applied(0);
    project.double.approve("order");
    await project.applied(0);
    assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active"]);
  },
);

scenario(
  "a tenant that cannot reactivate gets a new version instead",
  { apis: { omnichannel: off("reactivate") }, isOpenEnded: true },
  async (project) => {
    Object.assign(project.double.knobs, { reactivate: false, approveAtOnce: true });
    for (const words of ["first", "second", "first"]) {
      project.put(whatsapp("order", `the ${words} text of an order`));
      await project.apply();
      await project.apply();
    }
    assert.ok(
      !project.double.exchanges.some(
        (each) => each.method === "PUT" && (each.body as { status?: string }).status === "APPROVED",
      ),
      "a reactivation was sent",
    );
    assert.ok(project.double.whatsapp.some((each) => each.status === "APPROVED"));
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine), []);
  },
);

scenario(
  "a tenant that cannot deprecate keeps what is replaced, and no plan repeats the attempt",
  { apis: { omnichannel: off("deprecate") } },
  async (project) => {
    Object.assign(project.double.knobs, { deprecate: false, approveAtOnce: true });
    for (const words of ["first", "second"]) {
      project.put(whatsapp("order", `the ${words} text of an order`));
      await project.applied(0);
    }
    assert.ok(!project.double.exchanges.some((each) => each.method === "PUT"), "a deprecation was sent");
  },
);

scenario(
  "a removed SMS template of a tenant that cannot deprecate is left to a person, and forgotten once it is deprecated in CXone",
  { apis: { messaging: off("deprecate") } },
  async (project) => {
    project.put(sms("otp"));
    await project.applied(0);
    project.drop(sms("otp"));
    const done = await project.applied(0);
    assert.deepEqual(project.writes, []);
    assert.match(rows(done.plan), /^paused SmsTemplate\/otp: .*deprecate it in CXone$/);
    Object.assign(project.double.sms[0] ?? {}, { status: "DEPRECATED", revision: 9 });
    assert.deepEqual(rows((await project.applied(0)).plan), "");
  },
);

scenario(
  "a tenant without ETags is written without If-Match",
  { apis: { messaging: off("etag") } },
  async (project) => {
    project.double.knobs.etag = false;
    project.put(sms("otp"));
    await project.applied(0);
    project.put(sms("otp", { content: "Acme: here is your code {{code}}. Reply STOP to opt out." }));
    await project.applied(0);
    assert.equal(project.double.sms[0]?.content, "Acme: here is your code {{code}}. Reply STOP to opt out.");
  },
);

scenario(
  "without idempotency keys a lost guest session waits the life of the request before it is sent again",
  { apis: { engage: { capabilities: { idempotencyKeys: false, requestLife: "30s" } } } },
  async (project) => {
    project.double.knobs.idempotencyKeys = false;
    project.double.fault({ family: "engage", method: "POST", path: /guests$/, when: "before", how: "lost" });
    project.put(guest("winter"));
    const before = project.now;
    await project.applied(0);
    assert.ok(project.now - before >= 30_000, `only ${project.now - before} ms were waited`);
    assert.equal(project.double.guests.length, 1);
  },
);

scenario(
  "a family that is switched off is counted as off and not contacted",
  { apis: { messaging: { enabled: false } } },
  async (project) => {
    project.put(sms("otp"), a2p("otp", "otp"), webhook("decisions"), whatsapp("order", "text of an order"));
    const done = await project.applied(0);
    assert.equal(done.plan.summary.off, 3);
    assert.ok(!project.double.exchanges.some((each) => each.family === "messaging"));
  },
);

scenario(
  "wrong credentials are Unauthorised naming the variables, never the values",
  { isOpenEnded: true },
  async (project) => {
    const wrong = "another-CANARY-secret";
    project.env.SECRET = wrong;
    for (const manifest of [
      whatsapp("order", "text of an order"),
      digital("booking", "Hello {{customer.name}}, welcome."),
      sms("otp"),
      guest("winter"),
      batch("may", [optOut(1)]),
    ]) {
      project.put(manifest);
      await assert.rejects(
        project.plan(),
        (error) => {
          assert.ok(error instanceof Unauthorised, `${manifest.kind}: ${String(error)}`);
          const told = `${error.message} ${error.hint}`;
          assert.match(told, /\bID\b/);
          assert.match(told, /\bSECRET\b/);
          return true;
        },
        manifest.kind,
      );
      project.drop(manifest);
    }
    project.put(batch("may", [optOut(1)]));
    await assert.rejects(project.apply(), (error) => error instanceof Unauthorised);
    for (const said of project.said)
      for (const value of [wrong, encodeURIComponent(client.id), client.id]) assert.ok(!said.includes(value), said);
    assert.ok(
      project.double.exchanges.every((each) => each.token),
      "a call was sent without a token",
    );
  },
);

scenario(
  "a variable that is not set is invalid, names the variable, and contacts nobody",
  { isOpenEnded: true },
  async (project) => {
    delete project.env.SECRET;
    project.put(whatsapp("order", "text of an order"));
    for (const run of [project.plan(), project.apply()])
      await assert.rejects(run, (error) => {
        assert.ok(error instanceof Invalid);
        assert.deepEqual(
          error.diagnostics.filter((each) => each.severity === "error").map((each) => each.code.slice(0, 3)),
          ["CX8"],
        );
        assert.match(error.diagnostics.map((each) => each.message).join(), /\bSECRET\b/);
        return true;
      });
    assert.deepEqual(project.double.exchanges, []);
  },
);

scenario(
  "the secret of a subscription that is not set is invalid and names its variable",
  { isOpenEnded: true },
  async (project) => {
    delete project.env.HOOK_SECRET;
    project.put(webhook("decisions"));
    await assert.rejects(project.apply(), (error) => {
      assert.ok(error instanceof Invalid);
      assert.match(error.diagnostics.map((each) => each.message).join(), /\bHOOK_SECRET\b/);
      return true;
    });
    assert.deepEqual(project.double.exchanges, []);
  },
);

scenario("an expired token is replaced once, and the call repeated", {}, async (project) => {
  project.put(whatsapp("order", "text of an order"));
  let isExpired = false;
  project.double.pause = async (phase, method) => {
    if (phase !== "arrived" || method !== "POST" || isExpired) return;
    isExpired = true;
    project.double.expireTokens();
  };
  await project.applied(0);
  assert.deepEqual(
    project.requests.filter((each) => each.method === "POST").map((each) => each.status),
    [200, 401, 200, 201],
  );
  assert.equal(project.double.whatsapp.length, 1);
});

scenario(
  "a missing scope is Forbidden and names the scope; what does not need it is done",
  { isOpenEnded: true },
  async (project) => {
    project.double.scopes = ["messaging:read", "messaging:write"];
    project.put(sms("otp"), webhook("decisions"));
    const done = await project.apply();
    assert.deepEqual(done.outcomes.map((each) => `${each.address} ${each.status}`).sort(), [
      "SmsTemplate/otp ok",
      "WebhookSubscription/decisions failed",
    ]);
    assert.match(done.outcomes.find((each) => each.status === "failed")?.error ?? "", /webhooks:write/);
    assert.equal(done.exit, 5);
    assert.ok(done.failures.some((failure) => failure.error instanceof Forbidden));
    project.double.scopes = null;
    await project.applied(0);
  },
);
