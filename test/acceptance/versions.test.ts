// The life of a WhatsApp template over many applies: submit, approve, reject, replace, retire, revert, rename, remove.
import assert from "node:assert/strict";
import { whatsapp } from "./manifests.ts";
import { type Project, rows, scenario, stepLine } from "./project.ts";

const templates = "/api/v2/omnichannel/messaging/templates";
const address = "WhatsAppTemplate/order/en_US";

/** From now on no request may leave none of these remote names approved. */
export function neverWithout(project: Project, names: readonly string[]): void {
  project.double.watchers.push((exchange) => {
    const isServed = project.double.whatsapp.some((each) => names.includes(each.name) && each.status === "APPROVED");
    if (!isServed) project.double.wrongs.push(`${exchange.method} ${exchange.path} left no approved version`);
  });
}
const status = (project: Project, name: string) => project.double.whatsapp.find((each) => each.name === name)?.status;
const idOf = (project: Project, name: string) => project.double.whatsapp.find((each) => each.name === name)?.id;

scenario(
  "v1 stays approved while v2 is pending and rejected; v3 replaces it; v1's text comes back without a submission",
  {},
  async (project) => {
    project.put(whatsapp("order", "the first text of an order"));
    await project.applied(0);
    assert.deepEqual(project.writes, [`POST ${templates}`]);
    assert.deepEqual(project.versions(address), ["1 pending"]);
    const waiting = await project.isSettled();
    assert.deepEqual(
      waiting.waiting.map((row) => [row.address, row.by]),
      [[address, "pending"]],
    );
    project.double.approve("order");
    await project.applied(0);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(project.versions(address), ["1 active"]);
    neverWithout(project, ["order", "order_v2", "order_v3"]);

    project.put(whatsapp("order", "the second text of an order"));
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine), [`newVersion ${address}`]);
    assert.deepEqual(made.steps[0]?.version, { from: 1, to: 2 });
    assert.deepEqual(
      made.steps[0]?.changes.map((change) => change.path),
      ["/body"],
    );
    await project.applied(0);
    assert.deepEqual([status(project, "order"), status(project, "order_v2")], ["APPROVED", "PENDING"]);
    assert.deepEqual(project.versions(address), ["1 active", "2 pending"]);

    project.double.decide("order_v2", "REJECTED", "TAG_CONTENT_MISMATCH");
    const blocked = await project.applied(0);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      blocked.plan.blocked.map((row) => [row.address, row.by, row.version]),
      [[address, "rejected", 2]],
    );
    assert.match(rows(blocked.plan), /TAG_CONTENT_MISMATCH/);
    assert.equal(status(project, "order"), "APPROVED");
    assert.deepEqual(project.versions(address), ["1 active", "2 rejected"]);

    project.put(whatsapp("order", "the third text of an order"));
    await project.applied(0);
    assert.deepEqual(
      project.double.whatsapp.map((each) => each.name),
      ["order", "order_v2", "order_v3"],
    );
    project.double.approve("order_v3");
    await project.applied(0);
    await project.applied(0);
    assert.deepEqual([status(project, "order"), status(project, "order_v3")], ["DEPRECATED", "APPROVED"]);
    assert.deepEqual(project.versions(address), ["1 deprecated", "2 rejected", "3 active"]);
    await project.isSettled();

    project.put(whatsapp("order", "the first text of an order"));
    const back = await project.plan();
    assert.deepEqual(back.steps.filter((step) => !step.followUp).map(stepLine), [`reactivate ${address}`]);
    await project.applied(0);
    assert.equal(project.writes[0], `PUT ${templates}/${idOf(project, "order")}`);
    assert.deepEqual(project.requests.find((each) => each.method === "PUT")?.body, { status: "APPROVED" });
    await project.applied(0);
    assert.deepEqual([status(project, "order"), status(project, "order_v3")], ["APPROVED", "DEPRECATED"]);
    assert.equal(project.double.whatsapp.length, 3, "the text of v1 was submitted again");
    assert.deepEqual(project.versions(address), ["1 active", "2 rejected", "3 deprecated"]);
  },
);

scenario(
  "with retireAfter 7d the replaced version stays for seven days and a waiting row says until when",
  { environment: { retireAfter: "7d" } },
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "the first text of an order"));
    await project.applied(0);
    neverWithout(project, ["order", "order_v2"]);
    project.put(whatsapp("order", "the second text of an order"));
    await project.applied(0);
    const approvedAt = project.now;
    project.later(3 * 86_400_000);
    const half = await project.applied(0);
    assert.deepEqual(project.writes, []);
    assert.equal(status(project, "order"), "APPROVED");
    const row = half.plan.waiting.find((each) => each.version === 1);
    assert.ok(row !== undefined, `no row says that version 1 waits: ${rows(half.plan)}`);
    const day = new Date(approvedAt + 7 * 86_400_000).toISOString().slice(0, 10);
    assert.match(row.reason, new RegExp(day));
    project.later(4 * 86_400_000 + 60_000);
    await project.applied(0);
    assert.deepEqual(project.writes, [`PUT ${templates}/${idOf(project, "order")}`]);
    assert.equal(status(project, "order"), "DEPRECATED");
  },
);

scenario("a version overtaken while pending is retired once it has been decided", {}, async (project) => {
  project.put(whatsapp("order", "the first text of an order"));
  await project.applied(0);
  project.put(whatsapp("order", "the second text of an order"));
  await project.applied(0);
  assert.equal(project.double.whatsapp.length, 2);
  project.double.approve("order_v2");
  await project.applied(0);
  assert.deepEqual(project.writes, []);
  project.double.approve("order");
  await project.applied(0);
  await project.applied(0);
  assert.deepEqual([status(project, "order"), status(project, "order_v2")], ["DEPRECATED", "APPROVED"]);
});

scenario("a paused template waits and is never submitted again; an unknown status neither", {}, async (project) => {
  project.put(whatsapp("order", "the first text of an order"));
  await project.applied(0);
  for (const word of ["PAUSED", "DISABLED", "IN_APPEAL", "SOMETHING_NEW"]) {
    project.double.decide("order", word);
    const done = await project.applied(0);
    assert.deepEqual(project.writes, [], word);
    assert.deepEqual(
      done.plan.waiting.map((row) => row.address),
      [address],
      word,
    );
    assert.match(rows(done.plan), new RegExp(word), word);
  }
});

scenario(
  "a removed manifest retires an active template, waits for a pending one and leaves a rejected one",
  {},
  async (project) => {
    const [one, two, three] = ["one", "two", "three"].map((name) => whatsapp(name, `text ${name} of an order`));
    assert.ok(one && two && three);
    project.put(one, two, three);
    await project.applied(0);
    project.double.approve("one");
    project.double.decide("three", "REJECTED", "SCAM");
    await project.applied(0);
    project.drop(one, two, three);
    const made = await project.plan();
    assert.deepEqual(made.steps.map(stepLine), ["deprecate WhatsAppTemplate/one/en_US"]);
    await project.applied(0);
    assert.deepEqual(
      ["one", "two", "three"].map((name) => status(project, name)),
      ["DEPRECATED", "PENDING", "REJECTED"],
    );
    project.double.approve("two");
    await project.applied(0);
    assert.equal(status(project, "two"), "DEPRECATED");
  },
);

scenario(
  "the same words under another name in one language are blocked as a duplicate, exit 3",
  {},
  async (project) => {
    project.double.knobs.approveAtOnce = true;
    project.put(whatsapp("order", "the first text of an order", { footer: "Acme" }));
    await project.applied(0);
    project.put(whatsapp("shipment", "the first text of an order", { footer: "Acme" }));
    const done = await project.applied(3);
    assert.deepEqual(project.writes, []);
    assert.deepEqual(
      done.plan.blocked.map((row) => [row.address, row.by]),
      [["WhatsAppTemplate/shipment/en_US", "duplicate"]],
    );
  },
);

scenario("a rename without renamedFrom takes nothing down: both rows are blocked, exit 3", {}, async (project) => {
  project.double.knobs.approveAtOnce = true;
  const plain = whatsapp("parcel", "the text of a parcel", {});
  project.put(plain);
  await project.applied(0);
  project.drop(plain);
  project.put(whatsapp("packet", "the text of a parcel"));
  neverWithout(project, ["parcel"]);
  const done = await project.applied(3);
  assert.deepEqual(project.writes, []);
  assert.deepEqual(done.plan.blocked.map((row) => [row.address, row.by]).sort(), [
    ["WhatsAppTemplate/packet/en_US", "rename"],
    ["WhatsAppTemplate/parcel/en_US", "rename"],
  ]);
});

scenario(
  "with renamedFrom the old name goes only when the new one is active and its grace is over",
  { environment: { retireAfter: "1d" } },
  async (project) => {
    const old = whatsapp("parcel", "the text of a parcel");
    project.put(old);
    await project.applied(0);
    project.double.approve("parcel");
    await project.applied(0);
    neverWithout(project, ["parcel", "packet"]);
    project.drop(old);
    project.put(whatsapp("packet", "the new text of a packet", {}, { renamedFrom: "parcel" }));
    await project.applied(0);
    assert.deepEqual(project.writes, [`POST ${templates}`]);
    project.later(3 * 86_400_000);
    await project.applied(0);
    assert.deepEqual(project.writes, [], "the old name went while the new one was pending");
    project.double.approve("packet");
    await project.applied(0);
    assert.equal(status(project, "parcel"), "APPROVED", "the old name went before its grace was over");
    project.later(86_400_000 + 60_000);
    await project.applied(0);
    assert.deepEqual([status(project, "parcel"), status(project, "packet")], ["DEPRECATED", "APPROVED"]);
  },
);

scenario("settle records decisions and retires what was replaced, and submits nothing new", {}, async (project) => {
  project.put(whatsapp("order", "the first text of an order"));
  await project.applied(0);
  project.double.approve("order");
  await project.settle();
  assert.deepEqual(project.versions(address), ["1 active"]);
  project.put(whatsapp("order", "the second text of an order"), whatsapp("other", "another text of an order"));
  const nothing = await project.settle();
  assert.equal(nothing.exit, 0);
  assert.deepEqual(project.writes, []);
  await project.applied(0);
  project.double.approve("order_v2");
  project.double.approve("other");
  await project.settle();
  await project.settle();
  assert.deepEqual([status(project, "order"), status(project, "order_v2")], ["DEPRECATED", "APPROVED"]);
});
