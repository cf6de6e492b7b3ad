// The rules that tell the reviewer what to decide, and reading them. It decides nothing.
import { isObject } from "./shape.ts";

const REVIEWED_KINDS = ["WhatsAppTemplate", "DigitalTemplate", "SmsTemplate", "A2pRegistration"] as const;
export type ReviewedKind = (typeof REVIEWED_KINDS)[number];

const DECISIONS = ["approve", "reject", "never"] as const;

export interface DecisionRule {
  /** A glob on the name: of a template, of a digital templateId, of the SMS template that a registration is for. */
  readonly match: string;
  readonly language?: string;
  /** Default `WhatsAppTemplate`. */
  readonly kind?: ReviewedKind;
  readonly decision: (typeof DECISIONS)[number];
  readonly reason?: string;
  readonly afterMs?: number;
}

/** Reads decision rules from JSON. Throws with the place and the value that is wrong. */
export function parseDecisions(json: unknown): DecisionRule[] {
  if (!Array.isArray(json)) throw new Error("decisions must be a list of rules");
  return json.map((item: unknown, index) => {
    const wrong = (what: string): never => {
      throw new Error(`decisions[${index}]${what}`);
    };
    if (!isObject(item)) return wrong(" must be an object");
    const { match, language, kind, decision, reason, afterMs, ...rest } = item;
    const unknown = Object.keys(rest)[0];
    if (unknown !== undefined) wrong(`.${unknown} is not known`);
    if (typeof match !== "string" || match === "") wrong(".match must be a glob on the name");
    if (!DECISIONS.some((known) => known === decision)) wrong(`.decision must be one of ${DECISIONS.join(", ")}`);
    if (kind !== undefined && !REVIEWED_KINDS.some((known) => known === kind)) {
      wrong(`.kind must be one of ${REVIEWED_KINDS.join(", ")}`);
    }
    if (language !== undefined && typeof language !== "string") wrong(".language must be a string");
    if (reason !== undefined && typeof reason !== "string") wrong(".reason must be a string");
    if (afterMs !== undefined && !(typeof afterMs === "number" && afterMs >= 0)) {
      wrong(".afterMs must be a number of milliseconds");
    }
    return item as unknown as DecisionRule;
  });
}
