// A plan of every sort of row, for the renderers' tests; nothing in it was planned.
import type { Plan, Step } from "../../src/contract/plan.ts";

const digest = `sha256:${"ab".repeat(32)}`;

export function stepOf(step: Partial<Step> & Pick<Step, "action" | "address">): Step {
  return {
    digest,
    version: { from: null, to: 1 },
    after: [],
    followUp: false,
    changes: [],
    patch: [],
    risk: "low",
    reason: "new",
    precondition: {},
    ...step,
  };
}

export function planOf(rest: Partial<Plan> = {}): Plan {
  const none = {
    create: 0,
    newVersion: 0,
    update: 0,
    deprecate: 0,
    reactivate: 0,
    remove: 0,
    send: 0,
    records: 0,
    adopt: 0,
  };
  const steps = rest.steps ?? [];
  const counted = { ...none };
  for (const { action } of steps) counted[action]++;
  return {
    formatVersion: 1,
    tool: "cxform/0.1.0",
    environment: "production",
    createdAt: "2026-11-20T09:00:00.000Z",
    digest,
    options: { only: [], adopt: [] },
    summary: {
      ...counted,
      waiting: rest.waiting?.length ?? 0,
      blocked: rest.blocked?.length ?? 0,
      unchanged: 12,
      unmanaged: rest.unmanaged?.length ?? 0,
      off: 0,
    },
    steps,
    waiting: [],
    blocked: [],
    unmanaged: [],
    diagnostics: [],
    ...rest,
  };
}

export const winterPlan: Plan = planOf({
  steps: [
    stepOf({
      action: "records",
      address: "PreferenceBatch/2026-11-crm",
      risk: "high",
      reason: "252 records are not answered yet",
      records: {
        contentDigest: "00",
        total: 252,
        optIns: 40,
        optOuts: 212,
        toSend: 250,
        observed: { unchanged: 2, skipped: 0 },
      },
      source: { file: "preferences/2026-11-crm.yaml", line: 2, column: 1 },
    }),
    stepOf({
      action: "newVersion",
      address: "WhatsAppTemplate/parcel/en",
      version: { from: 2, to: 3 },
      reason: "the body changed",
      changes: [
        {
          path: "/body",
          before: "Hi {{1}}, your parcel {{2}} has left our warehouse.",
          after: "Hi {{1}}, your parcel {{2}} has just left our store.",
        },
        { path: "/footer", before: null, after: "Juniper & Pine" },
      ],
      source: { file: "templates/whatsapp/parcel.yaml", line: 3, column: 1 },
    }),
    stepOf({
      action: "deprecate",
      address: "WhatsAppTemplate/summer/en",
      version: { from: 1, to: 1 },
      risk: "high",
      reason: "its manifest was removed",
      followUp: false,
    }),
    stepOf({ action: "create", address: "A2pRegistration/otp", after: ["SmsTemplate/otp"] }),
  ],
  waiting: [
    {
      address: "WhatsAppTemplate/sale/en",
      kind: "WhatsAppTemplate",
      version: 1,
      status: "PENDING",
      reason: "Meta reviews it",
      since: "2026-11-19T10:00:00.000Z",
      by: "pending",
    },
  ],
  blocked: [
    {
      address: "SmsTemplate/otp",
      kind: "SmsTemplate",
      status: "APPROVED",
      reason: "CXone holds other content",
      by: "unowned",
    },
  ],
  unmanaged: [
    {
      address: "WhatsAppTemplate/legacy/en",
      kind: "WhatsAppTemplate",
      remoteId: "77",
      status: "APPROVED",
      reason: "declared nowhere",
      by: "unowned",
    },
  ],
  diagnostics: [
    {
      file: "templates/whatsapp/parcel.yaml",
      line: 9,
      column: 3,
      code: "CX3011",
      severity: "warning",
      message: "no category",
      hint: "Add one.",
    },
  ],
});
