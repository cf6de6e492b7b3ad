// Lost answers, 500 after executing, throttling, and processes that die at every write: the next run converges and nothing happens twice.
import assert from "node:assert/strict";
import { LedgerUnusable } from "../../src/base/failure.ts";
import type { LedgerStore } from "../../src/contract/entry.ts";
import type { Family } from "../double/wire.ts";
import { a2p, batch, digital, guest, optIn, optOut, sms, webhook, whatsapp } from "./manifests.ts";
import { type Project, scenario, stepLine } from "./project.ts";

const seven = () => [
  whatsapp("order", "text of an order"),
  digital("booking", "Hello {{customer.name}}, welcome."),
  sms("otp"),
  a2p("otp", "otp"),
  webhook("decisions"),
  guest("winter"),
  batch("may", [optIn(1), optOut(2)]),
];

/** What is in CXone after seven manifests were applied, each once. */
function isWhole(project: Project): void {
  const { double } = project;
  const digitalVersions = double.digital.map((each) => `${each.templateId} ${each.version}`);
  assert.deepEqual(
    double.whatsapp.map((each) => each.name),
    ["order"],
  );
  assert.deepEqual(digitalVersions, ["booking.en-US v1.0"]);
  assert.deepEqual(
    double.sms.map((each) => `${each.name} ${each.status}`),
    ["otp APPROVED"],
  );
  assert.equal(double.registrations.length, 1);
  assert.equal(double.webhooks.length, 1, "a subscription was made twice");
  assert.equal(double.guests.length, 1, "a guest session was made twice");
  assert.deepEqual(double.consents.map((each) => each.optIn).sort(), [false, true]);
}

/** Applies until a plan is empty; the number of runs is bounded (I9). */
async function converge(project: Project, most = 4): Promise<void> {
  for (let run = 0; run < most; run += 1) {
    await project.apply();
    const made = await project.plan();
    if (made.steps.length === 0) return;
  }
  assert.fail(`no empty plan after ${most} runs`);
}

const creations: readonly (readonly [string, Family, string, RegExp])[] = [
  ["WhatsApp creation", "omnichannel", "POST", /\/templates$/],
  ["digital submission", "digital", "POST", /\/templates$/],
  ["SMS creation", "messaging", "POST", /messaging\/templates$/],
  ["SMS approval", "messaging", "PUT", /messaging\/templates\//],
  ["registration", "messaging", "POST", /registrations$/],
  ["subscription", "messaging", "POST", /webhooks$/],
  ["guest session", "engage", "POST", /guests$/],
  ["batch", "preferences", "POST", /batch$/],
];
for (const how of ["lost", 500] as const)
  for (const [name, family, method, path] of creations)
    scenario(`a ${name} whose answer is ${how} after it is executed is done once`, {}, async (project) => {
      project.double.fault({ family, method, path, when: "after", how });
      project.put(...seven());
      await converge(project, 2);
      isWhole(project);
    });

for (const [when, how] of [
  ["after", "truncated"],
  ["before", "lost"],
  ["before", 502],
] as const)
  scenario(`every write whose answer is ${how} ${when} it is executed is done once`, {}, async (project) => {
    for (const [, family, method, path] of creations) project.double.fault({ family, method, path, when, how });
    project.put(...seven());
    await converge(project, 2);
    isWhole(project);
  });

scenario("a write answered 429 waits as long as Retry-After says, and is sent again", {}, async (project) => {
  for (const [, family, method, path] of creations)
    project.double.fault({ family, method, path, when: "before", how: 429, retryAfter: "7" });
  project.put(...seven());
  const before = project.now;
  await project.applied(0);
  assert.ok(project.now - before >= 7000, `only ${project.now - before} ms passed`);
  isWhole(project);
});

scenario(
  "a storm of 503 on one family fails its steps, leaves the others, and the next run converges",
  {},
  async (project) => {
    project.double.fault({ family: "digital", method: "POST", path: /templates$/, when: "before", how: 503, times: 5 });
    project.put(...seven());
    const failed = await project.apply();
    assert.equal(failed.exit, 5);
    await project.applied(0);
    isWhole(project);
  },
);

scenario(
  "reads are repeated after 500 and lost answers, and a plan is the same as without them",
  {},
  async (project) => {
    project.put(...seven());
    await project.applied(0);
    for (const how of [500, "lost", "truncated"] as const)
      for (const family of ["omnichannel", "digital", "messaging"] as const)
        project.double.fault({ family, method: "GET", path: /templates$/, when: "after", how });
    await project.isSettled();
  },
);

scenario(
  "a 404 or 403 on a list never makes an object gone: the plan fails instead of creating it again",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "text of an order"));
    await project.applied(0);
    for (const how of [403, 400]) {
      project.double.fault({ family: "omnichannel", method: "GET", path: /templates$/, when: "before", how });
      await assert.rejects(project.apply());
      assert.deepEqual(project.writes, []);
    }
  },
);

scenario("an object that is really gone is created again, as a new version of its address", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  project.put(whatsapp("order", "text of an order"), sms("otp"), webhook("decisions"));
  await project.applied(0);
  project.double.whatsapp.length = 0;
  project.double.sms.length = 0;
  project.double.webhooks.length = 0;
  await project.applied(0);
  assert.deepEqual(
    [project.double.whatsapp.length, project.double.sms.length, project.double.webhooks.length],
    [1, 1, 1],
  );
});

for (const when of ["before", "after"] as const)
  for (let nth = 0; nth < 9; nth += 1)
    scenario(
      `a process that dies ${when} write ${nth + 1} of nine is taken up by the next run, and nothing is done twice`,
      {},
      async (project) => {
        project.put(...seven());
        assert.equal(await project.applyAndDie({ nth, when }), true, "the run ended before it came to that write");
        await converge(project, 2);
        isWhole(project);
      },
    );

for (const when of ["before", "after"] as const)
  for (let nth = 0; nth < 4; nth += 1)
    scenario(
      `a process that dies ${when} change ${nth + 1} of what is there leaves every template served`,
      {},
      async (project) => {
        project.double.knobs.approveAtOnce = true;
        project.put(
          whatsapp("order", "the first text of an order"),
          digital("booking", "Hello {{customer.name}}, welcome."),
          sms("otp"),
          webhook("decisions"),
        );
        await project.applied(0);
        project.double.watchers.push(() => {
          if (!project.double.whatsapp.some((each) => each.status === "APPROVED"))
            project.double.wrongs.push("no approved WhatsApp template");
          if (!project.double.digital.some((each) => each.status === "ACTIVE"))
            project.double.wrongs.push("no active digital template");
        });
        project.put(
          whatsapp("order", "the second text of an order"),
          digital("booking", "Hello {{customer.name}}, and welcome."),
          sms("otp", { content: "Acme: here is your code {{code}}. Reply STOP to opt out." }),
          webhook("decisions", { events: ["template.approved"] }),
        );
        assert.equal(await project.applyAndDie({ nth, when }), true, "the run ended before it came to that write");
        await converge(project, 3);
        assert.deepEqual(
          project.double.whatsapp.map((each) => `${each.name} ${each.status}`),
          ["order DEPRECATED", "order_v2 APPROVED"],
        );
        assert.deepEqual(
          project.double.digital.map((each) => `${each.version} ${each.status}`),
          ["v1.0 DEPRECATED", "v1.1 ACTIVE"],
        );
        assert.equal(project.double.sms[0]?.content, "Acme: here is your code {{code}}. Reply STOP to opt out.");
        assert.equal(project.double.webhooks.length, 1);
      },
    );

scenario("reads that fail while a run waits end neither the wait nor what was done", {}, async (project) => {
  const { double } = project;
  project.put(whatsapp("order", "text of an order"));
  // One look fails with all its tries, and meanwhile CXone decides.
  const fault = { family: "omnichannel", method: "GET", path: /templates$/, when: "before", how: 500 } as const;
  double.watchers.push(() => {
    if (double.whatsapp[0]?.status !== "PENDING") return;
    double.fault({ ...fault, times: 5 });
    double.approve("order");
  });
  const done = await project.applied(0, { waitMs: 600_000 });
  assert.equal(double.pendingFaults(), 0);
  assert.deepEqual(
    done.outcomes.map((each) => each.status),
    ["ok"],
  );
  assert.deepEqual([done.pending, done.unread], [[], undefined]);
  assert.deepEqual(project.versions("WhatsAppTemplate/order/en_US"), ["1 active"]);
});

for (const [how, code, most] of [
  [500, "CX5007", 60_000],
  [403, "CX5002", 1_000],
] as const)
  scenario(`a wait that can read nothing, each answer ${how}, tells what was done and why`, {}, async (project) => {
    const { double } = project;
    project.put(whatsapp("order", "text of an order"));
    let isMade = false;
    double.watchers.push(() => {
      if (isMade || double.whatsapp.length === 0) return;
      isMade = true;
      double.fault({ family: "omnichannel", method: "GET", path: /templates$/, when: "before", how, times: 1_000 });
    });
    const before = project.now;
    const done = await project.applied(5, { waitMs: 60_000 });
    const took = project.now - before;
    // What no later look would change is not waited for.
    assert.ok(took >= most / 2 && took <= most * 2, `${took} ms`);
    assert.deepEqual(
      done.outcomes.map((each) => each.status),
      ["ok"],
    );
    assert.deepEqual(
      done.pending.map((each) => each.address),
      ["WhatsAppTemplate/order/en_US"],
    );
    assert.equal(done.unread?.code, code);
    double.endFaults();
  });

scenario(
  "a submission whose job nobody can read was a change all the same: exit 5, and the next run takes it up",
  {},
  async (project) => {
    project.double.fault({ family: "digital", method: "GET", path: /jobs/, when: "before", how: 400, times: 1 });
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    const { outcomes } = await project.applied(5);
    assert.deepEqual(
      outcomes.map((each) => each.status),
      ["failed"],
    );
    await converge(project, 2);
    assert.equal(project.double.digital.length, 1);
  },
);

scenario(
  "a job that CXone does not know has an hour to show its version; then the content is submitted again",
  { isOpenEnded: true },
  async (project) => {
    project.double.knobs.jobs = "RUNNING";
    project.double.fault({ family: "digital", method: "GET", path: /jobs/, when: "before", how: 404, times: 1_000 });
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(project.writes, []);
    project.now += 3_600_000;
    assert.deepEqual((await project.plan()).steps.map(stepLine), ["newVersion DigitalTemplate/booking/en-US"]);
    project.double.endFaults();
  },
);

scenario("a run that dies again and again converges all the same", {}, async (project) => {
  project.put(...seven());
  for (let run = 0; run < 20; run += 1)
    if (!(await project.applyAndDie({ nth: 0, when: run % 2 === 0 ? "before" : "after" }))) break;
  await converge(project, 2);
  isWhole(project);
});

scenario("a second run beside a claim whose holder lives is refused and writes nothing", {}, async (project) => {
  project.put(...seven());
  await project.applyAndDie({ nth: 2, when: "before" });
  const note = (await project.plan()).diagnostics.find((each) => each.code === "CX4044");
  assert.match(
    note?.message ?? "",
    /^run \S+ by maria is open since \S+: \d writes? ha(s|ve) no result yet, and what it did may not be in this plan$/,
  );
  const { Claimed } = await import("../../src/base/failure.ts");
  project.isEveryoneAlive = true;
  await assert.rejects(project.apply(), Claimed);
  assert.deepEqual(project.writes, []);
  project.isEveryoneAlive = false;
  await converge(project, 2);
  assert.equal(
    (await project.plan()).diagnostics.some((each) => each.code === "CX4044"),
    false,
  );
  isWhole(project);
});

scenario(
  "while CXone answers 500 a run sends no more than its retries beyond one try each, and the next run completes it",
  {},
  async (project) => {
    const hooks = Array.from({ length: 40 }, (_, number) => webhook(`hook-${number}`));
    project.put(...hooks);
    project.double.fault({
      family: "messaging",
      method: "POST",
      path: /webhooks$/,
      when: "before",
      how: 500,
      times: 1_000,
    });
    const storm = await project.apply();
    assert.deepEqual([...new Set(storm.outcomes.map((each) => each.status))], ["unknown"]);
    assert.equal(project.writes.length, 40 + 10);
    project.double.endFaults();
    await project.applied(0);
    assert.equal(project.double.webhooks.length, 40);
  },
);

for (const how of ["never arrives", "arrives unseen"] as const)
  for (const nth of [0, 2])
    scenario(`a process that lives on goes on from its run whose append ${nth} ${how}`, {}, async (project) => {
      project.isEveryoneAlive = true;
      project.put(...seven());
      const store = project.store();
      let appends = 0;
      const append: LedgerStore["append"] = async (change) => {
        if (appends++ < nth) return store.append(change);
        if (how === "arrives unseen") await store.append(change);
        throw new LedgerUnusable("the network is gone", { hint: "" });
      };
      await assert.rejects(project.apply({ store: { ...store, append } }), LedgerUnusable);
      await converge(project, 2);
      isWhole(project);
    });
