// What a step of a mutable kind carries to whoever performs it, and what an open write, a forgotten address and a guard make of a decision.
import assert from "node:assert/strict";
import test from "node:test";
import type { LedgerVersion } from "../../src/contract/entry.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import type { Assignment } from "../../src/plan/input.ts";
import {
  a2p,
  at,
  declare,
  forgotten,
  rows,
  type SceneFacts,
  scene,
  sms,
  specs,
  stands,
  told,
  unowned,
  webhook,
} from "./scene.ts";

const { code, campaign, hook } = specs;
const otp = declare(sms, "otp", code);
const watch = declare(webhook, "watch", hook);
const changed = { ...code, content: "Juniper & Pine: {{code}} is your code." };
const tight = { maxRetire: { count: 0, percent: 0 }, maxUpdate: { count: 1e6, percent: 100 }, maxOptIns: 1e9 };
const begunUpdate: Partial<LedgerVersion> = {
  begun: { operation: "update", idempotencyKey: "key", generation: 0, at: at(-1) },
};

interface Made {
  readonly steps: readonly string[];
  readonly reasons: readonly string[];
  readonly assignments: readonly Assignment[];
  readonly events: readonly string[];
  readonly isGuarded: boolean;
  readonly plan: ReturnType<typeof makePlan>["plan"];
}

function made(facts: SceneFacts): Made {
  const { plan, assignments, events, isGuarded } = makePlan(
    scene({ ...facts, input: { guards: tight, ...facts.input } }),
  );
  return {
    plan,
    steps: told(plan),
    reasons: plan.steps.map(({ reason }) => reason),
    assignments: [...assignments.values()],
    events: events.map(({ action, address }) => `${action} ${address}`),
    isGuarded,
  };
}

test("a creation carries what is to be made, and nothing that was seen", () => {
  const { steps, reasons, assignments, plan } = made({ declared: [otp] });
  assert.deepEqual([steps, reasons], [["create SmsTemplate/otp ·→1"], ["new"]]);
  const [assignment] = assignments;
  assert.deepEqual(assignment?.target, { address: "SmsTemplate/otp", name: "otp", state: otp.state });
  assert.deepEqual(Object.keys(assignment ?? {}).sort(), ["content", "declared", "kind", "target"]);
  assert.equal(assignment?.declared, otp);
  const [step] = plan.steps;
  assert.deepEqual([step?.risk, step?.precondition, step?.source], ["low", {}, otp.source]);
});

test("what is gone is made again and says so, behind every number that was", () => {
  const standing = [
    stands(
      sms,
      "otp",
      { version: 4, spec: code, status: "deprecated", shown: false },
      { version: 2, spec: code, status: "active", shown: "gone" },
    ),
  ];
  const { steps, reasons } = made({ declared: [otp], standing });
  assert.deepEqual([steps, reasons], [["create SmsTemplate/otp ·→5"], ["CXone does not hold it any more"]]);
});

test("what was forgotten is new again, under the next number, and its old status is no news", () => {
  const old = stands(sms, "otp", { version: 3, spec: changed, status: "active", observed: { status: "paused" } });
  const { steps, reasons, events } = made({ declared: [otp], standing: [{ ...forgotten(old), objects: [] }] });
  assert.deepEqual([steps, reasons, events], [["create SmsTemplate/otp ·→4"], ["new"], []]);
});

test("an update carries what was seen under its revision, the declared content, and what it was before", () => {
  const standing = [stands(sms, "otp", { version: 3, spec: changed, status: "active" })];
  const { assignments, plan, isGuarded } = made({ declared: [otp], standing });
  const [assignment] = assignments;
  assert.equal(assignment?.observed?.revision, '"rev-id-otp-3-3"');
  assert.equal(assignment?.content?.["content"], code.content);
  assert.ok(assignment !== undefined && !("wasApplied" in assignment));
  assert.equal(plan.steps[0]?.risk, "medium");
  assert.equal(isGuarded, false, "it stays active");
});

test("where nothing is seen, the ledger stands in for the object, in CXone's own words", () => {
  for (const [status, statusText] of [
    ["active", "APPROVED"],
    ["deprecated", "DEPRECATED"],
  ] as const) {
    const standing = [stands(sms, "otp", { version: 3, spec: changed, status, shown: false })];
    const { steps, assignments } = made({ declared: [otp], standing });
    assert.deepEqual(steps, ["update SmsTemplate/otp 3→4"]);
    const { state, ...observed } = assignments[0]?.observed ?? { state: {} };
    assert.deepEqual(observed, { remoteId: "id-otp-3", remoteName: "otp", status, statusText, revision: "" });
    assert.equal((state as { readonly content?: string }).content, changed.content);
  }
});

test("an update that was begun is repeated under its number where nothing is seen, and where something else is", () => {
  const before = { version: 1, spec: changed, status: "deprecated", shown: false } as const;
  const sent = { version: 2, spec: code, status: "active", ledger: begunUpdate } as const;
  const unseen = made({ declared: [otp], standing: [stands(sms, "otp", before, { ...sent, shown: false })] });
  assert.deepEqual(unseen.steps, ["update SmsTemplate/otp 1→2"]);
  assert.deepEqual(unseen.reasons, ["its update was begun and is not seen in CXone"]);
  assert.equal(unseen.assignments[0]?.wasApplied, true);
  assert.deepEqual([unseen.events, unseen.isGuarded], [[], false]);
  const observed = { state: { content: changed.content, fromAddress: code.fromAddress }, status: "paused" } as const;
  const other = made({ declared: [otp], standing: [stands(sms, "otp", before, { ...sent, observed })] });
  assert.deepEqual([other.steps, other.assignments[0]?.wasApplied], [["update SmsTemplate/otp 1→2"], false]);
  assert.deepEqual(other.events, [], "its status is that of the content before");
  const alone = made({ declared: [otp], standing: [stands(sms, "otp", { ...sent, version: 1, shown: false })] });
  assert.deepEqual(alone.steps, ["update SmsTemplate/otp ·→1"]);
});

test("an update that was begun with other content than is declared now wants an agreement of its own", () => {
  const sent = { version: 2, spec: code, status: "active", shown: false, ledger: begunUpdate } as const;
  const { steps, assignments } = made({
    declared: [declare(sms, "otp", changed)],
    standing: [stands(sms, "otp", sent)],
  });
  assert.deepEqual([steps, assignments[0]?.wasApplied], [["update SmsTemplate/otp ·→2"], false]);
});

test("an update that was begun on what somebody has taken out of service wants an agreement of its own", () => {
  const content = { content: code.content, fromAddress: code.fromAddress };
  const seen = (status: "active" | "deprecated", statusText: string) =>
    made({
      declared: [otp],
      standing: [
        stands(
          sms,
          "otp",
          { version: 1, spec: changed, status: "deprecated", shown: false },
          {
            version: 2,
            spec: code,
            status: "active",
            ledger: begunUpdate,
            observed: { state: content, status, statusText },
          },
        ),
      ],
    });
  const { steps, assignments } = seen("deprecated", "DEPRECATED");
  assert.deepEqual([steps, assignments[0]?.wasApplied], [["update SmsTemplate/otp 1→2"], false]);
  assert.equal(seen("active", "APPROVED").assignments[0]?.wasApplied, true, "what is in service may be finished");
});

test("an update whose whole content is seen is done; what CXone keeps to itself is never seen", () => {
  const registration = stands(a2p, "otp", { version: 2, spec: campaign, status: "active", ledger: begunUpdate });
  const template = stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" });
  const declared = [declare(sms, "sign-in-code", code), declare(a2p, "otp", campaign)];
  assert.deepEqual(made({ declared, standing: [template, registration] }).steps, []);
  const secret = stands(webhook, "watch", { version: 2, spec: hook, status: "active", ledger: begunUpdate });
  assert.deepEqual(made({ declared: [watch], standing: [secret] }).steps, ["update WebhookSubscription/watch ·→2"]);
  const created = { begun: { operation: "create", idempotencyKey: "key", generation: 0, at: at(-1) } };
  const first = stands(webhook, "watch", { version: 1, spec: hook, status: "active", ledger: created });
  assert.deepEqual(made({ declared: [watch], standing: [first] }).steps, [], "a creation that is seen is done");
});

test("a removal that may have arrived is undone by a write where nothing is seen, and needs none where it is there", () => {
  const open: Partial<LedgerVersion> = { isRemovalOpen: true };
  const unseen = stands(webhook, "watch", { version: 1, spec: hook, status: "active", shown: false, ledger: open });
  const { steps, reasons, assignments, isGuarded } = made({ declared: [watch], standing: [unseen] });
  assert.deepEqual(steps, ["update WebhookSubscription/watch 1→1"]);
  assert.deepEqual(reasons, ["its removal was begun and may have arrived"]);
  assert.deepEqual([assignments[0]?.wasApplied, isGuarded], [true, false]);
  const seen = stands(webhook, "watch", { version: 1, spec: hook, status: "active", ledger: open });
  assert.deepEqual(made({ declared: [watch], standing: [seen] }).steps, []);
  const sure = stands(webhook, "watch", { version: 1, spec: hook, status: "active", shown: false });
  assert.deepEqual(made({ declared: [watch], standing: [sure] }).steps, []);
});

test("a removal says what it takes away and carries what was seen; it leaves nobody in its place", () => {
  const standing = [stands(sms, "otp", { version: 1, spec: code, status: "active" })];
  const { plan, assignments, isGuarded } = made({ standing });
  const [step] = plan.steps;
  assert.deepEqual(step?.changes, [{ path: "/status", before: "APPROVED", after: "DEPRECATED" }]);
  assert.deepEqual([step?.risk, step?.after, step?.remoteName, step?.followUp], ["high", [], "otp", false]);
  assert.deepEqual(Object.keys(assignments[0] ?? {}).sort(), ["kind", "observed"]);
  assert.equal(assignments[0]?.observed?.revision, '"rev-id-otp-1-1"');
  assert.equal(isGuarded, true);
  const gone = made({ standing: [stands(webhook, "watch", { version: 1, spec: hook, status: "active" })] });
  assert.deepEqual(gone.plan.steps[0]?.changes, [{ path: "/status", before: "APPROVED", after: null }]);
  const unseen = made({ standing: [stands(sms, "otp", { version: 1, spec: code, status: "active", shown: false })] });
  assert.equal(unseen.assignments[0]?.observed?.remoteId, "id-otp-1");
});

test("what never arrived is forgotten without a call, a draft is taken away", () => {
  const begun = made({ standing: [stands(sms, "otp", { version: 1, spec: code, status: "pending", begun: true })] });
  assert.deepEqual([begun.steps, begun.events, begun.isGuarded], [[], ["forgotten SmsTemplate/otp"], false]);
  const observed = { statusText: "DRAFT" } as const;
  const draft = made({ standing: [stands(sms, "otp", { version: 1, spec: code, status: "pending", observed })] });
  assert.deepEqual(draft.steps, ["deprecate SmsTemplate/otp 1→·"]);
  const words = { statusText: "PENDING_REVIEW", status: "active" } as const;
  const odd = made({ standing: [stands(sms, "otp", { version: 1, spec: code, status: "active", observed: words })] });
  assert.deepEqual(odd.steps, ["deprecate SmsTemplate/otp 1→·"], "only what is pending waits for a decision");
});

test("after a rename the old object goes with its successor beside it, unless it has gone or cannot", () => {
  const renamed = declare(sms, "pin", code, { renamedFrom: "otp" });
  const own = stands(sms, "pin", { version: 1, spec: code, status: "active" });
  const old = stands(sms, "otp", { version: 2, spec: code, status: "active" });
  const { steps, reasons, assignments, plan } = made({ declared: [renamed], standing: [old, own] });
  assert.deepEqual(steps, ["deprecate SmsTemplate/otp 2→· follow-up"]);
  assert.deepEqual([reasons, plan.steps[0]?.risk], [["replaced by SmsTemplate/pin"], "low"]);
  assert.equal(assignments[0]?.successor?.remoteId, "id-pin-1");
  const retired = stands(sms, "otp", { version: 2, spec: code, status: "deprecated" });
  assert.deepEqual(made({ declared: [renamed], standing: [retired, own] }).steps, []);
  const template = stands(sms, "sign-in-code", { version: 1, spec: code, status: "active" });
  const registrations = ["otp", "pin"].map((name) =>
    stands(a2p, name, { version: 1, spec: campaign, status: "active" }),
  );
  const declared = [declare(sms, "sign-in-code", code), declare(a2p, "pin", campaign, { renamedFrom: "otp" })];
  assert.deepEqual(made({ declared, standing: [template, ...registrations] }).steps, []);
});

test("an object that the ledger has forgotten is nobody's, and may be what a lost creation made", () => {
  const old = forgotten(stands(webhook, "watch", { version: 1, spec: hook, status: "active" }));
  assert.deepEqual(rows(made({ standing: [old] }).plan.unmanaged).length, 1);
  const own = stands(webhook, "approvals", { version: 1, spec: hook, status: "pending", begun: true });
  const { steps, events } = made({ declared: [declare(webhook, "approvals", hook)], standing: [old, own] });
  assert.deepEqual([steps, events], [[], ["decided WebhookSubscription/approvals"]]);
});

test("what the ledger knows by its id under another address is no lost creation's effect", () => {
  const known = stands(webhook, "watch", { version: 1, spec: hook, status: "active" });
  const lost = stands(webhook, "approvals", { version: 1, spec: hook, status: "pending", begun: true });
  const { events } = made({ declared: [watch], standing: [known, lost] });
  assert.deepEqual(events, ["forgotten WebhookSubscription/approvals"]);
});

test("an object of a lost creation's key with other content is a stranger's", () => {
  const lost = stands(webhook, "watch", { version: 1, spec: hook, status: "pending", begun: true });
  const stranger = unowned(webhook, "watch", { ...hook, events: ["template.approved"] });
  const { events, plan } = made({ declared: [watch], standing: [{ ...lost, objects: stranger.objects }] });
  assert.deepEqual([events, plan.unmanaged.length + plan.blocked.length > 0], [[], true]);
});

test("of a status that is only known from the ledger the ledger's reason is told, of one that is seen CXone's", () => {
  const reason = { reason: "spam" } as const;
  const unseen = stands(sms, "otp", { version: 1, spec: code, status: "rejected", shown: false, ledger: reason });
  assert.deepEqual(rows(made({ declared: [otp], standing: [unseen] }).plan.blocked), ["SmsTemplate/otp@1 by rejected"]);
  const lost = stands(sms, "otp", {
    version: 1,
    spec: code,
    status: "deprecated",
    ledger: { missing: true },
    shown: false,
  });
  assert.deepEqual(made({ declared: [otp], standing: [lost] }).reasons, ["CXone does not hold it any more"]);
});
