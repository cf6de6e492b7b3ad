// Renames over several applies: the ledger remembers who was called what, so that a chain of names, a deleted line and a name that comes back are told apart.
import assert from "node:assert/strict";
import { loadConfig } from "../../src/library/config.ts";
import { status as statusOf } from "../../src/library/status.ts";
import { testWorld } from "../_world/world.ts";
import { digital, guest, webhook, whatsapp } from "./manifests.ts";
import { type Project, rows, scenario } from "./project.ts";

type Manifest = ReturnType<typeof webhook>;

const dayMs = 86_400_000;
const told = (project: Project) => project.writes.map((write) => write.replace(/\?.*$/, ""));
const from = (renamedFrom: string) => ({ renamedFrom });
const replace = (project: Project, before: Manifest, after: Manifest): void => {
  project.drop(before);
  project.put(after);
};

scenario("a session that is renamed twice is sent once", {}, async (project) => {
  project.put(guest("a"));
  await project.applied(0);
  replace(project, guest("a"), guest("b", {}, from("a")));
  await project.applied(0);
  assert.deepEqual([told(project), project.versions("GuestSession/b")], [[], ["1 active"]]);
  replace(project, guest("b"), guest("c", {}, from("b")));
  await project.applied(0);
  assert.deepEqual([told(project), project.double.guests.length], [[], 1]);
});

scenario(
  "a renamed session stays sent without its line, and beside a new one of the former name",
  {},
  async (project) => {
    project.put(guest("a"));
    await project.applied(0);
    replace(project, guest("a"), guest("b", {}, from("a")));
    await project.applied(0);
    project.put(guest("b"));
    await project.applied(0);
    assert.equal(project.double.guests.length, 1);
    // The former name is a resource of its own again: its next generation is its own, and no word about the renamed one's.
    project.put(guest("a", { generation: 2 }));
    await project.applied(0);
    assert.equal(project.double.guests.length, 2);
    project.put(guest("b", { generation: 2 }));
    await project.applied(0);
    assert.equal(project.double.guests.length, 3);
  },
);

scenario("a session whose name goes and comes back is sent once", {}, async (project) => {
  project.put(guest("a"));
  await project.applied(0);
  for (const [before, after] of [
    ["a", "b"],
    ["b", "a"],
    ["a", "b"],
  ] as const) {
    replace(project, guest(before), guest(after, {}, from(before)));
    await project.applied(0);
  }
  assert.equal(project.double.guests.length, 1);
});

const status = (project: Project) => project.double.whatsapp.map((one) => `${one.name} ${one.status}`);
const parcel = whatsapp("parcel", "the first words of a parcel");
const packet = whatsapp("packet", "the second words of a parcel", {}, from("parcel"));
const shipment = whatsapp("shipment", "the third words of a parcel", {}, from("packet"));

/** `parcel` is active, `packet` is pending in its place. */
async function renamedOnce(project: Project): Promise<void> {
  project.put(parcel);
  await project.applied(0);
  project.double.approve("parcel");
  await project.applied(0);
  replace(project, parcel, packet);
  await project.applied(0);
}

scenario(
  "a template that is renamed twice keeps its first name until the last one has served for long enough",
  { environment: { retireAfter: "7d" } },
  async (project) => {
    await renamedOnce(project);
    replace(project, packet, shipment);
    const done = await project.applied(0);
    assert.deepEqual(
      done.plan.steps.map((step) => `${step.action} ${step.address}`),
      ["create WhatsAppTemplate/shipment/en_US"],
      rows(done.plan),
    );
    // What was overtaken while Meta was still at it goes, too, once it is decided.
    project.double.approve("packet");
    project.double.approve("shipment");
    await project.applied(0);
    assert.deepEqual(status(project), ["parcel APPROVED", "packet APPROVED", "shipment APPROVED"]);
    project.later(8 * dayMs);
    const settled = await project.settle();
    assert.deepEqual(settled.plan.steps.map((step) => `${step.action} ${step.address} ${step.followUp}`).sort(), [
      "deprecate WhatsAppTemplate/packet/en_US true",
      "deprecate WhatsAppTemplate/parcel/en_US true",
    ]);
    assert.deepEqual(status(project), ["parcel DEPRECATED", "packet DEPRECATED", "shipment APPROVED"]);
  },
);

scenario("a deleted renamedFrom takes nothing down", { environment: { retireAfter: "7d" } }, async (project) => {
  await renamedOnce(project);
  project.put(whatsapp("packet", "the second words of a parcel"));
  await project.applied(0);
  assert.deepEqual(status(project), ["parcel APPROVED", "packet PENDING"]);
  project.double.approve("packet");
  await project.applied(0);
  project.later(8 * dayMs);
  await project.applied(0);
  assert.deepEqual(status(project), ["parcel DEPRECATED", "packet APPROVED"]);
});

scenario(
  "a former name that is declared again is a resource of its own, and its removal a removal",
  { environment: { retireAfter: "0s" } },
  async (project) => {
    await renamedOnce(project);
    project.put(whatsapp("packet", "the second words of a parcel"), parcel);
    project.double.approve("packet");
    await project.applied(0);
    project.later(dayMs);
    await project.applied(0);
    assert.deepEqual(status(project), ["parcel APPROVED", "packet APPROVED"]);
    project.drop(parcel);
    const done = await project.applied(0);
    assert.deepEqual(
      done.plan.steps.map((step) => [step.action, step.address, step.followUp, step.risk]),
      [["deprecate", "WhatsAppTemplate/parcel/en_US", false, "high"]],
    );
  },
);

scenario("a name that goes and comes back ends with one version that serves", {}, async (project) => {
  await renamedOnce(project);
  project.double.approve("packet");
  await project.applied(0);
  await project.applied(0);
  assert.deepEqual(status(project), ["parcel DEPRECATED", "packet APPROVED"]);
  replace(project, packet, whatsapp("parcel", "the third words of a parcel", {}, from("packet")));
  await project.applied(0);
  project.double.approve("parcel_v2");
  await project.applied(0);
  await project.applied(0);
  assert.deepEqual(status(project), ["parcel DEPRECATED", "packet DEPRECATED", "parcel_v2 APPROVED"]);
});

const otherSecret = { env: { HOOK_NEW: "whsec-another-webhook-secret-of-32-bytes" } };
const hook = (name: string, secret: object, metadata: object = {}): Manifest => {
  const made = webhook(name, { url: "https://hooks.acme.example/one", secret });
  return { ...made, metadata: { name, ...metadata } };
};
const [first, second, third] = [
  { fromEnv: "HOOK_SECRET" },
  { fromEnv: "HOOK_NEW", rotation: 2 },
  { fromEnv: "HOOK_NEW", rotation: 3 },
] as const;

scenario(
  "a renamed webhook with a new secret is taken along and given that secret, there and back",
  otherSecret,
  async (project) => {
    project.put(hook("old", first));
    await project.applied(0);
    replace(project, hook("old", first), hook("new", second, from("old")));
    const done = await project.applied(0);
    assert.deepEqual(
      done.plan.steps.map((step) => `${step.action} ${step.address}`),
      ["adopt WebhookSubscription/new", "update WebhookSubscription/new"],
    );
    assert.deepEqual(
      done.plan.steps[1]?.changes.map((change) => change.path),
      ["/secret/rotation", "/secret/variable"],
    );
    assert.equal(project.double.webhooks[0]?.secret, otherSecret.env.HOOK_NEW);
    replace(project, hook("new", second), hook("old", third, from("new")));
    assert.deepEqual(
      (await project.applied(0)).plan.steps.map((step) => `${step.action} ${step.address} ${step.version.to}`),
      ["adopt WebhookSubscription/old 2", "update WebhookSubscription/old 3"],
    );
    assert.equal(project.double.webhooks.length, 1);
  },
);

scenario("a settle between a rename and its apply hands nothing over", otherSecret, async (project) => {
  project.put(hook("old", first));
  await project.applied(0);
  replace(project, hook("old", first), hook("new", second, from("old")));
  await project.settle();
  const done = await project.applied(0);
  assert.deepEqual(
    done.plan.steps.map((step) => step.action),
    ["adopt", "update"],
  );
});

for (const when of ["before", "after"] as const)
  scenario(
    `a run that dies ${when} the update of what it took along leaves that update to the next`,
    otherSecret,
    async (project) => {
      project.put(hook("old", first));
      await project.applied(0);
      replace(project, hook("old", first), hook("new", second, from("old")));
      assert.ok(await project.applyAndDie({ nth: 0, when }));
      await project.applied(0);
      assert.deepEqual(
        [project.double.webhooks.length, project.double.webhooks[0]?.secret],
        [1, otherSecret.env.HOOK_NEW],
      );
      assert.deepEqual(project.versions("WebhookSubscription/new"), ["1 deprecated", "2 active"]);
    },
  );

scenario("an update that had no answer under the old name is made under the new one", otherSecret, async (project) => {
  project.put(hook("old", first));
  await project.applied(0);
  project.put(hook("old", second));
  assert.ok(await project.applyAndDie({ nth: 0, when: "before" }));
  replace(project, hook("old", second), hook("new", second, from("old")));
  await project.applied(0);
  assert.equal(project.double.webhooks[0]?.secret, otherSecret.env.HOOK_NEW);
});

const booking = (words: string) => digital("booking", `Hello {{customer.name}}, ${words}.`, { templateId: "bk" });
const versions = (project: Project) => project.double.digital.map((one) => `${one.version} ${one.status}`);

scenario(
  "a digital template that keeps its templateId takes its version along, and its older one is retired in its time",
  { environment: { retireAfter: "7d" } },
  async (project) => {
    project.put(booking("one"));
    await project.applied(0);
    project.put(booking("two"));
    await project.applied(0);
    assert.deepEqual(versions(project), ["v1.0 ACTIVE", "v1.1 ACTIVE"]);
    const reservation = digital("reservation", "Hello {{customer.name}}, two.", { templateId: "bk" }, from("booking"));
    replace(project, booking("two"), reservation);
    const done = await project.applied(0);
    assert.deepEqual([done.plan.unmanaged, told(project)], [[], []]);
    const address = "DigitalTemplate/reservation/en-US";
    assert.deepEqual(project.versions(address), ["v1.1 active"]);
    assert.deepEqual(project.versions("DigitalTemplate/booking/en-US"), ["v1.0 active"]);
    project.later(8 * dayMs);
    assert.deepEqual((await project.plan()).unmanaged, []);
    await project.applied(0);
    assert.deepEqual(versions(project), ["v1.0 DEPRECATED", "v1.1 ACTIVE"]);
  },
);

scenario("of a name that came to nothing there is nothing to tell", { isOpenEnded: true }, async (project) => {
  project.double.knobs.approveAtOnce = true;
  project.put(parcel);
  await project.applied(0);
  const repeated = whatsapp("packet", "the first words of a parcel", {}, from("parcel"));
  replace(project, parcel, repeated);
  await project.applied(3);
  const addresses = async (): Promise<readonly string[]> => {
    const world = testWorld({ now: project.now, seed: 1, env: project.env, fetch });
    const { config } = loadConfig({ cwd: project.dir });
    const { resources } = await statusOf({ config, world, environment: undefined });
    return resources.map((one) => `${one.address.split("/")[1]} ${one.status}`);
  };
  assert.deepEqual(await addresses(), ["packet not applied", "parcel active"]);
  project.drop(repeated);
  assert.deepEqual(await addresses(), ["parcel active"]);
});
