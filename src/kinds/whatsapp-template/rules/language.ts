// The rule about a WhatsApp template's language; it knows no text.
import type { Rule } from "../../../contract/diagnostic.ts";
import { isMetaLanguage, nearestLanguage, normaliseLanguage } from "../../_shared/languages.ts";
import { meta, project } from "../../_shared/sources.ts";
import { quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { manifest } from "./manifest.ts";

const known: Rule<WhatsAppSpec> = {
  code: "CX3006",
  title: "A WhatsApp template's language is one of Meta's",
  severity: "error",
  reason:
    "Meta has a list of 111 language codes, case-sensitive, with an underscore before the region. A hyphen is accepted here and sent as an underscore. A code that Meta has added since can be allowed in the config.",
  source: `${meta}; ${project}`,
  hint: "Use one of Meta's language codes, such as en, en_US, pt_BR or fil.",
  examples: {
    wrong: manifest(`
language: en_us
category: UTILITY
body: Your order has left our warehouse today.`),
    right: manifest(`
language: en-US
category: UTILITY
body: Your order has left our warehouse today.`),
    at: { line: 6, column: 13 },
  },
  *check({ spec }, scope) {
    if (isMetaLanguage(normaliseLanguage(spec.language), scope.extraLanguages)) return;
    yield {
      message: `language ${quoted(spec.language)} is none of Meta's language codes`,
      hint: `Did you mean ${nearestLanguage(spec.language, scope.extraLanguages)}? Codes are case-sensitive; a code that Meta has added since can be allowed in cxform.yaml.`,
      pointer: "/spec/language",
      offset: 0,
      length: Math.max(1, spec.language.length),
    };
  },
};

export const languageRules: readonly Rule<WhatsAppSpec>[] = [known];
