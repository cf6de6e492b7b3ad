// Rules on who an SMS comes from: form of the sender, A2P registration of 10DLC numbers; refers to A2pRegistration by name only.
import type { Rule, SchemaCode } from "../../../contract/diagnostic.ts";
import type { Json, JsonObject } from "../../../contract/json.ts";
import { documents, manifest } from "../../_shared/example.ts";
import { senderOf } from "../sender.ts";
import type { SmsSpec } from "../spec.ts";

/** Which template a registration names whose other fields cannot be counted on. */
function templateOf(spec: Json): Json | undefined {
  return typeof spec === "object" && spec !== null && !Array.isArray(spec)
    ? (spec as JsonObject)["template"]
    : undefined;
}

const quoteHint =
  'Put the sender in quotes, such as "+15035550142" or "58463": without them YAML reads a number and drops the plus.';
const formHint =
  'Use a short code of 5 or 6 digits, a US number as "+1" and 10 digits, or a name of 1 to 11 letters, digits and spaces with a letter in it.';

const content = 'content: "Juniper & Pine: your parcel has arrived. Reply STOP to opt out."';

const senderForm: Rule<SmsSpec> = {
  code: "CX3204",
  title: "The sender of an SMS has no valid form",
  severity: "error",
  reason:
    "Carriers take a message from a short code, a 10DLC or toll-free number, or a name. An unquoted +1… is a number to YAML, which drops its plus.",
  source: "CTIA Messaging Principles 2023, 3GPP TS 23.040 §9.1.2.5 (November 2026)",
  hint: formHint,
  examples: {
    wrong: manifest("SmsTemplate", "parcel-arrived", content, 'fromAddress: "5035550142"'),
    right: manifest("SmsTemplate", "parcel-arrived", content, 'fromAddress: "+18335550142"'),
    at: { line: 7, column: 16 },
  },
  *check({ spec }) {
    if (senderOf(spec.fromAddress) !== undefined) return;
    const isNumber = /^[\d+ ().-]+$/.test(spec.fromAddress);
    const digits = spec.fromAddress.replace(/\D/g, "");
    // After a plus the country comes first: ten digits there are not those of a US number.
    const isNational = digits.length === 10 && !spec.fromAddress.startsWith("+");
    const hint =
      isNumber && (isNational || (digits.length === 11 && digits.startsWith("1")))
        ? `Write it as "+1${digits.slice(-10)}", in quotes.`
        : formHint;
    yield {
      message: `fromAddress "${spec.fromAddress}" is neither a short code (5 or 6 digits), nor +1 and 10 digits, nor a name of 1 to 11 letters, digits and spaces`,
      hint,
      pointer: "/spec/fromAddress",
    };
  },
};

const registeredSender: Rule<SmsSpec> = {
  code: "CX3305",
  title: "A template with a 10DLC sender has no A2P registration",
  severity: "warning",
  reason: "US carriers block or surcharge messages from ten-digit numbers that belong to no registered campaign.",
  source: "CTIA Messaging Principles 2023; The Campaign Registry (November 2026)",
  hint: "Declare an A2pRegistration whose spec.template is the name of this template.",
  examples: {
    wrong: manifest("SmsTemplate", "parcel-arrived", content, 'fromAddress: "+15035550142"'),
    right: documents(
      manifest("SmsTemplate", "parcel-arrived", content, 'fromAddress: "+15035550142"'),
      manifest(
        "A2pRegistration",
        "parcel-arrived",
        "template: parcel-arrived",
        "campaignName: Juniper & Pine delivery notices",
        "messageClass: DELIVERY_NOTIFICATION",
        "optInLanguage: Customers tick an unticked box at checkout, under the words text me about this order.",
      ),
    ),
    at: { line: 7, column: 16 },
  },
  *check({ name, spec }, scope) {
    if (senderOf(spec.fromAddress) !== "10DLC number") return;
    const registrations = scope.ofKind<{ readonly template: string }>("A2pRegistration");
    if (registrations.some((registration) => registration.spec.template === name)) return;
    if (scope.refused("A2pRegistration").some((registration) => templateOf(registration.spec) === name)) return;
    yield {
      message: `the sender ${spec.fromAddress} is a 10DLC number and no A2pRegistration names the template ${name}`,
      hint: `Declare an A2pRegistration with "template: ${name}", or send from a short code or a toll-free number.`,
      pointer: "/spec/fromAddress",
    };
  },
};

export const senderRules: readonly Rule<SmsSpec>[] = [senderForm];
export const registrationRules: readonly Rule<SmsSpec>[] = [registeredSender];

export const senderCodes: readonly SchemaCode[] = [
  {
    pointer: "/spec/fromAddress",
    code: "CX3204",
    message: (value) =>
      typeof value === "number" ? `fromAddress is the number ${value}; a sender is text` : "fromAddress is no text",
    hint: quoteHint,
  },
];
