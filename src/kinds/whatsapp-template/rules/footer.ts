// The rules about a WhatsApp template's footer; they know no other field.
import type { Rule } from "../../../contract/diagnostic.ts";
import { braces } from "../../_shared/braces.ts";
import { countCodePoints, offsetAfterCodePoints } from "../../_shared/measure.ts";
import { meta } from "../../_shared/sources.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { textOf } from "../texts.ts";
import { manifest } from "./manifest.ts";

const longestFooter = 60;
const pointer = "/spec/footer";

const withFooter = (footer: string): string =>
  manifest(`
language: en
category: UTILITY
body: Your order has left our warehouse today.
footer: ${footer}`);

const right = withFooter("Juniper & Pine, outdoor gear");

const length: Rule<WhatsAppSpec> = {
  code: "CX3017",
  title: "A footer has at most 60 characters",
  severity: "error",
  reason: "Meta accepts 60 characters in a footer, and none at all is no footer.",
  source: meta,
  hint: "Shorten the footer, or move a part of it to the body.",
  examples: {
    wrong: withFooter("Juniper & Pine, outdoor gear, 12 Harbour Street, Portland, Oregon"),
    right,
    at: { line: 9, column: 71 },
  },
  *check({ spec }) {
    const text = textOf(spec, "footer")?.text;
    if (text === undefined) return;
    const characters = countCodePoints(text);
    if (characters > longestFooter) {
      const offset = offsetAfterCodePoints(text, longestFooter);
      yield {
        message: `footer has ${characters} characters; the limit is ${longestFooter}`,
        hint: `Shorten the footer by ${counted(characters - longestFooter, "character")}.`,
        pointer,
        offset,
        length: text.length - offset,
      };
    } else if (text.trim() === "") {
      yield { message: "footer is empty", hint: "Write a text of 1 to 60 characters, or leave footer out.", pointer };
    }
  },
};

const noPlaceholder: Rule<WhatsAppSpec> = {
  code: "CX3018",
  title: "A footer has no placeholder",
  severity: "error",
  reason: "Meta sends the footer as it was approved; a placeholder in it is rejected.",
  source: meta,
  hint: "Move the placeholder to the body.",
  examples: { wrong: withFooter("Sent by {{1}} of Juniper & Pine"), right, at: { line: 9, column: 19 } },
  *check({ spec }) {
    const text = textOf(spec, "footer")?.text ?? "";
    for (const pair of braces(text).pairs) {
      const shown = quoted(text.slice(pair.start, pair.start + pair.length));
      yield {
        message: `footer has the placeholder ${shown}; a footer cannot be filled`,
        hint: noPlaceholder.hint,
        pointer,
        offset: pair.start,
        length: pair.length,
      };
    }
  },
};

export const footerRules: readonly Rule<WhatsAppSpec>[] = [length, noPlaceholder];
