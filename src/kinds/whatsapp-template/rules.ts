// All rules of WhatsAppTemplate in the order of their codes (RULES, CX30xx), and the schema violations that bear their codes.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { aroundPlaceholdersRules } from "./rules/around-placeholders.ts";
import { authenticationRules } from "./rules/authentication.ts";
import { bodyRules } from "./rules/body.ts";
import { buttonFieldRules } from "./rules/button-fields.ts";
import { buttonRules, buttonType, buttonTypeHint, buttonTypeMessage } from "./rules/buttons.ts";
import { categoryHint, categoryKnown, categoryMessage, categoryRules } from "./rules/category.ts";
import { duplicateRules } from "./rules/duplicates.ts";
import { footerRules } from "./rules/footer.ts";
import { formatHint, formatMessage, headerRules, media } from "./rules/header.ts";
import { languageRules } from "./rules/language.ts";
import { languagesOfANameRules } from "./rules/languages-of-a-name.ts";
import { limitRules } from "./rules/limit.ts";
import { nameLength, nameLengthMessage, nameRules } from "./rules/name.ts";
import { exampleRules, placeholderRules } from "./rules/placeholders.ts";
import { whitespaceRules } from "./rules/whitespace.ts";
import type { WhatsAppSpec } from "./spec.ts";

export const rules: readonly Rule<WhatsAppSpec>[] = [
  ...nameRules,
  ...languagesOfANameRules,
  ...languageRules,
  ...categoryRules,
  ...bodyRules,
  ...headerRules,
  ...footerRules,
  ...placeholderRules,
  ...aroundPlaceholdersRules,
  ...exampleRules,
  ...buttonRules,
  ...buttonFieldRules,
  ...authenticationRules,
  ...duplicateRules,
  ...whitespaceRules,
  ...limitRules,
].sort((left, right) => (left.code < right.code ? -1 : 1));

/** Only what the schema itself refuses; a value of the wrong type or a missing field is the schema's own finding. */
export const schemaCodes: readonly SchemaCode[] = [
  { pointer: "/metadata/name", code: nameLength.code, message: nameLengthMessage, hint: nameLength.hint },
  { pointer: "/spec/category", code: categoryKnown.code, message: categoryMessage, hint: categoryHint },
  {
    pointer: "/spec/header/format",
    code: media.code,
    message: formatMessage,
    hint: formatHint,
  },
  { pointer: "/spec/buttons/*/type", code: buttonType.code, message: buttonTypeMessage, hint: buttonTypeHint },
];
