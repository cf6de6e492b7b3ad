// The comment on a pull request: what comes first, what environments share, what is left out when it does not fit, and what is said when there is no plan.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { planCommentPage } from "../../scripts/plan-comment-text.ts";
import { approvalSummary } from "../../src/report/approval-summary.ts";
import { planComment, planMarker, planSummary } from "../../src/report/plan-comment.ts";
import { planMarkdown } from "../../src/report/plan-markdown.ts";
import type { PlanCommentView } from "../../src/report/plan-view.ts";
import { examplePlan, exampleView } from "./example.ts";
import { diagnosticOf } from "./faces.ts";
import { planOf, stepOf } from "./plan.ts";

const view = exampleView();

test("the page of the comment is what the code renders", () => {
  assert.equal(readFileSync("docs/plan-comment.md", "utf8"), planCommentPage(), "npm run docs:comment writes it");
});

test("a plan of one environment as Markdown is the same text with less around it", () => {
  const [comment, markdown] = [planComment(view), planMarkdown(examplePlan())];
  for (const piece of [
    "> [!WARNING]\n> **340 opt-outs**",
    "| 🟠 | ~ update v1 |",
    "<del>has shipped</del><ins>is on its way",
  ]) {
    assert.ok(comment.includes(piece), piece);
    assert.ok(markdown.includes(piece), piece);
  }
  assert.ok(!markdown.includes("To apply"));
});

test("a change of what judges the plan stands before everything else", () => {
  const lines = planComment({
    ...view,
    policyChanges: [
      { what: "guards", environment: "production", detail: "maxOptIns 1000 → 90000", file: "cxform.yaml", line: 12 },
    ],
  }).split("\n");
  assert.equal(lines[0], planMarker);
  assert.equal(lines[1], "> [!CAUTION]");
  assert.match(String(lines[2]), /^> \*\*This pull request changes what decides about plans and applies\.\*\*/);
  assert.match(
    String(lines[4]),
    /^> - the guards of `production`: `maxOptIns 1000 → 90000`, \[`cxform\.yaml:12`\]\(.*cxform\.yaml\?plain=1#L12\)$/,
  );
});

test("environments share a row where the same happens, and have their own where it does not", () => {
  const [staging, production] = [examplePlan("staging"), examplePlan("production")];
  const other = {
    ...production,
    steps: production.steps.map((step) =>
      step.action === "newVersion" ? { ...step, version: { from: 3, to: 4 } } : step,
    ),
  };
  const text = planComment(exampleView([staging, other]));
  assert.match(text, /^## CXone plan for `staging` and `production`: 5 changes, 2 need care$/m);
  assert.equal(
    text.split("\n").filter((line) => line.startsWith("| 🔴") && line.includes("| `staging`, `production` |")).length,
    2,
  );
  assert.match(text, /new version v7 → v8 \| `WhatsAppTemplate\/parcel_on_its_way\/en_GB` \| `staging` \|/);
  assert.match(text, /new version v3 → v4 \| `WhatsAppTemplate\/parcel_on_its_way\/en_GB` \| `production` \|/);
  assert.match(text, /\*\*340 opt-outs\*\* from 2 preference batches \(`staging`, `production`\)/);
});

test("the same effect on objects of two tenants is one row, whatever their ids are", () => {
  const step = stepOf({ action: "update", address: "SmsTemplate/otp", precondition: { remoteId: "1", revision: "a" } });
  const same = { ...step, digest: "sha256:other", precondition: { remoteId: "2", revision: "b" } };
  const [one, two] = [planOf({ environment: "a", steps: [step] }), planOf({ environment: "b", steps: [same] })];
  assert.match(planComment(exampleView([one, two])), /: 1 change$/m);
  const hidden = { ...same, precondition: { ...same.precondition, content: "sha256:secret" } };
  assert.match(planComment(exampleView([one, planOf({ environment: "b", steps: [hidden] })])), /: 2 changes$/m);
});

test("a plan without changes says so in its first line and asks nobody for anything", () => {
  const text = planComment(exampleView([planOf()]));
  assert.match(text, /^<!-- cxform:plan -->\n## CXone plan: no changes\n\nnothing to do, 12 unchanged\.\n/);
  assert.ok(!text.includes("To apply"));
});

test("an environment without a plan says why, with its errors first and linked", () => {
  const wrong = { ...diagnosticOf(() => "plain"), file: "templates/a b.yaml", line: 7 };
  const invalid: PlanCommentView = {
    ...view,
    environments: [
      {
        environment: "production",
        why: "invalid",
        diagnostics: [{ ...wrong, severity: "warning" }, ...Array(30).fill(wrong)],
      },
    ],
  };
  const text = planComment({
    ...invalid,
    environments: [
      {
        environment: "production",
        why: "invalid",
        diagnostics: Array.from({ length: 30 }, (_, at) => ({
          ...wrong,
          line: at + 1,
          severity: at === 0 ? ("warning" as const) : ("error" as const),
        })),
      },
    ],
  });
  assert.match(text, /^## CXone plan: not made, 29 errors$/m);
  assert.match(text, /\*\*No plan for\*\* `production`: its manifests or its config are not valid/);
  assert.match(
    text,
    /### Diagnostics\n\n- ❌ \[`templates\/a b\.yaml:2`\]\(https:\/\/github\.com\/juniper-and-pine\/messaging\/blob\/[0-9a-f]{40}\/templates\/a%20b\.yaml\?plain=1#L2\)/,
  );
  assert.match(text, /- … and 10 more \(9 errors\)\./);
  assert.match(planComment(invalid), /- … and|⚠️/);
});

test("a fork's plan says that it was made without CXone", () => {
  const plan = { ...examplePlan(), options: { only: [], adopt: [], offline: true as const } };
  const text = planComment({ ...exampleView([plan]), isFork: true });
  assert.match(
    text,
    /made \*\*offline\*\*: from the ledger, without reading CXone\. A pull request from a fork gets no credentials\./,
  );
});

test("what does not fit is left out whole and counted, and the frame stays in every tier", () => {
  const body = "We are open until nine, come in and try them on. ".repeat(30);
  const steps = Array.from({ length: 1_000 }, (_, at) =>
    stepOf({
      action: "update",
      address: `SmsTemplate/store-${at}`,
      risk: at % 100 === 7 ? "high" : at % 2 === 0 ? "medium" : "low",
      changes: [{ path: "/content", before: `${body}${at}`, after: `${body}now ${at}` }],
      source: { file: `templates/sms/store-${at}.yaml`, line: 2, column: 1 },
    }),
  );
  const large = exampleView([planOf({ steps: [...steps, ...examplePlan().steps] })]);
  for (const most of [60_000, 30_000, 12_000, 4_000]) {
    const text = planComment(large, most);
    assert.ok(text.length <= most, `${text.length} of ${most}`);
    for (const frame of [
      /^<!-- cxform:plan -->\n## CXone plan/,
      /\*\*340 opt-outs\*\*/,
      /\| ~ update \|/,
      /### To apply/,
      /plan `sha256:/,
    ]) {
      assert.match(text, frame, `${most}`);
    }
    assert.match(text, /more changes \(\d+ of high risk\); the job summary has all of them\./);
  }
  const summary = planSummary(large);
  assert.ok(Buffer.byteLength(summary) <= 1_000_000 && summary.length > 60_000);
  assert.ok(summary.includes("SmsTemplate/store-999"));
});

test("an approver reads the digest, the guards that would refuse, and what moved since the review", () => {
  const guards = [{ ...diagnosticOf(() => "plain"), code: "CX4010", message: "6 of 10 addresses would be retired" }];
  const text = approvalSummary({
    ...view,
    gate: "cxform-production-approval",
    guards,
    moved: ["update SmsTemplate/otp: differs from what was reviewed"],
  });
  assert.match(text, /^> \[!IMPORTANT\]\n> \*\*Approving `cxform-production-approval` says yes to exactly this plan/);
  assert.ok(text.includes(`> - \`production\`: \`${examplePlan().digest}\``));
  assert.match(text, /\*\*1 guard would refuse this plan\.\*\*[\s\S]*`6 of 10 addresses would be retired` \(CX4010\)/);
  assert.match(
    text,
    /### Not as the pull request showed it\n\n- `update SmsTemplate\/otp: differs from what was reviewed`/,
  );
});
