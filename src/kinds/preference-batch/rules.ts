// Every rule of PreferenceBatch in the order of their codes; `rules` are run over manifests, `recordRules` document what checkRecord finds.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { codes } from "./codes.ts";
import { formProblem, personalContact } from "./record.ts";
import { batchRules, besideRules } from "./rules/batch.ts";
import { recordForms } from "./rules/record.ts";
import type { PreferenceSpec } from "./spec.ts";

export { contradictingRecord, duplicateRecord } from "./rules/batch.ts";

/** On the batch itself. */
export const rules: readonly Rule<PreferenceSpec>[] = batchRules;

/** What checkRecord and the search for duplicates and contradictions find, in inline records and in files. To be documented, not to be run with `rules`. */
export const recordRules: readonly Rule<PreferenceSpec>[] = [...recordForms, ...besideRules].sort((left, right) =>
  left.code < right.code ? -1 : 1,
);

const timeHint = 'Write date, time and offset, in quotes: "2026-09-14T08:21:07Z".';
const channelHint = "Use email, sms, voice, webchat or whatsapp.";
const regionHint = "Use GDPR, CCPA, TCPA or NONE.";
const sourceHint = "Name where the answers were collected, in 1 to 50 characters.";
const formHint =
  "Write contactId, channel, optIn, and as needed consentTimestamp, withdrawalTimestamp, regulatoryRegion and source.";

/** None repeats a value: a shifted column may hold a contact's address. */
export const schemaCodes: readonly SchemaCode[] = [
  { pointer: "/spec/source", code: codes.source, message: () => "source is no text", hint: sourceHint },
  {
    pointer: "/spec/regulatoryRegion",
    code: codes.region,
    message: (value) => {
      const isShown = typeof value === "string" && /^[A-Za-z_-]{1,20}$/.test(value);
      return `regulatoryRegion${isShown ? ` "${value}"` : ""} is none of GDPR, CCPA, TCPA and NONE`;
    },
    hint: regionHint,
  },
  {
    pointer: "/spec/records/*",
    code: codes.recordForm,
    message: (record) => formProblem(record)?.message ?? "the record has not the documented form",
    hint: formHint,
  },
  {
    pointer: "/spec/records/*/contactId",
    code: codes.contactPersonal,
    // An unquoted phone number is a number to YAML.
    message: (value) =>
      typeof value === "number" && personalContact(String(value)) !== undefined
        ? "contactId looks like a phone number; it must be a UUID"
        : "contactId is not a UUID",
    hint: "Use the contact's UUID in CXone, in quotes.",
  },
  {
    pointer: "/spec/records/*/channel",
    code: codes.channel,
    message: () => "channel is none of email, sms, voice, webchat and whatsapp",
    hint: channelHint,
  },
  {
    pointer: "/spec/records/*/optIn",
    code: codes.recordForm,
    message: () => "optIn is neither true nor false",
    hint: "Write true or false, without quotes.",
  },
  {
    pointer: "/spec/records/*/consentTimestamp",
    code: codes.timeForm,
    message: () => "consentTimestamp is no text",
    hint: timeHint,
  },
  {
    pointer: "/spec/records/*/withdrawalTimestamp",
    code: codes.timeForm,
    message: () => "withdrawalTimestamp is no text",
    hint: timeHint,
  },
  {
    pointer: "/spec/records/*/regulatoryRegion",
    code: codes.region,
    message: () => "regulatoryRegion is none of GDPR, CCPA, TCPA and NONE",
    hint: regionHint,
  },
  { pointer: "/spec/records/*/source", code: codes.source, message: () => "source is no text", hint: sourceHint },
];
