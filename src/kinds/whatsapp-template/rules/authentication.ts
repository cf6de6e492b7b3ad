// The rules for templates of category AUTHENTICATION; they say nothing of the others.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { firstEmoji } from "../../_shared/emoji.ts";
import { meta } from "../../_shared/sources.ts";
import { firstWebAddress } from "../../_shared/web-address.ts";
import { parseWhatsAppText } from "../../_shared/whatsapp-placeholders.ts";
import { quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { texts } from "../texts.ts";
import { manifest } from "./manifest.ts";

const codeButton = `
buttons:
  - { type: COPY_CODE, text: Copy code, example: "482913" }
examples: { "1": "482913" }`;

const withBody = (body: string, rest = codeButton): string =>
  manifest(
    `
language: en
category: AUTHENTICATION
body: ${body}
${rest.trim()}`,
    "sign_in_code",
  );

const right = withBody("Use {{1}} as your sign-in code. Do not share this code.");

const isCode = (spec: WhatsAppSpec): boolean => spec.category === "AUTHENTICATION";

const fixedText: Rule<WhatsAppSpec> = {
  code: "CX3043",
  title: "An AUTHENTICATION template has the code as its only placeholder",
  severity: "error",
  reason:
    "Meta replaces the text of an AUTHENTICATION template by its own, which has one placeholder: the code. Whatever else was to be filled in would be lost.",
  source: meta,
  hint: "Keep one placeholder, for the code; how long it is valid belongs in the footer.",
  examples: {
    wrong: withBody(
      "Hello {{1}}, use {{2}} as your sign-in code. Do not share this code.",
      codeButton.replace('{ "1": "482913" }', '{ "1": Pablo, "2": "482913" }'),
    ),
    right,
    at: { line: 8, column: 26 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!isCode(spec)) return;
    const { placeholders, errors } = parseWhatsAppText(spec.body);
    if (errors.length > 0) return;
    const first = placeholders[0];
    const other = placeholders.find(({ name }) => name !== first?.name);
    if (other !== undefined) {
      yield {
        message: `body of an AUTHENTICATION template uses {{${other.name}}} beside the code; Meta's fixed text has one placeholder`,
        hint: fixedText.hint,
        pointer: "/spec/body",
        offset: other.start,
        length: other.length,
      };
    } else if (first === undefined) {
      yield {
        message: "body of an AUTHENTICATION template has no placeholder for the code",
        hint: "Write {{1}} where the code belongs; Meta's fixed text has it.",
        pointer: "/spec/body",
        severity: "warning",
      };
    }
  },
};

const noUrl: Rule<WhatsAppSpec> = {
  code: "CX3044",
  title: "An AUTHENTICATION template has no web address",
  severity: "error",
  reason:
    "Meta rejects addresses in AUTHENTICATION templates, in the text and on buttons, because phishing looks like that.",
  source: meta,
  hint: "Remove the address, or choose another category for another message.",
  examples: {
    wrong: withBody("Use {{1}} to sign in at https://juniperandpine.example today."),
    right,
    at: { line: 8, column: 33 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!isCode(spec)) return;
    for (const { field, pointer, text } of texts(spec)) {
      const found = field === "header" ? undefined : firstWebAddress(text);
      if (found === undefined) continue;
      yield {
        message: `${field} of an AUTHENTICATION template has the address ${quoted(found.text)}`,
        hint: noUrl.hint,
        pointer,
        offset: found.offset,
        length: found.text.length,
      };
    }
    const link = (spec.buttons ?? []).findIndex(({ type }) => type === "URL");
    if (link === -1) return;
    yield {
      message: "an AUTHENTICATION template has a URL button",
      hint: "Replace the URL button by one of type COPY_CODE.",
      pointer: `/spec/buttons/${link}`,
    };
  },
};

const noHeader: Rule<WhatsAppSpec> = {
  code: "CX3045",
  title: "An AUTHENTICATION template has no header",
  severity: "error",
  reason: "Meta rejects headers, text or media, in AUTHENTICATION templates.",
  source: meta,
  hint: "Leave header out.",
  examples: {
    wrong: withBody(
      "Use {{1}} as your sign-in code. Do not share this code.",
      `header: Your sign-in code\n${codeButton.trim()}`,
    ),
    right,
    at: { line: 9, column: 11 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!isCode(spec) || spec.header === undefined) return;
    yield { message: "an AUTHENTICATION template has a header", hint: noHeader.hint, pointer: "/spec/header" };
  },
};

const noEmoji: Rule<WhatsAppSpec> = {
  code: "CX3046",
  title: "An AUTHENTICATION template has no emoji",
  severity: "error",
  reason: "Meta rejects emoji in AUTHENTICATION templates.",
  source: meta,
  hint: "Remove the emoji.",
  examples: {
    wrong: withBody("Use {{1}} as your sign-in code 🔑 and do not share it."),
    right,
    at: { line: 8, column: 40 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!isCode(spec)) return;
    const labels = (spec.buttons ?? []).map(({ text = "" }, at) => ({
      field: "button label",
      pointer: `/spec/buttons/${at}/text`,
      text,
    }));
    // A header is a finding of its own.
    for (const { field, pointer, text } of [...texts(spec).filter((one) => one.field !== "header"), ...labels]) {
      const found = firstEmoji(text);
      if (found === undefined) continue;
      yield {
        message: `${field} of an AUTHENTICATION template has the emoji ${found.text}`,
        hint: noEmoji.hint,
        pointer,
        offset: found.offset,
        length: found.text.length,
      };
    }
  },
};

const needsCodeButton: Rule<WhatsAppSpec> = {
  code: "CX3047",
  title: "An AUTHENTICATION template has a button for the code",
  severity: "error",
  reason: "Meta demands a button that copies or fills in the code in every AUTHENTICATION template.",
  source: meta,
  hint: 'Add a button { type: COPY_CODE, text: Copy code, example: "482913" }.',
  examples: {
    wrong: withBody("Use {{1}} as your sign-in code. Do not share this code.", 'examples: { "1": "482913" }'),
    right,
    at: { line: 5, column: 1 },
  },
  *check({ spec }): Iterable<Finding> {
    if (!isCode(spec)) return;
    if ((spec.buttons ?? []).some(({ type }) => type === "COPY_CODE" || type === "OTP")) return;
    yield {
      message: "an AUTHENTICATION template has no COPY_CODE button",
      hint: needsCodeButton.hint,
      pointer: "/spec/buttons",
    };
  },
};

export const authenticationRules: readonly Rule<WhatsAppSpec>[] = [
  fixedText,
  noUrl,
  noHeader,
  noEmoji,
  needsCodeButton,
];
