// All rules of DigitalTemplate in the order of their codes (RULES, CX31xx). The schema checks nothing that they name.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { blockRules } from "./rules/blocks.ts";
import { channelRules } from "./rules/channels.ts";
import { identityRules } from "./rules/identity.ts";
import { placeholderRules } from "./rules/placeholders.ts";
import type { DigitalSpec } from "./spec.ts";

export const rules: readonly Rule<DigitalSpec>[] = [
  ...placeholderRules,
  ...blockRules,
  ...channelRules,
  ...identityRules,
];

export const schemaCodes: readonly SchemaCode[] = [];
