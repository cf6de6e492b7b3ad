// The rule about templates that say the same; it sees declared templates only (what CXone holds: DESIGN §4 row 7).
import type { Rule } from "../../../contract/diagnostic.ts";
import { normaliseLanguage } from "../../_shared/languages.ts";
import { groupBy, perScope, sortedByAddress } from "../../_shared/per-scope.ts";
import { meta } from "../../_shared/sources.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { isMeantForCodes } from "./category.ts";
import { documents, manifest } from "./manifest.ts";

const contentOf = ({ language, body, footer = "" }: WhatsAppSpec): string =>
  JSON.stringify([normaliseLanguage(language), body.trim(), footer.trim()]);

const byContent = perScope((scope) =>
  groupBy(
    sortedByAddress(
      scope.ofKind<WhatsAppSpec>("WhatsAppTemplate").filter(({ spec }) => !isMeantForCodes(spec.category)),
    ),
    ({ spec }) => contentOf(spec),
  ),
);

const spec = `
language: en
category: UTILITY
body: Your order has left our warehouse today.
footer: Juniper & Pine, outdoor gear`;

const repeated: Rule<WhatsAppSpec> = {
  code: "CX3048",
  title: "No two WhatsApp templates of a language have the same body and footer",
  severity: "warning",
  reason:
    "Meta rejects a template whose body and footer repeat another one of the same language, whatever the names. AUTHENTICATION templates are exempt, because their text is Meta's own.",
  source: meta,
  hint: "Change the words of one of the two, or keep one template.",
  examples: {
    wrong: documents(manifest(spec, "order_update"), manifest(spec, "parcel_update")),
    right: documents(manifest(spec, "order_update"), manifest(spec.replace("order", "parcel"), "parcel_update")),
    at: { line: 18, column: 9 },
  },
  *check(subject, scope) {
    if (isMeantForCodes(subject.spec.category)) return;
    const first = byContent(scope).get(contentOf(subject.spec))?.[0];
    // Told once a pair, at the later address.
    if (first === undefined || first.address === subject.address) return;
    yield {
      message: `body and footer repeat those of ${first.address}; Meta rejects the second of two`,
      hint: `Change the words here or in ${first.address}, or keep one of them.`,
      pointer: "/spec/body",
    };
  },
};

export const duplicateRules: readonly Rule<WhatsAppSpec>[] = [repeated];
