// The rules about what a single button holds: label, address, number, code; they know no other button.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { countCodePoints, offsetAfterCodePoints } from "../../_shared/measure.ts";
import { meta } from "../../_shared/sources.ts";
import { parseWhatsAppText } from "../../_shared/whatsapp-placeholders.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import type { Button, WhatsAppSpec } from "../spec.ts";
import { isMeantForCodes } from "./category.ts";
import { manifest } from "./manifest.ts";

const longestLabel = 25;
const longestUrl = 2000;
const longestPhone = 20;
const longestCode = 20;
const olderLongestCode = 15;

const withButton = (button: string): string =>
  manifest(`
language: en
category: UTILITY
body: Your order has left our warehouse today.
buttons:
  - ${button.trim().replaceAll("\n", "\n    ")}`);

function* buttonsOf(spec: WhatsAppSpec, type?: string): Iterable<Button & { readonly pointer: string }> {
  for (const [at, button] of (spec.buttons ?? []).entries()) {
    if (type === undefined || button.type === type) yield { ...button, pointer: `/spec/buttons/${at}` };
  }
}

/** A finding on the part of a text that is over its limit, in code points. */
function* tooLong(what: string, text: string, limit: number, pointer: string): Iterable<Finding> {
  const characters = countCodePoints(text);
  if (characters <= limit) return;
  const offset = offsetAfterCodePoints(text, limit);
  yield {
    message: `${what} has ${characters} characters; the limit is ${limit}`,
    hint: `Shorten it by ${counted(characters - limit, "character")}.`,
    pointer,
    offset,
    length: text.length - offset,
  };
}

const rightLink = withButton('type: URL\ntext: Track order\nurl: "https://juniperandpine.example/track"');

const label: Rule<WhatsAppSpec> = {
  code: "CX3031",
  title: "A button's label has 1 to 25 characters",
  severity: "error",
  reason:
    "Meta accepts 25 characters on a button. Only a COPY_CODE button may do without a label, because Meta writes its own on it.",
  source: meta,
  hint: "Write a label of 1 to 25 characters under text.",
  examples: {
    wrong: withButton('type: URL\ntext: Where is my order right now?\nurl: "https://juniperandpine.example/track"'),
    right: rightLink,
    at: { line: 11, column: 38 },
  },
  *check({ spec }) {
    for (const { type, text, pointer } of buttonsOf(spec)) {
      if (text === undefined && (type === "COPY_CODE" || type === "OTP")) continue;
      if ((text ?? "").trim() === "") {
        const message = text === undefined ? "the button has no label" : "the button's label is empty";
        yield { message, hint: label.hint, pointer: `${pointer}/text` };
      } else {
        yield* tooLong(`label ${quoted(text as string)}`, text as string, longestLabel, `${pointer}/text`);
      }
    }
  },
};

const url: Rule<WhatsAppSpec> = {
  code: "CX3033",
  title: "A URL button has an address of at most 2000 characters",
  severity: "error",
  reason: "Meta accepts addresses of up to 2000 characters.",
  source: meta,
  hint: "Write the address under url, in at most 2000 characters.",
  examples: {
    wrong: withButton(`type: URL\ntext: Track order\nurl: "https://juniperandpine.example/${"track/".repeat(330)}"`),
    right: rightLink,
    at: { line: 12, column: 2013 },
  },
  *check({ spec }) {
    for (const button of buttonsOf(spec, "URL")) {
      const pointer = `${button.pointer}/url`;
      if ((button.url ?? "").trim() === "") yield { message: "the URL button has no url", hint: url.hint, pointer };
      else yield* tooLong("url", button.url as string, longestUrl, pointer);
    }
  },
};

const urlPlaceholder: Rule<WhatsAppSpec> = {
  code: "CX3034",
  title: "A URL has at most one placeholder, at its very end",
  severity: "error",
  reason: "Meta fills the end of an address only: people see at review where the link leads.",
  source: meta,
  hint: "Move the placeholder to the end of the address, and keep one.",
  examples: {
    wrong: withButton(
      'type: URL\ntext: Track order\nurl: "https://juniperandpine.example/{{1}}/track"\nexample: https://juniperandpine.example/JP20418/track',
    ),
    right: withButton(
      'type: URL\ntext: Track order\nurl: "https://juniperandpine.example/track/{{1}}"\nexample: https://juniperandpine.example/track/JP20418',
    ),
    at: { line: 12, column: 44 },
  },
  *check({ spec }) {
    for (const button of buttonsOf(spec, "URL")) {
      const address = button.url ?? "";
      const { placeholders } = parseWhatsAppText(address);
      const [first, second] = placeholders;
      if (first === undefined) continue;
      const isAtEnd = first.start + first.length === address.length;
      if (second === undefined && isAtEnd) continue;
      yield {
        message:
          second === undefined
            ? `{{${first.name}}} is not at the end of the url`
            : `url has ${placeholders.length} placeholders; the limit is 1, at the very end`,
        hint: urlPlaceholder.hint,
        pointer: `${button.pointer}/url`,
        offset: first.start,
        length: first.length,
      };
    }
  },
};

const urlExample: Rule<WhatsAppSpec> = {
  code: "CX3035",
  title: "A URL with a placeholder has an example",
  severity: "error",
  reason: "Meta's reviewers follow the sample address.",
  source: meta,
  hint: "Add example with the whole address to the button.",
  examples: {
    wrong: withButton('type: URL\ntext: Track order\nurl: "https://juniperandpine.example/track/{{1}}"'),
    right: urlPlaceholder.examples.right,
    at: { line: 12, column: 50 },
  },
  *check({ spec }) {
    for (const { url: address = "", example, pointer } of buttonsOf(spec, "URL")) {
      const [first] = parseWhatsAppText(address).placeholders;
      if (first === undefined || (example ?? "").trim() !== "") continue;
      yield {
        message: `{{${first.name}}} in the url has no example`,
        hint: `Add example: ${address.length <= 100 ? `${address.slice(0, first.start)}… ` : ""}with a sample in place of {{${first.name}}} to the button.`,
        pointer: `${pointer}/url`,
        offset: first.start,
        length: first.length,
      };
    }
  },
};

const phone: Rule<WhatsAppSpec> = {
  code: "CX3037",
  title: "A PHONE_NUMBER button has a number of at most 20 characters",
  severity: "error",
  reason: "Meta accepts 20 characters in the number that a button calls.",
  source: meta,
  hint: 'Write the number with plus and country code, in quotes: phoneNumber: "+15035550142".',
  examples: {
    wrong: withButton('type: PHONE_NUMBER\ntext: Call us\nphoneNumber: "+1 (503) 555-0142 ext. 7"'),
    right: withButton('type: PHONE_NUMBER\ntext: Call us\nphoneNumber: "+15035550142"'),
    at: { line: 12, column: 41 },
  },
  *check({ spec }) {
    for (const { phoneNumber, pointer } of buttonsOf(spec, "PHONE_NUMBER")) {
      if ((phoneNumber ?? "").trim() === "") {
        const message = "the PHONE_NUMBER button has no phoneNumber";
        yield { message, hint: phone.hint, pointer: `${pointer}/phoneNumber` };
      } else {
        yield* tooLong("phoneNumber", phoneNumber as string, longestPhone, `${pointer}/phoneNumber`);
      }
    }
  },
};

const code: Rule<WhatsAppSpec> = {
  code: "CX3039",
  title: "The example of a COPY_CODE button has at most 20 characters",
  severity: "error",
  reason: "Meta accepts codes of up to 20 characters, and reviewers see the sample.",
  source: meta,
  hint: "Use a code of at most 20 characters.",
  examples: {
    wrong: withButton("type: COPY_CODE\ntext: Copy code\nexample: WINTER-SALE-AT-JUNIPER"),
    right: withButton("type: COPY_CODE\ntext: Copy code\nexample: WINTER15"),
    at: { line: 12, column: 36 },
  },
  *check({ spec }) {
    for (const { example, pointer } of buttonsOf(spec, "COPY_CODE")) {
      if ((example ?? "").trim() !== "") {
        yield* tooLong("the code", example as string, longestCode, `${pointer}/example`);
      } else if (!isMeantForCodes(spec.category)) {
        // The code of AUTHENTICATION is the body's own; for a coupon Meta's pages ask for a sample.
        yield {
          message: "the COPY_CODE button has no example",
          hint: "Add example with a sample code, such as WINTER15, to the button.",
          pointer: `${pointer}/example`,
          severity: "warning",
        };
      }
    }
  },
};

const shortCode: Rule<WhatsAppSpec> = {
  code: "CX3040",
  title: "The example of a COPY_CODE button has at most 15 characters",
  severity: "warning",
  reason: "Older pages of Meta say 15, newer ones 20.",
  source: meta,
  hint: "Use a code of at most 15 characters to be safe.",
  examples: {
    wrong: withButton("type: COPY_CODE\ntext: Copy code\nexample: JUNIPERWINTER2026"),
    right: withButton("type: COPY_CODE\ntext: Copy code\nexample: WINTER15"),
    at: { line: 12, column: 31 },
  },
  *check({ spec }) {
    for (const { example = "", pointer } of buttonsOf(spec, "COPY_CODE")) {
      const characters = countCodePoints(example);
      if (characters <= olderLongestCode || characters > longestCode) continue;
      const offset = offsetAfterCodePoints(example, olderLongestCode);
      yield {
        message: `the code has ${characters} characters; older pages of Meta allow ${olderLongestCode}`,
        hint: `Shorten it by ${counted(characters - olderLongestCode, "character")} to be safe.`,
        pointer: `${pointer}/example`,
        offset,
        length: example.length - offset,
      };
    }
  },
};

export const buttonFieldRules: readonly Rule<WhatsAppSpec>[] = [
  label,
  url,
  urlPlaceholder,
  urlExample,
  phone,
  code,
  shortCode,
];
