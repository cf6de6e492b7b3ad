// The rules that one record can break, documented; the judging itself is checkRecord, for inline records and for files alike.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { codes } from "../codes.ts";
import { batch, kim, optIn, optOut } from "../example.ts";
import { checkRecord } from "../record.ts";
import type { PreferenceSpec } from "../spec.ts";

type Documented = Omit<Rule<PreferenceSpec>, "check" | "severity">;

/** A rule that shows checkRecord's findings of its code over the inline records. */
function ofRecord(documented: Documented): Rule<PreferenceSpec> {
  return {
    ...documented,
    severity: "error",
    *check({ spec }, { now }): Iterable<Finding> {
      for (const [index, record] of (spec.records ?? []).entries()) {
        for (const { code, ...finding } of checkRecord(record, spec, now)) {
          if (code === documented.code) yield { ...finding, pointer: `/spec/records/${index}${finding.pointer}` };
        }
      }
    },
  };
}

const right = batch([optIn]);
const project = "the project's own documents; CXONE-API §7 (November 2026)";
const line = 9;

const contacts: readonly Documented[] = [
  {
    code: codes.contactForm,
    title: "A contactId is a UUID",
    reason:
      "CXone knows contacts by UUID (8-4-4-4-12 hexadecimal digits of any version), and a UUID tells nobody who it is.",
    source: project,
    hint: "Use the contact's UUID in CXone.",
    examples: { wrong: batch([optIn.replace(kim, "customer-20417")]), right, at: { line, column: 20 } },
  },
  {
    code: codes.contactPersonal,
    title: "A contactId looks like an e-mail address or a phone number",
    reason: "The manifest stays in git for ever, where nobody can erase it. The value is not repeated in any message.",
    source: "GDPR Art. 5(1)(c) and Art. 17 (November 2026)",
    hint: "Use the contact's UUID in CXone, and have what was pushed erased from git's history.",
    examples: { wrong: batch([optIn.replace(kim, "kim@juniperandpine.example")]), right, at: { line, column: 20 } },
  },
];

const choices: readonly Documented[] = [
  {
    code: codes.channel,
    title: "The channel of a record is unknown",
    reason: "CXone keeps one answer for each of email, sms, voice, webchat and whatsapp.",
    source: project,
    hint: "Use email, sms, voice, webchat or whatsapp.",
    examples: { wrong: batch([optIn.replace("email", "fax")]), right, at: { line, column: 67 } },
  },
  {
    code: codes.region,
    title: "The regulatory region of a record is unknown",
    reason: "The region decides which proof an opt-in needs.",
    source: project,
    hint: "Use GDPR, CCPA, TCPA or NONE.",
    examples: { wrong: batch([optIn.replace(" }", ", regulatoryRegion: EU }")]), right, at: { line, column: 147 } },
  },
];

const answers: readonly Documented[] = [
  {
    code: codes.optInWithdrawn,
    title: "An opt-in has no withdrawalTimestamp",
    reason: "A record is one answer: the contact agreed, or the contact withdrew.",
    source: project,
    hint: "Remove withdrawalTimestamp, or set optIn: false.",
    examples: {
      wrong: batch([optIn.replace(" }", ', withdrawalTimestamp: "2026-09-20T10:00:00Z" }')]),
      right,
      at: { line, column: 150 },
    },
  },
  {
    code: codes.optOutTimeless,
    title: "An opt-out has a withdrawalTimestamp",
    reason:
      "The later answer wins in CXone, so an opt-out without a time could lose against an older opt-in. consentTimestamp may be empty: someone who never agreed may refuse.",
    source: project,
    hint: "Add withdrawalTimestamp, when the contact refused or withdrew.",
    examples: {
      wrong: batch([`{ contactId: ${kim}, channel: email, optIn: false, withdrawalTimestamp: null }`]),
      right: batch([optOut]),
      at: { line, column: 109 },
    },
  },
  {
    code: codes.gdprConsent,
    title: "An opt-in under GDPR has a consentTimestamp",
    reason: "Who relies on consent must be able to prove it.",
    source: "GDPR Art. 7(1) (November 2026)",
    hint: "Add consentTimestamp, or leave the record out.",
    examples: {
      wrong: batch([`{ contactId: ${kim}, channel: email, optIn: true, consentTimestamp: null }`]),
      right,
      at: { line, column: 105 },
    },
  },
  {
    code: codes.tcpaConsent,
    title: "An opt-in to sms or voice under TCPA has a consentTimestamp",
    reason: "Calls and texts to US numbers need prior express consent, and the sender has to prove it.",
    source: "47 CFR 64.1200(a) (November 2026)",
    hint: "Add consentTimestamp, or leave the record out.",
    examples: {
      wrong: batch(
        [`{ contactId: ${kim}, channel: sms, optIn: true, consentTimestamp: null }`],
        "2026-10-us-stores",
        "store-tablet",
        "TCPA",
      ),
      right: batch([optIn.replace("email", "sms")], "2026-10-us-stores", "store-tablet", "TCPA"),
      at: { line, column: 103 },
    },
  },
];

const times: readonly Documented[] = [
  {
    code: codes.timeForm,
    title: "A time of a record is an RFC 3339 time with an offset",
    reason:
      "The later answer wins, so a time must mean the same moment everywhere. Any offset will do; it is kept as UTC.",
    source: "RFC 3339 §5.6 (November 2026)",
    hint: 'Write date, time and offset, such as "2026-09-14T10:21:07+02:00".',
    examples: { wrong: batch([optIn.replace("07Z", "07")]), right, at: { line, column: 105 } },
  },
  {
    code: codes.withdrawalFirst,
    title: "A withdrawal is not before its consent",
    reason:
      "An answer that was withdrawn before it was given is two columns mixed up, or a later consent that the record hides.",
    source: project,
    hint: "Exchange the times, or set optIn: true and remove withdrawalTimestamp.",
    examples: {
      wrong: batch([optOut.replace("withdrawal", 'consentTimestamp: "2026-09-15T08:00:00Z", withdrawal')]),
      right: batch([optOut.replace("withdrawal", 'consentTimestamp: "2026-09-01T08:00:00Z", withdrawal')]),
      at: { line, column: 151 },
    },
  },
  {
    code: codes.future,
    title: "A time of a record is at most 5 minutes in the future",
    reason: "CXone rejects it, because an answer from the future would win against every later one.",
    source: project,
    hint: "Write the time when the contact answered.",
    examples: { wrong: batch([optIn.replace("2026", "2926")]), right, at: { line, column: 105 } },
  },
];

const form: Documented = {
  code: codes.recordForm,
  title: "A record has the documented fields",
  reason: "A field that is missing or misspelt would silently change the answer of a person.",
  source: "INTERFACE §3 (November 2026)",
  hint: "Write contactId, channel, optIn, and as needed consentTimestamp, withdrawalTimestamp, regulatoryRegion and source.",
  examples: { wrong: batch([optIn.replace("optIn: true", "optIn: yes")]), right, at: { line, column: 81 } },
};

export const recordForms: readonly Rule<PreferenceSpec>[] = [...contacts, ...choices, ...answers, ...times, form].map(
  ofRecord,
);
