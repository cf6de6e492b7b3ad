// The rules about a WhatsApp template's buttons as a row: how many, of which type, in which order; they know no text field.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { nearest } from "../../_shared/nearest.ts";
import { meta } from "../../_shared/sources.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import type { Button, WhatsAppSpec } from "../spec.ts";
import { manifest } from "./manifest.ts";

const mostButtons = 10;
const mostDesktopButtons = 3;
const mostLinks = 2;

const withButtons = (...buttons: readonly string[]): string =>
  manifest(`
language: en
category: UTILITY
body: Your order has left our warehouse today.
buttons:
${buttons.map((button) => `  - ${button}`).join("\n")}`);

const reply = (text: string): string => `{ type: QUICK_REPLY, text: ${text} }`;
const link = (text: string): string => `{ type: URL, text: ${text}, url: "https://juniperandpine.example/help" }`;
const call = (text: string): string => `{ type: PHONE_NUMBER, text: ${text}, phoneNumber: "+15035550142" }`;
const copy = "{ type: COPY_CODE, text: Copy code, example: WINTER15 }";

const right = withButtons(link("Track order"), call("Call us"));

/** The types that Meta and CXone take; OTP is Meta's own name for a copy button of AUTHENTICATION. */
const types = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE"];

const hasType = ({ type }: Button): boolean => types.includes(type) || type === "OTP";

/** What people write by the purpose of a button. */
const typeWords: Readonly<Record<string, string>> = {
  CALL: "PHONE_NUMBER",
  PHONE: "PHONE_NUMBER",
  LINK: "URL",
  REPLY: "QUICK_REPLY",
  COPY: "COPY_CODE",
};

/** Both also for the schema, whose list of types speaks first. */
export function buttonTypeHint(type: unknown): string {
  if (typeof type !== "string") return buttonType.hint;
  const word = type.toUpperCase().replace(/[\s-]+/g, "_");
  const meant = Object.hasOwn(typeWords, word) ? typeWords[word] : nearest(word, types, 3);
  return meant === undefined ? buttonType.hint : `Write ${meant}.`;
}

export function buttonTypeMessage(type: unknown): string {
  if (type === undefined || type === null) return "the button has no type";
  const shown = typeof type === "string" ? quoted(type) : "this";
  return `button type ${shown} is none of QUICK_REPLY, URL, PHONE_NUMBER and COPY_CODE`;
}

export const buttonType: Rule<WhatsAppSpec> = {
  code: "CX3029",
  title: "A button is a quick reply, a link, a phone number or a code to copy",
  severity: "error",
  reason: "These are the buttons that a template can have in CXone. The code button of AUTHENTICATION is COPY_CODE.",
  source: meta,
  hint: "Use QUICK_REPLY, URL, PHONE_NUMBER or COPY_CODE.",
  examples: {
    wrong: withButtons("{ type: CALL, text: Call us }"),
    right: withButtons(call("Call us")),
    at: { line: 10, column: 15 },
  },
  *check({ spec }) {
    for (const [at, button] of (spec.buttons ?? []).entries()) {
      if (hasType(button)) continue;
      const { type } = button;
      yield { message: buttonTypeMessage(type), hint: buttonTypeHint(type), pointer: `/spec/buttons/${at}/type` };
    }
  },
};

const atMostTen: Rule<WhatsAppSpec> = {
  code: "CX3030",
  title: "A template has at most 10 buttons",
  severity: "error",
  reason: "Meta accepts 10 buttons.",
  source: meta,
  hint: "Remove buttons until 10 are left.",
  examples: {
    wrong: withButtons(..."one two three four five six seven eight nine ten eleven".split(" ").map(reply)),
    right,
    at: { line: 20, column: 7 },
  },
  *check({ spec: { buttons = [] } }) {
    if (buttons.length <= mostButtons) return;
    yield {
      message: `there are ${buttons.length} buttons; the limit is ${mostButtons}`,
      hint: `Remove ${counted(buttons.length - mostButtons, "button")}.`,
      pointer: `/spec/buttons/${mostButtons}`,
    };
  },
};

function* tooMany(buttons: readonly Button[], type: string, limit: number): Iterable<Finding> {
  const places = [...buttons.entries()].filter(([, button]) => button.type === type).map(([at]) => at);
  if (places.length <= limit) return;
  yield {
    message: `there are ${places.length} buttons of type ${type}; the limit is ${limit}`,
    hint: `Remove ${counted(places.length - limit, "button")} of type ${type}.`,
    pointer: `/spec/buttons/${places[limit]}`,
  };
}

const links: Rule<WhatsAppSpec> = {
  code: "CX3032",
  title: "A template has at most two URL buttons",
  severity: "error",
  reason: "Meta accepts two buttons that open a link.",
  source: meta,
  hint: "Keep the two links that matter most; a third may stand in the body.",
  examples: {
    wrong: withButtons(link("Track order"), link("Get help"), link("Visit our shop")),
    right,
    at: { line: 12, column: 7 },
  },
  check: ({ spec }) => tooMany(spec.buttons ?? [], "URL", mostLinks),
};

const phones: Rule<WhatsAppSpec> = {
  code: "CX3036",
  title: "A template has at most one PHONE_NUMBER button",
  severity: "error",
  reason: "Meta accepts one button that calls a number.",
  source: meta,
  hint: "Keep one number; another may stand in the body.",
  examples: { wrong: withButtons(call("Call the shop"), call("Call support")), right, at: { line: 11, column: 7 } },
  check: ({ spec }) => tooMany(spec.buttons ?? [], "PHONE_NUMBER", 1),
};

const codes: Rule<WhatsAppSpec> = {
  code: "CX3038",
  title: "A template has at most one COPY_CODE button",
  severity: "error",
  reason: "Meta accepts one button that copies a code.",
  source: meta,
  hint: "Keep one code button.",
  examples: {
    wrong: withButtons(copy, copy.replace("WINTER15", "SPRING15")),
    right: withButtons(copy),
    at: { line: 11, column: 7 },
  },
  check: ({ spec }) => tooMany(spec.buttons ?? [], "COPY_CODE", 1),
};

/** The first quick reply that stands apart from the first group of them. */
function strayReply(buttons: readonly Button[]): number | undefined {
  let groups = 0;
  for (const [at, { type }] of buttons.entries()) {
    if (type !== "QUICK_REPLY" || buttons[at - 1]?.type === "QUICK_REPLY") continue;
    groups++;
    if (groups === 2) return at;
  }
  return undefined;
}

const oneGroup: Rule<WhatsAppSpec> = {
  code: "CX3041",
  title: "Quick replies stand together",
  severity: "error",
  reason: "Meta rejects quick replies that are separated by other buttons.",
  source: meta,
  hint: "Move all quick replies to the beginning or to the end of the buttons.",
  examples: {
    wrong: withButtons(reply("Keep it"), link("Get help"), reply("Send it back")),
    right: withButtons(reply("Keep it"), reply("Send it back")),
    at: { line: 12, column: 7 },
  },
  *check({ spec: { buttons = [] } }) {
    const at = strayReply(buttons);
    // A misspelt type is a finding of its own, and may be the quick reply that is missed.
    if (at === undefined || !buttons.every(hasType)) return;
    yield {
      message: `quick reply ${quoted(buttons[at]?.text ?? "")} stands apart from the other quick replies`,
      hint: oneGroup.hint,
      pointer: `/spec/buttons/${at}`,
    };
  },
};

const onDesktop: Rule<WhatsAppSpec> = {
  code: "CX3042",
  title: "The buttons can be shown on WhatsApp desktop",
  severity: "warning",
  reason:
    "A template with four or more buttons, or with quick replies beside other buttons, is not shown on WhatsApp desktop: people are told to look at their phone.",
  source: meta,
  hint: "Use at most three buttons, either quick replies or others.",
  examples: {
    wrong: withButtons(reply("Keep it"), link("Get help")),
    right,
    at: { line: 11, column: 7 },
  },
  *check({ spec: { buttons = [] } }) {
    // What Meta rejects anyway has a finding of its own.
    if (buttons.length > mostButtons || strayReply(buttons) !== undefined) return;
    const isReply = (button: Button | undefined): boolean => button?.type === "QUICK_REPLY";
    if (buttons.length > mostDesktopButtons) {
      yield {
        message: `there are ${buttons.length} buttons; WhatsApp desktop shows no template with more than ${mostDesktopButtons}`,
        hint: onDesktop.hint,
        pointer: `/spec/buttons/${mostDesktopButtons}`,
      };
      return;
    }
    if (!buttons.every(hasType)) return;
    const mixed = buttons.findIndex((button) => isReply(button) !== isReply(buttons[0]));
    if (mixed === -1) return;
    yield {
      message: "quick replies stand beside other buttons; WhatsApp desktop shows no such template",
      hint: onDesktop.hint,
      pointer: `/spec/buttons/${mixed}`,
    };
  },
};

export const buttonRules: readonly Rule<WhatsAppSpec>[] = [
  buttonType,
  atMostTen,
  links,
  phones,
  codes,
  oneGroup,
  onDesktop,
];
