// What is told after a merge: the apply until nothing waits, drift, rejections, overdue decisions, a review after the emergency exit.
import assert from "node:assert/strict";
import test from "node:test";
import { type AppliedEnvironment, applyComment } from "../../src/report/apply-comment.ts";
import {
  breakGlassIssue,
  driftIssue,
  markerOf,
  overdueComment,
  rejectionComment,
} from "../../src/report/issue-text.ts";
import { repositoryUrl } from "./faces.ts";

const where = { at: "2026-11-20T12:00:00.000Z", tool: "cxform/0.1.0", repositoryUrl, run: { id: "7", attempt: 2 } };
const sha = "8f3c1d2e9b7a4c5d6e7f8091a2b3c4d5e6f70812";
const parcel = "WhatsAppTemplate/parcel/en";

const applied: AppliedEnvironment = {
  environment: "production",
  digest: "sha256:ab",
  outcomes: [
    { address: "PreferenceBatch/eu", action: "records", status: "ok", counts: { updated: 212, skipped: 0 } },
    { address: parcel, action: "newVersion", status: "ok", version: 3, channelUrl: "https://chat.example/secret" },
  ],
  decided: [],
  pending: [
    {
      address: parcel,
      kind: "WhatsAppTemplate",
      version: 3,
      status: "PENDING",
      reason: "submitted; CXone has not decided yet",
      since: "2026-11-20T11:00:00.000Z",
      by: "pending",
    },
  ],
  blocked: [],
  left: [],
  ledgerCommit: sha,
  approvals: [{ login: "grace", at: "2026-11-20T10:00:00.000Z", commit: sha }],
};

test("the apply comment says what was done, what waits at whom since when, and where the proof is", () => {
  const text = applyComment({ ...where, environments: [applied] });
  assert.match(text, /^<!-- cxform:apply -->\n## CXone apply to `production`: 2 of 2 steps done, 1 waiting\n/);
  assert.match(text, /- `PreferenceBatch\/eu` sent: 212 updated\n/);
  assert.match(
    text,
    /\| `WhatsAppTemplate\/parcel\/en` v3 \| CXone's decision \| `PENDING` \| `2026-11-20T11:00:00Z` \|/,
  );
  assert.match(
    text,
    new RegExp(`approved by \`grace\` at .* recorded in \\[\`8f3c1d2e9b7a\`\\]\\(${repositoryUrl}/commit/${sha}\\)`),
  );
  assert.ok(!text.includes("chat.example"), "a session's address is kept nowhere");
});

test("once nothing waits, the same comment says all done", () => {
  const decided = [{ address: parcel, version: 3, status: "active" }];
  const text = applyComment({ ...where, environments: [{ ...applied, pending: [], decided }] });
  assert.match(text, /## CXone apply to `production`: all done\n/);
  assert.match(text, /- ✅ `WhatsAppTemplate\/parcel\/en` v3 active/);
  assert.ok(!text.includes("Waiting"));
});

test("a failed step is the first thing said, with how to go on", () => {
  const outcomes = [
    ...applied.outcomes,
    { address: "SmsTemplate/otp", action: "update" as const, status: "unknown" as const, error: "no answer" },
  ];
  const text = applyComment({ ...where, environments: [{ ...applied, outcomes }] });
  assert.match(
    text,
    /: 2 of 3 steps done, 1 failed, 1 waiting\n\n> \[!CAUTION\]\n> \*\*1 step failed\.\*\*.*the next run reads CXone before it sends anything again\./,
  );
  assert.match(text, /- `SmsTemplate\/otp` update: not known; `no answer`/);
});

test("an apply comment of any length fits", () => {
  const outcomes = Array.from({ length: 3_000 }, (_, at) => ({
    address: `SmsTemplate/${at}`,
    action: "create" as const,
    status: "ok" as const,
  }));
  const text = applyComment({ ...where, environments: [{ ...applied, outcomes }] });
  assert.ok(text.length <= 60_000);
  assert.match(text, /… and 2800 more in the ledger/);
});

test("drift is told by its direction, what stops messages first, with what to do", () => {
  const drift = [
    { address: "SmsTemplate/x", direction: "unmanaged", detail: "made by hand" },
    { address: parcel, direction: "recategorised", detail: "CXone changed the category from UTILITY to MARKETING" },
    {
      address: "WhatsAppTemplate/sale/en",
      direction: "paused",
      detail: "version 2 is PAUSED in CXone",
      since: "2026-11-19T00:00:00.000Z",
    },
  ];
  const { title, body } = driftIssue({ ...where, environment: "production", drift, digest: "sha256:cd" });
  assert.equal(title, "CXone drift in production");
  assert.ok(body.startsWith("<!-- cxform:drift production -->\n"));
  const order = [
    "### Stopped by CXone or Meta",
    "### Put into another category by Meta",
    "### Made outside of this repository",
    "drift `sha256:cd`",
  ];
  const places = order.map((piece) => body.indexOf(piece));
  assert.deepEqual(
    places,
    places.toSorted((left, right) => left - right),
  );
  assert.ok(places.every((place) => place > 0));
  assert.match(
    driftIssue({ ...where, environment: "production", drift: [], digest: "" }).body,
    /CXone holds again what/,
  );
});

test("a title holds no mention and no line of its own", () => {
  const { title } = driftIssue({ ...where, environment: "a\n@octocat", drift: [], digest: "" });
  assert.equal(title, "CXone drift in a??octocat");
});

test("a rejection tells the reason, what keeps being sent, and how to go on", () => {
  const text = rejectionComment({
    ...where,
    environment: "production",
    address: parcel,
    version: 3,
    serving: 2,
    reason: "INVALID_FORMAT @octocat",
    source: { file: "templates/whatsapp/parcel.yaml", line: 2, commit: sha },
  });
  assert.match(text, /^<!-- cxform:rejected production WhatsAppTemplate%2Fparcel%2Fen 3 -->\n/);
  assert.match(
    text,
    /The reason given: `INVALID_FORMAT @octocat`\. It stands in \[`templates\/whatsapp\/parcel\.yaml:2`\]/,
  );
  assert.match(text, /Nothing changes for customers: v2 keeps being sent\./);
});

test("overdue decisions are told with their age", () => {
  const text = overdueComment({
    ...where,
    environment: "production",
    after: "24h",
    rows: [{ ...applied.pending[0], since: "2026-11-19T06:00:00.000Z" } as never],
  });
  assert.match(text, /\| `WhatsAppTemplate\/parcel\/en` v3 \| `PENDING` \| `2026-11-19T06:00:00Z` \| 30 hours \|/);
  assert.match(text, /Nobody has decided within 24h\./);
});

test("a review after an apply without approval names who, why and what", () => {
  const { title, body } = breakGlassIssue({
    ...where,
    environment: "production",
    reason: "the sale ended early",
    actor: "ada",
    digest: "sha256:ab",
    outcomes: applied.outcomes,
    commit: sha,
  });
  assert.equal(title, "Review an apply without approval in production");
  assert.match(
    body,
    /`ada` changed CXone in `production` without the approval that it asks for\. The reason given: `the sale ended early`\./,
  );
  assert.match(body, /- `WhatsAppTemplate\/parcel\/en` submitted\n/);
});

test("a marker cannot be ended by what it names", () => {
  assert.equal(markerOf("drift", "a-->b"), "<!-- cxform:drift a%2D%2D%3Eb -->");
});
