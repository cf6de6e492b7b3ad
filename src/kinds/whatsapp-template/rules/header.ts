// The rules about a WhatsApp template's header, text or media; they know no other field.
import type { Finding, Rule } from "../../../contract/diagnostic.ts";
import { firstEmoji } from "../../_shared/emoji.ts";
import { countCodePoints, offsetAfterCodePoints } from "../../_shared/measure.ts";
import { nearest } from "../../_shared/nearest.ts";
import { meta } from "../../_shared/sources.ts";
import { parseWhatsAppText, withoutPlaceholders } from "../../_shared/whatsapp-placeholders.ts";
import { counted, quoted } from "../../_shared/wording.ts";
import type { WhatsAppSpec } from "../spec.ts";
import { textOf } from "../texts.ts";
import { manifest } from "./manifest.ts";

const longestHeader = 60;
const pointer = "/spec/header";

const withHeader = (header: string, examples = ""): string =>
  manifest(`
language: en
category: UTILITY
header: ${header}
body: Your order has left our warehouse today.
${examples}`);

const right = withHeader("Your order is on its way");

const length: Rule<WhatsAppSpec> = {
  code: "CX3011",
  title: "A text header has at most 60 characters",
  severity: "error",
  reason: "Meta accepts 60 characters in a text header, and none at all is no header.",
  source: meta,
  hint: "Shorten the header, or move a part of it to the body.",
  examples: {
    wrong: withHeader("Your order has left our warehouse and is now on its way to you"),
    right,
    at: { line: 8, column: 71 },
  },
  *check({ spec }) {
    const text = textOf(spec, "header")?.text;
    if (text === undefined) return;
    const characters = countCodePoints(text);
    if (characters > longestHeader) {
      const offset = offsetAfterCodePoints(text, longestHeader);
      yield {
        message: `header has ${characters} characters; the limit is ${longestHeader}`,
        hint: `Shorten the header by ${counted(characters - longestHeader, "character")}, or move a part of it to the body.`,
        pointer,
        offset,
        length: text.length - offset,
      };
    } else if (text.trim() === "") {
      yield { message: "header is empty", hint: "Write a text of 1 to 60 characters, or leave header out.", pointer };
    }
  },
};

const onePlaceholder: Rule<WhatsAppSpec> = {
  code: "CX3012",
  title: "A text header has at most one placeholder",
  severity: "error",
  reason: "Meta accepts one placeholder in a header.",
  source: meta,
  hint: "Keep one placeholder in the header and move the others to the body.",
  examples: {
    wrong: withHeader("Order {{1}} of {{2}} is on its way", 'examples: { "1": JP20418, "2": Monday }'),
    right: withHeader("Order {{1}} is on its way", 'examples: { "1": JP20418 }'),
    at: { line: 8, column: 26 },
  },
  *check({ spec }) {
    const { placeholders } = parseWhatsAppText(textOf(spec, "header")?.text ?? "");
    const second = placeholders[1];
    if (second === undefined) return;
    yield {
      message: `header has ${placeholders.length} placeholders; the limit is 1`,
      hint: onePlaceholder.hint,
      pointer,
      offset: second.start,
      length: second.length,
    };
  },
};

const oneLine: Rule<WhatsAppSpec> = {
  code: "CX3013",
  title: "A text header is one line",
  severity: "error",
  reason: "Meta rejects a line break in a header.",
  source: meta,
  hint: "Write the header in one line; a block scalar (|) ends in a line break unless it is |-.",
  examples: {
    wrong: withHeader('"Good news:\\nyour order is on its way"'),
    right: withHeader('"Good news: your order is on its way"'),
    at: { line: 8, column: 22 },
  },
  *check({ spec }) {
    const match = /[\n\r\u2028\u2029]+/.exec(textOf(spec, "header")?.text ?? "");
    if (match === null) return;
    yield { message: "header has a line break", hint: oneLine.hint, pointer, offset: match.index, length: 1 };
  },
};

const plain: Rule<WhatsAppSpec> = {
  code: "CX3014",
  title: "A text header has no Markdown",
  severity: "error",
  reason: "Meta draws the header bold by itself and rejects the characters that format a text: * _ ~ and the backtick.",
  source: meta,
  hint: "Remove * _ ~ and ` from the header.",
  examples: {
    wrong: withHeader('"Your order is *on its way*"'),
    right,
    at: { line: 8, column: 26 },
  },
  *check({ spec }) {
    // The name of a placeholder may have underscores.
    const match = /[*_~`]/.exec(withoutPlaceholders(textOf(spec, "header")?.text ?? ""));
    if (match === null) return;
    yield {
      message: `header has the formatting character ${match[0]}; a header is always bold and never formatted`,
      hint: `Remove ${match[0]} from the header, or move the emphasis to the body.`,
      pointer,
      offset: match.index,
      length: 1,
    };
  },
};

const noEmoji: Rule<WhatsAppSpec> = {
  code: "CX3015",
  title: "A text header has no emoji",
  severity: "warning",
  reason: "Meta's pages say that a header cannot contain emoji, and reviewers reject some of them.",
  source: meta,
  hint: "Move the emoji to the body.",
  examples: { wrong: withHeader("Your order is on its way 📦"), right, at: { line: 8, column: 36 } },
  *check({ spec }) {
    const found = firstEmoji(textOf(spec, "header")?.text ?? "");
    if (found === undefined) return;
    yield {
      message: `header has the emoji ${found.text}; Meta may reject it`,
      hint: `Remove ${found.text} from the header, or move it to the body.`,
      pointer,
      offset: found.offset,
      length: found.text.length,
    };
  },
};

const formats = ["IMAGE", "VIDEO", "DOCUMENT", "LOCATION"];

/** Both also for the schema, whose list of formats speaks first. */
export function formatHint(format: unknown): string {
  if (format === "TEXT") return "Write a text header as a plain string: header: Your order is on its way.";
  const meant = typeof format === "string" ? nearest(format.toUpperCase(), formats, 3) : undefined;
  return meant === undefined
    ? "Write IMAGE, VIDEO, DOCUMENT or LOCATION; a text header is a plain string."
    : `Write ${meant}.`;
}

export function formatMessage(format: unknown): string {
  if (format === undefined || format === null) return "header has no format: IMAGE, VIDEO, DOCUMENT or LOCATION";
  const shown = typeof format === "string" ? quoted(format) : "this";
  return `header format ${shown} is none of IMAGE, VIDEO, DOCUMENT and LOCATION`;
}

export const media: Rule<WhatsAppSpec> = {
  code: "CX3016",
  title: "A media header has a format and an example",
  severity: "error",
  reason:
    "Meta's reviewers see the message with the sample file. A location needs none, because it is known only when the message is sent.",
  source: meta,
  hint: "Add example with the https address of a sample file to the header.",
  examples: {
    wrong: withHeader("{ format: IMAGE }"),
    right: withHeader("{ format: IMAGE, example: https://cdn.juniperandpine.example/winter.jpg }"),
    at: { line: 8, column: 3 },
  },
  *check({ spec: { header } }): Iterable<Finding> {
    if (header === undefined || typeof header === "string") return;
    const { format, example } = header;
    if (format === undefined || !formats.includes(format)) {
      yield { message: formatMessage(format), hint: formatHint(format), pointer: `${pointer}/format` };
    } else if (format !== "LOCATION" && (example ?? "").trim() === "") {
      yield {
        message: `header of format ${format} has no example`,
        hint: `Add example: https://… with a sample ${format.toLowerCase()} to the header.`,
        pointer: `${pointer}/example`,
      };
    }
  },
};

export const headerRules: readonly Rule<WhatsAppSpec>[] = [length, onePlaceholder, oneLine, plain, noEmoji, media];
