// Every rule of A2pRegistration in the order of their codes; refers to SmsTemplate by name only. CX3305 is checked where the sender stands, at SmsTemplate.
import type { Rule, SchemaCode } from "../../contract/diagnostic.ts";
import { documents, manifest } from "../_shared/example.ts";
import { countCodePoints } from "../_shared/measure.ts";
import { nearest } from "../_shared/nearest.ts";
import { counted, quoted } from "../_shared/wording.ts";
import type { A2pSpec } from "./spec.ts";

const template = manifest(
  "SmsTemplate",
  "parcel-arrived",
  'content: "Juniper & Pine: your parcel has arrived. Reply STOP to opt out."',
  'fromAddress: "+15035550142"',
);
const draft = manifest(
  "SmsTemplate",
  "parcel-arrived",
  'content: "Juniper & Pine: your parcel has arrived. Reply STOP to opt out."',
  'fromAddress: "+15035550142"',
  "approved: false",
);

function registration(change: Partial<Record<keyof A2pSpec, string>> = {}): string {
  const spec = {
    template: "parcel-arrived",
    campaignName: "Juniper & Pine delivery notices",
    messageClass: "DELIVERY_NOTIFICATION",
    optInLanguage: "Customers tick an unticked box at checkout, under the words text me about this order.",
    ...change,
  };
  return manifest(
    "A2pRegistration",
    "parcel-arrived",
    ...Object.entries(spec).map(([key, value]) => `${key}: ${value}`),
  );
}

const right = documents(registration(), template);

const declaredTemplate: Rule<A2pSpec> = {
  code: "CX3301",
  title: "An A2P registration needs a declared and approved SMS template",
  severity: "error",
  reason: "CXone registers approved templates only and answers 409 for any other.",
  source: "the project's own documents; CXONE-API §5 (November 2026)",
  hint: "Name an SmsTemplate that is declared here and not marked approved: false.",
  examples: { wrong: documents(registration(), draft), right, at: { line: 6, column: 13 } },
  *check({ spec }, scope) {
    const templates = scope.ofKind<{ readonly approved?: boolean }>("SmsTemplate");
    const found = templates.find(({ name }) => name === spec.template);
    const pointer = "/spec/template";
    if (found === undefined) {
      // A template that lacks a field is declared all the same.
      if (scope.refused("SmsTemplate").some(({ name }) => name === spec.template)) return;
      const likely = nearest(
        spec.template,
        templates.map(({ name }) => name),
        3,
      );
      yield {
        message: `template ${quoted(spec.template)} is no declared SmsTemplate`,
        hint:
          likely === undefined
            ? `Declare an SmsTemplate with the name ${quoted(spec.template)}, or name another.`
            : `Write ${quoted(likely)}, or declare an SmsTemplate with the name ${quoted(spec.template)}.`,
        pointer,
      };
    } else if (found.spec.approved === false) {
      yield {
        message: `template ${quoted(spec.template)} has approved: false; only an approved template can be registered`,
        hint: `Set approved: true in the SmsTemplate ${quoted(spec.template)}, or remove this registration until then.`,
        pointer,
      };
    }
  },
};

const longestCampaignName = 255;

const campaignName: Rule<A2pSpec> = {
  code: "CX3302",
  title: "A campaign name has 1 to 255 characters",
  severity: "error",
  reason: "The campaign is registered and shown under this name.",
  source: "the project's own documents (November 2026)",
  hint: "Give the campaign a name of 1 to 255 characters.",
  examples: { wrong: documents(registration({ campaignName: '""' }), template), right, at: { line: 7, column: 17 } },
  *check({ spec }) {
    const length = countCodePoints(spec.campaignName);
    if (spec.campaignName.trim() !== "" && length <= longestCampaignName) return;
    const isLong = length > longestCampaignName;
    yield {
      message: isLong
        ? `campaignName has ${counted(length, "character")}; the limit is ${longestCampaignName}`
        : "campaignName is empty; it needs at least 1 character",
      hint: isLong
        ? `Shorten the name by ${counted(length - longestCampaignName, "character")}.`
        : "Give the campaign a name.",
      pointer: "/spec/campaignName",
    };
  },
};

/** CXone's own three, then the standard and the special use cases of The Campaign Registry. */
const messageClasses: readonly string[] =
  "TRANSACTIONAL MARKETING OTP 2FA ACCOUNT_NOTIFICATION CUSTOMER_CARE DELIVERY_NOTIFICATION FRAUD_ALERT HIGHER_EDUCATION LOW_VOLUME MIXED POLLING_VOTING PUBLIC_SERVICE_ANNOUNCEMENT SECURITY_ALERT AGENTS_FRANCHISES CARRIER_EXEMPT CHARITY EMERGENCY K12_EDUCATION M2M POLITICAL POLITICAL_SECTION_527 PROXY SOCIAL SWEEPSTAKE TRIAL UCAAS_HIGH UCAAS_LOW".split(
    " ",
  );

const messageClass: Rule<A2pSpec> = {
  code: "CX3303",
  title: "The message class of a registration is unknown",
  severity: "error",
  reason: "Carriers rate and filter a campaign by its class, and refuse one that they do not know.",
  source: "the project's own documents; The Campaign Registry, use cases (November 2026)",
  hint: "Use TRANSACTIONAL, MARKETING, OTP, or a use case of The Campaign Registry such as DELIVERY_NOTIFICATION.",
  examples: {
    wrong: documents(registration({ messageClass: "DELIVERY" }), template),
    right,
    at: { line: 8, column: 17 },
  },
  *check({ spec }) {
    if (messageClasses.includes(spec.messageClass)) return;
    const likely = nearest(spec.messageClass.replace(/[\s-]+/g, "_"), messageClasses, 4);
    yield {
      message: `messageClass ${quoted(spec.messageClass)} is neither TRANSACTIONAL, MARKETING, OTP nor a use case of The Campaign Registry`,
      hint:
        likely === undefined
          ? "Use TRANSACTIONAL, MARKETING, OTP, or a use case such as DELIVERY_NOTIFICATION or ACCOUNT_NOTIFICATION."
          : `Write ${likely}.`,
      pointer: "/spec/messageClass",
    };
  },
};

const optInLengths = { least: 40, most: 2048 };
/** A claim instead of a description. */
const claim =
  /\bcomplian(?:t|ce)\b|\bcompl(?:y|ies)\b|\btcpa\b|\bctia\b|\bgdpr\b|\bconsent (?:was|is|has been) (?:given|obtained|collected)\b/i;
/** By which act or at which place people agree; any of them makes a description. */
const act =
  /\b(?:tick|check|box|boxes|checkbox|form|page|website|web|site|online|app|account|profile|checkout|store|counter|desk|paper|sign|signs|signing|signed|signup|enrol\w*|register\w*|subscri\w*|enter\w*|submit\w*|fill\w*|text|texts|texting|keyword|call|calls|phone|verbal\w*|ask\w*|button|click\w*|toggle\w*|order\w*|contract|agree|agrees|agreeing|choose|chooses|select\w*|provide\w*|portal|survey|event|qr|join\w*|repl(?:y|ies)|start|yes|opt|opts|opting)\b/i;
/** Nouns of the trade, which a claim has as well: they hold words that would be acts elsewhere. */
const nouns =
  /\bopt[- ]?(?:in|out)\b(?! (?:on|by|via|at|through|with|when|in|during|using|from|under)\b)|\btext(?:ing)? (?:messag\w*|program\w*|campaign\w*)|\b(?:phone|mobile) numbers?\b|\bin order to\b/gi;

const optInLanguage: Rule<A2pSpec> = {
  code: "CX3304",
  title: "The opt-in language does not tell how consent is got",
  severity: "error",
  reason:
    'Carriers want to read where and by which act people agreed to the messages, in 40 to 2048 characters. A claim such as "Standard TCPA compliant" describes nothing and is refused.',
  source: "The Campaign Registry, call to action (November 2026); CTIA Messaging Principles 2023 §5.1.2",
  hint: "Tell where people agree, by which act, and under which words, in 40 to 2048 characters.",
  examples: {
    wrong: documents(registration({ optInLanguage: "Standard TCPA compliant" }), template),
    right,
    at: { line: 9, column: 18 },
  },
  *check({ spec }) {
    const text = spec.optInLanguage;
    const length = countCodePoints(text.trim());
    const pointer = "/spec/optInLanguage";
    const hint = "Tell where people agree, by which act (a ticked box, a text, a signature), and under which words.";
    if (length < optInLengths.least) {
      yield {
        message: `optInLanguage has ${counted(length, "character")}; it needs at least ${optInLengths.least}`,
        hint,
        pointer,
      };
    } else if (length > optInLengths.most) {
      yield {
        message: `optInLanguage has ${length} characters; the limit is ${optInLengths.most}`,
        hint: `Shorten it by ${counted(length - optInLengths.most, "character")}.`,
        pointer,
      };
    } else if (claim.test(text) && !act.test(text.replace(nouns, " "))) {
      yield { message: "optInLanguage claims compliance and does not describe how people agree", hint, pointer };
    }
  },
};

export const rules: readonly Rule<A2pSpec>[] = [declaredTemplate, campaignName, messageClass, optInLanguage];

export const schemaCodes: readonly SchemaCode[] = [
  {
    pointer: "/spec/template",
    code: "CX3301",
    message: () => "template is not the name of an SmsTemplate",
    hint: "Write the name of a declared SmsTemplate, in quotes if it looks like a number.",
  },
  {
    pointer: "/spec/campaignName",
    code: "CX3302",
    message: () => "campaignName is no text",
    hint: "Give the campaign a name of 1 to 255 characters, in quotes if it looks like a number.",
  },
  {
    pointer: "/spec/messageClass",
    code: "CX3303",
    message: () => "messageClass is no text",
    hint: "Use TRANSACTIONAL, MARKETING, OTP, or a use case of The Campaign Registry such as DELIVERY_NOTIFICATION.",
  },
  {
    pointer: "/spec/optInLanguage",
    code: "CX3304",
    message: () => "optInLanguage is no text",
    hint: "Tell where people agree, by which act, and under which words, in 40 to 2048 characters.",
  },
];
