// The rule about how many WhatsApp templates are declared; it knows no content.
import type { Rule } from "../../../contract/diagnostic.ts";
import { perScope, sortedByAddress } from "../../_shared/per-scope.ts";
import { meta } from "../../_shared/sources.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { documents } from "./manifest.ts";

const mostTemplates = 250;
const mostVerifiedTemplates = 6000;
/** 90 % of the limit. */
const nearLimit = 225;

const declared = perScope((scope) => sortedByAddress(scope.ofKind<WhatsAppSpec>("WhatsAppTemplate")));

/** One line a document, because there are many. */
const numbered = (count: number): string =>
  documents(
    ...Array.from({ length: count }, (_, at) => {
      const number = String(at + 1).padStart(3, "0");
      const spec = `{ language: en, category: UTILITY, body: Locker ${number} is open for you until tonight. }`;
      return `{ apiVersion: cxform/v1, kind: WhatsAppTemplate, metadata: { name: locker_${number} }, spec: ${spec} }\n`;
    }),
  );

const nearby: Rule<WhatsAppSpec> = {
  code: "CX3050",
  title: "The number of WhatsApp templates stays well under Meta's limit",
  severity: "warning",
  reason:
    "Meta accepts 250 templates in an account, 6000 when the business is verified. Each language counts, and so does a replaced version until it is deleted.",
  source: meta,
  hint: "Remove templates that nobody sends, or have the business verified and switch this rule off in cxform.yaml.",
  examples: { wrong: numbered(nearLimit + 1), right: numbered(2), at: { line: 2 * nearLimit + 1, column: 68 } },
  *check({ address }, scope) {
    const all = declared(scope);
    // Told once, on the first template past the mark.
    if (all[nearLimit]?.address !== address) return;
    yield {
      message: `${all.length} templates are declared, each language counted; Meta's limit is ${mostTemplates} (${mostVerifiedTemplates} when verified)`,
      hint: nearby.hint,
      pointer: "/metadata/name",
    };
  },
};

export const limitRules: readonly Rule<WhatsAppSpec>[] = [nearby];
