// Digital templates through their jobs, and guest sessions that are created once a generation.
import assert from "node:assert/strict";
import { digital, guest } from "./manifests.ts";
import { type Project, rows, scenario, stepLine } from "./project.ts";

const address = "DigitalTemplate/booking/en-US";
const templates = "/api/v1/interactions/digital/templates";
const stored = (project: Project) => project.double.digital.map((each) => `${each.version} ${each.status}`);

scenario(
  "a digital template starts at v1.0; other words are a minor version, a removed variable a major one; the text of v1.0 comes back without a job",
  {},
  async (project) => {
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    await project.applied(0);
    assert.deepEqual(stored(project), ["v1.0 ACTIVE"]);
    project.put(digital("booking", "Hello {{customer.name}}, and welcome."));
    const minor = await project.plan();
    assert.deepEqual(minor.steps[0]?.version, { from: "v1.0", to: "v1.1" });
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(stored(project), ["v1.0 DEPRECATED", "v1.1 ACTIVE"]);
    project.put(digital("booking", "Hello, and welcome.", { variables: [] }));
    const major = await project.plan();
    assert.deepEqual(major.steps[0]?.version, { from: "v1.1", to: "v2.0" });
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(stored(project), ["v1.0 DEPRECATED", "v1.1 DEPRECATED", "v2.0 ACTIVE"]);
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    await project.applied(0);
    assert.ok(project.writes.includes(`PUT ${templates}/booking.en-US/versions/v1.0`), project.writes.join("\n"));
    await project.applied(0);
    assert.deepEqual(stored(project), ["v1.0 ACTIVE", "v1.1 DEPRECATED", "v2.0 DEPRECATED"]);
    assert.equal(project.double.jobs.length, 3);
  },
);

scenario(
  "a job that fails consumes its number and blocks with its reason; a change takes the next number",
  {},
  async (project) => {
    project.put(digital("booking", "Hello {{customer.name}}, welcome."));
    await project.applied(0);
    project.double.knobs.jobs = "FAILED";
    project.put(digital("booking", "Hello {{customer.name}}, and welcome."));
    // Nothing is there that was not before: a step that failed, not one that is done.
    const { outcomes } = await project.applied(4);
    assert.deepEqual(
      outcomes.map((each) => [each.status, each.error]),
      [["failed", "block main was refused"]],
    );
    const blocked = await project.applied(0);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      blocked.plan.blocked.map((row) => [row.address, row.by, row.version]),
      [[address, "rejected", "v1.1"]],
    );
    assert.match(rows(blocked.plan), /block main was refused/);
    project.double.knobs.jobs = "COMPLETED";
    project.put(digital("booking", "Hello {{customer.name}}, you are welcome."));
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual(stored(project), ["v1.0 DEPRECATED", "v1.2 ACTIVE"]);
    assert.deepEqual(project.versions(address), ["v1.0 deprecated", "v1.1 rejected", "v1.2 active"]);
  },
);

scenario("a job that fails and has stored its version all the same is done", {}, async (project) => {
  project.double.knobs.jobs = "FAILED";
  project.double.knobs.failedJobsStore = true;
  project.put(digital("booking", "Hello {{customer.name}}, welcome."));
  const { outcomes } = await project.applied(0);
  assert.deepEqual(
    outcomes.map((each) => [each.status, each.error]),
    [["ok", undefined]],
  );
  assert.deepEqual([stored(project), project.versions(address)], [["v1.0 ACTIVE"], ["v1.0 active"]]);
});

scenario("a job that still runs is pending, exit 0; a later run records its end", {}, async (project) => {
  project.double.knobs.jobs = "RUNNING";
  project.put(digital("booking", "Hello {{customer.name}}, welcome."));
  await project.applied(0);
  assert.deepEqual(project.versions(address), ["v1.0 pending"]);
  await project.applied(0);
  assert.deepEqual(project.writes, [], "a running job was started again");
  project.double.knobs.jobs = "COMPLETED";
  await project.settle();
  assert.deepEqual(project.versions(address), ["v1.0 active"]);
});

scenario("a job that still runs and then fails is recorded with its reason", {}, async (project) => {
  project.double.knobs.jobs = "RUNNING";
  project.put(digital("booking", "Hello {{customer.name}}, welcome."));
  await project.applied(0);
  project.double.knobs.jobs = "FAILED";
  const done = await project.applied(0);
  assert.deepEqual(project.versions(address), ["v1.0 rejected"]);
  assert.deepEqual(project.writes, []);
  assert.match(rows(done.plan), /block main was refused/);
});

scenario("v1.9 is followed by v1.10, numerically", {}, async (project) => {
  for (let number = 0; number <= 10; number += 1) {
    project.put(digital("booking", `Hello {{customer.name}}, welcome ${number}.`));
    await project.applied(0);
    project.mark();
  }
  await project.applied(0);
  assert.equal(project.double.digital.at(-1)?.version, "v1.10");
  assert.deepEqual(
    project.double.digital.filter((each) => each.status === "ACTIVE").map((each) => each.version),
    ["v1.10"],
  );
});

scenario(
  "a guest session is created once a generation; changed content without a raised generation is blocked, exit 3",
  {},
  async (project) => {
    project.put(guest("winter"));
    const done = await project.applied(0);
    assert.match(done.outcomes[0]?.channelUrl ?? "", /^https:\/\/chat\.example\//);
    assert.ok(
      project.reads.some((read) => read.startsWith("GET /api/v1/channels/")),
      "the channel was not asked for",
    );
    await project.applied(0);
    assert.equal(project.requests.length, 0, "a session that was sent contacts its family");
    project.put(guest("winter", { metadata: { campaign: "spring" } }));
    const blocked = await project.applied(3);
    assert.deepEqual(
      blocked.plan.blocked.map((row) => row.address),
      ["GuestSession/winter"],
    );
    assert.equal(project.double.guests.length, 1);
    project.put(guest("winter", { metadata: { campaign: "spring" }, generation: 2 }));
    await project.applied(0);
    assert.equal(project.double.guests.length, 2);
    assert.deepEqual(project.versions("GuestSession/winter"), ["1 active", "2 active"]);
    for (const session of project.double.guests) Object.assign(session, { status: "ENDED" });
    await project.isSettled();
  },
);

scenario("the channel URL of a session is kept nowhere", {}, async (project) => {
  project.put(guest("winter"));
  await project.applied(0);
  const url = project.double.guests[0]?.sessionId ?? "";
  assert.ok(url !== "");
  project.contactIds.add(`chat.example/${url}`);
  project.said.length = 0;
});

scenario(
  "a lost answer of a guest session is resolved by ?idempotencyKey=: exactly one session",
  {},
  async (project) => {
    project.double.fault({ family: "engage", method: "POST", path: /guests$/, when: "after", how: "lost" });
    project.put(guest("winter"));
    await project.applied(0);
    assert.equal(project.double.guests.length, 1);
    assert.equal(project.writes.length, 1, "the session was sent again instead of being looked for");
    const asked = project.requests.find((each) => each.method === "GET" && each.path === "/api/v1/guests");
    assert.equal(asked?.query.idempotencyKey, project.double.guests[0]?.key);
  },
);

scenario("a guest POST that never arrived is sent again with its key", {}, async (project) => {
  project.double.fault({ family: "engage", method: "POST", path: /guests$/, when: "before", how: "lost" });
  project.put(guest("winter"));
  await project.applied(0);
  assert.equal(project.double.guests.length, 1);
  const keys = project.requests
    .filter((each) => each.method === "POST" && !each.token)
    .map((each) => each.headers["x-idempotency-key"]);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
});

scenario(
  "a channel that allows no programmatic guests is told by the plan and not sent",
  { isOpenEnded: true },
  async (project) => {
    const manifest = guest("winter");
    const { channelId } = manifest.spec as unknown as { channelId: string };
    project.double.guestChannels.set(channelId, { id: channelId, status: "ACTIVE", programmaticGuests: false });
    project.put(manifest);
    const made = await project.plan();
    assert.ok(
      made.diagnostics.some((diagnostic) => diagnostic.address === "GuestSession/winter") || made.blocked.length > 0,
      "the plan says nothing of the channel",
    );
    assert.deepEqual(made.steps.map(stepLine), made.blocked.length > 0 ? [] : ["send GuestSession/winter"]);
  },
);
