// The lane of opt-outs where something else goes wrong: no opt-out waits for another batch, another call or another file, and no opt-in slips through.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NotAllowed } from "../../src/base/failure.ts";
import { batch, contactId, optIn, optOut } from "./manifests.ts";
import { type Project, scenario } from "./project.ts";

const range = <T>(from: number, to: number, make: (number: number) => T): readonly T[] =>
  Array.from({ length: to - from }, (_, index) => make(from + index));
const fails = (project: Project, how: number, times: number): void =>
  void project.double.fault({ family: "preferences", method: "POST", path: /batch$/, when: "before", how, times });

scenario("opt-outs of one batch name in two files go, all of them", {}, async (project) => {
  project.file("manifests/one.yaml", JSON.stringify(batch("may", [optOut(1)])));
  project.file("manifests/two.yaml", JSON.stringify(batch("may", [optOut(2), optOut(3)])));
  await assert.rejects(project.apply());
  const lane = await project.apply({ optOutsOnly: true });
  assert.equal(project.double.consents.length, 3);
  assert.deepEqual([lane.exit, lane.outcomes.map(({ status }) => status)], [0, ["ok"]]);
  const again = await project.apply({ optOutsOnly: true });
  assert.deepEqual([again.exit, again.outcomes], [0, []]);
  project.file("manifests/two.yaml", JSON.stringify(batch("june", [optOut(2), optOut(3)])));
  await project.apply();
});

scenario("of two opt-outs of one contact both go: the later one may be the one that counts", {}, async (project) => {
  const evidence = { regulatoryRegion: "GDPR", source: "web", idempotencyKey: "x", updatedAt: "2026-05-10T00:00:00Z" };
  project.double.consents.push({ id: "pref-1", ...optIn(1, "2026-05-10T00:00:00Z"), ...evidence } as never);
  const rows = [
    optOut(1, "2026-05-02T00:00:00Z"),
    optOut(2),
    optOut(1, "2026-05-20T00:00:00Z"),
    optOut(1, "2026-05-20T00:00:00Z"),
    optOut(1, "2026-05-15T00:00:00Z"),
  ];
  project.put(batch("may", rows));
  await assert.rejects(project.apply(), (error) => {
    assert.equal((error as { waitingOptOuts?: number }).waitingOptOuts, 4, "the second equal one is none");
    return true;
  });
  const lane = await project.apply({ optOutsOnly: true });
  assert.equal(lane.exit, 0);
  const stored = project.double.consents.find((each) => each.contactId === contactId(1));
  assert.deepEqual([stored?.optIn, stored?.withdrawalTimestamp], [false, "2026-05-20T00:00:00.000Z"]);
  const calls = project.requests.filter((each) => each.method === "POST" && each.path.endsWith("/batch"));
  for (const { body } of calls) {
    const contacts = (body as readonly { contactId: string }[]).map((row) => row.contactId);
    assert.equal(new Set(contacts).size, contacts.length, "one call has a contact once");
  }
  project.put(batch("may", [optOut(1, "2026-05-20T00:00:00Z"), optOut(2)]));
  await project.apply();
});

scenario(
  "a record that CXone contradicts holds up neither its chunk nor the next",
  { isOpenEnded: true },
  async (project) => {
    project.put(
      batch(
        "may",
        range(0, 150, (number) => optOut(number)),
      ),
    );
    // Refused for one record whose times it calls contradictory, however often it is asked.
    project.double.knobs.refusesBatch.set(contactId(7), 409);
    const first = await project.apply();
    assert.equal(project.double.consents.length, 149);
    assert.equal(first.exit, 5);
    assert.deepEqual([first.outcomes[0]?.counts?.["rejected"], first.outcomes[0]?.status], [1, "failed"]);
    assert.match(first.outcomes[0]?.error ?? "", /^1 opt-outs are not confirmed by CXone; 1 records were rejected; /);
  },
);

scenario("a refusal in one half keeps no lost opt-out of the other from being sent again", {}, async (project) => {
  project.put(batch("may", [...range(0, 4, (number) => optOut(number))]));
  fails(project, 422, 3);
  fails(project, 500, 1);
  const done = await project.apply();
  assert.deepEqual([done.exit, project.double.consents.length], [5, 3], "the one that was refused by itself is open");
  await project.applied(0);
});

scenario(
  "chunks that fail for ever do not keep the ones behind them from being tried",
  { isOpenEnded: true },
  async (project) => {
    project.put(
      batch(
        "may",
        range(0, 900, (number) => optOut(number)),
      ),
    );
    for (const poisoned of range(0, 600, contactId)) project.double.knobs.refusesBatch.set(poisoned, 500);
    const first = await project.apply();
    assert.match(first.outcomes[0]?.error ?? "", /^900 opt-outs are not confirmed by CXone/, "also those not reached");
    await project.apply();
    assert.equal(project.double.consents.length, 300, "what has not been tried goes first");
  },
);

scenario(
  "an opt-in waits for an open opt-out of the same contact in another batch, and holds up no other",
  {},
  async (project) => {
    project.put(batch("aa", [optOut(1, "2026-05-20T00:00:00Z")]), batch("zz", [optIn(1, "2026-05-10T00:00:00Z")]));
    project.put(batch("other", [optIn(2)]));
    fails(project, 500, 4);
    const first = await project.apply();
    assert.deepEqual(
      project.double.consents.map((each) => each.contactId),
      [contactId(2)],
    );
    const end = first.outcomes.find(({ address }) => address === "PreferenceBatch/zz");
    assert.deepEqual(
      [end?.status, end?.error],
      ["skipped", "1 opt-ins wait for an opt-out of the same contact that is not confirmed"],
    );
    project.double.endFaults();
    await project.applied(0);
    assert.equal(project.double.consents.find((each) => each.contactId === contactId(1))?.optIn, false);
  },
);

scenario(
  "settle sends no opt-in of a batch whose opt-outs alone were let go",
  { environment: { guards: { maxOptIns: 2 } }, isOpenEnded: true },
  async (project) => {
    project.put(batch("may", [...range(0, 5, (number) => optIn(number)), optOut(9)]));
    await assert.rejects(project.apply(), NotAllowed);
    fails(project, 500, 8);
    assert.equal((await project.apply({ optOutsOnly: true })).exit, 5);
    project.double.endFaults();
    await project.settle();
    assert.deepEqual(
      project.double.consents.filter((each) => each.optIn),
      [],
    );
    // The opt-out alone is still what the lane may send.
    assert.equal((await project.apply({ optOutsOnly: true })).exit, 0);
    assert.deepEqual(
      project.double.consents.map((each) => each.optIn),
      [false],
    );
  },
);

for (const [how, change] of [
  ["is gone", (path: string) => unlinkSync(path)],
  ["is another", (path: string) => writeFileSync(path, `${JSON.stringify(optOut(3))}\n`)],
] as const) {
  scenario(
    `a records file that ${how} after the plan stops its own batch alone`,
    { isOpenEnded: true },
    async (project) => {
      const text = `${JSON.stringify(optOut(1))}\n`;
      project.file("manifests/rows.ndjson", text);
      const sha256 = createHash("sha256").update(text).digest("hex");
      const recordsFile = { path: "rows.ndjson", format: "ndjson", sha256 };
      const spec = { source: "web", regulatoryRegion: "GDPR", recordsFile };
      project.put(
        { apiVersion: "cxform/v1", kind: "PreferenceBatch", metadata: { name: "aa" }, spec },
        batch("zz", [optOut(2)]),
      );
      const path = join(project.dir, "manifests/rows.ndjson");
      const done = await project.apply({
        confirm: async () => {
          change(path);
          return true;
        },
      });
      assert.equal(project.double.consents.length, 1);
      assert.equal(done.exit, 5);
      const [first, second] = done.outcomes;
      assert.deepEqual([first?.status, second?.status], ["failed", "ok"]);
      assert.match(
        first?.error ?? "",
        /^1 opt-outs are not confirmed by CXone; the records of PreferenceBatch\/aa changed while they were read \[CX3698\]$/,
      );
    },
  );
}

scenario("what is sent although something newer is held is counted as to be sent", {}, async (project) => {
  const evidence = { regulatoryRegion: "GDPR", source: "web", idempotencyKey: "x", updatedAt: "2026-05-10T00:00:00Z" };
  project.double.consents.push({ id: "pref-1", ...optIn(1, "2026-05-10T00:00:00Z"), ...evidence } as never);
  project.put(batch("may", [optOut(1, "2026-05-02T00:00:00Z")]));
  const made = await project.plan();
  assert.equal(made.steps[0]?.records?.toSend, 1);
  const done = await project.apply();
  assert.equal(done.outcomes[0]?.counts?.["sent"], 1);
});
