// What the ledger remembers of names and what a plan makes of it: chains, deleted lines, names that come back, two that claim one.
import assert from "node:assert/strict";
import test from "node:test";
import type { Declared } from "../../src/contract/declared.ts";
import type { LedgerResource } from "../../src/contract/entry.ts";
import type { JsonObject } from "../../src/contract/json.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import { renamesOf } from "../../src/plan/rename.ts";
import {
  a2p,
  at,
  declare,
  digital,
  forgotten,
  rows,
  type SceneFacts,
  type Standing,
  scene,
  session,
  sms,
  specs,
  stands,
  told,
  unowned,
  webhook,
  whatsapp,
} from "./scene.ts";

const { code, campaign, fitting, hook, parcel, winter } = specs;
const reworded = { ...parcel, body: "Your parcel {{1}} left for {{2}} today." };

function made(facts: SceneFacts) {
  const { plan, events, assignments } = makePlan(scene(facts));
  return {
    plan,
    steps: told(plan),
    events: events.map(({ action, address, former, version }) =>
      [action, address?.split("/")[1], former?.split("/")[1] ?? version].filter((word) => word !== undefined).join(" "),
    ),
    handedOver: [...assignments.values()].map(({ handsOver }) => handsOver).filter((one) => one !== undefined),
    states: [...assignments.values()].map(({ content }) => content),
  };
}

/** An address as it was before, in the ledger. */
const having = (standing: Standing, ...formers: readonly string[]): Standing => ({
  ...standing,
  resource: { ...standing.resource, formers: formers.map((name) => standing.kind.address(name, parcel)) },
});

/** What is planned of names alone: `b<a` is a manifest of b that says renamedFrom a; `b:a,x` a ledger that has a and x before b. */
function named(manifests: string, ledger: string) {
  const declared = manifests.split(" ").map((word): Declared => {
    const [name = "", former] = word.split("<");
    return declare(sms, name, code, former === undefined ? {} : { renamedFrom: former });
  });
  const address = (name: string) => `SmsTemplate/${name}`;
  const resources = ledger.split(" ").map((word): readonly [string, LedgerResource] => {
    const [name = "", formers] = word.split(":");
    return [
      address(name),
      { versions: [], ...(formers === undefined ? {} : { formers: formers.split(",").map(address) }) },
    ];
  });
  const renames = renamesOf(scene({ declared, resources: Object.fromEntries(resources) }));
  return declared.map((one) => {
    const events = renames
      .eventsOf(one.address)
      .map(({ action, former = "" }) => `${action} ${former.split("/")[1] ?? ""}`);
    return [
      one.name,
      renames
        .formersOf(one.address)
        .map((former) => former.split("/")[1])
        .join(),
      ...events,
    ]
      .join(" ")
      .trim();
  });
}

test("a line is recorded once, for a former address that the ledger knows and nobody declares", () => {
  assert.deepEqual(named("b<a", "a"), ["b a renamed a"]);
  assert.deepEqual(named("b<a", "a b:a"), ["b a"]);
  assert.deepEqual(named("b<a", "x"), ["b"]);
  assert.deepEqual(named("b<a a", "a"), ["b", "a"]);
  assert.deepEqual(named("b", "a b"), ["b"]);
});

test("what is recorded needs no line, and is followed to the first name", () => {
  assert.deepEqual(named("b", "a b:a"), ["b a"]);
  assert.deepEqual(named("c<b", "a b:a"), ["c b,a renamed b"]);
  assert.deepEqual(named("c", "a b c:b,a"), ["c b,a"]);
});

test("a name that is declared again is its own, what was before it stays where it is", () => {
  assert.deepEqual(named("c b", "a b c:b,a"), ["c a", "b  redeclared"]);
  assert.deepEqual(named("b a", "a b:a"), ["b", "a  redeclared"]);
  assert.deepEqual(named("a<b", "a b:a"), ["a b renamed b"]);
});

test("of two that claim one former address the one that has it and says so keeps it, else the line decides", () => {
  assert.deepEqual(named("b<a c<a", "a b:a"), ["b a", "c"]);
  assert.deepEqual(named("b<a c<a", "a"), ["b a renamed a", "c"]);
  assert.deepEqual(named("b c<a", "a b:a"), ["b", "c a renamed a"]);
  assert.deepEqual(named("c<a", "a b:a"), ["c a renamed a"]);
});

test("every former name's versions wait for the last one to serve, with or without the lines", () => {
  const [a, b] = [
    stands(whatsapp, "a", { version: 1, spec: parcel, status: "active" }),
    stands(whatsapp, "b", { version: 1, spec: reworded, status: "pending" }),
  ];
  const third = { ...parcel, body: "Parcel {{1}} was given to {{2}} today." };
  const chained = made({
    declared: [declare(whatsapp, "c", third, { renamedFrom: "b" })],
    standing: [a, having(b, "a")],
  });
  assert.deepEqual([chained.steps, chained.events], [["create WhatsAppTemplate/c/en ·→1"], ["renamed c b"]]);
  const lineless = made({ declared: [declare(whatsapp, "b", reworded)], standing: [a, having(b, "a")] });
  assert.deepEqual([lineless.steps, lineless.events], [[], []]);
  const served = having(stands(whatsapp, "c", { version: 1, spec: third, status: "active" }), "b", "a");
  const decided = stands(whatsapp, "b", { version: 1, spec: reworded, status: "active" });
  assert.deepEqual(made({ declared: [declare(whatsapp, "c", third)], standing: [a, decided, served] }).steps, [
    "deprecate WhatsAppTemplate/a/en 1→· follow-up",
    "deprecate WhatsAppTemplate/b/en 1→· follow-up",
  ]);
});

test("every former object of a mutable kind goes once the last one is active", () => {
  const active = { version: 1, spec: code, status: "active" } as const;
  const c = stands(sms, "c", active);
  const declared = [declare(sms, "c", code)];
  const formers = { ...c, resource: { ...c.resource, formers: ["SmsTemplate/b", "SmsTemplate/a"] } };
  const standing = [stands(sms, "a", active), stands(sms, "b", { ...active, version: 2 }), formers];
  assert.deepEqual(made({ declared, standing }).steps, [
    "deprecate SmsTemplate/a 1→· follow-up",
    "deprecate SmsTemplate/b 2→· follow-up",
  ]);
});

test("a line that names nobody does not hide that the same content is taken down under another name", () => {
  const old = stands(digital, "booking", { version: "v1.0", spec: fitting, status: "active" });
  const skipped = declare(digital, "appointment", fitting, { renamedFrom: "visit" });
  const { plan, steps } = made({ declared: [skipped], standing: [old] });
  assert.deepEqual(
    [steps, rows(plan.blocked)],
    [[], ["DigitalTemplate/appointment/en-US by rename", "DigitalTemplate/booking/en-US by rename"]],
  );
});

const moved = (secret: JsonObject, name = "approvals") =>
  declare(webhook, name, { ...hook, secret }, { renamedFrom: "decisions" });
const old = stands(webhook, "decisions", { version: 3, spec: hook, status: "active" });
const newSecret = { fromEnv: "CXONE_WEBHOOK_SECRET", rotation: 2 };

test("a renamed webhook's secret is compared with what the ledger knows of it", () => {
  const { steps, states } = made({ declared: [moved(newSecret)], standing: [old] });
  assert.deepEqual(steps, ["adopt WebhookSubscription/approvals ·→1", "update WebhookSubscription/approvals 1→2"]);
  // The adoption takes over what is, not what is wanted: a run that ends after it has not changed the secret.
  assert.deepEqual(states[0]?.["secret"], { variable: "CXONE_WEBHOOK_SECRET", rotation: 1 });
});

test("while an update of the former name has no answer, its secret is nobody's knowledge and is written", () => {
  const begun = { operation: "update", idempotencyKey: "key", generation: 0, at: at(-1) };
  const open = stands(webhook, "decisions", { version: 3, spec: hook, status: "active", ledger: { begun } });
  const { steps, states } = made({ declared: [moved(hook.secret)], standing: [open] });
  assert.deepEqual(steps, ["adopt WebhookSubscription/approvals ·→1", "update WebhookSubscription/approvals 1→2"]);
  assert.equal(states[0]?.["secret"], undefined);
  // A creation whose effect was found holds what was sent.
  const lost = { ...begun, operation: "create" };
  const found = stands(webhook, "decisions", { version: 3, spec: hook, status: "active", ledger: { begun: lost } });
  assert.deepEqual(made({ declared: [moved(hook.secret)], standing: [found] }).steps, [
    "adopt WebhookSubscription/approvals ·→1",
  ]);
});

test("a name that comes back takes its object along under its next number", () => {
  const gone = forgotten(stands(webhook, "approvals", { version: 4, spec: hook, status: "deprecated", shown: false }));
  assert.deepEqual(made({ declared: [moved(hook.secret)], standing: [old, gone] }).steps, [
    "adopt WebhookSubscription/approvals ·→5",
  ]);
});

const template = { ...fitting, templateId: "bk" };
const versionOf = (version: string, status: "active" | "deprecated", channels: readonly string[]) =>
  ({ version, status, spec: { ...template, channels: [...channels] } }) as const;

test("a digital template that keeps its templateId takes one version along, the others are retired in their time", () => {
  const booking = (first: "active" | "deprecated", days = -30) =>
    stands(digital, "booking", versionOf("v1.0", first, ["sms"]), {
      ...versionOf("v1.1", "active", fitting.channels),
      activeSinceDays: days,
    });
  const declared = [declare(digital, "visit", template, { renamedFrom: "booking" })];
  const early = made({ declared, standing: [booking("active", -1)] });
  assert.deepEqual(
    [early.steps, rows(early.plan.waiting)],
    [["adopt DigitalTemplate/visit/en-US ·→v1.1"], ["DigitalTemplate/booking/en-US@v1.0 by pending"]],
  );
  const [given] = early.handedOver;
  assert.deepEqual(
    [given?.action, given?.address, given?.version],
    ["handedOver", "DigitalTemplate/booking/en-US", "v1.1"],
  );
  const late = made({ declared, standing: [booking("active")] });
  assert.deepEqual(late.steps, [
    "adopt DigitalTemplate/visit/en-US ·→v1.1",
    "deprecate DigitalTemplate/booking/en-US v1.0→· follow-up",
  ]);
  // With nothing left to look after, the former address is done.
  const last = made({ declared, standing: [booking("deprecated")] }).handedOver[0];
  assert.deepEqual([last?.action, last?.version], ["forgotten", undefined]);
});

test("an object of nobody's is adopted beside what a former address leaves, which hands nothing over", () => {
  const declared = [
    declare(
      webhook,
      "approvals",
      { ...hook, url: "https://hooks.juniperandpine.example/new" },
      { renamedFrom: "decisions" },
    ),
  ];
  const stranger = unowned(webhook, "x", { ...hook, url: "https://hooks.juniperandpine.example/new" });
  const { steps, handedOver } = made({ declared, standing: [old, stranger] });
  assert.deepEqual(
    [steps, handedOver],
    [["adopt WebhookSubscription/approvals ·→1", "remove WebhookSubscription/decisions 3→· follow-up"], []],
  );
});

test("what refers to an object that is taken along refers to its new address", () => {
  const owner = stands(sms, "otp", { version: 1, spec: code, status: "active" });
  const registered = stands(a2p, "pin", { version: 1, spec: { ...campaign, template: "otp" }, status: "active" });
  const [object] = registered.objects;
  const field = Object.keys(a2p.links)[0] as string;
  const linked = object === undefined ? [] : [{ ...object, state: { ...object.state, [field]: "id-otp-1" } }];
  const declared = [
    declare(sms, "sign-in-code", { ...code, templateId: "id-otp-1" }, { renamedFrom: "otp" }),
    declare(a2p, "pin", campaign),
  ];
  const { steps, plan } = made({ declared, standing: [owner, { ...registered, objects: linked }] });
  assert.deepEqual([steps, plan.blocked], [["adopt SmsTemplate/sign-in-code ·→1"], []]);
});

const sent = (name: string, version = 1) => stands(session, name, { version, spec: winter, status: "active" });

test("a renamed session has the generations of all its former names", () => {
  const declared = [declare(session, "c", winter, { renamedFrom: "b" })];
  const b = { ...sent("b", 2), resource: { ...sent("b", 2).resource, formers: ["GuestSession/a"] } };
  const { steps, events } = made({ declared, standing: [sent("a"), b] });
  assert.deepEqual([steps, events], [[], ["renamed c b", "adopted c 2", "adopted c 1"]]);
});

test("a session has its former name's generations without the line, and nothing of one that is declared again", () => {
  const empty = { versions: [], formers: ["GuestSession/a"] };
  const lineless = made({
    declared: [declare(session, "b", winter)],
    standing: [sent("a")],
    resources: { "GuestSession/b": empty },
  });
  assert.deepEqual([lineless.steps, lineless.events], [[], ["adopted b 1"]]);
  const next = { ...winter, generation: 2 };
  const both = [declare(session, "b", next, { renamedFrom: "a" }), declare(session, "a", next)];
  const again = stands(
    session,
    "a",
    { version: 1, spec: winter, status: "active" },
    { version: 2, spec: next, status: "active" },
  );
  const apart = made({ declared: both, standing: [again, sent("b")] });
  assert.deepEqual([apart.steps, apart.events], [["send GuestSession/b 1→2"], []]);
  // One that the ledger does not know yet is what it says it was.
  const fresh = made({
    declared: [declare(session, "b", winter, { renamedFrom: "a" }), declare(session, "a", winter)],
    standing: [sent("a")],
  });
  assert.deepEqual([fresh.steps, fresh.events], [[], ["adopted b 1"]]);
});

test("a session whose sending has no answer is not taken over, and blocks under its new name also without the line", () => {
  const open = stands(session, "a", { version: 1, spec: winter, status: "pending", begun: true });
  const empty = { versions: [], formers: ["GuestSession/a"] };
  const { steps, events, plan } = made({
    declared: [declare(session, "b", winter)],
    standing: [open],
    resources: { "GuestSession/b": empty },
  });
  assert.deepEqual([steps, events, rows(plan.blocked)], [[], [], ["GuestSession/b@1 by rename"]]);
  assert.match(plan.blocked[0]?.reason ?? "", /its sending as GuestSession\/a is not resolved/);
});
