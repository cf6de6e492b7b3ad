// Whose each object is, and what is known of a version: by its id, by an open submission, by the ledger alone.
import assert from "node:assert/strict";
import test from "node:test";
import type { ObservedKind } from "../../src/contract/kind.ts";
import type { KindObservation } from "../../src/plan/input.ts";
import { assignOwners, type KnownVersion } from "../../src/plan/ownership.ts";
import {
  a2p,
  at,
  declare,
  digital,
  forgotten,
  now,
  type SceneFacts,
  type Standing,
  scene,
  sms,
  specs,
  stands,
  type VersionFacts,
  webhook,
  whatsapp,
} from "./scene.ts";

const { code, campaign, hook, fitting, parcel } = specs;
const lost = { version: 1, spec: hook, status: "pending", begun: true } as const;
function assigned(
  kind: ObservedKind,
  facts: SceneFacts,
  linked: (kindName: string, remoteId: string) => string | undefined = () => undefined,
) {
  const input = scene(facts);
  const observation = input.observation.kinds.get(kind.name) as KindObservation;
  return assignOwners(kind, input, observation, linked);
}

/** The ids that the addresses own, in their order, and those that nobody does. */
function idsOf(
  kind: ObservedKind,
  facts: SceneFacts,
): readonly [Readonly<Record<string, readonly unknown[]>>, string[]] {
  const { owned, unowned } = assigned(kind, facts);
  const ids = [...owned].map(
    ([address, { versions }]) => [address.split("/")[1], versions.map((one) => one.observed?.remoteId)] as const,
  );
  return [Object.fromEntries(ids), unowned.map((one) => one.remoteId)];
}

/** The one version of an address, as it is known. */
function known(kind: ObservedKind, facts: VersionFacts, more: SceneFacts = {}): KnownVersion {
  const { owned } = assigned(kind, { standing: [stands(kind, "one", facts)], ...more });
  return [...owned.values()][0]?.versions[0] as KnownVersion;
}

test("an object is its address's by the id that the ledger has; what is forgotten owns nothing", () => {
  const own = stands(webhook, "watch", { version: 1, spec: hook, status: "active" });
  assert.deepEqual(idsOf(webhook, { standing: [own] }), [{ watch: ["id-watch-1"] }, []]);
  assert.deepEqual(idsOf(webhook, { standing: [forgotten(own)] }), [{ watch: [undefined] }, ["id-watch-1"]]);
  const lack = stands(webhook, "watch", { version: 1, spec: hook, status: "active", shown: false });
  assert.deepEqual(idsOf(webhook, { standing: [lack] }), [{ watch: [undefined] }, []]);
});

test("addresses of another kind own nothing of this one", () => {
  const template = stands(sms, "one", { version: 1, spec: code, status: "active", ledger: { remoteId: "id-watch-1" } });
  const lostOne = stands(webhook, "watch", lost);
  const arrived = stands(webhook, "watch", { version: 1, spec: hook, status: "active" });
  const standing = [template, { ...lostOne, objects: arrived.objects }];
  assert.deepEqual(idsOf(webhook, { standing }), [{ watch: ["id-watch-1"] }, []]);
});

test("what a lost creation may have made is known by key and content, unless somebody else's id names it", () => {
  const arrived = stands(webhook, "watch", { version: 1, spec: hook, status: "active" });
  const objectsOf = (standing: Standing): Standing => ({ ...standing, objects: arrived.objects });
  const own = stands(webhook, "approvals", lost);
  assert.deepEqual(idsOf(webhook, { standing: [objectsOf(own)] }), [{ approvals: ["id-watch-1"] }, []]);
  // The declared address is looked at first, and must leave to the other one what that one is known to own.
  const declared = [declare(webhook, "approvals", hook)];
  assert.deepEqual(idsOf(webhook, { declared, standing: [arrived, own] }), [
    { approvals: [undefined], watch: ["id-watch-1"] },
    [],
  ]);
  assert.deepEqual(idsOf(webhook, { declared, standing: [forgotten(arrived), own] }), [
    { approvals: ["id-watch-1"], watch: [undefined] },
    [],
  ]);
  assert.deepEqual(idsOf(webhook, { standing: [objectsOf(forgotten(own))] }), [
    { approvals: [undefined] },
    ["id-watch-1"],
  ]);
  assert.deepEqual(idsOf(webhook, { standing: [{ ...objectsOf(own), contents: new Map() }] }), [
    { approvals: [undefined] },
    ["id-watch-1"],
  ]);
  const [version] = own.resource.versions;
  const { begun: _begun, ...never } = version ?? { begun: undefined, version: 1 };
  const silent = { ...objectsOf(own), resource: { versions: [never] } } as unknown as Standing;
  assert.deepEqual(idsOf(webhook, { standing: [silent] }), [{ approvals: [undefined] }, ["id-watch-1"]]);
  const other = stands(webhook, "watch", {
    version: 1,
    spec: { ...hook, events: ["template.approved"] },
    status: "active",
  });
  assert.deepEqual(idsOf(webhook, { standing: [{ ...own, objects: other.objects }] }), [
    { approvals: [undefined] },
    ["id-watch-1"],
  ]);
});

test("where CXone itself counts versions, an object is one version of its id", () => {
  const facts = { spec: fitting, status: "active" } as const;
  const own = stands(digital, "fitting", { ...facts, version: "v1.0" }, { ...facts, version: "v2.0", shown: false });
  const { owned } = assigned(digital, { standing: [own] });
  assert.deepEqual(
    [...owned.values()][0]?.versions.map((one) => one.observed?.version),
    ["v1.0", undefined],
  );
  const lostOne = stands(digital, "fitting", { spec: fitting, status: "pending", version: "v2.0", begun: true });
  const second = stands(digital, "fitting", { ...facts, version: "v2.0" });
  const found = assigned(digital, { standing: [{ ...lostOne, objects: second.objects }] });
  assert.equal([...found.owned.values()][0]?.versions[0]?.observed?.version, "v2.0");
});

test("links are told as addresses, where the object that they lead to has one", () => {
  const own = stands(a2p, "one", { version: 1, spec: campaign, status: "active" });
  const [object] = own.objects;
  const field = Object.keys(a2p.links)[0] as string;
  const id = String(object?.state[field]);
  const asked: string[] = [];
  const resolved = assigned(a2p, { standing: [own] }, (kindName, remoteId) => {
    asked.push(`${kindName} ${remoteId}`);
    return "SmsTemplate/known";
  });
  assert.deepEqual(asked, [`SmsTemplate ${id}`]);
  assert.equal(resolved.objects[0]?.state[field], "SmsTemplate/known");
  assert.deepEqual(Object.keys(resolved.objects[0]?.state ?? {}).sort(), Object.keys(object?.state ?? {}).sort());
  assert.equal(assigned(a2p, { standing: [own] }).objects[0]?.state[field], id);
  const { objects } = assigned(webhook, {
    standing: [stands(webhook, "watch", { version: 1, spec: hook, status: "active" })],
  });
  assert.equal(objects.length, 1);
});

test("the status is what is seen, then what the ledger has lost, a job, an open submission, a denial, the ledger's word", () => {
  const facts = { version: 1, spec: code } as const;
  const begun = { operation: "create", idempotencyKey: "key", generation: 0, at: at(-1) };
  const status = (more: Omit<VersionFacts, "version" | "spec">): string => known(sms, { ...facts, ...more }).status;
  assert.equal(status({ status: "active", observed: { status: "paused" }, ledger: { missing: true } }), "paused");
  assert.equal(status({ status: "deprecated", shown: false, ledger: { missing: true } }), "gone");
  assert.equal(status({ status: "deprecated", shown: false }), "deprecated");
  assert.equal(status({ status: "pending", begun: true }), "begun");
  assert.equal(
    status({ status: "active", shown: false, ledger: { begun: { ...begun, operation: "update" } } }),
    "active",
  );
  assert.equal(status({ status: "active", shown: "gone" }), "gone");
  assert.equal(status({ status: "rejected", shown: "gone" }), "rejected");
  // A job that nobody knows has an hour to show what it makes.
  const submitted = (minutesAgo: number): string => new Date(now - minutesAgo * 60_000).toISOString();
  const vanished = { status: "pending", shown: "gone" } as const;
  assert.equal(status({ ...vanished, ledger: { jobId: "job-1", submittedAt: submitted(59) } }), "pending");
  assert.equal(status({ ...vanished, ledger: { jobId: "job-1", submittedAt: submitted(60) } }), "gone");
  assert.equal(status({ ...vanished, ledger: { submittedAt: submitted(1) } }), "gone");
  assert.equal(
    status({ ...vanished, status: "active", ledger: { jobId: "job-1", submittedAt: submitted(1) } }),
    "gone",
  );
  assert.equal(status({ status: "active", shown: false }), "active");
  const job = { status: "rejected", reason: "no such channel" } as const;
  const sent = stands(digital, "one", { version: "v1.0", spec: fitting, status: "pending", shown: false });
  const jobs = new Map([[`${sent.address}@v1.0`, job]]);
  const { owned } = assigned(digital, { standing: [sent], jobs });
  const [version] = [...owned.values()][0]?.versions ?? [];
  assert.deepEqual(
    [version?.status, version?.statusText, version?.reason],
    ["rejected", "REJECTED", "no such channel"],
  );
  const seen = stands(digital, "one", { version: "v1.0", spec: fitting, status: "active" });
  const both = assigned(digital, { standing: [seen], jobs });
  assert.equal([...both.owned.values()][0]?.versions[0]?.reason, undefined, "a job of what is there tells nothing");
});

test("a reason is CXone's, else the ledger's, but not for a word that stands for several", () => {
  const facts = { version: 1, spec: code, status: "rejected" } as const;
  const ledger = { reason: "spam" };
  assert.equal(known(sms, { ...facts, ledger }).reason, "spam");
  assert.equal(known(sms, { ...facts, ledger, shown: false }).reason, "spam");
  assert.equal(known(sms, { ...facts, ledger, observed: { reason: "too long" } }).reason, "too long");
  for (const status of ["paused", "unknown"] as const)
    assert.equal(known(sms, { ...facts, ledger, observed: { status } }).reason, undefined, status);
});

test("content and digest are what is seen; unseen, what was submitted, by the digest that the ledger has", () => {
  const facts = { version: 1, spec: code, status: "active" } as const;
  const unseen = known(sms, { ...facts, shown: false, ledger: { digest: "d".repeat(64) } });
  assert.deepEqual([unseen.digest, unseen.state], ["d".repeat(64), {}]);
  const edited = known(sms, { ...facts, observed: { state: { content: "other", fromAddress: "+15035550142" } } });
  assert.equal(edited.state["content"], "other");
  assert.notEqual(edited.digest, edited.ledger.digest);
  const same = known(sms, facts);
  assert.equal(same.digest, same.ledger.digest);
  assert.equal(same.statusText, "APPROVED");
  assert.equal(known(sms, { ...facts, shown: false }).statusText, "ACTIVE");
});

test("active since is the ledger's time, else the decision's, else now; what is not active never was by that", () => {
  const since = (more: Partial<VersionFacts>): number | undefined =>
    known(whatsapp, { version: 1, spec: parcel, status: "active", ...more }).activeSince;
  assert.equal(since({ activeSinceDays: -9 }), Date.parse(at(-9)));
  const decided = {
    ledger: { activeSince: undefined },
    observed: { decidedAt: at(-4) },
  } as unknown as Partial<VersionFacts>;
  assert.equal(since(decided), Date.parse(at(-4)));
  assert.equal(
    since({ status: "pending", observed: { status: "active", decidedAt: at(3) } }),
    now,
    "not in the future",
  );
  assert.equal(since({ status: "pending", observed: { status: "active" } }), now);
  assert.equal(since({ status: "pending" }), undefined);
});
