// Every face that cxform shows on GitHub, with a foreign text in every field that can hold one; for the tests and the script that try to break out of them.
import type { Diagnostic } from "../../src/contract/diagnostic.ts";
import type { Held, Outcome, Plan } from "../../src/contract/plan.ts";
import { applyComment } from "../../src/report/apply-comment.ts";
import { approvalSummary } from "../../src/report/approval-summary.ts";
import { breakGlassIssue, driftIssue, overdueComment, rejectionComment } from "../../src/report/issue-text.ts";
import { planComment } from "../../src/report/plan-comment.ts";
import type { PlanCommentView } from "../../src/report/plan-view.ts";
import { planOf, stepOf } from "./plan.ts";

/** The host of every link that a face may hold. */
export const repositoryUrl = "https://github.example/shop/messaging";

/** Gives the text of the next field. */
export type Texts = () => string;

export const diagnosticOf = (next: Texts): Diagnostic => ({
  file: next(),
  line: 1,
  column: 3,
  code: next(),
  severity: "error",
  message: next(),
  hint: next(),
  address: next(),
});

export const heldOf = (next: Texts): Held => ({
  address: next(),
  kind: next(),
  version: next(),
  status: next(),
  reason: next(),
  since: next(),
  by: "unowned",
});

/** A plan whose every text is foreign. */
export function planWith(next: Texts): Plan {
  const source = () => ({ file: next(), line: 1, column: 1 });
  const sample = () => ({
    language: next(),
    parts: [
      { part: next(), text: next() },
      { part: "body", text: `a\n${next()}` },
    ],
  });
  return planOf({
    environment: next(),
    tool: next(),
    commit: next(),
    digest: next(),
    createdAt: next(),
    steps: [
      stepOf({
        action: "newVersion",
        address: `SmsTemplate/${next()}`,
        version: { from: next(), to: next() },
        risk: "high",
        reason: next(),
        effect: next(),
        notes: [next()],
        sample: sample(),
        after: [next()],
        changes: [
          { path: `/content/${next()}`, before: `some words ${next()}`, after: `other words\n${next()}` },
          { path: `/other/${next()}`, before: next(), after: { [next()]: next() } },
        ],
        source: source(),
      }),
      stepOf({ action: "update", address: next(), reason: next(), effect: next(), sample: sample(), source: source() }),
      stepOf({ action: "deprecate", address: `SmsTemplate/${next()}`, reason: next(), risk: "high", source: source() }),
      stepOf({ action: "send", address: `GuestSession/${next()}`, reason: next(), source: source() }),
      stepOf({
        action: "records",
        address: `PreferenceBatch/${next()}`,
        risk: "high",
        reason: next(),
        records: {
          contentDigest: next(),
          total: 3,
          optIns: 1,
          optOuts: 2,
          toSend: 3,
          observed: { unchanged: 1, skipped: 0 },
        },
      }),
    ],
    blocked: [heldOf(next)],
    waiting: [{ ...heldOf(next), by: "pending" }],
    unmanaged: [heldOf(next)],
    diagnostics: [diagnosticOf(next), { ...diagnosticOf(next), severity: "warning" }],
  });
}

function viewWith(next: Texts): PlanCommentView {
  const plan = planWith(next);
  // The same plan elsewhere: its rows are shared.
  const offline: Plan = { ...plan, environment: `${next()} too`, options: { only: [], adopt: [], offline: true } };
  return {
    environments: [
      { environment: plan.environment, plan },
      { environment: offline.environment, plan: offline },
      { environment: next(), why: "invalid", diagnostics: [{ ...diagnosticOf(next), line: 2 }] },
      { environment: next(), why: "unread", diagnostics: [], message: next(), hint: next() },
    ],
    at: next(),
    tool: next(),
    repositoryUrl,
    head: next(),
    base: next(),
    isBaseMoved: true,
    isFork: true,
    run: { id: next(), attempt: 1 },
    approval: {
      author: next(),
      codeOwners: [{ file: next(), owners: [next(), next()] }],
      gates: [{ environment: next(), gate: next(), reviewers: [next(), next()] }],
    },
    policyChanges: [{ what: "guards", environment: next(), detail: next(), file: next(), line: 1 }],
    checks: { resources: 1, errors: 1, warnings: 1 },
  };
}

export const outcomesOf = (next: Texts): readonly Outcome[] =>
  (["ok", "failed", "unknown", "skipped"] as const).map((status) => ({
    address: next(),
    action: "newVersion",
    status,
    version: next(),
    remoteId: next(),
    channelUrl: next(),
    counts: { [next()]: 2 },
    error: next(),
  }));

/** Name and Markdown of each face. */
export function facesOf(next: Texts): readonly (readonly [string, string])[] {
  const where = () => ({ at: next(), tool: next(), repositoryUrl, run: { id: next(), attempt: 1 } });
  const most = Number.POSITIVE_INFINITY;
  const plan = planWith(next);
  return [
    ["plan comment", planComment(viewWith(next), most)],
    [
      "apply comment",
      applyComment(
        {
          ...where(),
          environments: [1, 2].map(() => ({
            environment: next(),
            digest: next(),
            outcomes: outcomesOf(next),
            decided: [{ address: next(), version: next(), status: next(), reason: next() }],
            pending: [{ ...heldOf(next), by: "pending" }],
            blocked: [heldOf(next)],
            left: [next()],
            ledgerCommit: next(),
            approvals: [{ login: next(), at: next(), commit: next() }],
            problem: { message: next(), hint: next() },
          })),
        },
        most,
      ),
    ],
    [
      "approval summary",
      approvalSummary(
        {
          ...where(),
          environments: [{ environment: plan.environment, plan: { ...plan, steps: [], diagnostics: [] } }],
          gate: next(),
          guards: [diagnosticOf(next)],
          moved: [next()],
        },
        most,
      ),
    ],
    [
      "drift issue",
      driftIssue({
        ...where(),
        environment: next(),
        digest: next(),
        drift: ["paused", "recategorised", "changed", "lost", "unmanaged", `${next()} else`].map((direction) => ({
          address: next(),
          direction,
          detail: next(),
          since: next(),
        })),
      }).body,
    ],
    [
      "rejection",
      rejectionComment({
        ...where(),
        environment: next(),
        address: next(),
        version: next(),
        reason: next(),
        since: next(),
        serving: next(),
        source: { file: next(), line: 1, commit: next() },
      }),
    ],
    ["overdue", overdueComment({ ...where(), environment: next(), after: next(), rows: [heldOf(next)] })],
    [
      "break-glass review",
      breakGlassIssue({
        ...where(),
        environment: next(),
        reason: next(),
        actor: next(),
        digest: next(),
        commit: next(),
        ledgerCommit: next(),
        outcomes: outcomesOf(next),
      }).body,
    ],
  ];
}
