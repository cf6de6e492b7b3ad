// From entries to events, without a network: ids, forms of notices, what changes and what does not.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry, EntryDraft } from "../../src/contract/entry.ts";
import { type Announcing, announcementsOf, type TargetName } from "../../src/receive/announcements.ts";
import { deadLetterBody, noticeBody } from "../../src/receive/notice.ts";

const all: ReadonlySet<TargetName> = new Set(["cms", "crm", "marketing", "notify", "auditSink"]);

/** Entries a second apart; the hash stands for the chain. */
function ledger(...drafts: readonly EntryDraft[]): readonly Entry[] {
  return drafts.map((draft, index) => ({
    run: "run-1",
    ...draft,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 10, 20, 12, 0, index)).toISOString(),
    environment: "production",
    prev: "",
    hash: `hash ${index + 1}`,
  }));
}

const announced = (entries: readonly Entry[], changed: Partial<Announcing> = {}) =>
  announcementsOf({
    entries,
    after: 0,
    targets: all,
    noticeFormat: "json",
    templateOf: () => "SmsTemplate/otp",
    ...changed,
  });

const parcel = "WhatsAppTemplate/parcel/pt_BR";
const submitted: EntryDraft = { phase: "intent", action: "create", address: parcel, version: 1, remoteName: "parcel" };
const pending: EntryDraft = { ...submitted, phase: "result", outcome: "ok", status: "pending", remoteId: "t-1" };
const decided = (status: "active" | "rejected", rest: Partial<EntryDraft> = {}): EntryDraft => ({
  phase: "event",
  action: "decided",
  address: parcel,
  version: 1,
  status,
  ...rest,
});
const observed = (status: EntryDraft["status"] & string, rest: Partial<EntryDraft> = {}): EntryDraft => ({
  ...decided("active", rest),
  action: "observed",
  status,
});

test("the same entries give the same ids, another target or entry gives others, and none repeats", () => {
  const entries = ledger(submitted, pending, decided("rejected", { reason: "SCAM" }));
  const [first, second] = [announced(entries), announced(entries)];
  assert.deepEqual(first, second);
  assert.equal(new Set(first.map(({ id }) => id)).size, first.length);
  for (const { id } of first) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    announced(entries, { after: 2 }).map(({ id }) => id),
    first.filter(({ body }) => body["status"] !== "PENDING").map(({ id }) => id),
  );
});

test("a status is told when it changes, with its latency once and in the order of its address", () => {
  const entries = ledger(
    submitted,
    pending,
    pending,
    decided("active", { decidedAt: "2026-11-20T12:00:30.000Z" }),
    observed("paused", { reason: "DISABLED" }),
    observed("paused", { reason: "DISABLED" }),
    observed("active"),
    { phase: "result", action: "deprecate", outcome: "ok", address: parcel, version: 1 },
  );
  const told = announced(entries).filter(({ target }) => target === "cms");
  assert.deepEqual(
    told.map(({ body }) => [body["status"], body["latencyMs"], body["reason"]]),
    [
      ["PENDING", null, null],
      ["APPROVED", 30_000, null],
      ["PAUSED", null, "DISABLED"],
      ["APPROVED", null, null],
      ["DEPRECATED", null, null],
    ],
  );
  assert.deepEqual(new Set(told.map(({ orderKey }) => orderKey)).size, 1);
  assert.deepEqual(
    [told[0]?.body["language"], told[0]?.body["name"], told[0]?.body["remoteName"]],
    ["pt_BR", "parcel", "parcel"],
  );
});

test("a failed or unknown write, a refusal and what is no template change nothing for the CMS", () => {
  const failed: EntryDraft = { ...submitted, phase: "result", outcome: "failed", reason: "CX5005: no" };
  const entries = ledger(
    submitted,
    { ...submitted, phase: "result", outcome: "unknown" },
    failed,
    {
      phase: "result",
      action: "create",
      outcome: "ok",
      status: "active",
      address: "WebhookSubscription/a",
      version: 1,
    },
    { phase: "event", action: "delivery", address: parcel, idempotencyKey: "x", outcome: "ok" },
  );
  assert.deepEqual(announced(entries), []);
});

test("a failed job is told in both forms", () => {
  const address = "DigitalTemplate/booking/en-US";
  const entries = ledger(
    { phase: "intent", action: "create", address, version: "v1.0", remoteName: "booking.en-US" },
    {
      phase: "result",
      action: "create",
      outcome: "failed",
      status: "rejected",
      address,
      version: "v1.0",
      remoteId: "booking.en-US",
      reason: "schema",
    },
  );
  const cms = announced(entries, { targets: new Set(["cms"]) }).map(({ body }) => body);
  assert.deepEqual(
    cms.map((body) => body["status"] ?? (body["data"] as Record<string, unknown>)["status"]),
    ["FAILED", "FAILED"],
  );
  const data = cms[1]?.["data"] as Record<string, unknown> | undefined;
  assert.equal(data?.["validationPassed"], false);
  assert.equal(cms[1]?.["webhookId"], announced(entries)[1]?.id);
});

test("the audit log names the approver of the run that submitted, never its author, and counts from its validation", () => {
  const address = "SmsTemplate/otp";
  const claim: EntryDraft = { phase: "claim", actor: "author", operator: "approver" };
  const validated: EntryDraft = {
    phase: "event",
    action: "validated",
    startedAt: "2026-11-20T11:59:50.000Z",
    counts: { errors: 0 },
  };
  const approve: EntryDraft = { phase: "intent", action: "approve", address, version: 1, remoteId: "s-1" };
  const approved: EntryDraft = { ...approve, phase: "result", outcome: "ok", status: "active" };
  const register: EntryDraft = { phase: "intent", action: "create", address: "A2pRegistration/otp", version: 1 };
  const later = { run: "run-2" } as Partial<EntryDraft>;
  const registered: EntryDraft = {
    ...register,
    phase: "event",
    action: "decided",
    status: "active",
    remoteId: "a-1",
    ...later,
  };
  const sunk = announced(
    ledger(claim, validated, approve, approved, register, { ...later, phase: "claim", actor: "robot" }, registered),
  )
    .filter(({ target }) => target === "auditSink")
    .map(({ body }) => body);
  assert.deepEqual(sunk, [
    {
      timestamp: "2026-11-20T12:00:03.000Z",
      template_id: "s-1",
      action: "TEMPLATE_APPROVAL",
      status: "APPROVED",
      latency_ms: 13_000,
      operator_id: "approver",
      carrier_ready: false,
    },
    {
      timestamp: "2026-11-20T12:00:06.000Z",
      template_id: "s-1",
      action: "TEMPLATE_APPROVAL",
      status: "REGISTERED",
      latency_ms: 16_000,
      operator_id: "approver",
      carrier_ready: true,
    },
  ]);
});

test("people are told of rejections, pauses, losses, overdue decisions, other categories and drift, each with a way on", () => {
  const noticed = (action: string, reason: string, address = parcel): EntryDraft => ({
    phase: "event",
    action,
    address,
    reason,
  });
  const entries = ledger(
    submitted,
    pending,
    { ...noticed("overdue", "submitted at noon"), version: 1 },
    decided("rejected", { reason: "SCAM" }),
    observed("active"),
    observed("paused"),
    { ...observed("deprecated"), action: "lost" },
    noticed("recategorised", "CXone changed the category from UTILITY to MARKETING"),
    noticed("drifted", "is there and nobody declared it", "SmsTemplate/stray"),
  );
  const notices = announced(entries, { targets: new Set(["notify"]) });
  assert.deepEqual(
    notices.map(({ body }) => body["event"]),
    ["overdue", "rejected", "paused", "drift", "recategorised", "drift"],
  );
  for (const { body, orderKey } of notices) {
    assert.match(String(body["message"]), /^production: \S+\/\S+ /);
    assert.match(String(body["hint"]), /^[A-Z].*\.$/);
    assert.equal(orderKey, null);
  }
  const many = ledger(...Array.from({ length: 8 }, (_, at) => noticed("drifted", "changed", `SmsTemplate/s${at}`)));
  const [one, ...rest] = announced(many, { targets: new Set(["notify"]) });
  assert.equal(rest.length, 0);
  assert.match(
    String(one?.body["message"]),
    /8 objects in CXone differ from what was applied: SmsTemplate\/s0 \(changed\).*; 3 more$/,
  );
});

test("a notice takes the form of its channel, and foreign text in it makes no link and no mention", () => {
  const notice = {
    event: "rejected" as const,
    environment: "production",
    address: parcel,
    version: 2,
    told: "was rejected",
    reason: "<!channel> & [click](https://evil.example)\n::error::",
    hint: "Change the manifest.",
    at: "2026-11-20T12:00:00.000Z",
  };
  const line = "production: WhatsAppTemplate/parcel/pt_BR version 2 was rejected: ";
  assert.deepEqual(noticeBody(notice, "slack"), {
    text: `${line}&lt;!channel&gt; &amp; [click](https://evil.example)⏎::error::\nChange the manifest.`,
    mrkdwn: false,
  });
  const card = noticeBody(notice, "teams") as {
    attachments: {
      contentType: string;
      content: { body: { type: string; inlines: { type: string; text: string }[] }[] };
    }[];
  };
  const [attachment] = card.attachments;
  assert.equal(attachment?.contentType, "application/vnd.microsoft.card.adaptive");
  assert.deepEqual(
    attachment?.content.body.map(({ type, inlines }) => [type, inlines.map((run) => run.type)]),
    [
      ["RichTextBlock", ["TextRun"]],
      ["RichTextBlock", ["TextRun"]],
    ],
  );
  assert.ok(attachment?.content.body[0]?.inlines[0]?.text.startsWith(line));
  const json = noticeBody({ ...notice, reason: "x".repeat(2_000) }, "json");
  assert.ok(String(json["reason"]).length <= 501);
  const dead = deadLetterBody(
    { environment: "production", target: "crm", reason: "answered 500", isErased: false, at: notice.at },
    "json",
  );
  assert.equal(dead["message"], "production: deliveries to crm are given up: answered 500");
});
