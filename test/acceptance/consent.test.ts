// Consent records: opt-outs first and never held back, each record answered once, a done batch never read again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { NotAllowed } from "../../src/base/failure.ts";
import { Invalid } from "../../src/library/invalid.ts";
import { batch, contactId, optIn, optOut, type Row, whatsapp } from "./manifests.ts";
import { type Project, scenario, stepLine } from "./project.ts";

const batches = (project: Project): readonly (readonly Row[])[] =>
  project.requests
    .filter((each) => each.method === "POST" && each.path.endsWith("/batch"))
    .map((each) => each.body as Row[]);
const isOut = (project: Project, number: number) =>
  project.double.consents.find((each) => each.contactId === contactId(number))?.optIn === false;
const range = <T>(from: number, to: number, make: (number: number) => T): readonly T[] =>
  Array.from({ length: to - from }, (_, index) => make(from + index));

scenario(
  "an invalid template and a bad row never keep a valid opt-out back: the lane of opt-outs sends it",
  {},
  async (project) => {
    const bad = { ...optIn(3), consentTimestamp: "not a time" };
    const invalid = whatsapp("broken", "text of a template {{2}}");
    project.put(batch("may", [optOut(1), optIn(2), bad]), invalid);
    await assert.rejects(project.apply(), (error) => {
      assert.ok(error instanceof Invalid, String(error));
      assert.equal(error.waitingOptOuts, 1);
      return true;
    });
    assert.deepEqual(project.requests, []);
    const lane = await project.apply({ optOutsOnly: true });
    assert.ok(isOut(project, 1));
    assert.deepEqual(
      batches(project)
        .flat()
        .map((row) => row.optIn),
      [false],
    );
    assert.deepEqual(
      lane.outcomes.map((each) => each.status),
      ["ok"],
    );
    project.put(batch("may", [optOut(1), optIn(2), optIn(3)]));
    project.drop(invalid);
    await project.applied(0);
    assert.deepEqual(
      batches(project)
        .flat()
        .map((row) => row.contactId)
        .sort(),
      [contactId(2), contactId(3)].sort(),
    );
  },
);

scenario("a guard never keeps an opt-out back", { environment: { guards: { maxOptIns: 2 } } }, async (project) => {
  project.put(batch("may", [...range(0, 5, (number) => optIn(number)), optOut(9)]));
  const made = await project.plan();
  await assert.rejects(project.apply(), (error) => {
    assert.ok(error instanceof NotAllowed);
    assert.match(error.message, /\b5\b/);
    assert.match(error.message, /\b2\b/);
    return true;
  });
  assert.deepEqual(project.writes, []);
  await project.applied(0, { optOutsOnly: true });
  assert.deepEqual(
    project.double.consents.map((each) => each.optIn),
    [false],
  );
  await assert.rejects(project.apply({ acknowledge: `sha256:${"0".repeat(64)}` }), NotAllowed);
  const again = await project.plan();
  await project.applied(0, { acknowledge: again.digest });
  assert.equal(project.double.consents.length, 6);
  assert.ok(made.steps.length === 1);
});

scenario(
  "blocked templates and a family that does not answer keep no opt-out back",
  { isOpenEnded: true },
  async (project) => {
    project.put(batch("may", [optOut(1)]), whatsapp("order", "text of an order"));
    project.double.fault({ family: "omnichannel", method: "POST", path: /templates$/, when: "before", how: 400 });
    const done = await project.apply();
    assert.equal(done.exit, 5);
    assert.ok(isOut(project, 1));
    await project.applied(0);
  },
);

scenario("an old opt-in never wins over a newer opt-out, and its batch is done", {}, async (project) => {
  project.double.consents.push({
    id: "pref-1",
    ...optOut(1, "2026-05-20T00:00:00Z"),
    regulatoryRegion: "GDPR",
    source: "stop",
    idempotencyKey: "x",
    updatedAt: "2026-05-20T00:00:00Z",
  });
  project.put(batch("may", [optIn(1, "2026-05-01T00:00:00Z"), optIn(2)]));
  await project.applied(0);
  assert.ok(isOut(project, 1));
  await project.applied(0);
  assert.deepEqual(project.requests, []);
});

scenario("of two declared batches the newer opt-out holds, whatever their names", {}, async (project) => {
  project.put(batch("aa", [optOut(1, "2026-05-20T00:00:00Z")]), batch("zz", [optIn(1, "2026-05-10T00:00:00Z")]));
  await project.applied(0);
  assert.ok(isOut(project, 1));
});

scenario(
  "calls hold at most 100 records, and the opt-outs of all batches come before any opt-in",
  {},
  async (project) => {
    const mixed = (from: number) =>
      range(from, from + 230, (number) => (number % 2 === 0 ? optIn(number) : optOut(number)));
    project.put(batch("aa", mixed(0)), batch("bb", mixed(1000)), whatsapp("order", "text of an order"));
    await project.applied(0);
    const sent = batches(project);
    assert.ok(sent.every((rows) => rows.length <= 100));
    const flags = sent.flat().map((row) => row.optIn);
    assert.equal(flags.length, 460);
    assert.equal(flags.lastIndexOf(false), 229, "an opt-in went before an opt-out");
    assert.equal(project.double.consents.filter((each) => !each.optIn).length, 230);
  },
);

scenario("a done batch is not read again: a third run contacts nobody", {}, async (project) => {
  project.put(batch("may", [optIn(1), optOut(2)]));
  await project.applied(0);
  await project.applied(0);
  assert.deepEqual(project.requests, []);
  const [stored] = project.double.consents;
  assert.ok(stored);
  Object.assign(stored, { optIn: !stored.optIn });
  const made = await project.plan();
  assert.deepEqual(made.steps, []);
});

scenario(
  "changed content sends only the changed chunks",
  { environment: { consent: { observe: "never" } } },
  async (project) => {
    const rows = range(0, 500, (number) => optIn(number));
    const write = (all: readonly Row[]) => {
      const text = all.map((row) => JSON.stringify(row)).join("\n");
      project.file("manifests/records/may.ndjson", text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      const { records: _, ...spec } = batch("may", []).spec;
      project.put({
        ...batch("may", []),
        spec: { ...spec, recordsFile: { path: "records/may.ndjson", format: "ndjson", sha256 } },
      });
    };
    for (const row of rows) project.contactIds.add(row.contactId);
    write(rows);
    await project.applied(0);
    assert.equal(batches(project).length, 5);
    write([...rows.slice(0, 499), optOut(499)]);
    const made = await project.plan();
    assert.equal(made.steps[0]?.records?.total, 500);
    await project.applied(0);
    assert.ok(batches(project).flat().length <= 100, `${batches(project).flat().length} records were sent`);
    assert.ok(isOut(project, 499));
    write([...rows.slice(0, 499), optOut(499), optIn(500)]);
    await project.applied(0);
    assert.ok(batches(project).flat().length <= 200);
    assert.equal(project.double.consents.length, 501);
  },
);

scenario("a CSV file gives the same records", {}, async (project) => {
  const text = `contactId,channel,optIn,consentTimestamp,withdrawalTimestamp\n${contactId(1)},email,true,2026-05-01T10:00:00Z,\n${contactId(2)},email,false,,2026-05-02T12:00:00+02:00\n`;
  project.file("manifests/may.csv", text);
  project.contactIds.add(contactId(1));
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { records: _, ...spec } = batch("may", []).spec;
  project.put({ ...batch("may", []), spec: { ...spec, recordsFile: { path: "may.csv", format: "csv", sha256 } } });
  await project.applied(0);
  assert.deepEqual(
    project.double.consents.map((each) => [each.contactId, each.optIn, each.withdrawalTimestamp]),
    [
      [contactId(2), false, "2026-05-02T10:00:00.000Z"],
      [contactId(1), true, null],
    ],
  );
});

scenario("a lost answer is sent again with the same key and the same bytes", {}, async (project) => {
  project.double.fault({ family: "preferences", method: "POST", path: /batch$/, when: "after", how: "lost" });
  project.put(batch("may", [optOut(1)]));
  await project.applied(0);
  const sent = project.requests.filter((each) => each.path.endsWith("/batch"));
  assert.equal(sent.length, 2);
  assert.equal(sent[0]?.raw, sent[1]?.raw);
  assert.equal(sent[0]?.headers["x-idempotency-key"], sent[1]?.headers["x-idempotency-key"]);
});

scenario("cascading 429s halve the batch, and every record still arrives", {}, async (project) => {
  project.double.fault({
    family: "preferences",
    method: "POST",
    path: /batch$/,
    when: "before",
    how: 429,
    retryAfter: "1",
    times: 5,
  });
  project.put(
    batch(
      "may",
      range(0, 200, (number) => optOut(number)),
    ),
  );
  await project.applied(0);
  const accepted = project.requests
    .filter((each) => each.path.endsWith("/batch") && each.status === 200)
    .map((each) => (each.body as Row[]).length);
  assert.ok(
    accepted.some((size) => size <= 50),
    accepted.join(),
  );
  assert.equal(project.double.consents.length, 200);
});

scenario(
  "a call that only passed after several 429s makes the next ones smaller, and quiet restores them",
  {},
  async (project) => {
    project.double.fault({
      family: "preferences",
      method: "POST",
      path: /batch$/,
      when: "before",
      how: 429,
      retryAfter: "1",
      times: 3,
    });
    project.put(
      batch(
        "may",
        range(0, 500, (number) => optOut(number)),
      ),
    );
    await project.applied(0);
    const accepted = project.requests
      .filter((each) => each.path.endsWith("/batch") && each.status === 200)
      .map((each) => (each.body as Row[]).length);
    assert.deepEqual(accepted, [100, 50, 50, 50, 50, 100, 100]);
    assert.equal(project.double.consents.length, 500);
  },
);

scenario(
  "a record that CXone rejects makes the run red and is asked again; the others are answered",
  { isOpenEnded: true },
  async (project) => {
    project.double.knobs.rejects = new Set([contactId(2)]);
    project.put(batch("may", [optOut(1), optOut(2), optIn(3)]));
    const done = await project.apply();
    assert.ok(done.exit === 4 || done.exit === 5, `exit ${done.exit}: an opt-out is not confirmed`);
    assert.ok(isOut(project, 1));
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine), ["records PreferenceBatch/may"]);
    project.double.knobs.rejects = new Set();
    await project.applied(0);
    assert.ok(isOut(project, 2));
    await project.isSettled();
  },
);

scenario("a removed batch takes nothing back and says so", {}, async (project) => {
  const may = batch("may", [optIn(1), optOut(2)]);
  project.put(may);
  await project.applied(0);
  project.drop(may);
  const done = await project.applied(0);
  assert.deepEqual(project.requests, []);
  assert.deepEqual(done.plan.steps, []);
});

for (const [observe, reads] of [
  ["auto", true],
  ["list", true],
  ["never", false],
] as const)
  scenario(
    `consent.observe ${observe} ${reads ? "reads" : "does not read"} what CXone holds for the plan's counts`,
    { environment: { consent: { observe } } },
    async (project) => {
      project.put(batch("may", [optIn(1), optOut(2)]));
      project.mark();
      const made = await project.plan();
      assert.equal(project.reads.length > 0, reads);
      const records = made.steps[0]?.records;
      assert.deepEqual(
        [records?.total, records?.optIns, records?.optOuts, records?.observed === null],
        [2, 1, 1, !reads],
      );
      await project.applied(0);
    },
  );

for (const observe of ["auto", "list"])
  scenario(
    `consent.observe ${observe}: two records of one contact and channel tell nothing, and the opt-out is sent`,
    { environment: { consent: { observe } } },
    async (project) => {
      const held = { ...optIn(2), consentTimestamp: "2026-05-31T00:00:00Z", regulatoryRegion: "NONE", source: "other" };
      const stored = { ...held, idempotencyKey: "x", updatedAt: "2026-05-31T00:00:00Z" };
      project.double.consents.push({ ...stored, id: "pref-1" }, { ...stored, id: "pref-2" });
      project.put(batch("may", [optOut(2)]));
      const made = await project.plan();
      assert.deepEqual(made.steps[0]?.records?.observed, { unchanged: 0, skipped: 0 });
      await project.applied(0);
      assert.equal(project.writes.length, 1);
    },
  );

scenario(
  "an opt-out that is older than an opt-in goes all the same; CXone's answer says that it was skipped",
  {},
  async (project) => {
    const stored = {
      regulatoryRegion: "NONE",
      source: "other",
      idempotencyKey: "x",
      updatedAt: "2026-05-31T00:00:00Z",
    };
    const later = "2026-05-31T00:00:00Z";
    project.double.consents.push(
      { ...optIn(1, later), ...stored, id: "pref-1" },
      { ...optOut(2, later), ...stored, id: "pref-2" },
    );
    project.put(batch("may", [optOut(1), optOut(2), optIn(3)]));
    const made = await project.plan();
    assert.deepEqual(made.steps[0]?.records?.observed, { unchanged: 0, skipped: 2 });
    const { outcomes } = await project.applied(0);
    const { sent, skipped, created, older } = outcomes[0]?.counts ?? {};
    assert.deepEqual({ sent, skipped, created, older }, { sent: 2, skipped: 1, created: 1, older: 1 });
  },
);

scenario("what equals CXone's record counts as unchanged, source and region aside", {}, async (project) => {
  project.double.consents.push({
    id: "pref-1",
    ...optIn(1),
    regulatoryRegion: "NONE",
    source: "elsewhere",
    idempotencyKey: "x",
    updatedAt: "2026-05-20T00:00:00Z",
  });
  project.put(batch("may", [optIn(1), optOut(2)]));
  const made = await project.plan();
  assert.equal(made.steps[0]?.records?.observed?.unchanged, 1);
  await project.applied(0);
});
