// The bodies that docs/events.md shows are those that go out for the ledger below, to the last field.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import type { Entry, EntryDraft } from "../../src/contract/entry.ts";
import { announcementsOf, type TargetName } from "../../src/receive/announcements.ts";
import { noticeBody } from "../../src/receive/notice.ts";
import { keyOf, sign } from "../../src/receive/signature.ts";

const parcel = { address: "WhatsAppTemplate/parcel/pt_BR", version: 3, remoteName: "parcel_v3" };
const booking = { address: "DigitalTemplate/booking/en-US", version: "v1.2", remoteName: "booking.en-US" };
const otp = { address: "SmsTemplate/otp", version: 1, remoteName: "otp" };

const drafts: readonly (EntryDraft & { readonly minute: number })[] = [
  { minute: 0, phase: "claim", actor: "kim", operator: "otto" },
  { minute: 0, phase: "event", action: "validated", startedAt: "2026-11-20T11:59:58.000Z", counts: { errors: 0 } },
  { minute: 1, phase: "intent", action: "newVersion", ...parcel },
  { minute: 2, phase: "intent", action: "newVersion", ...booking },
  {
    minute: 3,
    phase: "result",
    action: "newVersion",
    outcome: "ok",
    status: "active",
    remoteId: "booking.en-US",
    ...booking,
  },
  { minute: 4, phase: "intent", action: "approve", ...otp },
  {
    minute: 4,
    phase: "result",
    action: "approve",
    outcome: "ok",
    status: "active",
    remoteId: "b6c1f0de-3f2a-4b1c-9a55-0f3e6d2a7c10",
    ...otp,
  },
  {
    minute: 45,
    phase: "event",
    action: "decided",
    status: "rejected",
    reason: "TAG_CONTENT_MISMATCH",
    remoteId: "5d0a3c1e-8f47-4c0b-9a6d-2f1e7b3c4d50",
    decidedAt: "2026-11-20T12:41:00.000Z",
    ...parcel,
  },
];

const entries = drafts.map(
  ({ minute, ...draft }, index): Entry => ({
    ...draft,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 10, 20, 12, minute)).toISOString(),
    run: "20261120T120000Z-1a2b3c4d",
    environment: "production",
    prev: "",
    hash: `${index + 1}`,
  }),
);

const announced = announcementsOf({
  entries,
  after: 0,
  targets: new Set<TargetName>(["cms", "notify", "auditSink"]),
  noticeFormat: "json",
  templateOf: () => otp.address,
});

const found = (target: TargetName, test: (body: Readonly<Record<string, unknown>>) => boolean): unknown =>
  announced.find((one) => one.target === target && test(one.body))?.body;

const notice = {
  event: "rejected" as const,
  environment: "production",
  ...{ address: parcel.address, version: parcel.version },
  told: "was rejected",
  reason: "TAG_CONTENT_MISMATCH",
  hint: "Change the manifest as the reason says, and have the change reviewed.",
  at: "2026-11-20T12:45:00.000Z",
};

const expected: Readonly<Record<string, unknown>> = {
  "cms status": found("cms", ({ rejected }) => rejected === true),
  "cms version": found("cms", ({ eventType }) => eventType !== undefined),
  "notify json": found("notify", () => true),
  "notify slack": noticeBody(notice, "slack"),
  "notify teams": noticeBody(notice, "teams"),
  "audit sink": found("auditSink", () => true),
};

test("every body that docs/events.md shows is the one that goes out", () => {
  const page = readFileSync("docs/events.md", "utf8");
  const shown = new Map(
    [...page.matchAll(/<!-- event: ([^>]+) -->\n+```json\n([\s\S]*?)^```$/gm)].map(
      ([, name, text]) => [name as string, JSON.parse(text as string) as unknown] as const,
    ),
  );
  for (const [name, body] of Object.entries(expected)) assert.deepEqual(shown.get(name), body, name);
  assert.deepEqual(
    [...shown.keys()].filter((name) => !(name in expected)),
    ["crm", "marketing"],
  );
});

test("the signature that docs/events.md shows is that of its id, time and body", () => {
  const page = readFileSync("docs/events.md", "utf8");
  const field = (name: string): string => new RegExp(`^${name}: (.+)$`, "m").exec(page)?.[1] ?? "";
  const body = /^\{"status":.*\}$/m.exec(page)?.[0] ?? "";
  const secret = /`(whsec_[A-Za-z0-9+/=]+)`/.exec(page)?.[1] ?? "";
  const key = keyOf(secret);
  assert.ok(key !== undefined);
  const signed = sign(key, field("webhook-id"), Number(field("webhook-timestamp")), body);
  assert.equal(field("webhook-signature"), signed);
});
