// Every rule of SmsTemplate in the order of their codes; knows no file format.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { lengthRules } from "./rules/length.ts";
import { registrationRules, senderCodes, senderRules } from "./rules/sender.ts";
import { wordingRules } from "./rules/wording.ts";
import type { SmsSpec } from "./spec.ts";

export const rules: readonly Rule<SmsSpec>[] = [...lengthRules, ...senderRules, ...wordingRules, ...registrationRules];

export const schemaCodes: readonly SchemaCode[] = senderCodes;
