// The pull request that the page of the plan comment shows: one WhatsApp template changed, one SMS template approved, two batches of opt-outs. Made by the planner itself.
import assert from "node:assert/strict";
import { digest } from "../../src/base/digest.ts";
import type { Declared } from "../../src/contract/declared.ts";
import type { Plan } from "../../src/contract/plan.ts";
import { makePlan } from "../../src/plan/assemble.ts";
import type { PlanCommentView } from "../../src/report/plan-view.ts";
import { declare, declareBatch, scene, sms, stands, whatsapp } from "../plan/scene.ts";

const shippedBefore = {
  language: "en_GB",
  category: "UTILITY",
  header: "Your order {{1}}",
  body: "Hi {{2}}, your order has shipped.\n\nIt should be with you by {{3}}.",
  footer: "Juniper & Pine, outdoor gear",
  buttons: [
    {
      type: "URL",
      text: "Track",
      url: "https://juniperandpine.example/o/{{1}}",
      example: "https://juniperandpine.example/o/JP20418",
    },
  ],
  examples: { "1": "JP20418", "2": "Ada", "3": "Thursday, 3 December" },
};

const shippedAfter = {
  ...shippedBefore,
  body: "Hi {{2}}, your order is on its way. Track it below.\n\nIt should be with you by {{3}}.",
  buttons: [
    {
      type: "URL",
      text: "Track your parcel",
      url: "https://juniperandpine.example/track/{{1}}",
      example: "https://juniperandpine.example/track/JP20418",
    },
  ],
};

const code = {
  content: "Juniper & Pine: your sign-in code is {{code}}. It is good for 10 minutes. Never share it.",
  fromAddress: "+15035550142",
  variables: { code: { maxLength: 6, example: "482913" } },
};

function batchOf(name: string, optOuts: readonly number[]): Declared {
  const declared = declareBatch(name, { optOuts, optIns: [] });
  const { records } = declared;
  assert.ok(records !== undefined);
  return { ...declared, records: { ...records, summary: { ...records.summary, contentDigest: digest(name) } } };
}

/** A plan with the sources at lines that a reader can follow. */
export function examplePlan(environment = "production"): Plan {
  const changed = declare(whatsapp, "parcel_on_its_way", shippedAfter);
  const { plan } = makePlan(
    scene({
      declared: [
        { ...changed, source: { file: "templates/whatsapp/parcel-on-its-way.yaml", line: 2, column: 1 } },
        declare(sms, "sign-in-code", code),
        batchOf("2026-11-20-eu-opt-out", [100, 100, 12]),
        batchOf("2026-11-20-us-stop", [100, 28]),
      ],
      standing: [
        stands(
          whatsapp,
          "parcel_on_its_way",
          { version: 6, spec: { ...shippedBefore, body: "Your order {{2}} has left." }, status: "deprecated" },
          { version: 7, spec: shippedBefore, status: "active" },
        ),
        stands(sms, "sign-in-code", {
          version: 1,
          spec: code,
          status: "pending",
          observed: { statusText: "DRAFT" },
        }),
      ],
      input: { environment, showsSamples: true, commit: "8f3c1d2e9b7a4c5d6e7f8091a2b3c4d5e6f70812" },
    }),
  );
  return plan;
}

export function exampleView(plans: readonly Plan[] = [examplePlan()]): PlanCommentView {
  return {
    environments: plans.map((plan) => ({ environment: plan.environment, plan })),
    at: "2026-11-20T12:00:07.000Z",
    tool: "cxform/0.1.0",
    repositoryUrl: "https://github.com/juniper-and-pine/messaging",
    head: "8f3c1d2e9b7a4c5d6e7f8091a2b3c4d5e6f70812",
    base: "41d7e0252b9e66ad31c7c5b6a6ba17fd5c3a9f10",
    run: { id: "1234567890", attempt: 1 },
    approval: {
      author: "ada",
      codeOwners: [
        { file: "preferences/2026-11-20-eu-opt-out.yaml", owners: ["@juniper-and-pine/legal"] },
        { file: "preferences/2026-11-20-us-stop.yaml", owners: ["@juniper-and-pine/legal"] },
        { file: "templates/whatsapp/parcel-on-its-way.yaml", owners: ["@juniper-and-pine/marketing", "@grace"] },
        { file: "templates/sms/sign-in-code.yaml", owners: ["@juniper-and-pine/marketing", "@grace"] },
      ],
      gates: plans.map(({ environment }) => ({
        environment,
        gate: `cxform-${environment}-approval`,
        reviewers: ["@juniper-and-pine/cx-release"],
      })),
    },
    checks: { resources: 43, errors: 0, warnings: 0 },
  };
}
